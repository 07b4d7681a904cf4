"""Weights from two others: mixtures and products.

M5 in the studies' common notation: a * geographic + (1 - a) * economic (6).
"""

from __future__ import annotations

from nianjian.spatial.weights import Islands, SpatialWeights, checked_weights, row_standardised


def product(
    first: SpatialWeights, second: SpatialWeights, *, name: str = "product", islands: Islands = "error"
) -> SpatialWeights:
    """Links of both weights, with the product of their weights before standardising.

    With 1/d and 1/|y_i - y_j| this is the nested geo-economic matrix: near and alike.
    """
    other = second.aligned(first.cities)
    parameters = {"first": first.name, "second": second.name}
    raw = first.raw * other.raw
    return checked_weights(
        first.cities, first.labels, raw, name, "product", parameters, islands, first.standardised
    )


def composite(
    geographic: SpatialWeights, economic: SpatialWeights, a: float, *, name: str = "composite"
) -> SpatialWeights:
    """Weights a * geographic + (1 - a) * economic (M5, equation 6), rows standardised before and after.

    Before, since kilometres and yuan have no common scale; after, which changes only the rows of cities
    that are islands in one of the two.

    ASSUME: a stands on the geographic part; S4 does not show on which side it is.

    Raises
    ------
    SampleError
        If the two are not for the same cities.
    ValueError
        If a lies outside [0, 1].
    """
    if not 0 <= a <= 1:
        raise ValueError(f"weights {name}: a = {a}; expected a number from 0 to 1")
    other = economic.aligned(geographic.cities)
    parameters = {"a": a, "geographic": geographic.name, "economic": economic.name}
    # At the ends the part itself, so that what is symmetric in it still gives the eigenvalues.
    if a in (0, 1):
        raw = geographic.raw if a == 1 else other.raw
    else:
        raw = a * row_standardised(geographic.raw) + (1 - a) * row_standardised(other.raw)
    advice = (
        "they are islands in both parts: leave them out, or set islands: nearest in the part by contiguity"
    )
    return checked_weights(
        *(geographic.cities, geographic.labels, raw, name, "composite", parameters, "error", True),
        advice=advice,
    )
