"""Who asks, without knowing who it is: a number that means nothing outside of this process.

An address is hashed with a key that this process drew when it started and tells nobody; neither is kept anywhere but in
memory, for as long as there is something to count. It is the address that the web server takes for its client's: behind
a proxy that it trusts, the one that the proxy says.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets

from starlette.requests import Request

_KEY = secrets.token_bytes(16)
NOBODY = ""


def client_of(request: Request) -> str:
    """NOBODY where it can't be told: this machine itself, or a proxy on it that does not say for whom it asks."""
    return numbered(request.client.host if request.client else "")


def numbered(address: str) -> str:
    """Sixteen digits. Of an IPv6 address its first half counts: the other is its owner's to choose."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return NOBODY
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return NOBODY
    counts = found.packed if found.version == 4 else found.packed[:8]
    return hashlib.blake2b(counts, key=_KEY, digest_size=8).hexdigest()
