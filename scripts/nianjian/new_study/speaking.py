"""Questions at a terminal, and in which language."""

from __future__ import annotations

import os
import sys


def spoken() -> str:
    """``zh`` where the computer is set to Chinese, else ``en``."""
    said = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if said.lower().startswith("zh") else "en"


def ask(question: str, default: str) -> str:
    """What is typed; an empty line means the default."""
    sys.stdout.write(f"{question} [{default}]: " if default else f"{question}: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() or default
