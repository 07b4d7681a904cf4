"""Memory and time that jobs ask of a cluster: measured, scaled with what they read, doubled at each new attempt."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Request = Callable[..., int]
ROUNDED_MB = 100
PANEL = "panel/city_year.parquet"


def requests(declared: Mapping[str, Any], rule: str, folder: str) -> dict[str, Request]:
    """Snakemake's ``resources`` of a rule: functions of its input and of the attempt.

    Parameters
    ----------
    declared : ``resources.yaml`` as plain values, see :class:`nianjian.declarations.models.resources.Resources`
    rule : verb and noun
    folder : of the results, in which the panel stands

    Returns
    -------
    dict
        ``mem_mb``, and ``runtime`` in minutes. Files that are not there yet count as nothing: a group of jobs is submitted
        before its own files are made.
    """
    need = declared["rules"][rule]

    def size(inputs: Iterable[str]) -> float:
        return size_mb(need["size_of"], inputs, folder)

    def mem_mb(wildcards: Any, input: Iterable[str], attempt: int) -> int:
        return memory(declared, need, size(input), attempt)

    def runtime(wildcards: Any, input: Iterable[str], attempt: int) -> int:
        return minutes(declared, need, size(input), attempt)

    return {"mem_mb": mem_mb, "runtime": runtime}


def memory(declared: Mapping[str, Any], need: Mapping[str, Any], size: float, attempt: int = 1) -> int:
    """Memory in MB that a job asks for which reads ``size`` MB."""
    own = (need["memory_mb"] + need["memory_per_mb"] * size) * declared["memory_margin"]
    steps: int = math.ceil((declared["snakemake_mb"] + own * (1 << (attempt - 1))) / ROUNDED_MB)
    return steps * ROUNDED_MB


def minutes(declared: Mapping[str, Any], need: Mapping[str, Any], size: float, attempt: int = 1) -> int:
    """Minutes that a job asks for which reads ``size`` MB."""
    own = (need["seconds"] + need["seconds_per_mb"] * size) * declared["time_margin"]
    found: int = math.ceil((declared["start_seconds"] + own) * (1 << (attempt - 1)) / 60)
    return found


def size_mb(size_of: str, inputs: Iterable[str], folder: str) -> float:
    """MB that a job's need grows with: its own ``inputs``, the ``panel`` in a folder of results, or ``nothing``."""
    if size_of == "nothing":
        return 0.0
    return sum(map(_bytes, [f"{folder}/{PANEL}"] if size_of == "panel" else inputs)) / 1e6


def _bytes(path: str) -> int:
    """Size of a file, or of all files below a folder; 0 of what is not there."""
    try:
        own = Path(path)
        files = own.rglob("*") if own.is_dir() else [own]
        return sum(file.stat().st_size for file in files if not file.is_dir())
    except OSError:
        return 0
