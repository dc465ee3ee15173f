"""Tonight answers at every instant of a lived trial, wherever its history is cut."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.diary.entries import derive_diary
from ekbom.guide.missing import missing_nights
from ekbom.guide.reminders import reminders
from ekbom.guide.steps import WHENS
from ekbom.guide.tonight import tonight
from ekbom.protocol.files import built_in
from ekbom.report.tonight_words import tonight_lines, tonight_record
from ekbom.simulation.folder import demonstrated, simulate_trial
from ekbom.trial.events import Event, chain_event
from ekbom.trial.folder import Trial

START = date(2025, 1, 6)
DAYS = 150


minutes = st.integers(-3 * 1440, DAYS * 1440)


def at(minute: int) -> datetime:
    return datetime.combine(START, datetime.min.time(), UTC) + timedelta(minutes=minute)


HAPPENED = (
    (1, "screening", {"by": "Dr. Chen", "on": "2025-01-07", "result": "go"}),
    (60, "zone changed", {"zone": "Pacific/Honolulu"}),
    (62, "zone changed", {"zone": "Pacific/Kiritimati"}),
    (70, "hold", {"night": "2025-03-17"}),
    (72, "step down", {"capsules": 1}),
    (80, "pause", {"first": "2025-03-27"}),
    (85, "resume", {"first": "2025-04-02"}),
    (95, "emergency", {}),
    (97, "restart", {"agreed_by": "Dr. Chen"}),
    (105, "screening", {"by": "Dr. Chen", "on": "2025-04-21", "result": "stop"}),
    (120, "ended", {"last": "2025-05-05", "reason": "own wish"}),
)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Return a simulated trial with a pause, a hold, a step down, a journey and an end besides."""
    trial = simulate_trial(
        path=tmp_path_factory.mktemp("lived") / "t",
        protocol=built_in("magnesium-rls-fast"),
        participant=demonstrated(),
        rng=np.random.default_rng(7),
        start=START,
        zone="Europe/Berlin",
    )
    told = [(e.instant, e.kind, e.detail) for e in trial.events]
    told += [(at(day * 1440 + 630), kind, detail) for day, kind, detail in HAPPENED]
    events: list[Event] = []
    for instant, kind, detail in sorted(told, key=lambda t: t[0]):
        events.append(
            chain_event(events, kind=kind, detail=detail, instant=instant, zone=trial.zone)
        )
    return replace(trial, events=tuple(events))


def cut(trial: Trial, until: datetime) -> Trial:
    """Return a trial as it was at an instant."""
    entries = tuple(e for e in trial.entries if e.received <= until)
    return replace(
        trial,
        events=tuple(e for e in trial.events if e.instant <= until) or trial.events[:1],
        entries=entries,
        diary=derive_diary(entries),
        doses=tuple(d for d in trial.doses if d.instant is not None and d.instant <= until),
    )


@given(until=minutes, absent=st.one_of(st.just(0), st.integers(0, 1440 * 900)))
@settings(max_examples=150, deadline=None)
def test_it_answers_wherever_the_history_stops_and_however_long_after(
    lived: Trial, until: int, absent: int
) -> None:
    trial, now = cut(lived, at(until)), at(until + absent)
    found = tonight(trial=trial, now=now)
    assert [s.id for s in found.steps][-2:] == ["change", "signs"]
    ranks = [WHENS.index(s.when) for s in found.steps]
    assert ranks == sorted(ranks)
    assert len({(s.id, s.night) for s in found.steps}) == len(found.steps)
    text = "\n".join(tonight_lines(found, trial=trial))
    assert "None" not in text
    assert "placebo" not in text
    json.dumps(tonight_record(found), allow_nan=False)


@given(until=minutes)
@settings(max_examples=100, deadline=None)
def test_capsules_are_named_only_where_nothing_forbids_them(lived: Trial, until: int) -> None:
    trial = cut(lived, at(until))
    found = tonight(trial=trial, now=at(until))
    doses = [s for s in found.steps if s.id == "dose" and s.when in ("now", "this evening")]
    for dose in doses:
        assert found.advice is not None
        assert found.advice.mg
        assert dose.mg == found.advice.mg
        assert dose.capsules is None or 0 < dose.capsules <= 2
        assert found.place.phase in ("titration", "randomised")
        assert found.step("no_capsules") is None


@given(until=minutes)
@settings(max_examples=100, deadline=None)
def test_what_is_missing_was_neither_answered_nor_paused_nor_yet_to_come(
    lived: Trial, until: int
) -> None:
    trial, now = cut(lived, at(until)), at(until)
    answered = {n.date for n in trial.diary.nights}
    found = [n.night for n in missing_nights(trial=trial, now=now)]
    assert found == sorted(found, reverse=True)
    assert not answered & set(found)
    for night in found:
        assert trial.start <= night < tonight(trial=trial, now=now).night
        assert trial.clock.begins(night) is not None


@given(until=minutes)
@settings(max_examples=50, deadline=None)
def test_it_says_the_same_again_and_changes_nothing(lived: Trial, until: int) -> None:
    trial, now = cut(lived, at(until)), at(until)
    before = {p.name: p.read_bytes() for p in Path(trial.path).iterdir()}
    assert tonight(trial=trial, now=now) == tonight(trial=trial, now=now)
    assert {p.name: p.read_bytes() for p in Path(trial.path).iterdir()} == before


@given(until=minutes, later=st.integers(1, 100_000))
@settings(max_examples=50, deadline=None)
def test_reminders_made_later_have_the_same_ids_and_no_lower_number(
    lived: Trial, until: int, later: int
) -> None:
    first, second = (
        reminders(trial=cut(lived, now), now=now, dose_at=time(21), diary_at=time(8))
        for now in (at(until), at(until + later))
    )
    for one, other in zip(first, second, strict=True):
        assert one.uid == other.uid
        assert one.sequence <= other.sequence
        assert list(one.days) == sorted(set(one.days))
