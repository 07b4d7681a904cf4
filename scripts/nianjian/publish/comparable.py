"""With which other specifications of its study a table compares its columns, by what is declared alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from nianjian.kinds.base import names, references

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.entries import Entry

REGRESSED = ("outcome", "treatment", "controls", "absorb")
"""Keys by which a specification is a variant of another: what it regresses on what."""


def inputs(params: Any, study: Study) -> dict[str, list[str]]:
    """What a table of specifications reads: its columns' estimates, and those that it is compared with."""
    found = study.files(references(params))
    more = study.estimates(_compared(params.columns, study.specs, study.matrices))
    return {
        **found,
        "estimates": list(dict.fromkeys([*found.get("estimates", []), *more])),
        "gaps": [study.gaps_file],
    }


def _compared(
    columns: list[str], specs: Mapping[str, Entry], matrices: Mapping[str, Entry]
) -> dict[str, None]:
    """Specifications that the columns may repeat, and comparisons of the mixtures that they use."""
    found: dict[str, None] = {}
    for spec in columns:
        if (first := first_like(spec, specs)) is not None:
            found[first] = None
        found.update(dict.fromkeys(comparisons(spec, specs, matrices)))
    return found


def first_like(spec: str, specs: Mapping[str, Entry]) -> str | None:
    """The first declared specification that regresses the same on the same, another than ``spec``."""
    own = regressed(specs[spec])
    first = next((name for name, other in specs.items() if own[0] and regressed(other) == own), spec)
    return None if first == spec else first


def regressed(entry: Entry) -> list[list[str]]:
    """What a specification regresses on what; the order of controls and effects says nothing."""
    return [sorted(names(getattr(entry.params, key, None))) for key in REGRESSED]


def comparisons(spec: str, specs: Mapping[str, Entry], matrices: Mapping[str, Entry]) -> Iterator[str]:
    """Specifications that compare shares of the mixture that ``spec`` uses, for the same outcome."""
    own = specs[spec].params
    mixture = matrices.get(str(getattr(own, "matrix", None)))
    parts = [getattr(mixture.params, key, None) for key in ("first", "second")] if mixture else []
    if mixture is None or not all(parts) or not hasattr(mixture.params, "share"):
        return
    for name, other in specs.items():
        same = getattr(other.params, "outcome", None) == getattr(own, "outcome", None)
        if same and getattr(other.params, "grid", None) == parts:
            yield name
