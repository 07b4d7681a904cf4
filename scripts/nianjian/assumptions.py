"""Collect the judgement calls marked ``ASSUME:`` in code and declarations into docs/assumptions.md."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "assumptions.md"
_MARK = re.compile(r"ASSUME:\s*(.*)")


def assumptions(root: Path = ROOT) -> list[tuple[str, str]]:
    """File and text of every marked judgement call, comments that go on over lines joined."""
    found = []
    files = [*sorted((root / "scripts").rglob("*.py")), *sorted((root / "config").rglob("*.yaml"))]
    for path in files:
        if path == Path(__file__).resolve():
            continue
        lines = path.read_text(encoding="utf8").splitlines()
        for number, line in enumerate(lines):
            match = _MARK.search(line)
            if not match:
                continue
            text = [match[1].strip()]
            for further in lines[number + 1 :]:
                stripped = further.strip()
                comment = (
                    line.lstrip().startswith("#") and stripped.startswith("#") and "ASSUME:" not in stripped
                )
                prose = (
                    not line.lstrip().startswith("#")
                    and "#" not in line
                    and stripped
                    and not text[-1].endswith((".", '"""'))
                )
                if not (comment or prose) or text[-1].endswith("."):
                    break
                text.append(stripped.lstrip("# "))
            found.append((path.relative_to(root).as_posix(), " ".join(text).rstrip('"')))
    return found


def page(root: Path = ROOT) -> str:
    """docs/assumptions.md as text."""
    lines = [
        "# Judgement calls",
        "",
        "Marked `ASSUME:` where they are made; collected by `python -m nianjian.assumptions`.",
        "",
    ]
    current = ""
    for file, text in assumptions(root):
        if file != current:
            lines += [f"## {file}", ""] if current == "" else ["", f"## {file}", ""]
            current = file
        lines.append(f"- {text}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
