"""Pages in two languages say the same: same sections, code, tables and links."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = [
    ROOT / "README.md",
    *(ROOT / "docs" / path.name for path in sorted((ROOT / "docs/zh").glob("*.md"))),
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"(^|\s)(#|--)\s.*$")


def chinese(path: Path) -> Path:
    return path.with_name("README.zh.md") if path.name == "README.md" else path.parent / "zh" / path.name


def english(path: Path) -> Path:
    """The page that stands for both languages."""
    if path.name == "README.zh.md":
        return path.with_name("README.md")
    return path.parents[1] / path.name if path.parent.name == "zh" else path


def read(path: Path) -> str:
    return path.read_text(encoding="utf8")


def prose(text: str) -> str:
    return BLOCK.sub("", text)


def headings(text: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(text), flags=re.MULTILINE)]


def code(text: str) -> list[tuple[str, list[str]]]:
    """Blocks without comments and blank lines."""
    blocks = []
    for language, block in BLOCK.findall(text):
        lines = [COMMENT.sub("", line).rstrip() for line in block.splitlines()]
        blocks.append((language, [line for line in lines if line]))
    return blocks


def rows(text: str) -> list[tuple[int, list[str]]]:
    """Rows of tables: how many cells, and the code in them."""
    lines = [line for line in prose(text).splitlines() if line.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line) for line in lines]
    return [
        (len(each), sorted(re.findall(r"`([^`]+)`", line))) for each, line in zip(cells, lines, strict=True)
    ]


def links(path: Path) -> list[str]:
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(read(path)))
    files = [target.partition("#")[0] for target in targets if not target.startswith(("http:", "https:"))]
    inside = [english((path.parent / file).resolve()) if file else english(path) for file in files]
    outside = [target for target in targets if target.startswith(("http:", "https:"))]
    return sorted([*(each.relative_to(ROOT).as_posix() for each in inside), *outside])


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.name)
class TestPair:
    def test_sections(self, path: Path) -> None:
        assert headings(read(chinese(path))) == headings(read(path))

    def test_code(self, path: Path) -> None:
        assert code(read(chinese(path))) == code(read(path))

    def test_tables(self, path: Path) -> None:
        assert rows(read(chinese(path))) == rows(read(path))

    def test_links(self, path: Path) -> None:
        assert links(chinese(path)) == links(path)

    def test_each_names_the_other_at_its_head(self, path: Path) -> None:
        for page, other in ((path, chinese(path)), (chinese(path), path)):
            head = "".join(read(page).splitlines(keepends=True)[:6])
            named = [(page.parent / link).resolve() for link in re.findall(r"\]\(([^)\s#]+)\)", head)]
            assert other in named, page

    def test_the_chinese_page_is_in_chinese(self, path: Path) -> None:
        text = re.sub(r"`[^`\n]*`|\]\([^)]*\)|<[^>]+>", "", prose(read(chinese(path))))
        assert len(re.findall(r"[\u4e00-\u9fff]", text)) > len(re.findall(r"[A-Za-z]+", text))
