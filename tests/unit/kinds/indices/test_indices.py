"""Kinds of indices: what the rule writes from a declaration, and what is checked before it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from compute_index import compute_index
from nianjian import seeds, storage
from nianjian.declarations.names import scores as columns_of
from nianjian.errors import DeclarationError, SampleError
from nianjian.indices.composite import composite_index
from nianjian.indices.efficiency import efficiency
from nianjian.indices.normalise import min_max
from nianjian.indices.order_m import order_m
from nianjian.indices.productivity import malmquist_luenberger
from nianjian.indices.simar_wilson import distances
from nianjian.indices.solver import evaluation_groups
from nianjian.indices.weights import critic_weights, topsis
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds

NAMES = ["a", "b", "c"]
DIMENSIONS = {"first": {"indicators": ["a", "-b"]}, "second": {"components": {"only": {"indicators": ["c"]}}}}


@pytest.fixture
def sample(tmp_path):
    """Twelve cities in four years."""
    rng = np.random.default_rng(3)
    n = 48
    frame = pd.DataFrame(rng.lognormal(size=(n, 3)), columns=NAMES)
    frame.insert(0, "city", np.repeat(np.arange(101, 113), 4))
    frame.insert(1, "city_name", [f"城{city}" for city in frame["city"]])
    frame.insert(2, "year", np.tile(np.arange(2001, 2005), 12))
    storage.write_wide(frame, tmp_path / "sample.parquet", ["city", "year"])
    return frame


def compute(tmp_path, kind, name, own):
    """Compute an index as the rule does; returns the tables written by part."""
    declared = kinds().get("indices", kind)
    entry = Entry(name, declared, declared.read(own, "config/studies/demo.yaml", f"indices.{name}"))
    parts = ("scores", *declared.option("PARTS", ()))
    outputs = {part: tmp_path / "indices" / f"{name}.{part}.parquet" for part in parts}
    content = {"study": "demo", "section": "indices", "name": name, "entry": entry.plain()}
    compute_index(content, {"sample": [tmp_path / "sample.parquet"]}, outputs, known=kinds(), seed=7)
    return [storage.read_table(path) for path in outputs.values()]


def run(tmp_path, **changes):
    own = {
        "method": "critic",
        "dimensions": DIMENSIONS,
        "sensitivity": {"bootstrap": 20, "alternatives": []},
        **changes,
    }
    return compute(tmp_path, "composite", "idx", own)


def test_scores_are_those_of_the_library_and_dimensions_add_up(sample, tmp_path):
    scores, weights, _ = run(tmp_path, scale=100)
    expected = composite_index(
        sample[NAMES], indicators=NAMES, signs=[1, -1, 1], method="critic", scale=100
    ).scores
    np.testing.assert_allclose(scores["idx"], expected, rtol=1e-13)
    assert (scores["idx_first"] + scores["idx_second"]).tolist() == scores["idx"].tolist()
    assert weights.set_index("indicator")["weight"].sum() == pytest.approx(1)


def test_bootstrap_draws_whole_cities_and_is_seeded_by_name(sample, tmp_path):
    _, weights, rows = run(tmp_path)
    _, again, _ = run(tmp_path)
    pd.testing.assert_frame_equal(weights, again)
    assert (weights["conf_low"] < weights["conf_high"]).all()
    scaled = min_max(sample[NAMES].to_numpy(), [1, -1, 1]).scaled
    rng = seeds.generator(7, "demo", "idx", "bootstrap")
    drawn = []
    cities = sample["city"].to_numpy()
    for _ in range(20):
        chosen = rng.choice(np.arange(12), size=12)
        own = np.concatenate([np.flatnonzero(cities == 101 + city) for city in chosen])
        drawn.append(critic_weights(scaled[own]))
    low = np.quantile(drawn, 0.025, axis=0)
    np.testing.assert_allclose(weights.set_index("indicator").loc[NAMES, "conf_low"], low)
    assert set(rows["choice"]) == {"leave_one_out", "bootstrap"}


def test_yearly_weights_are_each_year_s_own(sample, tmp_path):
    scores, weights, rows = run(tmp_path, weights_from="year")
    scaled = min_max(sample[NAMES].to_numpy(), [1, -1, 1]).scaled
    by_year = {}
    for year in range(2001, 2005):
        own = (sample["year"] == year).to_numpy()
        by_year[year] = critic_weights(scaled[own])
        np.testing.assert_allclose(scores.loc[own, "idx"], scaled[own] @ by_year[year])
    stored = rows[rows["choice"] == "year"].pivot(index="name", columns="indicator", values="value")
    np.testing.assert_allclose(stored.loc["2003", NAMES], by_year[2003])
    mean = np.mean(list(by_year.values()), axis=0)
    np.testing.assert_allclose(weights.set_index("indicator").loc[NAMES, "weight"], mean)


def test_base_period_weights_do_not_see_later_years(sample, tmp_path):
    _, first, _ = run(
        tmp_path, weights_from=[2001, 2002], normalise="bounds", bounds={key: [0, 1e3] for key in NAMES}
    )
    late = sample["year"] > 2002
    sample.loc[late, NAMES] = sample.loc[late, NAMES] * [3, 1, 0.5]
    storage.write_wide(sample, tmp_path / "sample.parquet", ["city", "year"])
    _, second, _ = run(
        tmp_path, weights_from=[2001, 2002], normalise="bounds", bounds={key: [0, 1e3] for key in NAMES}
    )
    assert first["weight"].tolist() == second["weight"].tolist()
    with pytest.raises(SampleError, match="no year of the base period 1990 to 1995"):
        run(tmp_path, weights_from=[1990, 1995])


def test_given_weights_are_taken_as_given(sample, tmp_path):
    scores, weights, rows = run(tmp_path, method="given", given={"a": 2, "b": 1, "c": 1})
    assert weights.set_index("indicator")["weight"].to_dict() == {"a": 0.5, "b": 0.25, "c": 0.25}
    scaled = min_max(sample[NAMES].to_numpy(), [1, -1, 1]).scaled
    np.testing.assert_allclose(scores["idx"], scaled @ [0.5, 0.25, 0.25])
    assert weights["conf_low"].isna().all() and "bootstrap" not in set(rows["choice"])


def test_topsis_has_no_dimensions(sample, tmp_path):
    scores, _, _ = run(tmp_path, aggregate="topsis")
    scaled = min_max(sample[NAMES].to_numpy(), [1, -1, 1]).scaled
    np.testing.assert_allclose(scores["idx"], topsis(scaled, critic_weights(scaled)))
    assert list(scores) == ["city", "year", "idx"]
    with pytest.raises(DeclarationError, match="weights_from pooled or a base period with aggregate topsis"):
        run(tmp_path, aggregate="topsis", weights_from="year")


def test_winsorising_and_rescaling(sample, tmp_path):
    scores, weights, _ = run(tmp_path, winsorise=[0.1, 0.9], rescale=[0.01, 1])
    assert scores["idx"].min() == pytest.approx(0.01) and scores["idx"].max() == pytest.approx(1)
    assert list(scores) == ["city", "year", "idx"]
    assert weights.set_index("indicator").loc["a", "max"] == pytest.approx(sample["a"].quantile(0.9))


@pytest.mark.parametrize(
    ("normalise", "extra"),
    [
        ("by_year", {}),
        ("rank", {}),
        ("quantiles", {"quantiles": [0.05, 0.95]}),
        ("z_score", {"method": "sd"}),
    ],
)
def test_every_normaliser_can_be_declared(sample, tmp_path, normalise, extra):
    scores, _, rows = run(tmp_path, normalise=normalise, **extra)
    assert scores["idx"].notna().all() and scores["idx"].std() > 0
    assert rows["value"].notna().all()


def test_alternatives_are_compared_by_rank(sample, tmp_path):
    _, _, rows = run(
        tmp_path,
        sensitivity={"leave_one_out": False, "alternatives": ["critic", "equal", "pca"], "bootstrap": 0},
    )
    assert set(rows["name"]) == {"equal", "pca"}  # the index's own is no alternative
    rho = rows[rows["statistic"] == "rank_correlation"].set_index("name")["value"]
    assert rho.between(-1, 1).all()


INPUTS = {"inputs": ["a"], "desirable": ["b"], "undesirable": ["c"]}


def test_efficiency_writes_scores_slacks_and_peers(sample, tmp_path):
    scores, slacks, peers = compute(tmp_path, "efficiency", "eff", INPUTS)
    found = efficiency(sample[["a"]], sample[["b"]], sample[["c"]])
    np.testing.assert_array_equal(scores["eff"], found.score)
    assert set(scores["eff_status"]) == {"optimal"}
    assert len(slacks) == 3 * len(sample) and (slacks["slack"] >= 0).all()
    one = slacks[(slacks["city"] == 101) & (slacks["year"] == 2001)].set_index("variable")
    np.testing.assert_allclose(one.loc["a", "share"], one.loc["a", "slack"] / sample["a"].iloc[0])
    assert (peers["intensity"] > 0).all() and set(peers["peer_city"]) <= set(sample["city"])


def test_productivity_levels_are_products_of_changes(sample, tmp_path):
    (scores,) = compute(tmp_path, "productivity", "gml", INPUTS)
    found = malmquist_luenberger(
        sample[["a"]], sample[["b"]], sample[["c"]], units=sample["city"].tolist(), periods=sample["year"]
    )
    np.testing.assert_array_equal(scores["gml"], found.index)
    first = scores[scores["city"] == 101]
    assert first["gml"].isna().tolist() == [True, False, False, False]
    np.testing.assert_allclose(first["gml_level"], np.r_[1, np.cumprod(first["gml"].iloc[1:])])
    np.testing.assert_allclose(first["gml_ec"] * first["gml_tc"], first["gml"])


def test_radial_efficiency_counts_undesirable_outputs_as_inputs(sample, tmp_path):
    (scores,) = compute(tmp_path, "radial_efficiency", "dea", INPUTS | {"frontier": "yearly"})
    groups = evaluation_groups(48, "yearly", sample["year"], None, context="")
    found = distances(sample[["a", "c"]].to_numpy(), sample[["b"]].to_numpy(), groups)
    np.testing.assert_allclose(scores["dea"], 1 / found, rtol=1e-9)
    assert scores["dea"].between(0, 1).all() and (scores.groupby("year")["dea"].max() == 1).all()
    (inward,) = compute(
        tmp_path, "radial_efficiency", "dea", INPUTS | {"orientation": "input", "returns": "crs"}
    )
    assert inward["dea"].between(0, 1).all()


def test_order_m_says_with_how_many_each_is_compared(sample, tmp_path):
    (scores,) = compute(tmp_path, "order_m", "om", INPUTS | {"m": 15, "frontier": "window", "window": 2})
    assert list(scores) == ["city", "year", "om", "om_compared"]
    assert (scores["om"] > 0).all() and scores["om_compared"].between(1, 24).all()
    groups = evaluation_groups(48, "window", sample["year"], 2, context="")
    expected, _ = order_m(sample[["a", "c"]].to_numpy(), sample[["b"]].to_numpy(), groups, m=15)
    np.testing.assert_allclose(scores["om"], expected, rtol=1e-9)


@pytest.mark.parametrize("model", ["sbm", "output", "input"])
def test_the_metafrontier_envelops_those_of_groups(sample, tmp_path, model):
    region = np.where(sample["city"] < 107, "east", "west")
    storage.write_wide(sample.assign(region=region), tmp_path / "sample.parquet", ["city", "year"])
    own = INPUTS | {"groups": "region", "model": model, "returns": "vrs"}
    (scores,) = compute(tmp_path, "metafrontier", "gap", own)
    assert list(scores) == ["city", "year", "gap", "gap_meta", "gap_group"]
    assert scores["gap"].between(0, 1).all() and (scores["gap"] < 1).any()
    np.testing.assert_allclose(scores["gap"] * scores["gap_group"], scores["gap_meta"], rtol=1e-6)
    for name in ("east", "west"):
        rows = region == name
        if model == "sbm":
            part = sample[rows]
            alone = efficiency(part[["a"]], part[["b"]], part[["c"]], model="sbm", returns="vrs").score
            np.testing.assert_allclose(scores.loc[rows, "gap_group"], alone, rtol=1e-7)
        assert scores.loc[rows, "gap_group"].max() == pytest.approx(1)


def test_groups_that_cannot_be_compared(sample, tmp_path):
    own = INPUTS | {"groups": "region", "model": "output"}
    for region, message in (
        ("east", "all units belong to east; a metafrontier needs two groups"),
        (
            np.where(sample.index == 0, "west", "east"),
            "group west: a single unit has nothing to be measured against",
        ),
        (
            np.where(sample.index == 5, None, "east"),
            r"城102 2002 has no region \(1 city-years have none\); complete",
        ),
    ):
        storage.write_wide(sample.assign(region=region), tmp_path / "sample.parquet", ["city", "year"])
        with pytest.raises(SampleError, match=rf"demo, indices\.gap.*{message}"):
            compute(tmp_path, "metafrontier", "gap", own)


@pytest.mark.parametrize(("kind", "extra"), [("radial_efficiency", {}), ("order_m", {"m": 9})])
def test_a_zero_input_names_city_and_year_in_radial_measures(sample, tmp_path, kind, extra):
    sample.loc[5, "c"] = 0.0
    storage.write_wide(sample, tmp_path / "sample.parquet", ["city", "year"])
    with pytest.raises(SampleError, match=r"demo, indices\.one: c .*城102 2002"):
        compute(tmp_path, kind, "one", INPUTS | extra)
    with pytest.raises(DeclarationError, match="key 'window' with frontier window, and only then"):
        compute(tmp_path, kind, "one", INPUTS | extra | {"window": 2})


def test_a_zero_output_names_city_and_year(sample, tmp_path):
    sample.loc[5, "b"] = 0.0
    storage.write_wide(sample, tmp_path / "sample.parquet", ["city", "year"])
    with pytest.raises(SampleError, match=r"demo, indices\.eff: b .*城102 2002"):
        compute(tmp_path, "efficiency", "eff", INPUTS | {"model": "sbm", "frontier": "yearly"})
    assert not list(tmp_path.glob("indices/eff.*"))


def test_a_column_that_nobody_declares_is_named(sample, tmp_path):
    with pytest.raises(SampleError, match="no column d; declare it"):
        compute(tmp_path, "productivity", "gml", INPUTS | {"inputs": ["d"]})


# Worked by hand from the equations of M1, as in the tests of entropy weights.
X = np.array([[1, 10, 5], [2, 8, 1], [3, 9, 4], [4, 2, 2], [5, 5, 3]], dtype=float)
WORKED = {
    "method": "entropy",
    "scale": 100,
    "sensitivity": {"bootstrap": 0},
    "dimensions": {"social": {"indicators": ["wage", "beds"]}, "ecological": {"indicators": ["-so2"]}},
}


def write_worked(tmp_path, values=X):
    frame = pd.DataFrame(values, columns=["wage", "so2", "beds"])
    frame.insert(0, "city", [110000, 110000, 120000, 120000, 130100])
    frame.insert(1, "year", [2003, 2004, 2003, 2004, 2003])
    storage.write_wide(frame, tmp_path / "sample.parquet", ("city", "year"))


def test_the_worked_example_is_written_with_its_weights(tmp_path):
    write_worked(tmp_path)
    scores, weights, _ = compute(tmp_path, "composite", "resilience", WORKED)
    assert list(scores) == ["city", "year", "resilience", "resilience_social", "resilience_ecological"]
    np.testing.assert_allclose(scores["resilience"], [29.2877, 17.6781, 41.7877, 70.7123, 69.8219], atol=1e-4)
    assert (scores["resilience_social"] + scores["resilience_ecological"] == scores["resilience"]).all()
    interval = ["conf_low", "conf_high"]
    assert list(weights) == ["indicator", "dimension", "sign", "weight", *interval, "entropy", "min", "max"]
    so2 = weights.set_index("indicator").loc["so2"]
    assert (so2["dimension"], so2["sign"], so2["min"], so2["max"]) == ("ecological", "-", 2, 10)
    assert so2["weight"] == pytest.approx(0.414245, abs=1e-6)


def test_index_and_indicator_are_named_in_errors(tmp_path):
    values = X.copy()
    values[1, 1] = np.nan
    write_worked(tmp_path, values)
    with pytest.raises(SampleError, match=r"demo, indices\.resilience: missing .* so2 1;"):
        compute(tmp_path, "composite", "resilience", WORKED)
    more = {**WORKED["dimensions"], "more": {"indicators": ["dust"]}}
    with pytest.raises(SampleError, match=r"demo, indices\.resilience: .*no column dust"):
        compute(tmp_path, "composite", "resilience", WORKED | {"dimensions": more})
    assert not list(tmp_path.glob("indices/*"))


def test_inequality_writes_the_measures(sample, tmp_path):
    storage.write_wide(
        sample.assign(region=np.where(sample["city"] < 107, "east", "west")),
        tmp_path / "sample.parquet",
        ["city", "year"],
    )
    own = {
        "of": "a",
        "groups": "region",
        "order": ["east", "west"],
        "bootstrap": 0,
        "permutations": 9,
        "years": [2001, 2004],
    }
    (rows,) = compute(tmp_path, "inequality", "gaps", own)
    assert set(rows["measure"]) >= {"gini", "gini_cell", "theil", "beta"}
    (again,) = compute(tmp_path, "inequality", "gaps", own)
    pd.testing.assert_frame_equal(rows, again)
    with pytest.raises(SampleError, match=r"demo, indices\.gaps: the sample has no column wealth"):
        compute(tmp_path, "inequality", "gaps", own | {"of": "wealth"})


# Declarations


class Declared:
    """As much of a study as indices look at."""

    years = (2001, 2004)

    def __init__(self, **declared):
        self.indices = {}
        for name, own in declared.items():
            kind = kinds().get("indices", own["kind"])
            params = kind.read({key: value for key, value in own.items() if key != "kind"})
            self.indices[name] = Entry(name, kind, params)
        region = SimpleNamespace(values={"east": None, "west": None})
        self.model = SimpleNamespace(variables=dict.fromkeys("abcd"), attributes={"region": region})

    @property
    def score_columns(self):
        return {column: name for name, entry in self.indices.items() for column in columns_of(entry)}

    def indices_of(self, columns):
        return sorted({self.score_columns[each] for each in columns if each in self.score_columns})

    def used_columns(self, references):
        return [column for each in references for column in each.columns]

    def fail(self, key, what):
        return DeclarationError(f"{key}: {what}")

    def check_known(self, key, name, known, what):
        if name not in list(known):
            raise self.fail(key, f"'{name}' is no {what}")

    def check_groups(self, key, name):
        self.check_known(key, name, self.model.attributes, "attribute in words")

    def completed(self, kind, **own):
        declared = kinds().get("indices", kind)
        return declared.complete(declared.read(own), self)


COMPOSITE = {"kind": "composite", "method": "critic", "dimensions": DIMENSIONS}


def test_columns_and_words_of_indices():
    study = Declared(
        idx=COMPOSITE | {"label": {"en": "Index", "zh": "指数"}},
        stretched=COMPOSITE | {"rescale": [0.01, 1.0]},
        near=COMPOSITE | {"aggregate": "topsis"},
        eff={"kind": "efficiency", **INPUTS},
        gml={"kind": "productivity", **INPUTS, "label": {"en": "Growth", "zh": "增长"}},
        gap={"kind": "metafrontier", **INPUTS, "groups": "region", "label": {"en": "Gap", "zh": "差距"}},
        om={"kind": "order_m", **INPUTS, "m": 20},
        gaps={"kind": "inequality", "of": "idx"},
    )
    assert study.score_columns == {
        **{"idx": "idx", "idx_first": "idx", "idx_second": "idx", "stretched": "stretched", "near": "near"},
        **{"eff": "eff", "gml": "gml", "gml_ec": "gml", "gml_tc": "gml", "gml_level": "gml"},
        **{"gap": "gap", "gap_meta": "gap", "gap_group": "gap", "om": "om"},
    }
    entry = study.indices["gap"]
    words = entry.kind.option("scores", None)(entry.params, "gap")
    assert words["gap_meta"]["en"] == "Gap (efficiency against all)" and words["gap"]["zh"] == "差距"
    entry = study.indices["gml"]
    words = entry.kind.option("scores", None)(entry.params, "gml")
    assert words["gml"]["zh"] == "增长" and words["gml_ec"]["en"] == "Growth (efficiency change)"
    assert words["gml_tc"]["zh"] == "增长 (技术变化)"
    entry = study.indices["idx"]
    words = entry.kind.option("scores", None)(entry.params, "idx")
    assert words["idx"]["en"] == "Index" and words["idx_first"]["en"] == "first"


def test_an_inequality_takes_order_and_components_from_the_study():
    study = Declared(idx=COMPOSITE, stretched=COMPOSITE | {"rescale": [0.01, 1.0]})
    full = study.completed("inequality", of="idx", groups="region")
    assert full.order == ["east", "west"] and full.components == ["idx_first", "idx_second"]
    assert study.completed("inequality", of="idx", components=False).components == []
    assert study.completed("inequality", of="stretched").components == []
    assert study.completed("inequality", of="a").components == []
    own = study.completed(
        "inequality", of="a", components=["b", "c"], groups="region", order=["west", "east"]
    )
    assert own.components == ["b", "c"] and own.order == ["west", "east"]
    marked = {(each.what, each.name) for each in kinds().get("indices", "inequality").references(full)}
    assert marked == {
        *(("column", name) for name in ("idx", "idx_first", "idx_second")),
        ("groups", "region"),
    }
    with pytest.raises(DeclarationError, match=r"order\[0\]: 'south' is no value of region"):
        study.completed("inequality", of="a", groups="region", order=["south"])
    with pytest.raises(DeclarationError, match="of: 'wealth' is no index or variable"):
        study.completed("inequality", of="wealth")


def test_indicators_are_marked_as_variables_with_their_signs():
    kind = kinds().get("indices", "composite")
    params = kind.read({key: value for key, value in COMPOSITE.items() if key != "kind"})
    assert [(each.what, each.name) for each in kind.references(params)] == [("variable", n) for n in "abc"]
    assert [(dimension, each.variable, each.sign) for dimension, each in params.indicators] == [
        ("first", "a", "+"), ("first", "b", "-"), ("second", "c", "+"),
    ]  # fmt: skip
    assert kind.params.model_validate(params.plain(), strict=False) == params


@pytest.mark.parametrize(
    ("kind", "own", "message"),
    [
        (
            "composite",
            {"dimensions": {"d": {"indicators": ["a", "-a"]}}},
            "dimensions: 'a' stands there twice",
        ),
        ("composite", {"method": "given", "given": {"a": 1.0, "b": 1.0}}, "given: 'c' has no entry"),
        ("composite", {"method": "given", "given": {"d": 1.0}}, "given: 'd' is no indicator of this index"),
        ("composite", {"normalise": "bounds", "bounds": {"a": [0.0, 1.0]}}, "bounds: 'b' has no entry"),
        ("composite", {"weights_from": [2000, 2002]}, "outside the sample's years 2001 to 2004"),
        ("composite", {"method": "given"}, "key 'given' with method given"),
        ("composite", {"bounds": {"a": [0.0, 1.0]}}, "no key 'bounds' with normalise pooled"),
        ("composite", {"quantiles": [0.1, 0.9]}, "no key 'quantiles' with normalise pooled"),
        ("composite", {"method": "cv", "normalise": "z_score"}, "another normalise with method cv"),
        ("composite", {"dimensions": {"d": {}}}, "either indicators or components"),
        ("composite", {"dimensions": {"d": {"indicators": ["--a"]}}}, "a variable, with - in front"),
        ("efficiency", {"inputs": ["a", "b"]}, r"desirable\[0\]: 'b' stands there twice"),
        ("efficiency", {"inputs": ["x"]}, r"inputs\[0\]: 'x' is no variable or index"),
        ("efficiency", {"inputs": ["eff"]}, r"inputs\[0\]: 'eff' is made of other indices"),
        ("efficiency", {"window": 3}, "key 'window' with frontier window, and only then"),
        ("efficiency", {"inputs": []}, "inputs"),
        ("productivity", {"undesirable": []}, "undesirable"),
    ],
)
def test_a_wrong_declaration_stops_before_anything_is_computed(kind, own, message):
    study = Declared(idx=COMPOSITE, eff={"kind": "efficiency", **INPUTS, "inputs": ["idx"]})
    base = {"method": "critic", "dimensions": DIMENSIONS} if kind == "composite" else INPUTS
    with pytest.raises(DeclarationError, match=message):
        study.completed(kind, **(base | own))


def test_an_efficiency_may_be_made_from_an_index_of_variables():
    study = Declared(idx=COMPOSITE)
    assert study.completed("efficiency", **(INPUTS | {"inputs": ["idx"]})).inputs == ["idx"]
