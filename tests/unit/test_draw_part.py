"""The job that makes a part: whatever the number of parts, the output has the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from compute_index import compute_index
from draw_part import draw_part
from estimate_specs import estimate_specs
from nianjian import storage
from nianjian.errors import EstimationError
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds
from nianjian.kinds.splitting import chunks_of, part_files
from nianjian.spatial import weights
from small_space import distances, line, line_panel
from small_specs import declared
from unit.estimators.test_placebo import simulate

SEED = 5
PLACEBO = {
    "estimator": "placebo",
    "outcome": "y",
    "treatment": "policy",
    "controls": ["a", "b"],
    "draws": 3730,
}
MEDIATION = {
    "estimator": "mediation", "outcome": "y", "treatment": "policy", "controls": ["b"], "mediators": ["a", "m"], "draws": 1230,
}  # fmt: skip
MATRICES = {
    "estimator": "compare_matrices", "outcome": "y", "treatment": "policy", "controls": ["x"], "model": "sar",
    "matrices": ["near", "far"], "grid": ["near", "far"], "cluster": None,
}  # fmt: skip
SPECS = {
    "permute": PLACEBO,
    "simple": PLACEBO | {"scheme": "simple", "treated": 9, "draws": 1230},
    "weighted": PLACEBO | {"weights": "weight", "cluster": "province", "draws": 1001},
    "mediation": MEDIATION,
    "one by one": MEDIATION | {"absorb": ["city", "half#year"], "draws": 501},
    "matrices": MATRICES,
}


@pytest.fixture(scope="module")
def panel():
    frame = simulate(cities=24, years=7)
    noise = np.random.default_rng(9).normal(size=len(frame))
    return frame.assign(m=0.4 * frame["policy"] + noise, half=frame["city"] // 100 % 20)


@pytest.fixture
def run(panel, tmp_path):
    """Bytes of a specification's estimates, made of so many parts."""

    def bytes_of(name: str, chunks: int) -> bytes:
        entry = declared(SPECS[name], "one")
        spatial = entry.kind.name == "compare_matrices"
        storage.write_wide(line_panel() if spatial else panel, tmp_path / "sample.parquet", ("city", "year"))
        inputs: dict[str, list[str]] = {}
        if spatial:
            for matrix, values in (("near", line()), ("far", distances())):
                made = weights.from_matrix(range(len(values)), values, name=matrix, islands="keep")
                weights.write(made, tmp_path / f"{matrix}.parquet")
            inputs["matrices"] = [str(tmp_path / "near.parquet"), str(tmp_path / "far.parquet")]
        plain = entry.plain()
        output = tmp_path / "estimates/one.parquet"
        split = chunks_of(len(entry.kind.pieces(entry.params)), entry.kind.block, chunks)
        files = part_files(str(output), split) if len(split) > 1 else []
        content = {"study": "uer", "section": "specs", "name": "one", "entry": plain}
        given = {"sample": [str(tmp_path / "sample.parquet")], **inputs}
        for piece, file in zip(split, files, strict=False):
            draw_part(content, given, piece, file, known=kinds(), seed=SEED)
        specs = {"one": {"entry": plain, "inputs": inputs}}
        estimate_specs(
            {"study": "uer", "folder": str(tmp_path), "specs": specs},
            tmp_path / "sample.parquet",
            known=kinds(),
            seed=SEED,
            parts=files,
        )
        return output.read_bytes()

    return bytes_of


@pytest.mark.parametrize("name", SPECS)
def test_estimates_have_the_same_bytes_for_any_number_of_chunks(run, name):
    alone = run(name, 1)
    for chunks in (2, 7, 10):
        assert run(name, chunks) == alone, chunks


def test_more_chunks_than_there_are_pieces_are_as_many_as_there_are_blocks(run):
    assert run("matrices", 5000) == run("matrices", 1)


def test_the_blocks_are_several(panel):
    counts = {
        name: declared(own).kind.chunks(declared(own | {"chunks": 5000}).params)
        for name, own in SPECS.items()
    }
    assert {name: len(found) for name, found in counts.items()} == {
        "permute": 8, "simple": 3, "weighted": 3, "mediation": 3, "one by one": 2, "matrices": 13
    }  # fmt: skip
    assert counts["permute"][-1] == range(3500, 3730)


def test_errors_of_a_part_name_the_specification_and_the_draw(run, panel):
    with pytest.raises(
        EstimationError, match=r"^spec 'one': .*treated is 25, .* \(config/studies/uer\.yaml, specs\.one\)"
    ):
        SPECS["wide"] = SPECS["simple"] | {"treated": 25}
        try:
            run("wide", 3)
        finally:
            del SPECS["wide"]


@pytest.fixture
def gaps(tmp_path):
    """Bytes of an inequality, made of so many parts."""
    rng = np.random.default_rng(3)
    frame = simulate(cities=14, years=5)[["city", "year", "province"]].assign(
        a=lambda own: rng.lognormal(size=len(own)), b=lambda own: rng.lognormal(size=len(own))
    )
    frame = frame.assign(
        score=frame["a"] + frame["b"], region=np.where(frame["province"] < 4, "east", "west")
    )
    # A year that the sample lost is a piece without rows.
    storage.write_wide(frame[frame["year"] != 2012], tmp_path / "sample.parquet", ("city", "year"))

    def bytes_of(chunks: int, **changes) -> bytes:
        own = {
            "of": "score", "groups": "region", "order": ["east", "west"], "components": ["a", "b"], "bootstrap": 9,
            "permutations": 9, "years": [2010, 2014],
        } | changes  # fmt: skip
        kind = kinds().get("indices", "inequality")
        entry = Entry("gaps", kind, kind.read(own, "config/studies/uer.yaml", "indices.gaps"))
        content = {"study": "uer", "section": "indices", "name": "gaps", "entry": entry.plain()}
        output = tmp_path / "indices/gaps.parquet"
        inputs = {"sample": [str(tmp_path / "sample.parquet")]}
        split = chunks_of(len(kind.pieces(entry.params)), kind.block, chunks)
        files = part_files(str(output), split) if len(split) > 1 else []
        for piece, file in zip(split, files, strict=False):
            draw_part(content, inputs, piece, file, known=kinds(), seed=SEED)
        compute_index(content, {**inputs, "parts": files}, {"scores": output}, known=kinds(), seed=SEED)
        return Path(output).read_bytes()

    return bytes_of


def test_an_index_has_the_same_bytes_for_any_number_of_chunks(gaps, tmp_path):
    alone = gaps(1)
    rows = storage.read_table(tmp_path / "indices/gaps.parquet")
    assert sorted(rows["year"].dropna().unique()) == [2010, 2011, 2013, 2014]
    for chunks in (2, 3, 40):
        assert gaps(chunks) == alone, chunks


def test_years_of_an_inequality_are_those_that_are_asked_for(gaps, tmp_path):
    gaps(2, years=[2011, 2013])
    rows = storage.read_table(tmp_path / "indices/gaps.parquet")
    assert sorted(rows["year"].dropna().unique()) == [2011, 2013]
