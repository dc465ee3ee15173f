"""Nothing in the chain of events can be changed, removed or moved unseen."""

import csv
import io
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from ekbom.diary.table import Faults
from ekbom.problem import errors
from ekbom.trial.events import COLUMNS, Event, chain_event, read_events
from ekbom.trial.files import csv_bytes

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
Rows = list[list[str]]


@st.composite
def chains(draw: st.DrawFn, least: int = 1) -> list[Event]:
    events: list[Event] = []
    for _ in range(draw(st.integers(least, 5))):
        instant = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 9999)))
        events.append(
            chain_event(
                events, kind="note", detail={"note": draw(texts)}, instant=instant, zone="UTC"
            )
        )
    return events


def _rows(events: list[Event]) -> Rows:
    return [list(e.cells) for e in events]


def _is_noticed(rows: Rows) -> bool:
    faults = Faults("events.csv")
    read_events(csv_bytes([COLUMNS, *rows]), faults=faults)
    return bool(errors(faults.found))


@given(events=chains())
def test_an_untouched_chain_reads_back(events: list[Event]) -> None:
    faults = Faults("events.csv")
    assert read_events(csv_bytes([COLUMNS, *_rows(events)]), faults=faults) == events
    assert faults.found == []


@given(events=chains(), data=st.data())
def test_any_edit_of_any_cell_is_noticed(events: list[Event], data: st.DataObject) -> None:
    rows = _rows(events)
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(COLUMNS) - 1))
    cell = rows[row][column]
    place = data.draw(st.integers(0, max(len(cell) - 1, 0)))
    new = data.draw(st.sampled_from([" ", "0", "a", "\n", '"', ""]) | texts)
    edited = cell[:place] + new + cell[place + data.draw(st.integers(0, 1)) :]
    assume(edited != cell)
    rows[row][column] = edited
    assert _is_noticed(rows)


@given(events=chains(least=2), data=st.data())
def test_any_removed_event_but_the_newest_is_noticed(
    events: list[Event], data: st.DataObject
) -> None:
    rows = _rows(events)
    del rows[data.draw(st.integers(0, len(rows) - 2))]
    assert _is_noticed(rows)


@given(events=chains(least=2), data=st.data())
def test_any_two_swapped_events_are_noticed(events: list[Event], data: st.DataObject) -> None:
    rows = _rows(events)
    one = data.draw(st.integers(0, len(rows) - 2))
    other = data.draw(st.integers(one + 1, len(rows) - 1))
    rows[one], rows[other] = rows[other], rows[one]
    assert _is_noticed(rows)


@given(events=chains(), data=st.data())
def test_a_repeated_or_foreign_event_is_noticed(events: list[Event], data: st.DataObject) -> None:
    rows = _rows(events)
    foreign = data.draw(st.sampled_from(events) | chains().map(lambda c: c[0]))
    place = data.draw(st.integers(0, len(rows)))
    rows.insert(place, list(foreign.cells))
    assume(rows != _rows(events))
    assert _is_noticed(rows)


def test_the_cells_are_csv_that_anyone_can_read() -> None:
    event = chain_event(
        [], kind="note", detail={"note": 'a, "b"'}, instant=datetime.now(UTC), zone="UTC"
    )
    text = csv_bytes([COLUMNS, event.cells]).decode()
    assert list(csv.reader(io.StringIO(text)))[1] == list(event.cells)
