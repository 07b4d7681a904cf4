"""Characters of a Chinese keyboard where YAML, formulas and lists want those of an English one: what to type instead."""

from __future__ import annotations

import unicodedata

MARKS = {
    **{
        "：": ":",
        "，": ",",
        "（": "(",
        "）": ")",
        "［": "[",
        "］": "]",
        "｛": "{",
        "｝": "}",
        "＝": "=",
        "＋": "+",
    },
    **{
        "－": "-",
        "＊": "*",
        "／": "/",
        "＜": "<",
        "＞": ">",
        "＃": "#",
        "；": ";",
        "、": ",",
        "。": ".",
        "．": ".",
    },
    **{
        "“": "'",
        "”": "'",
        "‘": "'",
        "’": "'",
        "＂": '"',
        "＇": "'",
        "「": "'",
        "」": "'",
        "【": "[",
        "】": "]",
    },
    **{"－": "-", "–": "-", "—": "-", "−": "-", "×": "*", "÷": "/", "≥": ">=", "≤": "<=", "≠": "!="},
}
"""What stands there, and what is meant."""
BLANKS = {"\u3000": "a full-width blank", "\u00a0": "a non-breaking blank", "\t": "a tab"}
_SHOWN = 3
"""So many different ones a message names."""


def meant(character: str) -> str:
    """What to type instead of a character; empty where nothing is wrong with it."""
    if character in MARKS:
        return MARKS[character]
    plain = unicodedata.normalize("NFKC", character)
    return plain if "\uff01" <= character <= "\uff5e" else ""


def hint(text: str, behind: str = "; ") -> str:
    """``; '，' is typed full-width, type ','`` for the first such characters of a text; empty where there is none.

    Parameters
    ----------
    behind : what stands between it and the message before it
    """
    said: dict[str, str] = {}
    for character in text:
        if character in BLANKS:
            said[BLANKS[character]] = (
                "type a plain one (half-width)" if character != "\t" else "type blanks instead"
            )
        elif wanted := meant(character):
            said[f"'{character}'"] = f"type {_quoted(wanted)}"
    parts = [f"{what} stands there, {do}" for what, do in list(said.items())[:_SHOWN]]
    return behind + "; ".join(parts) if parts else ""


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"
