"""``nianjian``: the same as ``snakemake`` and the scripts, from anywhere and with less typing. It starts them, and is no engine.

A command is a module of :mod:`nianjian.launcher.commands`, found by its place and called as the module is, with ``-`` for ``_``:
its docstring's first line says what it does, ``arguments(parser)`` what it takes, and ``run(given, rest)`` does it and returns
the exit code. ``rest`` is what stands behind ``--``.
"""

from __future__ import annotations

import argparse
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from nianjian import locales
from nianjian.errors import NianjianError, explained

PROGRAM = "nianjian"
FORWARDED = "--"
"""What stands behind it is Snakemake's."""


def known() -> dict[str, ModuleType]:
    """Every command by what it is called."""
    from nianjian.launcher import commands as package

    names = sorted(own.name for own in pkgutil.iter_modules(package.__path__))
    return {name.replace("_", "-"): import_module(f"{package.__name__}.{name}") for name in names}


def summary(module: ModuleType) -> str:
    """What a command does, in one line."""
    return (module.__doc__ or "").strip().split("\n")[0]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(
        prog=PROGRAM,
        description="From yearbooks or a file of your own to tables: a thin way to start Snakemake.",
        epilog=f"More on one: {PROGRAM} run --help. Snakemake's own options stand behind --.",
    )
    below = whole.add_subparsers(dest="command", metavar="command", required=True)
    for name, module in known().items():
        own = below.add_parser(name, help=summary(module), description=module.__doc__)
        own.add_argument(
            "--workspace",
            metavar="FOLDER",
            help="your folder; left out: the current one, or the nearest above it that has a config/",
        )
        module.arguments(own)
        own.set_defaults(run=module.run)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    if arguments is None:
        locales.read_names_as_utf8()
    given = list(sys.argv[1:] if arguments is None else arguments)
    rest: list[str] = []
    if FORWARDED in given:
        at = given.index(FORWARDED)
        given, rest = given[:at], given[at + 1 :]
    asked = parser().parse_args(given)
    try:
        code: int = asked.run(asked, rest)
        sys.stdout.flush()
        return code
    except NianjianError as error:
        message = str(error)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; what is left in the buffer must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        failed = explained(error)
        if failed is None:
            raise
        message = failed
    except KeyboardInterrupt:
        return 130
    sys.stderr.write(f"{message}\n")
    return 1
