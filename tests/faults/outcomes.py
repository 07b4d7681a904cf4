"""What became of a fault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """One fault.

    Attributes
    ----------
    fault : what happened
    ended : what the user saw, in short
    good : whether it ended in a clear message, no half file and, after the rerun, the same bytes; None if skipped
    why : what was wrong, or why it was skipped
    """

    fault: str
    ended: str
    good: bool | None
    why: str = ""


def table(outcomes: Iterable[Outcome]) -> str:
    """Lines of the table: fault, times, what it ended in, how many ended in the same bytes."""
    grouped: dict[tuple[str, str], list[Outcome]] = {}
    for own in outcomes:
        grouped.setdefault((own.fault, own.ended), []).append(own)
    rows = [("fault", "times", "ended in", "same bytes")]
    for (fault, ended), found in grouped.items():
        if found[0].good is None:
            rows.append((fault, "-", f"skipped: {found[0].why}", "-"))
        else:
            rows.append(
                (fault, str(len(found)), ended, f"{sum(bool(own.good) for own in found)} of {len(found)}")
            )
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
