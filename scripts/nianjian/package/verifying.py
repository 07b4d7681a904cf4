"""Whether a package is whole, which books its replicator lacks, and whether what a run made is what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nianjian.errors import InputError
from nianjian.files import sha256
from nianjian.package.making import MANIFEST
from nianjian.text import word

SHOWN = 10
"""Names that a report lists of a kind."""


@dataclass(frozen=True)
class Verified:
    """What became of a package.

    Attributes
    ----------
    changed : files of the package that differ from what it was made with, or are gone
    lacking : files of books and panels that are not there; other : that hold something else
    books : number of files of books and panels that are the same
    missing : outputs that no run has made here; different : that differ, with how
    equal : number of outputs that are the same to the last byte
    """

    study: str
    changed: list[str]
    lacking: list[str]
    other: list[str]
    books: int
    missing: list[str]
    different: dict[str, str] = field(default_factory=dict)
    equal: int = 0

    @property
    def holds(self) -> bool:
        """Whether all outputs are made and equal."""
        return not (self.missing or self.different or self.changed)

    def text(self, language: str = "en") -> str:
        """For the screen."""
        outputs = self.equal + len(self.missing) + len(self.different)
        lines = [
            word("package.outputs_equal", study=self.study, equal=self.equal, outputs=outputs),
            word(
                "package.books_equal",
                equal=self.books,
                books=self.books + len(self.lacking) + len(self.other),
            ),
        ]
        told = [line[language] for line in lines]
        for key, names in self._listed().items():
            if names:
                told.append(word(f"package.{key}", count=len(names))[language])
                told += [f"  {name}" for name in names[:SHOWN]]
                told += ["  …"] if len(names) > SHOWN else []
        return "\n".join(told)

    def _listed(self) -> dict[str, list[str]]:
        return {
            "changed": self.changed,
            "lacking": self.lacking,
            "other": self.other,
            "missing": self.missing,
            "different": [f"{name}: {how}" for name, how in self.different.items()],
        }


def verify_package(folder: str | Path) -> Verified:
    """Compare a package, the books at hand and the outputs of a run in it with what the package says.

    Parameters
    ----------
    folder : of the package; what a run made is below its ``results``

    Raises
    ------
    InputError
        If the folder is no package.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder}: holds no {MANIFEST} that can be read, so it is no replication package; name the folder that "
            "package_study.py made"
        ) from error
    run = folder / manifest["workspace"]
    lacking, other, books = _compared(run, manifest["inputs"])
    missing, wrong, equal = _compared(run, manifest["outputs"])
    gone, edited, _ = _compared(folder, manifest["files"])
    return Verified(
        study=manifest["study"],
        changed=sorted([*gone, *edited]),
        lacking=lacking,
        other=other,
        books=books,
        missing=missing,
        different={name: how(folder / "outputs" / name, run / name) for name in wrong},
        equal=equal,
    )


def _compared(root: Path, digests: Mapping[str, str]) -> tuple[list[str], list[str], int]:
    """Files that are not there, files that differ, and how many are the same."""
    there = {name: (root / name).is_file() for name in digests}
    same = {name: there[name] and sha256(root / name) == digest for name, digest in digests.items()}
    gone = sorted(name for name in digests if not there[name])
    return gone, sorted(name for name in digests if there[name] and not same[name]), sum(same.values())


def how(before: Path, after: Path) -> str:
    """How two files differ: the largest difference of numbers in tables, else that they do."""
    if before.suffix != ".parquet" or not before.is_file():
        return word("package.other_bytes")["en"]
    import pandas as pd

    old, new = pd.read_parquet(before), pd.read_parquet(after)
    if list(old) != list(new) or len(old) != len(new):
        return f"{len(old)} × {len(old.columns)}, {len(new)} × {len(new.columns)}"
    apart: dict[str, float] = {}
    for name in old.select_dtypes("number"):
        gap = (old[name].astype(float) - new[name].astype(float)).abs().max()
        if gap > 0:
            apart[name] = float(gap)
    if not apart:
        return word("package.other_bytes")["en"]
    name = max(apart, key=lambda each: apart[each])
    return f"{name}: {apart[name]:.2g}"
