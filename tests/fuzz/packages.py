"""An .xlsx as parts that can be edited, and the cells of a sheet's XML."""

from __future__ import annotations

import io
import random
import re
import zipfile
from dataclasses import dataclass, field

CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^<>]*)>\s*<v>([^<]*)</v>\s*</c>')


@dataclass
class Book:
    """A workbook under mutation.

    Attributes
    ----------
    parts : content by name
    """

    parts: dict[str, bytes]
    sheets: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, content: bytes) -> Book:
        """Unpack a workbook."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        return cls(parts, sorted(name for name in parts if re.match(r"xl/worksheets/sheet\d+\.xml", name)))

    def packed(self) -> bytes:
        """The workbook's bytes."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.parts.items():
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return stream.getvalue()

    def numbers(self, sheet: str) -> dict[str, re.Match[bytes]]:
        """Cells of a sheet that hold a number, by address."""
        return {
            found[1].decode(): found
            for found in CELL.finditer(self.parts[sheet])
            if b' t="' not in found[2] or b't="n"' in found[2]
        }

    def put(self, sheet: str, address: str, xml: str) -> None:
        """Put other XML in the place of a cell with a number."""
        found = self.numbers(sheet)[address]
        content = self.parts[sheet]
        self.parts[sheet] = content[: found.start()] + xml.encode() + content[found.end() :]

    def put_text(self, sheet: str, address: str, text: str) -> None:
        """Make a cell a text."""
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self.put(
            sheet,
            address,
            f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>',
        )

    def style(self, code: str) -> int:
        """Add a number format; returns the style that has it."""
        styles = self.parts["xl/styles.xml"].decode()
        escaped = code.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        taken = [int(found) for found in re.findall(r'numFmtId="(\d+)"', styles)]
        own = max([200, *taken]) + 1
        entry = f'<numFmt numFmtId="{own}" formatCode="{escaped}"/>'
        if "<numFmts" in styles and "</numFmts>" in styles:
            styles = styles.replace("</numFmts>", f"{entry}</numFmts>", 1)
        else:
            styles = re.sub(r"<numFmts[^>]*/>", "", styles)
            styles = re.sub(
                r"(<styleSheet[^>]*>)",
                rf"\1<numFmts count=\"1\">{entry.replace(chr(92), chr(92) * 2)}</numFmts>".replace(
                    '\\"', '"'
                ),
                styles,
                count=1,
            )
        within = re.search(r"<cellXfs[^>]*>(.*?)</cellXfs>", styles, re.DOTALL)
        assert within is not None
        place = len(re.findall(r"<xf[\s>/]", within[1]))
        styles = styles.replace(
            "</cellXfs>",
            f'<xf numFmtId="{own}" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/></cellXfs>',
            1,
        )
        self.parts["xl/styles.xml"] = styles.encode()
        return place


def choose(
    rng: random.Random, book: Book, read: dict[tuple[str, str], float | None], sheet: str
) -> str | None:
    """The address of a number that was read; None if the page has none."""
    own = sorted(
        set(book.numbers(book.sheets[0]))
        & {cell for name, cell in read if name == sheet and read[name, cell] is not None}
    )
    return rng.choice(own) if own else None
