"""Spatial statistics against R's spdep and esda; see README.md."""

from pathlib import Path

import make_data
import numpy as np
import pandas as pd
import pytest

from nianjian.spatial import weights as w
from nianjian.spatial.global_autocorrelation import by_year, gearys_c, getis_ord_g, morans_i
from nianjian.spatial.local_moran import local_morans_i

HERE = Path(__file__).parent
MUNNELL = HERE.parents[3] / "shared" / "replication" / "munnell"
KINDS = ("k_nearest", "inverse_square", "islands", "binary")
FUNCTIONS = {"moran": morans_i, "geary": gearys_c, "getis_ord": getis_ord_g}
QUADRANTS = {"High-High": "HH", "Low-High": "LH", "Low-Low": "LL", "High-Low": "HL"}


@pytest.fixture(scope="module")
def panel():
    return pd.read_csv(HERE / "panel.csv")


@pytest.fixture(scope="module")
def weights():
    return make_data.all_weights(make_data.seats())


def values(panel, year, made):
    return panel[panel["year"] == year].set_index("city")["value"].reindex(list(made.cities)).to_numpy()


def test_the_data_are_what_their_script_makes(panel, weights):
    pd.testing.assert_frame_equal(panel, make_data.panel(make_data.seats()), atol=1e-9)
    stored = pd.read_csv(HERE / "weights.csv")
    for name, made in weights.items():
        part = stored[stored["name"] == name].drop(columns="name").reset_index(drop=True)
        frame = w.to_frame(made).drop(columns="raw")
        pd.testing.assert_frame_equal(part, frame, rtol=1e-13, check_dtype=False)


@pytest.mark.parametrize("kind", KINDS)
def test_global_statistics_match_spdep(panel, weights, kind):
    expected = pd.read_csv(HERE / "expected_global.csv").query("weights == @kind")
    assert len(expected) == 15
    for row in expected.itertuples():
        found = FUNCTIONS[row.statistic](values(panel, row.year, weights[kind]), weights[kind])
        assert found.estimate == pytest.approx(row.estimate, rel=1e-11)
        assert found.expectation == pytest.approx(row.expectation, rel=1e-12)
        assert getattr(found, f"variance_{row.under}") == pytest.approx(row.variance, rel=1e-10)
        # spdep turns the sign of Geary's z; "greater" there is about likeness.
        sign, tail = (-1, "less") if row.statistic == "geary" else (1, "greater")
        assert sign * found.z(row.under) == pytest.approx(row.z, rel=1e-10)
        assert found.p_value(row.under, tail) == pytest.approx(row.p_greater, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_local_moran_matches_spdep(panel, weights, kind):
    made = weights[kind]
    expected = pd.read_csv(HERE / "expected_local.csv").query("weights == @kind")
    for year, part in expected.groupby("year"):
        assert part["city"].tolist() == list(made.cities)
        found = local_morans_i(values(panel, year, made), made)
        # spdep gives islands NaN or 0, according to version.
        linked = ~np.isin(made.cities, made.islands)
        for column in ("local", "expectation", "variance", "p_value"):
            known = part[column].to_numpy()[linked]
            np.testing.assert_allclose(getattr(found, column)[linked], known, rtol=1e-9, atol=1e-13)
        known = part["quadrant"].map(QUADRANTS).to_numpy()[linked]
        assert np.array(found.quadrant)[linked].tolist() == known.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_matches_esda(panel, weights, kind):
    made = weights[kind]
    expected = pd.read_csv(HERE / "expected_esda.csv").query("weights == @kind")
    assert len(expected) == 3
    for row in expected.itertuples():
        x = values(panel, row.year, made)
        moran, geary, local = morans_i(x, made), gearys_c(x, made), local_morans_i(x, made)
        for name, found in {"moran": moran, "geary": geary}.items():
            assert found.estimate == pytest.approx(getattr(row, name), rel=1e-10)
            for assumption in ("randomisation", "normality"):
                known = getattr(row, f"{name}_variance_{assumption}")
                assert getattr(found, f"variance_{assumption}") == pytest.approx(known, rel=1e-10)
            assert found.z() == pytest.approx(getattr(row, f"{name}_z"), rel=1e-10)
        share = (len(x) - 1) / len(x)  # esda divides by the variance with n - 1
        assert share * local.local.sum() == pytest.approx(row.local_sum, rel=1e-10)
        assert share * local.local[0] == pytest.approx(row.local_first, rel=1e-10)


@pytest.mark.real
@pytest.mark.skipif(not MUNNELL.is_dir(), reason="the replication folder is not beside the repository")
def test_munnell_unemployment_matches_spdep():
    matrix = pd.read_csv(MUNNELL / "usaww.csv", index_col=0)
    panel = pd.read_csv(MUNNELL / "munnell_produc.csv").rename(columns={"state": "city"})
    expected = pd.read_csv(MUNNELL / "moran_geary_munnell_unemp.csv").set_index("year")
    made = w.from_matrix(matrix.index.tolist(), matrix.to_numpy(), name="usaww")
    found = by_year(panel, "unemp", made, draws=0).set_index(["statistic", "year"])
    for statistic, letter, sign in (("moran", "I", 1), ("geary", "C", -1)):
        part = found.loc[statistic]
        assert part.index.tolist() == expected.index.tolist()
        np.testing.assert_allclose(part["estimate"], expected[letter], rtol=1e-10)
        np.testing.assert_allclose(part["sd_randomisation"] ** 2, expected[f"V{letter}"], rtol=1e-10)
        np.testing.assert_allclose(sign * part["z_randomisation"], expected[f"z{letter}"], rtol=1e-10)
