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
    effects = {("city",): "ind", ("year",): "time", ("city", "year"): "both"}.get(
        tuple(sorted(params.absorb))
    )
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
    return Commands(lines, [spec.name], ["xsmle"], cannot)


R_HELPERS = """
# Maximum likelihood of y = rho W y + X b + e (lag) or y = X b + u, u = lambda W u + e (error). Effects are taken out of W y
# itself; spml of the package splm lags what is demeaned already, and so finds another rho where W is not symmetric.
# Data are ordered by year and city; errors come from the expected information matrix.
spatial_ml <- function(y, X, W, effects, lag) {
  n <- nrow(W)
  periods <- length(y) / n
  over <- function(M, v) c(M %*% matrix(v, n))
  demean <- function(v) {
    m <- matrix(v, n)
    if ("city" %in% effects) m <- m - rowMeans(m)
    if ("year" %in% effects) m <- t(t(m) - colMeans(m))
    c(m)
  }
  roots <- eigen(W, only.values = TRUE)$values
  real <- Re(roots[abs(Im(roots)) < 1e-9])
  logdet <- function(r) sum(log(Mod(1 - r * roots)))
  filtered <- function(r) {
    own <- demean(y - r * over(W, y))
    Z <- apply(X, 2, function(x) demean(if (lag) x else x - r * over(W, x)))
    fit <- lm.fit(Z, own)
    list(Z = Z, b = fit$coefficients, s2 = mean(fit$residuals^2))
  }
  objective <- function(r) periods * logdet(r) - n * periods / 2 * log(filtered(r)$s2)
  ends <- c(1 / min(real), 1 / max(real))
  r <- optimize(objective, ends + c(1, -1) * 1e-9, maximum = TRUE, tol = 1e-13)$maximum
  r <- optimize(objective, pmin(pmax(r + c(-1, 1) * 1e-4, ends[1]), ends[2]), maximum = TRUE, tol = 1e-13)$maximum
  own <- filtered(r)
  G <- W %*% solve(diag(n) - r * W)
  k <- ncol(X)
  information <- matrix(0, k + 2, k + 2)
  at <- seq_len(k)
  information[at, at] <- crossprod(own$Z) / own$s2
  information[k + 1, k + 1] <- periods * (sum(diag(G %*% G)) + sum(G^2))
  if (lag) {
    moved <- demean(over(G, X %*% own$b))
    information[k + 1, k + 1] <- information[k + 1, k + 1] + sum(moved^2) / own$s2
    information[at, k + 1] <- information[k + 1, at] <- crossprod(own$Z, moved) / own$s2
  }
  information[k + 2, k + 2] <- n * periods / (2 * own$s2^2)
  information[k + 1, k + 2] <- information[k + 2, k + 1] <- periods * sum(diag(G)) / own$s2
  errors <- sqrt(diag(solve(information, tol = 1e-30)))
  cbind(estimate = c(own$b, r), std_error = errors[seq_len(k + 1)])
}
"""


def r(params: Any, spec: Spec) -> Commands:
    """The likelihood in plain R; what is lagged stands among the regressors."""
    if params.model in ("slx", "sac"):
        what = {"slx": "A model with lags of regressors alone is lm on columns W x.", "sac": "For both a lag and "
                "an error see sacsarlm of spatialreg and spml of splm."}  # fmt: skip
        return Commands([], cannot=[what[params.model]])
    if not params.absorb or params.cluster or params.lee_yu != "none":
        return Commands(
            [], cannot=["Models without effects, clustered or corrected are not written in R here."]
        )
    matrix, x, lag = params.matrix, list(params.regressors), params.model in ("sar", "sdm")
    durbin = params.model in ("sdm", "sdem")
    lagged = (x if params.lagged is None else list(params.lagged)) if durbin else []
    city, year = spec.column("city"), spec.column("year")
    regressors = [*spec.all(x), *(f"W_{each}" for each in spec.all(lagged))]
    effects = ", ".join(f'"{each}"' for each in params.absorb)
    columns = ", ".join(f'"{each}"' for each in regressors)
    lines = [
        *R_HELPERS.strip().splitlines(),
        r_data(spec),
        f"data <- data[order(data${year}, data${city}), ]",
        f'W <- read.csv("weights_{matrix}.csv", fileEncoding = "UTF-8-BOM")',
        f"used <- W$city %in% data${city}",
        "W <- unname(as.matrix(W[used, c(FALSE, used)]))",
        *(["W <- W / rowSums(W)"] if spec.where_r else []),
        *(f"data$W_{own} <- c(W %*% matrix(data${own}, nrow(W)))" for own in spec.all(lagged)),
        f"model <- spatial_ml(data${spec.column(params.outcome)}, as.matrix(data[c({columns})]), W, c({effects}), "
        f"{str(lag).upper()})",
        f'rownames(model) <- c({columns}, "{"rho" if lag else "lambda"}")',
        "print(round(model, 4))",
    ]
    names = [*x, *(f"W*{each}" for each in lagged), "rho" if lag else "lambda"]
    terms = ", ".join(f'"{each}"' for each in names)
    lines.append(f'keep("{spec.name}", "coefficient", c({terms}), model[, 1], model[, 2])')
    return Commands(lines, cannot=[IMPACTS])
