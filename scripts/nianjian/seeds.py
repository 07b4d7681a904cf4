"""Seeds of random draws that depend on what they are for, not on which job makes them."""

from __future__ import annotations

import zlib

import numpy as np

FIRST_SEED = 20180101
"""The seed with which the project comes, see config.yaml."""


def sequence(seed: int, *names: str | int) -> np.random.SeedSequence:
    """Seed of one use, named by study, specification and what is drawn.

    The same names give the same numbers whatever else the run holds, so a draw does not move when a study
    is added or the work is split over jobs.

    Parameters
    ----------
    seed : the run's, of config.yaml
    names : what is drawn, such as ``"uer_inequality", "uer", "bootstrap"``
    """
    words = [name if isinstance(name, int) else zlib.crc32(name.encode()) for name in names]
    return np.random.SeedSequence([seed, *words])


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Generator of one use; see :func:`sequence`."""
    return np.random.Generator(np.random.PCG64(sequence(seed, *names)))
