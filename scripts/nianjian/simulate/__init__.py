"""Simulated yearbooks: a known truth for real cities, printed in the layouts of the real books.

``truth`` builds the process, ``books`` prints one edition of it, ``panels`` writes what no yearbook prints.
This module only says which editions there are, so that the Snakefile can ask without pandas.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

SETTINGS = "simulation.yaml"
TABLES = "simulation_tables.yaml"
NOTICE = "模拟数据 simulated data"
"""Stands on the face of everything that is simulated."""


@cache
def read_yaml(path: Path) -> dict[str, Any]:
    """A declaration file, read once."""
    # The C loader reads these files ten times faster, where it was built.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with open(path, encoding="utf8") as stream:
        return yaml.load(stream, Loader=loader)


def settings(config_dir: str | Path) -> dict[str, Any]:
    """The process as declared in ``config/simulation.yaml``."""
    return read_yaml(Path(config_dir) / SETTINGS)


def tables(config_dir: str | Path) -> dict[str, Any]:
    """Tables, headers and page styles as declared in ``config/simulation_tables.yaml``."""
    return read_yaml(Path(config_dir) / TABLES)


def editions(config_dir: str | Path) -> list[int]:
    """Years on the covers of the simulated yearbooks."""
    first, last = settings(config_dir)["editions"]
    return list(range(first, last + 1))


def folder_name(edition: int) -> str:
    """Folder of one edition, named as the real ones are."""
    return f"中国城市统计年鉴{edition}（{'Excel' if edition == 2019 else 'excel'}）"


def edition_of(folder: str) -> int:
    """The edition whose folder this is."""
    return int(folder.removeprefix("中国城市统计年鉴")[:4])


def policies(config_dir: str | Path) -> list[str]:
    """Policies whose effects or trends the truth needs: files of ``config/reference/policies``."""
    declared = settings(config_dir)
    entries = [*declared["effects"], *declared["balance"]]
    entries += [group for entry in declared["balance"] for group in entry.get("groups", [])]
    entries += [group for spec in declared["quantities"].values() for group in spec.get("members", [])]
    return sorted({entry["policy"] for entry in entries if "policy" in entry})


def panel_files(config_dir: str | Path) -> list[str]:
    """Files of the simulated compiled panels."""
    return [panel["file"] for panel in settings(config_dir)["panels"].values()]
