"""What is said with every answer: who may show it, what may run in it, how long it may be kept, how it is called."""

from __future__ import annotations

import re
from urllib.parse import quote

from resnet.export.form import Form

NEVER_CHANGES = "public, max-age=86400, stale-while-revalidate=604800"
ASK_AGAIN = "no-cache"  # may be kept, but not shown without asking
KEEP_NOTHING = "no-store"

# A figure is shown wherever somebody embeds it; nobody there learns from whom it was asked.
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
ANYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Content-Disposition, Retry-After",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}

# Nothing is loaded, nothing runs, not even what a browser would take a file for by mistake.
NOTHING = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"
# A document of ours may have a chart that answers the pointer: its own script, in an origin of its own, without a way
# out but for links that a reader follows.
_OWN_SCRIPT = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'; sandbox allow-scripts allow-downloads allow-modals allow-popups "
    "allow-popups-to-escape-sandbox"
)
# Chrome's viewer does not open in a sandbox.
_VIEWER = "script-src 'none'; base-uri 'none'; form-action 'none'"
PAGE = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
_POLICIES = {"text/html": _OWN_SCRIPT, "application/pdf": _VIEWER}

# what a browser shows; anything else it saves
_SHOWN = frozenset((
    "image/svg+xml", "image/png", "application/pdf", "application/json", "text/plain", "text/csv", "text/html",
    "text/markdown", "text/vnd.graphviz",
))  # fmt: skip
_LONGEST = 120  # characters of a file's name: any file system takes them


def bare(media: str) -> str:
    """Without what follows: "text/csv"."""
    return media.partition(";")[0]


def policy(form: Form[object]) -> dict[str, str]:
    return {"Content-Security-Policy": _POLICIES.get(bare(form.media), NOTHING)}


def named(form: Form[object], name: str) -> dict[str, str]:
    """How the file is called, and whether it is shown or saved. Names may come from somebody's file.

    Source: RFC 6266, §4.3 and appendix D.
    """
    how = "inline" if bare(form.media) in _SHOWN else "attachment"
    said = name.encode(errors="ignore").decode()  # half a character is none
    stem = re.sub(r'[\x00-\x1f\x7f"/\\:*?<>|\s]+', "_", said).strip("._")[:_LONGEST] or "file"
    full = f"{stem}.{form.suffix}"
    plain = re.sub(r"[^\x20-\x7e]|%", "_", full)
    more = "" if plain == full else f"; filename*=UTF-8''{quote(full, safe='')}"
    return {"Content-Disposition": f'{how}; filename="{plain}"{more}'}
