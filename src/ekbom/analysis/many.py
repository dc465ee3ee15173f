"""The posterior of thousands of trials of one protocol, for simulations."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Literal

import numpy as np

from ekbom.analysis.exposure import Floats, exposure
from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.observations import Observations, TooFewNightsError
from ekbom.analysis.priors import Priors
from ekbom.analysis.schedule import Flags
from ekbom.problem import RefusedError

Engine = Literal["numpy", "numba"]
"""``numpy`` runs everywhere and is the authority; ``numba`` compiles the same steps."""


@dataclass(frozen=True, slots=True)
class ManyEffects:
    """What each of N trials says about theta, the effect its schedule shows, in raw units.

    ``mean`` and ``sd`` (N,) are those of the posterior, ``below`` (N, M) the probability that
    theta is below each of the places asked for.  Where ``usable`` (N,) is False there were too few
    answers, or only one answer, or no planned nights to compare, and the others are NaN.
    """

    mean: Floats
    sd: Floats
    below: Floats
    usable: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyTrials:
    """The arrays of `fit_many`, checked to fit together."""

    value: Floats
    dose: Floats
    trend: Floats
    trend_sd: float
    treated: Flags
    planned: Flags
    priors: Priors
    places: Floats
    tau_nodes: int

    def __post_init__(self) -> None:
        shape = self.value.shape
        if len(shape) != 2 or {self.dose.shape, self.treated.shape} != {shape}:
            raise ValueError(
                "value, dose and treated must have one row a trial, one column a night"
            )
        if {self.trend.shape, self.planned.shape} != {shape[1:]}:
            raise ValueError("trend and planned must have one number for each night")
        if self.places.ndim != 2 or len(self.places) != len(self.value):
            raise ValueError("places must have one row for each trial")
        if np.isinf(self.value).any() or not np.isfinite(self.dose).all():
            raise ValueError("a report may be missing (NaN) but not infinite, a dose neither")
        if not np.isfinite(self.trend).all() or not self.trend_sd > 0:
            raise ValueError("trend must be finite and trend_sd positive")


def engines() -> tuple[Engine, ...]:
    """Return the engines that this installation has."""
    return ("numpy",) if find_spec("numba") is None else ("numpy", "numba")


def require_engine(engine: Engine) -> None:
    """Refuse an engine that is not there.

    Raises
    ------
    RefusedError
        If numba is wanted and not installed.
    ValueError
        If there is no engine of that name.
    """
    if engine not in ("numpy", "numba"):
        raise ValueError(f"no engine is called {engine!r}: there are 'numpy' and 'numba'")
    if engine not in engines():
        raise RefusedError(
            "The compiled engine needs numba, which is not installed. "
            'Install it with: pip install "ekbom[fast]". Or use the engine "numpy".'
        )


def fit_many(
    *,
    value: Floats,
    dose: Floats,
    trend: Floats,
    trend_sd: float,
    treated: Flags,
    planned: Flags,
    priors: Priors,
    places: Floats,
    tau_nodes: int = 15,
    engine: Engine = "numpy",
) -> ManyEffects:
    """Return what each of many trials of one protocol says about the effect of the treatment.

    Parameters
    ----------
    value
        Reports in the outcome's units, NaN where missing or not analysed, shape (N, T).
    dose
        Dose of every calendar night, 0 none to 1 the full dose, shape (N, T).
    trend, trend_sd
        The trend variable of each night, shape (T,), and its coefficient's prior sd, raw units.
    treated
        Nights allocated to the treatment, shape (N, T).
    planned
        Nights that the plan analyses, answered or not, shape (T,).
    priors
        In the units of ``value``.
    places
        Values x at which P(theta < x) is wanted, shape (N, M).
    tau_nodes
        Nodes along log tau: 15 resolve theta to 5e-3 of its sd, 21 serve a verdict.
    engine
        ``numpy`` calls `fit_gaussian` for each trial; ``numba`` takes the same steps and gives
        the same numbers (to 1e-6 sd, probabilities to 1e-7) in a tenth of the time.  Its very
        first call compiles for up to a minute; later processes load what that one kept.

    Raises
    ------
    ValueError
        If the arrays do not fit together.
    RefusedError
        If ``engine`` is ``numba`` and numba is not installed.

    Notes
    -----
    theta = beta D(tau), D(tau) the mean exposure of the planned nights on the treatment less that
    of the other planned nights (docs/method.md, "Exposure").
    """
    require_engine(engine)
    trials = ManyTrials(
        value=value,
        dose=dose,
        trend=trend,
        trend_sd=trend_sd,
        treated=treated,
        planned=planned,
        priors=priors,
        places=places,
        tau_nodes=tau_nodes,
    )
    if engine == "numba":
        mean, sd, below = import_module("ekbom.analysis.compiled.effects").fit(trials)
    else:
        mean, sd, below = _fit_each(trials)
    return ManyEffects(mean, sd, below, ~np.isnan(mean))


def _fit_each(trials: ManyTrials) -> tuple[Floats, Floats, Floats]:
    """Return means, sds and probabilities, one fit after the other; NaN where there is none."""
    mean, sd = np.full((2, len(trials.value)), np.nan)
    below = np.full(trials.places.shape, np.nan)
    for i, places in enumerate(trials.places):
        theta = _theta(trials, i)
        if theta is not None:
            mean[i], sd[i] = theta.mean, theta.sd
            below[i] = [theta.below(x) for x in places]
    return mean, sd, below


def _theta(trials: ManyTrials, i: int) -> Mixture | None:
    """Return trial i's posterior of theta, ``None`` where its data cannot say anything."""
    night = np.flatnonzero(~np.isnan(trials.value[i]))
    on, off = trials.planned & trials.treated[i], trials.planned & ~trials.treated[i]
    if not (on.any() and off.any()):
        return None
    data = Observations(
        night=night,
        value=trials.value[i, night],
        covariates=trials.trend[night, None],
        covariate_sds=np.array([trials.trend_sd]),
        dose=trials.dose[i],
    )
    try:
        posterior = fit_gaussian(data=data, priors=trials.priors, tau_nodes=trials.tau_nodes)
    except TooFewNightsError:
        return None

    def contrast(tau: Floats) -> Floats:
        level = exposure(data.dose, tau=tau)
        difference: Floats = level[..., on].mean(axis=-1) - level[..., off].mean(axis=-1)
        return difference

    return posterior.contrast(contrast)
