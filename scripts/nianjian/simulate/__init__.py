"""Simulated yearbooks: a known truth for real cities, printed in the layouts of the real books.

``truth`` builds the process, ``books`` prints one edition of it, ``panels`` writes what no yearbook prints.
All that they know stands in ``config/simulation``: two declarations and the facts that ``python -m
nianjian.simulate`` takes from the rest of ``config/``. Nothing here reads any other part of ``config/``, nor does
the pipeline import anything of this package but ``outline``, which says without pandas what is printed; so no
change of the one makes the other anew.
"""

from __future__ import annotations

from pathlib import Path

CONFIG = Path(__file__).resolve().parents[3] / "config"
FOLDER = CONFIG / "simulation"
"""What the simulated world is declared in; jobs find it beside the code, wherever the project lies."""
PROCESS = "process.yaml"
TABLES = "tables.yaml"
NOTICE = "模拟数据 simulated data"
"""Stands on the face of everything that is simulated."""


def shown(name: str) -> str:
    """How messages call a file of ``config/simulation``."""
    return f"config/simulation/{name}"


def folder_name(edition: int) -> str:
    """Folder of one edition, named as the real ones are."""
    return f"中国城市统计年鉴{edition}（{'Excel' if edition == 2019 else 'excel'}）"
