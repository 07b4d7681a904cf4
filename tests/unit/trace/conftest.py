"""Results that several tests walk through."""

from __future__ import annotations

import pytest

from nianjian.trace.books import PanelBooks
from nianjian.trace.study import StudyResults
from nianjian.trace.walking import Walker


@pytest.fixture
def books(traced):
    """The panel."""
    with traced.here():
        yield PanelBooks(traced.plan.folder)


@pytest.fixture
def walker(traced, books):
    """Walks through the study."""
    return Walker(StudyResults("small", traced.folder, traced.chain), books)
