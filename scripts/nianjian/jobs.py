"""The few lines that a rule's script needs around its function."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from nianjian import runs
from nianjian.errors import NianjianError, explained
from nianjian.printable import Formatter

TOLD_BY_LOG = "NIANJIAN_TOLD_BY_LOG"
"""Set in the environment where the run itself reads the logs of its jobs and says what went wrong; see nianjian.running."""


def files(named: Any) -> dict[str, list[str]]:
    """Inputs or outputs of a job by name, each a list."""
    return {name: [own] if isinstance(own, str) else list(own) for name, own in named.items()}


@contextmanager
def logged(snakemake: Any) -> Iterator[Any]:
    """Send log records, warnings and tracebacks to the rule's ``log:``, and what went wrong to the screen.

    A :class:`NianjianError` and a failure of the computer (a full disk, a lost drive, missing rights) end the job with a
    message alone; anything else keeps its traceback. Where the run says what the log holds, the job itself is silent: what
    jobs at the same time write would run into each other. A job whose run is killed ends too.
    """
    # A log that cannot be written must not hide what went wrong.
    logging.raiseExceptions = False
    stream = _opened(Path(snakemake.log[0]))
    silent = TOLD_BY_LOG in os.environ and stream.name != os.devnull
    lines = logging.StreamHandler(stream)
    lines.setFormatter(Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[lines], force=True)
    if not silent:
        screen = logging.StreamHandler(sys.stderr)
        screen.setLevel(logging.ERROR)
        screen.setFormatter(Formatter("%(message)s"))
        logging.getLogger().addHandler(screen)
    logging.captureWarnings(True)
    # It reports every glyph that it embeds in a figure.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    runs.watch()
    try:
        yield snakemake
    except NianjianError as error:
        logging.error("%s", error)
        sys.exit(1)
    except BaseException as error:
        told = explained(error) if isinstance(error, Exception) else None
        if told is not None:
            logging.error("%s", told)
            sys.exit(1)
        with suppress(OSError):
            stream.write(traceback.format_exc())
        if silent:
            sys.exit(1)
        raise
    finally:
        with suppress(OSError):
            stream.close()


def _opened(log: Path) -> TextIO:
    """The log; where there is no place for one, what goes into it is lost."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return open(log, "w", encoding="utf8")
    except OSError as error:
        print(explained(error, log) or error, file=sys.stderr)
        return open(os.devnull, "w", encoding="utf8")
