"""Work without the search for circles of garbage."""

from __future__ import annotations

import gc

import pytest

from nianjian.garbage import uncollected


def test_the_collector_rests_for_a_while_and_is_then_as_it_was():
    assert gc.isenabled()
    with pytest.raises(ValueError, match="wrong"), uncollected():
        assert not gc.isenabled()
        raise ValueError("wrong")
    assert gc.isenabled()
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()
    gc.enable()
