"""Stata files of format 118 (Stata 14 and newer) with labels in several languages, value labels, notes and characteristics.

Written here and not by pandas, which writes no characteristics. Layout: Stata's ``help dta``. Labels of the second language
stand where Stata's own ``label language`` keeps them, in the characteristics ``_lang_v_<language>`` and
``_lang_l_<language>``, so that ``label language zh`` shows them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nianjian.errors import NianjianError
from nianjian.export.dataset import Dataset, Variable, with_unit
from nianjian.export.names import exported
from nianjian.files import replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_LABEL = 80
"""Characters of a label of a variable or of the data."""
LONGEST_TEXT = 2045
"""Bytes of a text that is no strL."""
LONGEST_CHARACTERISTIC = 67_784
MOST_VARIABLES = 32_767
"""Of this format and of Stata/SE; Stata/BE opens 2,048, and 5,000 are allowed before ``set maxvar``."""
BASIC = 2_048
_NAME, _LABEL, _FORMAT = 129, 321, 57
_CODES = {"i1": 65530, "i2": 65529, "i4": 65528, "f8": 65526}
_WHOLE = {
    "i1": (-127, 100, 101),
    "i2": (-32_767, 32_740, 32_741),
    "i4": (-2_147_483_647, 2_147_483_620, 2_147_483_621),
}
"""Smallest and largest value of each type, and what stands for a missing one."""
_MISSING, _PLUS, _MINUS = np.frombuffer(
    struct.pack("<3Q", 0x7FE0000000000000, 0x7FE0010000000000, 0x7FE0020000000000), dtype="<f8"
)
"""Missing values of Stata: . for what is not known, .a for plus and .b for minus infinity, which an interval may reach."""
_LARGEST = float.fromhex("0x1.fffffffffffffp1022")


class ExportError(NianjianError):
    """What cannot be written in a format."""


@dataclass(frozen=True)
class _Column:
    """A column as the file holds it."""

    code: int
    form: str
    shown: str
    values: NDArray[Any]


def write_stata(data: Dataset, path: str | Path, languages: Sequence[str]) -> None:
    """Write a dataset; the same input gives the same bytes.

    Parameters
    ----------
    languages : of labels, the one that Stata shows first in front

    Raises
    ------
    ExportError
        If there are more variables than the format holds, or a number or text that it cannot hold.
    """
    if len(data.variables) > MOST_VARIABLES:
        raise ExportError(
            f"{Path(path).name}: {len(data.variables):,} variables; Stata holds {MOST_VARIABLES:,}; export fewer"
        )
    columns = [_column(data.frame[each.name], f"{Path(path).name}, {each.column}") for each in data.variables]
    content = _assembled(data, columns, languages)
    with replacing(path) as part:
        part.write_bytes(content)


def _column(values: pd.Series, where: str) -> _Column:
    if pd.api.types.is_string_dtype(values.dtype) or values.dtype == object:
        return _texts(values, where)
    numbers = values.astype("float64").to_numpy(na_value=np.nan)
    known = numbers[np.isfinite(numbers)]
    if (np.abs(known) > _LARGEST).any():
        raise ExportError(f"{where}: holds a number beyond {_LARGEST:.3g}, which Stata cannot hold")
    if pd.api.types.is_float_dtype(values.dtype) or np.isinf(numbers).any():
        return _Column(_CODES["f8"], "<f8", "%10.0g", _doubles(numbers))
    for form, (low, high, missing) in _WHOLE.items():
        if not len(known) or (known.min() >= low and known.max() <= high):
            whole = np.where(np.isnan(numbers), missing, numbers).astype(f"<{form}")
            return _Column(_CODES[form], f"<{form}", "%8.0g" if form != "i4" else "%12.0g", whole)
    return _Column(_CODES["f8"], "<f8", "%12.0g", _doubles(numbers))


def _doubles(numbers: NDArray[Any]) -> NDArray[Any]:
    """Numbers as Stata holds them."""
    whole = np.where(np.isnan(numbers), _MISSING, numbers)
    return np.where(np.isinf(numbers), np.where(numbers > 0, _PLUS, _MINUS), whole)


def _texts(values: pd.Series, where: str) -> _Column:
    encoded = [b"" if pd.isna(each) else str(each).encode() for each in values]
    longest = max([1, *map(len, encoded)])
    if longest > LONGEST_TEXT:
        raise ExportError(f"{where}: holds a text of {longest:,} bytes; Stata holds {LONGEST_TEXT:,}")
    if any(b"\0" in each for each in encoded):
        raise ExportError(f"{where}: holds a text with the character NUL, at which Stata would cut it")
    letters = max([1, *(len(each) for each in values.dropna().astype(str))])
    return _Column(longest, f"S{longest}", f"%-{min(letters, 60)}s", np.array(encoded, dtype=f"S{longest}"))


def _assembled(data: Dataset, columns: Sequence[_Column], languages: Sequence[str]) -> bytes:
    """The whole file: its sections and the map that says where each begins."""
    first = languages[0]
    title = _shortened(data.title[first], LONGEST_LABEL).encode()
    count = len(data.variables)
    places = [data.named(name) for name in data.key]
    order = [*(list(data.variables).index(each) + 1 for each in places), *[0] * (count + 1 - len(places))]
    head = (
        b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder>"
        b"<K>" + struct.pack("<H", count) + b"</K><N>" + struct.pack("<Q", len(data.frame)) + b"</N>"
        b"<label>" + struct.pack("<H", len(title)) + title + b"</label><timestamp>\0</timestamp></header>"
    )
    sections = [
        _section("variable_types", b"".join(struct.pack("<H", each.code) for each in columns)),
        _section("varnames", b"".join(_fixed(each.name, _NAME) for each in data.variables)),
        _section("sortlist", struct.pack(f"<{count + 1}H", *order)),
        _section("formats", b"".join(_fixed(each.shown, _FORMAT) for each in columns)),
        _section("value_label_names", b"".join(_fixed(_table(v, first), _NAME) for v in data.variables)),
        _section("variable_labels", b"".join(_fixed(_label(v, first), _LABEL) for v in data.variables)),
        _section("characteristics", b"".join(_characteristics(data, languages))),
        _section("data", _rows(columns, len(data.frame))),
        _section("strls", b""),
        _section("value_labels", b"".join(_value_labels(data.variables, languages))),
    ]
    map_length = len(b"<map></map>") + 14 * 8
    offsets = [0, len(head)]
    at = len(head) + map_length
    for section in sections:
        offsets.append(at)
        at += len(section)
    end = b"</stata_dta>"
    offsets += [at, at + len(end)]
    return head + _section("map", struct.pack("<14Q", *offsets)) + b"".join(sections) + end


def _section(name: str, content: bytes) -> bytes:
    return f"<{name}>".encode() + content + f"</{name}>".encode()


def _fixed(text: str, width: int) -> bytes:
    """Text in a field that ends with a NUL, cut between characters."""
    data = text.encode()[: width - 1]
    return data.decode(errors="ignore").encode().ljust(width, b"\0")


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _label(variable: Variable, language: str) -> str:
    return _shortened(with_unit(variable, language), LONGEST_LABEL)


def _table(variable: Variable, language: str) -> str:
    """Name of a variable's value label in one language."""
    return exported(f"{variable.name}_{language}") if variable.values else ""


def _rows(columns: Sequence[_Column], count: int) -> bytes:
    rows = np.empty(count, dtype=[(f"c{at}", each.form) for at, each in enumerate(columns)])
    for at, each in enumerate(columns):
        rows[f"c{at}"] = each.values
    return rows.tobytes()


def _characteristics(data: Dataset, languages: Sequence[str]) -> Iterator[bytes]:
    """Notes, the labels of the other languages, and units and facts of each variable."""
    first, others = languages[0], languages[1:]
    notes = [note[language] for note in data.notes for language in languages]
    notes = list(dict.fromkeys(note for note in notes if note))
    if notes:
        yield _characteristic("_dta", "note0", str(len(notes)))
    for number, note in enumerate(notes, start=1):
        yield _characteristic("_dta", f"note{number}", note)
    yield _characteristic("_dta", "_lang_list", " ".join(languages))
    yield _characteristic("_dta", "_lang_c", first)
    for language in others:
        yield _characteristic("_dta", f"_lang_v_{language}", _shortened(data.title[language], LONGEST_LABEL))
    for variable in data.variables:
        for name, text in facts_of(variable, first).items():
            yield _characteristic(variable.name, name, text)
        for language in others:
            yield _characteristic(variable.name, f"_lang_v_{language}", _label(variable, language))
            if variable.values:
                yield _characteristic(variable.name, f"_lang_l_{language}", _table(variable, language))


def facts_of(variable: Variable, language: str) -> Mapping[str, str]:
    """What a variable's characteristics say, beside the labels of other languages."""
    found = {"column": variable.column}
    if variable.unit:
        found["unit"] = variable.unit[language]
    return {**found, **{name: text for name, text in variable.facts.items() if text}}


def _characteristic(variable: str, name: str, content: str) -> bytes:
    text = content.encode()[:LONGEST_CHARACTERISTIC].decode(errors="ignore").encode() + b"\0"
    body = _fixed(variable, _NAME) + _fixed(name, _NAME) + text
    return _section("ch", struct.pack("<I", len(body)) + body)


def _value_labels(variables: Sequence[Variable], languages: Sequence[str]) -> Iterator[bytes]:
    for variable in variables:
        for language in languages:
            if variable.values:
                yield _value_label(
                    _table(variable, language), {k: t[language] for k, t in variable.values.items()}
                )


def _value_label(name: str, words: Mapping[int, str]) -> bytes:
    codes = sorted(words)
    texts = [words[code].encode() + b"\0" for code in codes]
    starts = np.cumsum([0, *map(len, texts)])[:-1]
    count = len(codes)
    body = struct.pack("<2i", count, sum(map(len, texts)))
    body += struct.pack(f"<{count}i", *starts) + struct.pack(f"<{count}i", *codes) + b"".join(texts)
    return _section("lbl", struct.pack("<i", len(body)) + _fixed(name, _NAME) + b"\0\0\0" + body)
