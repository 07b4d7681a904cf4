"""Matching on the propensity score, then difference-in-differences: ``psmatch2``, and the same steps in R."""

from __future__ import annotations

from typing import Any

from nianjian.export import inference
from nianjian.export.commands import Commands, Spec, feols, r_data, r_terms, reghdfe

EVER = "ever_treated_"
R_HELPERS = """
# Weights of Stata's psmatch2: 1 for a matched treated unit, its shares in matches for a control, 0 for all others.
match_weights <- function(distance, treated, method, bandwidth, kernel, neighbours, caliper, support) {
  kept <- rep(TRUE, length(treated))
  if (support != "none") {
    kept <- kept & (!treated | (distance >= min(distance[!treated]) & distance <= max(distance[!treated])))
  }
  if (support == "overlap") {
    kept <- kept & (treated | (distance >= min(distance[treated]) & distance <= max(distance[treated])))
  }
  controls <- which(!treated & kept)
  controls <- controls[order(distance[controls])]
  weights <- numeric(length(treated))
  for (i in which(treated & kept)) {
    gap <- abs(distance[controls] - distance[i])
    if (method == "kernel") {
      u <- gap / bandwidth
      share <- if (kernel == "gaussian") exp(-u^2 / 2) else pmax(1 - u^2, 0)
    } else {
      share <- numeric(length(gap))
      nearest <- order(gap)[seq_len(min(neighbours, length(gap)))]
      share[nearest] <- as.numeric(gap[nearest] < caliper)
    }
    if (sum(share) > 0) {
      weights[controls] <- weights[controls] + share / sum(share)
      weights[i] <- 1
    } else kept[i] <- FALSE
  }
  list(weights = weights, support = kept)
}
"""


def stata(params: Any, spec: Spec) -> Commands:
    """``psmatch2``, within each year if asked for, or ``ebalance``; and ``reghdfe`` with the weights."""
    first, year, city = spec.first_year, spec.column("year"), spec.column("city")
    covariates, outcome = spec.all(params.covariates), spec.column(params.outcome)
    lines = ["preserve"]
    if spec.where_stata:
        lines.append(f"keep if {spec.where_stata}")
    if params.status == "current":
        lines.append(f"generate byte {EVER} = {spec.column(params.treatment)} == 1")
    else:
        lines += [f"summarize {year}", f"generate byte {EVER} = {first} <= r(max)"]
    if params.unit == "city":
        lines += _stata_means(params, spec, covariates)
    lines += _stata_choice(params, spec, covariates)
    if params.unit == "city":
        lines += [
            f"keep {city} _weight _support",
            "tempfile matched_",
            "save `matched_'",
            "restore, preserve",
            *([f"keep if {spec.where_stata}"] if spec.where_stata else []),
            f"merge m:1 {city} using `matched_', nogenerate",
        ]
    kept = "_support == 1" if params.regression == "common_support" else "_weight > 0 & !missing(_weight)"
    regressors = spec.all(params.regressors)
    weights = "_weight" if params.regression == "weighted" else ""
    lines += [
        reghdfe(spec, outcome, regressors, condition=kept, weights=weights),
        f"estimates store {spec.name}",
        "restore",
    ]
    cannot = []
    if params.within:
        cannot = ["A year in which a step finds no solution stops the commands; we leave it out and say so."]
    if params.method == "nearest" and (not params.replacement or params.caliper_in_sd):
        cannot = [
            *cannot,
            "psmatch2 chooses pairs without replacement in another order, and takes a caliper as it is.",
        ]
    package = "ebalance" if params.method == "entropy" else "psmatch2"
    cluster = " ".join(spec.column(each) for each in params.clusters if each in spec.columns.names)
    made = Commands(lines, [spec.name], [package, "reghdfe", "ftools"], cannot=cannot)
    return inference.with_boottest(params, made, spec.column(params.treatment), cluster)


def _stata_choice(params: Any, spec: Spec, covariates: list[str]) -> list[str]:
    """Weights and support of the units, in ``_weight`` and ``_support``."""
    names, year = " ".join(covariates), spec.column("year")
    if params.method == "entropy":
        targets = {"means": 1, "variances": 2, "skewness": 3}[params.moments]
        command, generated = f"ebalance {EVER} {names}", "generate(_webal)"
        ready = "generate byte _support = 1"
        if not params.within:
            return [f"{command}, targets({targets}) {generated}", "rename _webal _weight", ready]
        return [
            "generate double _weight = .",
            ready,
            f"levelsof {year}, local(years_)",
            "foreach year_ of local years_ {",
            f"    {command} if {year} == `year_', targets({targets}) {generated}",
            f"    replace _weight = _webal if {year} == `year_'",
            "    drop _webal",
            "}",
        ]
    options = _stata_options(params)
    if not params.within:
        return [f"psmatch2 {EVER} {names}, {options}"]
    score = []
    if params.propensity == "pooled":
        index = ", xb" if params.scale == "index" else ""
        score = [f"logit {EVER} {names}", f"predict double score_{index or ', pr'}"]
        options = f"pscore(score_) {options.replace('logit ', '', 1).replace('index', '')}"
        names = ""
    return [
        *score,
        "generate double weight_ = .",
        "generate byte support_ = .",
        f"levelsof {year}, local(years_)",
        "foreach year_ of local years_ {",
        f"    {' '.join(f'psmatch2 {EVER} {names} if {year} == `year_'.split())}', {' '.join(options.split())}",
        f"    replace weight_ = _weight if {year} == `year_'",
        f"    replace support_ = _support if {year} == `year_'",
        "}",
        "drop _weight _support",
        "rename weight_ _weight",
        "rename support_ _support",
    ]


def _stata_means(params: Any, spec: Spec, covariates: list[str]) -> list[str]:
    first, year, city = spec.first_year, spec.column("year"), spec.column("city")
    if params.period == "pre_treatment":
        inside = f"{year} < cond({EVER} == 1, {first}, r(min))"
        before = [f"summarize {first} if {EVER} == 1"]
    else:
        inside, before = f"inrange({year}, {params.period[0]}, {params.period[1]})", []
    return [*before, f"keep if {inside}", f"collapse (mean) {' '.join(covariates)} (max) {EVER}, by({city})"]


def _stata_options(params: Any) -> str:
    options = ["logit"]
    if params.method == "kernel":
        kernel = {"epanechnikov": "epan", "gaussian": "normal"}[params.kernel]
        options += ["kernel", f"kerneltype({kernel})", f"bwidth({params.bandwidth:g})"]
    else:
        options.append(f"neighbor({params.neighbours})")
        options += [f"caliper({params.caliper:g})"] if params.caliper is not None else []
        options += ["noreplacement"] if not params.replacement else []
        options += ["ties"] if params.ties else []
    options += ["index"] if params.scale == "index" else []
    options += ["common"] if params.common_support != "none" else []
    options += ["ate"] if params.seekers == "all" else []
    return " ".join(options)


def r(params: Any, spec: Spec) -> Commands:
    """The logit by ``glm`` and the weights in plain R, or ``ebal``; the regression by ``feols``."""
    if params.method == "nearest" and (not params.replacement or params.ties):
        return Commands(
            [], cannot=["Pairs without replacement and ties are not written in R here; see MatchIt."]
        )
    if params.seekers == "all":
        return Commands([], cannot=["Matching of both kinds (psmatch2's ate) is not written in R here."])
    first, year, city = spec.first_year, spec.column("year"), spec.column("city")
    covariates, model = spec.all(params.covariates), f'models[["{spec.name}"]]'
    lines = [
        *([] if params.method == "entropy" else R_HELPERS.strip().splitlines()),
        r_data(spec),
        f"data <- data[order(data${city}, data${year}), ]",
        f"data${EVER} <- data${spec.column(params.treatment)} == 1"
        if params.status == "current"
        else f"data${EVER} <- !is.na(data${first}) & data${first} <= max(data${year})",
    ]
    if params.unit == "city":
        lines += _r_means(params, spec, covariates)
    else:
        lines.append("units <- data")
    joined = f'units[["{city}"]]' if params.unit == "city" else "NULL"
    of_rows = f"match(data${city}, {joined})" if params.unit == "city" else "seq_len(nrow(data))"
    kept = "matched$support" if params.regression == "common_support" else "matched$weights > 0"
    regressors = spec.all(params.regressors)
    terms = dict(zip(regressors, params.regressors, strict=True))
    weights = "weight_" if params.regression == "weighted" else ""
    lines += _r_choice(params, spec, covariates)
    lines += [
        f"of_rows <- {of_rows}",
        "data$weight_ <- matched$weights[of_rows]",
        f"data <- data[({kept})[of_rows], ]",
        f"{model} <- {feols(spec, spec.column(params.outcome), regressors, weights=weights)}",
        f'keep_model("{spec.name}", {model}, {r_terms(terms)})',
    ]
    packages = ["fixest", "ebal"] if params.method == "entropy" else ["fixest"]
    cannot = (
        ["A year in which a step finds no solution stops the commands; we leave it out and say so."]
        if params.within
        else []
    )
    return inference.beside(params, Commands(lines, [spec.name], packages, cannot=cannot))


def _r_choice(params: Any, spec: Spec, covariates: list[str]) -> list[str]:
    """Weights and support of ``units``, as ``matched``; within years each by itself."""
    year = spec.column("year")
    named = ", ".join(f'"{each}"' for each in covariates)
    scale = "link" if params.scale == "index" else "response"
    caliper = "Inf" if params.caliper is None else repr(params.caliper)
    caliper += " * sd(distance)" if params.caliper_in_sd and params.caliper is not None else ""
    logit = [
        f"logit <- glm({EVER} ~ {' + '.join(covariates)}, binomial, {{units}}, control = list(epsilon = 1e-14, maxit = 100))",
        f'distance <- predict(logit, type = "{scale}")',
    ]
    if params.method == "entropy":
        powers = {"means": 1, "variances": 2, "skewness": 3}[params.moments]
        chosen = [
            f"x_ <- scale(as.matrix({{units}}[c({named})]))",
            f"x_ <- do.call(cbind, lapply(1:{powers}, function(power) scale(x_^power)))",
            f"balanced <- ebal::ebalance({{units}}${EVER}, x_, constraint.tolerance = 1e-9, max.iterations = 500)",
            f"own <- list(weights = as.numeric({{units}}${EVER}), support = rep(TRUE, nrow({{units}})))",
            f"own$weights[!{{units}}${EVER}] <- balanced$w",
        ]
        logit = []
    else:
        chosen = [
            f'own <- match_weights(distance, {{units}}${EVER}, "{params.method}", {params.bandwidth!r}, '
            f'"{params.kernel}", {params.neighbours}, {caliper}, "{params.common_support}")'
        ]
    if not params.within:
        return [line.replace("{units}", "units") for line in [*logit, *chosen]] + ["matched <- own"]
    pooled = params.propensity == "pooled" and params.method != "entropy"
    inside = [*(["distance <- distances[at]"] if pooled else logit), *chosen]
    return [
        *([line.replace("{units}", "units") for line in logit] if pooled else []),
        *(["distances <- distance"] if pooled else []),
        "matched <- list(weights = numeric(nrow(units)), support = logical(nrow(units)))",
        f"for (year_ in sort(unique(units${year}))) {{",
        f"  at <- which(units${year} == year_)",
        "  each <- units[at, ]",
        *(f"  {line.replace('{units}', 'each')}" for line in inside),
        "  matched$weights[at] <- own$weights",
        "  matched$support[at] <- own$support",
        "}",
    ]


def _r_means(params: Any, spec: Spec, covariates: list[str]) -> list[str]:
    first, year, city = spec.first_year, spec.column("year"), spec.column("city")
    named = ", ".join(f'"{each}"' for each in covariates)
    if params.period == "pre_treatment":
        before = f"ifelse(data${EVER}, data${first}, min(data${first}[data${EVER}]))"
        inside = f"data${year} < {before}"
    else:
        inside = f"data${year} >= {params.period[0]} & data${year} <= {params.period[1]}"
    return [
        f"inside <- data[{inside}, ]",
        f'units <- aggregate(inside[c({named}, "{EVER}")], inside["{city}"], mean)',
        f"units${EVER} <- units${EVER} == 1",
    ]
