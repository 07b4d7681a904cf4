"""Whether what a condition names is there: checked against the study that its headlines are written for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from nianjian.declarations.reading import suggestion
from nianjian.declarations.study import Study
from nianjian.errors import DeclarationError
from nianjian.headlines.conditions import FIRST, LAST, Call, Condition
from nianjian.text import catalogue

MEASURES = (
    "mean", "gini", "gini_within", "gini_between", "gini_own", "gini_cell", "share_within", "share_between",
    "share_benchmark", "share_cell", "theil", "theil_within", "theil_between", "cv", "sd_log", "dagum_within",
    "dagum_pair", "dagum_net_between", "dagum_transvariation",
)  # fmt: skip
"""Measures of inequality that have a value by year."""
INEQUALITY = "inequality"
SUBJECTS = ("estimates", "statistics", "tests", "autocorrelation")
"""Subjects of the catalogue whose keys are the terms of estimates."""
# Of nianjian.estimates, which needs pandas: the plan reads this module, and each call of snakemake waits for it.
NAMED = ("_cons", "lead", "event", "event_until", "event_from", "before", "after")
"""Terms of estimates that have no word there, or are parts of an address."""
_WORD = re.compile(r"[^\W\d]\w*")


def check(condition: Condition, study: Study) -> None:
    """Specifications, terms, indices, measures, groups and years must be those of the study.

    Raises
    ------
    DeclarationError
        If one is not; the message names file, key and study, and what is near.
    """
    for call in condition.calls.values():
        if "spec" in call.given:
            _known(condition, call, "spec", study.specs, f"specification of {study.name}")
            if "term" in call.given:
                _check_term(condition, call, study)
        else:
            _check_measure(condition, call, study)


def _known(condition: Condition, call: Call, name: str, known: Iterable[str], what: str) -> None:
    given, known = call.text(name), list(known)
    if given not in known:
        raise DeclarationError(f"{condition.where}: '{given}' is no {what}{suggestion(given, known)}")


@cache
def terms() -> frozenset[str]:
    """Names of estimates that are no variables: effects, tests and fit statistics that tables have words for."""
    found = set(NAMED)
    for key in catalogue():
        subject, _, name = key.partition(".")
        if subject in SUBJECTS:
            found.add(name.removesuffix("_of"))
    return frozenset(found)


def _check_term(condition: Condition, call: Call, study: Study) -> None:
    """Every word of an address such as ``direct[did]`` is a column that the specification uses, or a name of estimates."""
    entry, term = study.specs[call.text("spec")], call.text("term")
    used = study.used_columns(entry.kind.references(entry.params))
    matrices = [each.name for each in entry.kind.references(entry.params) if each.what == "matrix"]
    values = [str(value) for each in study.model.attributes.values() for value in each.values or ()]
    known = {*used, *matrices, *values, *terms()}
    words = _WORD.findall(term.removeprefix("W*"))
    if not words:
        raise DeclarationError(f"{condition.where}: '{term}' names no estimate of {entry.name}")
    for word in words:
        if word not in known:
            near = suggestion(word, [*used, *terms()])
            raise DeclarationError(
                f"{condition.where}: '{word}' is neither a column that {study.name}, {entry.name} uses nor an effect, test or "
                f"fit statistic{near}"
            )


def _check_measure(condition: Condition, call: Call, study: Study) -> None:
    of_inequality = [name for name, each in study.indices.items() if each.kind.name == INEQUALITY]
    _known(condition, call, "index", of_inequality, f"index of inequality of {study.name}")
    _known(condition, call, "measure", MEASURES, "measure of inequality")
    params = study.indices[call.text("index")].params
    groups = [str(each) for each in params.order]
    for name in ("group", "other"):
        if call.given[name]:
            _known(condition, call, name, groups, f"group of {call.text('index')}")
    if call.given["component"]:
        _known(condition, call, "component", params.components, f"component of {call.text('index')}")
    year = call.given.get("year")
    first, last = study.years
    if year not in (None, FIRST, LAST) and not first <= int(str(year).partition(".")[0]) <= last:
        raise DeclarationError(
            f"{condition.where}: the years of {study.name} are {first} to {last}; choose one of these"
        )
