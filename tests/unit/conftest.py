"""Which unit tests take long: `make test-fast` leaves them out."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SLOW = (
    "simulate",  # prints books and reads them
    "spatial",
    "kinds/figures",
    "publish/figures",
    "test_montecarlo.py",
    "estimators/test_event_study.py",
    "estimators/test_heterogeneity.py",
    "extract/test_workbooks.py",
    "indices/test_efficiency.py",
    "kinds/estimators",
    "panel/test_assemble.py",
    "panel/test_cities.py",
    "panel/test_panel_declared.py",
    "publish/test_scorecard.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them."""
    slow = [HERE / name for name in SLOW]
    for item in items:
        if any(item.path.is_relative_to(place) for place in slow):
            item.add_marker(pytest.mark.slow)
