"""The command lines: ``nianjian package`` and ``nianjian verify``, ``python scripts/package_study.py`` and ``verify_package.py``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nianjian.text import languages


def package_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, folder, and what is in it."""
    parser.add_argument("study", help="id, or study-variant; it was run to its end")
    parser.add_argument("folder", help="to make; it must not exist, or be empty")
    parser.add_argument(
        "--with-sample", action="store_true", help="the sample too, which holds numbers of the books"
    )
    parser.add_argument(
        "--with-data",
        action="store_true",
        help="files of your own too, which are yours to pass on, and what holds their numbers",
    )


def package(given: argparse.Namespace, config: Mapping[str, Any], workspace: Path) -> int:
    """Write the package and say what is in it."""
    from nianjian.package.making import package_study

    made = package_study(
        given.study,
        Path(given.folder).expanduser().absolute(),
        config=config,
        workspace=workspace,
        with_sample=True if given.with_sample else None,
        with_data=given.with_data,
    )
    sys.stdout.write(f"{made.text()}\n")
    return 0


def verify_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder of the package."""
    parser.add_argument("folder", nargs="?", default=".", help="of the package; left out: this one")
    parser.add_argument("--language", default="en", choices=languages(), help="of the report")


def verify(given: argparse.Namespace) -> int:
    """Say which data are lacking and which outputs are equal; 0 only if all are."""
    from nianjian.package.verifying import verify_package

    found = verify_package(Path(given.folder).expanduser())
    sys.stdout.write(f"{found.text(given.language)}\n")
    return 0 if found.holds else 1
