"""The reference pages, ``docs/reference``: every kind and key, written from the models that check declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from nianjian.declarations import types
from nianjian.declarations.models.config import Config
from nianjian.declarations.models.corrections import CorrectionFile
from nianjian.declarations.models.headlines import Headlines
from nianjian.declarations.models.ignored import Ignored
from nianjian.declarations.models.items import Checks, Item
from nianjian.declarations.models.reading import Reading
from nianjian.declarations.models.resources import Resources
from nianjian.declarations.models.study import MOVED, StudyFile
from nianjian.declarations.models.style import Style
from nianjian.declarations.models.topics import Topic
from nianjian.declarations.schemas import FILLED_IN
from nianjian.declarations.specs import Stepwise
from nianjian.formulas import catalogue
from nianjian.formulas.examples import OPERATORS
from nianjian.kinds.registry import Kind, Kinds

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "reference"
MADE = "Written by `make docs` from the models that check declarations; not by hand."
FORMULAS = (
    "A variable of a study is a formula of [items](items.md), of variables above it, of attributes, and of `city` and `year`: "
    "`lngdp: ln(gdp_pc)`. Every name stands for a column in its declared unit, and the unit of the result follows: "
    "adding tonnes to yuan is an error. A bare number takes the unit of what it is added to or compared with. A gap stays a gap. "
    "Division by zero and logarithms of numbers at or below 0 are errors, or gaps with `on_zero: missing`."
)
FAMILIES = {
    "estimators": (
        "Estimators",
        "Entries of a study's `specs:`, by `estimator:`. Every one also takes `label` (what tables call it), `note`, "
        "`extends` (another specification, whose keys hold where this one says nothing; null takes one back), and "
        "`add_<key>` for a key that holds a list: entries behind the inherited ones. `treatment`, left out, is the study's.",
    ),
    "indices": ("Indices", "Entries of a study's `indices:`, by `kind:`; `composite` where it is left out."),
    "matrices": ("Weight matrices", "Entries of a study's `spatial_weights:`, by `kind:`."),
    "tables": (
        "Tables",
        "Entries of a study's `tables:`, by `kind:`. The name of an entry is the table's number.",
    ),
    "figures": (
        "Figures",
        "Entries of a study's `figures:`, by `kind:`. The name of an entry is the figure's number.",
    ),
    "sources": ("Sources", "Files of `config/sources`, by `type:`."),
}
"""Page of each family of kinds: title, and where its entries stand."""
WORDS = (
    "**words** are `{en: ..., zh: ...}`, or one text for all languages. A **column** is a variable, index, dimension of an "
    "index, policy, attribute or group of the study. A key without a default must be there."
)


def write(folder: str | Path, known: Kinds) -> list[Path]:
    """Write all pages; returns their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(known).items():
        (folder / name).write_text(text, encoding="utf8")
    return [folder / name for name in pages(known)]


def pages(known: Kinds) -> dict[str, str]:
    """Text of every page by file name."""
    found = {
        f"{family}.md": _page(title, about, _kinds(known.family(family).values()))
        for family, (title, about) in FAMILIES.items()
    }
    found["study.md"] = _page(
        "A study",
        "A file of `config/studies`: the keys of [StudyFile](#studyfile). Entries of [`specs`](estimators.md), "
        "[`indices`](indices.md), [`spatial_weights`](matrices.md), [`tables`](tables.md) and [`figures`](figures.md) have "
        "pages of their own, since their keys follow from their kind.",
        _study(),
    )
    found["files.md"] = _page("Other files of config", "What else may stand in `config`.", _files())
    found["formulas.md"] = _page("Formulas", FORMULAS, _functions(), words=False)
    return {"README.md": _contents(known), **found}


def _page(title: str, about: str, body: Iterable[str], *, words: bool = True) -> str:
    head = [f"# {title}", "", MADE, "", about, "", *([WORDS, ""] if words else [])]
    return "\n".join([*head, *body]).rstrip("\n") + "\n"


def _contents(known: Kinds) -> str:
    lines = ["# Reference", "", MADE, ""]
    lines += [
        "- [A study](study.md), [formulas](formulas.md), [items](items.md), [other files of config](files.md)"
    ]
    for family, (title, _) in FAMILIES.items():
        names = ", ".join(f"[`{name}`]({family}.md#{name})" for name in known.family(family))
        lines.append(f"- [{title}]({family}.md): {names}")
    return "\n".join(lines) + "\n"


def _kinds(kinds: Iterable[Kind]) -> Iterator[str]:
    """A section a kind; models that its keys hold stand behind all of them, each once."""
    inner: list[type[BaseModel]] = []
    for kind in kinds:
        yield from (f"## {kind.name}", "", kind.summary, "")
        former = kind.option("FORMERLY", ())
        if former:
            yield from (f"Formerly {', '.join(f'`{each}`' for each in former)}.", "")
        yield from _keys(kind.params)
        for model in types.nested_of(kind.params):
            if model not in inner:
                inner.append(model)
    yield from _models(inner)


def _models(models: Iterable[type[BaseModel]]) -> Iterator[str]:
    for model in models:
        yield from (f"## {model.__name__}", "", _summary(model), "")
        yield from _keys(model)


def _summary(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ").replace("``", "`")


def _keys(model: type[BaseModel]) -> Iterator[str]:
    """The table of a model's keys."""
    yield from ("| key | holds | default | |", "|---|---|---|---|")
    for name, field in model.model_fields.items():
        left_out = "the study's" if name in FILLED_IN and field.is_required() else types.default_of(field)
        cells = [f"`{field.alias or name}`", types.of_field(field), left_out, field.description or ""]
        yield "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"
    yield ""
    former: dict[str, str] = getattr(model, "formerly", {})
    if former:
        yield from (f"Former names: {', '.join(f'`{old}` is `{new}`' for old, new in former.items())}.", "")


def _study() -> Iterator[str]:
    yield from _whole([StudyFile, Stepwise])
    yield from ("## Former sections", "")
    yield from (f"- `{old}` now stands under {new}" for old, new in MOVED.items())


def _whole(models: Iterable[Any]) -> Iterator[str]:
    """Models with all that they hold."""
    found: list[type[BaseModel]] = []
    for model in models:
        for each in (model, *types.nested_of(model)):
            if each not in found:
                found.append(each)
    yield from _models(found)


def _files() -> Iterator[str]:
    files: dict[str, type[BaseModel]] = {
        "config.yaml": Config,
        "items.yaml: an entry": Item,
        "checks.yaml": Checks,
        "ignored.yaml: an entry": Ignored,
        "corrections/*.yaml": CorrectionFile,
        "published/headlines.yaml: a paper": Headlines,
        "reading.yaml": Reading,
        "resources.yaml": Resources,
        "styles/*.yaml": Style,
        "topics.yaml: an entry": Topic,
    }
    yield from ("| file | model |", "|---|---|")
    yield from (
        f"| `{file}` | [{model.__name__}](#{model.__name__.lower()}) |" for file, model in files.items()
    )
    yield ""
    yield from _whole(files.values())


def _functions() -> Iterator[str]:
    yield from ("## Operators", "", "| | e.g. | |", "|---|---|---|")
    for operator, (example, meaning) in OPERATORS.items():
        yield f"| {operator} | `{example}` | {meaning} |"
    yield from ("", "## Functions", "", "| function | | e.g. | unit |", "|---|---|---|---|")
    for entry in catalogue():
        yield f"| `{entry.signature}` | {entry.description} | `{entry.example}` | {entry.unit} |"
