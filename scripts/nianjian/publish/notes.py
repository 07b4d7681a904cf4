"""Notes that tables of estimates share: outcome, standard errors, stars, and what a reader must know of an estimate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import pandas as pd

from nianjian.estimates import Estimate
from nianjian.estimators.inference_params import Inference
from nianjian.estimators.instrument_params import PlausiblyExogenous
from nianjian.kinds.base import ROBUST, names
from nianjian.publish import labels, marked
from nianjian.publish.estimated import Estimated
from nianjian.publish.params import Line, unbroken
from nianjian.publish.tables import MINUS
from nianjian.text import Text, enumerated, has, listed, word

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Digits as exponents."""
FEW_CLUSTERS, FEW_TREATED = 20, 5
"""Fewer clusters than these, or treated ones, make clustered errors too small.

ASSUME: where few begins. Cameron and Miller (2015) name 20 to 50 clusters; MacKinnon and Webb (2017) find that with few treated
clusters the wild bootstrap fails too, restricted draws too rarely rejecting and unrestricted ones too often.
"""
SUM_NEGATIVE = -0.05
"""ASSUME: negative weights of treated city-years are worth a note where they add up to less than this; all weights sum to one."""
SAME_P = 1e-6
"""P-values that differ by more than this are not of one distribution."""
CITY = "city"
FEWEST = frozenset({"clusters", "treated_clusters"})
"""Rows of which the smallest tells, where there are several, by group."""
BY_CLUSTERS = frozenset({"treated_clusters", "few_treated_clusters", "few_clusters"})
BOOTSTRAPPED = "_bootstrapped"
"""Ending of the message of a column whose p-values are by the wild bootstrap."""
FLAGS: dict[str, tuple[str, Callable[[float], bool]]] = {
    "nobs_dropped_missing": ("nobs_dropped_missing", lambda value: value > 0),
    "singletons": ("singletons", lambda value: value > 0),
    "treated_clusters": ("treated_clusters", lambda value: value == 1),
    "few_treated_clusters": ("treated_clusters", lambda value: 1 < value < FEW_TREATED),
    "few_clusters": ("clusters", lambda value: value < FEW_CLUSTERS),
    "never_treated_units": ("never_treated_units", lambda value: value == 0),
    "few_assignments": ("few_assignments", lambda value: value > 0),
    "rho_at_edge": ("rho_at_edge", lambda value: value > 0),
    "lambda_at_edge": ("lambda_at_edge", lambda value: value > 0),
    "at_edge": ("at_edge", lambda value: value > 0),
    "not_stationary": ("not_stationary", lambda value: value > 0),
    "distance_outcome": ("distance_outcome", lambda value: value > 0),
    "islands": ("islands", lambda value: value > 0),
    "tf_unbounded": ("tf_unbounded", lambda value: value > 0),
    "whole_sample": ("whole_sample", lambda value: value == 1),
    "whole_sample_weighted": ("whole_sample", lambda value: value == 2),
    "years_without_support": ("year_without_support", lambda value: value > 0),
}
"""Flags: the fit row behind each, and when it is one; what they say stands in the catalogue."""


def flags(source: Estimated) -> tuple[Text, ...]:
    """One note a flag, with the columns that have it and its number or years, where that says something."""
    found = []
    for flag, (term, met) in FLAGS.items():
        said: dict[Text, list[int]] = {}
        for column, spec in enumerate(source.columns, start=1):
            # A row of one matrix among several, say, is a row of its own; equations beside the main one say it themselves.
            rows = source.of(spec, "fit", term).values()
            if of := [row for row in rows if pd.isna(row["equation"]) and met(float(row["estimate"]))]:
                most = min if term in FEWEST else max
                number = marked.count(most(float(row["estimate"]) for row in of))
                years = sorted(int(row["year"]) for row in of if not pd.isna(row["year"]))
                own = BOOTSTRAPPED if flag in BY_CLUSTERS and _bootstrapped(source, spec) else ""
                told = word(f"flags.{flag}{own}", n=number, years=listed(str(year) for year in years))
                said.setdefault(told, []).append(column)
        found += [of_columns(source, columns, what) for what, columns in said.items()]
    return (*found, *negative_weights(source), *_below_assignment(source))


def negative_weights(source: Estimated) -> tuple[Text, ...]:
    """One note on the columns in which negative weights of treated city-years matter, with their share and sum."""
    columns: list[int] = []
    shares: list[str] = []
    sums: list[str] = []
    for column, spec in enumerate(source.columns, start=1):
        share, total = (source.find(spec, "fit", term) for term in ("share_negative", "sum_negative"))
        if share is not None and total is not None and total["estimate"] < SUM_NEGATIVE:
            columns.append(column)
            shares.append(f"{100 * share['estimate']:.0f}")
            sums.append(f"{total['estimate']:.2f}")
    if not columns:
        return ()
    what = word("flags.negative_weights", share=_range(shares), sum=_range(sums))
    return (of_columns(source, columns, what),)


def _range(values: Sequence[str]) -> Text:
    """``-0.13 to -0.08``, or the only one."""
    low, high = min(values, key=float), max(values, key=float)
    ends = [end.replace("-", MINUS) for end in (low, high)]
    return Text.same(ends[0]) if low == high else word("flags.from_to", low=ends[0], high=ends[1])


def _bootstrapped(source: Estimated, spec: str) -> bool:
    own = source.option(spec, "inference")
    return own is not None and own.method == "wild_cluster"


def _below_assignment(source: Estimated) -> list[Text]:
    """Columns whose errors are clustered by less than what the policy is assigned by, as the study declares both."""
    facts = source.context.facts
    level = facts.assigned_by if facts is not None else None
    if facts is None or level is None or facts.treatment is None or level == CITY:
        return []
    columns = []
    for column, spec in enumerate(source.columns, start=1):
        tested = (source.option(spec, key) for key in ("treatment", "endogenous"))
        clusters = _clusters(source, spec)
        by_less = ROBUST in clusters or any(CITY in each.split("#") for each in clusters)
        if by_less and any(facts.treatment in names(each) for each in tested):
            columns.append(column)
    what = word("flags.below_assignment", unit=unit(source, CITY), level=unit(source, level))
    return [of_columns(source, columns, what)] if columns else []


def of_columns(source: Estimated, columns: Sequence[int], what: Text) -> Text:
    """A sentence about some columns, by number, or rows, by name; about the only one without."""
    if len(source.columns) == 1:
        return word("flags.alone", what=capital(what))
    if source.called:
        if len(columns) == len(source.columns):
            return word("flags.alone", what=capital(what))
        return word("flags.rows", rows=listed(source.called[number - 1] for number in columns), what=what)
    numbers = listed(word("tables.number", number=column) for column in columns)
    return word("flags.column" if len(columns) == 1 else "flags.columns", columns=numbers, what=what)


def clustering(source: Estimated) -> tuple[Text, ...]:
    """What errors are clustered by where columns differ in it."""
    by_words: dict[Text, list[int]] = {}
    for column, spec in enumerate(source.columns, start=1):
        clusters = _clusters(source, spec)
        if clusters == (ROBUST,):
            what = word("regression.column_robust")
        elif clusters:
            what = word("regression.column_clustered", units=listed(unit(source, name) for name in clusters))
        elif _not_clustered(source, spec):
            what = word("regression.column_unclustered")
        else:
            continue
        by_words.setdefault(what, []).append(column)
    if len({_clusters(source, spec) for spec in source.columns}) == 1:
        return ()
    return tuple(of_columns(source, columns, what) for what, columns in by_words.items())


def _not_clustered(source: Estimated, spec: str) -> bool:
    """Whether a specification could cluster its errors, does not, and has no errors of another kind."""
    own = source.spec(spec)
    return hasattr(own, "cluster") and not own.cluster and getattr(own, "inference", None) is None


def inference(source: Estimated) -> tuple[Text, ...]:
    """How errors and p-values are made where that is not by clusters alone, with the columns."""
    by_words: dict[Text, list[int]] = {}
    for column, spec in enumerate(source.columns, start=1):
        own = source.option(spec, "inference")
        if own is not None:
            by_words.setdefault(_inferred(own), []).append(column)
    return tuple(of_columns(source, columns, what) for what, columns in by_words.items())


def _inferred(own: Inference) -> Text:
    if own.method == "wild_cluster":
        weights = word(f"inference.{own.weights}")
        return word("inference.wild_cluster", weights=weights, draws=marked.count(own.draws))
    if own.method == "randomisation":
        return word(
            "inference.randomisation",
            draws=marked.count(own.draws),
            scheme=word(f"inference.scheme_{own.scheme}"),
        )
    if own.method == "conley":
        pairs = word(f"inference.pairs_{own.pairs}")
        if own.lag_years is not None:
            pairs = word("inference.pairs_lag", n=own.lag_years)
        kernel = word(f"inference.{own.kernel}")
        return word("inference.conley", km=f"{own.cutoff_km:g}", kernel=kernel, pairs=pairs)
    return word(f"inference.{own.method}")


def stars_otherwise(source: Estimated, shown: Iterable[Line]) -> tuple[Text, ...]:
    """Rows whose stars do not follow from the printed error, with the columns.

    By an error and its df, or the normal distribution, a p-value follows; a row without df and with another got it from the
    interval of resamples. Columns with ``inference`` of their own are explained by :func:`inference`.
    """
    from scipy.special import ndtr

    def by_error(row: Estimate) -> bool:
        implied = 2 * float(ndtr(-abs(row["estimate"] / row["std_error"])))
        return not pd.isna(row["df"]) or abs(implied - row["p_value"]) <= SAME_P

    by_columns: dict[tuple[int, ...], dict[Text, None]] = {}
    for line in shown:
        columns = []
        for column, spec in enumerate(source.columns, start=1):
            row = source.find(spec, line.kind, line.term)
            known = row is not None and row["std_error"] > 0 and not pd.isna(row["p_value"])
            if row is not None and known and source.option(spec, "inference") is None and not by_error(row):
                columns.append(column)
        if columns and source.rule:
            by_columns.setdefault(tuple(columns), {})[labels.called(source, line)] = None
    return tuple(
        of_columns(source, columns, word("regression.stars_otherwise", rows=enumerated(rows)))
        for columns, rows in by_columns.items()
    )


def selection(source: Estimated) -> tuple[Text, ...]:
    """How units were chosen where that is not by one score for all of them, with the columns."""
    by_words: dict[Text, list[int]] = {}
    for column, spec in enumerate(source.columns, start=1):
        if source.option(spec, "method") == "entropy":
            moments = word(f"balance.{source.option(spec, 'moments')}")
            by_words.setdefault(word("balance.entropy", moments=moments), []).append(column)
        if source.option(spec, "within") == "year":
            by_words.setdefault(word("balance.within_year"), []).append(column)
    return tuple(of_columns(source, columns, what) for what, columns in by_words.items())


def assumed(source: Estimated) -> tuple[Text, ...]:
    """What is held possible of direct effects of instruments, with the columns."""
    by_words: dict[Text, list[int]] = {}
    for column, spec in enumerate(source.columns, start=1):
        own = source.option(spec, "plausibly_exogenous")
        if own is not None:
            for what in _direct_effects(source, own, source.option(spec, "instruments")):
                by_words.setdefault(what, []).append(column)
    return tuple(of_columns(source, columns, what) for what, columns in by_words.items())


def _direct_effects(source: Estimated, own: PlausiblyExogenous, instruments: Sequence[str]) -> Iterator[Text]:
    """The range and the distribution of each instrument's direct effect that is not held to be zero."""
    prior = own.prior(instruments)
    for j, name in enumerate(instruments):
        label = source.label(name) if name in source.facts.labels else Text.same(name)
        if prior.ranges is not None and prior.ranges[j] != (0.0, 0.0):
            low, high = (plain_number(end) for end in prior.ranges[j])
            yield word("regression.direct_effect_range", instrument=label, low=low, high=high)
        if prior.mean is not None and prior.variance is not None and prior.variance[j] > 0:
            numbers = {"mean": plain_number(prior.mean[j]), "variance": plain_number(prior.variance[j])}
            yield word("regression.direct_effect_normal", instrument=label, **numbers)


def plain_number(value: float) -> str:
    """A declared number in a sentence: with a minus sign, small ones by a power of ten."""
    digits, _, power = f"{value:.6g}".partition("e")
    if power and -6 <= int(power) < 0:
        digits, power = f"{value:.12f}".rstrip("0"), ""
    told = f"{digits} × 10{str(int(power)).translate(RAISED)}" if power else digits
    return told.replace("-", MINUS)


def capital(text: Text) -> Text:
    """With a capital first letter, in languages that have capitals."""
    return text.map(lambda words, _: words[:1].upper() + words[1:])


def outcome(source: Estimated, message: str) -> list[Text]:
    """What is explained, where all specifications explain the same; ``message`` of the catalogue says it."""
    outcomes = {str(source.option(spec, "outcome")) for spec in source.columns}
    if len(outcomes) > 1 or (own := outcomes.pop()) not in source.facts.labels:
        return []
    return [word(message, outcome=source.label(own))]


def stars(source: Estimated) -> Text | None:
    """What the stars mean, without a full stop; None where there are none."""
    if not source.rule:
        return None
    return word(
        "regression.stars" if len(source.rule) > 1 else "regression.stars_one",
        each=", ".join(unbroken(f"{marks} p < {level:g}") for level, marks in source.rule),
        marks=listed(marks for _, marks in source.rule),
        levels=listed(f"{level * 100:g}%" for level, _ in source.rule),
    )


def stars_alone(source: Estimated) -> list[Text]:
    """The note on the stars, where it stands for itself."""
    said = stars(source)
    return [] if said is None else [word("regression.stars_note", stars=said)]


def unit(source: Estimated, name: str) -> Text:
    """What fixed effects and clusters are of: ``city``, ``province × year``; others than these need a label."""
    parts = [
        # The units of an own file are called by its column.
        word(f"regression.unit_{part}")
        if has(f"regression.unit_{part}") and part not in source.facts.labels
        else source.label(part)
        for part in name.split("#")
    ]
    return enumerated(parts, "regression.times")


def errors_and_stars(source: Estimated, brackets: str) -> Text:
    """What stands in brackets, and what the stars mean.

    Parameters
    ----------
    brackets : ``std_error`` or ``t``
    """
    clusters = {_clusters(source, spec) for spec in source.columns}
    # Where columns differ, `clustering` says it of each.
    common = clusters.pop() if len(clusters) == 1 else ()
    key = f"regression.{brackets}"
    if common == (ROBUST,):
        errors = word(f"{key}_robust")
    elif not common and all(_not_clustered(source, spec) for spec in source.columns):
        errors = word(f"{key}_unclustered")
    else:
        units = [unit(source, name) for name in common]
        errors = word(f"{key}_clustered", units=listed(units)) if units else word(key)
    said = stars(source)
    return errors if said is None else word("regression.errors_and_stars", errors=errors, stars=said)


def _clusters(source: Estimated, spec: str) -> tuple[str, ...]:
    """What errors are clustered by; nothing where they are correlated in space."""
    own = source.option(spec, "inference")
    return () if own is not None and own.method == "conley" else tuple(names(source.option(spec, "cluster")))
