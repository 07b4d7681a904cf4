"""The plan of a run: which jobs there are, what each reads and writes, what it has to know.

The rules loop over these jobs and add nothing: files, params and digests follow from the declarations and their kinds, so
that a new kind, source or study needs no edit of a rule. The rules read it as :func:`for_rules` gives it, from memory where
nothing changed; :func:`load` reads and checks every declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a plan that is remembered needs none of what makes one
    from nianjian.declarations.layers import Layers
    from nianjian.plan.planning import Plan
    from nianjian.plan.remembered import RunPlan


def load(config: Mapping[str, Any], workspace: str | Path = ".", *, layers: Layers | None = None) -> Plan:
    """Read and check everything that is declared, and plan the run; see :func:`nianjian.plan.planning.load`."""
    from nianjian.plan import planning

    return planning.load(config, workspace, layers=layers)


def for_rules(config: Mapping[str, Any], workspace: str | Path = ".") -> RunPlan:
    """The plan as the rules read it; see :func:`nianjian.plan.remembered.recall`."""
    from nianjian.plan import remembered

    return remembered.recall(config, workspace)


def remember_books(config: Mapping[str, Any], workspace: str | Path = ".") -> None:
    """Note what the set of books holds; see :func:`nianjian.plan.planning.remember_books`."""
    from nianjian.plan import planning

    planning.remember_books(config, workspace)
