"""Parts of what is split: gathered in order, and none that was made for something else."""

from __future__ import annotations

import re
import sys

import pandas as pd
import pytest

from nianjian.errors import DeclarationError
from nianjian.files import StorageError
from nianjian.kinds import drawn
from nianjian.kinds.registry import kinds
from nianjian.kinds.splitting import chunks_of, part_files

TOY = '''"""Squares of some numbers."""

from pydantic import Field

from nianjian.kinds.base import Chunks, Params as Base

BLOCK = 3


class Params(Base):
    """What it says."""

    draws: int = Field(10, ge=0, description="how many")
    chunks: Chunks = 1


def pieces(params):
    return params.draws


def drawer(params, data, context):
    import pandas as pd

    def draw(piece):
        # A block of whole numbers beside one of fractions, of words beside one without.
        return pd.DataFrame({
            "square": [number**2 if number < 3 else number**2 / 4 for number in piece],
            "word": [None if number < 3 else str(number) for number in piece],
            "block": [f"{piece.start}-{piece.stop}"] * len(piece),
        })

    return draw


def build(params, data, context, drawn):
    return drawn
'''


@pytest.fixture
def toy(tmp_path):
    """A kind of a workspace with something changed."""

    def made(old: str = "", new: str = ""):
        path = tmp_path / "kinds" / "estimators" / "toy.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TOY.replace(old, new) if old else TOY, encoding="utf8")
        return kinds([tmp_path / "kinds"]).get("estimators", "toy")

    yield made
    for name in [name for name in sys.modules if name.startswith("nianjian_workspace_")]:
        del sys.modules[name]


def written(kind, params, folder, chunks, digest="d"):
    """Files of the parts of a split."""
    split = chunks_of(len(kind.pieces(params)), kind.block, chunks)
    files = part_files(str(folder / "toy.parquet"), split)
    for piece, file in zip(split, files, strict=True):
        drawn.write_part(drawn.draw(kind, params, None, None, piece), file, piece, digest)
    return files


@pytest.mark.parametrize("draws", [1, 3, 10, 11])
@pytest.mark.parametrize("chunks", [1, 2, 3, 50])
def test_what_is_gathered_is_what_one_job_makes(toy, tmp_path, draws, chunks):
    kind = toy()
    params = kind.read({"draws": draws})
    alone = drawn.built(kind, params, None, None)
    assert alone["square"].tolist() == [n**2 if n < 3 else n**2 / 4 for n in range(draws)]
    assert alone["block"].iloc[-1] == f"{(draws - 1) // 3 * 3}-{draws}"
    files = written(kind, params, tmp_path, chunks)
    gathered = drawn.built(kind, params, None, None, files[::-1], "d")
    pd.testing.assert_frame_equal(gathered, alone, check_exact=True)


def test_without_pieces_nothing_is_drawn(toy):
    kind = toy("def drawer(params, data, context):", "def drawer(params, data, context):\n    1 / 0")
    assert drawn.built(kind, kind.read({"draws": 0}), None, None).empty
    with pytest.raises(ZeroDivisionError):
        drawn.built(kind, kind.read({"draws": 1}), None, None)


def test_a_part_of_another_declaration_is_refused(toy, tmp_path):
    kind = toy()
    params = kind.read({})
    files = written(kind, params, tmp_path, 4)
    with pytest.raises(
        StorageError, match=r"1-3\.parquet: it was drawn for another declaration or seed; delete it"
    ):
        drawn.built(kind, params, None, None, files, "other")
    pd.DataFrame({"square": [1.0]}).to_parquet(files[0])
    with pytest.raises(StorageError, match="another declaration"):
        drawn.built(kind, params, None, None, files, "d")


def test_parts_of_two_splits_are_never_mixed(toy, tmp_path):
    kind = toy()
    params = kind.read({})
    thirds, halves = written(kind, params, tmp_path, 4), written(kind, params, tmp_path, 2)
    assert set(thirds) & set(halves) == set()
    for wrong in (
        [*thirds, halves[0]],
        thirds[1:],
        thirds[:-1],
        [halves[0], thirds[1]],
        [*halves, halves[1]],
    ):
        with pytest.raises(StorageError, match=r"toy\.parts: of 10 pieces the parts hold .* delete them"):
            drawn.built(kind, params, None, None, wrong, "d")
    with pytest.raises(StorageError, match="of 9 pieces the parts hold 1 to 6, 7 to 10"):
        drawn.built(kind, kind.read({"draws": 9}), None, None, halves, "d")


def test_what_they_were_made_from_counts_the_seed_and_the_entry_alone():
    declared = {"study": "s", "name": "n", "entry": {"kind": "k", "params": {"draws": 3}}}
    known = drawn.made_from(declared, 1)
    assert drawn.made_from({**declared, "folder": "f", "inputs": {}}, 1) == known
    others = [
        drawn.made_from(declared, 2),
        drawn.made_from({**declared, "name": "m"}, 1),
        drawn.made_from({**declared, "study": "t"}, 1),
        drawn.made_from({**declared, "entry": {"kind": "k", "params": {"draws": 4}}}, 1),
    ]
    assert len({known, *others}) == 5


def test_the_number_of_chunks_is_no_part_of_what_is_declared(toy):
    kind = toy()
    one, many = kind.read({}), kind.read({"chunks": 7})
    assert one.plain() == many.plain() == {"draws": 10}
    assert kind.chunks(one) == [] and kind.chunks(many) == [
        range(0, 3),
        range(3, 6),
        range(6, 9),
        range(9, 10),
    ]
    assert kind.chunks(kind.read({"draws": 3, "chunks": 7})) == [], "one block is one job's"
    with pytest.raises(DeclarationError, match=r"chunks: .*1"):
        kind.read({"chunks": 0}, "a.yaml", "specs.toy")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    chunks: Chunks = 1\n", ""),
        ("chunks: Chunks = 1", 'chunks: int = Field(1, description="a number")'),
        ("def pieces(params):\n    return params.draws\n", "def drawer_only():\n    pass\n"),
    ],
)
def test_a_kind_that_is_split_by_half_is_told_what_is_missing(toy, old, new):
    kind = toy(old, new)
    if "drawer_only" in new:
        with pytest.raises(
            DeclarationError, match=r"toy\.py: there is no pieces; .* over jobs pieces and drawer"
        ):
            kind.pieces(kind.read({}))
    else:
        message = "kinds/estimators/toy.py: what can be split over jobs has pieces, drawer, and a key chunks: Chunks = 1"
        with pytest.raises(DeclarationError, match=re.escape(message)):
            kind.read({})


def test_a_kind_that_cannot_be_split_has_no_such_key():
    with pytest.raises(DeclarationError, match="chunks"):
        kinds().get("estimators", "twfe").read(
            {"outcome": "y", "treatment": "d", "chunks": 2}, "a.yaml", "specs.a"
        )
    split = {
        family: {n for n, k in kinds().family(family).items() if k.splits}
        for family in ("estimators", "indices")
    }
    splittable = {"placebo", "mediation", "compare_matrices", "compare_models"}
    assert split == {"estimators": splittable, "indices": {"inequality"}}
