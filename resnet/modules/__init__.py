"""The torch modules that are traced: layers, blocks, networks, with torchvision's state-dict keys.

Comes in: a spec. Goes out: an ``nn.Module``, on ``meta`` without any memory. May import: ``spec``, and torch.
A new kind of layer is a row of ``layers``.
"""
