"""The questions that people keep asking, each with a short answer, its numbers, its source and where to see it.

Every number comes from a call: change how the backend counts, and the answers change with it. Published results come
from ``resnet.lessons.evidence``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from resnet import text
from resnet.lessons.evidence import DEGRADATION, SHORTCUTS
from resnet.numbers.arithmetic import conv_weights, output_size, unread
from resnet.numbers.counting import ladder, reconcile
from resnet.spec.block import BlockSpec
from resnet.spec.checks import SpecError, one_of, read_query, unknown_keys
from resnet.spec.conventions import DEFAULT, READERS, Conventions, taken
from resnet.spec.network import Variant, network
from resnet.trace.block import BlockTrace, trace
from resnet.trace.network import NetworkTrace, trace_network
from resnet.trace.words import layer
from resnet.views.compare import View
from resnet.views.network import NetworkView, Quantity

Page = Literal["compare", "network"]


class Fact(NamedTuple):
    """A number of the answer: what it is, and the number as a reader sees it."""

    what: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``page`` and ``query`` open the application in the state that shows it.

    ``blocks``  that a page can draw beside the answer, each with its caption
    """

    number: int
    slug: str
    question: str
    answer: str
    facts: tuple[Fact, ...]
    source: str
    page: Page
    query: tuple[tuple[str, str], ...]
    blocks: tuple[tuple[str, BlockTrace], ...] = ()

    @property
    def words(self) -> str:
        """Everything that a reader reads of it, but for its source."""
        return " ".join((self.question, self.answer, *(f"{fact.what} {fact.value}" for fact in self.facts)))


_HE_2015 = "He et al. 2015, arXiv 1512.03385"
_HE_2016 = "He et al. 2016, arXiv 1603.05027"
_TRICKS = "He et al. 2018, arXiv 1812.01187"
_ZERO_GAMMA = "Goyal et al. 2017, arXiv 1706.02677, §5.1"
_TORCHVISION = "torchvision, models/resnet.py"
_KERAS = "Keras, applications/resnet.py"


@dataclass(frozen=True, kw_only=True)
class AnswersView:
    """What the page of answers shows: ``question`` is the slug of the one that is open."""

    question: str = ""
    conventions: Conventions = DEFAULT

    def to_query(self) -> dict[str, str]:
        return ({"question": self.question} if self.question else {}) | self.conventions.to_query()


ANSWERS_KEYS = ("question", *READERS)


def parse_answers(query: Mapping[str, str]) -> tuple[AnswersView, tuple[SpecError, ...]]:
    """A valid view, whatever the address said, and one SpecError for each parameter that had to be dropped."""
    slugs = [one.slug for one in answers()]
    values, dropped = read_query(query, {"question": one_of(slugs, ""), **READERS})
    view = AnswersView(conventions=taken(values), **values)
    return view, (*dropped, *unknown_keys(query, ANSWERS_KEYS))


QUESTION = BlockSpec()
_STRIDED = BlockSpec(in_channels=256, filters=(128, 128, 512), stride=2)


@lru_cache(maxsize=8)  # as many as there are conventions
def answers(conventions: Conventions = DEFAULT) -> tuple[Answer, ...]:
    """All of them, in order."""
    return tuple(replace(write(conventions), number=number) for number, write in enumerate(_WRITERS, start=1))


def matching(words: str, conventions: Conventions = DEFAULT) -> tuple[Answer, ...]:
    """The answers in which every one of these words occurs: in the question, the answer, its numbers or its source."""
    wanted = words.lower().split()
    return tuple(one for one in answers(conventions) if all(word in _searched(one) for word in wanted))


@lru_cache(maxsize=160)
def _searched(answer: Answer) -> str:
    return f"{answer.words} {answer.source}".lower()


def _block(spec: BlockSpec, **more: str) -> tuple[tuple[str, str], ...]:
    return tuple((View(right=spec).to_query() | more).items())


def _network(
    name: str, quantity: Quantity = "params", shortcut_option: str | None = None
) -> tuple[tuple[str, str], ...]:
    view = NetworkView(spec=network(name, shortcut_option=shortcut_option), quantity=quantity)
    return tuple(view.to_query().items())


def _answer(
    slug: str,
    question: str,
    answer: str,
    facts: list[Fact],
    source: str,
    page: Page,
    query: tuple[tuple[str, str], ...],
    blocks: tuple[tuple[str, BlockTrace], ...] = (),
) -> Answer:
    return Answer(
        number=0,
        slug=slug,
        question=question,
        answer=answer,
        facts=tuple(facts),
        source=source,
        page=page,
        query=query,
        blocks=blocks,
    )


def _traced(spec: BlockSpec, c: Conventions) -> BlockTrace:
    return trace(c.built(spec))


def _network_traced(c: Conventions, name: str = "resnet50", variant: Variant | None = None) -> NetworkTrace:
    return trace_network(c.built(network(name, variant=variant)))


def why_stride_1(c: Conventions) -> Answer:
    t, bare = _traced(QUESTION, c), _traced(replace(QUESTION, shortcut="identity"), c)
    assert bare.problem is not None
    main, shortcut = bare.problem.main_shape, bare.problem.shortcut_shape
    return _answer(
        "why-a-convolutional-block-with-stride-1",
        "Why does stage 2 start with a convolutional block of stride 1?",
        f"Because the channels change, not because the size does: the block gets {shortcut[0]} channels and its main path gives "
        f"{main[0]}, so x and F(x) can’t be added. The 1×1 convolution on the shortcut turns {shortcut[0]} channels into "
        f"{main[0]}. Its stride is 1 since the max-pool in front has already halved the map.",
        [
            Fact("x", c.shape(shortcut)),
            Fact("F(x)", c.shape(main)),
            Fact("parameters of the projection", text.count(c.params(*t.on("shortcut")))),
        ],
        f"{_HE_2015}, §3.2",
        "compare",
        (),
        (("First block of stage 2", t),),
    )


def resnet18_has_none(c: Conventions) -> Answer:
    deep, shallow = (_network_traced(c, name).blocks[0] for name in ("resnet50", "resnet18"))
    return _answer(
        "why-resnet50-has-a-downsample-there-and-resnet18-not",
        "Why does ResNet-50’s layer1.0 have a downsample, and ResNet-18’s not?",
        "A bottleneck (1×1, 3×3, 1×1: ResNet-50’s block) ends with four times the channels of its 3×3; a basic block (two 3×3, in "
        "ResNet-18) does not. So the first block of stage 2 "
        "changes channels in ResNet-50 and changes nothing in ResNet-18. “Downsample” is torchvision’s name for the "
        "projection, also where it keeps the size.",
        [
            Fact("ResNet-50, layer1.0", f"{deep.in_shape[0]} → {deep.out_shape[0]} channels, {deep.kind}"),
            Fact("ResNet-18, layer1.0", f"{shallow.in_shape[0]} → {shallow.out_shape[0]} channels, {shallow.kind}"),
        ],
        _TORCHVISION,
        "network",
        _network("resnet18"),
        (("ResNet-50, layer1.0", deep.trace), ("ResNet-18, layer1.0", shallow.trace)),
    )


def no_stride_in_stage_2(c: Conventions) -> Answer:
    t = _network_traced(c)
    pool = next(op for op in t.stem if op.kind == "maxpool")
    assert pool.out_shape is not None
    return _answer(
        "why-no-stride-in-stage-2",
        "Why is there no stride in stage 2?",
        "The max-pool in front of it has already halved the map. The later stages have no pool in front of them, so their first "
        "block has stride 2.",
        [
            Fact("into the max-pool", c.shape(pool.in_shapes[0])),
            Fact("into stage 2", c.shape(pool.out_shape)),
            Fact("out of stage 2", c.shape(t.stage(2)[-1].out_shape)),
        ],
        f"{_HE_2015}, table 1",
        "network",
        _network("resnet50", quantity="activation_bytes"),
    )


def thrown_away(_: Conventions) -> Answer:
    n = _STRIDED.height
    kept = n - len(unread(n, 1, 2, 0))
    return _answer(
        "does-a-1x1-of-stride-2-throw-away-its-input",
        "Does a 1×1 convolution of stride 2 throw away three quarters of its input?",
        "On the shortcut, yes: it reads every second row and every second column, and nothing else. ResNet-D puts an average "
        "pool in front, so that every pixel counts. The main path’s 3×3 of stride 2 reads all of them.",
        [
            Fact(f"pixels read of {n} × {n}", f"{kept} × {kept}"),
            Fact("share that is never read", f"{100 * (1 - kept**2 / n**2):.0f} %"),
            Fact("rows that the 3×3 of stride 2 never reads", str(len(unread(n, 3, 2, 1)))),
        ],
        f"{_TRICKS}, §4",
        "compare",
        _block(replace(_STRIDED, shortcut="pool_projection"), pool="true"),
    )


def where_the_stride_goes(c: Conventions) -> Answer:
    v1, v15 = (_network_traced(c, variant=variant) for variant in ("v1", "v1.5"))
    return _answer(
        "where-does-the-stride-go",
        "Where does the stride go?",
        "Into the first 1×1 in v1 (the paper, Keras, the courses), into the 3×3 in v1.5 (torchvision), into the last block "
        "of a stage in TF-slim and Keras V2. Shapes and parameters are the same in v1 and v1.5; the number of operations is not.",
        [
            Fact(f"v1, {c.operations_name}", text.giga(c.operations(v1))),
            Fact(f"v1.5, {c.operations_name}", text.giga(c.operations(v15))),
            Fact("difference in parameters", text.difference(c.params(v15) - c.params(v1))),
        ],
        f"{_TORCHVISION}; {_KERAS}",
        "compare",
        _block(replace(_STRIDED, stride_at="first")),
    )


def residual_learning(c: Conventions) -> Answer:
    t = _network_traced(c)
    plain = [block for block in t.blocks if block.kind == "identity"]
    identity, convolution = SHORTCUTS[-2], SHORTCUTS[-1]
    return _answer(
        "does-a-projection-defeat-residual-learning",
        "Does a projection defeat residual learning?",
        "Not in ResNet-50: few blocks have one, and between them x passes unchanged. Replacing every identity is "
        f"another matter: in a ResNet of 110 layers, on CIFAR-10, the error was {convolution.value} % instead of {identity.value} %.",
        [
            Fact("convolutional blocks of ResNet-50", f"{len(t.projections)} of {len(t.blocks)}"),
            Fact(f"{identity.what}, {identity.setting}", f"{identity.value} % error"),
            Fact(f"{convolution.what}, {convolution.setting}", f"{convolution.value} % error"),
        ],
        f"{_HE_2016}, table 1",
        "network",
        _network("resnet50", shortcut_option="C"),
        (
            (f"{t.projections[0].name}, one of {len(t.projections)}", t.projections[0].trace),
            (f"{plain[0].name}, one of {len(plain)}", plain[0].trace),
        ),
    )


def no_relu_in_the_shortcut(c: Conventions) -> Answer:
    t = _traced(QUESTION, c)
    before_sum = [t.ops[[op.name for op in t.ops].index(name)] for name in t.addition.reads]
    return _answer(
        "why-no-relu-in-the-shortcut",
        "Why is there no ReLU in the shortcut, nor right before the addition?",
        "The shortcut should pass x on as it is, or at least without a bend. And F(x) has to be able to lower a value as well as raise "
        "it: behind a ReLU it could only raise it.",
        [
            Fact("last in front of the ⊕, main path", layer(before_sum[0])),
            Fact("last in front of the ⊕, projection", layer(before_sum[1])),
            Fact("ReLUs behind the ⊕", str(sum(op.kind == "relu" for op in t.on("joined")))),
        ],
        f"{_HE_2016}, §4.1",
        "compare",
        _block(QUESTION, unfolded="true"),
    )


def batchnorm_in_the_projection(c: Conventions) -> Answer:
    t = _traced(QUESTION, c)
    norm = next(op for op in t.on("shortcut") if op.kind == "batchnorm")
    pre = _traced(replace(QUESTION, pre_activation=True), c)
    return _answer(
        "why-batchnorm-in-the-projection",
        "Why is there a BatchNorm in the projection?",
        "Not for the shape: it changes none. It brings both summands, x and F(x), to one scale. In v2, where "
        "BatchNorm and ReLU stand in front of each convolution, the projection has none.",
        [
            Fact("its parameters", text.count(c.params(norm))),
            Fact("into it and out of it", f"{c.shape(norm.in_shapes[0])} → {c.shape(norm.out_shape)}"),
            Fact("BatchNorms in the projection of v2", str(sum(op.kind == "batchnorm" for op in pre.on("shortcut")))),
        ],
        f"{_TORCHVISION}; {_KERAS}",
        "compare",
        _block(QUESTION, chosen="right.downsample.0"),
    )


def keras_and_pytorch(_: Conventions) -> Answer:
    found = reconcile(network("resnet50"))
    return _answer(
        "why-keras-counts-more-than-pytorch",
        "Why does Keras count more parameters than PyTorch for ResNet-50?",
        "It is the same network, counted differently: Keras counts BatchNorm’s running means and variances as parameters "
        "that are not trained, and gives each convolution a bias.",
        [
            Fact("PyTorch", text.count(found.start.amount)),
            *(Fact(term.name, text.difference(term.amount)) for term in found.terms),
            Fact("Keras", text.count(found.end)),
        ],
        f"{_KERAS}; {_TORCHVISION}",
        "network",
        (),
    )


def no_bias(_: Conventions) -> Answer:
    biases = reconcile(network("resnet50")).terms[1].amount
    t = _network_traced(DEFAULT)
    return _answer(
        "why-bias-false",
        "Why bias=False in front of BatchNorm?",
        "BatchNorm subtracts each channel’s mean, and any bias with it; its own shift β takes the place of the bias. A bias there is "
        "memory without effect.",
        [
            Fact("biases that ResNet-50 saves", text.count(biases)),
            Fact("share of its parameters", text.percent(biases, t.params).lstrip("+")),
            Fact("shifts β that it has", text.count(sum(op.shift for op in t.ops))),
        ],
        "Ioffe & Szegedy 2015, arXiv 1502.03167, §3.2",
        "compare",
        _block(replace(QUESTION, conv_bias=True)),
    )


_UNIT = {"macs": "multiply-adds", "flops": "FLOPs"}


def which_flops(_: Conventions) -> Answer:
    rungs = ladder(network("resnet50"))
    return _answer(
        "3-8-4-1-or-8-2-gflops",
        "3.8, 4.1 or 8.2 GFLOPs?",
        "All of them, of different things: where the stride stands, what is counted, and whether a multiply and an add are "
        f"one operation or two. The paper’s 3.8 is v1, {text.giga(rungs[0].amount)} to the next digit. Name the unit with the number.",
        [
            Fact(
                f"{rung.name.replace('everything', 'BatchNorm, ReLU, pools too')}, {_UNIT[rung.unit]}",
                text.giga(rung.amount),
            )
            for rung in rungs
        ],
        f"{_HE_2015}, table 1; {_TORCHVISION}",
        "network",
        _network("resnet50", quantity="macs"),
    )


def why_50(c: Conventions) -> Answer:
    t = _network_traced(c)
    convolutions = sum(op.kind == "conv" for op in t.ops)
    main = sum(op.kind == "conv" for block in t.blocks for op in block.trace.on("main"))
    return _answer(
        "why-50",
        "Why “50”?",
        "One convolution in the stem, three in each block’s main path, one linear layer at the end. The projections, the "
        "BatchNorms and the pools are not counted.",
        [
            Fact("stem + main paths + linear layer", f"1 + {main} + 1 = {main + 2}"),
            Fact("blocks", str(len(t.blocks))),
            Fact("convolutions in all, projections included", str(convolutions)),
        ],
        f"{_HE_2015}, table 1",
        "network",
        (),
    )


def add_or_concatenate(c: Conventions) -> Answer:
    t = _traced(BlockSpec(in_channels=256, shortcut="identity"), c)
    channels = t.addition.in_shapes[0][0]
    return _answer(
        "why-add-and-not-concatenate",
        "Why add, and not concatenate?",
        "A sum keeps the number of channels, so blocks can be stacked as deep as one likes; it needs equal shapes, which is what the "
        "projection is for. Concatenating, putting the channels of one behind those of the other, is what DenseNet does: only "
        "height and width have to match, and the channels grow from layer to layer.",
        [
            Fact("channels of x + F(x), identity block", str(channels)),
            Fact("channels if x and F(x) were concatenated", str(t.addition.in_shapes[1][0] + channels)),
        ],
        f"{_HE_2015}, §3.2; Huang et al. 2016, arXiv 1608.06993",
        "compare",
        _block(BlockSpec(in_channels=256)),
        (("Identity block", t),),
    )


def vanishing_gradients(_: Conventions) -> Answer:
    return _answer(
        "does-resnet-fix-vanishing-gradients",
        "Does ResNet fix vanishing gradients?",
        "That is not its aim. Its paper targets degradation: a deeper plain network (without shortcuts) trains to a higher error "
        "than a shallower one, and with shortcuts it does not. §4.1 says that "
        "vanishing gradients are unlikely to be the cause, since BatchNorm keeps the signals alive in the plain network too.",
        [Fact(f"{one.what}, {one.setting}", f"{one.value} % {one.measure}") for one in DEGRADATION],
        f"{_HE_2015}, §4.1, tables 2 and 3",
        "network",
        _network("resnet34"),
    )


def cifar_or_imagenet(c: Conventions) -> Answer:
    cifar, imagenet = _network_traced(c, "cifar_resnet20"), _network_traced(c, "resnet18")
    return _answer(
        "cifar-resnet-or-torchvisions-resnet",
        "The CIFAR ResNet or torchvision’s ResNet?",
        "Different networks. The paper’s for CIFAR-10 has three stages of 16, 32 and 64 channels, no pool in the stem and "
        "zero padding instead of projections; torchvision’s has four, of 64, 128, 256 and 512.",
        [
            Fact("CIFAR ResNet-20, parameters", text.count(c.params(cifar))),
            Fact("ResNet-18, parameters", text.count(c.params(imagenet))),
            Fact("projections, ResNet-20 and ResNet-18", f"{len(cifar.projections)} and {len(imagenet.projections)}"),
        ],
        f"{_HE_2015}, §4.2",
        "network",
        _network("cifar_resnet20"),
    )


def zero_gamma(c: Conventions) -> Answer:
    last = _traced(QUESTION, c).on("main")[-1]
    return _answer(
        "why-start-the-last-gamma-at-zero",
        "Why start the last γ at zero?",
        "With the scale of the last BatchNorm at 0, F(x) starts as 0: an identity block starts as the identity, and the "
        "network trains at first like a shallower one. A convolutional block then starts as its projection, BN(W x).",
        [Fact("that BatchNorm", last.name), Fact("its scales γ", text.count(last.scale))],
        _ZERO_GAMMA,
        "compare",
        _block(QUESTION, chosen="right.conv3"),
    )


def why_a_bottleneck(c: Conventions) -> Answer:
    t = _traced(BlockSpec(in_channels=256, shortcut="identity"), c)
    weights = sum(op.weights for op in t.ops)
    wide = 2 * conv_weights(3, 256, 256)
    return _answer(
        "why-256-64-256",
        "Why 256 → 64 → 256?",
        "A 3×3 on many channels is expensive: it is done on 64 of them, between a 1×1 that narrows and a 1×1 that widens again. "
        f"Two 3×3 on 256 channels would have {wide / weights:.0f} times the weights.",
        [
            Fact("weights of the bottleneck", text.count(weights)),
            Fact("weights of two 3×3 on 256 channels", text.count(wide)),
        ],
        f"{_HE_2015}, §4.1 and figure 5",
        "compare",
        _block(BlockSpec(in_channels=256)),
    )


def valid_or_same(_: Conventions) -> Answer:
    n = QUESTION.height
    return _answer(
        "valid-or-same-for-a-1x1",
        "‘valid’ or ‘same’ for a 1×1?",
        "At stride 1, and at any other, they are identical: a window of one pixel never looks over the edge, so there is nothing to pad.",
        [
            Fact(f"‘valid’, from {n}", str(output_size(n, 1, 1, 0))),
            Fact(f"‘same’, from {n}", str(-(-n // 1))),
        ],
        "Dumoulin & Visin 2016, arXiv 1603.07285, §2",
        "compare",
        _block(QUESTION, chosen="right.conv1"),
    )


def one_relu(c: Conventions) -> Answer:
    t = _traced(QUESTION, c)
    calls = [op for op in t.ops if op.kind == "relu"]
    return _answer(
        "why-is-relu-one-module",
        "Why is the ReLU one module that is used again?",
        "It has no parameters, so one will do for a whole block. But a hook on that module sees every one of its calls, under one name.",
        [
            Fact("calls of relu in this block", str(len(calls))),
            Fact("parameters", str(c.params(*calls))),
            Fact("modules", str(len({op.name.partition("_")[0] for op in calls}))),
        ],
        _TORCHVISION,
        "compare",
        _block(QUESTION, unfolded="true"),
    )


_WRITERS: tuple[Callable[[Conventions], Answer], ...] = (
    why_stride_1, resnet18_has_none, no_stride_in_stage_2, thrown_away, where_the_stride_goes, residual_learning,
    no_relu_in_the_shortcut, batchnorm_in_the_projection, keras_and_pytorch, no_bias, which_flops, why_50,
    add_or_concatenate, vanishing_gradients, cifar_or_imagenet, zero_gamma, why_a_bottleneck, valid_or_same, one_relu,
)  # fmt: skip
