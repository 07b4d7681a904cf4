"""A folder for the files that a figure is drawn from."""

import pytest

from drawn import Given


@pytest.fixture
def given(tmp_path):
    return Given(tmp_path)
