"""Plans that several tests look at."""

from __future__ import annotations

import pytest

from planned import Planned, plan_in
from small_books import BODY, HEADER


@pytest.fixture(scope="session")
def simulated(tmp_path_factory) -> Planned:
    """All studies on the simulated books."""
    return plan_in(tmp_path_factory.mktemp("plan") / "a project", studies="all")


@pytest.fixture
def raw(write_book, tmp_path):
    """A folder of two real editions."""
    for edition in (2013, 2014):
        write_book([*HEADER, *BODY], edition=edition)
    return tmp_path
