"""Which first-party code a script depends on, as one digest.

Snakemake reruns a rule when its script changes, but not when a module that the script imports
does. Each rule therefore carries ``params: code=code_digest(...)``.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
PACKAGE = "nianjian"


def _module_file(name: str) -> Path | None:
    stem = SCRIPTS.joinpath(*name.split("."))
    for candidate in (stem.with_suffix(".py"), stem / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@cache
def _parsed(path: Path) -> tuple[str, frozenset[Path]]:
    """Digest of one file's syntax tree (no comments, formatting or docstrings) and its imports."""
    tree = ast.parse(path.read_text(encoding="utf8"), filename=str(path))
    imported: set[Path] = set()
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            # `from nianjian.panel import units` names a module, `from nianjian.panel.units import X` does not.
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.split(".")[0] == PACKAGE:
                parents = [".".join(name.split(".")[: i + 1]) for i in range(name.count(".") + 1)]
                imported.update(found for parent in parents if (found := _module_file(parent)))
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), frozenset(imported)


def imported_files(script: str | Path) -> list[Path]:
    """First-party files that ``script`` imports, itself first, transitively, in a stable order."""
    start = (SCRIPTS / script).resolve()
    seen: dict[Path, None] = {start: None}
    queue = [start]
    while queue:
        for path in sorted(_parsed(queue.pop())[1]):
            if path not in seen:
                seen[path] = None
                queue.append(path)
    return list(seen)


@cache
def code_digest(script: str | Path, *also: str) -> str:
    """Digest of the syntax trees of ``script`` and of every first-party module it imports.

    Parameters
    ----------
    script : file in scripts/
    also : modules that it imports by a name known only at run time, such as ``nianjian.specs.iv``
    """
    files = set(imported_files(script))
    for name in also:
        module = _module_file(name)
        if module is None:
            raise ModuleNotFoundError(f"{script}: there is no module {name}")
        files.update(imported_files(module))
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(SCRIPTS)} {_parsed(path)[0]}\n".encode())
    return digest.hexdigest()[:16]
