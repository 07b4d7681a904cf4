"""A study's sample with its indices, as a dataset to export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian.declarations.models.chain import Chain
from nianjian.declarations.roles import FILLED, column_facts
from nianjian.export import names
from nianjian.export.dataset import Dataset, Variable
from nianjian.export.own import OwnUnits
from nianjian.kinds.labels import Label, read_labels
from nianjian.publish.origin import BANNER, Origin
from nianjian.sample.loading import KEY, load_sample
from nianjian.text import Text, has, word

NUMBERED = {"city": "export.unit", "city_name": "export.unit_name"}
"""What the key of units that are no places is called."""
MOST_LABELS = 65_536
"""Labels that one value label of Stata holds."""
WHOLE = 2**31 - 28
"""Largest whole number of Stata's type long."""


def origin_note(origin: str) -> Text:
    """What data were made from; first of all that they are simulated."""
    note = Origin.parse(origin).note
    return Text.same(BANNER) if note is None else note


def origin_title(title: Text, origin: str) -> Text:
    """A title that says it where the data are simulated."""
    if not Origin.parse(origin).simulated:
        return title
    mark = word("origin.simulated")
    return title.map(lambda words, language: f"{mark[language]}. {words}")


def dataset(
    sample: str | Path,
    indices: Sequence[str | Path],
    *,
    study: str,
    title: Text,
    origin: str,
    labels: Mapping[str, Mapping[str, Any]],
    chain: Chain,
    places: Mapping[str, Mapping[str, Text]],
    own: OwnUnits | None = None,
) -> Dataset:
    """The sample and its indices.

    Parameters
    ----------
    sample, indices : Parquets with key (city, year)
    origin : ``simulated`` or ``real: <books or file>``, see :class:`nianjian.publish.origin.Origin`
    labels : of the study's columns, see :func:`nianjian.declarations.labels.labels`
    chain : how the study's numbers hang together
    places : ``city`` and ``province``: code, as text, to name
    own : units of the user's own file, if the sample is made from one
    """
    frame = load_sample(sample, indices, study).sort_values(KEY, ignore_index=True)
    exported = names.table(frame)
    known = read_labels(labels, study)
    filled = {name.removesuffix(FILLED) for name in frame if name.endswith(FILLED)}
    if own is not None and not own.of_places:
        places = own_names(frame)
    held = own is not None and own.held(frame)
    variables, columns = [], {}
    for column in frame:
        values, codes = coded(frame[column], known.get(column))
        facts = column_facts(column, chain)
        if column in filled:
            facts["filled"] = str(int(frame[column + FILLED].sum()))
        label, unit = _words(column, known, own=own)
        if column in places and pd.api.types.is_numeric_dtype(frame[column].dtype):
            present = {int(code) for code in frame[column].dropna().unique()}
            codes = {int(c): text for c, text in places[column].items() if int(c) in present}
        columns[exported[column]] = values
        if held and own is not None and column == own.column:
            variables.append(replace(own.variable(exported[column], column), values=codes))
        else:
            variables.append(Variable(column, exported[column], label, unit, codes, facts))
        if own is not None and not held and column == KEY[0]:
            name = own.named(exported)
            columns[name] = own.on(frame)
            variables.append(own.variable(name))
    return Dataset(
        "sample",
        pd.DataFrame(columns),
        variables,
        [exported[name] for name in KEY],
        origin_title(word("export.sample", title=title), origin),
        (origin_note(origin), word("export.sample_note", study=study)),
    )


def coded(values: pd.Series, label: Label | None) -> tuple[pd.Series, dict[int, Text]]:
    """Values as they are exported: declared words as whole numbers from 1 on in their order, true and false as 1 and 0."""
    if pd.api.types.is_bool_dtype(values.dtype):
        words = {0: word("export.as_printed"), 1: word("export.was_filled")}
        return values.astype("Int32"), words if str(values.name).endswith(FILLED) else {}
    if pd.api.types.is_float_dtype(values.dtype):
        known = values.dropna()
        whole = len(known) > 0 and bool(((known == known.round()) & (known.abs() < WHOLE)).all())
        return (values.astype("Int32"), {}) if whole else (values, {})
    if pd.api.types.is_numeric_dtype(values.dtype) or label is None or not label.values:
        return values, {}
    codes = codes_of(label)
    if set(values.dropna().unique()) - set(codes):
        return values, {}
    return values.map(codes).astype("Int32"), {codes[own]: text for own, text in label.values.items()}


def codes_of(label: Label) -> dict[str, int]:
    """Whole number of each declared word of an attribute."""
    return {own: code for code, own in enumerate(label.values, start=1)}


def own_names(frame: pd.DataFrame) -> dict[str, dict[str, Text]]:
    """What units of an own file are called, by number, for value labels; nothing where that is the number itself."""
    units = frame.drop_duplicates("city")
    found = {
        str(code): Text.same(str(name))
        for code, name in zip(units["city"], units["city_name"], strict=True)
        if str(name) != str(code)
    }
    return {"city": found} if 0 < len(found) <= MOST_LABELS else {}


def _words(column: str, known: Mapping[str, Label], own: OwnUnits | None = None) -> tuple[Text, Text | None]:
    if own is not None and not own.of_places and column in NUMBERED:
        return word(NUMBERED[column], label=own.label), None
    if column in known:
        return known[column].text, known[column].unit
    stem = column.removesuffix(FILLED)
    if stem != column:
        return word("export.filled", label=known[stem].text if stem in known else stem), None
    return (word(f"export.{column}") if has(f"export.{column}") else Text.same(column)), None
