"""The run-wide switches, ``config.yaml``."""

from typing import Literal

from pydantic import Field

from nianjian.declarations.models.base import Declared


class Config(Declared):
    """Run-wide switches."""

    raw_root: str | None = Field(None, description="folder of the real yearbooks; null: the simulated ones")
    panel_root: str | None = Field(
        None, description="folder of compiled panels; null: panels beside raw_root"
    )
    studies: list[str] = Field(
        description="ids of config/studies, a variant as study-variant; [] for the panel alone"
    )
    languages: list[Literal["en", "zh"]] = Field(["en", "zh"], min_length=1)
    seed: int = Field(20180101, ge=0, description="of the simulation and of every random draw")
    threads: int = Field(1, ge=1, description="of one job; results do not depend on it")


ASKED = ("city", "year", "item", "scope", "study", "table", "row", "column")
"""What ``snakemake trace --config city=济南 year=2011`` adds to the configuration."""
