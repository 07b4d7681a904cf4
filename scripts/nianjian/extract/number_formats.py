"""What a spreadsheet shows of a number: its format may round, scale or hide it, or make a date of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy/m/d h:mm", 37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)", 39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)", 41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0",
}  # fmt: skip
"""Formats that a workbook names by number only; 27 to 36 and 50 to 58 are dates of East Asian editions."""
BUILT_IN |= dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "m月d日")
BUILT_IN |= dict.fromkeys((32, 33, 34, 35, 55, 56), "h时mm分")

_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]\-]*)[^\]]*\]|\[([^\]]*)\]|(General|AM/PM|上午/下午|A/P)|(E[+-]0+)|(.)',
    re.IGNORECASE | re.DOTALL,
)
MOST_PERCENT = 10
"""As a percentage, a thousand."""
TYPED_DECIMALS = 3
"""Of a number that was typed as such: of a time of day (16:48) only few have so few, as a share of the day."""
DAYS = (29221, 49674)
"""1980 to 2035: a number that a date's format shows as such a day may have been typed as one (1-27, 2004.5)."""
_UNITS = re.compile(r"[万亿千百十‰%约近超逾余多<>≥≤±~～]")
_CURRENCY = re.compile(r"[¥￥$€£\s]")


@dataclass(frozen=True)
class _Part:
    """What a section of a format puts around and into a number."""

    before: str
    behind: str
    integer: int
    decimals: int
    most: int
    percent: int
    thousands: bool
    scale: int
    condition: str
    red: bool
    digits: bool
    date: str
    general: bool
    other: bool


@dataclass(frozen=True)
class Shown:
    """A number as its format shows it.

    Attributes
    ----------
    text : what stands in the cell
    same : whether that is the stored number, only spelt otherwise
    why : in words, what the format does; empty where it is the same
    """

    text: str
    same: bool
    why: str = ""


def is_plain(code: str) -> bool:
    """Whether a format never shows another number than the stored one."""
    return code.strip().lower() in ("", "general", "@", "g/通用格式")


def show(stored: str, code: str, epoch_1904: bool = False) -> Shown:
    """A stored number as its format shows it.

    Parameters
    ----------
    stored : the number as the file spells it
    code : the format, as ``0.0%``
    epoch_1904 : whether days are counted from 1904
    """
    try:
        value = Decimal(stored)
    except InvalidOperation:
        return Shown(stored, True)
    if is_plain(code) or not value.is_finite():
        return Shown(stored, True)
    parts = _parts(code)
    part, negative = _chosen(parts, value)
    if part.date:
        return _as_date(value, part.date, epoch_1904)
    if part.general:
        return Shown(part.before + stored + part.behind, not (part.before or part.behind))
    if part.other:
        return Shown(stored, True, "has a format that is not followed; the stored number is taken")
    if part.percent and abs(value) >= MOST_PERCENT:
        # 4,530 % stands in no book: 45.3 was typed, then formatted.
        return Shown(stored, True, "is formatted as a percentage by mistake; the number behind it is taken")
    return _as_number(value, part, negative)


def without_currency(text: str) -> str:
    """A shown number without the sign of a currency."""
    return _CURRENCY.sub("", text)


def spelt_alike(stored: str, code: str) -> bool:
    """Whether a format shows a stored number of few decimals as it is: most are, and need no further look."""
    pattern = _alike(code)
    return pattern is not None and pattern.fullmatch(stored) is not None


@cache
def _alike(code: str) -> re.Pattern[str] | None:
    """Numbers that a format shows as they are; None where there may be none such."""
    part = _parts(code)[0]
    plain = part.digits and not (part.condition or part.date or part.other or part.percent or part.scale)
    if not plain or _UNITS.search(part.before + part.behind):
        return None
    return re.compile(rf"[1-9]\d*(\.\d{{1,{part.most}}})?" if part.most else r"[1-9]\d*")


def _chosen(parts: tuple[_Part, ...], value: Decimal) -> tuple[_Part, bool]:
    """The section that holds for a number, and whether the number's own sign is printed before it."""
    for part in parts:
        if part.condition and _holds(part.condition, value):
            return part, value < 0
    if any(part.condition for part in parts):
        plain = [part for part in parts if not part.condition]
        return (plain[0] if plain else parts[-1]), value < 0
    if value < 0 and len(parts) > 1:
        return parts[1], False
    if value == 0 and len(parts) > 2:
        return parts[2], False
    return parts[0], value < 0


def _holds(condition: str, value: Decimal) -> bool:
    found = re.fullmatch(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+)", condition)
    if not found:
        return False
    limit = Decimal(found[2])
    return {
        "<": value < limit, ">": value > limit, "=": value == limit, "<=": value <= limit, ">=": value >= limit,
        "<>": value != limit,
    }[found[1]]  # fmt: skip


def _as_number(value: Decimal, part: _Part, negative: bool) -> Shown:
    scaled = abs(value) * Decimal(100) ** part.percent / Decimal(1000) ** part.scale
    if not part.digits:
        text = part.before + part.behind
        return Shown(
            text, False, "its format hides the number" if not text.strip() else "its format shows words"
        )
    rounded = scaled.quantize(Decimal(1).scaleb(-part.most), ROUND_HALF_UP) if scaled < 10**25 else scaled
    digits = f"{rounded:,f}" if part.thousands else f"{rounded:f}"
    if part.most > part.decimals:
        whole, _, fraction = digits.partition(".")
        fraction = fraction[: part.decimals] + fraction[part.decimals :].rstrip("0")
        digits = f"{whole}.{fraction}" if fraction else whole
    text = f"{'-' if negative and rounded else ''}{part.before}{digits}{part.behind}".strip()
    why = _difference(value, rounded, part, negative)
    return Shown(text, not why, why)


def _difference(value: Decimal, rounded: Decimal, part: _Part, negative: bool) -> str:
    """What a format makes of a number, in words; empty where nothing."""
    around = _CURRENCY.sub("", part.before + part.behind).replace("%", "", part.percent)
    bracketed = part.before.strip().endswith("(") and part.behind.strip().startswith(")")
    if bracketed:
        around = around.replace("(", "", 1).replace(")", "", 1)
    if part.percent:
        return "is shown as a percentage"
    if part.scale:
        return f"is shown in units of {1000**part.scale:,}"
    if abs(rounded - abs(value)) > abs(value) * Decimal("1e-12"):
        return f"is shown with {part.most} decimals"
    if value < 0 and not negative and not (bracketed or part.red or part.before.strip().startswith("-")):
        return "is shown without its sign"
    if _UNITS.search(around):
        return f"is shown with {around}"
    return ""


def _as_date(value: Decimal, code: str, epoch_1904: bool) -> Shown:
    """A number in a date's format: what was typed may have been 1-27 or 16:48, or the format is a mistake."""
    days = float(value) + (1462 if epoch_1904 else 0)
    has_day = bool(re.search(r"[yd年月日]|m(?!:|m?:|s)", code)) and not re.search(r"h|s|时|分", code)
    clock = not re.search(r"[yd年日]", code)
    if clock and not has_day:
        if not typed_as_time(value):
            return Shown(str(value), True, "is formatted as a time; the number behind it is taken")
        return Shown(_clock(round(value * 86400), code), False, "is shown as a time")
    if value == value.to_integral_value() and DAYS[0] <= days <= DAYS[1]:
        shown = datetime(1899, 12, 30) + timedelta(days=days)
        return Shown(f"{shown:%Y-%m-%d}", False, "is shown as a date")
    return Shown(str(value), True, "is formatted as a date; the number behind it is taken")


def typed_as_time(days: Decimal) -> bool:
    """Whether what stands in a time's format was typed as one (3:38); else it is a number, so formatted by mistake."""
    seconds = days * 86400
    decimals = -int(days.normalize().as_tuple().exponent)
    return days >= 0 and abs(seconds - round(seconds)) < Decimal("0.001") and decimals > TYPED_DECIMALS


def _clock(seconds: int, code: str) -> str:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if "[h" in code:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    if not re.search("h|时", code):
        return f"{minutes:02d}:{rest:02d}"
    return f"{hours % 24}:{minutes:02d}" + (f":{rest:02d}" if "s" in code or rest else "")


@cache
def _parts(code: str) -> tuple[_Part, ...]:
    """The sections of a format; at most the three of numbers."""
    code = code.replace("G/通用格式", "General")
    sections, depth, start = [], False, 0
    for at, sign in enumerate(code):
        if sign == '"':
            depth = not depth
        elif sign == ";" and not depth and code[at - 1 : at] != "\\":
            sections.append(code[start:at])
            start = at + 1
    sections.append(code[start:])
    return tuple(_part(section) for section in sections[:3])


class _Section:
    """Reads one section of a format from left to right."""

    def __init__(self) -> None:
        self.before, self.behind, self.body, self.condition, self.date = "", "", "", "", ""
        self.red = self.general = self.other = False

    def literal(self, text: str) -> None:
        if self.body or self.general:
            self.behind += text
        else:
            self.before += text

    def bracket(self, text: str) -> None:
        if re.fullmatch(r"h+|m+|s+", text, re.IGNORECASE):
            self.date += f"[{text.lower()}]"
        elif re.match(r"[<>=]", text):
            self.condition = text
        elif text.lower() in ("red", "红色", "color3", "颜色3"):
            self.red = True

    def sign(self, sign: str) -> None:
        if sign in "0#?":
            self.body += sign
            # Words between digits (0"万"0000) belong to no kind that is read here.
            self.other |= bool(self.behind.strip(" ,."))
        elif sign in ".,":
            self.body += sign
        elif sign in "yYmMdDhHsSbBeEgG" or (sign in "年月日时分秒" and self.date):
            self.date += sign.lower()
        elif sign == "/" and self.body:
            self.other = True
        elif sign == "/" or (sign in ":-" and self.date):
            self.date += sign
        elif sign != "@":
            self.literal(sign)


def _part(section: str) -> _Part:
    reading = _Section()
    for quoted, escaped, currency, bracket, word, power, sign in _TOKEN.findall(section):
        if power:
            reading.other = True
        elif word:
            reading.general |= word.lower() == "general"
        elif bracket:
            reading.bracket(bracket)
        elif quoted or escaped or currency:
            if reading.date and quoted + escaped in "年月日时分秒":
                reading.date += quoted + escaped
            else:
                reading.literal(quoted or escaped or currency)
        elif sign:
            reading.sign(sign)
    body = reading.body
    digits = bool(re.search(r"[0#?]", body))
    tail = re.search(r",+$", re.sub(r"\..*$", lambda found: "" if "," not in found[0] else found[0], body))
    scale = len(tail[0]) if tail and digits else 0
    fraction = body.partition(".")[2].strip(",")
    return _Part(
        before=reading.before,
        behind=reading.behind,
        integer=body.partition(".")[0].count("0"),
        decimals=fraction.count("0"),
        most=len(fraction),
        percent=(reading.before + reading.behind).count("%") if "%" in section else 0,
        thousands=digits and bool(re.search(r"[0#?],+[0#?]", body)),
        scale=scale,
        condition=reading.condition,
        red=reading.red,
        digits=digits,
        date=reading.date if not digits or re.search(r"[hs]", reading.date) else "",
        general=reading.general,
        other=reading.other,
    )
