"""Tables made from inequality by year and its decompositions."""

import numpy as np
import pytest

from nianjian.errors import DeclarationError
from nianjian.indices.gini import gini
from nianjian.indices.inequality_by_year import measure
from nianjian.schemas import INEQUALITY, INEQUALITY_KEY
from sampled import REGION, Results, records, sources, two_regions

ORDER = ["east", "west"]
LABELS = {
    "score": {"en": "Score", "zh": "得分"},
    "score_p": {"en": "First", "zh": "一"},
    "score_q": {"en": "Second", "zh": "二"},
    "region": REGION,
}
PARTS = ["score_p", "score_q"]
GAPS = {"kind": "inequality", "of": "score", "groups": "region", "order": ORDER, "components": PARTS}
FILE = "indices/gaps.parquet"


@pytest.fixture(scope="module")
def frame():
    return two_regions().rename(columns={"p": "score_p", "q": "score_q"})


@pytest.fixture(scope="module")
def measured(frame):
    return measure(
        frame,
        of="score",
        groups="region",
        order=ORDER,
        components=PARTS,
        bootstrap=30,
        permutations=99,
        rng=lambda year, what: np.random.default_rng([year, len(what)]),
        context="demo",
    )


@pytest.fixture
def build(measured, tmp_path):
    def made(show, index=GAPS, **declared):
        results = Results(tmp_path, LABELS, indices={"gaps": index})
        results.write(results.part("gaps"), measured, INEQUALITY, INEQUALITY_KEY)
        return results.build("inequality", "4", inequality="gaps", show=show, **declared)

    return made


def test_shares_of_groups_add_up_to_a_hundred(build):
    made = build("groups")
    assert [column.key for column in made.columns] == ["G1", "G2", "within", "G12", "between"]
    found = records(made)
    for year in ("2001", "2002", "2003"):
        own = {
            key: float(found[year, key, "contribution_pct"]["value"])
            for key in ("G1", "G2", "within", "G12", "between")
        }
        assert own["G1"] + own["G2"] == pytest.approx(own["within"])
        assert own["within"] + own["between"] == pytest.approx(100)
    assert "1 = Eastern, 2 = Western." in made.footnote("en")
    assert made.footnote("zh").startswith("注：1为东部，2为西部。")


def test_cells_mark_the_largest(build):
    found = records(build("cells", years=[2001, 2003]))
    for year in (2001, 2003):
        values = {
            (pair, name): float(found[pair, f"{year}|{name}", "gini_component"]["value"])
            for pair in ("G1", "G2", "G12")
            for name in PARTS
        }
        for name in PARTS:
            top = max(("G1", "G2", "G12"), key=lambda pair, name=name: values[pair, name])
            marked = [
                p for p in ("G1", "G2", "G12") if "*" in found[p, f"{year}|{name}", "gini_component"]["stars"]
            ]
            assert marked == [top]
        for pair in ("G1", "G2", "G12"):
            larger = "score_p" if values[pair, "score_p"] > values[pair, "score_q"] else "score_q"
            assert "†" in found[pair, f"{year}|{larger}", "gini_component"]["stars"]
    with pytest.raises(
        DeclarationError, match=r"tables\.4\.years: no decomposition of 1999; there is 2001 to 2003"
    ):
        build("cells", years=[1999])


def test_summary_gives_changes_and_means(build, frame):
    found = records(build("summary"))
    ginis = [gini(frame.loc[frame["year"] == year, "score"]) for year in (2001, 2002, 2003)]
    assert float(found["gini", "pct_change", "pct_change"]["value"]) == pytest.approx(
        100 * (ginis[2] / ginis[0] - 1)
    )
    assert float(found["gini", "mean 2001-2003", "mean 2001-2003"]["value"]) == pytest.approx(np.mean(ginis))
    east = frame[frame["region"] == "east"].groupby("year")["score"].mean()
    assert float(found["mean[east]", "2003", "2003"]["value"]) == pytest.approx(east[2003])


def test_components_and_measures(build):
    found = records(build("components"))
    shares = [float(found["2002", name, "contribution_pct"]["value"]) for name in PARTS]
    assert sum(shares) == pytest.approx(100)
    found = records(build("measures"))
    parts = [
        float(found["2002", f"dagum_{x}", f"dagum_{x}"]["value"]) for x in ("net_between", "transvariation")
    ]
    assert sum(parts) == pytest.approx(float(found["2002", "gini_between", "gini_between"]["value"]))


def test_a_number_says_which_row_it_is(build):
    table = build("groups")
    assert sources(table, "2002", "G12") == [
        {
            "file": FILE, "field": "estimate", "how": "value", "year": 2002, "measure": "share_cell",
            "group": "east", "other": "west", "component": "",
        }
    ]  # fmt: skip
    (total,) = sources(table, "2002", "within")
    assert total["measure"] == "share_within" and total["group"] == ""
    (cell,) = sources(build("cells", years=[2001]), "G1", "2001|score_q")
    assert (cell["group"], cell["other"], cell["component"]) == ("east", "east", "score_q")


def test_what_is_computed_from_several_years_names_them_all(build):
    table = build("summary")
    change = sources(table, "gini", "pct_change")
    assert [each["year"] for each in change] == [2001, 2003]
    assert {each["how"] for each in change} == {"computed"}
    assert [each["year"] for each in sources(table, "gini", "mean 2001-2003")] == [2001, 2002, 2003]
    share = sources(table, "score_p", "mean")
    assert {each["measure"] for each in share} == {"share_cell"}
    assert sources(table, "gini", "2001")[0]["how"] == "value"


def test_what_the_inequality_has_not_cannot_be_shown(build):
    without_groups = {name: own for name, own in GAPS.items() if name not in ("groups", "order")}
    with pytest.raises(DeclarationError, match=r"tables\.1\.show: 'gaps' has no groups"):
        build("groups", without_groups)
    with pytest.raises(DeclarationError, match=r"tables\.1\.show: 'gaps' has no components"):
        build("components", GAPS | {"components": []})
    with pytest.raises(DeclarationError, match="key 'years' with show cells, and only then"):
        build("groups", years=[2001])
    with pytest.raises(DeclarationError, match="'gaps' is no inequality"):
        build("groups", {"method": "entropy", "dimensions": {"all": {"indicators": ["p"]}}})
