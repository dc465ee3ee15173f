"""Many simulated trials, analysed and judged as a real one would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.decision import CANNOT_TELL, HELPS, WORDS, WORSE, model_words
from ekbom.analysis.exposure import Floats
from ekbom.analysis.many import Engine, fit_many
from ekbom.analysis.many_tests import gls_many
from ekbom.analysis.schedule import Flags
from ekbom.design.plan import TREATMENT
from ekbom.protocol.model import DecisionRule
from ekbom.protocol.periods import block_of
from ekbom.simulation.layout import Layout, Orders
from ekbom.simulation.participant import worse_sign

_PLACE = {word: place for place, word in enumerate(WORDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """What N simulated trials found, shapes (N,) but for ``orders`` and ``reports``, (N, P).

    ``theta`` is the true effect of each trial's allocation (`Lived.effect`), ``mean`` and ``sd``
    what the posterior says of it, in the outcome's units; ``below_truth`` the posterior probability
    of less than it.
    ``better`` to ``negligible`` are the probabilities of the decision rule; ``sd_ratio``,
    ``missing``, ``gap``, ``revealed`` (by how much more of the treatment's nights had loose stools)
    and ``reports`` what its other conditions look at.  The p values are NaN
    where the test is not possible, everything of the posterior where there were too few answers.
    """

    orders: Orders
    theta: Floats
    mean: Floats
    sd: Floats
    below_truth: Floats
    better: Floats
    worse: Floats
    benefit: Floats
    harm: Floats
    negligible: Floats
    sd_ratio: Floats
    missing: Floats
    gap: Floats
    revealed: Floats
    reports: NDArray[np.int64]
    p: Floats
    p_benefit: Floats
    p_harm: Floats
    smallest_p: Floats

    @property
    def count(self) -> int:
        """Return the number of trials."""
        return len(self.theta)

    @property
    def covered(self) -> Flags:
        """Return the trials whose 95 % interval holds the true effect."""
        found: Flags = (self.below_truth >= 0.025) & (self.below_truth <= 0.975)
        return found

    def first(self, count: int) -> Analysed:
        """Return the first ``count`` trials."""
        return Analysed(**{f.name: getattr(self, f.name)[:count] for f in fields(self)})

    @staticmethod
    def joined(parts: Sequence[Analysed]) -> Analysed:
        """Return the trials of all parts together, in order."""
        names = [f.name for f in fields(Analysed)]
        return Analysed(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


def analyse(
    *,
    layout: Layout,
    value: Floats,
    loose: Flags,
    orders: Orders,
    theta: Floats,
    until_block: int | None = None,
    tau_nodes: int = 15,
    engine: Engine = "numpy",
) -> Analysed:
    """Return what the protocol's primary analysis and randomisation test say of many trials.

    Parameters
    ----------
    layout
        The protocol's nights.
    value
        Answers of every night, NaN where there is none, shape (N, T).
    loose
        Days with loose stools, shape (N, T), told with the answers.
    orders, theta
        Treatment of each period (N, P), and the true effects (N,).
    until_block
        For a look after this pair (from 1): later nights are not used.
    tau_nodes, engine
        As for `fit_many`.
    """
    use = _used(layout, until_block)
    used = np.where(use, value, np.nan)
    sign, mid = worse_sign(layout.outcome), layout.outcome.mid
    zero = np.zeros(len(theta))
    effects = fit_many(
        value=used,
        dose=layout.dose(orders),
        trend=layout.schedule.trend,
        trend_sd=layout.priors.trend_sd,
        treated=layout.treated(orders),
        planned=layout.planned,
        priors=layout.priors,
        places=np.stack([zero - mid, zero, zero + mid, theta], axis=1),
        tau_nodes=tau_nodes,
        engine=engine,
    )
    low, at_zero, high, at_truth = effects.below.T
    benefit, harm = (low, 1 - high) if sign > 0 else (1 - high, low)
    better, worse = (at_zero, 1 - at_zero) if sign > 0 else (1 - at_zero, at_zero)
    plan = layout.protocol.analysis
    scale = layout.contrast(orders, np.array([plan.tau_test]))[0]
    tests = gls_many(
        value=used,
        trend=layout.schedule.trend,
        period=layout.schedule.period,
        reference=layout.reference,
        observed=orders,
        rho0=plan.rho_test,
        tau0=plan.tau_test,
        higher_is_better=sign < 0,
        engine=engine,
    )
    swapped = scale < 0
    missing, gap = _missing(layout, ~np.isnan(value), use, orders)
    return Analysed(
        orders=orders,
        theta=theta,
        mean=effects.mean,
        sd=effects.sd,
        below_truth=at_truth,
        better=better,
        worse=worse,
        benefit=benefit,
        harm=harm,
        negligible=high - low,
        sd_ratio=effects.sd / layout.prior_sd(orders),
        missing=missing,
        gap=gap,
        revealed=_revealed(layout, ~np.isnan(value) & _until(layout, until_block), loose, orders),
        reports=_reports(layout, ~np.isnan(used)),
        p=tests.p,
        p_benefit=np.where(swapped, tests.p_harm, tests.p_benefit),
        p_harm=np.where(swapped, tests.p_benefit, tests.p_harm),
        smallest_p=tests.smallest_p_one_sided,
    )


def judge_many(found: Analysed, *, layout: Layout, rule: DecisionRule) -> NDArray[np.int8]:
    """Return the place in `WORDS` of each trial's word under a decision rule, shape (N,).

    The rule of a real verdict without its sensitivity analyses, which can only take a word back.
    """
    proposed = model_words(
        better=found.better,
        worse=found.worse,
        benefit=found.benefit,
        harm=found.harm,
        negligible=found.negligible,
        rule=rule,
    )
    enough = pairs_with_enough(found, layout=layout, least=rule.min_reports)
    beyond = np.where(proposed == _PLACE[HELPS], found.benefit, found.harm)
    sound = (
        (enough >= rule.min_pairs)
        & (found.missing <= rule.max_missing)
        # Shares of whole nights: 20 points written in binary must not fail at exactly 20.
        & (found.gap <= rule.max_reported_gap + 1e-12)
        & (found.sd_ratio <= rule.max_sd_ratio)
        & ~np.isnan(found.smallest_p)
    )
    held = found.revealed <= rule.max_revealed_gap
    bar = rule.randomisation_p
    p = np.where(proposed == _PLACE[HELPS], found.p_benefit, found.p_harm)
    directed = (proposed == _PLACE[HELPS]) | (proposed == _PLACE[WORSE])
    disagree = directed & (found.smallest_p <= bar) & ~(p <= bar)
    unsure = directed & ~held & ~(beyond >= rule.probability_mid_revealed)
    return np.where(sound & ~disagree & ~unsure, proposed, _PLACE[CANNOT_TELL]).astype(np.int8)


def pairs_with_enough(found: Analysed, *, layout: Layout, least: int) -> NDArray[np.int64]:
    """Return how many pairs of each trial have ``least`` reports in every period, shape (N,).

    Where periods were not randomised in pairs, every ``least`` reports on both treatments count as
    one pair.
    """
    plan, enough = layout.protocol.design, found.reports >= least
    blocks = [block_of(plan, period + 1) for period in range(enough.shape[1])]
    if None in blocks:
        on = found.orders == TREATMENT
        sides = [(found.reports * side).sum(1) for side in (on, ~on)]
        fewest: NDArray[np.int64] = np.minimum(*sides) // least
        return fewest
    members = np.array([[b == block for block in blocks] for b in set(blocks)])
    whole = [enough[:, inside].all(axis=1) for inside in members]
    pairs: NDArray[np.int64] = np.stack(whole).astype(np.int64).sum(axis=0)
    return pairs


def _used(layout: Layout, until_block: int | None) -> Flags:
    return layout.planned & _until(layout, until_block)


def _until(layout: Layout, until_block: int | None) -> Flags:
    """Return the randomised nights up to a look."""
    schedule = layout.schedule
    return schedule.randomised & (until_block is None or schedule.block < until_block)


def _revealed(layout: Layout, told: Flags, loose: Flags, orders: Orders) -> Floats:
    """Return by how much more of the treatment's nights had loose stools, where that may reveal."""
    if not any(item.reveals for item in layout.protocol.side_effects):
        return np.full(len(orders), -np.inf)
    treated = layout.treated(orders)
    shares = [_share(loose & told, told & side) for side in (treated, ~treated)]
    return shares[0] - shares[1]


def _reports(layout: Layout, answered: Flags) -> NDArray[np.int64]:
    periods = layout.schedule.period.max() + 1
    inside = layout.schedule.period[:, None] == np.arange(periods)
    found: NDArray[np.int64] = answered.astype(np.int64) @ inside.astype(np.int64)
    return found


def _missing(layout: Layout, answered: Flags, use: Flags, orders: Orders) -> tuple[Floats, Floats]:
    """Return the share of used nights without a report, and how it differs by treatment, (N,)."""
    treated = layout.treated(orders)
    # Not 1 - share: 3 of 10 missing must be .3, as in a real verdict, and not .30000000000000004.
    missing = (~answered[:, use]).mean(axis=1)
    shares = [_share(answered, use & side) for side in (treated, ~treated)]
    return missing, np.abs(shares[0] - shares[1])


def _share(answered: Flags, asked: Flags) -> Floats:
    found: Floats = (answered & asked).sum(1) / np.maximum(asked.sum(1), 1)
    return found
