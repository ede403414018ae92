"""From what the reading process says of a file to a Graph: constants vanish, everything else becomes a Node.

What depends on nothing but constants is constant: the shape of a known shape, a weight that is transposed first. Such
an operation is no node; what was trained is counted at the first node that reads what came of it.
"""

from __future__ import annotations

import re
from typing import Any

from resnet.models.fuse import fuse
from resnet.models.graph import Graph, Input, elements
from resnet.models.node import NORMS, WEIGHTED, Dims, Kind, Node
from resnet.models.onnx_call import FLOATS, Call, Constant
from resnet.models.onnx_counts import Trained, multiply_adds, structural, trained
from resnet.models.onnx_kinds import axes_of, kind_of, pads_with_zeros, sweep_of
from resnet.models.onnx_limits import MAX_ELEMENTS

_RANDOM = frozenset(
    ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli")
)
_CARRIES = frozenset(("Identity", "Cast", "CastLike", "Expand", "Reshape", "Slice", "Transpose", "Unsqueeze", "Squeeze",
                      "Gather", "Tile", "Flatten", "Relu"))  # fmt: skip  # zeros stay zeros
_MADE_NAME = re.compile(r"val_\d+\Z")  # what torch's exporter calls a number that is written in the code
_WEIGHT_NAME = re.compile(r"([A-Za-z_]\w*(?:\.\w+)+|[A-Za-z]\w*)\.(?:weight|bias|gamma|scale)\Z")


def graph_from(said: dict[str, Any], name: str) -> Graph:
    """The network."""
    return _Reader(said).graph(name)


class _Reader:
    def __init__(self, said: dict[str, Any]) -> None:
        self._said = said
        self._shapes: dict[str, Dims | None] = {key: tuple(dims) for key, dims in said["shapes"].items()}
        self._why: dict[str, str] = dict(said["why"])
        self._values: dict[str, list[Any]] = said["values"]
        self._origins: dict[str, int] = {}  # elements of what the file holds, until they are counted
        self._constants: dict[str, Constant] = {}
        self._zeros: set[str] = {key for key, value in self._values.items() if value and not any(value)}
        self._nodes: dict[str, Node] = {}
        self._placed: set[str] = set()
        for key, (dims, element, literal, fill) in said["constants"].items():
            made = literal or bool(_MADE_NAME.match(key))
            self._constants[key] = Constant(tuple(dims), element in FLOATS, (key,), made, fill)
            self._origins[key] = elements(tuple(dims))
            if fill == 0.0:
                self._zeros.add(key)
        self._used = {name for one in said["nodes"] for name in (*one["in"], *one["captured"])} | set(said["outputs"])

    def graph(self, name: str) -> Graph:
        known = set(self._said["known"])
        for raw in self._said["nodes"]:
            self._carry_zeros(raw)
            if self._is_constant(raw, known):
                self._keep(raw)
            else:
                self._add(raw)
        inputs = tuple(Input(key, tuple(dims) if dims is not None else None) for key, dims in self._said["inputs"])
        there = set(self._nodes) | {one.name for one in inputs}
        outputs = tuple(one for one in self._said["outputs"] if one in there)
        nodes = fuse(tuple(self._nodes.values()), outputs)
        return Graph(name=name, source="onnx", inputs=inputs, nodes=nodes, outputs=outputs)

    def _is_constant(self, raw: dict[str, Any], known: set[str]) -> bool:
        outputs = [one for one in raw["out"] if one]
        if raw["op"] in _RANDOM:
            return False
        if outputs and all(one in known for one in outputs):
            return True
        read = [one for one in (*raw["in"], *raw["captured"]) if one]
        return all(one in self._constants for one in read)

    def _keep(self, raw: dict[str, Any]) -> None:
        """A constant that was computed: from which of the file's own?"""
        read = [self._constants.get(one) for index, one in enumerate(raw["in"]) if not structural(raw["op"], index)]
        from_what = [one for one in read if one is not None]
        roots = tuple(dict.fromkeys(root for one in from_what for root in one.roots))
        is_float = raw["op"] == "DequantizeLinear" or any(one.is_float for one in from_what)
        literal = all(one.literal for one in from_what)
        for name in raw["out"]:
            if name:
                self._constants[name] = Constant(self._shapes.get(name), is_float, roots, literal)

    def _add(self, raw: dict[str, Any]) -> None:
        outputs = [one for one in raw["out"] if one in self._used] or [one for one in raw["out"] if one][:1]
        for index, name in enumerate(outputs):
            self._nodes[name] = self._node(raw, name, first=index == 0)

    def _node(self, raw: dict[str, Any], name: str, *, first: bool) -> Node:
        out_shape, why = self._shape(name)
        call = Call(
            op=raw["op"], domain=raw["domain"], opset=self._said["opset"], inputs=tuple(raw["in"]),
            attributes=raw["attributes"], shapes=self._shapes, values=self._values, constants=self._constants,
            out_shape=out_shape,
        )  # fmt: skip
        kind = kind_of(call)
        read = [one for one in (*raw["in"], *raw["captured"]) if one]
        reads = tuple(one for one in read if one not in self._constants)
        fixed = tuple(
            shape for one in read if (found := self._constants.get(one)) and (shape := found.shape) is not None
        )
        counts = self._trained(raw, call, kind, reads) if first else Trained()
        zeros = self._brings_zeros(call, kind)
        return Node(
            name=name,
            place=self._place(raw, kind),
            kind=kind,
            op=f"{call.domain}::{call.op}" if call.domain else call.op,
            reads=reads,
            in_shapes=tuple(self._shapes.get(one) for one in reads),
            out_shape=out_shape,
            why=why,
            constants=fixed,
            weights=counts.weights,
            biases=counts.biases,
            scale=counts.scale,
            shift=counts.shift,
            buffers=counts.buffers,
            macs=multiply_adds(call, kind) if first else 0,
            sweep=sweep_of(call, kind),
            axes=axes_of(call, kind),
            zeros=zeros,
        )

    def _shape(self, name: str) -> tuple[Dims | None, str]:
        shape = self._shapes.get(name)
        if shape is not None and elements(shape) > MAX_ELEMENTS:
            self._shapes[name] = None
            return None, f"Its result would have more than {MAX_ELEMENTS:,} numbers."
        return shape, "" if shape is not None else self._why.get(name) or "Nothing says what shape it makes."

    def _trained(self, raw: dict[str, Any], call: Call, kind: Kind, reads: tuple[str, ...]) -> Trained:
        read = [self._nodes[one].kind for one in reads if one in self._nodes]
        counts = trained(call, kind, read in (["linear"], ["conv"]), self._take)
        inside = sum(elements(tuple(dims)) for dims in raw["held"])
        return counts._replace(weights=counts.weights + inside)

    def _take(self, constant: Constant) -> int:
        return sum(self._origins.pop(root, 0) for root in constant.roots)

    def _carry_zeros(self, raw: dict[str, Any]) -> None:
        op, inputs, zeros = raw["op"], raw["in"], self._zeros
        if op == "ConstantOfShape":
            empty = not any(raw["attributes"].get("value") or (0,))
        elif op == "Mul":
            empty = any(one in zeros for one in inputs)
        elif op == "Sub":
            empty = len(inputs) == 2 and inputs[0] == inputs[1]
        else:
            empty = op in _CARRIES and bool(inputs) and inputs[0] in zeros
        if empty:
            zeros.update(raw["out"][:1])

    def _brings_zeros(self, call: Call, kind: Kind) -> bool:
        if kind == "pad":
            return pads_with_zeros(call)
        if kind != "concat":
            return False
        fixed = [one for one in call.inputs if one in self._constants]
        return all(one in self._zeros for one in fixed) and any(one in self._zeros for one in call.inputs)

    def _place(self, raw: dict[str, Any], kind: Kind) -> str:
        """Where it stands in the module. A weight's name goes first: an exporter that folds a norm into a convolution
        says of the result that it stands at the norm."""
        if (kind in WEIGHTED or kind in NORMS) and (place := self._place_of_weight(raw)):
            return place
        if raw["scope"]:
            scopes = re.findall(r"'([^']*)'", raw["scope"])
            return scopes[-2] if len(scopes) > 1 else ""
        return _from_name(raw["name"])

    def _place_of_weight(self, raw: dict[str, Any]) -> str:
        """Empty if its weight is another's as well, who reads it first: exporters keep one of equal ones."""
        for one in raw["in"]:
            constant = self._constants.get(one)
            if constant is not None and constant.roots:
                found = _WEIGHT_NAME.match(constant.roots[0])
                if not found or found[1] in self._placed:
                    return ""
                self._placed.add(found[1])
                return found[1]
        return ""


def _from_name(name: str) -> str:
    """``/layer1/layer1.0/conv1/Conv`` -> ``layer1.0.conv1``"""
    place = ""
    for part in name.strip("/").split("/")[:-1]:
        before, last = place.rpartition(".")[::2] if place else ("", "")
        if place and part.startswith(f"{place}."):
            place = part
        elif last and part.startswith(f"{last}."):
            place = f"{before}.{part}" if before else part
        else:
            place = f"{place}.{part}" if place else part
    return place[:200]
