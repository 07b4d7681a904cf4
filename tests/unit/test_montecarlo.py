"""The simulations of ``make montecarlo`` run, and few of them already tell right from wrong."""

import numpy as np
import pytest

from montecarlo import panels, run, spatial
from montecarlo.draw_replications import draw_replications
from montecarlo.print_table import print_table
from nianjian.kinds.splitting import chunks_of


@pytest.fixture(scope="module")
def twfe():
    return run.summary(run.draws_of("twfe", 0, 30))


@pytest.mark.parametrize("row", ["twfe", "twfe, with city[year]"])
def test_two_way_effects_are_unbiased_and_their_intervals_cover(twfe, row):
    found = twfe.loc[row]
    assert abs(found["bias"]) < 3 * found["rmse"] / np.sqrt(30)
    assert found["coverage"] >= 0.8 and found["rejects"] <= 0.2 and 0.08 < found["rmse"] < 0.25


def test_the_table_shows_what_goes_wrong(twfe):
    assert twfe.loc["twfe, errors not clustered", "coverage"] < 0.87
    assert twfe.loc["twfe, cities grow apart", "bias"] > 0.3
    assert twfe.loc["twfe, cohorts differ", "bias"] < -0.3


def test_instruments_are_unbiased_and_their_intervals_cover():
    found = run.summary(run.draws_of("iv", 0, 15))
    assert abs(found.loc["iv", "bias"]) < 3 * found.loc["iv", "rmse"] / np.sqrt(15)
    assert found.loc["iv", "coverage"] >= 0.8 and found.loc["iv: Anderson-Rubin", "coverage"] >= 0.8
    assert found.loc["iv, weak instrument", "coverage"] < found.loc["iv, weak: Anderson-Rubin", "coverage"]
    assert found.loc["iv: tF", "coverage"] >= found.loc["iv", "coverage"]
    assert found.loc["iv, weak: tF", "coverage"] >= 0.8 and found.loc["iv, weak: tF", "rejects"] <= 0.2


@pytest.mark.parametrize("name", sorted(set(run.EXPERIMENTS) - {"twfe", "iv"}))
def test_every_experiment_runs_and_is_printed(name):
    draws = run.draws_of(name, 0, 1)
    assert len({draw.row for draw in draws}) == len(draws)
    for draw in draws:
        assert {draw.covered, draw.rejected} <= {0.0, 1.0} or not np.isfinite(draw.covered + draw.rejected)
        assert np.isfinite([draw.covered, draw.rejected]).any()
    lines = run.printed(run.summary(draws), 1).splitlines()
    assert [line.split("  ")[0] for line in lines[1 : len(draws) + 1]] == [draw.row for draw in draws]


def test_draws_depend_on_their_number_only():
    assert run.draws_of("heterogeneity", 1, 3)[1:] == run.draws_of("heterogeneity", 2, 3)


def test_spatial_models_are_estimated_where_there_are_spillovers():
    found = run.summary(run.draws_of("sdm", 0, 2))
    assert len(found) == len(run.SPATIAL_CASES) * len(run.SPATIAL_TERMS)
    assert found.loc["sdm, none: rho", "truth"] == spatial.RHO
    assert found["rmse"].between(0, 1).all() and (found["rmse"] >= found["bias"].abs()).all()


def test_the_table_is_the_same_for_any_number_of_chunks(tmp_path):
    tables = []
    for chunks in (1, 2, 5, 9):
        parts = []
        for piece in chunks_of(5, 1, chunks):
            parts.append(tmp_path / f"{chunks}.{piece.start}.parquet")
            draw_replications(piece, ["heterogeneity", "sdm_null"], parts[-1])
        print_table(parts, 5, tmp_path / "table.txt")
        tables.append((tmp_path / "table.txt").read_text(encoding="utf8"))
    assert len(set(tables)) == 1 and "5 replications" in tables[0]
    direct = run.summary([row for name in ("heterogeneity", "sdm_null") for row in run.draws_of(name, 0, 10)])
    assert direct["panels"].eq(10).all()
    assert tables[0] == run.printed(direct, 5) + "\n"


def test_series_are_stationary_and_autocorrelated():
    series = panels.autocorrelated(np.random.default_rng(0), 4000, 6)
    np.testing.assert_allclose(series.std(axis=0), 1, atol=0.05)
    assert np.corrcoef(series[:, 2], series[:, 3])[0, 1] == pytest.approx(panels.SERIAL, abs=0.03)
