"""The packaged magnesium citrate trial gives the figures that were published, and derived, from it.

Published: gwern.net, page "Magnesium" (CC0).  Derived: not published; computed by the house.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import stdtr

from ekbom.analysis.randomisation import difference_test
from ekbom.analysis.randomisation_reference import reference_set
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.design.calendar import Calendar
from ekbom.design.pairs import RandomisedPairs
from ekbom.design.plan import design_of, numbers
from ekbom.examples import EXAMPLES, example_folder
from ekbom.trial.blinding import blinding_of
from ekbom.trial.check import check_trial
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.happened import of_kind
from reference.make_gwern_example import DATA, EXAMPLE, SLEEP_COLUMNS, write_example

Floats = NDArray[np.float64]

NOW = datetime(2027, 1, 1, tzinfo=UTC)
ROW_1 = date(2012, 2, 16)
SINGLE_DAYS = [
    date(2013, 10, 20),
    date(2013, 11, 3),
    date(2013, 11, 4),
    date(2013, 11, 30),
    date(2013, 12, 1),
    date(2014, 2, 8),
]

BLOCKS = """
    1 2013-08-27 2013-09-02 0   0 7 3.1429
    1 2013-09-03 2013-09-09 1 136 7 3.4286
    2 2013-09-10 2013-09-15 0   0 6 3.6667
    2 2013-09-16 2013-09-21 1 136 6 2.8333
    3 2013-09-22 2013-09-28 0   0 7 3.4286
    3 2013-09-29 2013-10-05 1 136 7 3.7143
    4 2013-10-06 2013-10-12 0   0 7 3.5714
    4 2013-10-13 2013-10-19 1 136 7 3.4286
    5 2013-10-21 2013-10-27 1 136 7 3.2857
    5 2013-10-28 2013-11-02 0   0 6 3.1667
    6 2013-11-05 2013-11-11 1 136 7 3.2857
    7 2013-11-12 2013-11-17 0   0 6 3.0
    7 2013-11-18 2013-11-24 1 136 7 3.2857
    8 2013-11-25 2013-11-29 0   0 5 3.6
    9 2013-12-02 2013-12-08 1 136 7 2.7143
    9 2013-12-09 2013-12-15 0   0 7 3.4286
    10 2013-12-16 2013-12-17 0  0 2 2.5
    10 2013-12-18 2013-12-19 1 136 2 2.5
    11 2014-01-25 2014-01-31 0  0 7 3.2857
    11 2014-02-01 2014-02-07 1 800 7 2.5714
    12 2014-02-09 2014-02-15 1 800 7 3.5714
    12 2014-02-16 2014-02-22 0  0 7 3.1429
    13 2014-02-23 2014-03-01 1 800 7 2.8571
    13 2014-03-02 2014-03-08 0  0 7 3.0
    14 2014-03-09 2014-03-15 1 800 7 2.8571
    14 2014-03-16 2014-03-22 0  0 7 3.0
    15 2014-03-23 2014-03-29 0  0 7 3.2857
    15 2014-03-30 2014-04-05 1 800 7 2.8571
    16 2014-04-06 2014-04-12 0  0 7 3.0
    16 2014-04-13 2014-04-19 1 800 7 2.7143
    17 2014-04-20 2014-04-26 0  0 7 3.5714
    17 2014-04-27 2014-05-03 1 800 7 2.4286
"""
"""The log's blocks: pair, first and last day, active, dose, days, mean rating."""

SLEEP_BY_DOSE = {
    "disturbance": (-0.5020571, -0.0566556, -0.5394708),
    "zq": (95.85149, -3.27254, 1.49545),
    "sleep_minutes": (536.35644, -27.37398, 15.86805),
    "minutes_to_sleep": (12.59406, 4.26559, -2.43079),
    "minutes_awake": (24.09901, -3.66041, -4.16023),
    "rem_minutes": (171.45545, -6.45545, 2.27925),
    "light_minutes": (304.54455, -23.33403, 20.51667),
    "deep_minutes": (60.88119, 2.48723, -6.81996),
    "awakenings": (6.039604, -0.548376, -0.427359),
    "morning_feel": (2.7227723, 0.1193330, -0.1513437),
}
"""Mean on placebo, and what 136 and 800 mg add to it, as published."""


@dataclass(frozen=True)
class Example:
    """The example as arrays over its 208 nights with a treatment, and as a trial."""

    trial: Trial
    calendar: Calendar
    dates: list[date]
    period: NDArray[np.int64]
    active: Floats
    dose: Floats
    rating: Floats

    def answers(self, item: str) -> Floats:
        return self.trial.diary.values(item, dates=self.dates)


@pytest.fixture(scope="module")
def example() -> Example:
    trial = open_trial(example_folder(EXAMPLE), now=NOW)
    calendar = trial.calendar()
    named = blinding_of(trial).reveal(trial=trial, calendar=calendar)
    nights = [n for n in calendar.nights if n.period is not None]
    dates = [n.night for n in nights]
    mg = {d.night: d.mg for d in trial.doses}
    return Example(
        trial=trial,
        calendar=calendar,
        dates=dates,
        period=np.array([n.period for n in nights]),
        active=np.array([float(name == "magnesium") for name in named if name]),
        dose=np.array([mg[d] for d in dates], dtype=float),
        rating=trial.diary.values("mp", dates=dates),
    )


@dataclass(frozen=True)
class Regression:
    """An ordinary least-squares fit."""

    coefficient: Floats
    error: Floats
    p: Floats
    freedom: int
    residual_error: float
    r2: float


def least_squares(value: Floats, *columns: Floats) -> Regression:
    x = np.column_stack([np.ones_like(value), *columns])
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ value
    rest = value - x @ b
    freedom = len(value) - x.shape[1]
    variance = rest @ rest / freedom
    error = np.sqrt(variance * np.diag(inverse))
    spread = ((value - value.mean()) ** 2).sum()
    p = 2 * stdtr(freedom, -np.abs(b / error))
    return Regression(b, error, p, freedom, np.sqrt(variance), 1 - rest @ rest / spread)


def block_means(
    example: Example, *, dose: float | None = None, decimals: int | None = None
) -> NDArray[np.float64]:
    """Return the mean rating on placebo and on magnesium of each complete pair: shape (P, 2)."""
    pairs: dict[int, dict[bool, float]] = {}
    for period in np.unique(example.period):
        mine = example.period == period
        mean = float(example.rating[mine].mean())
        found = pairs.setdefault((int(period) + 1) // 2, {})
        found[bool(example.active[mine].all())] = (
            mean if decimals is None else round(mean, decimals)
        )
    doses = {p: example.dose[(example.period + 1) // 2 == p].max() for p in pairs}
    return np.array(
        [
            (found[False], found[True])
            for pair, found in pairs.items()
            if len(found) == 2 and dose in (None, doses[pair])
        ]
    )


def sign_flip_p(difference: NDArray[np.float64] | NDArray[np.int64]) -> float:
    """Return the two-sided p by trying every way the coins could have fallen."""
    signs = np.array(list(product([-1, 1], repeat=len(difference))))
    return float((np.abs(signs @ difference) >= abs(difference.sum()) - 1e-9).mean())


def own_test(means: Floats) -> RandomisationResult:
    pairs = len(means)
    return difference_test(
        period=np.arange(2 * pairs),
        value=means.ravel(),
        block=np.repeat(np.arange(pairs), 2),
        reference=reference_set(design=RandomisedPairs(pairs=pairs), seed=0),
        observed=(0, 1) * pairs,
        higher_is_better=True,
    )


def test_the_folder_passes_every_check():
    assert EXAMPLES == (EXAMPLE,)
    trial, problems = check_trial(example_folder(EXAMPLE), now=NOW)
    assert trial is not None
    assert problems == []


def test_an_unknown_example_is_refused():
    with pytest.raises(KeyError):
        example_folder("another")


def test_calendar_agrees_with_the_published_log(example):
    nights = example.calendar.nights
    unassigned = [n.night for n in nights if n.phase == "unassigned"]
    gap = [date(2013, 12, 20) + timedelta(d) for d in range(36)]
    assert [n.night for n in nights] == [date(2013, 8, 27) + timedelta(d) for d in range(250)]
    assert gap[-1] == date(2014, 1, 24)
    assert unassigned == sorted(SINGLE_DAYS + gap)
    assert len(example.dates) == 208
    assert all(n.analysed for n in nights if n.period is not None)


def test_periods_agree_with_the_published_block_log(example):
    rows = [line.split() for line in BLOCKS.split("\n") if line.strip()]
    assert len(rows) == 32
    for (pair, first, last, active, dose, days, mean), period in zip(
        rows, np.unique(example.period), strict=True
    ):
        mine = np.flatnonzero(example.period == period)
        assert (period + 1) // 2 == int(pair)
        assert str(example.dates[mine[0]]) == first
        assert str(example.dates[mine[-1]]) == last
        assert len(mine) == int(days)
        assert set(example.active[mine]) == {float(active)}
        assert set(example.dose[mine]) == {float(dose)}
        assert round(example.rating[mine].mean(), 4) == float(mean)


def test_pairs_6_and_8_have_one_period_and_the_design_keeps_their_coins(example):
    lived = set(example.period.tolist())
    assert set(range(1, 35)) - lived == {12, 16}
    assert design_of(example.trial.protocol).count() == 2**17
    named = blinding_of(example.trial).open(trial=example.trial).treatments
    assert (named[10], named[11]) == ("magnesium", "placebo")
    assert (named[14], named[15]) == ("placebo", "magnesium")


def test_regression_of_rating_on_dose_as_gwern_published(example):
    found = least_squares(example.rating, example.dose)
    assert found.coefficient == pytest.approx([3.276515, -0.000543], abs=5e-7)
    assert found.error == pytest.approx([0.056677, 0.000144], abs=5e-7)
    assert found.p[1] == pytest.approx(0.000201, abs=5e-7)
    assert found.freedom == 206
    assert found.r2 == pytest.approx(0.065, abs=5e-4)
    assert found.residual_error == pytest.approx(0.671, abs=5e-4)


def test_regression_of_rating_on_magnesium_by_day_as_gwern_published(example):
    day = np.array([(d - ROW_1).days + 1.0 for d in example.dates])
    found = least_squares(example.rating, example.active, day, example.active * day)
    assert found.coefficient == pytest.approx([3.942875, 1.217860, -0.000992, -0.002105], abs=5e-7)
    assert found.error == pytest.approx([0.571166, 0.806212, 0.000830, 0.001173], abs=5e-7)
    assert found.freedom == 204
    assert found.r2 == pytest.approx(0.0933, abs=5e-5)
    assert found.residual_error == pytest.approx(0.664, abs=5e-4)


def left_out_recording(trial: Trial) -> dict[str, float]:
    """Return the second recording of 8 October 2013, which stands in its event."""
    (event,) = [e for e in of_kind(trial.events, "note") if e.day("night") == date(2013, 10, 8)]
    _, values = event.detail["note"].rsplit(": ", 1)
    return {item: float(value) for item, value in re.findall(r"(\w+) (-?[\d.]+)", values)}


def test_there_are_207_sleep_recordings_of_206_nights(example):
    answered = ~np.isnan(example.answers("sleep_minutes"))
    assert [d for d, a in zip(example.dates, answered, strict=True) if not a] == [
        date(2013, 10, 7),
        date(2013, 11, 2),
    ]
    assert answered.sum() == 206
    kept = example.answers("sleep_minutes")[example.dates.index(date(2013, 10, 8))]
    assert kept == 664
    assert left_out_recording(example.trial)["sleep_minutes"] == 75
    assert set(left_out_recording(example.trial)) == set(SLEEP_COLUMNS)


@pytest.mark.parametrize("item", SLEEP_BY_DOSE)
def test_sleep_by_dose_as_gwern_published(example, item):
    recorded = example.answers(item)
    value = np.append(recorded, left_out_recording(example.trial)[item])
    dose = np.append(example.dose, example.dose[example.dates.index(date(2013, 10, 8))])
    known = ~np.isnan(value)
    columns = [(dose[known] == mg).astype(float) for mg in (136, 800)]
    found = least_squares(value[known], *columns)
    assert known.sum() == 207
    printed = 5e-8 if item in ("disturbance", "morning_feel") else 5e-6
    assert found.coefficient == pytest.approx(SLEEP_BY_DOSE[item], abs=printed)


BY_HAND = [
    # dose, pairs, p of the log's four decimals, orders as extreme with the ratings themselves
    (None, 15, 0.0987548828125, 3696),
    (136.0, 8, 0.5625, 148),
    (800.0, 7, 0.09375, 18),
]


@pytest.mark.parametrize(("dose", "pairs", "p", "orders"), BY_HAND)
def test_sign_flip_of_the_printed_block_means_as_derived(example, dose, pairs, p, orders):
    means = block_means(example, dose=dose, decimals=4)
    assert len(means) == pairs
    assert sign_flip_p(means[:, 1] - means[:, 0]) == p
    own = own_test(means)
    assert (own.p, own.exact, own.sequences) == (p, True, 2**pairs)


def test_mean_difference_of_15_complete_pairs_as_derived(example):
    printed = block_means(example, decimals=4)
    assert (printed[:, 1] - printed[:, 0]).mean() == pytest.approx(-0.20954, abs=5e-6)
    assert own_test(printed).statistic == pytest.approx(-0.20954, abs=5e-6)
    assert own_test(block_means(example)).statistic == pytest.approx(-132 / (42 * 15), abs=1e-12)


@pytest.mark.parametrize(("dose", "pairs", "p", "orders"), BY_HAND)
def test_rounding_broke_ties_and_the_ratings_themselves_give_a_larger_p(
    example, dose, pairs, p, orders
):
    means = block_means(example, dose=dose)
    # Means of 2, 5, 6 and 7 whole ratings in complete pairs differ by whole 42nds: ties are exact.
    parts = 42 * (means[:, 1] - means[:, 0])
    whole = np.rint(parts).astype(np.int64)
    assert parts == pytest.approx(whole, abs=1e-9)
    assert sign_flip_p(whole) == orders / 2**pairs > p
    own = own_test(means)
    assert (own.p, own.exact, own.sequences) == (orders / 2**pairs, True, 2**pairs)


def test_the_designs_own_two_half_pairs_leave_p_unchanged(example):
    trial = example.trial
    named = blinding_of(trial).open(trial=trial).treatments
    found = difference_test(
        period=example.period - 1,
        value=example.rating,
        block=np.arange(34) // 2,
        reference=reference_set(design=design_of(trial.protocol), seed=0),
        observed=numbers(trial.protocol, named),
        higher_is_better=True,
    )
    assert (found.p, found.exact, found.sequences) == (3696 / 2**15, True, 2**17)
    assert found.statistic == pytest.approx(-132 / (42 * 15), abs=1e-12)


def test_the_published_p_does_not_survive_the_design(example):
    published = least_squares(example.rating, example.dose).p[1]
    assert published < 0.001 < 0.05 < own_test(block_means(example, decimals=4)).p


@pytest.mark.shared
def test_the_committed_folder_is_what_the_transcribed_files_give(tmp_path):
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not there: the transcribed files are the house's own")
    write_example(data=DATA, path=tmp_path / EXAMPLE)
    made = {file.name: file.read_bytes() for file in (tmp_path / EXAMPLE).iterdir()}
    committed = {file.name: file.read_bytes() for file in example_folder(EXAMPLE).iterdir()}
    del committed["SOURCE.md"]
    assert committed == made
