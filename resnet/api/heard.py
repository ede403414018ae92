"""What comes with a request: all of it is heard, also where the answer is known before.

Who sends more than nobody reads finds the connection closed while it writes. A browser then shows no answer, and nginx
takes the process for dead: three such requests, and for five seconds it sends nobody there.
"""

from __future__ import annotations

from anyio import fail_after, move_on_after
from starlette.requests import Request
from starlette.types import Message, Receive

from resnet.api.refusals import too_much, too_slow
from resnet.models.onnx_limits import MAX_STRIPPED as MAX_SENT
from resnet.spec.errors import SpecError

HEARD_OUT = 4 * MAX_SENT  # bytes: who sends more is cut off
SLOW = 30.0  # seconds that a file may be on its way


class Heard:
    """A request's ``receive``, which knows whether there is more to come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._over = False

    async def __call__(self) -> Message:
        message = await self._receive()
        self._over = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def out(self) -> None:
        """Hears what nobody wanted to know."""
        came = 0
        with move_on_after(SLOW):
            while not self._over and came <= HEARD_OUT:
                came += len((await self()).get("body", b""))


async def body(request: Request) -> bytes:
    """What was sent, as long as it is no more than a graph without weights, and comes within half a minute."""
    content, came = bytearray(), 0
    try:
        with fail_after(SLOW):
            async for piece in request.stream():
                came += len(piece)
                if came <= MAX_SENT:
                    content += piece
                elif came > HEARD_OUT:
                    break
    except TimeoutError:
        raise too_slow(SLOW) from None
    if came > MAX_SENT:
        raise too_much(MAX_SENT)
    if not content:
        raise SpecError("the file", "empty", "an ONNX file without its weights, or a graph saved here")
    return bytes(content)
