"""What each ONNX operation is called, trains and costs: small graphs, with numbers worked out by hand."""

from __future__ import annotations

import pytest
from onnx import TensorProto, helper

from resnet.models.node import Node, Sweep
from tests.models.onnx_graphs import Refused, number, numbers, read_here, text, weight

IMAGE = "float[1, 8, 6, 6] x"


def only(body: str, *weights: TensorProto, inputs: str = IMAGE, opset: int = 20) -> Node:
    """The one node of a graph of one operation."""
    (node,) = read_here(text(f"g ({inputs}) => (y) {{ {body} }}", *weights, opset=opset)).nodes
    return node


def test_a_convolution() -> None:
    node = only("y = Conv<group = 2, strides = [2, 2], pads = [1, 1, 1, 1]>(x, w, b)", weight("w", 16, 4, 3, 3),
                weight("b", 16))  # fmt: skip
    assert (node.kind, node.op, node.reads, node.out_shape) == ("conv", "Conv", ("x",), (1, 16, 3, 3))
    assert (node.weights, node.biases, node.params) == (16 * 4 * 9, 16, 592)
    assert node.macs == 9 * 16 * 4 * 9
    assert node.sweep == Sweep((3, 3), (2, 2), (1, 1, 1, 1), (1, 1), 2)
    assert node.constants == ((16, 4, 3, 3), (16,))


@pytest.mark.parametrize(("auto_pad", "padding"), [("SAME_UPPER", (0, 0, 1, 1)), ("SAME_LOWER", (1, 1, 0, 0))])
def test_padding_that_is_left_to_the_reader(auto_pad: str, padding: tuple[int, ...]) -> None:
    node = only(f'y = Conv<auto_pad = "{auto_pad}", strides = [2, 2]>(x, w)', weight("w", 4, 8, 3, 3))
    assert node.out_shape == (1, 4, 3, 3)  # 6 / 2: one column of zeros is missing, on one side
    assert node.sweep is not None and node.sweep.padding == padding


def test_a_transposed_convolution() -> None:
    node = only("y = ConvTranspose<strides = [2, 2]>(x, w)", weight("w", 8, 5, 2, 2))
    assert (node.kind, node.out_shape, node.weights) == ("conv_transpose", (1, 5, 12, 12), 160)
    assert node.macs == 36 * 160


def test_what_a_folded_convolution_was_quantised_to() -> None:
    node = only(
        "y = QLinearConv(x, xs, xz, w, ws, wz, ys, yz, b)",
        numbers("xs", [0.1], kind=1), numbers("xz", [0], kind=TensorProto.UINT8),
        weight("w", 4, 8, 1, 1, kind=TensorProto.INT8), weight("ws", 4), weight("wz", 4, kind=TensorProto.INT8),
        numbers("ys", [0.1], kind=1), numbers("yz", [0], kind=TensorProto.UINT8),
        weight("b", 4, kind=TensorProto.INT32), inputs="uint8[1, 8, 6, 6] x",
    )  # fmt: skip
    assert (node.kind, node.weights, node.biases, node.params, node.macs) == ("conv", 32, 4, 36, 32 * 36)


def test_a_quantised_weight_is_a_constant_that_counts_once() -> None:
    g = read_here(
        text(
            f"g ({IMAGE}) => (y) {{ f = DequantizeLinear<axis = 0>(w, s)  a = Conv(x, f)  y = Conv(a, f) }}",
            weight("w", 8, 8, 1, 1, kind=TensorProto.INT8),
            weight("s", 8),
        )
    )
    assert [one.kind for one in g.nodes] == ["conv", "conv"]
    assert [one.weights for one in g.nodes] == [64, 0]


@pytest.mark.parametrize(
    ("body", "weights", "kind", "trained", "macs"),
    [
        ("y = Gemm<transB = 1>(x, w, b)", [weight("w", 7, 5), weight("b", 7)], "linear", (35, 7), 3 * 35),
        ("y = MatMul(x, w)", [weight("w", 5, 7)], "linear", (35, 0), 3 * 35),
        ("y = MatMul(w, x)", [weight("w", 2, 3)], "linear", (6, 0), 2 * 3 * 5),
        ("t = Transpose(w)  y = MatMul(x, t)", [weight("w", 7, 5)], "linear", (35, 0), 3 * 35),
        ('y = Einsum<equation = "bi,oi->bo">(x, w)', [weight("w", 7, 5)], "linear", (35, 0), 3 * 35),
        ('y = Einsum<equation = "...i,io->...o">(x, w)', [weight("w", 5, 7)], "linear", (35, 0), 3 * 35),
        ('y = Einsum<equation = "bi,ci->bc">(x, x)', [], "matmul", (0, 0), 3 * 3 * 5),
        ("t = Transpose(x)  y = MatMul(x, t)", [], "matmul", (0, 0), 3 * 3 * 5),
    ],
)
def test_products(body: str, weights: list[TensorProto], kind: str, trained: tuple[int, int], macs: int) -> None:
    node = read_here(text(f"g (float[3, 5] x) => (y) {{ {body} }}", *weights)).nodes[-1]
    assert (node.kind, (node.weights, node.biases), node.macs) == (kind, trained, macs)


def test_norms() -> None:
    eight = [weight(name, 8) for name in "sbmv"]
    node = only("y = BatchNormalization(x, s, b, m, v)", *eight)
    assert (node.kind, node.scale, node.shift, node.buffers, node.params) == ("batchnorm", 8, 8, 16, 16)
    node = only("y = LayerNormalization<axis = 2>(x, s, b)", weight("s", 6, 6), weight("b", 6, 6))
    assert (node.kind, node.axes, node.scale, node.shift) == ("layernorm", (2, 3), 36, 36)
    node = only("y = GroupNormalization<num_groups = 2>(x, s, b)", *eight[:2], opset=21)
    assert (node.kind, node.scale, node.shift, node.out_shape) == ("groupnorm", 8, 8, (1, 8, 6, 6))
    assert only("y = InstanceNormalization(x, s, b)", *eight[:2]).kind == "instancenorm"
    node = only("y = RMSNormalization(x, s)", weight("s", 6), opset=23)
    assert (node.kind, node.scale, node.out_shape) == ("rmsnorm", 6, (1, 8, 6, 6))


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [(0.0, 6.0, "relu6"), (0.0, None, "relu"), (-1.0, 1.0, "activation"), (None, 6.0, "activation")],
)
@pytest.mark.parametrize("opset", [6, 13])
def test_clips(low: float | None, high: float | None, kind: str, opset: int) -> None:
    """Bounds are attributes up to version 10, and inputs since."""
    given = [(name, value) for name, value in (("min", low), ("max", high)) if value is not None]
    if opset < 11:
        inside = "<" + ", ".join(f"{name} = {value}" for name, value in given) + ">"
        assert only(f"y = Clip{inside}(x)", opset=opset).kind == kind
    else:
        inputs = ", ".join(name if value is not None else '""' for name, value in (("min", low), ("max", high)))
        bounds = [number(name, value, TensorProto.FLOAT) for name, value in given]
        assert only(f"y = Clip(x, {inputs})", *bounds, opset=opset).kind == kind


def test_pools() -> None:
    node = only("y = MaxPool<kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]>(x)")
    assert (node.kind, node.out_shape, node.sweep) == (
        "maxpool", (1, 8, 3, 3), Sweep((3, 3), (2, 2), (1, 1, 1, 1), (1, 1)))  # fmt: skip
    for body in ("y = GlobalAveragePool(x)", "y = ReduceMean(x, a)"):
        node = only(body, *[numbers("a", [-1, -2])] * ("a" in body.split("x")[1]))
        assert (node.kind, node.out_shape) == ("avgpool", (1, 8, 1, 1))
        assert node.sweep is not None and node.sweep.kernel == (6, 6)
    node = only("y = ReduceMean<keepdims = 0>(x, a)", numbers("a", [-1, -2]))
    assert (node.kind, node.axes, node.out_shape) == ("reduce", (2, 3), (1, 8))


def test_cuts() -> None:
    node = only("y = Slice(x, s, e, a, t)", numbers("s", [0, 0]), numbers("e", [99, 99]), numbers("a", [2, -1]),
                numbers("t", [2, 3]))  # fmt: skip
    assert (node.kind, node.axes, node.out_shape) == ("slice", (2, 3), (1, 8, 3, 2))
    assert node.sweep == Sweep((1, 1), (2, 3), (0, 0, 0, 0), (1, 1))
    g = read_here(text(f"g ({IMAGE}) => (y) {{ a, b = Split<axis = 1, num_outputs = 2>(x)  y = Add(a, b) }}"))
    assert [(one.name, one.kind, one.axes, one.out_shape) for one in g.nodes[:2]] == [
        ("a", "split", (1,), (1, 4, 6, 6)), ("b", "split", (1,), (1, 4, 6, 6))]  # fmt: skip


def test_padding() -> None:
    pads = numbers("p", [0, 4, 0, 0, 0, 4, 0, 0])
    node = only("y = Pad(x, p)", pads)
    assert (node.kind, node.axes, node.zeros, node.out_shape) == ("pad", (1,), True, (1, 16, 6, 6))
    assert not only("y = Pad(x, p, v)", pads, numbers("v", [1.0], kind=1)).zeros
    assert not only('y = Pad<mode = "reflect">(x, p)', pads).zeros


@pytest.mark.parametrize(
    ("body", "zeros"),
    [
        ("y = Concat<axis = 1>(x, z)", True),
        ("y = Concat<axis = 1>(x, w)", False),
        ("n = Mul(x, o)  y = Concat<axis = 1>(x, n)", True),
        ("n = Sub(x, x)  y = Concat<axis = 1>(x, n)", True),
        ("s = Shape(x)  n = ConstantOfShape(s)  y = Concat<axis = 1>(x, n)", True),
        ("y = Concat<axis = 1>(x, x)", False),
    ],
)
def test_zeros_that_are_put_behind(body: str, zeros: bool) -> None:
    known = {
        "z": numbers("z", [0.0] * 288, 1, 8, 6, 6, kind=1),
        "w": weight("w", 1, 8, 6, 6),
        "o": numbers("o", [0.0], 1, kind=1),
    }
    used = [one for name, one in known.items() if f"{name})" in body]
    node = read_here(text(f"g ({IMAGE}) => (y) {{ {body} }}", *used)).nodes[-1]
    assert (node.kind, node.axes, node.zeros, node.out_shape) == ("concat", (1,), zeros, (1, 16, 6, 6))


def test_what_is_added_and_multiplied_counts() -> None:
    g = read_here(
        text(
            "g (float[2, 4, 8] x) => (y) { a = Add(x, pos)  b = MatMul(a, w)  c = Add(b, bias)  d = Relu(c)"
            "  e = Mul(d, gamma)  c0 = Expand(token, s)  f = Concat<axis = 1>(c0, e)  y = Add(f, one) }",
            weight("pos", 1, 4, 8), weight("w", 8, 8), weight("bias", 8), weight("gamma", 8), weight("token", 1, 1, 8),
            numbers("s", [2, 1, 8]), numbers("one", [1.0], kind=1),
        )
    )  # fmt: skip
    by = g.by_name
    assert by["a"].shift == 32 and by["e"].scale == 8 and by["f"].weights == 8
    assert g.params == 32 + 64 + 8 + 8 + 8 + 1
    assert sum(one.biases for one in g.nodes) == 8
    assert g.macs == 4 * 64  # for one of the two


def test_structure_does_not_count() -> None:
    node = only("y = Resize(x, none, s)", numbers("s", [1.0, 1.0, 2.0, 2.0], kind=1),
                weight("none", 0))  # fmt: skip
    assert (node.kind, node.params, node.out_shape) == ("resize", 0, (1, 8, 12, 12))


def test_an_embedding() -> None:
    node = only("y = Gather(w, x)", weight("w", 100, 16), inputs="int64[1, 7] x")
    assert (node.kind, node.weights, node.out_shape, node.reads) == ("embedding", 1600, (1, 7, 16), ("x",))
    node = only("y = Gather<axis = 1>(x, i)", numbers("i", [2]))
    assert (node.kind, node.params, node.axes, node.out_shape) == ("gather", 0, (1,), (1, 1, 6, 6))


def test_what_is_shared_counts_where_it_is_read_first() -> None:
    g = read_here(text("g (float[1, 8] x) => (y) { a = MatMul(x, w)  y = MatMul(a, w) }", weight("w", 8, 8)))
    assert [one.weights for one in g.nodes] == [64, 0]


def test_a_target_worked_out_from_shapes() -> None:
    """As torch's older exporter writes ``x.view(x.shape[0], -1)``."""
    g = read_here(
        text(
            "g (float[N, 8, H, W] x) => (y) { s = Shape(x)  n = Gather(s, zero)  u = Unsqueeze(n, zeros)"
            "  t = Concat<axis = 0>(u, rest)  f = Reshape(x, t)  y = MatMul(f, w) }",
            number("zero", 0), numbers("zeros", [0]), numbers("rest", [-1]), weight("w", 288, 10),
        ),
        size=(6, 6),
    )  # fmt: skip
    assert [one.kind for one in g.nodes] == ["reshape", "linear"]
    assert g.in_shapes == ((1, 8, 6, 6),) and g.out_shapes == ((1, 10),) and not g.unknown


def test_a_subgraph_is_one_operation_and_what_it_reads_from_outside_is_read() -> None:
    g = read_here(
        text(
            "g (bool c, float[2, 3] x) => (y) { a = Relu(x)  y = If(c) <"
            "then_branch = one () => (float[2, 3] p) { p = Neg(a) }, "
            "else_branch = two () => (float[2, 3] q) { q = Abs(x) }> }"
        )
    )
    assert (g.nodes[1].kind, g.nodes[1].reads, g.nodes[1].out_shape) == ("other", ("c", "a", "x"), (2, 3))


def test_functions_of_the_file_are_written_out() -> None:
    model = text("g (float[1, 8] x) => (y) { y = my.twice(x) }", domains=', "my" : 1')
    body = [helper.make_node("Relu", ["a"], ["b"]), helper.make_node("Add", ["b", "b"], ["c"])]
    model.functions.append(helper.make_function("my", "twice", ["a"], ["c"], body, [helper.make_opsetid("", 20)]))
    assert [one.kind for one in read_here(model).nodes] == ["relu", "add"]


@pytest.mark.parametrize(
    ("body", "inputs", "words"),
    [
        ("y = com.example.Foo(x)", "float[2, 3] x", "com.example::Foo"),
        ("y = NonZero(x)", "float[2, 3] x", "NonZero"),
        ("y = Reshape(x, s)", "float[2, 3] x, int64[2] s", "only when the network runs"),
        ("y = Reshape(x, w)", "float[2, 3] x", "'w', whose numbers are not in the file"),
        ("a = com.example.Foo(x)  y = Relu(a)", "float[2, 3] x", "'a', whose shape is not known"),
        ("y = MatMul(x, x)", "float[2, 3] x", "MatMul can't work on these shapes"),
    ],
)
def test_a_shape_that_can_not_be_known_is_explained(body: str, inputs: str, words: str) -> None:
    weights = [weight("w", 2, kind=TensorProto.INT64)] if "w" in body else []
    g = read_here(text(f"g ({inputs}) => (y) {{ z = Relu(x) {body} }}", *weights, domains=', "com.example" : 1'))
    assert g.nodes[0].out_shape == (2, 3)  # what stands in front of it stands
    assert words in g.unknown[-1].why and g.unknown[-1].why.endswith(".")


def test_behind_an_unknown_shape_a_known_one() -> None:
    model = text("g (float[2, 3] x) => (y) { a = com.example.Foo(x)  y = Reshape(a, s) }", numbers("s", [1, 6]),
                 domains=', "com.example" : 1')  # fmt: skip
    g = read_here(model)
    assert [one.name for one in g.unknown] == ["a"] and g.out_shapes == ((1, 6),)


def test_open_axes() -> None:
    body = "=> (y) { y = Relu(x) }"
    assert read_here(text(f"g (float[N, 3, H, W] x) {body}"), (32, 48)).in_shapes == ((1, 3, 32, 48),)
    assert read_here(text(f"g (float[N, 32, 48, 3] x) {body}")).in_shapes == ((1, 32, 48, 3),)
    assert read_here(text(f"g (float[N, H, W, 3] x) {body}"), (32, 48)).in_shapes == ((1, 32, 48, 3),)
    assert read_here(text(f"g (int64[N, L] x) {body}")).in_shapes == ((1, 128),)
    assert read_here(text(f"g (float[8, 3, 32, 32] x) {body}"), (32, 32)).in_shapes == ((8, 3, 32, 32),)
    conv = "=> (y) { y = Conv(x, w) }"
    assert read_here(text(f"g (float[N, C, H, W] x) {conv}", weight("w", 8, 5, 1, 1)), (9, 9)).in_shapes == (
        (1, 5, 9, 9),)  # fmt: skip
    for inputs, size, words in [
        ("float[N, 3, H, W] x", None, "size=(224, 224)"),
        ("float[1, 3, 32, 32] x", (64, 64), "32 × 32"),
        ("float[1, 8] x", (64, 64), "no input of this file is an image"),
    ]:
        with pytest.raises(Refused, match=words.replace("(", r"\(").replace(")", r"\)")):
            read_here(text(f"g ({inputs}) {body}"), size)


def test_places() -> None:
    g = read_here(text(f"g ({IMAGE}) => (y) {{ y = Conv(x, w) }}", weight("w", 8, 8, 1, 1)))
    assert g.nodes[0].place == ""
    model = text(f"g ({IMAGE}) => (y) {{ y = Conv(x, layer1.0.conv1.weight) }}".replace("layer1.0.conv1.weight", "w"))
    model.graph.node[0].input[1] = "layer1.0.conv1.weight"
    model.graph.initializer.append(weight("layer1.0.conv1.weight", 8, 8, 1, 1))
    assert read_here(model).nodes[0].place == "layer1.0.conv1"
    model = text(f"g ({IMAGE}) => (y) {{ y = Relu(x) }}")
    for name, place in {
        "/layer1/layer1.0/relu/Relu": "layer1.0.relu",
        "/layer1/layer1.0/downsample/downsample.0/Relu": "layer1.0.downsample.0",
        "Relu_7": "",
    }.items():
        model.graph.node[0].name = name
        assert read_here(model).nodes[0].place == place
    found = model.graph.node[0].metadata_props.add()
    found.key, found.value = "pkg.torch.onnx.name_scopes", "['', 'layer1', 'layer1.0', 'relu']"
    assert read_here(model).nodes[0].place == "layer1.0"


# weights that are inputs


def test_weights_that_are_handed_in_are_weights() -> None:
    graph = read_here(text(
        "g (float[16, 8, 3, 3] w, float[1, 8, 6, 6] x, float[16] b, float[16] s) => (y) "
        "{ c = Conv(x, w, b) y = BatchNormalization(c, s, s1, m, v) }",
        weight("s1", 16), weight("m", 16), weight("v", 16),
    ))  # fmt: skip
    assert [one.name for one in graph.inputs] == ["x"]
    assert [(node.kind, node.reads) for node in graph.nodes] == [("conv", ("x",)), ("batchnorm", ("c",))]
    assert [node.params for node in graph.nodes] == [16 * 8 * 9 + 16, 32]


@pytest.mark.parametrize(
    ("inputs", "body"),
    [
        ("float[1, 8, 6, 6] x, float[16, 8, 3, 3] w", "y = Conv(x, w) z = Relu(w)"),  # it is computed with besides
        ("float[4, 8, 3, 3] x", "y = Conv(c, x)"),  # nothing else goes in
        ("float[6, 6] x, float[6, 6] w", "y = Gemm(x, w)"),  # a product of two that may be anything
        ("float[6, 6] x, float[6, 6] w", "y = Gemm<transB = 1>(w, x, w)"),
    ],
)
def test_what_may_be_a_number_like_any_other_stays_an_input(inputs: str, body: str) -> None:
    graph = read_here(text(f"g ({inputs}) => (y) {{ {body} }}", weight("c", 1, 8, 6, 6)))
    assert len(graph.inputs) == inputs.count("float")
    assert graph.params == 0


def test_a_linear_layer_whose_weights_are_handed_in() -> None:
    graph = read_here(text("g (float[1, 8] x, float[4, 8] w, float[4] b) => (y) { y = Gemm<transB = 1>(x, w, b) }"))
    assert [(node.kind, node.params) for node in graph.nodes] == [("linear", 36)]
