"""A matrix of the user's own from a file: every form gives the same, and every mistake is named with its cell."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy import sparse

from nianjian.declarations.layers import CONFIG
from nianjian.errors import DeclarationError, InputError, NianjianError, SampleError
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds
from nianjian.spatial import building
from nianjian.spatial.weights import SpatialWeights
from small_space import SEATS, sample

CITIES = list(SEATS)
NAMES = [name for name, _, _ in SEATS.values()]
REFERENCE = pd.DataFrame.from_dict(SEATS, orient="index", columns=["name_zh", "lon", "lat"])
REFERENCE = REFERENCE.rename_axis("city").reset_index()
BOOK = {
    f"names_{name}": [str(CONFIG / f"reference/{name}.csv")]
    for name in ("cities", "city_names", "former_codes", "county_cities")
}
W = np.array(
    [
        [0, 3, 1, 2, 0, 0.5],
        [3, 0, 0, 2.5, 0, 1],
        [1, 0, 0, 0, 4, 0.25],
        [2, 2.5, 0, 0, 0, 1],
        [0, 0, 4, 0, 0, 1],
        [0.5, 1, 0.25, 1, 1, 0],
    ]
)  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """The workspace in which a job runs."""
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)


def put(name: str, content: str | bytes) -> str:
    path = Path("data") / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path.as_posix()


def frame() -> pd.DataFrame:
    found = sample()
    return found.assign(city_name=found["city"].map(dict(zip(CITIES, NAMES, strict=True))))


def data_of(
    file: str, own: pd.DataFrame | None = None, book: dict[str, list[str]] | None = None, **more: object
) -> building.MatrixData:
    kind = kinds().get("matrices", "file")
    params = kind.read({"file": file, **more}, "config/studies/demo.yaml", "spatial_weights.w")
    entries = {"w": Entry("w", kind, params)}
    return building.matrix_data(
        entries, frame() if own is None else own, REFERENCE, {"w": BOOK if book is None else book}
    )


def build(file: str, **more: object) -> SpatialWeights:
    return data_of(file, **more).part("w")  # type: ignore[arg-type]


def square(labels: list[object], weights: np.ndarray = W, corner: str = "") -> list[list[object]]:
    return [[corner, *labels], *([label, *row] for label, row in zip(labels, weights.tolist(), strict=True))]


def csv(rows: list[list[object]], mark: str = ",") -> str:
    return "".join(mark.join(map(str, row)) + "\n" for row in rows)


def xlsx(name: str, rows: list[list[object]], sheet: str = "W") -> str:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(Path("data") / name)
    return f"data/{name}"


def pairs(weights: np.ndarray = W) -> list[list[object]]:
    found = [[NAMES[i], NAMES[j], weights[i, j]] for i in range(6) for j in range(6) if weights[i, j]]
    return [["from", "to", "weight"], *found]


def assert_same(made: SpatialWeights, weights: np.ndarray = W) -> None:
    assert made.cities == tuple(CITIES)
    np.testing.assert_array_equal(made.raw.toarray(), weights)
    np.testing.assert_allclose(
        made.matrix.toarray(), weights / weights.sum(axis=1, keepdims=True), atol=1e-15
    )


def written() -> dict[str, str]:
    """The same weights in every form that is read."""
    labels: list[list[object]] = [NAMES, CITIES, ["北京", "Tianjin", 1301, "河北唐山", "太原", 310100]]
    frame = pd.DataFrame(W, columns=[f"w{i}" for i in range(6)])
    named = frame.assign(name=NAMES)[["name", *frame.columns]]
    named.to_stata("data/rows.dta", write_index=False, version=118)
    named.to_stata(
        "data/labels.dta",
        write_index=False,
        version=118,
        variable_labels=dict(zip(frame.columns, NAMES, strict=True)),
    )
    np.savez("data/dense.npz", w=W, ids=np.array(CITIES))
    csr = sparse.csr_array(W)
    np.savez(
        "data/sparse.npz", format=np.array("csr"), shape=csr.shape, data=csr.data, indices=csr.indices, indptr=csr.indptr,
        ids=np.array(NAMES),
    )  # fmt: skip
    heads = csv([[*NAMES]], " ") + csv(
        [[name, *row] for name, row in zip(NAMES, W.tolist(), strict=True)], " "
    )
    gwt = "0 6 cities CODE\n" + "".join(
        f"{CITIES[i]} {CITIES[j]} {W[i, j]}\n" for i, j in zip(*np.nonzero(W), strict=True)
    )
    files = {f"square {at}": put(f"square{at}.csv", csv(square(own))) for at, own in enumerate(labels)}
    return files | {
        "gbk": put("gbk.csv", csv(square(NAMES)).encode("gbk")),
        "bom": put("bom.csv", csv(square(NAMES)).encode("utf-8-sig")),
        "tabs": put("tabs.txt", csv(square(NAMES), "\t")),
        "as R writes it": put("r.txt", heads),
        "workbook": xlsx("w.xlsx", square(CITIES)),
        "pairs": put("pairs.csv", csv(pairs())),
        "pairs in a workbook": xlsx("pairs.xlsx", pairs()),
        "labels of a stata file": "data/labels.dta",
        "array": "data/dense.npz",
        "sparse": "data/sparse.npz",
        "gwt": put("w.gwt", gwt),
    }


def test_every_form_gives_the_same_weights():
    for file in written().values():
        assert_same(build(file))
    assert_same(build("data/rows.dta", labels="rows"))


def test_the_order_of_rows_and_columns_changes_nothing():
    rng = np.random.default_rng(1)
    for number in range(5):
        rows, columns = rng.permutation(6), rng.permutation(6)
        table = [["", *(NAMES[j] for j in columns)], *([NAMES[i], *W[i, columns].tolist()] for i in rows)]
        assert_same(build(put(f"{number}.csv", csv(table))))
        head, *body = pairs()
        assert_same(build(put(f"p{number}.csv", csv([head, *(body[k] for k in rng.permutation(len(body)))]))))


def test_gal_links_are_the_ones_of_pairs_and_of_an_array():
    links = (W > 0).astype(float)
    gal = "6\n" + "".join(
        f"{CITIES[i]} {int(links[i].sum())}\n{' '.join(str(CITIES[j]) for j in np.flatnonzero(links[i]))}\n"
        for i in range(6)
    )
    assert_same(build(put("w.gal", gal)), links)
    two = [["a", "b"], *([row[0], row[1]] for row in pairs()[1:])]
    assert_same(build(put("two.csv", csv(two)), pairs=["a", "b"]), links)


def test_a_matrix_without_names_needs_their_order():
    bare = put("bare.csv", csv(W.tolist()))
    with pytest.raises(
        InputError,
        match=r"bare\.csv: neither its first row nor its first column names cities \(A1 holds '0\.0'\)",
    ):
        build(bare)
    assert_same(build(bare, ids=NAMES))
    assert_same(build(bare, ids=put("ids.csv", "城市\n" + "\n".join(NAMES) + "\n")))
    with pytest.raises(InputError, match="6 rows by 6 columns of weights for 2 cities"):
        build(bare, ids=NAMES[:2])
    heads = put("heads.csv", csv([NAMES, *W.tolist()]))
    assert_same(build(heads, labels="columns"))
    with pytest.raises(InputError, match="has a row of names, so ids: has nothing to say"):
        build(heads, ids=NAMES)


def test_cities_beyond_the_sample_are_left_out_and_missing_ones_named(caplog):
    caplog.set_level(logging.INFO)
    big = np.zeros((8, 8))
    big[:6, :6] = W
    big[0, 6] = big[7, 1] = 9
    assert_same(build(put("big.csv", csv(square([*NAMES, "广州市", "襄樊"], big)))))
    assert "weights w: 2 of the file's 8 cities are not in the sample: 广州市, 襄樊" in caplog.text
    labels = ["北京市", "天津市", "石家庄市", "唐山市", "太原氏", "义乌"]
    with pytest.raises(SampleError) as caught:
        build(put("few.csv", csv(square(labels))))  # type: ignore[arg-type]
    text = str(caught.value)
    assert text.startswith(
        "data/few.csv: no weights for 2 of the sample's 6 cities: 太原市 (140100), 上海市 (310000); add them"
    )
    assert "A6: no prefecture-level city is called '太原氏'; did you mean '太原市'?" in text
    assert "A7: no prefecture-level city is called '义乌'; 义乌市 is a county-level city of 浙江省" in text


def test_units_of_an_own_sample_are_matched_by_their_identifiers():
    own = pd.DataFrame({"city": [1, 2, 3], "city_name": ["firm b", "2", "310000"], "year": 2010, "gdp": 1.0})
    weights = np.array([[0, 1, 2], [1, 0, 0], [2, 0, 0]])
    file = put("firms.csv", csv(square(["310000", "firm b", "2"], weights)))
    made = data_of(file, own, {}).part("w")
    assert made.cities == (1, 2, 3)
    np.testing.assert_array_equal(made.raw.toarray(), [[0, 0, 1], [0, 0, 2], [1, 2, 0]])


def test_weights_are_standardised_as_asked():
    file = put("w.csv", csv(square(NAMES)))
    np.testing.assert_array_equal(build(file, standardise="none").matrix.toarray(), W)
    spectral = build(file, standardise="spectral")
    largest = np.abs(np.linalg.eigvals(W)).max()
    np.testing.assert_allclose(spectral.matrix.toarray(), W / largest, rtol=1e-12)
    assert np.abs(spectral.eigenvalues).max() == pytest.approx(1) and not spectral.standardised


def test_what_there_is_to_say_is_stored_with_each_cell(caplog):
    caplog.set_level(logging.INFO)
    data = data_of(xlsx("w.xlsx", square(NAMES)))
    building.write_summary("w", data.part("w"), "w.summary.parquet")
    building.write_cells(data.cells["w"], "w.cells.parquet")
    told = pd.read_parquet("w.summary.parquet").set_index("property")["value"]
    assert (told["kind"], told["links"], told["symmetric"], told["islands"]) == ("file", "20", "True", "0")
    assert told["parameter file"] == "data/w.xlsx" and told["parameter sheet"] == "W"
    cells = pd.read_parquet("w.cells.parquet").set_index(["city", "neighbour"])["cell"]
    assert len(cells) == 20 and cells[110000, 120000] == "C2" and cells[310000, 140100] == "F7"
    assert "weights w: symmetric" in caplog.text


def changed(at: tuple[int, int], value: object) -> list[list[object]]:
    table = square(NAMES)
    table[at[0]][at[1]] = value
    return table


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        (changed((2, 3), ""), {}, "1 weights cannot be used; .*\n  D3: is blank"),
        (changed((2, 3), -1), {}, "D3: '-1' is negative"),
        (changed((2, 3), "far"), {}, "D3: 'far' is no number"),
        (changed((2, 3), "nan"), {}, "D3: 'nan' is no number"),
        (changed((2, 2), 1), {}, r"weights of cities for themselves: 天津市 \(120000\) \(C3\); expected zeros .*diagonal: zero"),
        (changed((3, 0), "天津"), {}, "no rows for the columns 石家庄市; no columns for the rows 天津"),
        (changed((0, 3), "天津市"), {}, "twice among the columns: 天津市; no columns for the rows 石家庄市.* labels: rows"),
        (square(["北京", "北京市", *NAMES[2:]]), {}, "'北京' .*and '北京市' .*are one city"),
        (square(NAMES)[:-1], {}, "5 rows by 6 columns of weights for 5 cities"),
        ([*pairs(), pairs()[1]], {}, "C22: 北京市 to 天津市 stands in C2 already"),
        ([["from", "to", "weight"], ["北京市", "", 1]], {}, "A2: one of the two cities is blank"),
        (square(NAMES, np.where(np.arange(6)[:, None] == 4, 0, W)), {}, r"no neighbours for 太原市 \(140100\).*islands: keep"),
        (square(NAMES), {"pairs": ["i", "j"]}, r"no row of heads has i, j \(pairs\)"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_with_its_cell(rows, more, message):
    with pytest.raises(NianjianError, match=message):
        build(put("w.csv", csv(rows)), **more)


def test_what_is_allowed_is_said(caplog):
    assert_same(build(put("blank.csv", csv(changed((1, 5), ""))), blank="zero"))
    assert_same(build(put("loop.csv", csv(changed((2, 2), 1))), diagonal="zero"))
    assert "1 weights of cities for themselves are left out: 天津市 (120000) (C3)" in caplog.text
    lonely = np.where(np.arange(6)[:, None] == 4, 0, W)
    assert build(put("lonely.csv", csv(square(NAMES, lonely))), islands="keep").islands == (140100,)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.gal", "two\n", "line 1: expected the number of cities"),
        ("w.gal", "2\n110000 1\n120000 310000\n", "line 3: 2 neighbours where line 2 says 1"),
        ("w.gal", "2\n110000 1\n120000\n", "line 1 says 2 cities, 1 have a line, and neighbours that have none: 120000"),
        ("w.gwt", "0 2 s c\n110000 120000 much\n", "line 2: expected city, neighbour and weight"),
        ("w.gwt", "0 2 s c\n1 2 1\n1 2 3\n", "line 3: 1 to 2 stands in line 2 already"),
        ("w.npz", b"no", "cannot be read as arrays"),
    ],
)  # fmt: skip
def test_files_of_spatial_programs_name_their_line(name, content, message):
    with pytest.raises(InputError, match=message):
        build(put(name, content))


def test_a_declaration_names_files_that_are_there(tmp_path):
    import small_studies

    def declared(study):
        study["spatial_weights"] = {"mine": {"kind": "file", "file": "data/weight.xlsx"}}

    put("weights.xlsx", b"")
    with pytest.raises(DeclarationError) as caught:
        small_studies.read(small_studies.write(tmp_path / "config", declared))
    assert str(caught.value) == (
        "config/studies/uer.yaml, spatial_weights.mine.file: the workspace has no data/weight.xlsx; did you mean 'data/weights.xlsx'?"
    )


@pytest.mark.parametrize("standardise", ["none", "spectral"])
@pytest.mark.parametrize(
    ("own", "key"),
    [
        ({"estimator": "spatial_panel", "matrix": "mine"}, "matrix"),
        ({"estimator": "dynamic_spatial_panel", "matrix": "mine"}, "matrix"),
        ({"estimator": "compare_models", "matrices": ["mine"]}, r"matrices\[0\]"),
        ({"estimator": "compare_matrices", "matrices": ["mine", "mine2"]}, r"matrices\[0\]"),
    ],
)
def test_spatial_panels_refuse_rows_that_do_not_sum_to_one(tmp_path, standardise, own, key):
    import small_studies

    def declared(study):
        mine = {"kind": "file", "file": "data/w.csv", "standardise": standardise}
        study["spatial_weights"] = {"mine": mine, "mine2": mine}
        study["specs"]["space"] = {"outcome": "lngdp", "controls": ["lnpop"], "cluster": None, **own}

    put("w.csv", csv(square(NAMES)))
    with pytest.raises(
        DeclarationError,
        match=f"specs.space.{key}: matrix 'mine' has standardise: {standardise}, but the model needs",
    ):
        small_studies.read(small_studies.write(tmp_path / "config", declared))
