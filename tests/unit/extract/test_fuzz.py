"""A small part of ``make fuzz``: no number of a mutated workbook changes in silence, and nothing crashes."""

from __future__ import annotations

import logging

import pytest

from fuzz.mutations import MUTATIONS
from fuzz.outcomes import BAD
from fuzz.run import fuzz


@pytest.mark.parametrize("seed", [20180101, 1])
def test_no_mutation_changes_a_number_in_silence(tmp_path, seed, monkeypatch):
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    counts, wrong = fuzz(seed, 4 * len(MUTATIONS), tmp_path, real_books=0)
    assert not wrong, "\n".join(wrong)
    assert sum(counts.values()) == 4 * len(MUTATIONS)
    read = {kind for kind, outcome in counts if outcome not in (*BAD, "unfit")}
    assert len(read) > 0.9 * len(MUTATIONS)
