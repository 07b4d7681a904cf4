"""Spatial panel models by maximum likelihood: ``xsmle``, and ``splm``'s ``spml``."""

from __future__ import annotations

from typing import Any

from nianjian.export.commands import Commands, Spec, r_data

MODELS = {"sar": "sar", "sem": "sem", "sdm": "sdm", "sac": "sac"}
"""Models of xsmle."""
IMPACTS = (
    "Impacts with simulated errors depend on the draws; those of xsmle and of impacts() are near the exported ones, whose "
    "errors by the delta method are in the group delta."
)


def stata(params: Any, spec: Spec) -> Commands:
    """``xsmle`` with the exported matrix."""
    if params.model not in MODELS:
        what = f"xsmle has no model {params.model}; spxtregress has, for matrices made with spmatrix."
        return Commands([], cannot=[what])
    matrix = params.matrix
    city, year = spec.column("city"), spec.column("year")
    effects = {("city",): "ind", ("year",): "time", ("city", "year"): "both"}.get(tuple(sorted(params.absorb)))
    kind = "fe" if effects else "re"
    options = [f"model({MODELS[params.model]})", *([f"type({effects})"] if effects else []), kind]
    spatial = {
        "sar": [f"wmat({matrix})"],
        "sdm": [f"wmat({matrix})"],
        "sem": [f"emat({matrix})"],
        "sac": [f"wmat({matrix})", f"emat({matrix})"],
    }[params.model]
    options += spatial
    if params.model == "sdm" and params.lagged is not None:
        options.append(f"durbin({' '.join(spec.all(params.lagged))})")
    options += ["effects", "nolog", *([f"vce(cluster {city})"] if params.cluster else [])]
    lines = [
        "preserve",
        f"use weights_{matrix}.dta, clear",
        f"mkmat w_*, matrix({matrix})",
        "restore, preserve",
        *([f"keep if {spec.where_stata}"] if spec.where_stata else []),
        f"sort {city} {year}",
        f"xtset {city} {year}",
        f"xsmle {spec.column(params.outcome)} {' '.join(spec.all(params.regressors))}, {' '.join(options)}",
        f"estimates store {spec.name}",
        "restore",
    ]
    cannot = [IMPACTS]
    if not effects:
        cannot.append("xsmle has no pooled model: the line estimates random effects of cities instead.")
    if params.lee_yu != "none":
        cannot.append("xsmle corrects by its option leeyu, which transforms the observations.")
    return Commands(lines, [spec.name], ["xsmle"], [f"weights_{matrix}.dta"], cannot)


def r(params: Any, spec: Spec) -> Commands:
    """``spml``; what is lagged stands among the regressors. Coefficients only are compared: its errors are numerical."""
    effect = {("city",): "individual", ("year",): "time", ("city", "year"): "twoways"}.get(
        tuple(sorted(params.absorb))
    )
    if params.model == "slx":
        return Commands([], cannot=["A model with lags of regressors alone is lm on columns W x."])
    if effect is None or params.cluster or params.lee_yu != "none":
        return Commands([], cannot=["spml has no such effects, clustering or correction."])
    matrix, x = params.matrix, list(params.regressors)
    lagged = (x if params.lagged is None else list(params.lagged)) if params.model in ("sdm", "sdem") else []
    city, year = spec.column("city"), spec.column("year")
    regressors = [*spec.all(x), *(f"W_{each}" for each in spec.all(lagged))]
    lag = params.model in ("sar", "sdm", "sac")
    error = '"b"' if params.model in ("sem", "sac", "sdem") else '"none"'
    lines = [
        r_data(spec),
        f"data <- data[order(data${year}, data${city}), ]",
        f'W <- read.csv("weights_{matrix}.csv", fileEncoding = "UTF-8-BOM")',
        f"used <- W$city %in% data${city}",
        "W <- unname(as.matrix(W[used, c(FALSE, used)]))",
        *(["W <- W / rowSums(W)"] if spec.where_r else []),
        *(
            f"data$W_{own} <- unlist(tapply(data${own}, data${year}, function(x) as.vector(W %*% x)))"
            for own in spec.all(lagged)
        ),
        'weights <- mat2listw(W, style = "M")',
        f"model <- spml({spec.column(params.outcome)} ~ {' + '.join(regressors)}, data = data, "
        f'index = c("{city}", "{year}"), listw = weights, model = "within", effect = "{effect}", '
        f"lag = {str(lag).upper()}, spatial.error = {error}, tol.solve = 1e-20)",
        "estimated <- summary(model)$CoefTable",
    ]
    terms = dict(zip(spec.all(x), x, strict=True))
    terms |= {f"W_{own}": f"W*{name}" for own, name in zip(spec.all(lagged), lagged, strict=True)}
    # spml calls the coefficient of the lag lambda, and that of the error rho.
    terms |= ({"lambda": "rho"} if lag else {}) | ({"rho": "lambda"} if error == '"b"' else {})
    for own, name in terms.items():
        lines.append(f'keep("{spec.name}", "coefficient", "{name}", estimated["{own}", 1], NA)')
    return Commands(
        lines,
        [],
        ["splm", "spdep", "fixest"],
        [f"weights_{matrix}.csv"],
        [IMPACTS, "Standard errors of spml come from numerical derivatives and are not compared."],
    )
