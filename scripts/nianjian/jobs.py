"""The few lines that a rule's script needs around its function."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nianjian.errors import NianjianError

TOLD_BY_LOG = "NIANJIAN_TOLD_BY_LOG"
"""Set in the environment where the run itself reads the logs of its jobs and says what went wrong; see nianjian.running."""


def files(named: Any) -> dict[str, list[str]]:
    """Inputs or outputs of a job by name, each a list."""
    return {name: [own] if isinstance(own, str) else list(own) for name, own in named.items()}


@contextmanager
def logged(snakemake: Any) -> Iterator[Any]:
    """Send log records, warnings and tracebacks to the rule's ``log:``, and what went wrong to the screen.

    A :class:`NianjianError` ends the job with its message alone; anything else keeps its traceback. Where the run says what
    the log holds, the job itself is silent: what jobs at the same time write would run into each other.
    """
    silent = TOLD_BY_LOG in os.environ
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
        if not silent:
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
            if silent:
                stream.flush()
                sys.exit(1)
            raise
