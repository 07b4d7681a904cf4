"""docs/images/architecture.svg shows the packages and imports of the code."""

import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
WHAT_IS_THERE = {
    path.name for path in (ROOT / "scripts" / "nianjian").iterdir() if (path / "__init__.py").is_file()
}


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "docs"), *sys.path])
        return import_module("draw_architecture")


def drawn(drawing: ModuleType, what: str) -> list[str]:
    text = drawing.PICTURE.read_text(encoding="utf8")
    return sorted(each.replace("&gt;", ">") for each in re.findall(rf'id="{what}:([^"]+)"', text))


def test_its_boxes_are_the_packages(drawing: ModuleType) -> None:
    found = drawing.read()
    assert drawn(drawing, "box") == sorted([*found.direct, drawing.GROUND])
    assert {name.split(".")[0] for name in found.direct} >= WHAT_IS_THERE
    text = drawing.PICTURE.read_text(encoding="utf8")
    assert all(re.search(rf"\b{module}\b", text) for module in found.ground)


def test_its_arrows_are_the_imports(drawing: ModuleType) -> None:
    wanted = sorted(f"{start}>{end}" for start, end, _ in drawing.read().arrows)
    assert drawn(drawing, "arrow") == wanted, "run python docs/draw_architecture.py"
    assert "plan>declarations" in wanted


def test_only_declarations_and_kinds_know_each_other(drawing: ModuleType) -> None:
    together = [own for own in drawing.knots(drawing.read().direct) if len(own) > 1]
    assert together == [{"declarations", "kinds"}]


def test_nothing_shared_names_a_kind(drawing: ModuleType) -> None:
    families = {
        f"kinds.{family}" for family in ("estimators", "tables", "figures", "indices", "matrices", "sources")
    }
    found = drawing.read()
    for graph in (found.direct, found.deferred):
        assert not {name for name, own in graph.items() if own & families}


def test_it_is_small(drawing: ModuleType) -> None:
    assert drawing.PICTURE.stat().st_size < 300_000
