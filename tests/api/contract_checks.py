"""What schemathesis cannot know: which 400 answers data that each parameter's own bounds allow."""

from __future__ import annotations

import re

import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, Response

from resnet.api import ENDPOINTS
from resnet.spec.parameters import by_name

BY_PATH = {one.path: one for one in ENDPOINTS}
ALL_TOGETHER = ("the file with weights",)  # which every setting makes larger
SENTENCE = re.compile(r"^\S.{10,1000}[.!]$", re.DOTALL)


@schemathesis.check
def a_refusal_is_a_sentence(_: CheckContext, response: Response, case: Case) -> None:
    """And each names its field, a value, and what would work; nothing of Python is in it."""
    if response.status_code < 400 or case.method == "HEAD":
        return
    for error in response.json()["errors"]:
        assert SENTENCE.match(error["message"]), error
        assert error["field"] and error["works"], error
        assert "Traceback" not in error["message"], error


@schemathesis.check
def what_is_refused_could_not_be_together(_: CheckContext, response: Response, case: Case) -> None:
    """Where all that is said is within the bounds, no value is refused that would be refused alone."""
    if response.status_code != 400 or case.method == "HEAD" or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    endpoint = BY_PATH[case.path]
    known, query = by_name(endpoint.parameters), dict(case.query or {})
    for error in response.json()["errors"]:
        names = [name for name in error["field"].split(" × ") if name in known]
        # somebody's bytes are hardly ever a network
        assert names or case.method == "POST" or error["field"] in ALL_TOGETHER, error
        for name in set(names) & set(query):
            known[name].read(_written(query[name]))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
