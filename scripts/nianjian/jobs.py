"""The few lines that a rule's script needs around its function."""

from __future__ import annotations

import gc
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nianjian.errors import NianjianError


def files(named: Any) -> dict[str, list[str]]:
    """Inputs or outputs of a job by name, each a list."""
    return {name: [own] if isinstance(own, str) else list(own) for name, own in named.items()}


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for cycles, for work that makes rows by the hundred thousand: it looks through all of them again
    and again, takes a fifth of an extraction of ten times the usual size, and finds none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def logged(snakemake: Any) -> Iterator[Any]:
    """Send log records, warnings and tracebacks to the rule's ``log:``, and what went wrong to the screen.

    A :class:`NianjianError` ends the job with its message alone; anything else keeps its traceback.
    """
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w", encoding="utf8") as stream:
        screen = logging.StreamHandler(sys.stderr)
        screen.setLevel(logging.ERROR)
        screen.setFormatter(logging.Formatter("%(message)s"))
        logging.basicConfig(
            level=logging.INFO,
            format="%(asctime)s %(levelname)s %(message)s",
            handlers=[logging.StreamHandler(stream)],
            force=True,
        )
        logging.getLogger().addHandler(screen)
        logging.captureWarnings(True)
        # It reports every glyph that it embeds in a figure.
        logging.getLogger("fontTools").setLevel(logging.WARNING)
        try:
            yield snakemake
        except NianjianError as error:
            logging.error("%s", error)
            stream.flush()
            sys.exit(1)
        except BaseException:
            stream.write(traceback.format_exc())
            raise
