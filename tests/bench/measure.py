"""Timing and printing: what all benchmarks share."""

from __future__ import annotations

import io
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

Result = TypeVar("Result")


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """Median wall time."""
    return statistics.median(timed(run)[0] for _ in range(times))


def timed(run: Callable[[], Result]) -> tuple[float, Result]:
    """Wall time of one run, and what it returned."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def gap(ours: ArrayLike, theirs: ArrayLike) -> float:
    """Largest absolute difference; infinite if a value stands on one side only."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if ours.shape != theirs.shape or (np.isnan(ours) != np.isnan(theirs)).any():
        return float("inf")
    return float(np.nanmax(np.abs(ours - theirs), initial=0.0))


def line(
    what: str,
    ours: float,
    peer: str,
    theirs: float,
    *,
    difference: float | None = None,
    within: float = 1e-9,
) -> None:
    """One comparison; a ratio above 1 says that ours is faster.

    Parameters
    ----------
    what, peer : our work, and who else does it
    ours, theirs : seconds
    difference : largest absolute difference of the two results, where they were compared
    within : what it may be; above it the line says so, for the ratio then means little
    """
    compared = "" if difference is None else f"   differ by {difference:.0e}"
    if difference is not None and not difference <= within:
        compared += f": MORE THAN {within:.0e}"
    print(
        f"{what:<58}{_time(ours)}   {peer:<34}{_time(theirs)}   ratio {theirs / ours:7.1f}{compared}",
        flush=True,
    )


def skipped(what: str, peer: str, why: str) -> None:
    """A comparison that is not made here."""
    print(f"{what:<58}{'':12}   {peer:<34}{why}", flush=True)


def in_r(package: str, program: str, tables: Mapping[str, pd.DataFrame]) -> np.ndarray | str:
    """Run a program in R and read the numbers that it prints, one a line.

    Parameters
    ----------
    package : what it needs
    program : R code; ``spent(run)`` in it is the median wall time of three runs in seconds
    tables : written beside it as ``<name>.csv``

    Returns
    -------
    array, or why there is none
    """
    if (rscript := shutil.which("Rscript")) is None:
        return "skipped: R is not installed"
    start = f"""
        if (!requireNamespace("{package}", quietly = TRUE)) {{ cat("missing"); quit(status = 3) }}
        options(digits = 15)
        spent <- function(run) median(sapply(1:3, function(i) system.time(run())[["elapsed"]]))
    """
    with tempfile.TemporaryDirectory() as name:
        for table, frame in tables.items():
            frame.to_csv(Path(name) / f"{table}.csv", index=False)
        run = subprocess.run([rscript, "-e", start + program], cwd=name, capture_output=True, text=True)
    if run.returncode == 3:
        return f"skipped: the R package {package} is not installed"
    if run.returncode:
        told = [each for each in run.stderr.splitlines() if each.strip()]
        return "failed: " + (" ".join(told[-3:]) or "R says nothing")
    return np.loadtxt(io.StringIO(run.stdout), ndmin=1)


def _time(spent: float) -> str:
    return f"{spent:9.3f} s " if spent >= 0.1 else f"{1000 * spent:9.3f} ms"
