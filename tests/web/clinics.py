"""Ana's trial at a clinic, and Ben, who holds its key."""

from __future__ import annotations

from dataclasses import replace

from ekbom.protocol.model import Look, Protocol
from ekbom.trial.additions import add_answers, add_event
from ekbom.trial.folder import Trial
from ekbom.trial.sealed import open_sealed
from ekbom.web.models import Person, TrialRow
from ekbom.web.store import change, files_of, load, register
from sealed_trials import BEN, BENS_KEY
from trials import START, ZONE, at, night, plain_protocol, shell
from web.sites import ClinicBrowser, become

PUBLIC = str(BEN.to_public())
LOOK, OVER = 27, 51
"""The mornings after pair 2 and after the last one."""


def at_a_clinic(settings, monkeypatch) -> None:
    """Make the application a clinic's that seals to Ben's key."""
    become(settings, "clinic")
    settings.EKBOM_CLINIC_KEY = PUBLIC
    monkeypatch.setenv("EKBOM_SITE", "clinic")


def protocol(**changes: object) -> Protocol:
    """Return a plain protocol of four pairs of 6 + 6 nights, with a look after the second."""
    plain = plain_protocol(blinding="clinic")
    looks = (Look(after_pair=2, probability_better=0.99),)
    return replace(plain, design=replace(plain.design, period_nights=6), looks=looks, **changes)


def anas_trial(clock) -> TrialRow:
    """Return Ana's trial on its second morning, its order not drawn yet."""
    ana = Person.objects.create(username="ana")
    found = register(ana, protocol=protocol(), start=START, zone=ZONE, now=at(0))
    clock.now = at(1)
    return found


def browser_of(row: TrialRow) -> ClinicBrowser:
    """Return the browser in which a trial's owner is logged in."""
    browser = ClinicBrowser()
    browser.force_login(row.owner)
    return browser


def drawn(ana: ClinicBrowser, row: TrialRow) -> TrialRow:
    """Let Ana draw her order in the browser."""
    sent = ana.post("/trial/draw/")
    assert (sent.status_code, sent.url) == (302, "/trial/draw/")
    row.refresh_from_db()
    return row


def lived(row: TrialRow, *, until: int, tea: int = 2, water: int = 7) -> None:
    """Answer every night before ``until`` that has no answer yet."""
    order = open_sealed(load(row, now=at(until)), key=BENS_KEY).treatments
    urge = {"tea": tea, "water": water}

    def nights(trial):
        known = {entry.night for entry in trial.entries}
        for number, n in enumerate(trial.calendar().nights):
            if n.night < night(until) and n.night not in known:
                value = (5 if n.period is None else urge[order[n.period - 1]]) + number % 3 - 1
                trial = add_answers(
                    trial, night=n.night, answers={"urge": float(value)}, now=at(until)
                )
        return trial

    change(row, nights, now=at(until))
    row.refresh_from_db()


def guessed(row: TrialRow) -> None:
    """Give the last guess when the trial is over."""
    detail = {"opinion": "helps", "sure": 6}

    def step(trial: Trial) -> Trial:
        return add_event(trial, kind="last guess", detail=detail, now=at(OVER))

    change(row, step, now=at(OVER))
    row.refresh_from_db()


def kept(row: TrialRow) -> dict[str, bytes]:
    """Return a trial's files as they are kept in the end."""
    row.refresh_from_db()
    return files_of(row, now=at(OVER))


def run(*arguments: object, number: int) -> str:
    """Run a command that must do what it is asked to, and return what it prints."""
    done = shell(*map(str, arguments), now=at(number))
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


def refusal(*arguments: object, number: int) -> str:
    """Run a command that must be refused, and return why."""
    done = shell(*map(str, arguments), now=at(number))
    assert (done.exit_code, done.stdout) == (3, "")
    return done.stderr
