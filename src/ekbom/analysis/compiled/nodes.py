"""The regression at one node (rho, tau), compiled: what `gaussian_nodes` computes.

There the matrix A of the regressors' cross-products is rotated.  With three coefficients, all that
is needed of A + s I is a quotient of polynomials in s = sigma^2, and no rotation:

    |A + s I| = s^3 + I1 s^2 + I2 s + I3
    c'A^-1 (A + s I)^-1 c = (b'c s^2 + (I1 b'c - c'c) s + I3 b'b) / |A + s I|,  b = A^-1 c

and likewise the effect's mean and variance.  These are stored by the names below.
"""

from __future__ import annotations

from ekbom.analysis.compiled.jit import compiled
from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian_nodes import _PERFECT

I1, I2, I3 = 0, 1, 2
"""Invariants of A."""
N0, N1, N2 = 3, 4, 5
"""What the regressors explain, the numerator."""
RESIDUAL, BASE = 6, 7
"""What nothing explains; and all of the log posterior that does not depend on sigma."""
M0, M1, M2 = 8, 9, 10
"""The effect's mean, the numerator."""
V1, V2 = 11, 12
"""The effect's variance over s, the numerator: s^2 + V1 s + V2."""
VARIANCE, WIDTH, HEIGHT = 13, 14, 15
"""The peak of sigma^2, its width in log sigma, and its log height."""
FIELDS = 16

Four = tuple[float, float, float, float]


@compiled
def condition(node: Floats, fixed: Floats, moving: Four, base: float) -> None:
    """Fill in one node from the whitened products, all but its peak.

    The regressors' are [[a, b, c], [b, d, e], [c, e, g]], those with the answers (x, y, z);
    ``fixed`` holds a, b, d, x, y and the answers' sum of squares, ``moving`` holds c, e, g, z.
    """
    a, b, d, x, y, squares = fixed[0], fixed[1], fixed[2], fixed[3], fixed[4], fixed[5]
    c, e, g, z = moving
    minor = a * d - b * b
    level, trend, effect, node[I3] = _solve(fixed, moving)
    fitted = level * x + trend * y + effect * z
    node[I1] = a + d + g
    node[I2] = (d * g - e * e) + (a * g - c * c) + minor
    node[N0] = fitted
    node[N1] = max(node[I1] * fitted - (x * x + y * y + z * z), 0.0)
    node[N2] = node[I3] * (level * level + trend * trend + effect * effect)
    node[RESIDUAL] = max(squares - fitted, _PERFECT * squares)
    node[BASE] = base
    node[M0] = z
    node[M1] = (a + d) * z - c * x - e * y
    node[M2] = (b * e - c * d) * x + (b * c - a * e) * y + minor * z
    node[V1] = a + d
    node[V2] = max(minor, 0.0)


@compiled
def _solve(fixed: Floats, moving: Four) -> Four:
    """Return the coefficients A^-1 c and |A|; a regressor that adds nothing gets 0."""
    a, b, d, x, y = fixed[0], fixed[1], fixed[2], fixed[3], fixed[4]
    c, e, g, z = moving
    inverse = 1 / a
    by_trend, by_effect = b * inverse, c * inverse
    second = d - by_trend * b
    cross, y_left = e - by_trend * c, y - by_trend * x
    slope = cross / second if second > _PERFECT * d else 0.0
    third = g - by_effect * c - slope * cross
    z_left = z - by_effect * x - slope * y_left
    effect = z_left / third if third > _PERFECT * g else 0.0
    trend = (y_left - cross * effect) / second if second > _PERFECT * d else 0.0
    level = (x - b * trend - c * effect) * inverse
    return level, trend, effect, a * max(second, 0.0) * max(third, 0.0)


@compiled
def determinant(node: Floats, s: float) -> float:
    """Return |A + s I|."""
    value: float = node[I3] + s * (node[I2] + s * (node[I1] + s))
    return value


@compiled
def explained(node: Floats, s: float) -> float:
    """Return the numerator of what the regressors explain."""
    value: float = node[N2] + s * (node[N1] + s * node[N0])
    return value


@compiled
def slope_and_curvature(node: Floats, s: float, freedom: float) -> tuple[float, float]:
    """Return the log likelihood's first and negative second derivative in log sigma."""
    inverse = 1 / determinant(node, s)
    first = (node[I2] + s * (2 * node[I1] + 3 * s)) * inverse
    second = (2 * node[I1] + 6 * s) * inverse
    value = explained(node, s) * inverse
    value_1 = (node[N1] + 2 * s * node[N0]) * inverse - value * first
    value_2 = 2 * node[N0] * inverse - 2 * value_1 * first - value * second
    misfit = node[RESIDUAL] / s
    squares = first * first - second
    slope = misfit - freedom - s * (value_1 + first)
    bend = s * (first + value_1) + s * s * (value_2 - squares)
    return slope, 2 * (misfit + bend)
