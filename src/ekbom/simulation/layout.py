"""A protocol laid out on nights, before anybody lives it: what all virtual participants share."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.estimate import effect_prior_sd, priors_for
from ekbom.analysis.exposure import Floats, exposure
from ekbom.analysis.priors import Priors
from ekbom.analysis.randomisation_reference import ReferenceSet, reference_set
from ekbom.analysis.schedule import Flags, Schedule, plan_schedule
from ekbom.design.calendar import build_calendar
from ekbom.design.clock import Clock
from ekbom.design.design import Design, sample_array
from ekbom.design.plan import TREATMENT, check_design, design_of
from ekbom.problem import InputError, Problem
from ekbom.protocol.model import Outcome, Protocol

Orders = NDArray[np.int8]
"""Orders of treatments, one a row, shape (N, P)."""

_MONDAY = date(2025, 1, 6)
_ENOUGH_ORDERS = 512
"""Orders over which a mean contrast is taken at most."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The nights of a protocol and the orders of treatments that it may draw."""

    protocol: Protocol
    schedule: Schedule
    design: Design
    reference: ReferenceSet

    @property
    def outcome(self) -> Outcome:
        """Return the outcome that gets the verdict's word."""
        return self.protocol.primary

    @property
    def nights(self) -> int:
        """Return the number of nights from the first of the diary to the last randomised one."""
        return len(self.schedule.dose)

    @property
    def planned(self) -> Flags:
        """Return which nights are analysed by plan, shape (T,)."""
        return self.schedule.analysed & self.schedule.randomised

    @property
    def priors(self) -> Priors:
        """Return the priors of the primary analysis."""
        plan = self.protocol.analysis
        return priors_for(self.outcome, plan, effect_sd=plan.effect_sd, tau_median=plan.tau_median)

    def draw(self, count: int, rng: np.random.Generator) -> Orders:
        """Draw orders of treatments as a real trial's would be drawn."""
        return sample_array(self.design, count, rng)

    def treated(self, orders: Orders) -> Flags:
        """Return the nights that each order allocates to the treatment, shape (N, T)."""
        period = self.schedule.period
        on: Flags = (orders[:, period] == TREATMENT) & (period >= 0)
        return on

    def dose(self, orders: Orders) -> Floats:
        """Return every night's dose as a share of the full one, if all were taken, (N, T)."""
        return np.where(self.schedule.randomised, self.treated(orders), self.schedule.dose)

    def difference(self, nightly: Floats, orders: Orders) -> Floats:
        """Return the mean over planned nights on the treatment less that of the others.

        ``nightly`` has the shape (..., N, T); what is returned, (..., N).
        """
        treated, planned = self.treated(orders), self.planned
        on, off = planned & treated, planned & ~treated
        shares = on / on.sum(1, keepdims=True) - off / off.sum(1, keepdims=True)
        found: Floats = np.einsum("...nt,nt->...n", nightly, shares)
        return found

    def contrast(self, orders: Orders, tau: Floats) -> Floats:
        """Return D(tau) of each order, shape (K, N): theta is beta times this."""
        return self.difference(exposure(self.dose(orders), tau=tau), orders)

    def mean_contrast(self, tau: float) -> float:
        """Return D(tau), averaged over the orders that may be drawn."""
        orders = self.reference.periods
        # Evenly from the whole list, which is sorted: its beginning is not like the rest of it.
        some = np.linspace(0, len(orders) - 1, min(len(orders), _ENOUGH_ORDERS)).astype(int)
        return float(self.contrast(orders[some], np.array([tau])).mean())

    def prior_sd(self, orders: Orders) -> Floats:
        """Return the prior sd of theta under each order, shape (N,)."""
        distinct, place = np.unique(orders, axis=0, return_inverse=True)
        found = effect_prior_sd(self.priors, lambda tau: self.contrast(distinct, tau))
        return found[place.ravel()]


@functools.lru_cache(maxsize=8)
def layout_of(protocol: Protocol) -> Layout:
    """Return the nights and orders of a protocol that nobody has begun.

    Raises InputError where chance does not decide the order or leaves none to draw, and where the
    primary outcome is a count, whose model no simulation knows.
    """
    _require_chance(protocol)
    design = design_of(protocol)
    plan = protocol.analysis
    reference = reference_set(
        design=design,
        limit=plan.enumerate_up_to,
        draws=plan.sampled_sequences,
        seed=plan.sampling_seed,
    )
    calendar = build_calendar(protocol=protocol, start=_MONDAY, clock=Clock("UTC"))
    schedule = plan_schedule(protocol=protocol, calendar=calendar, sequence=design.sequence(0))
    return Layout(protocol, schedule, design, reference)


def _require_chance(protocol: Protocol) -> None:
    """Refuse a protocol whose trials would not be drawn or analysed as simulated ones are."""
    where = f"protocol {protocol.name}"
    if not protocol.randomised or protocol.design.lived:
        what = "chance does not decide its order, so there is nothing to simulate"
        do = "Take a protocol with a randomised design that nobody has begun"
        raise InputError([Problem(where, None, what, do)])
    if protocol.primary.kind == "count":
        what = f"its primary outcome {protocol.primary.id!r} is a count, which cannot be simulated"
        do = "Make a rating, minutes or a measure primary, or run the trial without a simulation"
        raise InputError([Problem(where, None, what, do)])
    check_design(protocol, file=where)
