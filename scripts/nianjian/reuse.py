"""Within a batch only what changed is made anew.

A study's tables are one job, and so are its figures. Beside them ``made.json`` says of each what it was made from: its
declaration, the facts that it reads, its kind's code and the content of its inputs. One of which nothing changed, and whose
files are those that were written, is left as it is.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeGuard

from nianjian.declarations.store import digest_of
from nianjian.files import replacing

if TYPE_CHECKING:
    from nianjian.kinds.entries import PlainFacts

OUTDATED = "outdated"
"""Folder for outputs that no declaration makes any more."""


@cache
def _digest_of_file(path: Path, size: int, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def digest_of_file(path: str | Path) -> str:
    """Digest of a file's content; empty if it is not there."""
    path = Path(path)
    if not path.is_file():
        return ""
    stat = path.stat()
    return _digest_of_file(path, stat.st_size, stat.st_mtime_ns)


Record = TypedDict("Record", {"from": str, "files": dict[str, str]})
"""What ``made.json`` says of an entry: digests of what it was made from, and of each of its files."""


def _is_record(own: object) -> TypeGuard[Record]:
    return isinstance(own, dict) and {"from", "files"} <= set(own)


@dataclass
class Made:
    """What a batch made before.

    Attributes
    ----------
    path : of ``made.json``
    before, now : records of the last run and of this one, by entry
    """

    path: Path
    before: dict[str, Record] = field(default_factory=dict)
    now: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path) -> Made:
        """The record of the last run; none if there is none that can be read."""
        try:
            found = json.loads(Path(path).read_text(encoding="utf8"))
        except (OSError, ValueError):
            found = None
        held = found.items() if isinstance(found, dict) else ()
        return cls(Path(path), {name: own for name, own in held if _is_record(own)})

    def make(
        self,
        name: str,
        content: Any,
        inputs: Iterable[str | Path],
        outputs: Sequence[str | Path],
        build: Callable[[], None],
    ) -> bool:
        """Run ``build`` unless nothing changed; returns whether it ran.

        Parameters
        ----------
        content : plain values that the outputs depend on
        inputs : files that they depend on, by content
        outputs : files that ``build`` writes
        """
        made_from = digest_of([content, [[str(path), digest_of_file(path)] for path in inputs]])
        own = self.before.get(name)
        files = own["files"] if own and own["from"] == made_from else {}
        kept = bool(files) and all(
            files.get(Path(path).name) == (digest_of_file(path) or None) for path in outputs
        )
        if not kept:
            build()
        self.now[name] = {
            "from": made_from,
            "files": {Path(path).name: digest_of_file(path) for path in outputs},
        }
        return not kept

    def finish(self, outputs: Iterable[str | Path]) -> None:
        """Write the record, and set aside what an earlier run made and this one does not."""
        folder = self.path.parent
        expected = {Path(path).name for path in outputs} | {self.path.name}
        for own in self.before.values():
            for name in own.get("files", {}):
                if name not in expected and (folder / name).is_file():
                    (folder / OUTDATED).mkdir(exist_ok=True)
                    shutil.move(folder / name, folder / OUTDATED / name)
                    logging.info("%s is declared no more; moved to %s", name, OUTDATED)
        with replacing(self.path) as part:
            part.write_text(json.dumps(self.now, indent=1, sort_keys=True) + "\n", encoding="utf8")
        # What was left as it is counts as made now, or it would look older than its inputs.
        for path in outputs:
            os.utime(path)


def facts_of(facts: PlainFacts, specs: Iterable[str]) -> PlainFacts:
    """The facts that one table or figure reads: of specifications, its own."""
    return {**facts, "specs": {name: facts["specs"][name] for name in sorted(specs)}}
