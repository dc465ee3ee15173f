"""At any moment of any life: what goes out comes in again, byte for byte.

A trial that still runs has one event more then, which asks for the safety questions anew.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ekbom.guide.situation import situation_of
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.files import built_in
from ekbom.trial.additions import add_answers, add_dose, add_event
from ekbom.trial.corrections import change_dose
from ekbom.trial.folder import Trial
from ekbom.trial.randomise import Screening, draw_order
from ekbom.web.data.archive import pack, unpack
from ekbom.web.data.taking_in import read_unpacked, take_in
from ekbom.web.models import Person, TrialRow
from ekbom.web.store import begin_diary, change, change_files, files_of, register, remembered
from web.test_data_import import assert_brought_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FAST = built_in("magnesium-rls-fast")
FIRST = date(2026, 3, 1)
ZONES = ("Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns")

Act = Callable[[TrialRow, datetime], object]

ratings = st.one_of(st.none(), st.integers(0, 10))
amounts = st.floats(0, 720, allow_nan=False)
hostile = st.text(st.characters(codec="utf-8"), max_size=30)


def night_before(now: datetime, ago: int) -> date:
    return (now - timedelta(days=ago)).date()


@st.composite
def answers(draw: st.DrawFn) -> Act:
    given_ = {
        **draw(st.dictionaries(st.sampled_from(["urge", "cramps", "nausea"]), ratings)),
        **draw(st.dictionaries(st.just("minutes_to_sleep"), amounts)),
    }
    ago, correct, key = draw(st.integers(0, 5)), draw(st.booleans()), draw(st.booleans())
    return lambda row, now: change(
        row,
        lambda t: add_answers(
            t,
            night=night_before(now, ago),
            answers=given_,
            now=now,
            correct=correct,
            device="telephone ☎",
            id=uuid.uuid4().hex if key else "",
        ),
        now=now,
    )


@st.composite
def doses(draw: st.DrawFn) -> Act:
    capsules, ago = draw(st.floats(0, 6)), draw(st.integers(0, 3))
    taken, corrected = draw(st.booleans()), draw(st.booleans())
    what = change_dose if corrected else add_dose
    return lambda row, now: change(
        row,
        lambda t: what(
            t,
            night=night_before(now, ago),
            instant=now - timedelta(hours=2, days=ago) if taken else None,
            capsules=capsules,
            mg=None,
            now=now,
        ),
        now=now,
    )


@st.composite
def events(draw: st.DrawFn) -> Act:
    kind, detail = draw(
        st.one_of(
            st.tuples(st.sampled_from(["side effect", "deviation", "note"]), hostile.map(noted)),
            st.tuples(st.just("zone changed"), st.sampled_from(ZONES).map(lambda z: {"zone": z})),
            st.tuples(st.just("expectation"), st.integers(0, 10).map(lambda n: {"benefit": n})),
        )
    )
    return lambda row, now: change(
        row, lambda t: add_event(t, kind=kind, detail=detail, now=now), now=now
    )


def noted(text: str) -> dict[str, str]:
    return {"note": text}


def told(kind: str, **detail: object) -> Act:
    return lambda row, now: change(
        row, lambda t: add_event(t, kind=kind, detail=detail, now=now), now=now
    )


def pause_or_resume(kind: str) -> Act:
    return lambda row, now: told(kind, first=now.date())(row, now)


def draw_now(row: TrialRow, now: datetime) -> object:
    def step(trial: Trial):
        screening = Screening(by="Dr. Chen", on=now.date())
        drawn = draw_order(trial, now=now, screening=screening)
        return drawn.trial, drawn.kept

    return change_files(row, step, now=now)


acts = st.one_of(
    answers(),
    answers(),
    answers(),
    doses(),
    doses(),
    events(),
    st.sampled_from(
        [
            told("dose fixed", mg=100, capsules=1),
            pause_or_resume("pause"),
            pause_or_resume("resume"),
        ]
    ),
)
days_between = st.sampled_from([0, 0, 1, 1, 7, 20])


few = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def lives(what: st.SearchStrategy[Act]) -> st.SearchStrategy[list[tuple[Act, int]]]:
    return st.lists(st.tuples(what, days_between), max_size=9)


UNTIL_DRAWN = [
    (told("dose fixed", mg=200, capsules=2), 28),
    (draw_now, 1),
    (told("packs ready"), 1),
]


@few
@given(before=lives(answers()), then=lives(acts), zone=st.sampled_from(ZONES))
def test_a_trial_that_goes_out_comes_in_again(db, before, then, zone: str) -> None:
    goes_out_and_comes_in(register, [*before, *then], zone)
    drawn = goes_out_and_comes_in(register, [*before[:3], *UNTIL_DRAWN, *then], zone)
    assert {"allocation.csv", "allocation.json"} <= drawn.keys()


@few
@given(lived=lives(answers()), zone=st.sampled_from(ZONES))
def test_a_diary_that_goes_out_comes_in_again(db, lived, zone: str) -> None:
    goes_out_and_comes_in(begin_diary, lived, zone)


def goes_out_and_comes_in(begin, lived, zone: str) -> dict[str, bytes]:
    now = datetime.combine(FIRST + timedelta(days=1), time(8), UTC)
    ana, ben = (Person.objects.create(username=uuid.uuid4().hex) for _ in range(2))
    row = begin(ana, protocol=FAST, start=FIRST, zone=zone, now=now)
    for act, days in lived:
        now += timedelta(days=days, seconds=61.5)
        try:
            act(TrialRow.objects.get(pk=row.pk), now)
        except (InputError, RefusedError):
            continue  # what is refused leaves no trace: the export shows it
    row.refresh_from_db()
    remembered.forget()
    out = pack(files_of(row, now=now))
    unpacked = unpack(io.BytesIO(out), name="x")
    found = read_unpacked(unpacked, now=now)
    assert found.notes == ()
    again = take_in(ben, found=found, now=now)
    remembered.forget()
    kept = files_of(again, now=now)
    if found.trial.events and not situation_of(trial=found.trial, now=now).is_over:
        assert_brought_in(kept, dict(unpacked.files))
    else:
        assert pack(kept) == out
    return dict(unpacked.files)
