"""How numbers are written, once for screen, file, table and command line."""

from __future__ import annotations

MINUS = "−"


def count(n: int) -> str:
    """Thousands separated.

    >>> count(75008)
    '75,008'
    """
    return f"{n:,}".replace("-", MINUS)


def difference(n: int) -> str:
    """With its sign.

    >>> difference(16896), difference(0)
    ('+16,896', '0')
    """
    return f"{n:+,}".replace("-", MINUS) if n else "0"


def signed(value: float, digits: int = 2) -> str:
    """A number around zero.

    >>> signed(0.2201), signed(-0.5), signed(-0.0001)
    ('0.22', '−0.50', '0.00')
    """
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", MINUS)


def percent(part: int, whole: int) -> str:
    """A change, in per cent of what it was.

    >>> percent(16896, 58112), percent(-7680, 25557032)
    ('+29.1 %', '−0.03 %')
    """
    share = 100 * part / whole
    return f"{share:+.{1 if abs(share) >= 0.1 else 2}f} %".replace("-", MINUS)


def share(part: int, whole: int) -> str:
    """How much of a whole a part is.

    >>> share(2836480, 25557032)
    '11.1 %'
    """
    return percent(part, whole).lstrip("+")


def million(n: int) -> str:
    """In millions, or in the unit that is large enough.

    >>> million(231211008), million(1234567890)
    ('231.2 M', '1.23 G')
    """
    for size, unit in ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M")):
        if n >= size:
            return f"{n / size:,.2f} {unit}" if unit != "M" else f"{n / size:,.1f} M"
    return count(n)


def giga(n: int) -> str:
    """In billions.

    >>> giga(4089184256)
    '4.09 G'
    """
    return f"{n / 1e9:,.2f} G"


def memory(n: int) -> str:
    """Bytes in binary units.

    >>> memory(16859136)
    '16.1 MiB'
    """
    for size, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if n >= size:
            return f"{n / size:,.1f} {unit}"
    return f"{n:,} B"
