"""A trial in the database and the same trial in a folder are one trial."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection

from ekbom.problem import InputError, RefusedError
from ekbom.protocol.files import built_in
from ekbom.trial.additions import add_answers, add_dose, add_event
from ekbom.trial.corrections import change_dose
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.place import FILES
from ekbom.web.devices.known import me
from ekbom.web.models import EntryRow, TrialRow
from ekbom.web.store import (
    begin_diary,
    bring_in,
    change,
    close,
    current_row,
    files_of,
    load,
    register,
    remembered,
)

pytestmark = pytest.mark.django_db

FAST = built_in("magnesium-rls-fast")
FIRST = date(2026, 3, 1)


def registered(clock) -> TrialRow:
    return register(me(), protocol=FAST, start=FIRST, zone="Europe/Berlin", now=clock())


def answered(night: date, now, **answers: float):
    return lambda trial: add_answers(trial, night=night, answers=answers, now=now)


def test_the_database_is_the_one_that_the_environment_names() -> None:
    wanted = "postgresql" if os.environ.get("EKBOM_DATABASE") else "sqlite"
    assert connection.vendor == wanted


def test_what_was_written_is_read_again_after_everything_was_forgotten(clock) -> None:
    row = registered(clock)
    now = clock.on(hours=12)
    after = change(row, answered(FIRST, now, urge=4, minutes_to_sleep=25), now=now)
    row = current_row(me())
    remembered.forget()
    assert load(row, now=now) == after
    assert [(e.item, e.value) for e in after.entries] == [("urge", 4), ("minutes_to_sleep", 25)]


def test_what_is_sent_twice_is_done_once(clock) -> None:
    row, now = registered(clock), clock.on(hours=12)
    for _ in range(2):
        change(row, answered(FIRST, now, urge=4), now=now, key="phone-1")
    assert EntryRow.objects.count() == 1


def test_what_is_refused_leaves_no_trace(clock) -> None:
    row, now = registered(clock), clock.on(hours=12)
    for _ in range(2):
        with pytest.raises(InputError):
            change(row, answered(FIRST, now, urge=11), now=now, key="phone-1")
    assert EntryRow.objects.count() == 0
    change(row, answered(FIRST, now, urge=4), now=now, key="phone-1")
    assert EntryRow.objects.count() == 1


def test_a_corrected_dose_keeps_its_place_and_what_it_was(clock) -> None:
    row = registered(clock)
    now = clock.on(days=15)
    night = FIRST + timedelta(days=14)
    change(
        row,
        lambda t: add_dose(t, night=night, instant=None, capsules=1, mg=100, now=now),
        now=now,
    )
    after = change(row, lambda t: change_dose(t, night=night, capsules=0, mg=0, now=now), now=now)
    remembered.forget()
    found = load(current_row(me()), now=now)
    assert found == after
    assert [(d.capsules, d.mg) for d in found.doses] == [(0, 0)]
    assert found.events[-1].kind == "dose corrected"


def exported(row: TrialRow, folder: Path, now) -> Trial:
    folder.mkdir()
    for name, data in files_of(row, now=now).items():
        (folder / name).write_bytes(data)
    return open_trial(folder, now=now)


def test_export_and_import_give_the_same_bytes_again(clock, tmp_path: Path) -> None:
    row = registered(clock)
    now = clock.on(days=15, minutes=7)
    change(row, answered(FIRST, now, urge=4, minutes_to_sleep=25), now=now)
    night = FIRST + timedelta(days=15)
    change(
        row,
        lambda t: add_dose(t, night=night, instant=now, capsules=1, mg=100, now=now),
        now=now,
    )
    change(row, lambda t: add_event(t, kind="note", detail={"note": 'ä, "x"'}, now=now), now=now)
    row = current_row(me())
    trial = exported(row, tmp_path / "out", now)
    close(row, now=now)
    again = bring_in(me(), trial=trial, now=now)
    remembered.forget()
    assert files_of(again, now=now) == {
        name: file.read_bytes() for name in FILES if (file := tmp_path / "out" / name).exists()
    }


def test_a_diary_becomes_the_baseline_of_a_trial(clock) -> None:
    diary = begin_diary(me(), protocol=FAST, start=FIRST, zone="Europe/Berlin", now=clock())
    now = clock.on(days=1, hours=-12)
    change(diary, answered(FIRST, now, urge=4), now=now)
    row = registered(clock)
    trial = load(row, now=now)
    assert [(e.night, e.item, e.value) for e in trial.entries] == [(FIRST, "urge", 4)]
    assert [e.kind for e in trial.events] == ["registered", "diary brought along"]
    remembered.forget()
    assert load(current_row(me()), now=now) == trial


def test_nobody_is_in_two_trials_at_once(clock) -> None:
    registered(clock)
    with pytest.raises(RefusedError):
        registered(clock)
    assert TrialRow.objects.count() == 1
