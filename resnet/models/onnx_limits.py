"""How much of an ONNX file is read: anybody can send one."""

from __future__ import annotations

MAX_FILE = 2 * 10**9  # bytes of a file that somebody reads on a machine of their own; protobuf ends there
MAX_STRIPPED = 16 * 2**20  # bytes that a server is sent: graphs without weights
MAX_NODES = 20_000  # operations, those of subgraphs and functions too
MAX_DEPTH = 16  # subgraphs, or functions, inside each other
MAX_WEIGHTS = 10**11  # elements that one initializer may claim
MAX_ELEMENTS = 10**12  # of one operation's result
MAX_SIDE = 2**14  # pixels of an image
MAX_ANSWER = 64 * 2**20  # bytes of what the reading process says


class Problem(Exception):
    """Why nothing can be read, for a reader. ``field`` is ``file``, and then ``words`` go on after "can't be read: ";
    or ``size``, and then ``words`` say what it must be, and ``value`` what it is."""

    def __init__(self, words: str, field: str = "file", value: object = None) -> None:
        super().__init__(words)
        self.words = words
        self.field = field
        self.value = value
