"""The headline findings of a paper, each with its verdict, the numbers that it was decided on, and where these stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nianjian import storage
from nianjian.headlines.conditions import parse
from nianjian.publish.cells import CELLS
from nianjian.publish.deciding import UNTOLD, VERDICTS, Decision, Reading, Results, decide, with_p
from nianjian.publish.origin import Origin
from nianjian.publish.sources import KEYS, SOURCE
from nianjian.storage import Schema
from nianjian.text import FIRST, Text, enumerated, languages, word


def by_language(column: str) -> dict[str, str]:
    """Names of a column of words: ``reason``, ``reason_zh``."""
    return {each: column if each == FIRST else f"{column}_{each}" for each in languages()}


CLAIMS, REASONS = by_language("claim"), by_language("reason")
HEADLINES: Schema = {
    "study": "string",  # ours
    "paper": "string",
    "headline": "string",  # name of the claim in config/published/headlines.yaml
    **dict.fromkeys(CLAIMS.values(), "string"),  # what the paper finds
    "condition": "string",  # over our results; empty where no data at hand can decide it
    "verdict": "string",  # holds, does not hold, cannot be told
    **dict.fromkeys(REASONS.values(), "string"),  # why it cannot be told
    "numbers": "string",  # that it was decided on, with p-values
    "order": "int32",
    "data": "string",  # what ours was made from
}
"""Key: paper, headline."""
HEADLINE_KEY = ("paper", "headline")
HEADLINE_NUMBERS: Schema = {
    "study": "string",
    "paper": "string",
    "headline": "string",
    "label": "string",  # what the number is: `baseline: did`
    "value": "float64",
    "p_value": "float64",  # of it, where it has one
    "our_table": "string",  # a table of ours that shows it, with its keys there; empty if none does
    "our_row": "string",
    "our_column": "string",
    **SOURCE,
}
"""One row a number that a headline was decided on; key: paper, headline, source."""
NUMBER_KEY = ("paper", "headline", "source")


@dataclass(frozen=True)
class Headline:
    """A claim of a paper.

    Attributes
    ----------
    name : as declared
    claim : what the paper finds
    holds : condition; empty where no data at hand can decide it
    untold : why not
    """

    name: str
    claim: Text
    holds: str
    untold: Text | None

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Headline:
        """From plain values, as the job has them."""
        where = f"claims.{plain['name']}"
        untold = Text.read(plain["untold"], f"{where}.untold") if plain.get("untold") else None
        return cls(
            plain["name"], Text.read(plain["claim"], f"{where}.claim"), plain.get("holds") or "", untold
        )

    def decide(self, results: Results) -> Decision:
        """Whether it holds of our results."""
        if self.untold is not None:
            return Decision(UNTOLD, (self.untold,))
        return decide(parse(self.holds, f"claims.{self.name}.holds"), results)


def decided(
    headlines: Iterable[Headline],
    results: Results,
    cells: pd.DataFrame,
    *,
    study: str,
    paper: str,
    origin: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Decide each claim.

    Parameters
    ----------
    results : of the study
    cells : of its tables, schema ``CELLS``, in which the numbers are looked for

    Returns
    -------
    DataFrame, DataFrame
        Schemas :data:`HEADLINES` and :data:`HEADLINE_NUMBERS`.
    """
    mark, shown = Origin.parse(origin).mark, places(cells)
    claims: list[dict[str, object]] = []
    numbers: list[dict[str, object]] = []
    for order, headline in enumerate(headlines):
        decision = headline.decide(results)
        named = {"study": study, "paper": paper, "headline": headline.name}
        reasons = enumerated(decision.reasons, "punctuation.semicolon")
        claims.append(
            {
                **named,
                **{column: headline.claim[language] for language, column in CLAIMS.items()},
                "condition": headline.holds,
                "verdict": decision.verdict,
                **{column: reasons[language] for language, column in REASONS.items()},
                "numbers": "; ".join(reading.text() for reading in decision.readings),
                "order": order,
                "data": mark,
            }
        )
        numbers += [
            {**named, **_number(reading, place, shown)} for place, reading in enumerate(decision.readings)
        ]
    made = (
        pd.DataFrame(claims, columns=list(HEADLINES)),
        pd.DataFrame(numbers, columns=list(HEADLINE_NUMBERS)),
    )
    return storage.typed(made[0], HEADLINES), storage.typed(made[1], HEADLINE_NUMBERS)


Place = tuple[str, str, str]
"""Table, row and column."""


def places(cells: pd.DataFrame) -> dict[tuple[str, ...], Place]:
    """Where our tables show a number, by its source."""
    found: dict[tuple[str, ...], Place] = {}
    own = storage.typed(cells, CELLS)
    own = own[(own["source"] == 0) & (own["how"] == "value")]
    for cell in own.to_dict("records"):
        place = (str(cell["table"]), str(cell["row_key"]), str(cell["column_key"]))
        found.setdefault(_key(cell), place)
    return found


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    values = (row.get(name) for name in ("file", "field", *KEYS))
    return tuple("" if value is None or pd.isna(value) else str(value) for value in values)


def _number(reading: Reading, place: int, shown: Mapping[tuple[str, ...], Place]) -> dict[str, object]:
    source = reading.source.plain(place)
    table, row, column = shown.get(_key(source), ("", "", ""))
    return {
        "label": reading.label,
        "value": reading.value,
        "p_value": reading.p_value,
        "our_table": table,
        "our_row": row,
        "our_column": column,
        **source,
    }


@dataclass(frozen=True)
class Shown:
    """A claim as pages show it.

    Attributes
    ----------
    key : of its verdict: holds, does_not_hold, cannot_be_told
    numbers : label, value with p, and our table that shows it
    """

    name: str
    claim: str
    key: str
    verdict: str
    condition: str
    reason: str
    numbers: list[tuple[str, str, str]]


def verdict_key(verdict: str) -> str:
    """Key of a verdict's word."""
    return verdict.replace(" ", "_")


def shown(claims: pd.DataFrame, numbers: pd.DataFrame, language: str) -> list[Shown]:
    """Claims in the paper's order."""
    by_claim = dict(iter(numbers.sort_values("source").groupby("headline")))
    return [
        Shown(
            name=row["headline"],
            claim=row[CLAIMS[language]],
            key=verdict_key(row["verdict"]),
            verdict=word(f"headlines.{verdict_key(row['verdict'])}")[language],
            condition=row["condition"],
            reason=row[REASONS[language]],
            numbers=[
                _printed(each) for each in by_claim.get(row["headline"], numbers[:0]).to_dict("records")
            ],
        )
        for row in claims.sort_values("order").to_dict("records")
    ]


def _printed(row: Mapping[str, Any]) -> tuple[str, str, str]:
    p_value = None if pd.isna(row["p_value"]) else float(row["p_value"])
    return row["label"], with_p(row["value"], p_value).replace("-", "\N{MINUS SIGN}"), row["our_table"]


def verdicts(claims: pd.DataFrame) -> list[int]:
    """How many claims have each of ``VERDICTS``."""
    return [int((claims["verdict"] == verdict).sum()) for verdict in VERDICTS]


def counted(claims: pd.DataFrame, language: str) -> str:
    """How many hold, in words."""
    holds, fails, untold = verdicts(claims)
    return word("headlines.lead", total=len(claims), holds=holds, fails=fails, untold=untold)[language]
