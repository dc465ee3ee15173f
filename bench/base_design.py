"""The base design that the pages on usual analyses and on looking early are made with.

84 nights, 6 pairs of 7 nights in random order and no others before, every night analysed; level
6, trend -.5, autocorrelation .4, sd 1.5, 10 % of the answers missing, whole numbers from 0 to 10
or, where said, with decimals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.schedule import Flags
from ekbom.protocol.files import built_in
from ekbom.protocol.model import AnalysisPlan, DecisionRule, DesignPlan, Phases, Protocol
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.layout import Layout, Orders, layout_of
from ekbom.simulation.participant import Participant, live
from ekbom.simulation.traits import Drift, Forgetting, Missing, Nights, Onset

PAIRS, PERIOD_NIGHTS = 6, 7
TAU = 2.0
EFFECTS = (0.0, -1.0, -2.0)
PUBLISHED_TRIALS = 2000
"""Trials behind each of the published figures."""

AT_ONCE = 0.01
"""An onset time, in nights, that leaves nothing of a dose on the night after."""


def base_protocol(
    *,
    tau: float = TAU,
    tau_log_sd: float = 0.0,
    unanalysed_nights: int = 0,
    decimals: bool = False,
) -> Protocol:
    """Return the base design as a protocol, by default with a known onset time."""
    fast = built_in("magnesium-rls-fast")
    urge = replace(fast.primary, kind="measure" if decimals else "rating")
    return Protocol(
        name="base-design",
        title="Six pairs of seven nights",
        treatments=fast.treatments,
        outcomes=(urge,),
        phases=Phases(),
        design=DesignPlan(
            kind="pairs",
            pairs=PAIRS,
            period_nights=PERIOD_NIGHTS,
            unanalysed_nights=unanalysed_nights,
        ),
        decision=DecisionRule(),
        analysis=AnalysisPlan(tau_median=tau, tau_log_sd=tau_log_sd, tau_test=TAU),
    )


def base_person(*, beta: float, tau: float = TAU) -> Participant:
    """Return the person of the base design with an effect ``beta`` at full exposure."""
    return Participant(
        beta=beta,
        level=6.0,
        onset=Onset(tau=tau),
        nights=Nights(sd=1.5, rho=0.4),
        drift=Drift(straight=-0.5),
        forgetting=Forgetting(share=0.0),
        missing=Missing(share=0.1),
    )


@dataclass(frozen=True)
class Trials:
    """Simulated trials: orders (N, P) and answers (N, T), NaN where missing."""

    layout: Layout
    orders: Orders
    value: Floats
    beta: float

    @cached_property
    def treated(self) -> Flags:
        return self.layout.treated(self.orders)


def simulate(
    *, beta: float, tau: float = TAU, trials: int, seed: int, decimals: bool = False
) -> Trials:
    """Let the person of the base design live so many trials."""
    layout = layout_of(base_protocol(decimals=decimals))
    rng = np.random.default_rng([seed, round(-10 * beta), round(10 * tau)])
    orders = layout.draw(trials, rng)
    person = base_person(beta=beta, tau=tau)
    lived = live(participant=person, layout=layout, orders=orders, rng=rng)
    return Trials(layout, orders, lived.value, beta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure found here, and what was published for it, if anything was."""

    what: str
    found: Estimated
    trials: int
    published: float | None = None
    decimals: int = 3

    @property
    def within(self) -> bool:
        """Whether both lie within 3 Monte Carlo standard errors of their difference.

        The published figure has the error of its own trials, and half a unit of its last digit.
        """
        if self.published is None:
            return True
        error = self.found.error * np.sqrt(1 + self.trials / PUBLISHED_TRIALS)
        off = abs(self.found.value - self.published)
        return bool(off <= 3 * error + 0.5 * 10.0**-self.decimals)

    @property
    def cell(self) -> str:
        digits = max(self.decimals, 2)
        here = f"{self.found.value:.{self.decimals}f} ± {self.found.error:.{digits}f}"
        if self.published is None:
            return here
        verdict = "" if self.within else ", **outside**"
        return f"{here} ({self.published:.{self.decimals}f}{verdict})"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures: a heading for each column, and rows of a name and its figures."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, Sequence[Figure | None]]] = field(default_factory=list)

    @property
    def figures(self) -> list[Figure]:
        return [figure for _, row in self.rows for figure in row if figure is not None]

    def markdown(self) -> Iterable[str]:
        yield f"| {self.title} | {' | '.join(self.columns)} |"
        yield "|" + "---|" * (len(self.columns) + 1)
        for name, row in self.rows:
            cells = ["" if figure is None else figure.cell for figure in row]
            yield f"| {name} | {' | '.join(cells)} |"


def report_outside(tables: Iterable[Table]) -> int:
    """Print every published figure beside ours and return how many lie too far away."""
    outside = 0
    for table in tables:
        for figure in table.figures:
            if figure.published is not None:
                outside += not figure.within
                print(f"{'ok      ' if figure.within else 'OUTSIDE '}{figure.what}: {figure.cell}")
    return outside
