"""What a module does, read from the module itself, as frozen values: operations with shapes, counts and edges.

Comes in: a spec. Goes out: a BlockTrace or a NetworkTrace; no module and no tensor leaves this room. May import:
``spec``, ``modules``, and torch.
"""
