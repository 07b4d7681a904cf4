"""The dictionary config/items.yaml: its fields, its spellings, and headers as the books print them."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

from nianjian import units
from nianjian.declarations.loading import read_items
from nianjian.declarations.models.base import listed
from nianjian.declarations.models.items import Header
from nianjian.panel.columns import map_columns
from nianjian.panel.dictionary import Dictionary
from small_books import CONFIG, HEADERS, UNITS

ITEMS = read_items(CONFIG)
DICTIONARY = Dictionary.from_items(ITEMS, HEADERS, UNITS)
loose_key, spelling_key, title_words = HEADERS.loose_key, HEADERS.spelling_key, HEADERS.title_words
table_key = HEADERS.table_key
take_apart, title_scope = HEADERS.take_apart, HEADERS.title_scope
EDITIONS = range(2001, 2026)

# Titles of the editions 1985 to 2000 as the books' files are named, with their edition.
with (Path(__file__).parent / "early_titles.csv").open(encoding="utf8", newline="") as _file:
    EARLY = [(int(row["edition"]), row["title"]) for row in csv.DictReader(_file)]

# Titles as printed since, of which each `table` of the dictionary must be a part; the spelling is tried below them.
TITLES = (
    "2-3 按产业划分的年末单位从业人员",
    "3—3 按三次产业分的单位从业人员就业状况",
    "2-5 按行业分组的单位从业人员(一)",
    "3—11综合经济(一)",
    "3—13 主要农产品产量(全市)",
    "3-13农业生产",
    "2-16人均农产品占有量(全市)",
    "2-18 工业企业数",
    "2-19 规模以上工业总产值(全市)",
    "2-21 规模以上工业企业资产状况",
    "2-13规模以上工业营业收入及增速",
    "2-22 固定资产投资",
    "2-14 房地产投资情况",
    "2-14 房地产开发投资情况",
    "2-15 商品房销售面积",
    "2-23 商业经济",
    "2-16 对外经济贸易",
    "3-22 财政金融",
    "2-11 地方一般公共预算收支状况(全市)",
    "2-30 学校数(一)",
    "2-32 专任教师数(一)",
    "2-34 在校学生数(一)",
    "3—28 文化",
    "2-39 城市煤气用量(市辖区)",
    "2-39 城市燃气用量(市辖区)",
    "2-30天然气供应及利用情况(市辖区)",
    # county-level chapters
    "3-2劳动力就业状况",
    "4—10工资水平",
    "4-7商业经济与外经",
    "4-8学校总数",
    "4—9专任教师总数",
    "4-10在校学生总数",
    "3-4公共财政收支",
    "3-17 二氧化硫、氮氧化物及烟(粉)尘排放量和污水处理情况",
)
# Titles that editions not at hand may print, by those beside them.
LIKELY = (
    "全民所有制单位固定资产投资 2．更新改造和其他投资",
    "全民所有制单位固定资产投资 2．更新改造及其他投资",
    "零售商业、饮食业、服务业中个体机构数",
    "表27国有独立核算工业企业财务指标",
    "表32国有独立核算工业企业经济效益",
    "工业总产值_2，按经济类型分(按现行价格计算)",
    "表23乡及乡以上工业总产值(按经济类型分，按当年价格计算)",
)


def spellings() -> list[tuple[str, Header]]:
    """Every spelling by itself, with its item."""
    return [
        (item, header.model_copy(update={"text": text}))
        for item, declared in ITEMS.items()
        for header in (Header(text=h) if isinstance(h, str) else h for h in declared.headers)
        for text in listed(header.text)
    ]


def tables_of(entry: Header) -> list[str]:
    return listed(entry.table) or [""]


def years_of(entry: Header) -> range:
    first, last = entry.years or (None, None)
    return range(first or EDITIONS[0], (last or EDITIONS[-1]) + 1)


def early(entry: Header, table: str) -> Iterator[tuple[int, str]]:
    """Editions and titles until 2000 in which a spelling may hold."""
    first, last = entry.years or (None, None)
    for edition, title in EARLY:
        if (first or 0) <= edition <= (last or edition) and table_key(table) in title_words(title):
            yield edition, title


def meant_by(entry: Header, title: str, edition: int) -> set[str]:
    before = (spelling_key(entry.after),) if entry.after else ()
    return {s.item for s in DICTIONARY.candidates(spelling_key(entry.text), title, edition, before)}


def printed_scope(header: str, title: str, edition: int) -> str | None:
    spelling, _ = DICTIONARY.find(header, title, edition)
    item = ITEMS[spelling.item]
    only = item.scopes[0] if len(item.scopes) == 1 else None
    return spelling.scope or take_apart(header).scope or title_scope(title) or item.default_scope or only


def test_ids_are_unique_snake_case_and_every_item_has_its_fields():
    text = (CONFIG / "items.yaml").read_text(encoding="utf8")
    ids = re.findall(r"^(\w+):", text, flags=re.MULTILINE)
    assert len(ids) == len(set(ids)) == len(ITEMS)
    for item, declared in yaml.safe_load(text).items():
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", item), item
        assert {"zh", "en", "unit", "scopes", "kind"} <= set(declared), item
        assert re.search(r"[一-鿿]", declared["zh"]), item
        # What the yearbook prints has spellings and bounds; what only compiled panels print needs neither.
        assert ("headers" in declared) <= ("bounds" in declared), item
        assert declared.get("headers", True), item
        low, high = declared.get("bounds", (None, None))
        assert low is None or high is None or low < high, item


def test_labels_tell_items_apart():
    for language in ("zh", "en"):
        labels = [getattr(declared, language) for declared in ITEMS.values()]
        assert len(labels) == len(set(labels)), sorted({label for label in labels if labels.count(label) > 1})


def test_units_are_known_and_kinds_fit_them():
    for item, declared in ITEMS.items():
        assert units.parse_unit(declared.unit) is not None, item
        if declared.kind == "share":
            assert declared.unit == "percent", item
        if declared.unit in ("percent", "per_mille"):
            assert declared.kind in ("share", "rate"), item
    for item, entry in spellings():
        if entry.unit is not None:
            assert UNITS.factor_or_none(entry.unit, ITEMS[item].unit) is not None, (item, entry)


def test_a_scope_that_a_spelling_names_is_one_of_the_items():
    for item, entry in spellings():
        assert (entry.scope or ITEMS[item].scopes[0]) in ITEMS[item].scopes, (item, entry)


@pytest.mark.parametrize(
    "table", sorted({table for _, entry in spellings() for table in tables_of(entry) if table})
)
def test_every_table_context_is_part_of_a_printed_title(table):
    titles = (*TITLES, *LIKELY, *(title for _, title in EARLY))
    assert any(table_key(table) in title_words(title) for title in titles)


def test_every_spelling_means_its_own_item_under_its_table():
    """In an edition of its years; where a narrower spelling takes over in some editions, in the others."""
    lost = []
    for item, entry in spellings():
        for table in tables_of(entry):
            titles = [t for t in TITLES if table_key(table) in title_words(t)] if table else ["2-99 无题"]
            for title in titles if years_of(entry) else ():
                meant = {found for edition in years_of(entry) for found in meant_by(entry, title, edition)}
                if item not in meant:
                    lost.append((item, entry, title, meant))
    assert not lost


def test_every_spelling_of_old_means_its_own_item_under_a_title_of_its_years():
    """Titles of the time hold one another's words (固定资产投资), so that not every title that holds the table's fits."""
    lost = []
    for item, entry in spellings():
        for table in tables_of(entry):
            pages = list(early(entry, table)) if table else []
            if pages and not any(item in meant_by(entry, title, edition) for edition, title in pages):
                lost.append((item, entry))
    assert not lost


def test_no_spelling_is_ambiguous_unless_the_printed_unit_decides():
    named: dict[str, set[str]] = {}
    for _, entry in spellings():
        named.setdefault(spelling_key(entry.text), set()).update(table_key(t) for t in tables_of(entry))
    for key, tables in sorted(named.items()):
        titles = [t for t in TITLES if any(table and table in title_words(t) for table in tables)]
        for title in (*titles, "2-99 无题"):
            for edition in EDITIONS:
                assert_units_tell_apart(key, title, edition)
        for edition, title in EARLY:
            if any(table and table in title_words(title) for table in tables):
                assert_units_tell_apart(key, title, edition)


def assert_units_tell_apart(key: str, title: str, edition: int) -> None:
    found = {spelling.item for spelling in DICTIONARY.candidates(key, title, edition)}
    measures = {str(units.parse_unit(ITEMS[item].unit).dimensionality) for item in found}
    assert len(measures) == len(found), (key, title, edition, found)


def test_loosely_alike_spellings_of_two_items_are_known():
    """What differs only in neutral words (年末, 数, 就业人员) names one quantity, with these exceptions."""
    items: dict[tuple[str, tuple[str, ...], str], set[str]] = {}
    for item, entry in spellings():
        key = (loose_key(spelling_key(entry.text)), tuple(tables_of(entry)), entry.after or "")
        items.setdefault(key, set()).add(item)
    doubled = {frozenset(found) for found in items.values() if len(found) > 1}
    assert doubled == {
        # told apart by edition
        frozenset({"emp_all", "emp_total"}),
        frozenset({"emp_all_primary_share", "emp_primary_share"}),
        frozenset({"emp_all_secondary_share", "emp_secondary_share"}),
        frozenset({"emp_all_tertiary_share", "emp_tertiary_share"}),
        frozenset({"staff_avg", "staff_avg_all"}),
        frozenset({"n_ind_firms", "n_ind_township"}),
        *(
            frozenset({f"ia_{own}output_{p}_per_staff" for p in ("p1980", "p1990")})
            for own in ("", "soe_", "coll_")
        ),
        frozenset({"ind_dust", "ind_process_dust"}),
        frozenset({"imports", "imports_usd"}),
        frozenset({"exports", "exports_usd"}),
        frozenset({"ind_profit", "ind_profit_tax"}),
        frozenset({"medical_insured", "medical_insured_urban"}),
        frozenset({"n_hosp_health", "n_hospitals"}),
        frozenset({"students_senior_per10k", "uni_students_per10k"}),
        # told apart by the printed unit
        frozenset({"gas_res", "lpg_res"}),
    }


GOLDEN = [
    # edition, title, header path, note, item, scope, printed unit
    (
        1985, "全部工业总产值_4.按工业部门分(包括市辖县，按1980年不变价格计算)", "煤炭及 › 化学工业",
        "单位：万元", "ind_dept_chemicals_p1980", "city", "10^4 yuan",
    ),
    (1985, "土地面积", "市区中： › 建成区土地面积 › (平方公里)", "", "area_builtup", "districts", "km^2"),
    (1985, "人口", "年末总人口(万人) › 其中：市区", "", "pop_hukou", "districts", "10^4 person"),
    # 1986 heads staff of all and of industrial firms 全市 and 市区 below a title that says (不包括市辖县).
    (
        1986, "职工平均工资_(不包括市辖县)", "全民所有制 › 市 区", "单位：元", "staff_wage_avg_ind_soe", "districts", "yuan",
    ),
    (1986, "全部工业总产值-2．按经济类型分 (按1980年不变价格计算)", "集体所有制 › 全 市", "单位：万元",
     "ind_output_coll_p1980", "city", "10^4 yuan"),
    (1988, "独立核算工业企业财务指标_2．集体所有制(不包括市辖县)", "工业总产值 › (按1980年 › 不变价计算)",
     "单位：万元", "ia_coll_output_p1980", "districts", "10^4 yuan"),
    (1989, "工农业总产值 (按1980年不变价格计算)", "工农业总产值(不包括 › 村及村以下办工业) › 市 区",
     "单位：亿元", "agri_ind_output_xv_p1980", "districts", "10^8 yuan"),
    (1989, "综合经济指标_(包括市辖县)", "社会总产值 › 按现行价 › 格计算", "单位：亿元", "total_product", "city",
     "10^8 yuan"),
    (1990, "综合经济指标 (按1980年不变价格计算)", "国内生产总值 › 地区", "单位：亿元", "gdp_p1980", "city", "10^8 yuan"),
    (1990, "国内生产总值 (按当年价格计算) 单位：亿元", "国内生产总值 › 第一产业 › 市 区", "单位：亿元", "va1",
     "districts", "10^8 yuan"),
    (1991, "表12国民收入(按现行价格计算，包括市辖县)", "商业、 › 饮食业", "单位：亿元", "national_income_trade", "city",
     "10^8 yuan"),
    (1992, "表22乡及乡以上工业总产值(按轻、重工业分，按现行价格计算)", "乡及乡以上工业总产值 › 轻工业总产值 › 市区",
     "单位：万元", "ind_output_township_light", "districts", "10^4 yuan"),
    (1992, "表24乡及乡以上工业总产值(按行业分，按现行价格计算，不包括市辖县)", "有色金属 › 金属 › 制品业", "",
     "ind_br_metal", "districts", None),
    (1995, "9.工业总产值(按当年价格计算)", "全部工业总产值 › 地区", "单位：万元", "ind_output_total", "city", "10^4 yuan"),
    # The same heading, of all employed persons and from 1999 on of units alone.
    (1998, "4．从业人员数按行业分组(一)", "农林牧渔业 › 地区", "单位：万人", "emp_all_agri", "city", "10^4 person"),
    (1999, "4．按行业分组人口(一)", "农林牧渔业 › 地区", "单位：万人", "emp_agri", "city", "10^4 person"),
    (1998, "24．劳动工资", "职工平均工资(元) › 市区", "", "staff_wage_avg", "districts", "yuan"),
    (1999, "23．劳动工资", "职工平均工资(元) › 市区", "", "wage_avg", "districts", "yuan"),
    (1999, "15．全部独立核算工业企业财务(一)", "产品销售收入 › 地区", "单位：万元", "ia_sales", "city", "10^4 yuan"),
    (2000, "3—17 限额以上工业企业财务(一)", "产品销售收入 › 地区", "单位：万元", "ind_sales", "city", "10^4 yuan"),
    # 1985 heads the health personnel one step too low: its 医生 are the 卫生技术人员 of 1986 (ratio 0.97; to 医生 2.3).
    (1985, "医院病床及医务人员", "其中：医生(人) › 其中：市区", "", "health_tech_staff", "districts", "person"),
    (1986, "医院床位及人员数", "其中：医生(人) › 市 区", "", "doctors", "districts", "person"),
    (1985, "财政-2．支出 财政 2．支出", "城乡居民储蓄年来余额 › 其中：市区", "单位：万元", "deposits_household", "districts",
     "10^4 yuan"),
    (1986, "财政-1．预算内收入 财政 1．预算内收入", "合 计 › 市 区", "单位：万元", "fisc_rev", "districts", "10^4 yuan"),
    # The first page of 用电量 carries the heads of 邮电 over numbers in 亿度.
    (1986, "用电量", "年末电话机(部) › 全 市", "单位：亿度", "elec_municipal_res", "city", "10^8 kWh"),
    (1986, "货运量(不包括市辖县)", "货 运 量 (万吨) › 民用航空(吨)", "", "freight_air", "districts", "t"),
    (1986, "全民所有制单位固定资产投资-1．基本建设投资", "其中：住宅 › 市区", "", "capcon_state_residential", "districts", None),
    (1988, "固定资产投资", "非生产性 › 住 宅 › 市 区", "单位：万元", "fai_residential", "districts", "10^4 yuan"),
    (1989, "社会商品零售总额和集市贸易成交额", "社会商品零售总额 › 对居民的消费品零售额 › 市 区", "单位：万元",
     "retail_residents", "districts", "10^4 yuan"),
    # 万标立米 is printed over numbers in 亿标立米.
    (1990, "三废排放量及处理情况 (不包括市辖县)", "废气(万标立米) › 排放量", "", "ind_waste_gas", "districts", "10^8 m^3"),
    (1991, "表49利用外资新签协议(合同)数及合同外资金额", "外资金额 › #外商直接投资 › 市区", "", "fdi_contracted",
     "districts", None),
    (1991, "表48外贸及旅游 (包括市辖县)", "旅游外汇收 › 入(外汇券 › 万元)", "", "tourism_income_fec", "city", "10^4 yuan"),
    (1991, "表73火灾及交通事故 (不包括市辖县)", "交通事故 › #死亡人 › 数(人)", "", "traffic_deaths", "districts", "person"),
    (1991, "表55邮电通讯与供电 (不包括市辖县)", "全年用电量 › #城乡居 › 民生活用电", "", "elec_res", "districts", "10^8 kWh"),
    (1992, "表44_社会商品零售总额和集市贸易成交额 (包括市辖县)", "社会商品 › 零售总额", "单位：万元", "retail_goods", "city",
     "10^4 yuan"),
    (1995, "19.商业经济指标", "社会消费品零售总额(万元) › 地区", "", "retail", "city", "10^4 yuan"),
    (1995, "17.城市基础设施(不包括市辖县)", "人均生活用水量(吨)", "", "water_res_pc_all", "districts", "t"),
    (1996, "17．供水、供电、供气(不包括市辖县)", "人均生活 › 用水量 › (吨)", "", "water_res_pc", "districts", "t"),
    (1995, "23.三资企业", "从业人员数(人) › 地区", "", "foreign_firm_employees", "city", "person"),
    (1996, "21．财政金融(不包括市辖县)", "地方财政 › 科学 › 事业费支出", "单位：万元", "exp_sci", "districts", "10^4 yuan"),
    (2000, "3—28_文化", "人均公共图书馆藏书(册) › 市区", "", "lib_books_per100", "districts", "book/(10^2 person)"),
    (2001, "3-1人口", "年末总人口(万人) › 地区", "", "pop_hukou", "city", "10^4 person"),
    (2001, "3-11综合经济(一)", "国内生产总值(万元) › 2000年 › 市区", "", "gdp", "districts", "10^4 yuan"),
    (2001, "3-11综合经济(一)", "2000年比1999年增长(％)(按1990年不变价计算) › 地区", "", "gdp_growth", "city", "percent"),
    (2001, "3-33 供水、供电、供气", "全年供水总量(万吨)", "", "water_supply", "districts", "10^4 t"),
    (2001, "3-22 财政金融", "地方财政预算内收入", "单位：万元", "fisc_rev", "districts", "10^4 yuan"),
    (2002, "3—22财政金融(不包括市辖县)", "地方财政预 › 科学事业费 › 支 出", "单位：万元", "exp_sci", "districts", "10^4 yuan"),
    (2002, "3—31交通运输(二)", "货运总量 › 民用航空货 › 邮运量(吨)", "", "freight_air", "city", "t"),
    (2003, "3—11综合经济(一)", "人均国内生产总值(元) › 全市", "", "gdp_pc", "city", "yuan"),
    (2003, "3—11综合经济(一)", "年平均人口(万人) › 全市", "", "gdp_pc", "city", "yuan/person"),
    (2002, "3—11综合经济(一)", "年平均人口(万人) › 地区", "", "pop_avg", "city", "10^4 person"),
    (2003, "3—9 土地资源(一)", "土地面积 › (平方公里) › 市辖区 › 建成区", "", "area_builtup", "districts", "km^2"),
    (2004, "3—12 土地资源(二)", "城市建设用地占市 › 辖区面积比重(％) › 全市", "", "construction_share", "districts", "percent"),
    (2004, "3—25财政(全市)", "地方财政 › 教育", "单位：万元", "exp_edu", "city", "10^4 yuan"),
    (2004, "3—10 按行业分组的单位从业人员(六)", "教 育 › 全市", "单位：万人", "emp_education", "city", "10^4 person"),
    (2004, "3—18工业企业数", "(2)港、澳、台商 › 投资企业 › 全市", "单位：个", "n_ind_firms_hmt", "city", "count"),
    (2004, "3—44 环境状况(四)：城市绿化(市辖区)", "园林绿地 › 公共绿地 › 面积", "", "park_green_area", "districts", None),
    (2005, "2—22固定资产投资", "固定资产投资总额 › 住 宅 › 全市", "单位：万元", "re_inv_residential", "city", "10^4 yuan"),
    (2005, "2—20限额以上工业企业财务(一)", "利税总额 › 全市", "单位：万元", "ind_profit", "city", "10^4 yuan"),
    (2004, "3－20 限额以上工业企业财务(一)", "利税总额 › 全市", "单位：万元", "ind_profit_tax", "city", "10^4 yuan"),
    (2006, "2-16 人均农产品占有量(全市)", "蔬 菜", "单位：千克／人", "agri_veg_pc", "city", "kg/person"),
    (2006, "2-15 主要农产品产量(全市)", "蔬 菜", "单位：吨", "agri_veg", "city", "t"),
    (2006, "2-5 按行业分组的单位从业人员(一)", "农、林、牧、渔业 › 全市", "单位：万人", "emp_agri", "city", "10^4 person"),
    (2007, "2-37通信", "移动电话年末用户数(万户) › 全市", "", "phones_mobile", "city", "household"),
    (2007, "2-39 城市燃气用量(市辖区)", "其中：家庭用量(万立方米)", "", "gas_res", "districts", "10^4 m^3"),
    (2007, "2-39 城市燃气用量(市辖区)", "其中：家庭用量(吨)", "", "lpg_res", "districts", "t"),
    (2008, "2-12土地资源(二)", "城市建设用地面积(平方公里) › 全市", "", "area_construction", "districts", "km^2"),
    (2008, "2-33卫生", "医生数(执业医师+执业助理医师)(人) › 全市", "", "doctors", "city", "person"),
    (2009, "2-39 城市煤气用量(市辖区)", "煤气(人工、天 › 然气)供气总量 › (万立方米)", "", "gas_supply", "districts", "10^4 m^3"),
    (2009, "2-42环境状况(二)环境治理主要指标(全市)", "工业二氧化 › 硫排放量 › (吨)", "", "ind_so2", "city", "t"),
    (2011, "2-22 外商直接投资", "当年实际使用外资金额 (万美元) › 全市", "", "fdi", "city", "10^4 usd"),
    (
        2012, "2-13地区生产总值",
        "地区生产总值(当年价格) (万元) Gross Regional Product (Current Prices) (100 million yuan) › 全市 Total City",
        "", "gdp", "city", "10^4 yuan",
    ),
    (
        2012, "2-5按行业分组的单位从业人员(一)", "第二产业(1)采矿业 Secondary Industry: Mining › 全市 Total City",
        "单位：万人 | (10 000 persons)", "emp_mining", "city", "10^4 person",
    ),
    (
        2012, "2-26 电话及国际互联网用户数",
        "国际互联网用户数 (户) Number of Subscribers of Internet Services (subscriber) › 市辖区 Districts under City",
        "", "internet_hh", "districts", "household",
    ),
    (
        2012, "2-49工业固体废物综合利用率和污水及生活垃圾处理率(全市)",
        "污水集中处理率 Ratio of Waste Water Centralized Treated", "单位:% | (%)", "sewage_central", "city", "percent",
    ),
    (
        2013, "2-29 固定资产投资情况",
        "固定资产投资(不含农户) Investment in Fixed Assets (Excluding Rural Households) › 全市 Total City",
        "单位：万元 | (10000 yuan)", "fai", "city", "10^4 yuan",
    ),
    (
        2014, "2-41 社会保障主要指标",
        "城镇基本医疗保险参保人数 Number of Persons Joining Urban Basic Medical Care System › Total City ty",
        "单位：人 | (person)", "medical_insured", "city", "person",
    ),
    (
        2015, "2-41 社会保障主要指标",
        "城镇基本医疗保险参保人数 Number of Persons Joining Urban Basic Medical Care System › 全市 Total City",
        "单位：人 | (person)", "medical_insured_urban", "city", "person",
    ),
    (
        2014, "2-37在校学生数(四)",
        "每万人在校大学生数 Students Enrollment of Regular Institutions of Higher Education Per 10 000 persons"
        " › 全市 Total City",
        "", "students_senior_per10k", "city", None,
    ),
    (
        2015, "2-18规模以上工业企业数", "外商投资企业 Foreign Funded Enterprises › 全市 Total City",
        "单位：个 | (unit)", "n_ind_firms_foreign", "city", "count",
    ),
    (
        2015, "2-19 规模以上工业总产值(全市)", "外商投资企业 Foreign Funded Enterprises",
        "单位：万元 | (10 000yuan)", "ind_output_foreign", "city", "10^4 yuan",
    ),
    (
        2017, "2-10 按行业分组的年末城镇单位从业人员(六)",
        "(13)文化、体育、 娱乐用房屋 Culture, Sports and Entertainment › 市辖区 Districts under City",
        "单位:人 | (person)", "emp_culture", "districts", "person",
    ),
    (
        2017, "2-11行政区域土地面积及水资源总量",
        "水资源总量 (万立方米) Total Water Resources (10 000 cu.m) › 全市 Total City",
        "", "water_resources", "city", "10^4 m^3",
    ),
    (
        2018, "2-16 对外经济贸易", "货物进口额 (万美元) Import Volumeof goods (USD 10 000) 全市 Total City",
        "", "imports_usd", "city", "10^4 usd",
    ),
    (
        2018, "2-8 可吸入细颗粒物年平均浓度和污水及生活垃圾处理率(全市)",
        "可吸入细颗粒物年平均浓度 (微克/立方米) Annual Mean Concentration of PM2.5(ug/m3)",
        "", "pm25", "city", "ug/m^3",
    ),
    (
        2018, "2-39 文化体育设施",
        "公共图书馆图书藏量 (万册) Collections of Public Libraries (10 000 copies) › 市辖区 Districts under City",
        "", "lib_books", "districts", "10^4 book",
    ),
    (
        2018, "2-15 商品房销售面积", "住 宅 Residential Buildings › 全 市 Total City",
        "单位：万平方米 | (10 000 m2)", "house_sold_res_area", "city", "10^4 m^2",
    ),
    (
        2018, "2-22 科技创新情况(全市)", "R&D内部经费支出 (万元) R&D Internal Outlay (10 000 yuan)",
        "", "rd_exp", "city", "10^4 yuan",
    ),
    (
        2019, "2-16 对外经济贸易",
        "货物出口额 (万元) Export Volumeof goods (10 000yuan) › 市辖区 Districts under City",
        "", "exports", "city", "10^4 yuan",
    ),
    (
        2019, "2-46 售水、用水及用电情况",
        "售水量 (万吨) Water Supply (10 000 tons) › 居民家庭用水量 Consumption for Residential use"
        " › 市辖区 Districts under City",
        "", "water_res", "districts", "10^4 t",
    ),
    (
        2019, "2-46 售水、用水及用电情况",
        "城镇居民生活用电 Household Electricity Consumption for Urban and Rural Residential › 全 市 Toral City",
        "", "elec_res_urban", "city", None,
    ),
    (
        2020, "2-9 地区生产总值",
        "地区生产总值(当年价格) (亿元) Gross Regional Product (Current Prices) (100 000 000 yuan)"
        " › 市辖区 Districts under City",
        "", "gdp", "districts", "10^8 yuan",
    ),
    (
        2020, "2-20 社会消费品零售总额及批发零售贸易业情况",
        "限额以上批发零售商贸 企业数(法人数)(个) Number of Enterprises above Designated Size of Wholesale and"
        " Retail Trades (Number of Legal Entities) (unit) › 全市 Total City",
        "", "n_trade_firms", "city", "count",
    ),
    (
        2021, "2-28 市政公用事业",
        "境内公路总里程 (公里) Total Mileage of Domestic Roads (km) › 高速公路里程 (公里) The Mileage of"
        " Expressway (km) › 全市 Total City",
        "", "expressway_km", "city", "km",
    ),
    (
        2023, "2-23 在校学生数(一)",
        "普通、职业本专科 Undergraduate in Regular & Vocational HEIs › 全市 Total City",
        "单位:人 | (person)", "uni_students", "city", "person",
    ),
    (
        2023, "2-33 天然气及液化石油气供应及利用情况(市辖区)",
        "天然气供气总量 (万立方米) Total Natural Gas Supply (10000 cubic meters) › 居民家庭用量 Consumption of"
        " Gas for Residential Use",
        "", "gas_nat_res", "districts", "10^4 m^3",
    ),
    (
        2024, "2-9地方一般公共预算收支状况(市辖区)",
        "地方本级一般 公共预算收入 Local General Public Budget Revenue",
        "单位：万元 | (10 000 yuan)", "fisc_rev", "districts", "10^4 yuan",
    ),
    (
        2024, "2-1人口数",
        "常住人口（万人） Permanent Resident Population (10 000 persons) › 常住人口城镇化率(%) Urbanization Rate of"
        " Permanent Resident Population(%) › 全市 Total City",
        "", "urban_rate", "city", "percent",
    ),
    (
        2024, "2-27城市交通状况",
        "货运量(公路+水路) (万吨) Volume of Freight Traffic (Highway + Waterway) (10 000 tons) › 全市 Total City",
        "", "freight_road_water", "city", "10^4 t",
    ),
    (
        2024, "2-21学生数(三)",
        "小学阶段(万人) Elementary School Stage(10 000 persons) › 全市 Total City",
        "", "students_primary", "city", "10^4 person",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edition", "title", "header", "note", "item", "scope", "unit"),
    GOLDEN,
    ids=[f"{row[0]}-{row[4]}" for row in GOLDEN],
)
def test_printed_headers_mean_what_the_books_say(edition, title, header, note, item, scope, unit):
    spelling, problem = DICTIONARY.find(header, title, edition)
    assert spelling is not None, problem
    assert spelling.item == item
    assert printed_scope(header, title, edition) == scope
    printed = spelling.unit or UNITS.parse(header)[0] or UNITS.parse(note)[0]
    assert printed == unit
    if unit is not None:
        per, medium = UNITS.implied_per(header), ITEMS[item].medium
        assert UNITS.factor_or_none(unit, ITEMS[item].unit, per=per, medium=medium) is not None


RETAIL = "零售商业、饮食业、服务业机构数_1．零售商业、饮食业"


@pytest.mark.parametrize(
    ("before", "item"),
    [
        (("零售商业全市",), "outlets_retail_selfemp"),
        (("饮食业全市", "个体全市", "零售商业全市"), "outlets_catering_selfemp"),
        ((), None),
    ],
)
def test_a_part_belongs_to_the_nearest_column_before_it(before, item):
    """Edition 1985 heads two columns of one page 其中：个体, of 零售商业 and of 饮食业."""
    spelling, _ = DICTIONARY.find("其中：个体 › 全市", RETAIL, 1985, before)
    assert (spelling.item if spelling else None) == item


def test_columns_are_read_with_those_to_their_left_on_the_page():
    headers = ["零售商业 › 全市", "其中：个体 › 全市", "饮 食 业 › 全市", "其中：个体 › 全市"]
    columns = pd.DataFrame({"header": headers, "col": [2, 4, 6, 8], "sheet": "1"})
    other = columns.assign(sheet="2", col=[8, 6, 4, 2])  # 个体, 饮食业, 个体, 零售商业
    both = pd.concat([other, columns]).assign(
        source="city_yearbook", edition=1985, file="a", block=0, table="", title=RETAIL, note=""
    )
    mapped = map_columns(both, DICTIONARY, ITEMS)
    assert mapped.loc[mapped["sheet"] == "1", "item"].tolist() == [
        "outlets_retail", "outlets_retail_selfemp", "outlets_catering", "outlets_catering_selfemp",
    ]  # fmt: skip
    assert mapped.loc[mapped["sheet"] == "2", "item"].tolist()[1:3] == [
        "outlets_catering_selfemp",
        "outlets_catering",
    ]


def test_a_number_per_head_is_no_total_by_the_end_of_its_header():
    title = "按人口平均的教育、文化、卫生主要指标 (不包括市辖县)"
    assert DICTIONARY.find("每万人拥有 › 的医院床位数 › (张)", title, 1988)[0].item == "hosp_beds_per10k"
    assert DICTIONARY.find("每万人所有 › 医院床位数 › (张)", title, 1988)[0] is None
    assert (
        DICTIONARY.find("居民人均 › #食品 › 支 出", "居民收入、支出与储蓄", 1991)[0].item
        == "exp_living_food_pc"
    )


def test_a_scope_stands_in_a_bracket_beside_other_words_or_in_a_line_above_the_header():
    assert title_scope("国民收入(按现行价格计算，不包括市辖县)") == "districts"
    assert title_scope("农业总产值(包括市辖县,按1980年不变价格计算)") == "city"
    assert title_scope("工业企业单位数(不包括村及村以下办工业)") is None
    assert title_scope("货运量", "货运量 | (包括市辖县) 单位：万吨") == "city"
    assert title_scope("财政(包括市辖县) 财政(不包括市辖县)") is None


def test_files_of_county_level_cities_are_of_the_whole_city():
    assert HEADERS.file_scope("中国城市统计年鉴2011/三、县级城市统计资料/3-1人口.xlsx") == "city"
    assert HEADERS.file_scope("中国城市统计年鉴2011/二、地级以上城市统计资料/2-1人口.xlsx") is None


@pytest.mark.parametrize(
    ("header", "title", "item"),
    [
        # Wordings that no edition at hand prints.
        ("年末常住人口数(万人) › 全市", "2-1 人口数", "pop_resident"),
        ("城镇非私营单位就业人员期末人数(人)", "2-18 劳动力就业及收入状况(全市)", "emp_total"),
        ("一般公共预算收入(万元) › 全市", "2-9 一般公共预算收支状况", "fisc_rev"),
        ("住户存款年末余额(万元)", "2-10 年末金融机构存贷款余额", "deposits_household"),
        ("医院床位(张) › 全市", "2-23 医院、床位和医生数", "hosp_beds"),
        ("国内生产总值增长率 (%) › 全市", "2-7 地区生产总值", "gdp_growth"),
        ("数字经济核心产业增加值(亿元) › 全市", "2-8 数字经济", None),
    ],
)
def test_unseen_wordings_are_found_or_left_unmapped(header, title, item):
    spelling, _ = DICTIONARY.find(header, title, 2026)
    assert (spelling.item if spelling else None) == item


def test_the_city_yearbooks_indicators_of_the_resilience_study_are_in_the_dictionary():
    """S1 (papers.md): of its 26 indicators the books print all but water-pipe density and gas coverage."""
    economy = {"gdp_pc", "n_ind_firms", "fisc_rev", "gdp", "gdp_growth", "deposits", "imports", "exports"}
    society = {
        "hosp_beds", "lib_books", "uni_students", "pension_insured", "medical_insured", "wage_avg", "pop_natgrowth",
        "unemp_reg",
    }  # fmt: skip
    ecology = {"ind_wastewater", "ind_so2", "ind_dust", "green_area", "green_cover_rate", "sewage_dom_rate"}
    works = {"road_area_pc", "drain_pipe_len", "area_builtup", "elec_res", "internet_hh"}
    controls = {"pop_hukou", "area_admin", "fdi", "fisc_exp", "fai", "emp_total", "retail"}
    mechanisms = {"va1_share", "va2_share", "va3_share"}
    assert economy | society | ecology | works | controls | mechanisms <= set(ITEMS)


def test_the_nineteen_sectors_are_complete():
    sectors = {
        "agri", "mining", "mfg", "utilities", "construction", "trade", "transport", "catering", "it", "finance",
        "realestate", "leasing", "sci", "env", "residents", "education", "health", "culture", "public",
    }  # fmt: skip
    assert len(sectors) == 19
    assert {f"emp_{sector}" for sector in sectors} <= set(ITEMS)
