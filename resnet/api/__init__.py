"""The numbers and figures over HTTP, one module a subject, with the pages' own query parameters.

Comes in: an address. Goes out: JSON, CSV or a figure; for a parameter that can't be used status 400 and a sentence for
each, never a guess. ``GET /api/openapi.json`` says which addresses there are, and what each may say. May import: all
that stands below it, and Starlette.

For ``block``, ``shortcut`` says which block is meant: the convolutional block if it is left out.
"""

from starlette.routing import BaseRoute, Route

from resnet.api import block, experiments, model, network, signal, story
from resnet.api.answers import data
from resnet.api.document import document

ENDPOINTS = (
    *block.ENDPOINTS,
    *network.ENDPOINTS,
    *model.ENDPOINTS,
    *signal.ENDPOINTS,
    *story.ENDPOINTS,
    *experiments.ENDPOINTS,
)

routes: list[BaseRoute] = [
    *(route for one in ENDPOINTS for route in one.routes),
    Route("/api/openapi.json", lambda _: data(document(ENDPOINTS))),
]
