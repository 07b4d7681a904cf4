"""How a printed number may have come of another one: a decimal point elsewhere, a digit lost, repeated, swapped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nianjian.panel.series import Floats

SLIP = 0.12  # tolerance, in log10, for a distance to count as a misplaced decimal point
NEAR = 0.08  # tolerance, in log10, for one digit more or two swapped ones to say why

JUMP, POINT, LOST, SWAPPED = "jump", "digit slip", "lost digit", "swapped digits"


def likely(printed: Floats, expected: Floats) -> NDArray[np.str_]:
    """What may have happened to a number that is only known roughly.

    Parameters
    ----------
    printed, expected : (n,) as printed, above 0; what it should be near to

    Returns
    -------
    (n,) ``digit slip`` (a power of ten), ``lost digit`` (one more digit in front would do), ``swapped digits`` (the
    first two), else ``jump``.
    """
    distance = np.log10(printed / expected)
    power = np.round(distance)
    slip = (power != 0) & (np.abs(distance - power) < SLIP)
    size = 10.0 ** np.floor(np.log10(printed) + 1e-9)
    front = np.clip(np.round((expected - printed) / (10 * size)), 1, 9)
    lost = _near(printed + front * 10 * size, expected) & (expected > printed)
    first = np.floor(printed / size + 1e-9)
    second = np.floor((printed - first * size) / (size / 10) + 1e-9)
    swapped = printed + (second - first) * size + (first - second) * size / 10
    swap = (first != second) & (second > 0) & _near(np.maximum(swapped, 1e-300), expected)
    names = np.select([slip, lost, swap], [POINT, LOST, SWAPPED], default=JUMP)
    return names.astype(np.str_)


def _near(values: Floats, expected: Floats) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = np.abs(np.log10(values / expected)) < NEAR
    return near


def misread(printed: str, right: str) -> str:
    """What was done to the digits of ``right`` to get ``printed``; empty if nothing simple was.

    Both are decimal numbers without separators, with as many decimals: ``8200627`` and ``18200627`` give ``a lost
    leading digit``.
    """
    one, other = (_digits(text) for text in (printed, right))
    if not one or not other or one == other:
        return ""
    if one.strip("0") == other.strip("0"):
        return "a misplaced decimal point"
    if other[1:].lstrip("0") == one:
        return "a lost leading digit"
    if one[1:].lstrip("0") == other:
        return "a digit too many in front"
    if len(one) == len(other):
        return _same_length(one, other)
    if len(one) == len(other) + 1 and other in _shortened(one):
        repeated = any(
            one[at] == one[at + 1] and one[:at] + one[at + 1 :] == other for at in range(len(other))
        )
        return "a repeated digit" if repeated else "a digit too many"
    if len(other) == len(one) + 1 and one in _shortened(other):
        return "a dropped digit"
    return ""


def _digits(text: str) -> str:
    return text.replace(".", "").lstrip("-").lstrip("0")


def _shortened(digits: str) -> set[str]:
    return {digits[:at] + digits[at + 1 :] for at in range(len(digits))}


def _same_length(one: str, other: str) -> str:
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        first, second = differ
        if one[first] == other[second] and one[second] == other[first]:
            return "two digits swapped"
    return "one digit another" if len(differ) == 1 else ""
