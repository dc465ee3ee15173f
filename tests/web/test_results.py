"""Progress without ratings, ratings at a price, and a verdict that is the shell's own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from ekbom.examples import example_folder
from ekbom.report.figures.figure import DARK
from ekbom.simulation.folder import demonstrated
from ekbom.simulation.traits import Nights
from ekbom.trial.additions import add_answers, add_event
from ekbom.trial.corrections import change_dose
from ekbom.trial.folder import open_trial
from ekbom.web.devices.known import me
from ekbom.web.models import EventRow, FileRow, Person, Picture, TrialRow
from ekbom.web.store import bring_in, change, close, current_row, files_of
from trials import shell
from web.conftest import Hands
from web.lives import (
    DAY,
    OVER,
    PERIODS,
    WASHOUT,
    at,
    kinds,
    lives,
    registered,
    short,
    tolerates,
    trial_of,
)
from web.test_course import browser_of, read, rescreened, taken

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)> =cmd|x \\u202e{{7*7}}'


def until_packs(client: Client, clock: Hands, **more) -> None:
    """Take Ana to the first randomised evening, by the pages of her trial."""
    registered(me(), clock, **more)
    clock.now = at(WASHOUT - DAY, "09:00")
    tolerates(me())
    rescreened(me(), clock())
    taken(client.post("/trial/dose/", {"mg": "200"}))
    taken(client.post("/trial/draw/"), "/trial/draw/")
    clock.now = at(PERIODS - DAY, "10:00")
    taken(client.post("/trial/packs/", {"spare_nights": "2"}))
    clock.now = at(PERIODS, "20:00")
    messages_read(client)


def opened(client: Client) -> None:
    taken(client.post("/trial/finish/", {"opinion": "helps"}), "/trial/open/")
    taken(client.post("/trial/open/"), "/verdict/")
    messages_read(client)


def messages_read(client: Client) -> None:
    """Read what was said of the last forms, which is said only once."""
    client.get("/progress/")


@pytest.fixture
def running(ana: Client, clock: Hands) -> Client:
    """Ana on the morning after 10 randomised nights."""
    until_packs(ana, clock)
    clock.now = at(PERIODS + 9 * DAY, "09:00")
    lives(me(), until=PERIODS + 10 * DAY)
    return ana


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a result have no figures, which take their time; the tests of the page draw them."""
    monkeypatch.setattr("ekbom.report.page.FIGURES", ())


@pytest.fixture
def finished(plainly: None, ana: Client, clock: Hands) -> Client:
    """Ana after her whole trial, the order opened."""
    return to_the_end(ana, clock)


def to_the_end(ana: Client, clock: Hands) -> Client:
    until_packs(ana, clock)
    clock.now = at(OVER - DAY, "09:00")
    lives(me())
    clock.now = at(OVER, "13:00")
    opened(ana)
    return ana


def exported(folder: Path, clock: Hands) -> Path:
    """Write the trial out as its folder."""
    folder.mkdir()
    for name, data in files_of(current_row(me()), now=clock()).items():
        (folder / name).write_bytes(data)
    return folder


def record(folder: Path, clock: Hands) -> dict:
    result = shell("verdict", folder, "--json", now=clock())
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def plain(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


# Progress and ratings.


def test_progress_counts_what_was_answered_and_taken(running: Client, clock: Hands) -> None:
    night = PERIODS + 2 * DAY
    change(
        current_row(me()),
        lambda t: change_dose(t, night=night, capsules=0, mg=None, now=clock()),
        now=clock(),
    )
    trial = trial_of(me(), clock())
    page = running.get("/progress/").content.decode()
    rows = {
        cells[0]: cells[1:]
        for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
        if (
            cells := [
                plain(re.sub(r"<[^>]+>", " ", c))
                for c in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
            ]
        )
    }
    answered = {n.date for n in trial.diary.nights}
    first = {PERIODS + n * DAY for n in range(7)}
    took = sum(d.capsules > 0 for d in trial.doses if d.night in first)
    assert took < 7
    assert rows["Period 1, pack 1"] == [
        f"{len(answered & first)} of 7 ({len(answered & first)} in part)",
        f"{took} of 7",
    ]
    assert rows["Diary only, before any capsule"] == ["14 of 14 (14 in part)", "–"]
    assert rows["Finding the dose: 100 mg a night"] == ["7 of 7 (7 in part)", "7 of 7"]
    assert rows["Period 2, pack 2"][0].startswith("3 of 3")
    assert "Period 3, pack 3" not in rows
    assert "Nights of the periods so far: 10 of 84." in read(running.get("/progress/"))


def test_progress_is_the_same_whatever_was_rated(running: Client, clock: Hands) -> None:
    before = running.get("/progress/").content
    night = PERIODS + DAY

    def worse(trial):
        rated = {n.date: n.answers for n in trial.diary.nights}[night]["urge"]
        answers = {"urge": 10.0 - rated}
        return add_answers(trial, night=night, answers=answers, now=clock(), correct=True)

    change(current_row(me()), worse, now=clock())
    assert running.get("/progress/").content == before


def test_ratings_are_seen_at_a_price_that_is_put_on_record(running: Client, clock: Hands) -> None:
    first = read(running.get("/ratings/"))
    assert "The result becomes less sure." in first
    assert "ratings seen" not in kinds(me(), clock())
    sent = {"key": "tap"}
    shown = running.post("/ratings/", sent)
    running.post("/ratings/", sent)
    trial = trial_of(me(), clock())
    rated = [n.answers["urge"] for n in trial.diary.nights if "urge" in n.answers]
    cells = re.findall(r"</th><td>(\d+)</td>", shown.content.decode())
    assert [float(c) for c in cells[: len(rated)]] == rated[::-1]
    assert "no-store" in shown.headers["Cache-Control"]
    assert not re.search("placebo|magnesium", read(shown))
    assert kinds(me(), clock()).count("ratings seen") == 1
    assert "The result becomes less sure." in read(running.get("/ratings/"))


def test_after_the_last_guess_ratings_cost_nothing(finished: Client, clock: Hands) -> None:
    assert "Your ratings, night by night" in read(finished.get("/ratings/"))
    assert "ratings seen" not in kinds(me(), clock())


# The verdict.


def test_the_page_says_what_the_shell_says_of_the_exported_folder(
    finished: Client, clock: Hands, tmp_path: Path
) -> None:
    found = record(exported(tmp_path / "out", clock), clock)
    page = plain(read(finished.get("/verdict/")))
    urge = found["outcomes"]["urge"]
    assert plain(urge["sentence"]) in page
    assert urge["verdict"] == "helps"
    low, high = (f"{x:.1f}".replace("-", "\N{MINUS SIGN}") for x in urge["effect"]["interval95"])
    assert f"95 % interval {low} to {high} " in page
    mean = f"{urge['effect']['mean']:.1f}".replace("-", "\N{MINUS SIGN}")
    assert f"Best estimate {mean} " in page
    nights = urge["nights"]
    assert (
        f"Planned {nights['planned']} Analysed {nights['analysed']} "
        f"Not analysed, by the plan {nights['unanalysed']} "
        f"Without a report {nights['missing']} "
        f"Left out for another reason {nights['excluded']}"
    ) in page
    for period in urge["periods"]:
        label = {"magnesium": "magnesium citrate", "placebo": "placebo"}[period["treatment"]]
        assert f"{period['period']} {label}" in page
    assert found["doses"]["full"] == sum(
        bool(d.capsules) for d in trial_of(me(), clock()).doses if d.night >= PERIODS
    )


def test_it_is_worked_out_once_for_each_state_of_the_trial(
    finished: Client, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time is the opening itself, as a page in the offline worker waits 3 seconds."""

    def never(**_):
        raise AssertionError("it was worked out again")

    with monkeypatch.context() as patch:
        patch.setattr("ekbom.analysis.verdict.reach_verdict", never)
        assert "The answer Magnesium citrate helps" in read(finished.get("/verdict/"))
    before = Picture.objects.get()
    change(current_row(me()), add_note("after the end", clock), now=clock.on(hours=1))
    assert finished.get("/verdict/").status_code == 200
    assert Picture.objects.get().made == before.made + timedelta(hours=1)


def add_note(text: str, clock: Hands):
    return lambda t: add_event(t, kind="note", detail={"note": text}, now=clock())


def test_the_page_obeys_the_strictest_policy_and_knows_the_dark(ana: Client, clock: Hands) -> None:
    page = to_the_end(ana, clock).get("/verdict/")
    made = page.content.decode()
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<[^>]*\s(style|on\w+)\s*=", made)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", made)
    assert made.count('<svg role="img"') == 6
    assert made.count("<h1") == 1
    ids = re.findall(r'\sid="([^"]+)"', made)
    assert sorted(ids) == sorted(set(ids))
    colours = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', made))
    assert colours <= set(DARK)


def test_a_trial_that_was_abandoned_is_analysed_from_the_rest(
    plainly: None, ana: Client, clock: Hands, tmp_path: Path
) -> None:
    until_packs(ana, clock)
    last = PERIODS + 44 * DAY
    clock.now = at(last, "09:00")
    lives(me(), until=last + DAY, body=replace(demonstrated(), beta=-4.0, nights=Nights(sd=0.8)))
    sent = {"reason": "own wish", "words": "enough", "last": f"{last}", "sure": "on"}
    taken(ana.post("/trial/stop/", sent))
    assert "First, say what you think it does." in read(ana.get("/verdict/"))
    opened(ana)
    found = record(exported(tmp_path / "out", clock), clock)
    page = plain(read(ana.get("/verdict/")))
    urge = found["outcomes"]["urge"]
    assert plain(urge["sentence"]) in page
    assert urge["nights"]["planned"] == 84
    lived = [n.date for n in trial_of(me(), clock()).diary.nights if n.date >= PERIODS]
    # All that was answered counts, the last night too; two of each seven are not analysed.
    assert max(lived) == last
    analysed = [d for d in lived if (d - PERIODS).days % 7 >= 2]
    assert urge["nights"]["analysed"] == len(analysed)


def test_cannot_tell_yet_is_said_first_and_plainly(
    plainly: None, ana: Client, clock: Hands
) -> None:
    until_packs(ana, clock, protocol=short())
    last = PERIODS + 3 * DAY
    clock.now = at(last, "09:00")
    lives(me(), until=last + DAY)
    sent = {"reason": "lack of benefit", "words": "", "last": f"{last}", "sure": "on"}
    taken(ana.post("/trial/stop/", sent))
    opened(ana)
    page = ana.get("/verdict/")
    assert "The answer Cannot tell yet, because" in read(page)
    headings = re.findall(r"<h[123][^>]*>([^<]*)<", page.content.decode())
    first = headings.index("The answer")
    assert headings[first : first + 2] == ["The answer", "What would make it firmer"]


def test_no_word_of_the_result_stays_unexplained(finished: Client, clock: Hands) -> None:
    page = finished.get("/verdict/").content.decode()
    told = plain(re.sub(r"<[^>]+>", " ", page.rpartition("<details>")[2])).lower()
    for word in ("mid", "95 % interval", "randomisation p", "at full exposure", "sd", "washout"):
        assert word in plain(page).lower()
        assert word in told


def test_hostile_words_reach_the_verdict_and_the_export_as_words(
    finished: Client, clock: Hands, tmp_path: Path
) -> None:
    change(current_row(me()), add_note(HOSTILE, clock), now=clock())
    sent = {"night": f"{OVER}", "note": HOSTILE}
    taken(finished.post("/trial/deviation/", sent), "/trial/")
    for address in ("/verdict/", "/trial/"):
        made = finished.get(address).content.decode()
        assert "<script>alert" not in made
        assert "<img" not in made
        assert "49" not in re.findall(r"x (\S*) ", made)
    found = record(exported(tmp_path / "out", clock), clock)
    assert found["outcomes"]["urge"]["verdict"] == "helps"


def test_an_imported_trial_has_its_verdict_at_once(
    plainly: None, ana: Client, clock: Hands
) -> None:
    trial = open_trial(example_folder("gwern-magnesium-citrate"), now=clock())
    bring_in(me(), trial=trial, now=clock())
    said = read(ana.get("/verdict/"))
    assert "What your trial shows The answer" in said
    assert ana.post("/trial/open/").status_code == 409
    assert ana.get("/trial/").status_code == 200


def test_a_damaged_allocation_is_told_and_nothing_is_shown(finished: Client, clock: Hands) -> None:
    FileRow.objects.filter(name="allocation.csv").delete()
    Picture.objects.all().delete()
    page = finished.get("/verdict/")
    assert "It is missing, though the order of treatments was drawn." in read(page)
    assert Picture.objects.count() == 0


# Earlier trials, and other people.


def test_an_earlier_verdict_is_for_its_owner_alone(
    finished: Client, mallory: Client, clock: Hands
) -> None:
    row = current_row(me())
    address = f"/trials/{row.pk}/verdict/"
    assert finished.get(address).status_code == 404
    shown = plain(read(finished.get("/verdict/")))
    close(row, now=clock())
    again = plain(read(finished.get(address)))
    assert again[: again.index("What to do next")] == shown[: shown.index("What to do next")]
    ben = Person.objects.create(username="ben")
    other = browser_of(ben, clock)
    theirs, none = other.get(address), other.get(f"/trials/{uuid4()}/verdict/")
    assert (theirs.status_code, none.status_code) == (404, 404)
    assert without_address(theirs) == without_address(none)
    assert mallory.get(address).status_code == 403
    assert TrialRow.objects.count() == 1


def without_address(page) -> str:
    return re.sub(r"/trials/[0-9a-f-]+/", "", page.content.decode())


def test_looking_changes_nothing_but_the_picture(finished: Client, clock: Hands) -> None:
    before = EventRow.objects.count()
    for address in ("/verdict/", "/progress/", "/ratings/", "/trial/"):
        assert finished.get(address).status_code == 200
        assert finished.post(address).status_code in (200, 405)
    assert EventRow.objects.count() == before
