"""JSON schemas of the declarations, for editors: ``python -m nianjian.declarations``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nianjian.declarations.loading import CONFIG
from nianjian.declarations.models.config import Config
from nianjian.declarations.models.corrections import CorrectionFile
from nianjian.declarations.models.indices import Sensitivity
from nianjian.declarations.models.items import Checks, Items
from nianjian.declarations.models.reading import Reading
from nianjian.declarations.models.sources import Ignore, Source
from nianjian.declarations.models.study import Study
from nianjian.declarations.reading import adapter
from nianjian.simulate.declared.layouts import Tables
from nianjian.simulate.declared.process import Process

SCHEMAS: dict[str, Any] = {
    "checks": Checks,
    "config": Config,
    "corrections": CorrectionFile,
    "ignored": Ignore,
    "items": Items,
    "simulation_process": Process,
    "simulation_tables": Tables,
    "reading": Reading,
    "source": Source,
    "study": Study,
}


def schema_texts() -> Iterator[tuple[str, str]]:
    """(file name, text) of the JSON schemas that belong to the models."""
    Sensitivity.model_rebuild()  # building is deferred, and its default is printed before its own turn
    for name, kind in SCHEMAS.items():
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **adapter(kind).json_schema(by_alias=True),
        }
        yield f"{name}.json", json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_schemas(folder: Path = CONFIG / "schemas") -> list[Path]:
    """Write the JSON schemas; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schema_texts():
        (folder / name).write_text(text, encoding="utf8")
        written.append(folder / name)
    return written


if __name__ == "__main__":
    for written_path in write_schemas():
        sys.stdout.write(f"{written_path}\n")
