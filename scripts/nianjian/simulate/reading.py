"""Read the declarations of the simulated world into their models."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from nianjian.errors import DeclarationError
from nianjian.simulate import PROCESS, TABLES, shown
from nianjian.simulate.declared.layouts import Tables
from nianjian.simulate.declared.process import Process

Model = TypeVar("Model", bound=BaseModel)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which a key that stands twice is an error: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if key.tag != "tag:yaml.org,2002:merge" and name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key '{name}'", key.start_mark)
            seen.add(name)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


@cache
def read_yaml(path: Path) -> dict[str, Any]:
    """A declaration of the simulated world as plain values.

    Raises
    ------
    DeclarationError
        If the file is missing or no YAML mapping.
    """
    name = shown(path.name)
    try:
        data = yaml.load(path.read_text(encoding="utf8"), Loader=_Loader)
    except FileNotFoundError:
        raise DeclarationError(f"{name} does not exist; take it from the project again") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DeclarationError(f"{name}{place}: {error.problem or 'not YAML'}") from None
    if not isinstance(data, dict):
        raise DeclarationError(f"{name}: expected a mapping of keys, got {type(data).__name__}")
    return data


def _read(model: type[Model], path: Path) -> Model:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        # Whoever runs Snakemake has been told in better words before any job.
        raise DeclarationError(f"{shown(path.name)}: {error}") from None


@cache
def process(folder: Path) -> Process:
    """The process as declared in ``process.yaml``."""
    return _read(Process, folder / PROCESS)


@cache
def tables(folder: Path) -> Tables:
    """Tables, headers and page styles as declared in ``tables.yaml``."""
    return _read(Tables, folder / TABLES)
