"""Tables, columns and headers of each edition."""

from nianjian.simulate import FOLDER, TABLES, layouts, reading
from nianjian.simulate.declared.layouts import Header, Tables


def test_every_column_of_every_edition_has_a_true_value(world):
    needed = layouts.printed(reading.tables(FOLDER), reading.process(FOLDER).covers)
    assert not {(item, scope) for item, scope, _ in needed if scope not in world.values.get(item, {})}


def test_columns_are_read_with_scopes_and_parts():
    declared = reading.read_yaml(FOLDER / TABLES) | {
        "chapters": {2004: 2},
        "books": {2004: ["money"]},
        "tables": {"money": {2004: "金融 | deposits(household:c) loans:d | Money"}},
        "headers": {
            "deposits": {2004: "存款 | 万元 | 0", 2010: "各项存款 | 亿元 | 2 | Deposits | 100 million yuan"},
            "household": {2004: "储蓄 | 万元=0.1 | 0"},
            "loans": {2004: "贷款 | 万元 | 0"},
        },
    }
    tables = Tables.model_validate(declared)
    (table,) = layouts.plan(tables, 2009).tables
    assert [(item, scope) for item, scope, _ in table.columns] == [
        ("deposits", "city"), ("deposits", "districts"), ("household", "city"), ("loans", "districts"),
    ]  # fmt: skip
    assert table.groups[0].width() == 3
    assert table.groups[0].parts[0].header == Header("储蓄", "万元", 0, factor=0.1)
    assert layouts.plan(tables, 2011).tables[0].groups[0].header.english == "Deposits"
