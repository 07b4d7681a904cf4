"""A copy of the project, the small workspace and what an undisturbed run makes of it: every fault is compared with that."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from faults import space

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "rules", "scripts", "config", "profiles")
BOOKS = "real"
RESULTS = Path("results") / BOOKS
DRAWN = ("drawing", "declared")
"""What takes a third of a run and is the same for all: most workspaces get it ready-made."""
CATALOG = "nianjian.duckdb"


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit status and all that it said."""

    status: int
    text: str

    @property
    def traceback(self) -> bool:
        """Whether the user saw one."""
        return "Traceback (most recent call last)" in self.text

    def line(self, *words: str) -> str:
        """The first line with all of the words; empty if there is none."""
        return next((line for line in self.text.splitlines() if all(word in line for word in words)), "")


@dataclass
class World:
    """Where faults happen.

    Attributes
    ----------
    scratch : folder for everything
    cores : of a run
    length : of the undisturbed run in seconds
    """

    scratch: Path
    cores: int = 2
    length: float = 0.0

    def __post_init__(self) -> None:
        self.project = self.scratch / "project"
        for part in PARTS:
            source = ROOT / part
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            self.project.mkdir(parents=True, exist_ok=True)
            copy(source, self.project / part)
        self.books = space.write_books(self.scratch / "books")

    @cached_property
    def reference(self) -> Path:
        """The workspace of the undisturbed run."""
        made = space.write_workspace(self.scratch / "reference")
        began = time.monotonic()
        ended = self.run(made)
        assert ended.status == 0, ended.text[-3000:]
        self.length = time.monotonic() - began
        return made

    @cached_property
    def wanted(self) -> dict[str, str]:
        """Digest of every file of the undisturbed run."""
        return digests(self.reference)

    @cached_property
    def other(self) -> Path:
        """A workspace with results of other declarations, from the panel on."""
        made = self.scratch / "other"
        shutil.copytree(self.reference, made, symlinks=True)
        ended = self.run(space.write_workspace(made, space.OTHER))
        assert ended.status == 0, ended.text[-3000:]
        return made

    @cached_property
    def others(self) -> dict[str, str]:
        """Digest of every file of it."""
        return digests(self.other)

    def outdated(self, name: str) -> Path:
        """A workspace with those results and the declarations of the undisturbed run: all is to be made anew."""
        made = self.scratch / name
        shutil.copytree(self.other, made, symlinks=True)
        return space.write_workspace(made)

    def fresh(self, name: str, *, drawn: bool = True, under: Path | None = None) -> Path:
        """A workspace without results, but for the fonts and the map if ``drawn``."""
        made = space.write_workspace((under or self.scratch) / name)
        if drawn:
            for part in DRAWN:
                shutil.copytree(self.reference / RESULTS / part, made / RESULTS / part)
            metadata = made / ".snakemake" / "metadata"
            shutil.copytree(self.reference / ".snakemake" / "metadata", metadata)
            shutil.copytree(self.reference / ".snakemake" / "nianjian", made / ".snakemake" / "nianjian")
        return made

    def finished(self, name: str, *, under: Path | None = None) -> Path:
        """A workspace with all results."""
        made = (under or self.scratch) / name
        shutil.copytree(self.reference, made, symlinks=True)
        return made

    def command(self, workspace: Path, *arguments: str, cores: int | None = None) -> list[str]:
        """What a user types."""
        targets = arguments[arguments.index("--") :] if "--" in arguments else ()
        options = arguments[: len(arguments) - len(targets)]
        return [
            *(sys.executable, "-m", "snakemake", "--cores", str(cores or self.cores)),
            *("--snakefile", str(self.project / "Snakefile"), "--directory", str(workspace)),
            *("--config", f"raw_root={self.books}", *options, *targets),
        ]

    def environment(self, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """Of a run; None takes a variable away."""
        made = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        for name in ("PYTHONHASHSEED", "NIANJIAN_RUN"):
            made.pop(name, None)
        for name, value in (changes or {}).items():
            if value is None:
                made.pop(name, None)
            else:
                made[name] = value
        return made

    def run(
        self,
        workspace: Path,
        *arguments: str,
        cores: int | None = None,
        env: Mapping[str, str | None] | None = None,
        before: Sequence[str] = (),
        timeout: float = 900,
    ) -> Ended:
        """Run Snakemake to its end, perhaps by way of another command (``before``)."""
        done = subprocess.run(
            [*before, *self.command(workspace, *arguments, cores=cores)],
            cwd=workspace, env=self.environment(env), capture_output=True, timeout=timeout, check=False,
        )  # fmt: skip
        return Ended(done.returncode, (done.stdout + done.stderr).decode("utf8", "replace"))

    def start(self, workspace: Path, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
        """Start Snakemake in a session of its own."""
        with open(log, "wb") as stream:
            return subprocess.Popen(
                self.command(workspace, *arguments),
                cwd=workspace, env=self.environment(), stdout=stream, stderr=stream, start_new_session=True,
            )  # fmt: skip

    def compare(
        self, workspace: Path, *, whole: bool = True, before: Mapping[str, str] | None = None
    ) -> list[str]:
        """Files that differ from the undisturbed run's; if not ``whole``, of those that are there.

        ``before`` has digests of what was there before, and may be there still.
        """
        now, old = digests(workspace, known=self.reference), before or {}
        good = {name: (own,) if whole else (own, old.get(name)) for name, own in self.wanted.items()}
        differ = [name for name, own in now.items() if own not in good.get(name, (own,))]
        missing = [name for name in self.wanted if name not in now] if whole else []
        known = self.wanted.keys() | old.keys()
        more = [name for name in now if name not in known and (whole or not name.endswith(".part"))]
        return sorted([*differ, *missing, *more])


def digests(workspace: Path, known: Path | None = None, books: Path = RESULTS) -> dict[str, str]:
    """Digest of every file below the results; a DuckDB file that has other bytes than the known one by its content."""
    top = workspace / books
    found = {}
    for path in sorted(top.rglob("*")):
        if path.is_file() and not path.is_symlink() and "books" not in path.relative_to(top).parts:
            found[path.relative_to(top).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    if known is not None and CATALOG in found:
        same = known / books / CATALOG
        if same.is_file() and content_of(top / CATALOG) == content_of(same):
            found[CATALOG] = hashlib.sha256(same.read_bytes()).hexdigest()
    return found


def content_of(catalog: Path) -> str:
    """Tables and their rows, comments, and the text of views."""
    with duckdb.connect(str(catalog), read_only=True) as connection:
        views = connection.sql(
            "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
        )
        tables = connection.sql("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        rows = [connection.sql(f'SELECT * FROM "{schema}"."{name}"').fetchall() for schema, name in tables]
        said = connection.sql(
            "SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        )
        return repr((views.fetchall(), tables, rows, said.fetchall()))
