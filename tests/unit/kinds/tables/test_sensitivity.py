"""The table of an index's sensitivity names what was changed."""

import pandas as pd
import pytest

from nianjian.errors import DeclarationError
from nianjian.schemas import SENSITIVITY, SENSITIVITY_KEY
from sampled import Results, records, sources

LABELS = {"p": {"en": "First", "zh": "一"}}
INDEX = {"method": "entropy", "dimensions": {"all": {"indicators": ["p"]}}}
ROWS = pd.DataFrame(
    [
        ("leave_one_out", "p", "", "rank_correlation", 0.9),
        ("leave_one_out", "p", "", "largest_move", 1200.0),
        ("alternative", "equal", "", "rank_correlation", 0.95),
        ("alternative", "equal", "", "largest_move", 3.0),
        ("alternative", "equal", "p", "weight", 0.5),
    ],
    columns=list(SENSITIVITY),
)


@pytest.fixture
def build(tmp_path):
    def made(rows=ROWS):
        results = Results(tmp_path, LABELS, indices={"score": INDEX})
        results.write(results.part("score", "sensitivity"), rows, SENSITIVITY, SENSITIVITY_KEY)
        return results.build("sensitivity", "A3", index="score")

    return made


def test_sensitivity_names_what_was_changed(build):
    found = records(build())
    assert found["leave_one_out[p]", "rank_correlation", "rank_correlation"]["value"] == "0.9"
    assert found["leave_one_out[p]", "largest_move", "largest_move"]["printed"] == "1,200"
    assert found["alternative[equal]", "rank_correlation", "rank_correlation"]["label"] == "Equal"


def test_its_numbers_say_of_which_choice_they_are(build):
    (source,) = sources(build(), "leave_one_out[p]", "rank_correlation")
    assert source["file"] == "indices/score.sensitivity.parquet"
    assert (source["choice"], source["name"], source["property"]) == (
        "leave_one_out",
        "p",
        "rank_correlation",
    )


def test_a_sensitivity_that_was_switched_off_is_an_error(build):
    with pytest.raises(DeclarationError, match=r"demo, tables\.A3: the index's sensitivity is switched off"):
        build(ROWS[ROWS["indicator"] != ""])
