"""Tilted moments by quadrature, for likelihoods that are smooth and log-concave in eta."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.propagation.likelihood import Tilted

_POINTS, _WEIGHTS = np.polynomial.hermite.hermgauss(11)
_LONGEST_STEP = 2.0
_MOST_STEPS = 50

Slopes = Callable[[Floats], tuple[Floats, Floats]]


def tilt_at_mode(
    *,
    log_likelihood: Callable[[Floats], Floats],
    slopes: Slopes,
    start: Floats,
    mean: Floats,
    variance: Floats,
) -> Tilted:
    """Return a normal belief times a likelihood, by 11 Gauss-Hermite nodes at their joint mode.

    Parameters
    ----------
    log_likelihood, slopes
        Of eta, shape (..., n, N): its value, and its first and minus second derivative.
    start
        Where the search of the mode begins: shape (n, N).
    mean, variance
        The normal belief: shapes (n, N).

    Notes
    -----
    Nodes eta_k = mode + sqrt(2) s x_k, s^-2 the curvature of the tilted density at its mode.
    """
    mode, curvature = find_mode(slopes=slopes, start=start, mean=mean, variance=variance)
    step = np.sqrt(2 / curvature)
    offset = step * _POINTS[:, None, None]
    eta = mode + offset
    height = log_likelihood(eta) - 0.5 * (eta - mean) ** 2 / variance
    height += (np.log(_WEIGHTS) + _POINTS**2)[:, None, None]
    top = height.max(axis=0)
    share = np.exp(height - top)
    mass = share.sum(axis=0)
    share /= mass
    shift = (share * offset).sum(axis=0)
    spread = (share * (offset - shift) ** 2).sum(axis=0)
    log_mass = top + np.log(mass * step) - 0.5 * np.log(2 * np.pi * variance)
    return Tilted(log_mass, mode + shift, spread)


def find_mode(
    *, slopes: Slopes, start: Floats, mean: Floats, variance: Floats
) -> tuple[Floats, Floats]:
    """Return the mode of the tilted density and its curvature there, by capped Newton steps."""
    eta = start
    for _ in range(_MOST_STEPS):
        gradient, bend = slopes(eta)
        curvature = bend + 1.0 / variance
        step = (gradient - (eta - mean) / variance) / curvature
        # exp(eta) makes a full step to the right overshoot by orders of magnitude
        step = np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        eta = eta + step
        # the nodes need not sit on the mode exactly, a tenth of their spacing is near enough
        if np.abs(step * np.sqrt(curvature)).max() < 0.03:
            break
    return eta, slopes(eta)[1] + 1.0 / variance
