"""What the key holder did in a copy comes back to the clinic's server, and nothing else does."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from ekbom.trial.additions import add_answers, add_event, append_event
from ekbom.trial.folder import open_trial
from ekbom.trial.happened import of_kind
from ekbom.trial.log import log_event, write_changes
from ekbom.trial.seal import seal_bytes, seal_from
from ekbom.trial.sealed import open_sealed
from ekbom.web.models import EventRow, Person, TrialRow
from ekbom.web.store import change, files_of, load, register
from sealed_trials import BENS_KEY, sealed
from trials import START, ZONE, at, contents, night, plain_protocol, shell
from web.clinics import (
    OVER,
    browser_of,
    drawn,
    guessed,
    kept,
    lived,
    protocol,
    refusal,
    run,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def copy(row, tmp_path) -> Path:
    """Ben's copy of Ana's trial, which is over and guessed."""
    drawn(browser_of(row), row)
    lived(row, until=OVER)
    guessed(row)
    folder = tmp_path / "copy"
    run("clinic", "export", row.pk, folder, number=OVER)
    return folder


def opened(copy: Path, key: Path) -> None:
    run("unblind", copy, "--identity", key, "--yes", number=OVER)


def unchanged(row: TrialRow, copy: Path, *, number: int = OVER) -> str:
    """Return why a copy is refused, and make sure that nothing was written."""
    before, events = kept(row), EventRow.objects.count()
    said = refusal("clinic", "return", row.pk, copy, number=number)
    assert (kept(row), EventRow.objects.count()) == (before, events)
    return said


def test_where_more_has_happened_since_the_copy_is_made_again(row, copy, key) -> None:
    opened(copy, key)
    detail = {"note": "took a hot bath"}
    change(row, lambda t: add_event(t, kind="note", detail=detail, now=at(OVER)), now=at(OVER))
    said = unchanged(row, copy)
    assert said == (
        f"The events of {copy} do not go on from those of the trial: either it is a copy of "
        "another one, or more has happened since it was made. Export it again, and do in the new "
        "copy what was done in this one. Nothing was changed.\n"
    )


def test_an_answer_after_the_copy_was_made_stays(row, copy, key) -> None:
    opened(copy, key)
    answers = {"urge": 3.0}
    change(
        row,
        lambda t: add_answers(t, night=night(50), answers=answers, now=at(OVER), correct=True),
        now=at(OVER),
    )
    before = kept(row)["entries.csv"]
    run("clinic", "return", row.pk, copy, number=OVER)
    assert kept(row)["entries.csv"] == before != contents(copy)["entries.csv"]


def test_a_copy_in_which_nothing_was_done_and_a_second_return_change_nothing(
    row, copy, key
) -> None:
    nothing = f"Nothing was done in {copy} that is not on record already.\n"
    assert unchanged(row, copy) == nothing
    opened(copy, key)
    run("clinic", "return", row.pk, copy, number=OVER)
    assert unchanged(row, copy) == nothing


def test_a_copy_of_another_trial_is_refused(row, copy, tmp_path) -> None:
    other = sealed(tmp_path / "other", protocol(), seed=3).path
    assert unchanged(row, other).startswith(f"The events of {other} do not go on from")


def test_nothing_but_looks_and_the_opening_comes_back(row, copy, key) -> None:
    log_event(path=copy, kind="note", detail={"note": "Mallory was here"}, now=at(OVER))
    opened(copy, key)
    assert unchanged(row, copy) == (
        "The copy has an event 'note'. From a copy only looks and the opening come back. Nothing "
        "was changed.\n"
    )


def test_a_copy_that_goes_on_after_its_opening_is_refused(row, copy, key) -> None:
    opened(copy, key)
    _forge(copy, kind="look", detail={"pair": 2})
    assert unchanged(row, copy) == ("The copy says more after its opening. Nothing was changed.\n")


@pytest.mark.parametrize("pairs", [(3,), (2, 2)])
def test_a_look_that_was_not_declared_or_taken_twice_is_refused(row, copy, pairs) -> None:
    for pair in pairs:
        _forge(copy, kind="look", detail={"pair": pair, "result": "stop"})
    assert unchanged(row, copy) == (
        "The copy has a look that the protocol did not declare, or one taken twice. Nothing was "
        "changed.\n"
    )


def test_a_copy_from_the_future_is_refused(row, copy, key) -> None:
    run("unblind", copy, "--identity", key, "--yes", number=OVER + 1)
    assert unchanged(row, copy) == (
        f"The copy {copy} was written at {at(OVER + 1):%Y-%m-%d %H:%M} UTC, which is not past "
        "here. Set the clocks of both computers right. Nothing was changed.\n"
    )


def test_an_opening_without_its_order_is_finished_first(row, copy, key) -> None:
    opened(copy, key)
    (copy / "allocation.json").unlink()
    assert unchanged(row, copy) == (
        f"The opening of {copy} was interrupted. Finish it there: ekbom unblind\n"
    )


def test_an_order_that_is_not_the_sealed_one_is_refused(row, copy, key) -> None:
    opened(copy, key)
    file = copy / "allocation.json"
    seal = seal_from(file.read_bytes())
    other = tuple({"tea": "water", "water": "tea"}[name] for name in seal.treatments)
    file.write_bytes(seal_bytes(replace(seal, treatments=other)))
    before = kept(row)
    done = shell("clinic", "return", row.pk, copy, now=at(OVER))
    assert (done.exit_code, done.stderr, kept(row)) == (
        2,
        "allocation.json: it is not what was committed to. Open the order again, in a new "
        "export.\n",
        before,
    )


def test_the_opened_list_is_made_here_and_not_taken_from_the_copy(row, copy, key) -> None:
    opened(copy, key)
    right = contents(copy)["allocation.csv"]
    rows = list(csv.reader(io.StringIO(right.decode())))
    (copy / "allocation.csv").write_text("period,first,last,treatment\n")
    run("clinic", "return", row.pk, copy, number=OVER)
    assert (kept(row)["allocation.csv"], len(rows)) == (right, 9)


def test_nothing_comes_back_into_an_open_trial(copy) -> None:
    zoe = Person.objects.create(username="zoe")
    other = register(zoe, protocol=plain_protocol(), start=START, zone=ZONE, now=at(0))
    assert unchanged(other, copy) == (
        "Nobody keeps the order of this trial, so nothing comes back.\n"
    )


def test_an_opening_that_says_less_than_what_happened_is_refused(row, key, tmp_path) -> None:
    """Opened while the trial runs, with a night far off and no word of its being early."""
    drawn(browser_of(row), row)
    copy = tmp_path / "copy"
    run("clinic", "export", row.pk, copy, number=20)
    trial = open_trial(copy, now=at(20))
    seal = open_sealed(trial, key=BENS_KEY)
    for detail in ({"night": "2099-01-01"}, {"night": str(night(20))}):
        forged = append_event(trial, kind="unblinding", detail=detail, now=at(20))
        kept = {"allocation.json": seal_bytes(seal)}
        write_changes(trial, forged, kept)
        assert unchanged(row, copy, number=20) == (
            "The opening in the copy does not tell since when the order is known, or that it was "
            "early, as ekbom unblind does. Nothing was changed.\n"
        )
        (copy / "events.csv").write_bytes(files_of(row, now=at(20))["events.csv"])
    (copy / "allocation.json").unlink()
    run("unblind", copy, "--identity", key, "--yes", "--early", "--without-guess", number=20)
    run("clinic", "return", row.pk, copy, number=20)


def test_the_look_that_came_back_is_the_keepers_word(row, copy) -> None:
    _forge(copy, kind="look", detail={"pair": 2, "result": "continue"})
    run("clinic", "return", row.pk, copy, number=OVER)
    row.refresh_from_db()
    looks = of_kind(load(row, now=at(OVER)).events, "look")
    assert [e.detail for e in looks] == [{"pair": 2, "result": "continue"}]


def _forge(folder: Path, *, kind: str, detail: dict[str, object]) -> None:
    """Put an event into a copy that no command would write there."""
    trial = open_trial(folder, now=at(OVER))
    write_changes(trial, append_event(trial, kind=kind, detail=detail, now=at(OVER)))
