"""A spatial model of a panel in a frame, with its impacts and tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from nianjian.errors import EstimationError
from nianjian.seeds import FIRST_SEED
from nianjian.spatial.diagnostics import SpatialTest, durbin_tests, hausman, lm_tests
from nianjian.spatial.estimation import fit, with_lags
from nianjian.spatial.impacts import DRAWS, Kind, seed_of, spatial_impacts
from nianjian.spatial.logdet import Array
from nianjian.spatial.models import MODELS, Errors, LeeYu, Model, SpatialFit, Weights
from nianjian.spatial.panels import panel_arrays
from nianjian.spatial.prepared_weights import Islands, PreparedWeights, prepare

TESTS = ("lm", "lr", "wald", "hausman")


def fit_frame(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    weights: Weights,
    cities: Sequence[object],
    model: Model = "sdm",
    lagged: Sequence[str] | None = None,
    absorb: Sequence[str] = ("city", "year"),
    random: bool = False,
    errors: Errors = "ml",
    lee_yu: LeeYu = "none",
    tests: Sequence[str] = (),
    impact_errors: Kind = "simulated",
    draws: int = DRAWS,
    eigenvalues: ArrayLike | None = None,
    islands: Islands = "error",
    study: str = "",
    spec: str = "",
    seed: int = FIRST_SEED,
) -> SpatialFit:
    """Fit a spatial model to a panel in a frame, with its impacts and tests.

    Parameters
    ----------
    frame : one row a city-year, in any order, balanced
    cities : labels of the weight matrix's rows, in its order
    tests : of ``lm`` (any model), ``lr`` and ``wald`` (sdm: against sar, and against sem where every regressor
        is lagged), ``hausman`` (fixed effects of cities against random ones, not for ols and slx)
    impact_errors : which standard errors the rows ``direct[x]``, ... carry
    draws : of the simulated errors, seeded by (seed, study, spec)
    others : as in :func:`nianjian.spatial.estimation.fit`

    Raises
    ------
    EstimationError
        As :func:`~nianjian.spatial.panels.panel_arrays`, :func:`~nianjian.spatial.prepared_weights.prepare` and
        :func:`~nianjian.spatial.estimation.fit` do; if a test does not apply to the model.
    """
    context = f"spec {spec!r}: " if spec else ""
    _check_tests(tests, model, absorb, random, context)
    if impact_errors not in ("simulated", "delta"):
        raise EstimationError(
            f"{context}impact_errors {impact_errors!r} is unknown; choose simulated or delta"
        )
    y, x, _ = panel_arrays(frame, outcome=outcome, regressors=regressors, cities=cities, context=context)
    prepared = prepare(weights, eigenvalues=eigenvalues, islands=islands, names=cities, context=context)
    options: dict[str, Any] = {
        "regressors": regressors,
        "absorb": absorb,
        "islands": islands,
        "outcome": outcome,
        "context": context,
    }
    main = fit(
        y, x, prepared, model=model, lagged=lagged, random=random, errors=errors, lee_yu=lee_yu, **options
    )
    found = _tested(main, tests, y, x, prepared, lagged=lagged, options=options)
    impacts = None
    if main.lagged or MODELS[model].lag:
        impacts = spatial_impacts(
            main, draws=draws, seed=seed_of(study, spec, seed), primary=impact_errors, context=context
        )
    return replace(main, impacts=impacts, tests=tuple(found))


def _check_tests(tests: Sequence[str], model: str, absorb: Sequence[str], random: bool, context: str) -> None:
    """Stop at tests that there are not or that do not apply to the model."""
    unknown = [name for name in tests if name not in TESTS]
    if unknown:
        raise EstimationError(f"{context}tests {', '.join(unknown)} unknown; choose from {', '.join(TESTS)}")
    if {"lr", "wald"} & set(tests) and (model != "sdm" or random):
        raise EstimationError(
            f"{context}tests lr and wald compare an sdm with fixed effects; this is {model}"
        )
    if "hausman" in tests and (random or "city" not in absorb or model in ("ols", "slx")):
        raise EstimationError(
            f"{context}test hausman compares fixed with random effects of cities: it needs `absorb` with city "
            "and a model with rho or lambda"
        )


def _tested(
    main: SpatialFit,
    tests: Sequence[str],
    y: Array,
    x: Array,
    weights: PreparedWeights,
    *,
    lagged: Sequence[str] | None,
    options: dict[str, Any],
) -> list[SpatialTest]:
    """The tests asked for; ``options`` are those of every fit."""
    found: list[SpatialTest] = []
    if "lm" in tests:
        # The tests are of the model without spatial terms in y and u: with lags of x where this one has them.
        z = with_lags(x, weights, main.regressors, main.lagged)
        try:
            found += lm_tests(y, z, weights, absorb=main.absorb, transform=main.lee_yu == "transform")
        except EstimationError as error:
            raise EstimationError(f"{options['context']}{error}") from error
    if {"lr", "wald"} & set(tests):
        sar = fit(y, x, weights, model="sar", lee_yu=main.lee_yu, **options)
        sem = fit(y, x, weights, model="sem", lee_yu=main.lee_yu, **options)
        found += [test for test in durbin_tests(main, sar, sem) if test.name.split("_")[0] in tests]
    if "hausman" in tests:
        found.append(hausman(y, x, weights, model=main.model, lagged=lagged, **options))
    return found
