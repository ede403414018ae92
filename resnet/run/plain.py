"""What a job is asked, tells and comes to, as text that another process reads: JSON, and no code in it.

    >>> written((1, 0.5, "B", None))
    '[1,0.5,"B",null]'
    >>> read(written((1, (2.0, True))))
    (1, (2.0, True))

Tuples stay tuples, and a NamedTuple of the table ``work.VALUES`` comes back as what it was. Numbers lose no digit: a
float is written with as many as it takes. Nothing else can be sent; whoever writes the text can name no other class.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from resnet.run import worker
from resnet.run.work import VALUES


def written(value: Any) -> str:
    """Raises TypeError for what is neither None, a truth value, a number, text, a tuple of such nor in the table."""
    return worker.written(value, VALUES)  # it lives there because the worker imports nothing


def read(text: str | bytes) -> Any:
    """What ``written`` was given. Raises ValueError for text that it never wrote."""
    return _value(json.loads(text))


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(map(_value, plain))
    if not isinstance(plain, dict):
        return plain
    ((name, values),) = plain.items()
    if name not in VALUES or not isinstance(values, list):
        raise ValueError(f"{name!r} is not in the table of values")
    kind = getattr(import_module(VALUES[name]), name)
    if len(values) != len(kind._fields):
        raise ValueError(f"{name} has {len(kind._fields)} fields, and not {len(values)}")
    return kind(*map(_value, values))
