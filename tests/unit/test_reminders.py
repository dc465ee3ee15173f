"""ekbom reminders: an iCalendar file by RFC 5545 that gives nothing away.

Read back here by a small strict reader of the RFC's own rules (3.1 lines, 3.3 values, 3.6
components), written apart from the writer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ekbom.examples import example_folder
from ekbom.guide.reminders import Reminder, reminders
from ekbom.problem import InputError, RefusedError
from ekbom.report.calendar_file import calendar_file
from ekbom.trial.folder import open_trial
from ekbom.trial.log import log_event
from ekbom.trial.randomise import randomise
from trials import FAST, GO, at, drawn, drawn_magnesium, night, registered, shell

DOSE_AT, DIARY_AT = time(21, 30), time(8)
_FLOATING = re.compile(r"\d{8}T\d{6}")
_NAME = re.compile(r"[A-Z-]+")


@dataclass(frozen=True)
class Event:
    """One VEVENT as a calendar understands it."""

    uid: str
    sequence: int
    summary: str
    times: tuple[datetime, ...]
    alarms: int
    cancelled: bool


def _lines(data: bytes) -> list[str]:
    """Unfold the content lines of RFC 5545, 3.1."""
    text = data.decode("utf-8")
    assert text.endswith("\r\n")
    raw = text.removesuffix("\r\n").split("\r\n")
    assert "\n" not in "".join(raw)
    assert "\r" not in "".join(raw)
    assert max(len(line.encode()) for line in raw) <= 75
    lines: list[str] = []
    for line in raw:
        if line.startswith(" "):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    return lines


def _instant(text: str) -> datetime:
    assert _FLOATING.fullmatch(text), text
    return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 floating by purpose


def parse(data: bytes) -> list[Event]:
    """Read a calendar, asserting the rules of RFC 5545 that it must keep."""
    stack: list[str] = []
    events, now, alarms = [], {}, 0
    for line in _lines(data):
        name, colon, value = line.partition(":")
        assert colon, line
        assert _NAME.fullmatch(name), line
        if name == "BEGIN":
            stack.append(value)
            now, alarms = ({}, 0) if value == "VEVENT" else (now, alarms)
        elif name == "END":
            assert stack.pop() == value
            if value == "VEVENT":
                events.append(_event(now, alarms))
            alarms += value == "VALARM"
        elif stack[-1] == "VEVENT":
            assert name not in now, f"{name} twice"
            now[name] = value
        elif stack[-1] == "VALARM":
            assert name in ("ACTION", "DESCRIPTION", "TRIGGER")
        else:
            assert (name, value) in [("VERSION", "2.0"), ("PRODID", "-//ekbom//reminders//EN")]
    assert stack == []
    return events


def _event(values: dict[str, str], alarms: int) -> Event:
    assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE"} <= set(values)
    assert re.fullmatch(r"\d{8}T\d{6}Z", values["DTSTAMP"])
    cancelled = values.get("STATUS") == "CANCELLED"
    start = _instant(values["DTSTART"])
    times = [start]
    if "RRULE" in values:
        rule = dict(part.split("=") for part in values["RRULE"].split(";"))
        # 3.3.10: where DTSTART is a local time, so is UNTIL.
        assert set(rule) == {"FREQ", "UNTIL"}
        assert rule["FREQ"] == "DAILY"
        while times[-1] < _instant(rule["UNTIL"]):
            times.append(times[-1] + timedelta(days=1))
        assert times[-1] == _instant(rule["UNTIL"])
    left_out = [_instant(t) for t in values.get("EXDATE", "").split(",") if t]
    assert set(left_out) <= set(times)
    assert start not in left_out
    kept = () if cancelled else tuple(t for t in times if t not in left_out)
    sequence = int(values["SEQUENCE"])
    assert 0 <= sequence < 2**31
    return Event(values["UID"], sequence, values["SUMMARY"], kept, alarms, cancelled)


def made(
    path: Path,
    number: int,
    clock: str = "09:00",
    dose_at: time = DOSE_AT,
    diary_at: time = DIARY_AT,
) -> tuple[Event, Event]:
    now = at(number, clock)
    trial = open_trial(path, now=now)
    found = reminders(trial=trial, now=now, dose_at=dose_at, diary_at=diary_at)
    evening, morning = parse(calendar_file(found, now=now))
    return evening, morning


def days(event: Event) -> list[date]:
    return [t.date() for t in event.times]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return drawn_magnesium(tmp_path / "t").path


def test_evenings_are_the_nights_with_capsules_and_mornings_all_of_them(folder: Path) -> None:
    evening, morning = made(folder, 60)
    assert days(evening) == [night(n) for n in [*range(14, 28), *range(42, 126)]]
    assert days(morning) == [night(n + 1) for n in range(126)]
    assert {t.time() for t in evening.times} == {DOSE_AT}
    assert {t.time() for t in morning.times} == {DIARY_AT}
    assert (evening.alarms, morning.alarms) == (1, 1)


def test_titles_are_neutral_and_the_file_names_nothing(folder: Path) -> None:
    assert [e.summary for e in made(folder, 60)] == ["ekbom: evening", "ekbom: morning"]
    now = at(60)
    found = reminders(
        trial=open_trial(folder, now=now), now=now, dose_at=DOSE_AT, diary_at=DIARY_AT
    )
    text = calendar_file(found, now=now).decode().lower()
    for word in ("magnesium", "placebo", "leg", "capsule", "dose", "pack", "trial", "rls"):
        assert word not in text


def test_a_pause_is_left_out_and_keeps_the_ids_with_a_higher_sequence(folder: Path) -> None:
    before = made(folder, 50)
    log_event(path=folder, kind="pause", detail={"first": night(52)}, now=at(51))
    log_event(path=folder, kind="resume", detail={"first": night(55)}, now=at(51, "09:01"))
    after = made(folder, 51, "09:02")
    for old, new in zip(before, after, strict=True):
        assert old.uid == new.uid
        assert new.sequence > old.sequence
    assert not {night(52), night(53), night(54)} & set(days(after[0]))
    assert not {night(53), night(54), night(55)} & set(days(after[1]))
    assert days(after[0])[-1] == night(128)


def test_from_an_open_pause_on_nothing_rings(folder: Path) -> None:
    log_event(path=folder, kind="pause", detail={"first": night(52)}, now=at(51))
    evening, morning = made(folder, 60)
    assert (days(evening)[-1], days(morning)[-1]) == (night(51), night(52))


def test_after_the_end_nothing_rings(folder: Path) -> None:
    detail = {"last": night(60), "reason": "own wish"}
    log_event(path=folder, kind="ended", detail=detail, now=at(61))
    evening, morning = made(folder, 61)
    assert (days(evening)[-1], days(morning)[-1]) == (night(60), night(61))


def test_reminders_that_are_gone_are_cancelled_under_their_own_ids(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    before = made(path, 0)
    log_event(path=path, kind="pause", detail={"first": night(0)}, now=at(0))
    evening, morning = made(path, 1)
    assert (evening.cancelled, morning.cancelled) == (True, True)
    assert (evening.uid, morning.uid) == (before[0].uid, before[1].uid)
    assert (evening.alarms, morning.alarms) == (0, 0)


def test_other_hours_of_the_same_day_have_a_higher_sequence_too(folder: Path) -> None:
    first, later = made(folder, 50, "09:00")[0], made(folder, 50, "09:05", time(22))[0]
    assert (later.uid, later.sequence) == (first.uid, first.sequence + 5)


def test_half_past_midnight_comes_on_the_date_after(folder: Path) -> None:
    evening, _ = made(folder, 50, dose_at=time(0, 30))
    assert evening.times[0] == datetime.combine(night(15), time(0, 30))
    trial = open_trial(folder, now=at(60))
    assert trial.clock.night_of(at(15, "00:30")) == night(14)


def test_a_trial_without_capsules_reminds_of_its_periods(tmp_path: Path) -> None:
    evening, morning = made(drawn(tmp_path / "t").path, 3)
    assert days(evening) == [night(n) for n in range(2, 26)]
    assert days(morning) == [night(n + 1) for n in range(26)]


def test_two_trials_have_ids_of_their_own(tmp_path: Path) -> None:
    one = registered(tmp_path / "one", FAST).path
    log_event(path=one, kind="note", detail={"note": "x"}, now=at(0))
    two = drawn(tmp_path / "two").path
    assert not {e.uid for e in made(one, 3)} & {e.uid for e in made(two, 3)}


def test_every_allocation_has_the_same_file_to_the_byte(tmp_path: Path) -> None:
    files = set()
    for seed in range(4):
        trial = registered(tmp_path / str(seed), FAST)
        detail = {"mg": 200, "capsules": 2}
        trial = log_event(path=trial.path, kind="dose fixed", detail=detail, now=at(28))
        trial = randomise(
            trial=trial, now=at(29), screening=GO, source=lambda n, seed=seed: bytes([seed]) * n
        )
        trial = log_event(path=trial.path, kind="packs ready", detail={}, now=at(30))
        found = reminders(trial=trial, now=at(50), dose_at=DOSE_AT, diary_at=DIARY_AT)
        files.add(calendar_file(found, now=at(50)))
    assert len(files) == 1


@pytest.mark.parametrize("hour", range(24))
def test_hours_that_cannot_be_meant_are_refused(folder: Path, hour: int) -> None:
    now = at(50)
    trial = open_trial(folder, now=now)
    faults = []
    try:
        reminders(trial=trial, now=now, dose_at=time(hour), diary_at=time(hour))
    except InputError as error:
        faults = [p.file for p in error.problems]
    assert ("dose-at" in faults) == (6 <= hour < 12)
    assert ("diary-at" in faults) == (hour >= 18)


def test_an_imported_trial_reminds_of_nothing() -> None:
    trial = open_trial(example_folder("gwern-magnesium-citrate"), now=at(0))
    with pytest.raises(RefusedError, match="run elsewhere"):
        reminders(trial=trial, now=at(0), dose_at=DOSE_AT, diary_at=DIARY_AT)


@given(
    numbers=st.sets(st.integers(0, 400), max_size=200),
    at_=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    sequence=st.integers(0, 10**7),
)
def test_whatever_days_are_written_are_read_back(
    numbers: set[int], at_: time, sequence: int
) -> None:
    wanted = tuple(night(n) for n in sorted(numbers))
    one = Reminder(kind="evening", uid="x-1", sequence=sequence, at=at_, days=wanted)
    (event,) = parse(calendar_file([one], now=at(0)))
    assert event.times == tuple(datetime.combine(d, at_) for d in wanted)
    assert (event.sequence, event.cancelled) == (sequence, not wanted)


# The command.


def test_the_command_writes_a_file_and_says_what_it_holds(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.ics"
    options = ("--dose-at", "21:30", "--diary-at", "08:00", "--out", out)
    result = shell("reminders", folder, *options, now=at(50))
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(
        f"Evening: 21:30 on 98 days from {night(14)} to {night(125)}.\n"
        f"Morning: 08:00 on 126 days from {night(1)} to {night(126)}.\n"
    )
    assert len(parse(out.read_bytes())) == 2


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--dose-at", "9pm", "--diary-at", "08:00", "--out", "x.ics"), "'9pm' is not a time"),
        (("--dose-at", "21:30+02:00", "--diary-at", "08:00", "--out", "x.ics"), "is not a time"),
        (("--dose-at", "21:30", "--diary-at", "08:00", "--out", "trial.toml"), "the ending .ics"),
        (("--dose-at", "21:30", "--diary-at", "08:00", "--out", "no/x.ics"), "there is no folder"),
        (("--dose-at", "09:00", "--diary-at", "08:00", "--out", "x.ics"), "09:00 is in the morni"),
        (("--dose-at", "21:30", "--diary-at", "20:00", "--out", "x.ics"), "20:00 is in the eveni"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_and_nothing_is_written(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    error: str,
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    result = shell("reminders", folder, *options, now=at(50))
    assert result.exit_code == 2
    assert error in " ".join(result.stderr.split())
    assert list(work.iterdir()) == []
