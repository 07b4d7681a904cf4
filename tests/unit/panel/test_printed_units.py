"""Printed units: spellings of the real books, conversion, and where headers print them."""

import pytest

from nianjian import units
from nianjian.errors import DeclarationError
from small_books import UNITS

# Every unit that stands in brackets or behind 单位: in the prefecture tables of the editions 2001 to 2024.
PRINTED = {
    "10^4 yuan": ["万元", "10 000 yuan", "10 000yuan", "10000 yuan", "10 OOOyuan", "100 000 yuan"],
    "10^8 yuan": ["亿元", "100 million yuan", "1 00 million yuan", "100 000 000 yuan", "100 000000 yuan"],
    "yuan": ["元", "yuan"],
    "10^4 usd": ["万美元", "USD 10000", "USD 10 000"],
    "10^4 person": ["万人", "10 000 persons", "10000persons", "1 0 000 persons", "7/人"],
    "person": ["人", "person", "persons", "Person", "入"],
    "10^4 person_time": ["万人次", "10 000 person-times", "10000person-times"],
    "person_time": ["人次", "Person-time"],
    "person/km^2": ["人/平方公里", "人／平方公里", "persons/sq.km", "person/sq.km"],
    "10^4 household": ["万户", "10 000 household", "10 000households", "10 OOOhouseholds"],
    "household": ["户", "subscriber"],
    "count": ["个", "所", "处", "件", "unit", "piece"],
    "bed": ["张", "床", "bed"],
    "vehicle": ["辆"],
    "book": ["册、件", "copy,piece"],
    "10^3 book": ["千册、件", "千册、千件", "干册、件", "1000 copies,piece", "1000 copies, 1000 pieces"],
    "10^4 book": ["万册", "10 000 copies", "10000 copies"],
    "day": ["天", "day"],
    "km^2": ["平方公里", "sq.km"],
    "hectare": ["公顷", "hectare"],
    "10^3 hectare": ["千公顷"],
    "mu": ["亩"],
    "mu/person": ["亩/人"],
    "m^2": ["平方米", "sq.m", "㎡"],
    "10^4 m^2": ["万平方米", "10 000 sq.m", "10000 sq.m", "10 000 m2"],
    "m^2/person": ["平方米/人", "平方米／人"],
    "km": ["公里", "km"],
    "kg": ["千克"],
    "kg/person": ["千克/人"],
    "t": ["吨", "ton"],
    "10^4 t": ["万吨", "10 000 tons", "10 000ton", "10000 ton", "方吨", "37吨"],
    "t/person": ["吨/人"],
    "10^4 m^3": [
        "万立方米",
        "万立方",
        "10 000 cubic meters",
        "10 000 cubicmeters",
        "10 000 cu.m",
        "10 000 m3",
    ],
    "10^8 m^3": ["亿立方米", "108cu.m"],
    "m^3/person": ["立方米/人", "立方米／人"],
    "kWh": ["千瓦小时", "千瓦时"],
    "kWh/person": ["千瓦小时/人"],
    "10^4 kWh": ["万千瓦时", "10 000 kwh", "10 000kwh", "10 000 kW h", "10 OOOkwh", "l0 OOOkwh"],
    "ug/m^3": ["微克/立方米", "ug/m3", "µg/m3"],
    "percent": ["%", "％"],
    "per_mille": ["‰"],
}
NOT_UNITS = [
    "当年价格",
    "1",
    "粉",
    "电",
    "法人数",
    "人工、天然气",
    "II",
    "助理",
    "Current Prices",
    "全市",
    "合同",
    "",
    "?",
]


@pytest.mark.parametrize(("unit", "spelling"), [(u, s) for u, many in PRINTED.items() for s in many])
def test_every_printed_unit_is_known(unit, spelling):
    assert UNITS.spelled(spelling) == unit
    units.parse_unit(unit)


@pytest.mark.parametrize("text", NOT_UNITS)
def test_other_brackets_are_no_units(text):
    assert UNITS.spelled(text) is None


def test_every_declared_spelling_has_a_readable_unit():
    for section in UNITS._sections.values():
        for unit in section.values():
            assert units.parse_unit(units.format_unit(units.parse_unit(unit))) == units.parse_unit(unit)


@pytest.mark.parametrize(
    ("source", "unit", "expected"),
    [
        ("亿元", "10^4 yuan", 1e4),
        ("10 000 yuan", "10^8 yuan", 1e-4),
        ("‰", "percent", 0.1),
        ("公顷", "km^2", 0.01),
        ("千公顷", "hectare", 1e3),
        ("亩/人", "m^2/person", 10000 / 15),
        ("10^4 yuan", "10^4 yuan", 1),
        ("t/(10^4 yuan)", "10^-4 t/yuan", 1),
    ],
)
def test_factor_converts_between_units_of_one_kind(source, unit, expected):
    assert UNITS.factor(source, unit) == pytest.approx(expected, rel=1e-12)


def test_powers_of_ten_convert_exactly():
    assert UNITS.factor("亿元", "10^4 yuan") == 1e4
    assert UNITS.factor("万人", "person") == 1e4
    assert UNITS.factor("千册、件", "book/(10^2 person)", per="10^2 person") == 1e3


@pytest.mark.parametrize(
    ("source", "unit"),
    [("吨", "10^4 yuan"), ("万美元", "10^4 yuan"), ("张", "school"), ("平方米", "m^2/person")],
)
def test_unlike_units_do_not_convert(source, unit):
    with pytest.raises(DeclarationError, match=f"'{source}' cannot be converted"):
        UNITS.factor(source, unit)
    assert UNITS.factor_or_none(source, unit) is None


def test_measure_words_take_the_kind_of_what_they_count():
    for kind in ("firm", "school", "patent", "case", "bed", "vehicle"):
        assert UNITS.factor("个", kind) == 1
    with pytest.raises(DeclarationError):
        UNITS.factor("firm", "school")


def test_water_may_be_weighed_or_measured():
    assert UNITS.factor("万吨", "10^4 m^3", medium="water") == 1
    with pytest.raises(DeclarationError):
        UNITS.factor("万吨", "10^4 m^3")


def test_per_head_headers_may_leave_the_head_out():
    header = "人均绿地面积(平方米)"
    per = UNITS.implied_per(header)
    assert per == "person"
    assert UNITS.factor("平方米", "m^2/person", per=per) == 1
    assert UNITS.factor("平方米/人", "m^2/person", per=per) == 1
    assert UNITS.implied_per("每百人公共图书馆藏书(册、件)") == "10^2 person"
    assert UNITS.implied_per("绿地面积(公顷)") is None


@pytest.mark.parametrize(
    ("header", "chinese", "english", "text"),
    [
        (
            "地区生产总值(当年价格)\r\n(万元)\r\nGross Regional Product\r\n"
            "(Current Prices)\r\n(100 million yuan)",
            "10^4 yuan",
            "10^8 yuan",
            "地区生产总值(当年价格) Gross Regional Product (Current Prices)",
        ),
        ("工业烟（粉）尘排放量（吨）", "t", None, "工业烟(粉)尘排放量"),
        ("建成区绿化覆盖率 (％)", "percent", None, "建成区绿化覆盖率"),
        (
            "GRP Growth 增长率 (%) GRP Growth Rate (%)",
            "percent",
            "percent",
            "GRP Growth 增长率 GRP Growth Rate",
        ),
        ("PM2.5浓度 (微克/立方米) PM2.5(ug/m3)", "ug/m^3", "ug/m^3", "PM2.5浓度 PM2.5"),
        ("固定资产投资 (万元) › 比上年增长 (%)", "percent", None, None),
        ("单位：万元 (10 000 yuan)", "10^4 yuan", "10^4 yuan", ""),
        ("单位:(％)", "percent", None, ""),
        ("单位从业人员", None, None, "单位从业人员"),
        ("年末实有耕地面积（千 › 公顷）", "10^3 hectare", None, "年末实有耕地面积"),
        ("( › 个)", "count", None, ""),
        ("供水总量 (万 吨", "10^4 t", None, "供水总量"),
        ("第一产业(农、林、牧、渔业 Primary Industry", None, None, None),
        ("人口 › 人", None, None, "人口 › 人"),
        ("本外币贷款余额/亿元", "10^8 yuan", None, "本外币贷款余额"),
        ("碳排放量_吨", "t", None, "碳排放量"),
        ("医生数(执业医师+ 执业助理医师) (人)", "person", None, "医生数(执业医师+ 执业助理医师)"),
        ("(l0 OOOkwh)", None, "10^4 kWh", ""),
    ],
)
def test_parse_printed_separates_units_from_names(header, chinese, english, text):
    found = UNITS.parse(header)
    assert found[0] == chinese
    if english is not None or chinese is None:
        assert found[1] == english
    if text is not None:
        assert found[2] == text
