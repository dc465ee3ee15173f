"""Names, dates, directions, units and roles change a verdict only as they must."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.analysis.result import Effect, OutcomeVerdict, TrialVerdict
from ekbom.protocol.model import Treatment
from ekbom.report.record import verdict_record
from ekbom.report.words import check_words, sentence
from reference import small_trials
from reference.small_trials import NAUSEA, Small

few = settings(max_examples=6, deadline=None)
EXACT = 1e-8
SHORT = {"period_nights": 5, "unanalysed_nights": 1}
MEASURE = {
    "kind": "measure",
    "minimum": -50.0,
    "maximum": 150.0,
    "prior_range": 20.0,
    "mid": 1.5,
}


@st.composite
def smalls(draw: st.DrawFn) -> Small:
    """Draw a trial of 2 to 4 pairs with some answers missing and something that happened."""
    pairs = draw(st.integers(2, 4))
    order = "".join(draw(st.sampled_from(["TR", "RT"])) for _ in range(pairs))
    gone = draw(st.sets(st.integers(0, 10 * pairs - 1), max_size=6))
    night = draw(st.integers(0, 10 * pairs - 1))
    event = draw(
        st.sampled_from(
            [
                (),
                (("incident", {"night": night}),),
                (("unblinding", {"night": night}),),
                (("ended", {"last": night, "reason": "side effects"}),),
            ]
        )
    )
    return Small(
        order=order,
        level=draw(st.sampled_from([20.0, 50.0])),
        effect=draw(st.sampled_from([-5.0, -2.0, 0.0, 3.0])),
        noise=2.0,
        seed=draw(st.integers(1, 10**6)),
        skip=frozenset(gone),
        events=event,
        outcome=MEASURE,
        design=SHORT,
        side_effects=(NAUSEA,),
        say={"nausea": {i: float(i % 3) for i in range(10 * pairs)}},
    )


def verdict_on(small: Small) -> TrialVerdict:
    with tempfile.TemporaryDirectory() as folder:
        return small.verdict(Path(folder))


def primary(verdict: TrialVerdict) -> OutcomeVerdict:
    return verdict.outcomes[verdict.trial.protocol.primary.id]


def assert_close(a: Any, b: Any) -> None:
    """Compare two records, numbers to a relative 1e-8."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_close(a[key], b[key])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_close(x, y)
    elif isinstance(a, float):
        assert a == pytest.approx(b, rel=EXACT, abs=1e-11)
    else:
        assert a == b


def core(verdict: TrialVerdict) -> dict[str, Any]:
    """Return all that a verdict says but for effect sizes and names."""
    found = primary(verdict)
    told = asdict(found.probability) if found.probability else None
    kept = ("p", "p_benefit", "p_harm", "smallest_p", "smallest_p_one_sided", "interval_level")
    return {
        "word": found.verdict,
        "because": found.because,
        "probability": told,
        "p": {name: getattr(found.randomisation, name) for name in kept},
        "nights": asdict(found.nights),
        # The share at either end of the scale changes places when the scale is turned.
        "checks": [asdict(c) for c in found.checks if not c.name.startswith("share_at")],
    }


def sizes(found: OutcomeVerdict) -> list[float]:
    """Return every number in the outcome's own units, limits last."""
    effects: list[Effect] = [e for e in (found.effect, found.effect_full_exposure) if e]
    interval = found.randomisation.interval
    limits = [x for e in effects for x in e.interval95] + list(interval or ())
    return [e.mean for e in effects] + [e.sd for e in effects] + limits


def changed(small: Small, factor: float, shift: float) -> Small:
    """Return the trial with every answer times ``factor`` plus ``shift``."""
    ends = sorted(factor * small.outcome[k] + shift for k in ("minimum", "maximum"))
    scale = abs(factor)
    outcome = {
        **small.outcome,
        "minimum": ends[0],
        "maximum": ends[1],
        "prior_range": small.outcome["prior_range"] * scale,
        "mid": small.outcome["mid"] * scale,
        "direction": "lower" if factor > 0 else "higher",
    }
    answers = {i: factor * v + shift for i, v in small.answers.items()}
    say = {**small.say, "urge": answers}
    return replace(small, outcome=outcome, say=say)


@few
@given(smalls(), st.sampled_from([60.0, 1 / 60, 0.001, 7.0]))
def test_units_scale_every_size_and_nothing_else(small: Small, factor: float) -> None:
    before, after = verdict_on(small), verdict_on(changed(small, factor, 0.0))
    assert_close(core(before), core(after))
    scaled = [factor * x for x in sizes(primary(before))]
    assert sizes(primary(after)) == pytest.approx(scaled, rel=EXACT, abs=EXACT * factor)


@few
@given(smalls(), st.sampled_from([-40.0, 273.0]))
def test_zero_of_the_scale_means_nothing(small: Small, shift: float) -> None:
    before, after = verdict_on(small), verdict_on(changed(small, 1.0, shift))
    assert_close(core(before), core(after))
    assert sizes(primary(after)) == pytest.approx(sizes(primary(before)), rel=EXACT, abs=EXACT)


@few
@given(smalls())
def test_reversed_direction_mirrors_the_effect_and_keeps_every_probability(small: Small) -> None:
    before, after = verdict_on(small), verdict_on(changed(small, -1.0, 100.0))
    assert_close(core(before), core(after))
    a, b = primary(before), primary(after)
    if a.effect and b.effect:
        assert b.effect.mean == pytest.approx(-a.effect.mean, rel=EXACT, abs=EXACT)
        assert b.effect.sd == pytest.approx(a.effect.sd, rel=EXACT)
        low, high = a.effect.interval95
        assert b.effect.interval95 == pytest.approx((-high, -low), rel=EXACT, abs=EXACT)
    if a.randomisation.statistic is None:
        assert b.randomisation.statistic is None
    else:
        assert b.randomisation.statistic == pytest.approx(-a.randomisation.statistic, abs=1e-9)


@few
@given(smalls(), st.sampled_from([("zinc", "sugar"), ("a", "magnesium"), ("placebo", "b")]))
def test_names_of_treatments_are_only_names(small: Small, names: tuple[str, str]) -> None:
    before = verdict_record(verdict_on(small))
    treatments = tuple(
        Treatment(name=name, label=role, role=role)  # a test's freedom
        for name, role in zip(names, ("treatment", "reference"), strict=True)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_trials, "NAMES", dict(zip("TR", names, strict=True)))
        renamed = replace(small, protocol_changes={"treatments": treatments})
        after = verdict_record(verdict_on(renamed))
    for record in (before, after):
        del record["trial"]
        del record["outcomes"]["urge"]["sentence"]
    text = repr(before).replace("'magnesium'", "'?T'").replace("'placebo'", "'?R'")
    assert text.replace("?T", names[0]).replace("?R", names[1]) == repr(after)


@few
@given(smalls(), st.integers(-400, 300))
def test_calendar_may_be_shifted(small: Small, days: int) -> None:
    before = verdict_on(small)
    with pytest.MonkeyPatch.context() as patch:
        moved: date = small_trials.START + timedelta(days=days)
        patch.setattr(small_trials, "START", moved)
        after = verdict_on(small)
    assert core(before) == core(after)
    assert sizes(primary(before)) == sizes(primary(after))


@few
@given(smalls())
def test_swapped_roles_mirror_the_randomisation_test_and_the_counts(small: Small) -> None:
    """The test mirrors exactly, the posterior where the level of either treatment is left open.

    With an effect at once the two levels are a and a + theta either way; but the prior is on the
    reference's, so that only a very wide one treats both alike.
    """
    at_once = {"tau_median": 1e-9, "tau_log_sd": 0.0, "tau_test": 1e-9, "intercept_sd": 1e4}
    small = replace(small, analysis=at_once, events=(), skip=frozenset())
    swapped = replace(small, order=small.order.translate(str.maketrans("TR", "RT")))
    # The same answers as before: only what they are called changes.
    swapped = replace(swapped, say={**small.say, "urge": small.answers}, effect=0.0)
    a, b = primary(verdict_on(small)), primary(verdict_on(swapped))
    assert (a.randomisation.p, a.randomisation.p_benefit, a.randomisation.p_harm) == (
        b.randomisation.p,
        b.randomisation.p_harm,
        b.randomisation.p_benefit,
    )
    assert a.randomisation.statistic == pytest.approx(-(b.randomisation.statistic or 0), abs=1e-9)
    assert a.nights == b.nights
    assert a.effect is not None
    assert b.effect is not None
    assert b.effect.mean == pytest.approx(-a.effect.mean, abs=1e-6 * a.effect.sd)
    assert b.effect.sd == pytest.approx(a.effect.sd, rel=1e-6)


@few
@given(smalls())
def test_deleted_rows_are_missing_rows(small: Small) -> None:
    """A night without a row, and one whose row is blank for the outcome, say the same."""
    blank = replace(small, say={})
    rows = dict.fromkeys(range(len(small.period_of)), 0.0)
    whole = replace(small, say={"nausea": rows})
    before, after = verdict_on(blank), verdict_on(whole)
    assert core(before) == core(after)
    assert sizes(primary(before)) == sizes(primary(after))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    smalls(),
    st.sampled_from(["rating", "minutes", "measure"]),
    st.sets(st.integers(0, 39), max_size=40),
    st.sampled_from([0.0, 0.3]),
)
def test_whatever_is_missing_there_is_an_answer_in_words(
    small: Small, kind: str, gone: set[int], noise: float
) -> None:
    """No crash, nights add up, every check and reason has words, whatever was left out."""
    outcome = {**MEASURE, "kind": kind, "minimum": 0.0}
    verdict = verdict_on(replace(small, outcome=outcome, skip=frozenset(gone), noise=noise))
    found = primary(verdict)
    counts = [getattr(found.nights, f.name) for f in fields(found.nights)]
    assert counts[0] == sum(counts[1:])
    assert all(check_words(check) for check in found.checks)
    assert sentence(verdict, found).endswith("after periods of 5 nights.")
    if found.effect is None:
        assert found.verdict == "cannot tell yet"
        assert found.reason
