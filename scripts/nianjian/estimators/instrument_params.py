"""What a declaration may say of direct effects of instruments on the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.kinds.base import Params

if TYPE_CHECKING:
    from nianjian.numerics.plausibly_exogenous import Prior

MOST = 10_000
"""Points of a grid over several instruments."""


def _wrong(what: str) -> PydanticCustomError:
    return PydanticCustomError("pattern", "{what}", {"what": what})


def _in_order(value: list[float]) -> list[float]:
    if value[0] > value[1]:
        raise _wrong("the smaller number first")
    return value


Range = Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_in_order)]


class PlausiblyExogenous(Params):
    """How far the instruments may act on the outcome themselves; what no key names does not."""

    gamma: Range | dict[str, Range] | None = Field(
        None,
        description="least and largest direct effect of the instrument, in units of the outcome for one of the instrument; with "
        "several, by name: {z1: [0, 0.1]}: the union of the intervals over a grid",
    )
    grid: int = Field(21, ge=2, le=1001, description="points of each range")
    mean: float | dict[str, float] = Field(0.0, description="of a normal direct effect")
    variance: float | dict[str, float] | None = Field(
        None, description="of a normal direct effect, which the local-to-zero estimate takes into account"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.gamma is None and self.variance is None:
            raise _wrong("a range under gamma, or a variance")
        if self.variance is None and self.mean != 0.0:
            raise _wrong("a variance beside the mean")
        values = self.variance.values() if isinstance(self.variance, dict) else [self.variance or 0.0]
        if min(values, default=0.0) < 0:
            raise _wrong("a variance of 0 or more")
        return self

    def check(self, instruments: Sequence[str]) -> None:
        """The names are those of instruments, and the grid is no larger than it may be.

        Raises
        ------
        PydanticCustomError
            If they are not.
        """
        for key in ("gamma", "mean", "variance"):
            own = getattr(self, key)
            if isinstance(own, dict):
                if unknown := sorted(set(own) - set(instruments)):
                    raise _wrong(
                        f"names of instruments under {key}, which {', '.join(unknown)} is not; there is {', '.join(instruments)}"
                    )
            elif len(instruments) > 1 and own not in (None, 0.0):
                raise _wrong(f"{key} by name where there are several instruments: {{{instruments[0]}: …}}")
        wide = self.gamma.values() if isinstance(self.gamma, dict) else [self.gamma] if self.gamma else []
        points = self.grid ** sum(low < high for low, high in wide)
        if points > MOST:
            raise _wrong(f"a grid of at most {MOST:,} points over all instruments, not {points:,}")

    def prior(self, instruments: Sequence[str]) -> Prior:
        """As the functions on arrays take it."""
        from nianjian.numerics.plausibly_exogenous import Prior

        def each(value: Any, absent: Any) -> tuple[Any, ...]:
            if isinstance(value, Mapping):
                return tuple(value.get(name, absent) for name in instruments)
            return tuple(value for _ in instruments)

        ranges = (
            None if self.gamma is None else tuple((low, high) for low, high in each(self.gamma, (0.0, 0.0)))
        )
        if self.variance is None:
            return Prior(ranges, self.grid)
        return Prior(ranges, self.grid, each(self.mean, 0.0), each(self.variance, 0.0))
