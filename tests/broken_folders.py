"""Ways to break a sound trial folder, and all that must be said of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ekbom.trial.event_kinds import KINDS
from trials import at, night


@dataclass(frozen=True)
class Broken:
    """How a sound folder is broken, and all that must be said of it."""

    how: Callable[[Path], None]
    said: tuple[str, ...]


def edit(name: str, old: str, new: str, *, count: int = 1) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        text = (path / name).read_text(encoding="utf-8")
        assert old in text, text
        (path / name).write_text(text.replace(old, new, count), encoding="utf-8")

    return act


def _append(name: str, *lines: str) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        with (path / name).open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)

    return act


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda path: (path / name).write_bytes(data) and None


def _remove(name: str) -> Callable[[Path], None]:
    return lambda path: (path / name).unlink()


def _line(name: str, number: int, change: Callable[[str], str]) -> Callable[[Path], None]:
    """Change one line of a file, counted from 1."""

    def act(path: Path) -> None:
        lines = (path / name).read_text(encoding="utf-8").splitlines()
        lines[number - 1] = change(lines[number - 1])
        (path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    return act


def _lose_line(name: str, number: int) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        lines = (path / name).read_text(encoding="utf-8").splitlines()
        del lines[number - 1]
        (path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    return act


def _diary_alone(text: str) -> Callable[[Path], None]:
    """Make diary.csv the source, as in imported trials."""

    def act(path: Path) -> None:
        (path / "entries.csv").unlink()
        (path / "diary.csv").write_text(text, encoding="utf-8")

    return act


def _swap_first_pair(path: Path) -> None:
    text = (path / "allocation.csv").read_text(encoding="utf-8")
    first, second, third, *rest = text.splitlines()
    names = [second.rpartition(",")[2], third.rpartition(",")[2]]
    second, third = (
        f"{line.rpartition(',')[0]},{name}"
        for line, name in zip((second, third), reversed(names), strict=True)
    )
    (path / "allocation.csv").write_text("\n".join([first, second, third, *rest]) + "\n")


def _seal_field(field: str, value: object) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        seal = json.loads((path / "allocation.json").read_text(encoding="utf-8"))
        seal[field] = value
        (path / "allocation.json").write_text(json.dumps(seal), encoding="utf-8")

    return act


def _entry(value: str, *, number: int = 44, name: str = "urge", **more: str) -> str:
    """Return a line of entries.csv for a night."""
    when = at(number + 1, "07:30").isoformat()
    cells = {
        "id": "x1",
        "received": when,
        "instant": when,
        "zone": "Europe/Berlin",
        "device": "shell",
        "night": night(number).isoformat(),
        "item": name,
        "value": value,
        "late": "no",
        "replaces": "",
        **more,
    }
    return ",".join(cells.values())


COPY = "Restore trial.toml from a copy."
EVENTS_COPY = "Restore events.csv from a copy."
ITEMS = (
    "urge, minutes_to_sleep, minutes_awake, cramps, sensations, sleep_quality, calm, impression, "
    "loose_stools, nausea, belly_pain, other_complaint"
)

KINDS_OF_BREAKAGE: dict[str, Broken] = {
    "no trial.toml": Broken(
        _remove("trial.toml"),
        (
            "t: it has no trial.toml, so it is not a trial folder. Give the folder of a trial, or "
            "make one with ekbom new.",
        ),
    ),
    "trial.toml is not TOML": Broken(
        _write("trial.toml", b"analysis = 1\nstart = = 2026\n"),
        ("trial.toml: it is not TOML: invalid value (at line 2, column 9). Mend the line named.",),
    ),
    "trial.toml is not UTF-8": Broken(
        _write("trial.toml", b"zone = '\xff'\n"),
        ("trial.toml: it is not UTF-8 text. Save it as UTF-8.",),
    ),
    "an unknown field at the top": Broken(
        edit("trial.toml", "analysis = 1", "analysis = 1\nanalyses = 2"),
        (
            "trial.toml: analyses: there is no such field. Remove it; the fields are: analysis, "
            "start, zone, blinding, commitment, protocol.",
        ),
    ),
    "an unknown field in the protocol": Broken(
        edit("trial.toml", "prior_range =", "prior_rnge ="),
        (
            "trial.toml: outcomes.0.prior_range: Field required. See docs/protocol.md.",
            "trial.toml: outcomes.0.prior_rnge: Unexpected keyword argument. "
            "See docs/protocol.md.",
        ),
    ),
    "no protocol": Broken(
        _write("trial.toml", b"analysis = 1\nblinding = 'open'\n"),
        (
            "trial.toml: start is not a date. Write it as start = 2026-03-01.",
            'trial.toml: zone is not a text. Write it as zone = "Europe/Berlin".',
            'trial.toml: commitment is not a text. Write commitment = "", or restore it.',
            f"trial.toml: protocol is not a table. {COPY}",
        ),
    ),
    "a protocol that contradicts itself": Broken(
        edit("trial.toml", "mid = 1.0", "mid = 10.0"),
        (
            "trial.toml: outcomes.urge: the MID is as large as the whole scale. Choose a smaller "
            "MID.",
        ),
    ),
    "the protocol was changed after registration": Broken(
        edit("trial.toml", "mid = 1.0", "mid = 2.0"),
        (
            f"trial.toml: the protocol is not the one that was registered. {COPY}",
            "allocation.json: it belongs to another protocol or method. Restore it from a copy.",
        ),
    ),
    "an unknown zone": Broken(
        edit("trial.toml", 'zone = "Europe/Berlin"', 'zone = "Europe/Atlantis"'),
        ("trial.toml: zone 'Europe/Atlantis' is not a time zone. Use one: Europe/Berlin.",),
    ),
    "another zone": Broken(
        edit("trial.toml", 'zone = "Europe/Berlin"', 'zone = "Europe/Paris"'),
        (f"trial.toml: the zone is not the one that was registered. {COPY}",),
    ),
    "the start is no date": Broken(
        edit("trial.toml", "start = 2026-03-02", 'start = "2026-03-02"'),
        ("trial.toml: start is not a date. Write it as start = 2026-03-01.",),
    ),
    "the start is an instant": Broken(
        edit("trial.toml", "start = 2026-03-02", "start = 2026-03-02T12:00:00"),
        ("trial.toml: start is not a date. Write it as start = 2026-03-01.",),
    ),
    "a newer analysis": Broken(
        edit("trial.toml", "analysis = 1", "analysis = 2"),
        (
            "trial.toml: it was registered with analysis 2, newer than this ekbom knows. "
            "Install a newer ekbom.",
        ),
    ),
    "a version that is none": Broken(
        edit("trial.toml", "analysis = 1", "analysis = true"),
        ("trial.toml: analysis is not a version number. Restore it: 1, 2, ....",),
    ),
    "another way of blinding at the top": Broken(
        edit("trial.toml", 'blinding = "open"', 'blinding = "clinic"'),
        (f"trial.toml: blinding is not the one in [protocol]. {COPY}",),
    ),
    "a commitment that is not the one made": Broken(
        edit("trial.toml", 'commitment = "', 'commitment = "00'),
        (
            f"trial.toml: the commitment is not the one in events.csv. {COPY}",
            "allocation.json: it is not what was committed to. Restore it from a copy.",
        ),
    ),
    "no events": Broken(
        _remove("events.csv"),
        (
            "events.csv: the trial was never registered: there is no such event. "
            "Make a trial with ekbom new.",
        ),
    ),
    "an event that was changed": Broken(
        edit("events.csv", '""mg"":200', '""mg"":100'),
        (f"events.csv, line 3: it was changed after it was written. {EVENTS_COPY}",),
    ),
    "an event that was removed": Broken(
        _lose_line("events.csv", 4),
        (
            "events.csv, line 4: it does not follow the event before it: an event was removed, "
            f"added or changed. {EVENTS_COPY}",
        ),
    ),
    "an event of no kind": Broken(
        edit("events.csv", ",dose fixed,", ",dose mended,"),
        (
            "events.csv, line 3: 'dose mended' is not a kind of event. "
            f"Use one of: {', '.join(KINDS)}.",
        ),
    ),
    "a detail that is not JSON": Broken(
        edit("events.csv", '"{""spare_nights"":2}"', "spare"),
        (f"events.csv, line 6: its detail is not JSON. {EVENTS_COPY}",),
    ),
    "a detail of another event": Broken(
        edit("events.csv", '"{""spare_nights"":2}"', '"{""note"":""x""}"'),
        (
            "events.csv, line 6: 'packs ready' has no detail called 'note'. "
            "It knows: spare_nights.",
            f"events.csv, line 6: it was changed after it was written. {EVENTS_COPY}",
        ),
    ),
    "events with semicolons and an edit": Broken(
        _write("events.csv", b"id;instant\n1;2\n"),
        tuple(
            f"events.csv, line 1: the column {name!r} is missing. Add it to the heading."
            for name in ("zone", "kind", "detail", "previous", "hash")
        ),
    ),
    "an entry off the scale": Broken(
        _append("entries.csv", _entry("11")),
        (
            "entries.csv, line 6: urge 11 is off its scale of 0 to 10. "
            "Use whole numbers from 0 to 10.",
        ),
    ),
    "a rating that is not whole": Broken(
        _append("entries.csv", _entry("4.5")),
        (
            "entries.csv, line 6: urge 4.5 is not a whole number. "
            "Use whole numbers from 0 to 10.",
        ),
    ),
    "a value that is no number": Broken(
        _append("entries.csv", _entry("much")),
        (
            "entries.csv, line 6: value 'much' is not a number. "
            "Write a number such as 4 or 4.5.",
        ),
    ),
    "an item nobody asked": Broken(
        _append("entries.csv", _entry("4", name="itch")),
        (
            "entries.csv, line 6: 'itch' is not an item of this protocol. "
            f"Use one of: {ITEMS}.",
        ),
    ),
    "an entry's id twice": Broken(
        _append("entries.csv", _entry("4"), _entry("5", number=45)),
        (
            "entries.csv, line 7: the id 'x1' was used before. Give every entry an id of its own.",
        ),
    ),
    "a correction of nothing": Broken(
        _append("entries.csv", _entry("4", replaces="nobody")),
        (
            "entries.csv, line 6: it replaces 'nobody', which is not the current answer to urge "
            "for the night of 2026-04-15. Name the id of the answer it corrects.",
        ),
    ),
    "a second answer that corrects nothing": Broken(
        _append("entries.csv", _entry("4"), _entry("5", id="x2")),
        (
            "entries.csv, line 7: urge was already answered for the night of 2026-04-15. "
            "If it is a correction, write x1 into replaces.",
        ),
    ),
    "an answer before the first night": Broken(
        _append("entries.csv", _entry("4", number=-1)),
        (
            "entries.csv, line 6: the night of 2026-03-01 lies before the first night, "
            "2026-03-02. Mend the date.",
        ),
    ),
    "an answer for a night to come": Broken(
        _append("entries.csv", _entry("4", number=61)),
        (
            "entries.csv, line 6: the night of 2026-05-02 has not begun yet. Mend the date.",
        ),
    ),
    "a line with too few cells": Broken(
        _append("entries.csv", "x1,2026-04-16"),
        (
            "entries.csv, line 6: it has 2 cells where the heading has 10. "
            "Give every line one cell for each column.",
        ),
    ),
    "entries that are not UTF-8": Broken(
        _write("entries.csv", b"id,received\n\xff\n"),
        ("entries.csv, line 2: it is not UTF-8 text. Save the file as CSV in UTF-8.",),
    ),
    "an open quotation mark": Broken(
        _append("entries.csv", _entry('"4')),
        (
            "entries.csv, line 6: it is not CSV: unexpected end of data. "
            "Mend the quotation marks.",
        ),
    ),
    "an unknown column": Broken(
        _diary_alone("night,urge,itch\n2026-04-13,4,1\n"),
        (
            "diary.csv, line 1: the column 'itch' is not known here. Remove it or use one of: "
            f"night, day, {ITEMS}.",
        ),
    ),
    "a night that stands there twice": Broken(
        _diary_alone("night,urge\n2026-04-13,4\n2026-04-13,5\n"),
        (
            "diary.csv, line 3: the night of 2026-04-13 stands there twice. "
            "Keep one row for each night.",
        ),
    ),
    "a study day that disagrees": Broken(
        _diary_alone("night,day,urge\n2026-04-13,42,4\n"),
        (
            "diary.csv, line 2: day 42 disagrees with the calendar: the night of 2026-04-13 is "
            "day 43. Mend the day or the night.",
        ),
    ),
    "two doses in a night": Broken(
        _append("doses.csv", "2026-04-14,23:30,Europe/Berlin,1,2,"),
        (
            "doses.csv, line 4: the night of 2026-04-14 already has a dose; the next possible "
            "time is 2026-04-15 13:30. Keep the dose that was taken; note a double dose as a "
            "deviation.",
        ),
    ),
    "two doses within 16 hours": Broken(
        _append("doses.csv", "2026-04-15,12:30,Europe/Berlin,1,2,"),
        (
            "doses.csv, line 4: it is 15.0 hours from the dose of the night of 2026-04-14, less "
            "than 16; the next possible time is 2026-04-15 13:30. Keep the dose that was taken; "
            "note a double dose as a deviation.",
        ),
    ),
    "fewer capsules than none": Broken(
        _append("doses.csv", "2026-04-15,21:30,Europe/Berlin,1,-2,"),
        ("doses.csv, line 4: capsules -2 is less than nothing. Write 0 for a dose left out.",),
    ),
    "a time that the clocks left out": Broken(
        _append("doses.csv", "2026-03-28,02:30,Europe/Berlin,,1,100"),
        (
            "doses.csv, line 4: the clocks in Europe/Berlin never showed 02:30 in the night of "
            "2026-03-28. Write the time the clock showed.",
        ),
    ),
    "a treatment nobody knows": Broken(
        _line("allocation.csv", 2, lambda line: line.rpartition(",")[0] + ",tea"),
        (
            "allocation.csv, line 2: 'tea' is not a treatment. Use one of: magnesium, placebo.",
        ),
    ),
    "a period that is missing": Broken(
        _lose_line("allocation.csv", 5),
        ("allocation.csv: period 4 is missing. Restore it from a copy.",),
    ),
    "a period that stands there twice": Broken(
        _line("allocation.csv", 5, lambda line: "3" + line.removeprefix("4")),
        (
            "allocation.csv, line 5: period 3 stands there twice. Keep one row for each period.",
        ),
    ),
    "a period too many": Broken(
        _append("allocation.csv", "13,2026-07-06,2026-07-12,placebo"),
        ("allocation.csv: there is no period 13 in this design. Restore it from a copy.",),
    ),
    "an order that cannot be drawn": Broken(
        lambda path: [
            _line("allocation.csv", n, lambda line: line.rpartition(",")[0] + ",placebo")(path)
            for n in (2, 3)
        ] and None,
        (
            "allocation.csv: this order is not one that the design could draw. "
            "Restore it from a copy.",
        ),
    ),
    "an order that was not drawn": Broken(
        _swap_first_pair,
        ("allocation.csv: it differs from the order that was drawn. Restore it from a copy.",),
    ),
    "a date of the allocation": Broken(
        edit("allocation.csv", "2026-04-13", "2026-04-12"),
        (
            "allocation.csv, line 2: first 2026-04-12 was 2026-04-13 when the order was drawn. "
            "Restore it from a copy.",
        ),
    ),
    "another salt": Broken(
        _seal_field("salt", "0" * 64),
        ("allocation.json: it is not what was committed to. Restore it from a copy.",),
    ),
    "a damaged seal": Broken(
        _seal_field("seed", "12"),
        (
            "allocation.json: it is damaged: its seed is not 64 hexadecimal digits. "
            "Restore it from a copy.",
        ),
    ),
    "no seal": Broken(
        _remove("allocation.json"),
        ("allocation.json: it is missing. Restore it from a copy.",),
    ),
    "no allocation": Broken(
        _remove("allocation.csv"),
        (
            "allocation.csv: it is missing, though the order of treatments was drawn. "
            "Restore it from a copy.",
        ),
    ),
}  # fmt: skip


WARNINGS: dict[str, Broken] = {
    "a byte-order mark": Broken(
        edit("entries.csv", "id,", "\ufeffid,"),
        (
            "entries.csv, line 1: it begins with a byte-order mark, as spreadsheets write it. "
            "It was read without the mark.",
        ),
    ),
    "a decimal comma": Broken(
        _append("entries.csv", _entry('"12,5"', name="minutes_awake")),
        (
            "entries.csv, line 6: value '12,5' has a decimal comma. "
            "It was read as a decimal point.",
            "diary.csv: it differs from entries.csv, from which it is made. entries.csv was used; "
            "change answers with ekbom log, never in diary.csv.",
        ),
    ),
    "a time that came twice": Broken(
        _append("doses.csv", "2026-10-24,02:30,Europe/Berlin,,1,100"),
        (
            "doses.csv, line 4: the night of 2026-10-24 lies after the last planned night, "
            "2026-07-05. It was kept and is not analysed.",
            "doses.csv, line 4: the clocks in Europe/Berlin showed 02:30 twice in the night of "
            "2026-10-24. The first of the two was taken.",
        ),
    ),
    "a night after the plan": Broken(
        _append("entries.csv", _entry("4", number=130)),
        (
            "entries.csv, line 6: the night of 2026-07-10 lies after the last planned night, "
            "2026-07-05. It was kept and is not analysed.",
            "diary.csv: it differs from entries.csv, from which it is made. entries.csv was used; "
            "change answers with ekbom log, never in diary.csv.",
        ),
    ),
}  # fmt: skip
