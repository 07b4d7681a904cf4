"""Names that Stata, R and every other program accept, and the way back.

Stata counts at most 32 characters a name, wants a letter or underscore in front, and keeps some words for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from zlib import crc32

LONGEST = 32
"""Characters of a name in Stata."""
_STATA = "_all _b _coef _cons _n _N _pi _pred _rc _skip byte double float if in int long strL using with"
_R = "else for function next repeat while break TRUE FALSE NULL NA Inf NaN"
RESERVED = frozenset(f"{_STATA} {_R}".split())
"""Words that Stata and R keep for themselves."""
_TEXT_TYPE = re.compile(r"str\d+")
_ODD = re.compile(r"[^A-Za-z0-9_]+")


def is_valid(name: str) -> bool:
    """Whether a name can stand as it is."""
    return (
        len(name) <= LONGEST
        and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None
        and name not in RESERVED
        and not _TEXT_TYPE.fullmatch(name)
    )


def exported(name: str) -> str:
    """The name of a column outside: itself if it is valid, else its readable part and a digest of the whole.

    The result depends on the name alone, so that it is the same in every file and every study.

    Examples
    --------
    >>> exported("lngdp")
    'lngdp'
    >>> exported("ratio_of_local_general_public_budget_expenditure")
    'ratio_of_local_general_pu_27e2cc'
    """
    if is_valid(name):
        return name
    digest = f"{crc32(name.encode()):08x}"[:6]
    readable = _ODD.sub("_", name).strip("_")
    if not readable or not readable[0].isalpha():
        readable = f"v_{readable}".rstrip("_")
    return f"{readable[: LONGEST - 1 - len(digest)]}_{digest}"


def table(names: Iterable[str]) -> dict[str, str]:
    """Names of columns and what each is called outside; no two are called alike, also where case is ignored.

    Raises
    ------
    ValueError
        If two names have one digest, which takes millions of names.
    """
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for name in names:
        own = exported(name)
        if own.lower() in taken and taken[own.lower()] != name:
            own = exported(f"{own} {name}")
        if own.lower() in taken and taken[own.lower()] != name:
            raise ValueError(f"columns {taken[own.lower()]!r} and {name!r} would both be called {own!r}")
        taken[own.lower()] = name
        found[name] = own
    return found
