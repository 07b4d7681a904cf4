"""What the extract stage is told: the words of reading, and of a source just what reading it needs.

The results are plain values that become params of a rule: a title in English, a citation or the item of a column
that changes reruns no extract.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nianjian.declarations.layers import Layers
from nianjian.declarations.models.reading import Reading
from nianjian.declarations.reading import validate

Plain = dict[str, Any]


def load_reading(layers: Layers | str | Path) -> Plain:
    """The words by which pages, headers and labels are read, checked.

    Returns
    -------
    Sections ``sheets``, ``headers``, ``units`` and ``regions`` as plain values.

    Raises
    ------
    DeclarationError
        If ``reading.yaml`` lacks a key, has an unknown one, or a pattern is no regular expression.
    """
    layers = Layers.given(layers)
    reading: Reading = validate(Reading, layers.merged("reading.yaml"), layers.shown("reading.yaml"))
    return reading.plain()


def for_edition(source: Mapping[str, Any], reading: Mapping[str, Any]) -> Plain:
    """What reading an edition needs: ``source`` as declared and the words for pages."""
    kept = {key: source[key] for key in ("include", "exclude", "chapters")}
    return {"source": kept, "sheets": reading["sheets"]}


def for_panel(source: Mapping[str, Any], reading: Mapping[str, Any]) -> Plain:
    """What reading a compiled panel needs: ``source`` as declared and the words for pages."""
    kept = {key: source[key] for key in ("file", "sheet", "layout", "city", "year")}
    title = source["title"]
    kept["title"] = {"zh": title.get("zh") or title["en"]}
    kept["values"] = {column: {"unit": value["unit"]} for column, value in source["values"].items()}
    return {"source": kept, "sheets": reading["sheets"]}
