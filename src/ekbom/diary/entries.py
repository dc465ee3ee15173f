"""Entries: every answer as it was given, never changed, only replaced."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ekbom.diary.diary import Diary, Night
from ekbom.diary.items import Item
from ekbom.diary.nights import NightRange
from ekbom.diary.table import Faults, Row, number_text, read_table

COLUMNS = (
    "id",
    "received",
    "instant",
    "zone",
    "device",
    "night",
    "item",
    "value",
    "late",
    "replaces",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer: when, where and on what it was given, and the night and item it speaks of.

    ``received`` and ``instant`` are aware UTC times; ``value`` is ``None`` where an earlier answer
    is withdrawn; ``replaces`` is the id of the answer it corrects, or empty.
    """

    id: str
    received: datetime
    instant: datetime
    zone: str
    device: str
    night: date
    item: str
    value: float | None
    late: bool
    replaces: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the line of entries.csv, in the order of ``COLUMNS``."""
        return (
            self.id,
            self.received.isoformat(),
            self.instant.isoformat(),
            self.zone,
            self.device,
            self.night.isoformat(),
            self.item,
            number_text(self.value),
            "yes" if self.late else "no",
            self.replaces,
        )


def read_entries(
    data: bytes, *, items: Mapping[str, Item], nights: NightRange, faults: Faults
) -> list[Entry]:
    """Return the entries of an entries.csv; what is wrong with it is added to ``faults``."""
    found: dict[str, Entry] = {}
    current: dict[tuple[date, str], Entry] = {}
    for row in read_table(data, faults=faults, required=COLUMNS, optional=()):
        entry = _entry(row, items)
        if entry is None or not nights.allows(entry.night, row):
            continue
        if _fits(entry, found.keys(), current, row):
            found[entry.id] = current[entry.night, entry.item] = entry
    return list(found.values())


def _entry(row: Row, items: Mapping[str, Item]) -> Entry | None:
    received, instant = row.instant("received"), row.instant("instant")
    zone, night, item = row.zone("zone"), row.day("night"), row.text("item")
    value = row.number("value")
    if row.text("late") not in ("yes", "no"):
        row.fault(f"late {row.text('late')!r} is neither yes nor no", "Write yes or no")
    if item not in items:
        row.fault(f"{item!r} is not an item of this protocol", f"Use one of: {', '.join(items)}")
        return None
    off = None if value is None else items[item].fault(value)
    if off:
        row.fault(off, f"Use {items[item].scale}")
    if value is None and row.text("value") == "" and not row.text("replaces"):
        row.fault("it has no value", "Leave unanswered items out; blank only withdraws an entry")
    if not row.text("id"):
        row.fault("it has no id", "Give every entry an id of its own")
    if received is None or instant is None or zone is None or night is None:
        return None
    return Entry(
        id=row.text("id"),
        received=received,
        instant=instant,
        zone=zone,
        device=row.text("device"),
        night=night,
        item=item,
        value=value,
        late=row.text("late") == "yes",
        replaces=row.text("replaces"),
    )


def _fits(
    entry: Entry, ids: Container[str], current: Mapping[tuple[date, str], Entry], row: Row
) -> bool:
    """Note what in an entry contradicts those before it."""
    if entry.id in ids:
        row.fault(f"the id {entry.id!r} was used before", "Give every entry an id of its own")
        return False
    answered = current.get((entry.night, entry.item))
    if entry.replaces and (answered is None or answered.id != entry.replaces):
        row.fault(
            f"it replaces {entry.replaces!r}, which is not the current answer to {entry.item} for "
            f"the night of {entry.night}",
            "Name the id of the answer it corrects",
        )
        return False
    if answered and not entry.replaces:
        row.fault(
            f"{entry.item} was already answered for the night of {entry.night}",
            f"If it is a correction, write {answered.id} into replaces",
        )
        return False
    return True


def current_entries(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that no later one replaces."""
    everything = list(entries)
    replaced = {e.replaces for e in everything}
    return [e for e in everything if e.id not in replaced]


def derive_diary(entries: Iterable[Entry]) -> Diary:
    """Return the diary that the entries add up to: the current answer to every item."""
    answers: dict[date, dict[str, float]] = {}
    late: dict[date, set[str]] = {}
    for entry in current_entries(entries):
        if entry.value is not None:
            answers.setdefault(entry.night, {})[entry.item] = entry.value
            if entry.late:
                late.setdefault(entry.night, set()).add(entry.item)
    return Diary(tuple(Night(d, answers[d], frozenset(late.get(d, ()))) for d in sorted(answers)))
