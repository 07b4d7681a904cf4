"""Which files of code and of declarations one study needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nianjian import codes
from nianjian.codes import SCRIPTS
from nianjian.declarations.registry import VARIANT
from nianjian.kinds.registry import BUILT_IN, Kind

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.plan.planning import Plan

PROJECT = SCRIPTS.parent
_IMPORTS = re.compile(r"^(?:from (nianjian[\w.]*) import (.+)|import (nianjian[\w.]*))$", re.MULTILINE)
SECTIONS = ("specs", "tables", "figures", "indices", "matrices")
AROUND = (
    *("Snakefile", "pyproject.toml", "requirements.lock", "LICENSE", "CITATION.cff"),
    *("rules/*.smk", "rules/captions/*", "profiles/*/*", "scripts/*.py"),
)
"""Files of the project beside the library and the declarations."""
CONFIG = (
    *("items.yaml", "reading.yaml", "ignored.yaml", "checks.yaml", "resources.yaml", "topics.yaml"),
    *("corrections/*", "sources/*", "reference/*", "reference/policies/*"),
)
"""Declarations that every study's run reads."""
SIMULATION = ("simulation/*", "simulation/*/*")


def kinds_of(study: Study, plan: Plan) -> list[Kind]:
    """Kinds that a study, the study that it is a variant of, and the sources of its run use, with their commands."""
    base = plan.studies.registry.study(study.name.partition(VARIANT)[0])
    found = {
        (entry.kind.family, entry.kind.name): entry.kind
        for own in (base, study)
        for section in SECTIONS
        for entry in getattr(own, section).values()
    }
    found |= {("sources", entry.kind.name): entry.kind for entry in plan.reading.sources.values()}
    commands = study.kinds.family("commands")
    for (family, name), _ in list(found.items()):
        if family == "estimators" and name in commands:
            found["commands", name] = commands[name]
    return list(found.values())


def code_files(study: Study, plan: Plan) -> list[Path]:
    """Files of the project's code: scripts, rules, the library as far as these and the study's kinds import it."""
    around = [path for pattern in AROUND for path in sorted(PROJECT.glob(pattern)) if path.is_file()]
    roots = [path for path in around if path.suffix == ".py"]
    roots += [
        own for path in around if path.name == "Snakefile" or path.suffix == ".smk" for own in _named(path)
    ]
    roots += [kind.file for kind in kinds_of(study, plan) if kind.file.is_relative_to(BUILT_IN)]
    modules: dict[Path, None] = {}
    for root in roots:
        modules.update(dict.fromkeys(codes.imported_files(root)))
    library = [path for path in modules if path.is_relative_to(SCRIPTS)]
    return sorted({*around, *library, *_beside(library)})


def _named(path: Path) -> Iterator[Path]:
    """Modules that a rule file imports."""
    for match in _IMPORTS.finditer(path.read_text(encoding="utf8")):
        package = match[1] or match[3]
        names = [package, *(f"{package}.{each.strip()}" for each in (match[2] or "").split(","))]
        for name in names:
            if (own := codes.module_file(name)) is not None:
                yield own


def _beside(modules: Iterable[Path]) -> set[Path]:
    """What lies beside modules and is no code: words, templates, marks of types; and each package's own module."""
    found: set[Path] = set()
    folders = {
        folder for path in modules for folder in path.parents if folder.is_relative_to(SCRIPTS / "nianjian")
    }
    for folder in folders | {
        SCRIPTS / "nianjian" / "kinds" / family for family in ("estimators", "commands")
    }:
        own = folder / "__init__.py"
        found |= {own} if own.is_file() else set()
        found |= {path for path in (folder / "templates").glob("*") if path.is_file()}
    root = SCRIPTS / "nianjian"
    found |= set((root / "messages").glob("*/*.yaml")) | {root / "py.typed"}
    return found


def config_files(folder: Path, study: Study, simulated: bool) -> list[Path]:
    """Files of one folder of declarations that a study's run reads; the switches are written anew."""
    base = study.name.partition(VARIANT)[0]
    patterns = [
        *CONFIG,
        *(SIMULATION if simulated else ()),
        f"studies/{base}.yaml",
        "published/headlines.yaml",
    ]
    if study.model.paper:
        patterns += [f"published/{study.model.paper}.csv"]
    patterns += ["policies/*"]
    return sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})
