"""Events: what each carries, and the chain in which no change goes unseen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ekbom.design.calendar import Happened, Pause
from ekbom.design.clock import Clock
from ekbom.diary.table import Faults
from ekbom.protocol.files import built_in
from ekbom.trial.event_kinds import BY_HAND, KINDS, detail_faults, detail_in
from ekbom.trial.events import COLUMNS, GENESIS, Event, chain_event, read_events
from ekbom.trial.files import csv_bytes
from ekbom.trial.happened import clock_of, happened_so_far

WHEN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def chain(*said: tuple[str, dict[str, object]]) -> list[Event]:
    events: list[Event] = []
    for number, (kind, detail) in enumerate(said):
        instant = WHEN + timedelta(hours=number)
        events.append(
            chain_event(events, kind=kind, detail=detail, instant=instant, zone="Europe/Berlin")
        )
    return events


def read(data: bytes) -> tuple[list[Event], list[str]]:
    faults = Faults("events.csv")
    return read_events(data, faults=faults), [str(p) for p in faults.found]


def as_file(events: list[Event]) -> bytes:
    return csv_bytes([COLUMNS, *(e.cells for e in events)])


NOTES = chain(
    ("note", {"note": "one"}),
    ("pause", {"first": date(2026, 3, 4)}),
    ("note", {"note": 'a "b", ü'}),
)


def test_events_read_back_as_they_were_written() -> None:
    assert read(as_file(NOTES)) == (NOTES, [])
    assert NOTES[0].previous == GENESIS
    assert [e.previous for e in NOTES[1:]] == [e.hash for e in NOTES[:-1]]


def test_the_hash_is_sha256_over_the_previous_one_and_the_event_as_the_docs_say() -> None:
    import hashlib

    said = '1\n2026-03-02T09:00:00+00:00\nEurope/Berlin\nnote\n{"note":"one"}'
    text = f"{GENESIS}\n{said}"
    assert NOTES[0].hash == hashlib.sha256(text.encode()).hexdigest()


def test_a_removed_event_is_noticed() -> None:
    assert read(as_file([NOTES[0], NOTES[2]]))[1] == [
        "events.csv, line 3: it does not follow the event before it: an event was removed, added "
        "or changed. Restore events.csv from a copy."
    ]


def test_an_event_begun_anew_with_another_number_is_noticed() -> None:
    first = NOTES[0]
    odd = chain_event([first, first], kind="note", detail={"note": "x"}, instant=WHEN, zone="UTC")
    assert read(as_file([first, odd]))[1] == [
        "events.csv, line 3: its id is 3, not 2. Restore events.csv from a copy."
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('""one""', '""two""'),
        ("Europe/Berlin", "Europe/Paris"),
        ("2026-03-02T09:00", "2026-03-02T08:00"),
        ("2026-03-02T09:00:00+00:00", "2026-03-02T10:00:00+01:00"),
        ('""one""', '""two"",""note"":""one""'),
        ('{""note', '{ ""note'),
        ("1,2026-03-02T09", " 1,2026-03-02T09"),
        ("1,2026-03-02T09", "1.0,2026-03-02T09"),
    ],
)
def test_a_changed_cell_is_noticed_even_where_its_meaning_is_the_same(old: str, new: str) -> None:
    text = as_file(NOTES[:1]).decode()
    assert old in text
    assert read(text.replace(old, new, 1).encode())[1] == [
        "events.csv, line 2: it was changed after it was written. Restore events.csv from a copy."
    ]


def test_an_unknown_kind_is_told_once_and_the_next_event_is_not_blamed() -> None:
    data = as_file(NOTES).replace(b",note,", b",party,", 1)
    assert read(data)[1] == [
        f"events.csv, line 2: 'party' is not a kind of event. Use one of: {', '.join(KINDS)}."
    ]


@pytest.mark.parametrize("text", ["{", "[1]", '"x"', ""])
def test_a_detail_that_is_no_json_table_is_told(text: str) -> None:
    event = NOTES[0]
    cells = dict(zip(COLUMNS, event.cells, strict=True)) | {"detail": text}
    assert read(csv_bytes([COLUMNS, tuple(cells.values())]))[1] == [
        "events.csv, line 2: its detail is not JSON. Restore events.csv from a copy."
    ]


@pytest.mark.parametrize(
    ("kind", "detail", "problem"),
    [
        ("pause", {}, "'pause' has no first (first night without a dose). Give first"),
        ("pause", {"first": "soon"}, "first 'soon' is not a date such as 2026-03-01. Give first as "
         "a date such as 2026-03-01"),
        ("pause", {"first": "2026-03-01", "x": "1"}, "'pause' has no detail called 'x'. It knows: "
         "first, note"),
        ("unplanned look", {"x": "1"}, "'unplanned look' has no detail called 'x'. It knows: none"),
        ("dose fixed", {"mg": "many"}, "mg 'many' is not a number from 0. Give mg as a number from "
         "0"),
        ("dose fixed", {"mg": -1}, "mg -1 is not a number from 0. Give mg as a number from 0"),
        ("dose fixed", {"mg": float("nan")}, "mg nan is not a number from 0. Give mg as a number "
         "from 0"),
        ("dose fixed", {"mg": True}, "mg True is not a number from 0. Give mg as a number from 0"),
        ("packs ready", {"spare_nights": 1.5}, "spare_nights 1.5 is not a whole number from 0. "
         "Give spare_nights as a whole number from 0"),
        ("packs ready", {"spare_nights": -1}, "spare_nights -1 is not a whole number from 0. Give "
         "spare_nights as a whole number from 0"),
        ("zone changed", {"zone": "Mars/Base"}, "zone 'Mars/Base' is not a time zone such as "
         "Europe/Berlin. Give zone as a time zone such as Europe/Berlin"),
        ("note", {"note": 5}, "note 5 is not a text. Give note as a text"),
        ("registered", {"protocol": "x", "mids_confirmed": 1}, "mids_confirmed 1 is not true or "
         "false. Give mids_confirmed as true or false"),
    ],
)  # fmt: skip
def test_a_detail_that_an_event_cannot_carry_is_told(
    kind: str, detail: dict[str, object], problem: str
) -> None:
    assert [f"{what}. {do}" for what, do in detail_faults(kind, detail)] == [problem]


def test_details_typed_in_the_shell_are_read_as_what_the_event_takes() -> None:
    assert detail_in("dose fixed", {"mg": "200", "capsules": "1.5"}) == {"mg": 200, "capsules": 1.5}
    assert detail_in("note", {"note": "5"}) == {"note": "5"}
    assert detail_in("note", {"note": "true"}) == {"note": "true"}
    assert detail_in("registered", {"mids_confirmed": "true"}) == {"mids_confirmed": True}
    assert detail_in("dose fixed", {"mg": "many", "x": "1"}) == {"mg": "many", "x": "1"}
    assert detail_in("party", {"x": "1"}) == {"x": "1"}


def test_what_ekbom_writes_itself_cannot_be_logged_by_hand() -> None:
    own = {"registered", "imported", "screening", "randomised", "look", "unplanned look"}
    assert set(KINDS) - set(BY_HAND) == own | {
        "dose corrected",
        "diary brought along",
        "brought in",
        "packing step",
        "slip read",
    }


def test_the_calendar_depends_on_the_events() -> None:
    events = chain(
        ("dose fixed", {"mg": 200, "capsules": 2}),
        ("dose fixed", {"mg": 100, "capsules": 1}),
        ("packs ready", {"spare_nights": 3}),
        ("packs ready", {"spare_nights": 1}),
        ("pause", {"first": date(2026, 3, 4)}),
        ("resume", {"first": date(2026, 3, 6)}),
        ("pause", {"first": date(2026, 3, 8)}),
        ("period ended", {"last": date(2026, 3, 7)}),
        ("ended", {"last": date(2026, 3, 9), "reason": "finished"}),
        ("note", {"note": "x"}),
    )
    assert happened_so_far(events, clock=Clock("Europe/Berlin")) == Happened(
        dose_fixed=WHEN,
        packs_ready=WHEN + timedelta(hours=2),
        pauses=(Pause(date(2026, 3, 4), date(2026, 3, 6)), Pause(date(2026, 3, 8), None)),
        period_ends=(date(2026, 3, 7),),
        ended=date(2026, 3, 9),
        capsules=1,
        spare_nights=1,
    )
    assert happened_so_far([], clock=Clock("Europe/Berlin")) == Happened()


def test_the_clock_changes_its_zone_with_the_event() -> None:
    events = chain(("note", {"note": "x"}), ("zone changed", {"zone": "Asia/Tokyo"}))
    clock = clock_of(protocol=built_in("magnesium-rls"), zone="Europe/Berlin", events=events)
    assert clock.zone_at(WHEN) == "Europe/Berlin"
    assert clock.zone_at(WHEN + timedelta(hours=1)) == "Asia/Tokyo"


def test_an_event_without_its_id_is_told() -> None:
    cells = dict(zip(COLUMNS, NOTES[0].cells, strict=True)) | {"id": " "}
    assert read(csv_bytes([COLUMNS, tuple(cells.values())]))[1] == [
        "events.csv, line 2: it has no id. Restore events.csv from a copy."
    ]
