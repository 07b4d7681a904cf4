"""Words on every kind of figure neither overlap nor are cut off, in whatever way figures may look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nianjian import plan
from nianjian.declarations import store
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.appearance import Appearance
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.registry import kinds
from nianjian.publish.figures import canvas, measuring
from nianjian.publish.figures.captions import caption
from nianjian.publish.figures.drawing import points
from nianjian.publish.figures.font_choice import Choice
from nianjian.publish.figures.tidying import tidy
from nianjian.reuse import facts_of

LOOKS = [
    Appearance(),
    Appearance(title=True),
    Appearance.model_validate({"font": "serif", "title": True, "map": {"review_number": "GS(2024)0650号"}}),
]
Drawn = tuple[str, Entry, Data, Facts, str]


def one_of_each_kind(every: bool = False) -> Iterator[Drawn]:
    """A figure of each kind that the built-in studies draw, in the folder of a run."""
    found, seen = kinds(), set()
    for job in plan.load({}, layers=Layers((Path("config").resolve(),))).stage("figures"):
        declared = store.read(job.params["declared"])
        for name, item in declared["items"].items():
            entry = Entry.read(found, "figures", name, item["entry"])
            if every or entry.kind.name not in seen:
                seen.add(entry.kind.name)
                facts = Facts.read(facts_of(declared["facts"], item["specs"]), found)
                yield (
                    declared["study"],
                    entry,
                    Data(item["inputs"], declared["folder"], name),
                    facts,
                    job.params["origin"],
                )


def faults(drawn: Drawn, look: Appearance) -> list[str]:
    """What is wrong with the words of a figure in each language, laid out as it is before it is saved."""
    study, entry, data, facts, origin = drawn
    context = PublishContext(study, "figures", entry.name, facts=facts, origin=origin, appearance=look)
    drawing = entry.kind.build(entry.params, data, context)
    shown, wrong = points(drawing, entry.name), []
    for language in ("en", "zh"):
        with canvas.style(language, (), Choice.of(look)):
            page = drawing.draw(language)
            said = caption(drawing.about, shown, page, entry.params, context, language)
            canvas.mark(page, origin, said.title if look.title else "")
            tidy(page)
            wrong += [f"{study} {entry.name} {language}: {each}" for each in measuring.measure(page).faults]
    return wrong


def test_the_built_in_studies_draw_every_kind_but_two(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """These two are drawn, and measured by ``drawn.draw``, in tests of their own."""
    monkeypatch.chdir(project)
    drawn = {entry.kind.name for _, entry, *_ in one_of_each_kind()}
    assert set(kinds().family("figures")) - drawn == {"coefficients", "honest_did"}


@pytest.mark.parametrize("look", LOOKS, ids=["plain", "title", "serif"])
def test_words_of_every_kind_neither_overlap_nor_are_cut_off(
    look: Appearance, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    assert [fault for drawn in one_of_each_kind() for fault in faults(drawn, look)] == []
