"""Errors of regressions beyond clustering, in the programs that have them: bootstraps, small samples, space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nianjian.export.commands import Commands, Spec, feols, r_terms
from nianjian.export.staggered import UNCHECKED

CONLEY = (
    "Errors that are correlated in space need the places of the cities, which are no columns of the sample: add them as lat and lon, "
    "then take the line below out of its comment."
)
CV3 = "summclust reports the cluster jackknife (CV3) of one coefficient."
JOINED = "Joined fixed effects and trends are no dummies of the line below: add them."
NO_CR2 = "No command of Stata gives CR2 with effects absorbed; reg_sandwich takes dummies in their place."

MOST_REFUSED = 99
"""Draws that fwildclusterboot refuses as too few."""


RANDOMISED = (
    "Assignments are drawn by the project; ritest permutes a treatment that does not change over the years."
)
OTHER = (
    "Errors of the regression itself are by clusters, the project's by {}: only coefficients are the same."
)
ABSORBED = (
    "boottest projects out one absorbed effect at most: write the others as dummy variables where it refuses."
)
KEPT = ("keep_model(", "keep_difference(", "keep_average(")


def beside(params: Any, found: Commands) -> Commands:
    """Commands of a kind whose errors no command beside them gives: coefficients alone are kept to be compared, which is said."""
    if params.inference is None:
        return found
    lines = [f"{line[:-1]}, errors = FALSE)" if line.startswith(KEPT) else line for line in found.lines]
    return replace(found, lines=lines, cannot=[OTHER.format(params.inference.method), *found.cannot])


def boottest(own: Any, tested: str, cluster: str) -> str:
    """Roodman's command behind a regression, or behind instruments, with Stata's spelling of the options."""
    options = [
        *(f"reps({own.draws})", f"weighttype({own.weights})", f"cluster({cluster})"),
        *([] if own.restricted else ["nonull"]),
        *(["jackknife"] if own.scores == "jackknife" else []),
        *("seed(1)", "nograph"),
    ]
    return f"boottest {tested}, {' '.join(options)}"


def with_boottest(params: Any, found: Commands, tested: str, cluster: str) -> Commands:
    """Commands of Stata with the wild bootstrap behind the last regression, where that is what the errors are made by."""
    found = beside(params, found)
    if params.inference is None or params.inference.method != "wild_cluster":
        return found
    at = len(found.lines) - (found.lines[-1] == "restore")
    line = boottest(params.inference, tested, cluster)
    return replace(
        found,
        lines=[*found.lines[:at], line, *found.lines[at:]],
        packages=[*found.packages, "boottest"],
        cannot=[*found.cannot, ABSORBED, "Draws come from boottest's generator."],
    )


def stata(params: Any, spec: Spec, tested: str) -> Commands:
    """Lines behind the regression whose estimates are in memory.

    Parameters
    ----------
    tested : exported name of the coefficient that is asked about
    """
    own = params.inference
    if own.method == "randomisation":
        return Commands([], cannot=[RANDOMISED])
    cluster = " ".join(spec.all(params.clusters))
    if own.method == "wild_cluster":
        cannot = ["Draws come from boottest's generator."]
        if own.variance == "cv3":
            cannot.append("boottest compares t statistics by CV1, the specification by CV3.")
        return Commands([boottest(own, tested, cluster)], packages=["boottest"], cannot=cannot)
    y, x = spec.column(params.outcome), spec.all(params.regressors)
    if own.method == "conley":
        kernel = " bartlett" if own.kernel == "bartlett" else ""
        lag = 10000 if own.lag_years is None else own.lag_years
        pairs = "" if own.pairs == "year" else f" lagcutoff({lag})"
        absorbed = [
            f"pfe{at}({spec.column(name)})"
            for at, name in enumerate(params.absorb, start=1)
            if "#" not in name
        ]
        line = (
            f"* acreg {y} {' '.join(x)}, latitude(lat) longitude(lon) id({spec.column('city')}) time({spec.column('year')}) "
            f"spatial distcutoff({own.cutoff_km:g}){pairs}{kernel} {' '.join(absorbed)}"
        )
        return Commands([line], packages=["acreg"], cannot=[CONLEY])
    fixed = " ".join(spec.all([name for name in params.absorb if name in spec.columns.names]))
    if own.method == "cv3":
        others = " ".join(name for name in x if name != tested)
        line = f"summclust {tested}, yvar({y}) xvar({others}) fevar({fixed}) cluster({cluster})"
        return Commands([line], packages=["summclust"], cannot=[CV3])
    dummies = " ".join(f"i.{name}" for name in fixed.split())
    line = f"* reg_sandwich {y} {' '.join(x)} {dummies}, cluster({cluster})"
    return Commands([line], packages=["reg_sandwich"], cannot=[NO_CR2])


def r(params: Any, spec: Spec, model: str, tested: str) -> Commands:
    """The same in R, on ``data``.

    Parameters
    ----------
    model : expression of the model
    tested : exported name of the coefficient that is asked about
    """
    own = params.inference
    if own.method == "randomisation":
        return Commands([], cannot=[RANDOMISED])
    if own.method == "conley":
        kind = ', distance = "spherical"'
        line = f"# print(summary({model}, vcov = vcov_conley(lat = ~lat, lon = ~lon, cutoff = {own.cutoff_km:g}{kind})))"
        cannot = [CONLEY]
        if own.kernel != "uniform" or own.pairs != "all":
            cannot.append(
                f"fixest has the uniform kernel over all pairs; the specification {own.kernel} over {own.pairs}."
            )
        return Commands([line], cannot=cannot)
    (cluster,) = spec.all(params.clusters)
    if own.method == "cv3":
        return _jackknife(params, spec, model, cluster)
    return (_bootstrap if own.method == "wild_cluster" else _cr2)(params, spec, model, cluster, tested)


def _jackknife(params: Any, spec: Spec, model: str, cluster: str) -> Commands:
    """The regression without each cluster in turn, by its own call."""
    names = dict(zip(spec.all(params.regressors), params.regressors, strict=True))
    again = feols(spec, spec.column(params.outcome), list(names), data="rest")
    return Commands(
        [
            f"terms <- {r_terms(names)}",
            f"terms <- terms[names(terms) %in% names(coef({model}))]",
            f"without <- sapply(unique(data${cluster}), function(g) {{",
            f"  rest <- data[data${cluster} != g, ]",
            f"  coef({again})[names(terms)]",
            "})",
            "without <- matrix(without, nrow = length(terms))",
            "clusters <- ncol(without)",
            f"errors <- sqrt((clusters - 1) / clusters * rowSums((without - coef({model})[names(terms)])^2))",
            f'keep("{spec.name}", "coefficient", unname(terms), coef({model})[names(terms)], errors)',
        ]
    )


def _guarded(package: str, lines: Sequence[str]) -> list[str]:
    return [
        f'if (!requireNamespace("{package}", quietly = TRUE)) {{',
        f"  message('left out: install.packages(\"{package}\")')",
        "} else {",
        *(f"  {line}" for line in lines),
        "}",
    ]


def _bootstrap(params: Any, spec: Spec, model: str, cluster: str, tested: str) -> Commands:
    own, package = params.inference, "fwildclusterboot"
    kind = f"{1 if own.variance == 'cv1' else 3}{1 if own.scores == 'ordinary' else 3}"
    kind = "fnw11" if kind == "11" else kind
    call = (
        f'fwildclusterboot::boottest({model}, param = "{tested}", clustid = "{cluster}", B = {max(own.draws, MOST_REFUSED + 1)}, '
        f'type = "{own.weights}", impose_null = {"TRUE" if own.restricted else "FALSE"}, bootstrap_type = "{kind}"'
    )
    # It has intervals for its own algorithm of the ordinary type alone, and cannot print what has none.
    shown = f"{call})" if kind == "fnw11" else f"fwildclusterboot::pval({call}, conf_int = FALSE))"
    cannot = [UNCHECKED.format(packages=package), "Draws come from another generator."]
    return Commands(_guarded(package, [f"print({shown})"]), cannot=cannot)


def _cr2(params: Any, spec: Spec, model: str, cluster: str, tested: str) -> Commands:
    names = [each for each in params.absorb if each in spec.columns.names]
    fixed = [f"factor({name})" for name in spec.all(names)]
    formula = f"{spec.column(params.outcome)} ~ {' + '.join([*spec.all(params.regressors), *fixed])}"
    weights = f", weights = {spec.column(params.weights)}" if params.weights else ""
    lines = [
        f'small <- clubSandwich::coef_test(lm({formula}, data = data{weights}), vcov = "CR2", cluster = data${cluster},',
        f'  test = "Satterthwaite", coefs = "{tested}")',
        "print(small)",
        f'keep("{spec.name}", "coefficient", "{params.regressors[0]}", small$beta, small$SE)',
    ]
    cannot = [] if len(names) == len(params.absorb) else [JOINED]
    return Commands(_guarded("clubSandwich", lines), cannot=cannot)
