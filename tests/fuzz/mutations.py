"""What may befall a workbook on its way from the printing office to a researcher, each with what is right to read then."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from fuzz.outcomes import ANYTHING, Mutated
from fuzz.packages import Book
from nianjian.extract.number_formats import show
from nianjian.extract.text import parse_number

FILE = "2-13 地区生产总值.xlsx"


@dataclass
class Case:
    """A workbook as it was read before.

    Attributes
    ----------
    content : its bytes
    read : (sheet, cell) to number
    sheet : name of the sheet whose cells are changed: that of the first part
    """

    content: bytes
    read: dict[tuple[str, str], float | None]
    sheet: str
    rng: random.Random

    def book(self) -> Book:
        return Book.of(self.content)

    def cell(self, book: Book) -> str:
        """A cell with a number that was read."""
        held = book.numbers(book.sheets[0])
        own = sorted(cell for cell in held if self.read.get((self.sheet, cell)) is not None)
        if not own:
            raise Unfit
        return self.rng.choice(own)

    def number(self, cell: str) -> float:
        found = self.read[self.sheet, cell]
        assert found is not None
        return found


class Unfit(Exception):
    """The workbook has nothing that the mutation needs."""


Mutation = Callable[[Case], Mutated]
MUTATIONS: dict[str, Mutation] = {}


def mutation(function: Mutation) -> Mutation:
    """Register a mutation by its name."""
    MUTATIONS[function.__name__] = function
    return function


def _one(book: Book, **more: object) -> Mutated:
    return Mutated({FILE: book.packed()}, **more)  # type: ignore[arg-type]


# -- bytes


@mutation
def bytes_flipped(case: Case) -> Mutated:
    data = bytearray(case.content)
    for _ in range(case.rng.choice((1, 1, 2, 8, 50))):
        data[case.rng.randrange(len(data))] = case.rng.randrange(256)
    return Mutated({FILE: bytes(data)})


@mutation
def truncated(case: Case) -> Mutated:
    return Mutated({FILE: case.content[: case.rng.randrange(len(case.content))]})


@mutation
def bytes_inserted(case: Case) -> Mutated:
    at = case.rng.randrange(len(case.content))
    return Mutated(
        {FILE: case.content[:at] + case.rng.randbytes(case.rng.choice((1, 7, 300))) + case.content[at:]}
    )


# -- parts


@mutation
def part_lost(case: Case) -> Mutated:
    book = case.book()
    name = case.rng.choice(sorted(book.parts))
    del book.parts[name]
    # Without its strings a page has no names; without styles, formats: that cannot be seen.
    return _one(book, loose=True, truth=dict.fromkeys(case.read, ANYTHING) if "styles" in name else {})


@mutation
def part_cut(case: Case) -> Mutated:
    book = case.book()
    name = case.rng.choice([*book.sheets[:1], "xl/workbook.xml", "xl/styles.xml"])
    book.parts[name] = book.parts[name][: case.rng.randrange(len(book.parts[name]))]
    return _one(book, loose=True)


@mutation
def dimension_lies(case: Case) -> Mutated:
    book = case.book()
    said = case.rng.choice((b"A1", b"A1:XFD1048576", b"ZZZ1:A0", b"B2:C3"))
    book.parts[book.sheets[0]] = re.sub(
        rb'<dimension ref="[^"]*"', b'<dimension ref="' + said + b'"', book.parts[book.sheets[0]]
    )
    return _one(book)


@mutation
def addresses_lost(case: Case) -> Mutated:
    """Cells and rows that do not say where they stand follow each other."""
    book = case.book()
    content = book.parts[book.sheets[0]]
    rows = [int(n) for n in re.findall(rb'<row r="(\d+)"', content)]
    if rows != list(range(1, len(rows) + 1)) or b"<f" in content or not _gapless(content):
        raise Unfit
    book.parts[book.sheets[0]] = re.sub(rb'<(row|c) r="[A-Z]*\d+"', rb"<\1", content)
    return _one(book)


def _gapless(content: bytes) -> bool:
    for row in re.findall(rb"<row .*?</row>", content, re.DOTALL):
        letters = [found.decode() for found in re.findall(rb'<c r="([A-Z]+)', row)]
        if letters != [chr(65 + n) for n in range(len(letters))]:
            return False
    return True


@mutation
def prefixed(case: Case) -> Mutated:
    book = case.book()
    content = book.parts[book.sheets[0]].decode()
    head, _, body = content.partition("<worksheet")
    body = "<worksheet" + body
    if re.search(r"<\w+:", body):
        raise Unfit
    body = re.sub(r"<(/?)(\w)", r"<\1x:\2", body).replace('xmlns="http', 'xmlns:x="http', 1)
    book.parts[book.sheets[0]] = (head + body).encode()
    return _one(book)


@mutation
def single_quotes(case: Case) -> Mutated:
    book = case.book()
    content = book.parts[book.sheets[0]]
    if b"'" in content:
        raise Unfit
    book.parts[book.sheets[0]] = re.sub(
        rb"<(row|c)( [^<>]*)>", lambda found: found[0].replace(b'"', b"'"), content
    )
    return _one(book)


@mutation
def type_changed(case: Case) -> Mutated:
    """A number stored as text, as a formula's text, as an error, as a truth value."""
    book = case.book()
    cell = case.cell(book)
    found = book.numbers(book.sheets[0])[cell]
    kind = case.rng.choice(("str", "e", "b", "d"))
    book.put(book.sheets[0], cell, f'<c r="{cell}" t="{kind}"><v>{found[3].decode()}</v></c>')
    return _one(book, truth={(case.sheet, cell): case.number(cell) if kind in ("str", "d") else None})


@mutation
def relations_swapped(case: Case) -> Mutated:
    book = case.book()
    name = "xl/_rels/workbook.xml.rels"
    targets = re.findall(rb'Target="([^"]*worksheets/sheet\d+\.xml)"', book.parts[name])
    if len(targets) < 2:
        raise Unfit
    first, second = case.rng.sample(targets, 2)
    swapped = book.parts[name].replace(first, b"@@").replace(second, first).replace(b"@@", second)
    book.parts[name] = swapped
    return _one(book, by_label=True)


@mutation
def relation_broken(case: Case) -> Mutated:
    book = case.book()
    name = "xl/_rels/workbook.xml.rels"
    book.parts[name] = book.parts[name].replace(b"worksheets/sheet1.xml", b"worksheets/nowhere.xml")
    return _one(book, loose=True)


@mutation
def compressed_otherwise(case: Case) -> Mutated:
    book, stream = case.book(), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for part, content in book.parts.items():
            archive.writestr(
                part, content, case.rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
            )
    return Mutated({FILE: stream.getvalue()})


# -- cells


def _text(case: Case, text: str, number: float | None) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    stored = book.numbers(book.sheets[0])[cell][3].decode()
    own = case.number(cell)
    shown = f"{own:,}" if "," in text else stored
    book.put_text(book.sheets[0], cell, text.replace("@,", shown).replace("@", stored))
    return _one(book, truth={(case.sheet, cell): own if number is not None else None}, heard=True)


@mutation
def note_marked(case: Case) -> Mutated:
    return _text(
        case, case.rng.choice(("@①", "@¹", "@*", "@ ②", "@⑴", "@③④", "①@", "@※", "@²³", "@₁", "@⒈", "@❷")), 1
    )


@mutation
def raised_run(case: Case) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    stored = book.numbers(book.sheets[0])[cell][3].decode()
    book.put(
        book.sheets[0], cell,
        f'<c r="{cell}" t="inlineStr"><is><r><t>{stored}</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>{case.rng.randrange(1, 30)}</t></r></is></c>',
    )  # fmt: skip
    return _one(book, truth={(case.sheet, cell): case.number(cell)})


@mutation
def text_number(case: Case) -> Mutated:
    return _text(
        case,
        case.rng.choice(("@", " @ ", "'@", "@,", "\u3000@", "@\n", "@\u200b", "\ufeff@", "@\xa0", "\t@")),
        1,
    )


@mutation
def about(case: Case) -> Mutated:
    return _text(
        case,
        case.rng.choice(
            (
                "约@",
                "≥@",
                "@#",
                ">@",
                "近@",
                "@余",
                "@左右",
                "@以上",
                "~@",
                "@万",
                "@亿",
                "(@)",
                "@?",
                "@人",
                "@(1)",
                "@[1]",
                "@a",
                "±@",
            )
        ),
        None,
    )


@mutation
def merged_numbers(case: Case) -> Mutated:
    """The numbers of two cities in one cell, whatever stands between them."""
    book = case.book()
    cell = case.cell(book)
    other = case.cell(book)
    held = book.numbers(book.sheets[0])
    first, second = held[cell][3].decode(), held[other][3].decode()
    joint = case.rng.choice((" ", "  ", "\n", "/", "、", "\u3000", "\t", "；", " ,"))
    if joint.strip() == "" and joint != "\n" and re.fullmatch(r"\d{1,3}\s\d{3}(\.\d+)?", f"{first} {second}"):
        raise Unfit  # that is how some write thousands
    book.put_text(book.sheets[0], cell, f"{first}{joint}{second}")
    return _one(book, truth={(case.sheet, cell): None}, heard=True)


@mutation
def no_number(case: Case) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    book.put_text(
        book.sheets[0],
        cell,
        case.rng.choice(
            ("…", "-", "—", "", " ", "...", "空", "n/a", "①", "#N/A", "1E400", "9" * 400, "NaN", "inf")
        ),
    )
    return _one(book, truth={(case.sheet, cell): None})


@mutation
def beyond_numbers(case: Case) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    book.put(
        book.sheets[0],
        cell,
        f'<c r="{cell}"><v>{case.rng.choice(("1E400", "-1e999", "NaN", "INF", "0x1A", "1,5"))}</v></c>',
    )
    return _one(book, truth={(case.sheet, cell): None}, loose=True, heard=True)


@mutation
def noise_of_sums(case: Case) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    book.put(book.sheets[0], cell, f'<c r="{cell}"><v>1202.4000000000001</v></c>')
    return _one(book, truth={(case.sheet, cell): 1202.4})


@mutation
def swapped(case: Case) -> Mutated:
    book = case.book()
    first, second = case.cell(book), case.cell(book)
    held = book.numbers(book.sheets[0])
    one, two = held[first][3].decode(), held[second][3].decode()
    book.put(book.sheets[0], first, f'<c r="{first}"><v>{two}</v></c>')
    if first != second:
        book.put(book.sheets[0], second, f'<c r="{second}"><v>{one}</v></c>')
    return _one(book, truth={(case.sheet, first): float(two), (case.sheet, second): float(one)})


@mutation
def cell_twice(case: Case) -> Mutated:
    """The same address twice, with other numbers."""
    book = case.book()
    cell = case.cell(book)
    stored = book.numbers(book.sheets[0])[cell][3].decode()
    book.put(book.sheets[0], cell, f'<c r="{cell}"><v>{stored}</v></c><c r="{cell}"><v>{stored}7</v></c>')
    # Which of them holds no program says.
    return _one(book, truth={(case.sheet, cell): ANYTHING})


@mutation
def rows_out_of_order(case: Case) -> Mutated:
    book = case.book()
    content = book.parts[book.sheets[0]]
    rows = re.findall(rb"<row .*?</row>", content, re.DOTALL)
    if len(rows) < 6 or b"".join(rows) not in content:
        raise Unfit
    moved = rows[:]
    case.rng.shuffle(moved)
    book.parts[book.sheets[0]] = content.replace(b"".join(rows), b"".join(moved))
    return _one(book)


@mutation
def far_cell(case: Case) -> Mutated:
    book = case.book()
    place = case.rng.choice(("XFD1048576", "A1048576", "XFD1", "ZZ90000", "B40000"))
    row = re.sub("[A-Z]", "", place)
    what = case.rng.choice(("<v>7</v>", "", "<v></v>"))
    extra = f'<row r="{row}"><c r="{place}">{what}</c></row>' if row != "1" else ""
    content = book.parts[book.sheets[0]].decode()
    if row == "1":
        content = re.sub(
            r"(<row r=\"1\".*?)(</row>)", rf'\1<c r="{place}">{what}</c>\2', content, count=1, flags=re.DOTALL
        )
    book.parts[book.sheets[0]] = content.replace("</sheetData>", f"{extra}</sheetData>").encode()
    return _one(book, truth={(case.sheet, place): ANYTHING})


@mutation
def formula_unsaved(case: Case) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    xml = case.rng.choice(("<f>B5+1</f>", "<f>B5+1</f><v></v>", "<f>B5+1</f><v/>", "<f/>"))
    book.put(book.sheets[0], cell, f'<c r="{cell}">{xml}</c>')
    return _one(book, truth={(case.sheet, cell): None}, heard=True)


@mutation
def formula_saved(case: Case) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    stored = book.numbers(book.sheets[0])[cell][3].decode()
    book.put(book.sheets[0], cell, f'<c r="{cell}"><f>SUM(B5:B6)</f><v>{stored}</v></c>')
    return _one(book)


@mutation
def formula_never_computed(case: Case) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    book.put(book.sheets[0], cell, f'<c r="{cell}"><f>B5+1</f><v>0</v></c>')
    book.parts["xl/workbook.xml"] = re.sub(rb"<calcPr[^>]*/>", b"", book.parts["xl/workbook.xml"]).replace(
        b"</workbook>", b'<calcPr calcId="1" fullCalcOnLoad="1"/></workbook>'
    )
    return _one(book, truth={(case.sheet, cell): None})


# -- formats

CODES = (
    "0.0", "0", "0.00", "#,##0", "#,##0.0", "0%", "0.0%", "0,", "#,##0,", "0.0,,", '0"万"', '0.0"亿"', "yyyy/m/d", 'm"月"d"日"',
    "h:mm", "[h]:mm:ss", "0.00_ ", "#,##0.00_);[Red](#,##0.00)", ";;;", "0.00E+00", "# ?/?", '"约"0', "[>100]0;0.0", "@",
    "General", "G/通用格式", '0.0"‰"', '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', "0;0", '0"人"', "¥#,##0.00", '0"①"', "[DBNum1]0",
)  # fmt: skip


@mutation
def formatted(case: Case) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    stored = case.rng.choice(
        (
            book.numbers(book.sheets[0])[cell][3].decode(),
            "10.46",
            "0.453",
            "1234567.891",
            "-3.26",
            "1.27",
            "0.1513888888",
        )
    )
    code = case.rng.choice(CODES)
    style = book.style(code)
    book.put(book.sheets[0], cell, f'<c r="{cell}" s="{style}"><v>{stored}</v></c>')
    if case.rng.random() < 0.2:
        book.parts["xl/workbook.xml"] = book.parts["xl/workbook.xml"].replace(
            b"<sheets>", b'<workbookPr date1904="1"/><sheets>'
        )
    shown = show(stored, code)
    # Either what is shown or, where the format says nothing of the number, what is stored.
    number = float(stored) if shown.same else parse_number(shown.text)
    return _one(book, truth={(case.sheet, cell): number}, heard=True)


@mutation
def style_missing(case: Case) -> Mutated:
    book = case.book()
    cell = case.cell(book)
    stored = book.numbers(book.sheets[0])[cell][3].decode()
    book.put(
        book.sheets[0], cell, f'<c r="{cell}" s="{case.rng.choice((999, -1, 70000))}"><v>{stored}</v></c>'
    )
    return _one(book)


# -- rows, columns, sheets


@mutation
def rows_hidden(case: Case) -> Mutated:
    book = case.book()
    content = book.parts[book.sheets[0]].decode()
    book.parts[book.sheets[0]] = re.sub(r'<row r="(5|6|7)"', r'<row r="\1" hidden="1"', content).encode()
    return _one(book)


@mutation
def columns_hidden(case: Case) -> Mutated:
    book = case.book()
    content = book.parts[book.sheets[0]].decode()
    content = re.sub(r"<cols>.*?</cols>", "", content, flags=re.DOTALL)
    content = content.replace(
        "<sheetData>", '<cols><col min="2" max="3" width="9" hidden="1"/></cols><sheetData>'
    )
    book.parts[book.sheets[0]] = content.encode()
    return _one(book)


def _with_sheet(book: Book, name: str, content: bytes, state: str, first: bool) -> None:
    """Add a worksheet."""
    part, link = "xl/worksheets/sheet99.xml", "rId9901"
    book.parts[part] = content
    relations = "xl/_rels/workbook.xml.rels"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    book.parts[relations] = book.parts[relations].replace(
        b"</Relationships>",
        f'<Relationship Id="{link}" Type="{kind}" Target="/{part}"/></Relationships>'.encode(),
    )
    own = f'<sheet xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" name="{name}" sheetId="99" {state} r:id="{link}"/>'
    text = book.parts["xl/workbook.xml"].decode()
    text = (
        re.sub(r"(<sheets[^>]*>)", rf"\1{own}", text, count=1)
        if first
        else text.replace("</sheets>", f"{own}</sheets>", 1)
    )
    book.parts["xl/workbook.xml"] = text.encode()
    types = book.parts["[Content_Types].xml"].decode()
    entry = f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    book.parts["[Content_Types].xml"] = types.replace("</Types>", f"{entry}</Types>").encode()


@mutation
def hidden_sheet_before(case: Case) -> Mutated:
    """An old state of the table on a hidden sheet."""
    book = case.book()
    changed = re.sub(rb"<v>(\d+)\.?\d*</v></c>", rb"<v>9\1</v></c>", book.parts[book.sheets[0]])
    state = case.rng.choice(('state="hidden"', 'state="veryHidden"'))
    _with_sheet(book, "旧", changed, state, case.rng.random() < 0.7)
    return _one(book)


@mutation
def empty_sheet_before(case: Case) -> Mutated:
    book = case.book()
    _with_sheet(
        book,
        "Sheet1",
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>',
        "",
        True,
    )
    return _one(book)


@mutation
def sheet_renamed(case: Case) -> Mutated:
    book = case.book()
    name = case.rng.choice(("10", "2", "Sheet1", "附表", "a.b", "数据 (2)", "2-13续", "表_1"))
    text = book.parts["xl/workbook.xml"].decode()
    book.parts["xl/workbook.xml"] = re.sub(
        r'(<sheet [^>]*?name=")[^"]*"', rf'\g<1>{name}"', text, count=1
    ).encode()
    return _one(book, by_label=True)


@mutation
def merges_lost(case: Case) -> Mutated:
    book = case.book()
    book.parts[book.sheets[0]] = re.sub(
        rb"<mergeCells.*?</mergeCells>", b"", book.parts[book.sheets[0]], flags=re.DOTALL
    )
    return _one(book, loose=True)


@mutation
def merges_odd(case: Case) -> Mutated:
    book = case.book()
    content = re.sub(rb"<mergeCells.*?</mergeCells>", b"", book.parts[book.sheets[0]], flags=re.DOTALL)
    spans = case.rng.sample(
        ["A1:C1", "B5:B9", "A1:XFD1", "A4:A6", "C3:B2", "B1:B1048576", "Q1:R2", "B2:C3", ""], 3
    )
    merged = "".join(f'<mergeCell ref="{span}"/>' for span in spans)
    book.parts[book.sheets[0]] = content.replace(
        b"</sheetData>", f"</sheetData><mergeCells>{merged}</mergeCells>".encode()
    )
    return _one(book, loose=True)


# -- names, folders, archives


@mutation
def renamed(case: Case) -> Mutated:
    name = case.rng.choice(
        ("2-13.xlsx", "２－１３．地区生产总值.XLSX", "新建 Microsoft Excel 工作表.xlsx", "a.xls", "2—13_GDP（1）.xlsm", "2-13 地区生产总值.et", "表\u200b一.xlsx", "x" * 60 + ".xlsx", "深/层/的/2-13.xlsx")
    )  # fmt: skip
    return Mutated({name: case.content}, loose=True)


@mutation
def folder_renamed(case: Case) -> Mutated:
    name = case.rng.choice(
        (
            "年鉴2013",
            "2013年中国城市统计年鉴",
            "中国城市统计年鉴２０１３",
            "2013",
            "2013年鉴",
            "城市统计年鉴 2013 excel",
            "《中国城市统计年鉴—2013》",
        )
    )
    return Mutated({FILE: case.content}, folder=name)


@mutation
def archived(case: Case) -> Mutated:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"三、地级/{FILE}", case.content)
        archive.writestr(f"__MACOSX/三、地级/._{FILE}", b"x")
    data = stream.getvalue()
    if case.rng.random() < 0.4:
        data = data[: case.rng.randrange(len(data))]
    elif case.rng.random() < 0.4:
        changed = bytearray(data)
        changed[case.rng.randrange(len(changed))] ^= 1 << case.rng.randrange(8)
        data = bytes(changed)
    return Mutated({"第三部分.zip": data})


@mutation
def among_bad_files(case: Case) -> Mutated:
    """One bad file never takes its edition with it."""
    bad = case.rng.choice(
        (
            b"",
            b"PK\3\4",
            case.rng.randbytes(500),
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + case.rng.randbytes(3000),
            b"<html>",
        )
    )
    return Mutated(
        {
            FILE: case.content,
            f"2-14{case.rng.choice(('.xlsx', '.xls', '.ods', '.xlsb', '.zip', '.rar', '.pdf'))}": bad,
        }
    )
