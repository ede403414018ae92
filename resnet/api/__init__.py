"""The numbers and figures over HTTP, with the pages' own query parameters.

Comes in: an address. Goes out: any form of what ``resnet.export.subjects`` lists; for a parameter that can't be used
status 400 and a sentence for each, never a guess. ``GET /api/openapi.json`` says which addresses there are, and what
each may say. May import: all that stands below it, and Starlette.

For ``block``, ``shortcut`` says which block is meant: the convolutional block if it is left out.
"""

from starlette.routing import BaseRoute, Route

from resnet.api import model
from resnet.api.answers import data, offered
from resnet.api.document import document
from resnet.export.subjects import OF_BLOCKS, OF_LESSONS, OF_MODELS, OF_NETWORKS

ENDPOINTS = (
    *offered((*OF_BLOCKS, *OF_NETWORKS)),
    *offered(OF_MODELS, model.asked, model.POSTED),
    *offered(OF_LESSONS),
)

routes: list[BaseRoute] = [
    *(route for one in ENDPOINTS for route in one.routes),
    Route("/api/openapi.json", lambda _: data(document(ENDPOINTS))),
]
