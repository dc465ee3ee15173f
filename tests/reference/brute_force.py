"""A second opinion on a small trial, by the longest and plainest way; nothing here is from ekbom.

Nights in Python lists, all orders by ``itertools``, the posterior over a dense product grid of
Gauss-Legendre nodes, with the whole correlation matrix of the answers inverted at every rho.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import erf, exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from reference.small_trials import Small

Floats = NDArray[np.float64]
RHO_NODES, TAU_NODES, SIGMA_NODES = 36, 36, 64


@dataclass(frozen=True)
class Nights:
    """Everything about the nights of a small trial, by hand."""

    small: Small
    period: list[int]
    treated: list[bool]
    planned: list[bool]
    use: list[bool]
    value: dict[int, float]

    @property
    def answered(self) -> list[int]:
        return [i for i, used in enumerate(self.use) if used and i in self.value]

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Return planned, analysed, unanalysed, missing, excluded."""
        analysed = [i for i, p in enumerate(self.planned) if p]
        missing = sum(self.use[i] and i not in self.value for i in analysed)
        return (
            len(self.period),
            len(self.answered),
            len(self.period) - len(analysed),
            missing,
            sum(not self.use[i] for i in analysed),
        )


def nights_of(small: Small) -> Nights:
    """Return the nights: those planned to be analysed, less those after an unblinding."""
    period = small.period_of
    since = [period[:i].count(p) for i, p in enumerate(period)]
    planned = [n >= small.plan.unanalysed_nights for n in since]
    opened = min((d["night"] for k, d in small.events if k == "unblinding"), default=10**6)
    return Nights(
        small=small,
        period=period,
        treated=[small.order[p] == "T" for p in period],
        planned=planned,
        use=[p and i < opened for i, p in enumerate(planned)],
        value=small.answers,
    )


def exposures(dose: list[float], tau: float) -> list[float]:
    """Return the exposure of every night."""
    share = 1.0 if tau == 0 else 1.0 - exp(-1.0 / tau)
    level, found = 0.0, []
    for d in dose:
        level += share * (d - level)
        found.append(level)
    return found


def contrast(nights: Nights, tau: float) -> float:
    """Return D(tau) by its definition."""
    level = exposures([float(t) for t in nights.treated], tau)
    on = [e for e, p, t in zip(level, nights.planned, nights.treated, strict=True) if p and t]
    off = [e for e, p, t in zip(level, nights.planned, nights.treated, strict=True) if p and not t]
    return sum(on) / len(on) - sum(off) / len(off)


@dataclass(frozen=True)
class Posterior:
    """Posterior of theta (treatment minus reference) as weights, means, sds of its nodes."""

    weight: Floats
    mean_at: Floats
    sd_at: Floats
    prior_sd: float

    @property
    def mean(self) -> float:
        return float(self.weight @ self.mean_at)

    @property
    def sd(self) -> float:
        return sqrt(float(self.weight @ (self.sd_at**2 + (self.mean_at - self.mean) ** 2)))

    def above(self, x: float) -> float:
        z = (self.mean_at - x) / self.sd_at
        return float(self.weight @ np.array([0.5 * (1 + erf(v / sqrt(2))) for v in z]))


def posterior(
    nights: Nights,
    *,
    dose: list[float] | None = None,
    effect_sd: float | None = None,
    tau_median: float | None = None,
    quadratic: bool = False,
) -> Posterior:
    """Return the posterior of theta under the Gaussian model, integrated over a dense grid."""
    plan, outcome = nights.small.protocol.analysis, nights.small.primary
    R = outcome.prior_range
    at = nights.answered
    y = np.array([nights.value[i] for i in at])
    trend = np.arange(len(nights.period)) / (len(nights.period) - 1) - 0.5
    columns = [np.ones(len(at)), trend[at]] + ([trend[at] ** 2 - 1 / 12] if quadratic else [])
    sds = np.array([R * plan.intercept_sd, *[R * plan.trend_sd] * (len(columns) - 1)])
    sds = np.append(sds, R * (effect_sd or plan.effect_sd))
    middle = R / 2 if outcome.kind == "minutes" else (outcome.minimum + outcome.maximum) / 2
    taus, tau_weight = _tau_nodes(tau_median or plan.tau_median, plan.tau_log_sd)
    dose = dose or [float(t) for t in nights.treated]
    rhos, rho_weight = _rho_nodes(plan.rho_mean, plan.rho_sd, plan.rho_bound)
    log_sigma, sigma_weight = _nodes(log(y.std()) - 2.5, log(6 * plan.sigma_sd * R), SIGMA_NODES)
    sigma = np.exp(log_sigma)
    log_prior = -0.5 * (sigma / (plan.sigma_sd * R)) ** 2 + log_sigma
    scale = np.array([contrast(nights, t) for t in taus])
    known = np.column_stack(columns)
    onset = [np.array(exposures(dose, tau))[at][:, None] for tau in taus]
    X = np.stack([np.hstack([known, e]) for e in onset]) * sds
    gap = np.abs(np.subtract.outer(at, at))
    pieces = []
    for rho, wr in zip(rhos, rho_weight, strict=True):
        correlation = np.sign(rho) ** gap * np.abs(rho) ** gap
        height, mean, sd = given_nodes(X, y - middle, correlation, sigma)
        weight = np.log(wr * np.outer(tau_weight, sigma_weight)) + log_prior + height
        size = sds[-1] * scale[:, None]
        pieces.append((weight, mean * size, sd * np.abs(size)))
    log_weight, mean_at, sd_at = (np.concatenate([p[k].ravel() for p in pieces]) for k in range(3))
    weight = np.exp(log_weight - log_weight.max())
    prior_sd = sds[-1] * sqrt(float(tau_weight @ scale**2 / tau_weight.sum()))
    return Posterior(weight / weight.sum(), mean_at, sd_at, prior_sd)


def given_nodes(
    X: Floats, y: Floats, correlation: Floats, sigma: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return log p(y | rho, tau, sigma) and the effect's mean and sd, coefficients being N(0, 1).

    X has shape (taus, nights, coefficients); what comes out (taus, sigmas).
    """
    inverse = np.linalg.inv(correlation)
    s2 = sigma[:, None, None] ** 2
    A = (X.mT @ inverse @ X)[:, None] / s2 + np.eye(X.shape[-1])
    V = np.linalg.inv(A)
    b = np.einsum("tsij,tsj->tsi", V, (X.mT @ inverse @ y)[:, None] / s2[:, :, 0])
    fit = y @ inverse @ y / sigma**2 - np.einsum("tsi,tsij,tsj->ts", b, A, b)
    log_det = np.linalg.slogdet(A)[1] + np.linalg.slogdet(correlation)[1]
    height = -0.5 * (fit + log_det + 2 * len(y) * np.log(sigma))
    return height, b[..., -1], np.sqrt(V[..., -1, -1])


def _nodes(low: float, high: float, count: int) -> tuple[Floats, Floats]:
    x, w = np.polynomial.legendre.leggauss(count)
    return low + (high - low) * (x + 1) / 2, w * (high - low) / 2


def _tau_nodes(median: float, spread: float) -> tuple[Floats, Floats]:
    if not spread:
        return np.array([median]), np.ones(1)
    z, w = _nodes(-4.5, 4.5, TAU_NODES)
    return median * np.exp(spread * z), w * np.exp(-0.5 * z**2)


def _rho_nodes(mean: float, sd: float, bound: float) -> tuple[Floats, Floats]:
    x, w = _nodes(-np.arctanh(bound), np.arctanh(bound), RHO_NODES)
    rho = np.tanh(x)
    return rho, w * (1 - rho**2) * np.exp(-0.5 * ((rho - mean) / sd) ** 2)


def model_word(small: Small, found: Posterior) -> str:
    """Return the model's word."""
    rule, mid = small.protocol.decision, small.primary.mid
    sign = 1 if small.primary.direction == "higher" else -1
    turned = replace(found, mean_at=sign * found.mean_at)
    better, benefit, harm = turned.above(0), turned.above(mid), 1 - turned.above(-mid)
    if better >= rule.probability_better and benefit >= rule.probability_mid:
        return "helps"
    if 1 - better >= rule.probability_better and harm >= rule.probability_mid:
        return "makes it worse"
    return "no worthwhile difference" if 1 - benefit - harm >= 0.9 else "cannot tell yet"


def all_orders(small: Small) -> list[str]:
    """Return every order that the design could have drawn, by trying out all of them."""
    plan, n = small.plan, len(small.order)
    if plan.kind == "start_points":
        return _phased(n, phases=len(plan.pattern), least=plan.minimum_phase or 1)
    every = ("".join(o) for o in itertools.product("TR", repeat=n))
    halves = {"TR", "RT"}
    pairs = lambda o: [o[i : i + 2] for i in range(0, n, 2)]  # noqa: E731
    runs = lambda o: [(k, len(list(g))) for k, g in itertools.groupby(o)]  # noqa: E731
    admits: dict[str, Callable[[str], bool]] = {
        "pairs": lambda o: set(pairs(o)) <= halves,
        "counterbalanced": lambda o: (
            set(pairs(o)) <= halves
            and abs(pairs(o).count("TR") - pairs(o).count("RT")) <= n // 2 % 2
        ),
        "complete": lambda o: (
            o.count("T") == n // 2 and max(length for _, length in runs(o)) <= (plan.max_run or n)
        ),
        "blocks": lambda o: all(
            o[i : i + len(plan.block)].count("T") == plan.block.count("magnesium")
            for i in range(0, n, len(plan.block))
        ),
    }
    return [o for o in every if admits[plan.kind](o)]


def _phased(n: int, *, phases: int, least: int) -> list[str]:
    """Return the orders of n nights in alternating phases, the reference first."""
    found = []
    for changes in itertools.combinations(range(1, n), phases - 1):
        ends = [0, *changes, n]
        lengths = [b - a for a, b in itertools.pairwise(ends)]
        if min(lengths) >= least:
            found.append("".join("RT"[k % 2] * length for k, length in enumerate(lengths)))
    return found


def randomisation_p(nights: Nights) -> tuple[float, float, float, int]:
    """Return two-sided p, p of an order as low, p of one as high, and the number of orders."""
    small, plan = nights.small, nights.small.protocol.analysis
    at, orders = nights.answered, all_orders(nights.small)
    seen = sorted({nights.period[i] for i in at})
    members: dict[tuple[str, ...], list[str]] = {}
    for order in orders:
        members.setdefault(tuple(order[p] for p in seen), []).append(order)
    gap = np.abs(np.subtract.outer(at, at)).astype(float)
    white = np.linalg.inv(np.linalg.cholesky(plan.rho_test**gap))
    known = white @ np.column_stack([np.ones(len(at)), np.array(at, dtype=float)])
    free = np.eye(len(at)) - known @ np.linalg.pinv(known)
    r = free @ white @ np.array([nights.value[i] for i in at])
    found = []
    for group in members.values():
        code = [
            sum(0.5 if order[p] == "T" else -0.5 for order in group) / len(group)
            for p in range(len(small.order))
        ]
        level = np.array(exposures([code[p] for p in nights.period], plan.tau_test))[at]
        column = free @ white @ level
        length = float(np.linalg.norm(column))
        t = 0.0 if length < 1e-9 else float(column @ r) / length
        found.append((t, len(group), small.order in group))
    observed = next(t for t, _, mine in found if mine)
    tie = 1e-9 * float(np.linalg.norm(r))
    total = len(orders)
    two = sum(k for t, k, _ in found if abs(t) >= abs(observed) - tie) / total
    low = sum(k for t, k, _ in found if t <= observed + tie) / total
    high = sum(k for t, k, _ in found if t >= observed - tie) / total
    return two, low, high, total
