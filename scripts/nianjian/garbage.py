"""Python's search for circles of garbage, left out where nearly all that is made is kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search, for work that makes objects by the hundred thousand: it looks through all of them again and again,
    takes a fifth of the time of a plan, or of an extraction of ten times the usual size, and finds none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
