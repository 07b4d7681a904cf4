"""The indicators of an index: dimension, unit, sign, weight, and how much of each was printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from nianjian.declarations.models.base import Text
from nianjian.kinds.base import Index
from nianjian.language import FIRST
from nianjian.publish.params import DistinctRows, Row, TableParams, lines

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """What a table of indicators says."""

    index: Index = Field(description="a composite index")
    rows: DistinctRows | None = Field(
        None, description="its indicators under their dimensions; left out: as the index declares them"
    )


def complete(params: Params, study: Study) -> Params:
    """The index must have indicators; all of them are rows."""
    study.check_known("index", params.index, study.indices, "index")
    index = study.indices[params.index].params
    if not hasattr(index, "dimensions"):
        raise study.fail("index", f"'{params.index}' has no indicators; name a composite index")
    rows = params.rows or [_group(name, dimension) for name, dimension in index.dimensions.items()]
    wanted, own = {line.term for line in lines(rows)}, {each.variable for _, each in index.indicators}
    if odd := sorted(wanted ^ own):
        raise study.fail("rows", f"{', '.join(odd)} only among the rows or only in the index")
    if len({len(line.groups) for line in lines(rows)}) > 1:
        raise study.fail("rows", "all dimensions have first-level headings, or none")
    return params.model_copy(update={"rows": rows})


def _group(name: str, declared: Any) -> Row:
    """A dimension or component with what it holds, in declared order."""
    inner = [Row(term=each.variable) for each in declared.indicators]
    inner += [_group(key, component) for key, component in getattr(declared, "components", {}).items()]
    return Row(label=declared.label or Text.model_validate({FIRST: name}), rows=inner)


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The sample, of which coverage is counted, what became of its values, and the index's weights."""
    return {
        "sample": [study.sample_file],
        "weights": [study.part(params.index, "weights")],
        "gaps": [study.gaps_file],
    }


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """One row an indicator; where there are several dimensions, their weights follow."""
    from nianjian.publish import indicators

    return indicators.table(params, data, context)
