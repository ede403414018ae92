"""Real tensors: what a block does to numbers, and not only to shapes.

Comes in: a spec and a seed. Goes out: frozen values of plain numbers; no module and no tensor leaves this room. May
import: ``spec``, ``modules``, ``trace``, and torch.
"""
