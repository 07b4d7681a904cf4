"""Names and words that others chose, where Snakemake or a shell would read more into them than their letters."""

from __future__ import annotations

import re

from nianjian import printable
from nianjian.errors import InputError

_SPECIAL = re.compile(r"[^\w@%+=:,./-]")
_WORD_JOINER = "\u2060"


def quoted(path: str) -> str:
    r"""A path as one word of a shell: each character that means something to it has ``\`` in front.

    Not within quotation marks: Snakemake also takes the folder's name from this path.
    """
    return _SPECIAL.sub(lambda found: "\\" + found[0], path)


def unfilled(words: str) -> str:
    """Words of the report, in which Snakemake would fill in ``{names}``: what cannot be seen keeps it from doing so."""
    return words.replace("{", "{" + _WORD_JOINER)


def check_path(path: str) -> str:
    """A file of the books that rules read.

    Raises
    ------
    InputError
        If its name holds braces, in which Snakemake would look for wildcards, or characters that cannot be printed.
    """
    found = next((character for character in "{}\n\t" if character in path), "") or printable.control(path)
    if found:
        raise InputError(
            f"{printable.in_one_line(path)}: its name holds {printable.in_one_line(found)!r}, by which Snakemake cannot call a "
            "file; rename it, or the folder that it is in"
        )
    return path
