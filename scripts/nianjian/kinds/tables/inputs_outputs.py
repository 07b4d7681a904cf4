"""The inputs and outputs of an efficiency or productivity index, with what composites among them are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from nianjian.indices.params import roles
from nianjian.kinds.base import Index, Variable
from nianjian.publish.params import TableParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """What a table of inputs and outputs says."""

    efficiency: Index = Field(description="an index of kind efficiency or productivity")
    parts: dict[str, list[Variable]] = Field(
        {}, description="indicators of composites among them, in their order; left out: as these declare them"
    )


def complete(params: Params, study: Study) -> Params:
    """The index must have inputs and outputs."""
    study.check_known("efficiency", params.efficiency, study.indices, "efficiency or productivity index")
    if not hasattr(study.indices[params.efficiency].params, "desirable"):
        raise study.fail(
            "efficiency",
            f"'{params.efficiency}' has no inputs and outputs; name an efficiency or productivity",
        )
    used = [name for own in roles(study.indices[params.efficiency].params).values() for name in own]
    parts = {name: _indicators(study.indices[name].params) for name in used if name in study.indices}
    for name in params.parts:
        study.check_known("parts", name, parts, "index among the inputs and outputs")
    return params.model_copy(update={"parts": parts | params.parts})


def _indicators(index: Any) -> list[str]:
    """Variables that a composite index is made of."""
    return [each.variable for _, each in getattr(index, "indicators", [])]


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The sample, with the indices among inputs and outputs, and what became of its values."""
    used = [name for own in roles(study.indices[params.efficiency].params).values() for name in own]
    return {
        "sample": [study.sample_file],
        "indices": study.index_files(used),
        "gaps": [study.gaps_file],
    }


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """One row an input or output: how it is measured, its sign, mean and standard deviation."""
    from nianjian.publish import inputs_outputs

    return inputs_outputs.table(params, data, context)
