"""The numbers and figures over HTTP, with the pages' own query parameters.

Comes in: an address. Goes out: any form of what ``resnet.export.subjects`` lists; for a parameter that can't be used
status 400 and a sentence for each, never a guess. ``GET /api/openapi.json`` says which addresses there are, and what
each may say; ``GET /api/`` is the same to read. May import: all that stands below it, Starlette, and Jinja2.

For ``block``, ``shortcut`` says which block is meant: the convolutional block if it is left out.

A request runs through ``desk`` (what was made before is answered at once) and ``gate`` (so many are made at a time);
``answers`` reads and makes, ``headers`` and ``refusals`` are what is said with it or in its place. ``health`` and
``measured`` are about the process itself, ``drain`` is how it stops.
"""

import logging

from starlette.routing import BaseRoute, Route

from resnet.api import health, measured, model
from resnet.api.answers import offered
from resnet.api.describe import described
from resnet.api.desk import At, Desk
from resnet.export.subjects import OF_BLOCKS, OF_LESSONS, OF_MODELS, OF_NETWORKS, OLDER_OF_LESSONS, OLDER_OF_MODELS

ENDPOINTS = (
    *offered((*OF_BLOCKS, *OF_NETWORKS)),
    *offered((*OF_MODELS, *OLDER_OF_MODELS), model.asked, model.POSTED),
    *offered((*OF_LESSONS, *OLDER_OF_LESSONS)),
)
_desk = Desk(ENDPOINTS)
measured.watch(_desk)
_OWN = ("GET", "HEAD", "OPTIONS")
routes: list[BaseRoute] = [
    *_desk.routes,
    Route(health.PATH, At(_OWN, health.Health().answer, health.PATH, logging.DEBUG)),
    Route(measured.PATH, At(_OWN, measured.measured, measured.PATH, logging.DEBUG)),
    *described(ENDPOINTS),
]
