"""Names of folders on a shell's command line, where Snakemake puts them without quotation marks."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[^\w@%+=:,./-]")


def quoted(path: str) -> str:
    r"""A path as one word of a shell: each character that means something to it has ``\\`` in front.

    Not within quotation marks: Snakemake also takes the folder's name from this path.
    """
    return _SPECIAL.sub(lambda found: "\\" + found[0], path)
