"""Other people's networks: as a graph of operations, its residual sums, two beside each other; and weights from files.

    onnx_*, module, spec_graph   an ONNX file, an ``nn.Module``, a NetworkSpec -> Graph (``graph``, ``node``)
    ways, sums, blocks           its additions: which are residual, from where to where, and what such a block is called
    units, align, differ         two graphs, block by block
    parts, column, axes, words   what a picture needs to know of a graph, of one block, and of one operation
    as_spec                      a block of somebody else's that is one of ours
    stored, library, opened      graphs as small files, those that are at hand, what a reader hands in
    weights                      a NetworkSpec and a file of weights -> an ``nn.Module``

Comes in: what somebody else wrote. Goes out: frozen values without any tensor, or a SpecError. May import: ``trace``
and what stands below it, torch, safetensors and onnx.
"""
