"""Words in CSV files, which spreadsheets open: none of them may be taken for a formula."""

from __future__ import annotations

import re

_FORMULA = ("=", "@", "\t", "\r", "\n", "\uff1d", "\uff20")
"""What a spreadsheet reads as the start of a formula, full-width ones too."""
_SIGN = ("+", "-", "\uff0b", "\uff0d")
"""What may be one: `+ province FE` computes nothing, since it calls nothing and names no other program or sheet."""
_CALL = re.compile(r"[|(!=@\[{\uff08\uff1d]")
_DIGITS = r"[+-]?(?:\d[\d ,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*%?\**"
_NUMBER = re.compile(rf"{_DIGITS}(?: ?[(\[]{_DIGITS}(?:, ?{_DIGITS})?[)\]]\**)?")


def plain(words: str) -> str:
    """Words as a CSV holds them: with an apostrophe in front where a spreadsheet would compute them.

    Numbers, their stars and brackets and lone signs stay as they are: other programs read them.
    """
    start = words.lstrip(" \u00a0\u3000")
    signed = start.startswith(_SIGN) and _CALL.search(start) and not _NUMBER.fullmatch(start)
    return f"'{words}" if start.startswith(_FORMULA) or signed else words
