"""The backend where nothing but itself is installed: its numbers, and every kind of file (``make package``)."""

import importlib.util

from resnet import BlockSpec, compare, diagram, network, render, trace, trace_network
from resnet.draw.charts import where_it_sits
from resnet.draw.signal import summands
from resnet.run.lesion import lesion
from resnet.run.signal import Asked, signal
from resnet.run.weights import network_of

assert importlib.util.find_spec("streamlit") is None, "this is meant for an environment without Streamlit"
t, bare = trace(BlockSpec()), trace(BlockSpec(shortcut="identity"))
assert (t.params, t.out_shape, bare.possible) == (75_008, (256, 56, 56), False)
assert trace_network(network("resnet50")).params == 25_557_032
files = {kind: render(diagram(t), kind) for kind in ("svg", "pdf", "png", "dot")}
assert b"@font-face" in files["svg"] and b"ResidualSans" in files["pdf"] and files["png"].startswith(b"\x89PNG")
assert where_it_sits(compare(bare.spec, t.spec)).data
seen = signal(Asked(network=network_of("trained", ""), source="trained", at="layer1.0"), "cat")
assert len(seen.shares) == 256 and "data:image/png" in summands(seen)
assert lesion(frozenset()).accuracy > 0.9  # the weights and the pictures are in the package
print({kind: len(content) for kind, content in files.items()})
