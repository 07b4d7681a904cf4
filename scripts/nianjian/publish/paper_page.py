"""The page of a paper: what could and what could not be reproduced, and why, in all variants that ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from nianjian import storage
from nianjian.declarations.models.sample import missing_rules
from nianjian.kinds.labels import Label, read_labels
from nianjian.publish import headlines, pages, paper_facts, scorecard
from nianjian.publish.city_reasons import left_out
from nianjian.publish.comparison import CLASSES, class_meaning, class_word
from nianjian.publish.origin import Origin
from nianjian.publish.panel_names import Names
from nianjian.publish.paper_facts import Choice, Estimated, Event, Gaps, Moments
from nianjian.publish.params import p_text
from nianjian.publish.scorecard import REASONS
from nianjian.publish.scorecard_page import Family, families_of
from nianjian.publish.tables import MINUS
from nianjian.text import Text, has, listed, word

READS = ("templates/paper.html.j2", "templates/classes.css")
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""
WORDS = (
    "title", "short", "variant", "years", "cities", "observations", "treated", "main", "compared", "found", "paper", "own",
    "not_run", "why", "counts", "counts_note", "counts_absent", "count", "scorecard", "findings", "findings_note", "claim",
    "data", "moments", "moments_note", "no_moments", "described", "mean", "sd", "min", "max", "shift", "ratio", "in_print",
    "ours", "which", "which_note", "kept", "out", "names", "gaps", "gaps_note", "variable", "printed", "filled", "missing",
    "suspect", "contested", "by_year", "meaning", "meaning_note", "from_year", "new_meaning", "only", "leads", "leads_note", "no_events", "period",
    "joint", "before_base", "choices", "choices_note", "no_main", "specification", "choice", "coefficient", "error", "nobs",
    "flagged",
)  # fmt: skip
"""Messages that the page prints as they are."""


PARTS = ("short", "findings", "counts", "moments", "which", "gaps", "leads", "choices")
"""Parts of the page that its contents lead to."""
MOST = 6
"""Of what a choice became, as many are named."""


@dataclass(frozen=True)
class Variant:
    """A study or variant of the paper that ran: what is declared of it, and its results.

    Attributes
    ----------
    plain : as the job has it
    """

    plain: Mapping[str, Any]

    @property
    def study(self) -> str:
        """Its id."""
        return str(self.plain["study"])

    @cached_property
    def name(self) -> Text:
        """What readers call it."""
        own = self.plain["label"]
        return word("paper_page.base") if own is None else Text.read(own, f"{self.study}, label")

    @cached_property
    def labels(self) -> dict[str, Label]:
        """Words for its columns."""
        return read_labels(self.plain["labels"], self.study)

    def read(self, what: str) -> pd.DataFrame | None:
        """One of its files; None of what it does not have."""
        path = self.plain["files"].get(what)
        return None if path is None else storage.read_table(path)

    def needed(self, what: str) -> pd.DataFrame:
        """One of the files that every variant has."""
        frame = self.read(what)
        assert frame is not None
        return frame

    @cached_property
    def sample(self) -> pd.DataFrame:
        return self.needed("sample")

    @cached_property
    def card(self) -> pd.DataFrame:
        """Its scorecard."""
        return self.needed("scorecard")

    @cached_property
    def findings(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Headlines and their numbers."""
        claims, numbers = self.read("headlines"), self.read("numbers")
        return None if claims is None or numbers is None else (claims, numbers)

    @cached_property
    def estimates(self) -> dict[str, pd.DataFrame]:
        """Estimates by specification."""
        return paper_facts.read_estimates(self.plain["estimates"])

    @property
    def events(self) -> list[Event]:
        """Its event studies."""
        return [paper_facts.event(own["spec"], self.estimates[own["spec"]]) for own in self.plain["events"]]


@dataclass(frozen=True)
class Paper:
    """A paper with its variants.

    Attributes
    ----------
    plain : as the job has it
    published : its numbers
    doubts : ``suspects`` and ``contested`` of the panel
    names : what regions are called
    """

    plain: Mapping[str, Any]
    published: pd.DataFrame
    doubts: Mapping[str, pd.DataFrame]
    origin: Origin
    names: Names = field(default_factory=lambda: Names({}, [], {}, {}))

    @cached_property
    def variants(self) -> list[Variant]:
        """Those that ran."""
        return [Variant(each) for each in self.plain["variants"]]

    @property
    def main(self) -> Mapping[str, str] | None:
        """Specification and term of the main estimate."""
        own: Mapping[str, str] | None = self.plain["main"]
        return own

    def choice(self, variant: Variant, spec: str, term: str, cluster: Any) -> Choice:
        """An estimate of a variant beside the paper's."""
        frame = variant.estimates[spec]
        return paper_facts.choice(spec, term, frame, self.published, by_city=cluster == "city")


def page(paper: Paper, language: str, links: Sequence[Any] = ()) -> str:
    """Render the page in one language; ``links`` lead to it in others."""
    writer = _Writer(paper, language)
    made, findings = paper.origin, writer.findings()
    notes = [word("paper_page.simulated")] if made.simulated else [made.note] if made.note else []
    parts = [part for part in PARTS if part != "findings" or findings]
    return pages.page(
        "paper.html.j2",
        language=language,
        simulated=made.simulated,
        says={key: word(f"paper_page.{key}", paper=paper.plain["paper"])[language] for key in WORDS},
        lead=[
            word("paper_page.lead", paper=paper.plain["paper"])[language],
            *(note[language] for note in notes),
        ],
        title=Text.read(paper.plain["title"], "title")[language],
        links=links,
        parts=[(part, word(f"paper_page.{part}", paper=paper.plain["paper"])[language]) for part in parts],
        size=writer.sizes(),
        left_out=writer.not_run(),
        names={name: class_word(name)[language] for name in CLASSES},
        meanings={name: class_meaning(name)[language] for name in CLASSES},
        variants=[writer.variant(each) for each in paper.variants],
        findings=findings,
        breaks=writer.breaks(),
        colon=word("punctuation.colon")[language],
        claims={key: word(f"headlines.{key}")[language] for key in ("condition", "numbers", "shown")},
    )


@dataclass(frozen=True)
class _Writer:
    """What the page shows, in the words of its language."""

    paper: Paper
    language: str

    def said(self, key: str, /, **values: object) -> str:
        return word(f"paper_page.{key}", **values)[self.language]

    # -- at a glance

    def sizes(self) -> list[dict[str, str]]:
        """One row a variant, the paper's first."""
        plain, language = self.paper.plain, self.language
        theirs = plain["size"]
        first = {
            "name": self.said("in_paper"),
            "years": _span(plain["years"]),
            **{key: _count(theirs.get(key)) for key in ("cities", "observations", "treated")},
            "main": self._printed_main(),
            "compared": "",
            "found": "",
            "link": "",
        }
        return [first, *(self._size(each, language) for each in self.paper.variants)]

    def _size(self, variant: Variant, language: str) -> dict[str, str]:
        size = paper_facts.variant_size(variant.sample, variant.plain["treatment"])
        total = families_of(scorecard.summary(variant.card, "family"), language)
        numbers = next(each for each in total if each.name == "all")
        found = variant.findings
        return {
            "name": variant.name[language],
            "years": _span(variant.plain["years"]),
            **{key: _count(size[key]) for key in ("cities", "observations", "treated")},
            "main": self._main(variant),
            "compared": f"{numbers.compared} / {numbers.total}",
            "found": "" if found is None else _held(found[0]),
            "link": f"../studies/{variant.study}/scorecard.{language}.html",
        }

    def _printed_main(self) -> str:
        main = self.paper.main
        own = paper_facts.printed(self.paper.published, main["spec"], main["term"]) if main else ""
        return own.replace("-", MINUS)

    def _main(self, variant: Variant) -> str:
        main = self.paper.main
        if not main or main["spec"] not in variant.estimates:
            return ""
        own = self.paper.choice(variant, main["spec"], main["term"], None).ours
        return "" if own is None else _estimate(own)

    def not_run(self) -> list[tuple[str, str]]:
        """Variants that did not run, and why."""
        rows = []
        for each in self.paper.plain["left_out"]:
            name = (
                word("paper_page.base") if each["label"] is None else Text.read(each["label"], each["study"])
            )
            items = [Text.read(item, each["study"]) for item in each.get("items", ())]
            other = Text.read(each["other"], each["study"]) if each.get("other") else word("paper_page.base")
            why = self.said(f"why_{each['why']}", items=listed(items), other=other)
            rows.append((name[self.language], why))
        return rows

    # -- by variant

    def variant(self, variant: Variant) -> dict[str, Any]:
        """All sections of one variant."""
        language = self.language
        families: list[Family] = families_of(scorecard.summary(variant.card, "family"), language)
        described = paper_facts.moments(variant.card)
        return {
            "name": variant.name[language],
            "link": f"../studies/{variant.study}/scorecard.{language}.html",
            "sample": f"../studies/{variant.study}/sample.{language}.html",
            "families": families,
            "absent": paper_facts.absent(variant.card, REASONS[language]),
            "moments": [_moments_row(each) for each in described],
            "flagged": self.said(
                "flagged_of", flagged=sum(each.flagged for each in described), total=len(described)
            ),
            "out": left_out(
                variant.needed("cities"), variant.labels, language, self._called(variant.needed("cities"))
            ),
            "kept": self._kept(variant),
            "years": [f"{year % 100:02d}" for year in sorted(variant.sample["year"].unique())],
            "gaps": [self._gaps_row(each, variant) for each in self._gaps(variant)],
            "events": self._events(variant),
            "choices": self._choices(variant),
        }

    def _kept(self, variant: Variant) -> tuple[int, str]:
        cities = variant.needed("cities")
        kept = cities[cities["kept"].astype(bool)]
        return len(kept), word("punctuation.comma")[self.language].join(self._called(kept))

    def _called(self, cities: pd.DataFrame) -> list[str]:
        """What cities are called in the page's language."""
        pairs = zip(cities["city"], cities["city_name"], strict=True)
        return [self.paper.names.city(code, name, self.language) for code, name in pairs]

    def _gaps(self, variant: Variant) -> list[Gaps]:
        if variant.plain["level"] != "city":
            return []
        # What counts as missing in a variant is in none of its values.
        rules = missing_rules(variant.plain["suspects"])
        suspects = self.paper.doubts["suspects"]
        doubts = {**self.paper.doubts, "suspects": suspects[~suspects["rule"].isin(rules)]}
        return paper_facts.gaps(variant.sample, variant.needed("gaps"), variant.plain["items"], doubts)

    def _gaps_row(self, gaps: Gaps, variant: Variant) -> dict[str, Any]:
        label = variant.labels.get(gaps.variable)
        shares = {
            name: _percent(getattr(gaps, name))
            for name in ("printed", "filled", "missing", "suspect", "contested")
        }
        return {
            "label": label.text[self.language] if label else gaps.variable,
            **shares,
            "by_year": [
                {
                    "filled": round(filled, 3),
                    "doubted": round(doubted, 3),
                    "title": self.said(
                        "year_title", year=year, filled=_percent(filled), doubted=_percent(doubted)
                    ),
                    "text": f"{100 * filled:.0f}" if filled >= 0.005 else "",
                }
                for year, filled, doubted in gaps.by_year
            ],
        }

    def _events(self, variant: Variant) -> dict[str, Any]:
        """One column an event study, one row a period, and the joint test below."""
        events = [each for each in variant.events if each.periods]
        times = sorted({time for each in events for time in each.periods})
        ends = {
            time: dict.fromkeys(each.ends[time] for each in events if time in each.ends) for time in times
        }
        return {
            "heads": [self._head(own, variant) for own in variant.plain["events"]],
            "rows": [
                (_period(ends[time]), time < 0, [_cell(each.periods.get(time)) for each in events])
                for time in times
            ],
            "tests": ["" if each.p_value is None else self._test(each) for each in events],
            "verdicts": [self._leads(each) for each in events],
        }

    def _head(self, own: Mapping[str, Any], variant: Variant) -> str:
        label = own["label"]
        return own["spec"] if label is None else Text.read(label, variant.study)[self.language]

    def _test(self, event: Event) -> str:
        f = "" if event.f is None else f"F = {event.f:.2f}, "
        assert event.p_value is not None
        return f"{f}{p_text(event.p_value)}"

    def _leads(self, event: Event) -> str:
        known = [each for each in event.leads if each.p_value is not None]
        significant = sum(each.p_value < 0.1 for each in known if each.p_value is not None)
        return self.said("leads_of", significant=significant, total=len(known))

    def _choices(self, variant: Variant) -> list[dict[str, str]]:
        """The main estimate, and those of specifications that change one choice of it."""
        main = self.paper.main
        if main is None or main["spec"] not in variant.estimates:
            return []
        first = self.paper.choice(variant, main["spec"], main["term"], variant.plain["main_cluster"])
        rows = [self._choice_row(first, self.said("main_choice"), self.said("nothing"))]
        for own in variant.plain["changes"]:
            made = self.paper.choice(variant, own["spec"], own["term"], own["cluster"])
            if made.ours is not None:
                rows.append(self._choice_row(made, self._head(own, variant), self._changed(own, variant)))
        return rows

    def _changed(self, own: Mapping[str, Any], variant: Variant) -> str:
        """Which choice is another, and what it became, in the words of the study where it has some."""
        labels, marks = variant.labels, {"+": "+ ", "-": f"{MINUS} "}

        def said(what: str) -> str:
            mark, name = (marks[what[0]], what[1:]) if what[:1] in marks else ("", what)
            return mark + " × ".join(self._named(each, labels) for each in name.split("#"))

        what = [said(each) for each in own["what"]] or [self.said("none")]
        many = word("paper_page.everything")[self.language]
        shown = many if len(what) > MOST else word("punctuation.comma")[self.language].join(what)
        return f"{self.said('choice_' + own['choice'])}{word('punctuation.colon')[self.language]}{shown}"

    def _named(self, name: str, labels: Mapping[str, Label]) -> str:
        if name in labels:
            return labels[name].text[self.language]
        return word(f"regression.unit_{name}")[self.language] if has(f"regression.unit_{name}") else name

    def _choice_row(self, made: Choice, name: str, choice: str) -> dict[str, str]:
        ours = made.ours
        return {
            "name": name,
            "spec": made.spec,
            "choice": choice,
            "coefficient": "" if ours is None else f"{_shown(ours.estimate)}{ours.stars}",
            "error": "" if ours is None else _shown(ours.std_error),
            "nobs": _count(made.nobs),
            "cities": _count(made.cities),
            "paper": made.printed.replace("-", MINUS),
        }

    def breaks(self) -> list[tuple[str, int, str, str]]:
        """Items that change their meaning, from when, and in which variants' years if not in those of all."""
        found: dict[tuple[str, int, str], list[str]] = {}
        for variant in self.paper.variants:
            for name, year, what in variant.plain["breaks"]:
                said = (
                    Text.read(name, "item")[self.language],
                    int(year),
                    Text.read(what, "meaning")[self.language],
                )
                found.setdefault(said, []).append(variant.name[self.language])
        semicolon = word("punctuation.semicolon")[self.language]
        every = len(self.paper.variants)
        return [
            (*said, "" if len(own) == every else semicolon.join(own)) for said, own in sorted(found.items())
        ]

    # -- headlines

    def findings(self) -> list[dict[str, Any]]:
        """Claims by variant: one row a claim, one cell a variant."""
        shown = {
            variant.study: {each.name: each for each in headlines.shown(*variant.findings, self.language)}
            for variant in self.paper.variants
            if variant.findings is not None
        }
        names = dict.fromkeys(name for own in shown.values() for name in own)
        rows = []
        for name in names:
            first = next(own[name] for own in shown.values() if name in own)
            cells = [shown.get(variant.study, {}).get(name) for variant in self.paper.variants]
            rows.append({"claim": first.claim, "condition": first.condition, "cells": cells})
        return rows


def _held(claims: pd.DataFrame) -> str:
    """``13 ✓ 9 ✗ 1 ?``."""
    return " ".join(f"{count} {mark}" for count, mark in zip(headlines.verdicts(claims), "✓✗?", strict=True))


def _span(years: Sequence[int]) -> str:
    return f"{years[0]}–{years[1]}"


def _count(value: Any) -> str:
    return "" if value is None else f"{value:,}"


def _percent(share: float) -> str:
    """Whole per cent; what is not zero is not shown as such."""
    return "0%" if share <= 0 else "<1%" if share < 0.005 else f"{100 * share:.0f}%"


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    text = f"{value:.{4 if abs(value) >= 0.001 or value == 0 else 6}f}"
    return text.replace("-", MINUS)


def _estimate(own: Estimated) -> str:
    error = "" if own.std_error is None else f" ({_shown(own.std_error)})"
    return f"{_shown(own.estimate)}{own.stars}{error}"


def _cell(own: Estimated | None) -> str:
    return "" if own is None else _estimate(own)


def _period(ends: Iterable[str]) -> str:
    """``≤−4``; where event studies end otherwise, ``−4 / ≤−4``."""
    text = " / ".join(ends)
    return (
        text.replace("<=", "\N{LESS-THAN OR EQUAL TO}")
        .replace(">=", "\N{GREATER-THAN OR EQUAL TO}")
        .replace("-", MINUS)
    )


def _signed(value: float) -> str:
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", MINUS)


def _moments_row(moments: Moments) -> dict[str, Any]:
    def ours(name: str) -> str:
        value = moments.ours.get(name)
        decimals = len(moments.printed.get(name, "").partition(".")[2])
        return "" if value is None else f"{value:.{max(decimals, 2)}f}".replace("-", MINUS)

    return {
        "name": moments.name,
        "panel": "" if moments.panel == moments.name else moments.panel,
        "pairs": [
            (moments.printed.get(name, "").replace("-", MINUS), ours(name)) for name in paper_facts.MOMENTS
        ],
        "shift": "" if moments.shift is None else _signed(moments.shift),
        "ratio": "" if moments.ratio is None else f"{moments.ratio:.2f}",
        "flagged": moments.flagged,
    }
