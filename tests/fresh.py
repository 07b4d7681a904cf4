"""Code in an interpreter of its own: what an import loads cannot be seen in one that has loaded everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


def printed_by(code: str) -> str:
    """What a fresh interpreter prints that runs some code beside the scripts."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
