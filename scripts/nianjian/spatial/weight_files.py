"""Weight matrices as files hold them: n × n, pairs, gal, gwt, npz; with labels as written, and where each weight stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from nianjian.addresses import cell_name
from nianjian.errors import InputError
from nianjian.extract.delimited import decode
from nianjian.extract.panel_files import TEXT_SUFFIXES, Page, raw, read_pages, shown
from nianjian.files import read_bytes
from nianjian.reference import tables

if TYPE_CHECKING:
    from nianjian.kinds.matrices.file import Params

HEADS = (
    ("from", "i", "origin", "focal", "起点", "来源", "城市1", "city1", "city_i", "from_city"),
    (
        "to",
        "j",
        "destination",
        "neighbour",
        "neighbor",
        "终点",
        "目的",
        "城市2",
        "city2",
        "city_j",
        "to_city",
    ),
    ("weight", "w", "w_ij", "wij", "权重", "value"),
)
"""Heads by which columns of pairs are known."""
MAX_BYTES = 256 * 2**20


@dataclass
class Links:
    """What a file says: labels in their order, and its weights that are not zero.

    Attributes
    ----------
    file, sheet : where it stands; "" of a file without sheets
    labels : n labels as written
    places : where each label stands, for messages
    rows, columns : positions of each weight's two cities among the labels
    values : the weights
    cells : where each stands: B7, line 7
    """

    file: str
    sheet: str = ""
    labels: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)

    @property
    def called(self) -> str:
        """File and sheet, for messages."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file

    def label(self, text: str, place: str) -> int:
        """Position of a label, which is new if it is not known."""
        if text not in self._known:
            self._known[text] = len(self.labels)
            self.labels.append(text)
            self.places.append(place)
        return self._known[text]

    def add(self, i: int, j: int, value: float, cell: str) -> None:
        """One weight; zeros are no links."""
        if value:
            self.rows.append(i)
            self.columns.append(j)
            self.values.append(value)
            self.cells.append(cell)

    def __post_init__(self) -> None:
        self._known: dict[str, int] = {}


def read_links(params: Params, ids: Sequence[str] | None) -> Links:
    """Read a file of weights.

    Parameters
    ----------
    ids : labels in the order of rows and columns, of a file that has none

    Raises
    ------
    InputError
        If the file is not as declared, a weight is no number, missing or negative; the message names each cell.
    """
    path = Path(params.file)
    suffix = path.suffix.lower()
    if suffix == ".gal":
        return _gal(params, _lines(path))
    if suffix == ".gwt":
        return _gwt(params, _lines(path))
    if suffix == ".npz":
        return _npz(params, path, ids)
    page = _page(params, path)
    pairs = _pair_columns(params, page)
    return _pairs(params, page, *pairs) if pairs else _square(params, page, ids)


def read_ids(file: str) -> list[str]:
    """Labels of a file of one column: with or without a head, which is none of them if it is called city, id, code or 城市.

    Raises
    ------
    InputError
        If it holds several columns.
    """
    page = _page(None, Path(file))
    texts = []
    for row in range(len(page.rows)):
        held = [page.text(row, col) for col in range(page.width) if page.text(row, col)]
        if len(held) > 1:
            raise InputError(f"{page.place(row, 1)}: a list of ids has one column; keep that of the cities")
        texts += held
    head = texts and tables.head(texts[0]) in ("city", "id", "ids", "code", "name", "城市", "代码", "unit")
    return texts[1:] if head else texts


# -- tables


def _page(params: Params | None, path: Path) -> Page:
    sheet = params.sheet if params else None
    if path.suffix.lower() in TEXT_SUFFIXES:
        return Page(path.name, "", _cells(decode(path.name, read_bytes(path, MAX_BYTES))))
    pages = read_pages(path, "", ())
    if sheet is None:
        return next((page for page in pages if page.visible), pages[0])
    found = next((page for page in pages if page.name == sheet), None)
    if found is None:
        raise InputError(
            f"{path.name}: has no sheet {sheet!r}, only {', '.join(page.name for page in pages)}; correct `sheet`"
        )
    return found


def _cells(text: str) -> list[list[Any]]:
    """Cells of a text file: the delimiter is the one that its first line with several cells has most of."""
    import csv
    import io

    lines = text.splitlines()
    counts = {
        mark: max((line.count(mark) for line in lines[:3]), default=0) for mark in (",", "\t", ";", " ")
    }
    mark = max(counts, key=lambda each: (counts[each], each != " "))
    if mark == " ":
        return [line.split() for line in lines]
    return [
        [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    ]


def _pair_columns(params: Params, page: Page) -> tuple[int, list[int]] | None:
    """The row of heads and the columns of pairs; None where the file is a matrix."""
    for row in range(min(len(page.rows), 30)):
        heads = {tables.head(page.text(row, col)): col for col in range(page.width) if page.text(row, col)}
        if params.pairs is not None:
            if all(tables.head(name) in heads for name in params.pairs):
                return row, [heads[tables.head(name)] for name in params.pairs]
            continue
        found = [next((heads[name] for name in names if name in heads), None) for names in HEADS]
        if None not in found[:2] and page.width <= 6:
            return row, [each for each in found if each is not None]
    if params.pairs is not None:
        there = ", ".join(page.text(0, col) for col in range(min(page.width, 12))) if page.rows else "nothing"
        raise InputError(
            f"{page.called}: no row of heads has {', '.join(params.pairs)} (pairs); the first row holds {there}"
        )
    return None


def _pairs(params: Params, page: Page, top: int, columns: list[int]) -> Links:
    links, seen = Links(params.file, page.name), dict[tuple[int, int], str]()
    wrong: list[str] = []
    for row in range(top + 1, len(page.rows)):
        texts = [page.text(row, col) for col in columns]
        if not any(texts):
            continue
        if not all(texts[:2]):
            wrong.append(f"{cell_name(row, columns[0])}: one of the two cities is blank")
            continue
        i, j = (links.label(text, cell_name(row, col)) for text, col in zip(texts[:2], columns, strict=False))
        place = cell_name(row, columns[-1])
        value = _number(page, row, columns[2]) if len(columns) > 2 else 1.0
        if value is None:
            wrong.append(f"{place}: '{texts[2]}' is no weight")
        elif (i, j) in seen:
            wrong.append(f"{place}: {texts[0]} to {texts[1]} stands in {seen[i, j]} already")
        else:
            seen[i, j] = place
            links.add(i, j, value, place)
    return _checked(links, wrong)


def _number(page: Page, row: int, col: int) -> float | None:
    """A weight that is finite and not negative; None of anything else, a blank cell among it."""
    own = raw(page.value(row, col))
    found = tables.number(own.text) if own.text else float("nan")
    return found if found >= 0 else None


def _square(params: Params, page: Page, ids: Sequence[str] | None) -> Links:
    """An n × n matrix, with labels in its first row, column or both, or without."""
    top, body, columns = _shape(params, page, ids)
    labels = _labels(params, page, top, body, columns, ids)
    links = Links(params.file, page.name)
    if not labels or not len(labels) == len(body) == len(columns):
        raise InputError(
            f"{page.called}: {len(body)} rows by {len(columns)} columns of weights for {len(labels)} cities; a weight matrix has one "
            "row and one column a city"
        )
    for position, (text, place) in enumerate(labels):
        if links.label(text, place) != position:
            raise InputError(f"{page.called}, {place}: '{text}' stands there twice; keep one")
    across = _across(params, page, top, columns, links, ids)
    wrong: list[str] = []
    for i, row in enumerate(body):
        for col in columns:
            blank = page.value(row, col) == "" and params.blank == "zero"
            value = 0.0 if blank else _number(page, row, col)
            if value is None:
                wrong.append(f"{cell_name(row, col)}: {_told(page, row, col)}")
            else:
                links.add(i, across[col], value, cell_name(row, col))
    return _checked(links, wrong)


def _shape(params: Params, page: Page, ids: Sequence[str] | None) -> tuple[int, list[int], list[int]]:
    """The first row, the rows of weights, and their columns."""
    filled = [row for row in range(len(page.rows)) if any(page.text(row, col) for col in range(page.width))]
    if not filled:
        raise InputError(f"{page.called}: is empty")
    top = filled[0]
    widest = max((len(page.rows[row]) for row in filled[1:]), default=0)
    if len(page.rows[top]) == widest - 1:  # as R writes row names: without a head of theirs
        page.rows[top] = ["", *page.rows[top]]
    first = page.text(top, 0)
    named = not first or tables.number(first) != tables.number(first)
    if not named and ids is None:
        raise InputError(
            f"{page.called}: neither its first row nor its first column names cities ({cell_name(top, 0)} holds '{first}'); name the "
            "cities there, or give them in the order of the rows with ids:"
        )
    if named and ids is not None and not page.typed:
        raise InputError(
            f"{page.called}: has a row of names, so ids: has nothing to say; take it out, or take the names out of the file"
        )
    body = [row for row in filled if not named or row > top]
    width = max((len(page.rows[row]) for row in body), default=0)
    alone = ids is not None or (params.labels == "columns" and width == len(body))
    return top, body, list(range(0 if alone else 1, width))


def _labels(
    params: Params, page: Page, top: int, body: list[int], columns: list[int], ids: Sequence[str] | None
) -> list[tuple[str, str]]:
    if ids is not None:
        return [(label, f"place {number} of ids") for number, label in enumerate(ids, start=1)]
    if params.labels == "columns":
        return [(page.text(top, col), cell_name(top, col)) for col in columns]
    return [(page.text(row, 0), cell_name(row, 0)) for row in body]


def _across(
    params: Params, page: Page, top: int, columns: list[int], links: Links, ids: Sequence[str] | None
) -> dict[int, int]:
    """Position of each column among the labels: they may stand in another order than the rows."""
    if ids is not None or params.labels != "both":
        return {col: position for position, col in enumerate(columns)}
    # What a variable of Stata's is labelled with may be the city, where its name cannot.
    named = {col: (page.aliases.get(col, ""), page.text(top, col)) for col in columns}
    heads = {col: label if label in links._known else text for col, (label, text) in named.items()}
    texts = list(heads.values())
    twice = sorted({text for text in texts if texts.count(text) > 1})
    strange = [text for text in texts if text not in links._known]
    absent = [label for label in links.labels if label not in set(texts)]
    if twice or strange or absent:
        parts = [f"twice among the columns: {', '.join(twice[:8])}"] if twice else []
        parts += [f"no rows for the columns {', '.join(strange[:8])}"] if strange else []
        parts += [f"no columns for the rows {', '.join(absent[:8])}"] if absent else []
        raise InputError(
            f"{page.called}: {'; '.join(parts)}. Rows and columns name the same cities; if only the rows do and the columns are in "
            "their order, say labels: rows"
        )
    return {col: links._known[text] for col, text in heads.items()}


def _told(page: Page, row: int, col: int) -> str:
    text = shown(page.value(row, col))
    if not text:
        return "is blank (blank: zero reads it as no link)"
    number = tables.number(text)
    return f"'{text}' is negative" if number < 0 else f"'{text}' is no number"


def _checked(links: Links, wrong: Sequence[str]) -> Links:
    if wrong:
        more = f"\n  and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        listed = "\n  ".join(wrong[:20])
        raise InputError(
            f"{links.called}: {len(wrong)} weights cannot be used; weights are numbers of 0 or more\n  {listed}{more}"
        )
    return links


# -- files of spatial programs


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    text = decode(path.name, read_bytes(path, MAX_BYTES))
    return [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1)]


def _head_of_lines(params: Params, lines: Sequence[tuple[int, list[str]]]) -> int:
    """How many cities the first line says: n, or 0 n name key."""
    if not lines:
        raise InputError(f"{params.file}: is empty")
    words = lines[0][1]
    count = words[0] if len(words) == 1 else words[1] if len(words) > 1 else ""
    if not re.fullmatch(r"\d+", count):
        raise InputError(
            f"{params.file}, line 1: expected the number of cities, n or 0 n name key; found {' '.join(words)}"
        )
    return int(count)


def _gal(params: Params, lines: Sequence[tuple[int, list[str]]]) -> Links:
    """A line with a city and the number of its neighbours, one with them; each weight is 1."""
    count, links = _head_of_lines(params, lines), Links(params.file)
    rest = iter(lines[1:])
    listed = []
    for number, words in rest:
        if not words:
            continue
        if len(words) != 2 or not words[1].isdigit():
            raise InputError(
                f"{params.file}, line {number}: expected a city and the number of its neighbours, found {' '.join(words)}"
            )
        at, neighbours = next(rest, (number + 1, [])) if int(words[1]) else (number, [])
        if len(neighbours) != int(words[1]):
            raise InputError(
                f"{params.file}, line {at}: {len(neighbours)} neighbours where line {number} says {words[1]}"
            )
        listed.append((links.label(words[0], f"line {number}"), at, neighbours))
    known = len(links.labels)
    for i, at, neighbours in listed:
        for each in neighbours:
            links.add(i, links.label(each, f"line {at}"), 1.0, f"line {at}")
    return _counted(links, count, known)


def _counted(links: Links, count: int, known: int) -> Links:
    if known != count or len(links.labels) != count:
        what = (
            f", and neighbours that have none: {', '.join(links.labels[known : known + 8])}"
            if len(links.labels) > known
            else ""
        )
        raise InputError(f"{links.file}: line 1 says {count} cities, {known} have a line{what}")
    return links


def _gwt(params: Params, lines: Sequence[tuple[int, list[str]]]) -> Links:
    """A line a pair: city, neighbour, weight."""
    count, links, wrong = _head_of_lines(params, lines), Links(params.file), []
    seen: dict[tuple[int, int], int] = {}
    for number, words in lines[1:]:
        if not words:
            continue
        value = tables.number(words[2]) if len(words) == 3 else float("nan")
        if not value >= 0:
            wrong.append(f"line {number}: expected city, neighbour and weight, found {' '.join(words)}")
            continue
        i, j = (links.label(word, f"line {number}") for word in words[:2])
        if (i, j) in seen:
            wrong.append(f"line {number}: {words[0]} to {words[1]} stands in line {seen[i, j]} already")
            continue
        seen[i, j] = number
        links.add(i, j, value, f"line {number}")
    if len(links.labels) > count:
        wrong.append(f"line 1 says {count} cities, the others name {len(links.labels)}")
    return _checked(links, wrong)


# -- arrays


def _npz(params: Params, path: Path, ids: Sequence[str] | None) -> Links:
    """scipy's sparse matrices, or a square array; ids beside it."""
    try:
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
    except (ValueError, OSError) as error:
        raise InputError(
            f"{params.file}: cannot be read as arrays ({error}); write it with numpy.savez or scipy.sparse.save_npz"
        ) from None
    matrix = _array(params, arrays)
    named = next(
        (arrays[name] for name in ("ids", "labels", "cities", "city", "codes", "names") if name in arrays),
        None,
    )
    if ids is None and named is None:
        raise InputError(
            f"{params.file}: holds no array of ids; put one beside the matrix, or give them in the order of the rows with ids:"
        )
    labels = [shown(each) for each in (ids if ids is not None else named.tolist())]  # type: ignore[union-attr]
    found = sparse.coo_array(matrix)
    if found.shape != (len(labels), len(labels)):
        raise InputError(
            f"{params.file}: a matrix of {found.shape[0]} × {found.shape[1]} for {len(labels)} ids; one row and column a city"
        )
    links = Links(params.file)
    for position, label in enumerate(labels):
        if links.label(label, f"place {position + 1} of the ids") != position:
            raise InputError(f"{params.file}: '{label}' stands twice among the ids; keep one")
    wrong = []
    for i, j, value in zip(*(each.tolist() for each in (*found.coords, found.data)), strict=True):
        place = f"row {i + 1}, column {j + 1}"
        if value >= 0:
            links.add(i, j, float(value), place)
        else:
            wrong.append(f"{place}: {value:g} is no weight")
    return _checked(links, wrong)


def _array(params: Params, arrays: dict[str, Any]) -> Any:
    if "format" in arrays and "shape" in arrays and "data" in arrays:
        shape = tuple(int(each) for each in arrays["shape"])
        makers: dict[str, Callable[[], Any]] = {
            "csr": lambda: sparse.csr_array(
                (arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape
            ),
            "csc": lambda: sparse.csc_array(
                (arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape
            ),
            "coo": lambda: sparse.coo_array((arrays["data"], (arrays["row"], arrays["col"])), shape=shape),
        }
        kind = arrays["format"].item()
        kind = kind.decode() if isinstance(kind, bytes) else str(kind)
        if kind not in makers:
            raise InputError(f"{params.file}: sparse matrices of kind {kind} are not read; save it as csr")
        return makers[kind]()
    square = [name for name, own in arrays.items() if own.ndim == 2 and own.shape[0] == own.shape[1]]
    if params.key is not None:
        if params.key not in arrays:
            raise InputError(
                f"{params.file}: has no array '{params.key}', only {', '.join(arrays)}; correct `key`"
            )
        return arrays[params.key]
    if len(square) != 1:
        raise InputError(
            f"{params.file}: {len(square)} square arrays among {', '.join(arrays)}; name one with `key`"
        )
    return arrays[square[0]]
