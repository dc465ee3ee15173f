"""Small trials whose verdict was worked out by hand, each named by the rule it shows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from reference.small_trials import SIX_PAIRS, Small, nights

HELPS, WORSE = "helps", "makes it worse"
SAME, UNSURE = "no worthwhile difference", "cannot tell yet"
GOOD = "posterior_sd_over_prior_sd"
PAIRS, MISSING, GAP = "pairs_with_enough_reports", "missing_share", "reported_share_gap"
TEST, AGREES = "randomisation_test_possible", "randomisation_agrees"
SLOW = "sensitivity_slow_onset"

HIGHER = {"direction": "higher"}
MINUTES = {
    "id": "minutes",
    "kind": "minutes",
    "maximum": 720,
    "prior_range": 120,
    "mid": 10,
    "unit": "minutes",
}
COUNT = {"id": "jerks", "kind": "count", "maximum": 50, "prior_range": 10, "unit": "jerks"}
KNOWN_TAU = {"tau_log_sd": 0.0}
BLOCK = ("magnesium", "magnesium", "placebo", "placebo")
PHASES = {
    "kind": "start_points",
    "periods": 48,
    "pattern": "ABAB",
    "minimum_phase": 8,
    "period_nights": 1,
    "unanalysed_nights": 0,
}
AB = {**PHASES, "periods": 20, "pattern": "AB", "minimum_phase": 10}
ABA = {**PHASES, "periods": 36, "pattern": "ABA", "minimum_phase": 10}
FOUR_IN_TEN = "2-3 9-10 16-17 23-24 30-31 37-38 44-45 51-52 58-59 65-66 72-73 79-80"
FIVE = "TRRTRTRTTR"


def flat(first: int, last: int, *, low: float) -> dict[int, float]:
    """Return answers that go up and down between ``low`` and ``low`` + 1."""
    return {i: low + i % 2 for i in range(first, last + 1)}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A trial and what is known of it by hand; counts: planned, analysed, unanalysed, missing,
    excluded."""

    rule: str
    trial: Small
    word: str
    because: tuple[str, ...] = ()
    counts: tuple[int, int, int, int, int] = (84, 60, 24, 0, 0)
    p: Fraction | None = Fraction(2, 64)
    but_not: tuple[str, ...] = ()


ROWS = [
    Row(rule="helps", trial=Small(), word=HELPS),
    Row(rule="makes it worse: the mirror", trial=Small(effect=2.5, level=3), word=WORSE),
    Row(
        rule="no worthwhile difference",
        trial=Small(effect=0, noise=0.8),
        word=SAME,
        p=Fraction(62, 64),
    ),
    Row(
        rule="otherwise cannot tell yet",
        trial=Small(effect=-0.8, noise=2.5),
        word=UNSURE,
        p=Fraction(16, 64),
    ),
    Row(
        rule="a sure benefit below the MID is no worthwhile difference",
        trial=Small(effect=-0.6, noise=0.5),
        word=SAME,
    ),
    Row(
        rule="higher is better: a rise helps",
        trial=Small(effect=2.5, level=4, outcome=HIGHER),
        word=HELPS,
    ),
    Row(rule="higher is better: a fall is worse", trial=Small(outcome=HIGHER), word=WORSE),
    Row(
        rule="a benefit beyond the MID as likely as not is needed",
        trial=Small(outcome={"mid": 2.6}),
        word=UNSURE,
    ),
    Row(
        rule="the same benefit under a larger MID is no worthwhile difference",
        trial=Small(outcome={"mid": 3.0}),
        word=SAME,
    ),
    Row(
        rule="test out of reach with 2 pairs: the word stays",
        trial=Small(order="TRRT"),
        word=HELPS,
        counts=(28, 20, 8, 0, 0),
        p=Fraction(2, 4),
        but_not=(SLOW,),
    ),
    Row(
        rule="test out of reach with 3 pairs: the word stays",
        trial=Small(order="TRRTRT"),
        word=HELPS,
        counts=(42, 30, 12, 0, 0),
        p=Fraction(2, 8),
    ),
    Row(
        rule="test out of reach with 3 pairs: worse stays",
        trial=Small(order="TRRTRT", effect=2.5, level=3),
        word=WORSE,
        counts=(42, 30, 12, 0, 0),
        p=Fraction(2, 8),
        but_not=(SLOW,),
    ),
    Row(
        rule="test out of reach with 4 pairs: the word stays",
        trial=Small(order="TRRTRTRT"),
        word=HELPS,
        counts=(56, 40, 16, 0, 0),
        p=Fraction(2, 16),
    ),
    Row(
        rule="test within reach with 5 pairs, and it agrees",
        trial=Small(order=FIVE),
        word=HELPS,
        counts=(70, 50, 20, 0, 0),
        p=Fraction(2, 32),
    ),
    Row(
        rule="model and design disagree by one order of 32",
        trial=Small(order=FIVE, noise=0.5, say={"urge": flat(7, 13, low=2)}),
        word=UNSURE,
        because=(AGREES,),
        counts=(70, 50, 20, 0, 0),
        p=Fraction(4, 32),
    ),
    Row(
        rule="model and design disagree on harm too",
        trial=Small(order=FIVE, noise=0.5, effect=2.5, level=4, say={"urge": flat(7, 13, low=7)}),
        word=UNSURE,
        because=(AGREES,),
        counts=(70, 50, 20, 0, 0),
        p=Fraction(4, 32),
    ),
    Row(
        rule="with 6 pairs the third order of 64 still agrees",
        trial=Small(
            effect=-2,
            noise=0.5,
            seed=4,
            say={"urge": {i: 6.0 - i % 2 if i < 7 else 4.0 for i in range(14)}},
        ),
        word=HELPS,
        p=Fraction(6, 64),
    ),
    Row(
        rule="fewer than 2 good pairs: one pair",
        trial=Small(order="TR"),
        word=UNSURE,
        because=(PAIRS, GOOD),
        counts=(14, 10, 4, 0, 0),
        p=Fraction(1),
    ),
    Row(
        rule="a pair with 4 of 5 reports in one period is not good",
        trial=Small(skip=nights("2 17 31 45 59")),
        word=UNSURE,
        because=(PAIRS,),
        counts=(84, 55, 24, 5, 0),
    ),
    Row(
        rule="two good pairs are enough",
        trial=Small(skip=nights("2 17 31 45")),
        word=HELPS,
        counts=(84, 56, 24, 4, 0),
    ),
    Row(
        rule="posterior sd over half the prior sd",
        trial=Small(order="TRRT", effect=-1.5, noise=3),
        word=UNSURE,
        because=(GOOD,),
        counts=(28, 20, 8, 0, 0),
        p=Fraction(2, 4),
    ),
    Row(
        rule="exactly 40 % missing is allowed",
        trial=Small(skip=nights(FOUR_IN_TEN), decision={"min_reports": 3}),
        word=HELPS,
        counts=(84, 36, 24, 24, 0),
    ),
    Row(
        rule="one night over 40 % missing is not",
        trial=Small(skip=nights(FOUR_IN_TEN + " 4"), decision={"min_reports": 2}),
        word=UNSURE,
        because=(MISSING,),
        counts=(84, 35, 24, 25, 0),
    ),
    Row(
        rule="reported shares exactly 20 points apart are allowed, .9 and .7",
        trial=Small(skip=nights("2 23 37 9-10 16-17 30-31 51-53"), decision={"min_reports": 2}),
        word=HELPS,
        counts=(84, 48, 24, 12, 0),
    ),
    Row(
        rule="one night over 20 points is not",
        trial=Small(skip=nights("2 23 37 9-10 16-17 30-31 51-54"), decision={"min_reports": 1}),
        word=UNSURE,
        because=(GAP,),
        counts=(84, 47, 24, 13, 0),
    ),
    Row(
        rule="nights without an answer in the unanalysed nights are not missing",
        trial=Small(skip=nights("0-1 7-8 14-15")),
        word=HELPS,
    ),
    Row(
        rule="every analysed night missing",
        trial=Small(skip=frozenset(range(84))),
        word=UNSURE,
        because=("too_few_nights",),
        counts=(84, 0, 24, 60, 0),
        p=None,
    ),
    Row(
        rule="two answers in the whole trial",
        trial=Small(skip=frozenset(range(84)) - {3, 10}),
        word=UNSURE,
        because=("too_few_nights",),
        counts=(84, 2, 24, 58, 0),
        p=None,
    ),
    Row(
        rule="the same answer every night",
        trial=Small(effect=0, noise=0),
        word=UNSURE,
        because=("too_few_nights",),
        p=None,
    ),
    Row(
        rule="answers on one treatment alone",
        trial=Small(order="TRRTRT", skip=nights("7-13 14-20 28-34")),
        word=UNSURE,
        because=(PAIRS, MISSING, GAP, GOOD),
        counts=(42, 15, 12, 15, 0),
        p=Fraction(2, 8),
    ),
    Row(
        rule="no planned analysed night on the treatment",
        trial=Small(order="TRRT", lengths=(2, 7, 7, 2)),
        word=UNSURE,
        because=("too_few_nights",),
        counts=(18, 10, 8, 0, 0),
        p=None,
    ),
    Row(
        rule="a non-randomised import has no p and no word",
        trial=Small(randomised=False),
        word=UNSURE,
        because=(TEST,),
        p=None,
    ),
    Row(
        rule="a fixed order, as in StudyU, has no p and no word",
        trial=Small(randomised=False, design={"kind": "fixed"}),
        word=UNSURE,
        because=(TEST,),
        p=None,
    ),
    Row(
        rule="one admissible sequence has no p and no word",
        trial=Small(order="R" * 10 + "T" * 10, design=AB),
        word=UNSURE,
        because=(TEST,),
        counts=(20, 20, 0, 0, 0),
        p=None,
    ),
    Row(
        rule="start points ABAB: 24 reports on each are four times five, C(19, 3) orders",
        trial=Small(order="R" * 12 + "T" * 12 + "R" * 12 + "T" * 12, design=PHASES),
        word=HELPS,
        counts=(48, 48, 0, 0, 0),
        p=Fraction(15, 969),
    ),
    Row(
        rule="start points ABA: enough reports on both, C(8, 2) orders, the test disagrees",
        trial=Small(order="R" * 12 + "T" * 12 + "R" * 12, design=ABA),
        word=UNSURE,
        because=(AGREES,),
        counts=(36, 36, 0, 0, 0),
        p=Fraction(8, 28),
    ),
    Row(
        rule="start points ABA: nine reports on the treatment are too few for two times five",
        trial=Small(
            order="R" * 12 + "T" * 12 + "R" * 12, design=ABA, skip=frozenset((12, 13, 14, 20, 21))
        ),
        word=UNSURE,
        because=(PAIRS, GAP),
        counts=(36, 31, 0, 5, 0),
        p=Fraction(16, 28),
    ),
    Row(
        rule="complete randomisation, at most 2 in a row: 34 orders of 8",
        trial=Small(order="TRTTRRTR", design={"kind": "complete", "periods": 8, "max_run": 2}),
        word=HELPS,
        counts=(56, 40, 16, 0, 0),
        p=Fraction(2, 34),
    ),
    Row(
        rule="complete randomisation: reports, not pairs, are counted; the test disagrees",
        trial=Small(order="TTTRRR", design={"kind": "complete", "periods": 6}),
        word=UNSURE,
        because=(AGREES,),
        counts=(42, 30, 12, 0, 0),
        p=Fraction(4, 20),
    ),
    Row(
        rule="permuted blocks of 2 + 2: 36 orders",
        trial=Small(order="TRRTRTTR", design={"kind": "blocks", "blocks": 2, "block": BLOCK}),
        word=HELPS,
        counts=(56, 40, 16, 0, 0),
        p=Fraction(2, 36),
    ),
    Row(
        rule="counterbalanced pairs: 6 orders, out of reach",
        trial=Small(order="TRRTRTTR", design={"kind": "counterbalanced"}),
        word=HELPS,
        counts=(56, 40, 16, 0, 0),
        p=Fraction(2, 6),
    ),
    Row(
        rule="an early stop: planned nights count as missing",
        trial=Small(skip=nights("50-83"), events=(("ended", {"last": 49, "reason": "other"}),)),
        word=UNSURE,
        because=(MISSING,),
        counts=(84, 35, 24, 25, 0),
        p=Fraction(2, 16),
    ),
    Row(
        rule="an early stop in a pair: sequences merged, the incomplete pair keeps its coin",
        trial=Small(skip=nights("63-83"), events=(("ended", {"last": 62, "reason": "other"}),)),
        word=HELPS,
        counts=(84, 45, 24, 15, 0),
        p=Fraction(2, 32),
    ),
    Row(
        rule="nights reported after stopping count as allocated",
        trial=Small(events=(("ended", {"last": 49, "reason": "side effects"}),)),
        word=HELPS,
    ),
    Row(
        rule="an end before any analysed reference night",
        trial=Small(
            skip=nights("7-83"),
            design={"unanalysed_nights": 1},
            events=(("ended", {"last": 6, "reason": "other"}),),
        ),
        word=UNSURE,
        because=(PAIRS, MISSING, GOOD),
        counts=(84, 6, 12, 66, 0),
        p=Fraction(1),
    ),
    Row(
        rule="after the allocation was opened nights are excluded",
        trial=Small(events=(("unblinding", {"night": 58}),)),
        word=HELPS,
        counts=(84, 40, 24, 0, 20),
        p=Fraction(2, 16),
    ),
    Row(
        rule="a sensitivity keeps the nights after the opening; if it says the opposite, no word",
        trial=Small(
            effect=-2,
            noise=0.6,
            say={
                "urge": {
                    i: (8.0 if t == "T" else 3.0) + i % 2
                    for p, t in list(enumerate(SIX_PAIRS))[4:]
                    for i in range(7 * p, 7 * p + 7)
                }
            },
            events=(("unblinding", {"night": 28}),),
        ),
        word=UNSURE,
        because=("sensitivity_nights_after_unblinding_kept",),
        counts=(84, 20, 24, 0, 40),
        p=Fraction(2, 4),
    ),
    Row(
        rule="opened on the first night: nothing is left",
        trial=Small(events=(("unblinding", {"night": 0}),)),
        word=UNSURE,
        because=("too_few_nights",),
        counts=(84, 0, 24, 0, 60),
        p=None,
    ),
    Row(
        rule="an incident leaves all nights in the primary analysis",
        trial=Small(events=(("incident", {"night": 31}),)),
        word=HELPS,
    ),
    Row(
        rule="missed doses leave the primary analysis alone",
        trial=Small(
            dosed=True,
            capsules=dict.fromkeys(range(84), 0.0),
            events=(("dose fixed", {"mg": 200, "capsules": 2}), ("packs ready", {})),
        ),
        word=HELPS,
        but_not=(
            "sensitivity_as_taken_unrecorded_taken",
            "sensitivity_as_taken_unrecorded_not_taken",
        ),
    ),
    Row(
        rule="a hold and a step-down leave the primary analysis alone",
        trial=Small(
            dosed=True,
            events=(
                ("dose fixed", {"mg": 200, "capsules": 2}),
                ("packs ready", {}),
                ("hold", {"night": 3}),
                ("step down", {"night": 5, "capsules": 1}),
            ),
        ),
        word=HELPS,
    ),
    Row(
        rule="minutes: Gaussian is primary",
        trial=Small(level=60, effect=-30, noise=12, outcome=MINUTES),
        word=HELPS,
    ),
    Row(
        rule="counts: the negative binomial is primary",
        trial=Small(level=6, effect=-3, noise=1.5, outcome=COUNT),
        word=HELPS,
    ),
    Row(
        rule="periods as they were lived, of 3 to 8 nights",
        trial=Small(lengths=(7, 6, 5, 7, 3, 8, 7, 7, 7, 7, 7, 7)),
        word=HELPS,
        counts=(78, 54, 24, 0, 0),
    ),
    Row(
        rule="tau known",
        trial=Small(effect=-1.2, analysis=KNOWN_TAU),
        word=HELPS,
    ),
    Row(
        rule="a trend over the trial is no effect",
        trial=Small(effect=0, noise=0.7, drift=0.05, level=3),
        word=SAME,
        p=Fraction(62, 64),
    ),
]
