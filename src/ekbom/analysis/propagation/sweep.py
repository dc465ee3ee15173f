"""The latent state of all nights under normal sites: one pass along the calendar and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats


@dataclass(frozen=True, slots=True)
class Field:
    """Prior of the latent states eta = X b + u of n nights at N nodes, u an AR(1) with gaps.

    The precision of u is tridiagonal: ``diagonal`` (n, N) and ``lower`` (n, N), the entry left of
    the diagonal, 0 on the first night; ``log_det`` (N,) is the log of its determinant.
    ``design`` (n, p, N); the coefficients are independent N(prior_mean, 1/prior_precision), (p,).
    """

    design: Floats
    prior_mean: Floats
    prior_precision: Floats
    diagonal: Floats
    lower: Floats
    log_det: Floats


@dataclass(frozen=True, slots=True)
class Sites:
    """Normal stand-ins for the likelihood: exp(linear eta - precision eta^2 / 2), shapes (n, N)."""

    linear: Floats
    precision: Floats


@dataclass(frozen=True, slots=True)
class Marginals:
    """The field times the sites: moments of eta (n, N) and of the coefficients.

    ``coefficient_mean`` (N, p), ``coefficient_cov`` (N, p, p); ``log_mass`` (N,) is the log of the
    integral of field times sites.
    """

    mean: Floats
    variance: Floats
    coefficient_mean: Floats
    coefficient_cov: Floats
    log_mass: Floats


def chain(*, gap: NDArray[np.intp], rho: Floats, sigma: Floats) -> tuple[Floats, Floats, Floats]:
    """Return diagonal, lower entries and log determinant of the precision of an AR(1) with gaps.

    Parameters
    ----------
    gap
        Nights from each observed night to the next: shape (n - 1,).
    rho, sigma
        Autocorrelation from one night to the next and marginal sd: shapes (N,).

    Notes
    -----
    u_i | u_{i-1} ~ N(f u_{i-1}, sigma^2 (1 - f^2)), f = rho^gap: exact for any missing pattern.
    """
    # an integer power, so that a negative rho keeps its sign
    f = rho ** gap[:, None]
    variance = sigma**2
    fresh = 1.0 - f * f
    w = 1.0 / (variance * fresh)
    n = len(gap) + 1
    diagonal, lower = np.zeros((n, len(rho))), np.zeros((n, len(rho)))
    diagonal[0] = 1.0 / variance
    diagonal[1:] = w
    diagonal[:-1] += w * f * f
    lower[1:] = -w * f
    return diagonal, lower, -n * np.log(variance) - np.log(fresh).sum(axis=0)


def solve(*, diagonal: Floats, lower: Floats, right: Floats) -> tuple[Floats, Floats, Floats]:
    """Return T^-1 right, the diagonal of T^-1 and log|T| for tridiagonal T, at every node.

    Parameters
    ----------
    diagonal, lower
        T, symmetric and positive definite: shapes (n, N), as in `Field`.
    right
        Right-hand sides: shape (n, m, N).

    Notes
    -----
    T = L D L' forwards, then substitution and (T^-1)_ii = 1/D_i + l_{i+1}^2 (T^-1)_{i+1,i+1}
    backwards: the loop is along the nights only.
    """
    pivot, ratio, out = diagonal.copy(), np.zeros_like(lower), right.copy()
    for i in range(1, len(pivot)):
        np.divide(lower[i], pivot[i - 1], out=ratio[i])
        pivot[i] -= ratio[i] * lower[i]
        out[i] -= ratio[i] * out[i - 1]
    inverse = 1.0 / pivot
    out *= inverse[:, None]
    square = ratio * ratio
    for i in range(len(pivot) - 2, -1, -1):
        out[i] -= ratio[i + 1] * out[i + 1]
        inverse[i] += square[i + 1] * inverse[i + 1]
    return out, inverse, np.log(pivot).sum(axis=0)


def sweep(*, field: Field, sites: Sites) -> Marginals:
    """Return the marginals of every night and of the coefficients, in O(n p^2) per node.

    Notes
    -----
    With T = Q + diag(precision), R = T^-1 diag(precision) X and t = T^-1 linear: S = V0^-1 +
    X' diag(precision) (X - R), b ~ N(S^-1 h, S^-1), h = V0^-1 m0 + X'(linear - precision t),
    E eta = t + (X - R) b, var eta_i = (T^-1)_ii + (x_i - r_i)' S^-1 (x_i - r_i).
    """
    X, p = field.design, field.design.shape[1]
    weighted = X * sites.precision[:, None]
    right = np.concatenate([weighted, sites.linear[:, None]], axis=1)
    solved, inverse, log_det_T = solve(
        diagonal=field.diagonal + sites.precision, lower=field.lower, right=right
    )
    rest, t = X - solved[:, :p], solved[:, p]
    S = np.einsum("njc,nkc->cjk", weighted, rest)
    S = 0.5 * (S + S.transpose(0, 2, 1)) + np.diag(field.prior_precision)
    h = np.einsum("njc,nc->cj", X, sites.linear - sites.precision * t)
    h += field.prior_precision * field.prior_mean
    cov = np.linalg.inv(S)
    b = (cov @ h[:, :, None])[:, :, 0]
    log_mass = 0.5 * (
        field.log_det
        - log_det_T
        + np.log(field.prior_precision).sum()
        - np.linalg.slogdet(S)[1]
        + (b * h).sum(axis=1)
        + (sites.linear * t).sum(axis=0)
        - (field.prior_precision * field.prior_mean**2).sum()
    )
    spread = np.einsum("cjk,nkc->njc", cov, rest)
    return Marginals(
        mean=t + np.einsum("njc,cj->nc", rest, b),
        variance=inverse + (spread * rest).sum(axis=1),
        coefficient_mean=b,
        coefficient_cov=cov,
        log_mass=log_mass,
    )
