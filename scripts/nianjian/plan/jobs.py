"""One job of the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Files = dict[str, list[str]]


@dataclass(frozen=True)
class Job:
    """One job, or one batch of small ones.

    Attributes
    ----------
    name : of its rule, log and benchmark, behind the rule's verb and noun
    study : that it belongs to; empty if to none
    inputs, outputs : paths by name, relative to the workspace
    params : plain values
    names : of the entries that it makes
    """

    name: str
    study: str
    inputs: Files
    outputs: Files
    params: dict[str, Any]
    names: tuple[str, ...] = ()

    @property
    def files(self) -> list[str]:
        """All outputs."""
        return [path for paths in self.outputs.values() for path in paths]


def merged(*files: Files) -> Files:
    """Paths of several mappings, each once."""
    found: Files = {}
    for each in files:
        for name, paths in each.items():
            found[name] = list(dict.fromkeys([*found.get(name, []), *paths]))
    return found
