"""A workspace's files of reference over the project's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nianjian.declarations.layers import CONFIG, Layers

Write = Callable[[str, str | bytes], Layers]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below a workspace's ``config``; returns the layers."""

    def file(name: str, content: str | bytes) -> Layers:
        path = tmp_path / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Layers((tmp_path / "config", CONFIG))

    return file
