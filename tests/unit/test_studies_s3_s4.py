"""The studies of eco-industrial parks (S3) and of cluster pilots (S4): declarations, spatial tables, figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nianjian.publish.figures.inputs import Inputs

from nianjian.declarations.registry import Registry
from nianjian.errors import DeclarationError, EstimationError
from nianjian.estimates import by_address
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.registry import kinds
from nianjian.publish import descriptive, scorecard, spatial_tables
from nianjian.publish.figures import canvas, moran
from nianjian.publish.tables import RECORD_COLUMNS
from nianjian.schemas import ESTIMATES
from nianjian.spatial import local_moran
from nianjian.spatial import weights as spatial_weights

CONFIG = Path(__file__).resolve().parents[2] / "config"
STUDIES = ("icr_ecopark", "gie_cluster")
LABELS = {
    "did": {"en": "Pilot", "zh": "试点"},
    "eco": {"en": "Density", "zh": "密度"},
    "gie": {"en": "Efficiency", "zh": "效率"},
    "geographic": {"en": "Inverse distance", "zh": "距离倒数"},
    "economic": {"en": "Economic distance", "zh": "经济距离"},
    "queen": {"en": "Contiguity", "zh": "邻接"},
}


@pytest.fixture(scope="module")
def registry():
    return Registry.load(CONFIG, {"studies": list(STUDIES), "languages": ["en", "zh"]})


def variants(registry):
    return [
        name
        for study in STUDIES
        for name in (study, *(f"{study}-{own}" for own in registry.study(study).model.variants))
    ]


def rows(*given, study="s", spec="one"):
    """ESTIMATES rows from (kind, term, estimate, std_error, statistic, p_value, conf_low, conf_high, df)."""
    names = ("kind", "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df")
    frame = pd.DataFrame([dict(zip(names, each, strict=False)) for each in given])
    return frame.assign(study=study, spec=spec).reindex(columns=list(ESTIMATES))


def build(kind, estimates, specs, **more):
    declaration = {"kind": kind, "title": {"en": "T", "zh": "表"}, "columns": list(specs), **more}
    return spatial_tables.spatial_table(
        declaration, estimates, study="s", table="9", specs=specs, labels=LABELS, origin="simulated"
    )


def cells(table):
    """(row, column, statistic) to number or word."""
    return {
        (row.key, column.key, part.statistic): part
        for row in table.rows()
        for line in row.lines
        for column, cell in zip(table.columns, line, strict=True)
        for part in cell
    }


# -- declarations ----------------------------------------------------------------------------------


def test_studies_and_their_variants_resolve(registry):
    for name in variants(registry):
        resolved = registry.study(name)
        assert set(resolved.check_units()) == set(resolved.model.variables), name


def test_every_printed_table_of_both_papers_has_a_counterpart(registry):
    for study, paper, tables in (("icr_ecopark", "S3", 7), ("gie_cluster", "S4", 10)):
        own = {registry.table(study, table).get("published") for table in registry.tables(study)}
        assert {f"{paper}/{number}" for number in range(1, tables + 1)} <= own


def test_names_of_printed_rows_and_columns_are_printed(registry):
    # The scorecard refuses names that the paper does not print; this finds them before anything is estimated.
    for study in STUDIES:
        paper = registry.paper(study)
        for table in registry.tables(study):
            declared = registry.table(study, table)
            if not declared.get("published"):
                continue
            number = declared["published"].partition("/")[2]
            file = f"{paper}_{'text' if number == 'text' else f'table{number}'}.csv"
            printed = scorecard.read_published([CONFIG / "published" / file])
            known = set(printed["column"]) | set(printed["panel"] + " | " + printed["column"])
            assert set(declared.get("published_rows") or {}) <= set(printed["row"]), (study, table)
            assert set(declared.get("published_columns") or {}) <= known, (study, table)


def test_economic_distance_is_of_years_before_the_first_pilot(registry):
    matrix = registry.matrix("gie_cluster", "composite")
    assert matrix["parts"]["economic"]["years"] == [2007, 2012]
    policy = pd.read_csv(CONFIG / "reference/policies/innovative_clusters.csv")
    assert policy["approval_date"].min() >= "2013"


def test_the_yearbook_variants_need_nothing_that_the_yearbook_lacks(registry):
    for study in STUDIES:
        used = {
            name
            for formula in registry.study(f"{study}-yearbook_only").formulas.values()
            for name in formula.names
        }
        lacking = {"irie", "green_pat_app", "green_pat_grant", "n_pollute", "innov_index", "exp_env"}
        assert not used & lacking


# -- tables ----------------------------------------------------------------------------------------

ASSOCIATION = rows(
    ("test", "moran[2006]", 0.432, 0.03, 13.318, 1e-20),
    ("test", "moran[2007]", 0.372, 0.03, 11.415, 0.02),
    ("test", "geary[2006]", 0.522, 0.03, -12.869, 1e-20),
    ("test", "geary[2007]", 0.587, 0.03, -10.978, 1e-20),
    ("test", "moran_permutation[2006]", 0.432, 0.03, 13.0, 0.002),
    ("test", "moran_permutation[2007]", 0.372, 0.03, 11.0, 0.004),
    ("test", "geary_permutation[2006]", 0.522, 0.03, -13.0, 0.002),
    ("test", "geary_permutation[2007]", 0.587, 0.03, -11.0, 0.002),
)
ASSOCIATED = {"one": {"outcome": "gie", "statistics": ["moran", "geary"]}}


def test_association_prints_statistic_stars_and_z_by_year():
    found = cells(build("association", ASSOCIATION, ASSOCIATED))
    first = found["2006", "moran", "moran_I"]
    assert (first.value, first.stars, first.decimals) == (0.432, "***", 3)
    assert found["2007", "moran", "moran_I"].stars == "**"
    assert found["2006", "geary", "z"].value == -12.869


def test_association_sums_up_the_weakest_year_and_turns_gearys_sign():
    found = cells(build("association", ASSOCIATION, ASSOCIATED))
    assert found["2006-2007", "moran", "significance"].value == "positive, 5% every year"
    assert found["2006-2007", "geary", "significance"].value == "positive, 1% every year"


def test_association_with_permutations_has_their_p_values():
    found = cells(build("association", ASSOCIATION, ASSOCIATED, permutation=True))
    assert found["2007", "moran_p", "p_permutation"].value == 0.004


def test_association_of_several_specs_needs_names():
    specs = {"one": ASSOCIATED["one"], "two": ASSOCIATED["one"]}
    with pytest.raises(DeclarationError, match="'column_labels' is missing"):
        build("association", ASSOCIATION, specs)


TESTED = pd.concat(
    [
        rows(("test", "lm_lag", 9.5, np.nan, 9.5, 0.002, np.nan, np.nan, 1.0), spec="sar"),
        rows(("test", "hausman", 4.0, np.nan, 4.0, 0.4, np.nan, np.nan, 4.0), spec="sdm"),
    ]
)


def test_tests_come_from_the_first_spec_that_has_them():
    found = cells(
        build("tests", TESTED, {"sar": {}, "sdm": {}}, rows=[{"term": "lm_lag"}, {"term": "hausman"}])
    )
    assert found["lm_lag", "statistic", "stat"].stars == "***"
    assert found["hausman", "statistic", "stat"].stars == ""
    assert found["hausman", "statistic_df", "df"].value == 4
    assert found["hausman", "statistic_p", "p_value"].value == 0.4


def test_a_test_that_no_spec_has_is_named():
    with pytest.raises(EstimationError, match="'sdm' has no test 'hausmann'; did you mean 'hausman'"):
        build("tests", TESTED, {"sar": {}, "sdm": {}}, rows=[{"term": "hausmann", "label": "H"}])


def effect(kind, value, error):
    return (
        "effect", f"{kind}[did]", value, error, value / error, 1e-4 if error < 0.01 else 0.5,
        value - error, value + error,
    )  # fmt: skip


EFFECTS = rows(
    effect("direct", 0.015, 0.002), effect("indirect", 0.0219, 0.02), effect("total", 0.0369, 0.002)
)
DURBIN = {"one": {"treatment": "did", "controls": [], "effect_errors": "simulated"}}


def test_effects_carry_the_names_of_the_published_numbers():
    table = build("effects", EFFECTS, DURBIN, rows=[{"term": "did"}], decimals=4)
    found = cells(table)
    assert found["did", "direct", "direct_effect"].stars == "***"
    assert found["did", "indirect", "indirect_effect"].stars == ""
    assert found["did", "indirect", "se"].value == 0.02
    assert found["did", "total", "total_effect"].interval == pytest.approx((0.0349, 0.0389))


def test_effects_that_were_not_estimated_are_named():
    specs = {"one": DURBIN["one"] | {"controls": ["eco"]}}
    with pytest.raises(EstimationError, match=r"'one' has no effect 'direct\[eco\]'"):
        build("effects", EFFECTS, specs, rows=[{"term": "did"}, {"term": "eco"}])


CHOICE = rows(
    *(
        ("fit", f"{name}[{matrix}]", value)
        for matrix, aic in (("a=0", 12.0), ("a=0.5", 9.0), ("a=1", 11.0), ("queen", 10.0))
        for name, value in (("aic", aic), ("loglik", -aic / 2), ("rho", 0.2), ("best_aic", float(aic == 9.0)))
    )
)
CHOSEN = {"one": {"outcome": "gie", "grid": ["geographic", "economic"], "matrices": ["queen"]}}


def test_choice_of_a_matrix_marks_the_smallest_criterion():
    table = build("weight_choice", CHOICE.iloc[::-1], CHOSEN)
    assert [row.key for row in table.rows()] == ["a=0", "a=0.5", "a=1", "queen"]
    found = cells(table)
    assert found["a=0.5", "aic", "aic"].stars == "†"
    assert found["queen", "aic", "aic"].stars == ""
    assert [len(panel.rows) for panel in table.panels] == [3, 1]
    assert table.panels[0].label.en == "a × Inverse distance + (1 - a) × Economic distance"


def sample():
    first = pd.array([2013, 2013, 2014, 2023, None], dtype="Int32")
    cities = pd.DataFrame({"city": range(5), "first_treated_year": first})
    return cities.merge(pd.DataFrame({"year": [2012, 2015]}), how="cross")


def test_cohorts_count_cities_by_first_year():
    declaration = {"kind": "cohorts", "title": {"en": "T", "zh": "表"}, "treatment": "did"}
    table = descriptive.cohorts_table(
        declaration, sample(), study="s", table="A1", labels=LABELS, origin="simulated"
    )
    found = {key: part.value for key, part in cells(table).items()}
    assert found["2013", "cities", "n_cities"] == 2
    assert found["2014", "treated", "n_cumulated"] == 3
    assert found["sample", "cities", "n_treated_cities"] == 3
    assert found["sample", "cities", "n_control_cities"] == 2
    assert found["sample", "cities", "n_later"] == 1
    assert found["sample", "cities", "N"] == 10


def test_cohorts_of_nobody_are_an_error():
    never = sample().assign(first_treated_year=pd.array([None] * 10, dtype="Int32"))
    declaration = {"kind": "cohorts", "title": {"en": "T", "zh": "表"}, "treatment": "did"}
    with pytest.raises(EstimationError, match="no city of the sample is treated by 2015"):
        descriptive.cohorts_table(
            declaration, never, study="s", table="A1", labels=LABELS, origin="simulated"
        )


def test_inputs_and_outputs_have_signs_and_say_what_composites_are_made_of():
    declaration = {
        "kind": "inputs_outputs",
        "title": {"en": "T", "zh": "表"},
        "roles": {"inputs": ["eco"], "desirable": ["gie"], "undesirable": ["did"]},
        "parts": {"did": ["geographic", "economic"]},
    }
    frame = pd.DataFrame({"eco": [1.0, 3.0], "gie": [2.0, 2.0], "did": [0.0, 1.0]})
    table = descriptive.inputs_outputs_table(
        declaration, frame, study="s", table="2", labels=LABELS, origin="simulated"
    )
    found = cells(table)
    assert [found[name, "sign", "sign"].value for name in ("eco", "gie", "did")] == ["+", "+", "-"]
    assert found["eco", "mean", "mean"].value == 2
    assert (
        found["did", "measure", "measure"].value == "Composite index of inverse distance, economic distance"
    )


# -- scorecard -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "value", "stars", "failed"),
    [
        ("n.s.", 0.1, "", 0),
        ("n.s.", 0.1, "*", 1),
        ("significant", -0.1, "*", 0),
        ("significant (1%)", -0.1, "**", 1),
        ("positive, significant", -0.1, "*", 1),
        ("positive, 1%", 0.1, "***", 0),
        ("positive, 1%", -0.1, "", 2),
        ("positive, 10%", 0.1, "*", 0),
    ],
)
def test_words_about_significance_are_judged(words, value, stars, failed):
    assert len(scorecard.significance(words, value, stars)) == failed


def judged(number, record):
    """Status of one printed number of table 7 beside one of our records."""
    columns = ("table", "panel", "column", "row", "statistic", "value", "stars")
    blank = dict.fromkeys(scorecard.PUBLISHED_COLUMNS, "") | {"study": "S3"}
    printed = pd.DataFrame([blank | dict(zip(columns, number, strict=True))], dtype=str)
    ours = dict.fromkeys(RECORD_COLUMNS, "") | {"study": "s", "table": "x", "column": "(1)"} | record
    declared = {"kind": "regression", "title": {"en": "T", "zh": "表"}, "published": "S3/7"}
    declared["published_rows"] = {number[3]: record["row"]}
    found = scorecard.scorecard(
        printed, pd.DataFrame([ours], dtype=str), study="s", paper="S3", tables={"x": declared},
        origin="simulated",
    )  # fmt: skip
    return found.iloc[0]


def test_a_fit_statistic_is_found_by_its_own_name():
    row = judged(
        ("7", "", "(1)", "σ2", "coef", "0.0009", "***"),
        {"row": "sigma2", "statistic": "sigma2", "value": "0.00093"},
    )
    assert row["status"] == "reproduced"


def test_an_error_is_not_taken_from_a_fit_statistic():
    row = judged(
        ("7", "", "(1)", "σ2", "se", "0.0001", ""),
        {"row": "sigma2", "statistic": "sigma2", "value": "0.0001"},
    )
    assert row["status"] == "not available"


@pytest.mark.parametrize(("stars", "status"), [("***", "reproduced"), ("", "differs")])
def test_a_word_for_a_coefficient_is_judged_by_its_stars(stars, status):
    row = judged(
        ("7", "", "(1)", "DID", "significance", "positive, 1%", ""),
        {"row": "did", "statistic": "coef", "value": "0.02", "stars": stars},
    )
    assert (row["status"], row["kind"]) == (status, "word")


# -- local association -----------------------------------------------------------------------------


N, FIRST_CITY = 12, 110000


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """Twelve cities in a row, high at one end, one of them low among high; the rows written of them."""
    links = np.zeros((N, N))
    for i in range(N - 1):
        links[i, i + 1] = links[i + 1, i] = 1
    cities = tuple(range(FIRST_CITY, FIRST_CITY + N))
    path = tmp_path_factory.mktemp("weights") / "line.parquet"
    spatial_weights.write(spatial_weights.from_matrix(cities, links, name="line"), path)
    values = [9.0, 9.5, 1.0, 9.2, 8.8, 5.0, 4.0, 1.2, 1.1, 0.9, 1.0, 1.05]
    frame = pd.DataFrame({"city": cities, "year": 2023, "icr": values})
    own = {"outcome": "icr", "matrix": "line", "years": [2023], "permutations": 499, "alpha": 0.2}
    kind = kinds().get("estimators", "local_moran")
    context = EstimatorContext("s", "specs", "local", seed=1, matrices={"line": path})
    return frame, kind.build(kind.read(own), frame, context)


def test_local_results_come_back_with_their_clusters(local):
    _, estimates = local
    found = moran.local_results(estimates, 2023, "s, figures.2").set_index("city")
    assert len(found) == N
    assert found["local"].to_numpy() == pytest.approx((found["z"] * found["lag"]).to_numpy())
    inside = found["cluster"] != "ns"
    assert (found["p_value"][inside] <= 0.2).all() and (found["p_value"][~inside] > 0.2).all()
    assert found.loc[FIRST_CITY + 9, "cluster"] == "LL"
    assert by_address(estimates)["local", "fit", "clusters[2023]"]["estimate"] == inside.sum()


def test_figures_and_statistics_call_quadrants_alike():
    assert moran.QUADRANTS == local_moran.QUADRANTS
    assert set(moran.CLUSTERS) == {*local_moran.QUADRANTS.values(), "ns"}


def test_local_results_of_an_absent_year_name_those_there_are(local):
    with pytest.raises(EstimationError, match="no local results of 2006; there is 2023"):
        moran.local_results(local[1], 2006, "s, figures.2")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_scatter_and_choice_are_drawn(local, language):
    inputs = Inputs(
        place="s, figures.2", study="s", labels=LABELS | {"icr": LABELS["gie"]}, estimates=local[1]
    )
    declaration = {"kind": "moran_scatter", "outcome": "icr", "year": 2023}
    with canvas.style(language):
        axes = moran.draw_scatter(declaration, inputs, language).axes[0]
    assert sum(len(drawn.get_offsets()) for drawn in axes.collections) == N
    chosen = Inputs(place="s, figures.4", study="s", labels=LABELS, estimates=CHOICE)
    with canvas.style(language):
        axes = moran.draw_weight_choice({"grid": ["geographic", "economic"]}, chosen, language).axes[0]
    assert list(axes.lines[0].get_ydata()) == [12.0, 9.0, 11.0]
    assert axes.texts[0].get_text() == "a = 0.5"


def test_a_choice_without_a_grid_cannot_be_drawn():
    inputs = Inputs(place="s, figures.4", study="s", labels=LABELS, estimates=CHOICE)
    with pytest.raises(DeclarationError, match="mixes no matrices"):
        moran.draw_weight_choice({"grid": None}, inputs, "en")
