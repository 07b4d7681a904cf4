"""What is made for a paper: the scorecard of each study and variant, and a page on what could be reproduced and why not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nianjian.codes import code_digest
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.loading import read_headlines
from nianjian.declarations.models.headlines import Headlines
from nianjian.declarations.registry import VARIANT, Registry
from nianjian.declarations.study import Study
from nianjian.errors import DeclarationError
from nianjian.headlines import names
from nianjian.headlines.conditions import Condition, parse
from nianjian.kinds.entries import Entry
from nianjian.plan.jobs import Files, Job, merged
from nianjian.plan.reading import ReadingPlan
from nianjian.plan.studies import StudiesPlan
from nianjian.sample.declared import used_names

SHOWN = "config/published/headlines.yaml"
SHARED = ("outcome", "treatment", "controls", "absorb", "cluster", "where")
"""Choices that estimators share: one of them is changed at a time."""
PANEL = ("suspects", "contested")


def conditions(registry: Registry, paper: str, own: Headlines) -> dict[str, Condition]:
    """Conditions of a paper's claims, checked against the study that they are written for.

    Raises
    ------
    DeclarationError
        If one is none, or names what that study does not have.
    """
    if own.study not in registry.available():
        raise DeclarationError(
            f"{SHOWN}, {paper}.study: there is no study '{own.study}'; name a file of config/studies"
        )
    study, found = registry.study(own.study), {}
    for name, claim in own.claims.items():
        if claim.holds is not None:
            found[name] = parse(claim.holds, f"{SHOWN}, {paper}.claims.{name}.holds")
            names.check(found[name], study)
    if own.main is not None:
        where = f"{SHOWN}, {paper}.main"
        main = parse(f"estimate({own.main.spec!r}, {own.main.term!r}) > 0", where)
        names.check(main, study)
    return found


@dataclass(frozen=True)
class PapersPlan:
    """Jobs that set a paper beside what we find."""

    reading: ReadingPlan
    studies: StudiesPlan

    @property
    def languages(self) -> list[str]:
        """Of the outputs."""
        return self.studies.config.languages

    @cached_property
    def headlines(self) -> dict[str, Headlines]:
        """Headline findings by paper, of the papers at hand."""
        at_hand = {study.model.paper for study in self.studies.studies if study.published_file}
        declared = read_headlines(self.reading.layers)
        return {paper: own for paper, own in declared.items() if paper in at_hand}

    @cached_property
    def conditions(self) -> dict[str, dict[str, Condition]]:
        """Conditions by paper and claim, checked against the study that they are written for.

        Raises
        ------
        DeclarationError
            If one is none, or names what that study does not have.
        """
        registry = self.studies.registry
        return {paper: conditions(registry, paper, own) for paper, own in self.headlines.items()}

    # -- scorecards

    @cached_property
    def scorecards(self) -> list[Job]:
        """One job a study that has a paper with numbers."""
        return [self._scorecard(study) for study in self.studies.studies if study.published_file]

    def _scorecard(self, study: Study) -> Job:
        tables = next(job for job in self.studies.tables if job.study == study.name)
        cells = [f"{study.folder}/tables/{name}.cells.parquet" for name in tables.names]
        own = self._headlines(study)
        content = {
            "study": study.name,
            "paper": study.model.paper,
            "title": study.title.plain(),
            "titles": {name: entry.params.title.plain() for name, entry in study.tables.items()},
            "languages": self.languages,
            "headlines": own,
        }
        inputs: Files = {"published": [study.published_file], "cells": cells}
        read = {what: list(own[what].values()) for what in ("specs", "indices")} if own else {}
        outputs: Files = {
            "csv": [f"{study.folder}/scorecard.csv"],
            "parquet": [f"{study.folder}/scorecard.parquet"],
            "pages": [f"{study.folder}/scorecard.{language}.html" for language in self.languages],
        }
        if own:
            outputs["headlines"] = [f"{study.folder}/headlines.parquet"]
            outputs["numbers"] = [f"{study.folder}/headlines.numbers.parquet"]
        return Job(
            study.name,
            study.name,
            inputs | {what: paths for what, paths in read.items() if paths},
            outputs,
            {
                "declared": self.reading.keep(content, f"scorecard-{study.name}"),
                "origin": self.studies.origin(study),
                "code": code_digest("make_scorecard.py"),
            },
        )

    def _headlines(self, study: Study) -> dict[str, Any] | None:
        """The paper's claims, and files of what their conditions name and the study has; None without claims."""
        paper = study.model.paper
        if paper not in self.conditions:
            return None
        calls = [call for each in self.conditions[paper].values() for call in each.calls.values()]
        named = {
            what: dict.fromkeys(call.text(what) for call in calls if what in call.given)
            for what in ("spec", "index")
        }
        return {
            "claims": [{"name": name, **own.plain()} for name, own in self.headlines[paper].claims.items()],
            "specs": {name: study.estimates([name])[0] for name in named["spec"] if name in study.specs},
            "indices": {name: study.part(name) for name in named["index"] if name in study.indices},
            "years": list(study.years),
        }

    # -- pages

    @cached_property
    def papers(self) -> list[Job]:
        """One job a paper of which a study ran: a page on what could be reproduced, what not, and why."""
        found: dict[str, list[Study]] = {}
        for study in self.studies.studies:
            # A page is about what books give of a paper.
            if study.published_file and study.model.paper and study.own is None:
                found.setdefault(study.model.paper, []).append(study)
        return [self._paper(paper, own) for paper, own in found.items()]

    def _paper(self, paper: str, ran: list[Study]) -> Job:
        scorecards = {job.study: job for job in self.scorecards}
        main = self.headlines[paper].main if paper in self.headlines else None
        inputs: Files = {"published": [ran[0].published_file]}
        inputs |= {name: self.reading.panel.outputs[name] for name in PANEL}
        variants = []
        for study in ran:
            own = self._variant(study, main.spec if main else "")
            outputs = scorecards[study.name].outputs
            own["files"] = {
                "scorecard": outputs["parquet"][0],
                "sample": study.sample_file,
                "cities": f"{study.folder}/sample_cities.parquet",
                "gaps": f"{study.folder}/sample_gaps.parquet",
                **{name: outputs[name][0] for name in ("headlines", "numbers") if name in outputs},
            }
            read = [*own["files"].values(), *own["estimates"].values()]
            inputs = merged(inputs, {"results": read})
            variants.append(own)
        base, name = self._bases(ran)[0], re.sub(r"\W", "_", paper)
        size = base.model.sample.published
        content = {
            "paper": paper,
            "title": base.model.title.plain(),
            "size": size.plain() if size else {},
            "years": list(base.years),
            "main": main.plain() if main else None,
            "variants": variants,
            "left_out": self._left_out(ran),
        }
        return Job(
            name,
            "",
            inputs,
            {
                "pages": [
                    f"{self.studies.folder}/papers/{paper}.{language}.html" for language in self.languages
                ]
            },
            {
                "declared": self.reading.keep(content, f"paper-{name}"),
                "regions": self.reading.regions,
                "origin": self.studies.books.origin,
                "code": code_digest("report_paper.py"),
            },
        )

    def _bases(self, ran: Iterable[Study]) -> list[Study]:
        """Studies of which others are variants, each once."""
        registry = self.studies.registry
        return [
            registry.study(base) for base in dict.fromkeys(study.name.partition(VARIANT)[0] for study in ran)
        ]

    def _left_out(self, ran: list[Study]) -> list[dict[str, Any]]:
        """Studies and variants of the paper that did not run, and why: plain, since pages say it in their languages."""
        registry, found = self.studies.registry, []
        there = {study.name for study in ran}
        for base in self._bases(ran):
            for name in (base.name, *registry.variants(base.name)):
                if name not in there:
                    label = registry.study(name).variant
                    why = {"study": name, "label": label.plain() if label else None}
                    found.append({**why, **self._why(name)})
        return found

    def _why(self, name: str) -> dict[str, Any]:
        registry = self.studies.registry
        if name not in registry.names():
            return {"why": "unasked"}
        meant = registry.books(name)
        if meant not in (None, self.reading.books.kind):
            return {"why": f"books_{meant}"}
        fuller = registry.fuller(name, self.studies.printed, self.reading.books.kind)
        if fuller is not None:
            label = registry.study(f"{name.partition(VARIANT)[0]}{VARIANT}{fuller}").variant
            return {"why": "fuller", "other": label.plain() if label else None}
        lacking = registry.lacking(name, self.studies.printed)
        items = [registry.items[item] for item in lacking]
        return {"why": "items", "items": [{"zh": item.zh, "en": item.en} for item in items]}

    def _variant(self, study: Study, main: str) -> dict[str, Any]:
        """What the page is told of a study or variant."""
        events = [name for name, entry in study.specs.items() if entry.kind.option("PRE_TRENDS", False)]
        labels = spec_labels(study)
        changes = one_change(study, main)
        used = [*events, *([main] if main in study.specs else []), *(name for name, _ in changes)]
        return {
            "study": study.name,
            "label": study.variant.plain() if study.variant else None,
            "years": list(study.years),
            "treatment": study.treatment,
            "level": study.model.sample.level,
            "suspects": study.model.sample.suspects,
            "labels": study.labels,
            "items": items_of(study),
            "breaks": breaks_of(study),
            "main_cluster": getattr(study.specs[main].params, "cluster", None)
            if main in study.specs
            else None,
            "events": [{"spec": name, "label": labels.get(name)} for name in events],
            "changes": [
                {
                    "spec": name,
                    "choice": choice,
                    "label": labels.get(name),
                    "term": study.specs[name].params.treatment,
                    "cluster": study.specs[name].params.cluster,
                    "what": _what(study.specs[main], study.specs[name], choice),
                }
                for name, choice in changes
            ],
            "estimates": {name: study.estimates([name])[0] for name in dict.fromkeys(used)},
        }


def items_of(study: Study) -> dict[str, list[list[str]]]:
    """Items of the panel, with their scopes, that each variable of a study is made from in the end."""
    model = study.model

    def needed(name: str, seen: frozenset[str]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for each in study.formulas[name].names:
            if each in study.item_units:
                item = each.removesuffix(DISTRICTS)
                found.add((item, "districts" if each != item else "city"))
            elif each in model.variables and each not in seen:
                found |= needed(each, seen | {each})
        return found

    return {
        name: [list(each) for each in sorted(needed(name, frozenset({name})))] for name in model.variables
    }


def spec_labels(study: Study) -> dict[str, dict[str, str]]:
    """What specifications are called: by themselves, or as columns of the study's tables."""
    found = {name: entry.label.plain() for name, entry in study.specs.items() if entry.label}
    for entry in study.tables.values():
        columns, heads = (getattr(entry.params, key, None) for key in ("columns", "column_labels"))
        if not columns or not heads or len(columns) != len(heads):
            continue
        for spec, head in zip(columns, heads, strict=True):
            if isinstance(spec, str) and head is not None:
                found.setdefault(spec, head.plain())
    return found


def one_change(study: Study, main: str) -> list[tuple[str, str]]:
    """Specifications that change one choice of the main one, with the choice: ``controls``, ``where``, ``estimator``, …

    Another outcome counts where it is another index of the same things, not where it is another quantity.
    """
    if main not in study.specs or not hasattr(study.specs[main].params, "outcome"):
        return []
    base, found = study.specs[main], []
    for name, entry in study.specs.items():
        if (
            name == main
            or entry.kind.option("REPEATS_BASE", False)
            or any(not hasattr(entry.params, key) for key in SHARED)
        ):
            continue
        changed = _changed(base, entry)
        if len(changed) == 1 and (changed != ["outcome"] or entry.params.outcome in study.indices):
            found.append((name, changed[0]))
    order = {choice: place for place, choice in enumerate((*SHARED, "estimator", "other"))}
    return sorted(found, key=lambda pair: order[pair[1]])


def _changed(base: Entry, entry: Entry) -> list[str]:
    """Choices that differ; how a gap in an added column counts is none."""
    changed = [key for key in SHARED if getattr(base.params, key) != getattr(entry.params, key)]
    if base.kind.name != entry.kind.name:
        return [*changed, "estimator"]
    ours, theirs = (_rest(each.params.plain()) for each in (base, entry))
    return [*changed, "other"] if ours != theirs else changed


def _what(base: Entry, entry: Entry, choice: str) -> list[str]:
    """What a choice became: columns added and taken out, fixed effects, a condition, an estimator."""
    if choice == "estimator":
        return [entry.kind.name]
    if choice == "other":
        ours, theirs = (_rest(each.params.plain()) for each in (base, entry))
        return [f"{key}: {value}" for key, value in theirs.items() if ours.get(key) != value]
    own, before = getattr(entry.params, choice), getattr(base.params, choice)
    if choice == "controls":
        added, gone = (
            [each for each in own if each not in before],
            [each for each in before if each not in own],
        )
        return [*(f"+{each}" for each in added), *(f"-{each}" for each in gone)]
    return [str(each) for each in own] if isinstance(own, list) else [str(own)] if own is not None else []


def _rest(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if key not in (*SHARED, "missing", "label")}


def breaks_of(study: Study) -> list[tuple[dict[str, str], int, dict[str, str]]]:
    """Items of a study that change their meaning within its years: name, first year, new meaning."""
    first, last = study.years
    used = {name.removesuffix(DISTRICTS) for name in used_names(study) & set(study.item_units)}
    return [
        ({"zh": item.zh, "en": item.en}, each.year, each.what.plain())
        for name, item in study.items.items()
        if name in used
        for each in item.breaks
        if first < each.year <= last
    ]
