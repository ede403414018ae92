"""What torch.export is given and says: a module that stays as it was, a sentence for what can't be read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet.models.module import load_module, read_module
from resnet.spec.errors import SpecError
from tests.models.test_aten import MAP, SERIES, Function, of

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

# the module stays as it was


def test_the_module_is_left_alone() -> None:
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Dropout(), nn.Sequential(nn.LSTM(6, 4)).eval())
    module[1].momentum = 0.3
    seen: list[int] = []
    module[0].register_forward_hook(lambda *_: seen.append(1))
    before = {key: value.clone() for key, value in module.state_dict().items()}
    tensors = {key: id(value) for key, value in (*module.named_parameters(), *module.named_buffers())}
    attributes = [{**vars(one)} for one in module.modules()]
    fast = torch.backends.mha.get_fastpath_enabled()
    read_module(nn.Sequential(*module[:3]), (2, 3, 8, 8))
    with pytest.raises(SpecError):
        read_module(module, (2, 99, 8, 8))
    assert [one.training for one in module.modules()] == [True, True, True, True, False, False]
    assert {key: id(value) for key, value in (*module.named_parameters(), *module.named_buffers())} == tensors
    assert all(torch.equal(before[key], value) for key, value in module.state_dict().items())
    assert [{**vars(one)} for one in module.modules()] == attributes
    assert torch.backends.mha.get_fastpath_enabled() == fast


def test_a_seed_gives_the_same_numbers_afterwards() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    of(lambda x: x + torch.rand_like(x), MAP)
    assert torch.equal(torch.rand(2), expected)


def test_no_memory_is_taken() -> None:
    graph = read_module(nn.Conv2d(3, 4, 1), (1, 3, 1_000_000, 1_000_000))  # 12 terabytes
    assert graph.out_shapes == ((1, 4, 1_000_000, 1_000_000),)


def shifted(x: Tensor) -> Tensor:
    """As temporal shift does it."""
    out = torch.zeros_like(x)
    out[:, 1:] = x[:, :-1]
    return out


def written_in_part(x: Tensor, y: Tensor) -> Tensor:
    out = x * 2
    first, _ = out.chunk(2, 1)
    first += y[:, :8]
    return out + 1


def read_in_part(x: Tensor, y: Tensor) -> Tensor:
    out = x * 2
    part = out[:, 1:]
    out += y
    return part + 1


@pytest.mark.parametrize("function", [shifted, written_in_part, read_in_part])
def test_what_is_written_into_a_part_is_not_lost(function: Any) -> None:
    graph = of(function, *[MAP] * (1 if function is shifted else 2))
    reached: set[str] = set()
    waiting = [*graph.outputs]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += graph.by_name[name].reads if name in graph.by_name else ()
    assert {one.name for one in graph.inputs} <= reached


def test_what_works_in_place_and_nobody_sees_is_read_as_it_is() -> None:
    def in_place(x: Tensor) -> Tensor:
        x = F.relu(x + 1, inplace=True).flatten(1)
        return F.dropout(x, inplace=True).add_(1).relu_()

    graph = of(in_place, MAP)
    assert [one.op for one in graph.nodes][-3:] == ["aten.dropout_.default", "aten.add_.Tensor", "aten.relu_.default"]


# what can't be read


def looks_at_numbers(x: Tensor) -> Tensor:
    return x + 1 if x.sum() > 0 else x


@pytest.mark.parametrize(
    ("module", "inputs", "words"),
    [
        (nn.Linear(3, 4), ((1, 5),), "module is 'Linear', but it must be a module that torch.export can follow"),
        (Function(looks_at_numbers), (MAP,), "module is 'Function'"),
        (nn.LazyLinear(3), (SERIES,), "module is 'LazyLinear'"),
        (nn.Linear(3, 4), (), "inputs is ()"),
        (nn.Linear(3, 4), ((),), "inputs is ()"),
        (nn.Linear(3, 4), ((1, 0),), "from 1"),
        (nn.Linear(3, 4), ((1, -3),), "from 1"),
        (nn.Linear(3, 4), ("1x3",), "(1, 3, 224, 224)"),
        (nn.Linear(3, 4), (((1, 3), "x"),), "(1, 3, 224, 224)"),
        (nn.Linear(3, 4), (3,), "(1, 3, 224, 224)"),
        ("resnet50", ((1, 3),), "an nn.Module"),
        (nn.Linear, ((1, 3),), "an nn.Module"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(module: Any, inputs: Any, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_module(module, *inputs)
    sentence = str(caught.value)
    assert words in sentence and "\n" not in sentence and "Traceback" not in sentence and len(sentence) < 400


def test_several_inputs_one_by_one_or_in_a_tuple() -> None:
    add = Function(lambda x, y: x + y)
    for given in (((1, 3), (4, 3)), (((1, 3), (4, 3)),), (torch.zeros(1, 3), (4, 3)), ([(1, 3), torch.zeros(4, 3)],)):
        graph = read_module(add, *given, name="sum")
        assert (graph.in_shapes, graph.out_shapes, graph.name) == (((1, 3), (4, 3)), ((4, 3),), "sum")
    assert graph.nodes[0].reads == tuple(one.name for one in graph.inputs)


def test_half_precision_is_read_as_it_is() -> None:
    assert read_module(nn.Linear(3, 4).half(), (1, 3)).params == 16


# the command line's word for a module

OWN = """
from torch import nn
made = nn.Linear(2, 3)
def make(): return nn.Linear(4, 5)
def fails(): return 1 / 0
def wants(size): return nn.Linear(size, size)
number = 3
class Net(nn.Sequential): pass
class Sub: inner = made
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one])
    (tmp_path / "my_own_net.py").write_text(OWN)
    (tmp_path / "my_broken_net.py").write_text("import a_library_that_is_not_there")
    (tmp_path / "my_wrong_net.py").write_text("def (")
    monkeypatch.delitem(sys.modules, "my_own_net", raising=False)
    return "my_own_net"


@pytest.mark.parametrize(("name", "params"), [("made", 9), ("make", 25), ("Net", 0), ("Sub.inner", 9)])
def test_a_module_of_ones_own(own: str, name: str, params: int) -> None:
    assert sum(one.numel() for one in load_module(f"{own}:{name}").parameters()) == params


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("my_own_net", "package.module:name"), (":make", "package.module:name"), ("my_own_net:", "package.module:name"),
        ("not_there:make", "there is no not_there"), ("my_own_net:missing", "missing is not"),
        ("my_own_net:number", "of type int"), ("my_own_net:fails", "division by zero"),
        ("my_own_net:wants", "called with nothing"), ("my_broken_net:make", "there is no a_library_that_is_not_there"),
        ("my_wrong_net:make", "can be imported"), ("..:x", "can be imported"), ("a b:x", "can be imported"),
    ],
)  # fmt: skip
def test_what_is_no_module_gets_a_sentence(own: str, path: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_module(path)
    assert words in str(caught.value) and "\n" not in str(caught.value)
