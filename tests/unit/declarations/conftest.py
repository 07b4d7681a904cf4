"""A registry of one small study, changed as a test asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nianjian.declarations.registry import Registry
from nianjian.errors import DeclarationError
from small_studies import Change, read, write


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Registry]:
    """Write a small ``config/`` with one study, changed as asked, and read it."""

    def loaded(
        change: Change | None = None, *, text: str | None = None, items: str | None = None, **config: Any
    ) -> Registry:
        more = {} if items is None else {"items": items}
        return read(
            write(tmp_path / "config", change, text=text, config=config, **more), str(tmp_path / "results")
        )

    return loaded


@pytest.fixture
def message(load: Callable[..., Registry]) -> Callable[..., str]:
    """What is said of a declaration that is wrong."""

    def refused(change: Change | None = None, **more: Any) -> str:
        with pytest.raises(DeclarationError) as error:
            load(change, **more)
        return str(error.value)

    return refused
