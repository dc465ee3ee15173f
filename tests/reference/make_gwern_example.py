"""Makes the packaged example of the magnesium citrate self-experiment from its transcribed files.

Run as ``python tests/reference/make_gwern_example.py``; it needs ../shared/data and writes into
src/ekbom/examples.  The committed folder is the product, to which SOURCE.md is written by hand.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ekbom.diary.diary import Diary, DoseTaken, Night
from ekbom.examples import example_folder
from ekbom.protocol.files import checked
from ekbom.protocol.model import (
    AnalysisPlan,
    DesignPlan,
    Direction,
    LivedPeriod,
    Outcome,
    OutcomeKind,
    Protocol,
    Treatment,
)
from ekbom.trial.create import import_trial

DATA = Path(__file__).parents[3] / "shared" / "data" / "gwern_magnesium_citrate"
EXAMPLE = "gwern-magnesium-citrate"
SOURCE = "gwern.net, page Magnesium: a blinded self-experiment of 2013-14, CC0; see SOURCE.md"
IMPORTED = datetime(2026, 11, 23, tzinfo=UTC)
ZONE = "UTC"
PAIRS = 17
FIRST, LAST = date(2013, 8, 27), date(2014, 5, 3)
HINDSIGHT = "chosen by us in hindsight: a demonstration, not a confirmatory verdict"

MOOD = "mp"
SLEEP_COLUMNS = {
    "zq": "ZQ",
    "sleep_minutes": "Total.Z",
    "minutes_to_sleep": "Time.to.Z",
    "minutes_awake": "Time.in.Wake",
    "rem_minutes": "Time.in.REM",
    "light_minutes": "Time.in.Light",
    "deep_minutes": "Time.in.Deep",
    "awakenings": "Awakenings",
    "morning_feel": "Morning.Feel",
    "disturbance": "Disturbance",
}
"""The column of the source behind each item of the diary."""

TWICE, LONGEST = date(2013, 10, 8), "664"
"""The night with two recordings, and the total sleep, in minutes, of the one that is kept."""


def main() -> None:
    """Write the example into the package, leaving SOURCE.md as it is."""
    target = example_folder(EXAMPLE)
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / EXAMPLE
        write_example(data=DATA, path=made)
        for file in sorted(made.iterdir()):
            shutil.copy(file, target / file.name)


def write_example(*, data: Path, path: Path) -> None:
    """Write the trial folder at ``path`` from the transcribed files in ``data``."""
    ratings = _rows(data / "2013-2014-magnesium.csv")
    sleep = _rows(data / "2014-07-27-magnesium-sleep_randomised-period.csv")
    blocks = _rows(data / "blocks.csv")
    import_trial(
        path=path,
        protocol=checked(_protocol(_lived(blocks)), file=EXAMPLE),
        start=FIRST,
        zone=ZONE,
        treatments=_treatments(blocks),
        diary=_diary(ratings, sleep),
        doses=_doses(ratings),
        source=SOURCE,
        events=_events(sleep),
        now=IMPORTED,
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _lived(blocks: list[dict[str, str]]) -> tuple[LivedPeriod, ...]:
    """Return the lived periods: the first block of pair p has position 2p - 1, the second 2p."""
    return tuple(
        LivedPeriod(position=position, first=_day(block["start"]), last=_day(block["end"]))
        for position, block in _positions(blocks).items()
    )


def _treatments(blocks: list[dict[str, str]]) -> list[str]:
    """Return the treatment of all 34 periods; those never lived would have been the other one."""
    active = {position: block["active"] == "1" for position, block in _positions(blocks).items()}
    order = []
    for position in range(1, 2 * PAIRS + 1):
        partner = position + 1 if position % 2 else position - 1
        is_active = active[position] if position in active else not active[partner]
        order.append("magnesium" if is_active else "placebo")
    return order


def _positions(blocks: list[dict[str, str]]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for block in blocks:
        first = 2 * int(block["pair"]) - 1
        found[first + 1 if first in found else first] = block
    return found


def _diary(ratings: list[dict[str, str]], sleep: list[dict[str, str]]) -> Diary:
    answers: dict[date, dict[str, float]] = {FIRST + timedelta(d): {} for d in range(250)}
    for row in ratings:
        if _day(row["Date"]) in answers and row["MP"] != "NA":
            answers[_day(row["Date"])][MOOD] = float(row["MP"])
    for row in sleep:
        night = _day(row["Date"])
        if night != TWICE or row["Total.Z"] == LONGEST:
            answers[night] |= {item: float(row[name]) for item, name in SLEEP_COLUMNS.items()}
    return Diary(tuple(Night(night, found) for night, found in answers.items() if found))


def _doses(ratings: list[dict[str, str]]) -> list[DoseTaken]:
    return [
        DoseTaken(_day(row["Date"]), None, ZONE, None, None, float(row["Magnesium.citrate"]))
        for row in ratings
        if row["Magnesium.citrate"] != "NA"
    ]


def _events(sleep: list[dict[str, str]]) -> list[tuple[str, dict[str, str]]]:
    return [
        ("note", {"note": f"Zone, scales, ranges, MIDs and analysis were {HINDSIGHT}."}),
        (
            "note",
            {
                "note": "On the same days the log also has Noopept, 0 to 30 mg, taken beside the "
                "magnesium; it is left out here."
            },
        ),
        _on("note", TWICE, _second_recording(sleep)),
        _on("deviation", date(2013, 10, 20), "Day skipped; it belongs to no period."),
        _on(
            "deviation",
            date(2013, 11, 3),
            "No treatment was assigned on 3 and 4 November; the log gives no reason.",
        ),
        _on(
            "incident",
            date(2013, 11, 11),
            "Unblinded while cleaning the room, in the first period of pair 6. The jar of active "
            "capsules was refilled and a new pair begun: pair 6 has one period.",
        ),
        _on(
            "incident",
            date(2013, 11, 30),
            "Unblinded again, after the first period of pair 8. The pair was abandoned: it has one "
            "period. No treatment was assigned on 30 November and 1 December.",
        ),
        _on(
            "deviation",
            date(2013, 12, 19),
            "Ran out of magnesium capsules: pair 10 was cut to 2 + 2 nights, and no treatment was "
            "assigned from 20 December 2013 to 24 January 2014.",
        ),
        _on(
            "deviation",
            date(2014, 1, 25),
            "From pair 11 on the log says 800 mg where it said 136 mg, because the label was "
            "misread: 800 mg may be the citrate or the magnesium in it.",
        ),
        _on("deviation", date(2014, 2, 8), "Day skipped; it belongs to no period."),
    ]


def _on(kind: str, night: date, note: str) -> tuple[str, dict[str, str]]:
    return kind, {"night": night.isoformat(), "note": note}


def _second_recording(sleep: list[dict[str, str]]) -> str:
    other = next(r for r in sleep if _day(r["Date"]) == TWICE and r["Total.Z"] != LONGEST)
    values = ", ".join(f"{item} {other[name]}" for item, name in SLEEP_COLUMNS.items())
    return (
        f"There are two sleep recordings on this date. The one of {LONGEST} minutes is in the "
        f"diary; the other, which the published figures count too, has: {values}"
    )


def _protocol(lived: tuple[LivedPeriod, ...]) -> Protocol:
    return Protocol(
        name=EXAMPLE,
        title="Does magnesium citrate change one person's mood, productivity and sleep?",
        summary=(
            "A self-experimenter's 17 pairs of about one week on magnesium citrate and one on "
            "placebo, the order of each pair drawn by chance, from 27 August 2013 to 3 May 2014. "
            f"Outcomes, scales, ranges, MIDs and analysis were {HINDSIGHT}."
        ),
        blinding="alone",
        imported=True,
        treatments=(
            Treatment(name="magnesium", label="magnesium citrate", role="treatment"),
            Treatment(name="placebo", label="placebo", role="reference"),
        ),
        outcomes=_outcomes(),
        design=DesignPlan(kind="pairs", pairs=PAIRS, period_nights=7, lived=lived),
        analysis=AnalysisPlan(
            tau_median=2.0, tau_log_sd=0.7, tau_test=2.0, rho_test=0.4, slow_tau_median=10.0
        ),
    )


def _outcomes() -> tuple[Outcome, ...]:
    return (
        Outcome(
            id=MOOD,
            label="mood and productivity",
            question="How were your mood and productivity today? (1 worst, 5 best: assumed by us)",
            kind="rating",
            role="primary",
            direction="higher",
            minimum=1,
            maximum=5,
            prior_range=4,
            mid=0.5,
            unit="points",
            speaks_of="today",
            mid_note=HINDSIGHT,
        ),
        _sleep("zq", "sleep score ZQ", "measure", "higher", (0, 200), 100, 5, "points"),
        _sleep("sleep_minutes", "time asleep", "measure", "higher", (0, 960), 240, 20),
        _sleep("minutes_to_sleep", "time to fall asleep", "minutes", "lower", (0, 720), 120, 10),
        _sleep("minutes_awake", "time awake in the night", "minutes", "lower", (0, 720), 120, 10),
        _sleep("rem_minutes", "time in REM sleep", "measure", "higher", (0, 480), 120, 10),
        _sleep("light_minutes", "time in light sleep", "measure", "lower", (0, 720), 240, 20),
        _sleep("deep_minutes", "time in deep sleep", "measure", "higher", (0, 240), 120, 10),
        _sleep("awakenings", "awakenings", "count", "lower", (0, 100), 20, 1, "awakenings"),
        _sleep(
            "morning_feel",
            "feeling in the morning",
            "rating",
            "higher",
            (0, 4),
            4,
            0.5,
            "points",
            " (0 worst, 4 best: assumed by us)",
        ),
        _sleep("disturbance", "disturbance score", "measure", "lower", (-20, 20), 10, 0.5, "units"),
    )


def _sleep(
    name: str,
    label: str,
    kind: OutcomeKind,
    direction: Direction,
    scale: tuple[float, float],
    prior_range: float,
    mid: float,
    unit: str = "minutes",
    scale_note: str = "",
) -> Outcome:
    return Outcome(
        id=name,
        label=label,
        question=f"From the headband's recording: {label}{scale_note}",
        kind=kind,
        role="secondary",
        direction=direction,
        minimum=scale[0],
        maximum=scale[1],
        prior_range=prior_range,
        mid=mid,
        unit=unit,
        mid_note=f"MID, scale and direction {HINDSIGHT}",
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


if __name__ == "__main__":
    main()
