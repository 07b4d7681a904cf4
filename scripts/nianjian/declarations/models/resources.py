"""What jobs ask of a cluster, ``resources.yaml``."""

from typing import Literal

from pydantic import Field

from nianjian.declarations.models.base import Declared


class Need(Declared):
    """Measured memory and time of the jobs of a rule, as straight lines in the size of what they read."""

    size_of: Literal["inputs", "panel", "nothing"] = Field(
        "inputs",
        description="what memory and time grow with: the job's own input files, the panel behind a study "
        "(whose other files do not exist yet when a group of jobs is submitted), or nothing",
    )
    memory_mb: float = Field(gt=0, description="without any input")
    memory_per_mb: float = Field(0, ge=0, description="added for each MB read")
    seconds: float = Field(gt=0, description="without any input")
    seconds_per_mb: float = Field(0, ge=0, description="added for each MB read")
    typical_seconds: float = Field(
        gt=0, description="a job's mean, by which a run that never ran before says how long it takes"
    )


class Resources(Declared):
    """What jobs ask for, by rule; a cluster grants it, a laptop does not ask."""

    snakemake_mb: int = Field(ge=0, description="memory of Snakemake's own processes within a job")
    memory_margin: float = Field(ge=1, description="times the measured memory")
    time_margin: float = Field(ge=1, description="times the measured time: nodes differ and wait for files")
    start_seconds: int = Field(ge=0, description="until a job's work starts")
    rules: dict[str, Need] = Field(description="by verb and noun of the rule")
