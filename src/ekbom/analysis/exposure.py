"""How much of the treatment the body has on a night."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def exposure(dose: ArrayLike, *, tau: ArrayLike) -> Floats:
    """Return how much of the treatment the body has on each night.

    A dose does not work at once and does not stop at once: each night the exposure moves a fixed
    share of the way towards that night's dose.

    Parameters
    ----------
    dose
        Dose of every calendar night, 1 = the full dose, last axis the nights: shape (..., T).
    tau
        Onset and offset time in nights, a number or shape (K,); 0 means at once.

    Returns
    -------
    Exposure of every night, from 0 before the first: shape (..., T), or (K, ..., T) for K taus.

    Raises
    ------
    ValueError
        If a tau is negative.

    Notes
    -----
    e_t = e_{t-1} + (1 - exp(-1/tau)) (dose_t - e_{t-1}), e_{-1} = 0: first-order kinetics with a
    dose held constant through each night (docs/method.md, "Exposure").
    """
    doses = np.asarray(dose, dtype=float)
    taus = np.asarray(tau, dtype=float)
    if (taus < 0).any():
        raise ValueError("tau must not be negative")
    with np.errstate(divide="ignore", over="ignore"):
        share = -np.expm1(-1.0 / taus)
    share = share.reshape(taus.shape + (1,) * (doses.ndim - 1))
    level = np.zeros(np.broadcast_shapes(share.shape, doses.shape[:-1]))
    out = np.empty((*level.shape, doses.shape[-1]))
    for t in range(doses.shape[-1]):
        level = level + share * (doses[..., t] - level)
        out[..., t] = level
    return out
