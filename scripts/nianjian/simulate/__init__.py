"""Simulated yearbooks: a known truth for real cities, printed in the layouts of the real books.

``truth`` builds the process, ``books`` prints one edition of it, ``panels`` writes what no yearbook prints.
All that they know stands in ``config/simulation``: two declarations and the facts that ``python -m
nianjian.simulate`` takes from the rest of ``config/``. Nothing here reads any other part of ``config/``, nor does
the pipeline import anything of this package; so no change of the one makes the other anew.

This module only says which editions there are, so that the Snakefile can ask without pandas.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nianjian.errors import DeclarationError

CONFIG = Path(__file__).resolve().parents[3] / "config"
FOLDER = CONFIG / "simulation"
"""What the simulated world is declared in; jobs find it beside the code, wherever the project lies."""
PROCESS = "process.yaml"
TABLES = "tables.yaml"
NOTICE = "模拟数据 simulated data"
"""Stands on the face of everything that is simulated."""


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


def shown(name: str) -> str:
    """How messages call a file of ``config/simulation``."""
    return f"config/simulation/{name}"


@cache
def read_yaml(path: Path) -> dict[str, Any]:
    """A declaration of the simulated world, read once.

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


def settings(folder: Path = FOLDER) -> dict[str, Any]:
    """The process as declared in ``process.yaml``."""
    return read_yaml(Path(folder) / PROCESS)


def tables(folder: Path = FOLDER) -> dict[str, Any]:
    """Tables, headers and page styles as declared in ``tables.yaml``."""
    return read_yaml(Path(folder) / TABLES)


def editions(config_dir: str | Path = CONFIG) -> list[int]:
    """Years on the covers of the simulated yearbooks.

    Parameters
    ----------
    config_dir : folder of all declarations; those of the simulated world lie in its ``simulation``
    """
    declared = settings(Path(config_dir) / FOLDER.name).get("editions")
    match declared:
        case [int(first), int(last)] if first <= last:
            return list(range(first, last + 1))
    raise DeclarationError(
        f"{shown(PROCESS)}: editions: expected the first and the last year, such as [2004, 2024], got {declared!r}"
    )


def folder_name(edition: int) -> str:
    """Folder of one edition, named as the real ones are."""
    return f"中国城市统计年鉴{edition}（{'Excel' if edition == 2019 else 'excel'}）"


def panel_files(folder: Path = FOLDER) -> list[str]:
    """Files of the simulated compiled panels."""
    return [panel["file"] for panel in settings(folder)["panels"].values()]
