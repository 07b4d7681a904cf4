"""Which unit tests take long: `make test-fast` leaves them out."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from traced import Traced, make

HERE = Path(__file__).parent
SLOW = (
    "simulate",  # prints books and reads them
    "spatial",
    "kinds/figures",
    "publish/figures",
    "test_architecture.py",
    "test_montecarlo.py",
    "estimators/test_event_study.py",
    "estimators/test_heterogeneity.py",
    "estimators/test_trends.py",
    "extract/test_workbooks.py",
    "indices/test_efficiency.py",
    "kinds/estimators",
    "panel/test_assemble.py",
    "panel/test_cities.py",
    "launcher/test_mistakes.py",
    "panel/test_panel_declared.py",
    "plan",  # reads the whole declaration for each edit
    "publish/test_scorecard.py",
)


PLACES = [HERE / name for name in SLOW]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Slow modules are not even imported where they are not wanted: that alone takes seconds."""
    unwanted = "not slow" in config.getoption("markexpr")
    return True if unwanted and collection_path in PLACES else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them."""
    for item in items:
        if any(item.path.is_relative_to(place) for place in PLACES):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """A small study with results of every stage."""
    return make(tmp_path_factory.mktemp("traced") / "workspace")


@pytest.fixture
def root_logger():
    """The root logger, given back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
