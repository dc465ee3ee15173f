"""Answers that come after the opening are kept in the diary and change nothing in the verdict."""

from __future__ import annotations

from django.test import Client

from ekbom.analysis.verdict import reach_verdict
from ekbom.trial.additions import add_answers
from ekbom.trial.blinding import blinding_of
from ekbom.trial.folder import Trial
from ekbom.web.devices.known import me
from ekbom.web.store import change, current_row
from web.conftest import Hands
from web.lives import trial_of
from web.test_results import finished, plainly  # noqa: F401 - fixtures


def rewritten(trial: Trial, clock: Hands) -> Trial:
    """Correct every night to what the treatment should have done."""
    treatments = blinding_of(trial).open(trial=trial).treatments
    name = trial.protocol.treatment.name
    for night in trial.calendar().randomised:
        on = treatments[night.period - 1] == name
        answers = {"urge": 0.0 if on else 10.0}
        trial = add_answers(trial, night=night.night, answers=answers, now=clock(), correct=True)
    return trial


def test_answers_rewritten_after_the_opening_do_not_turn_the_verdict(
    finished: Client,  # noqa: F811
    clock: Hands,
) -> None:
    before = reach_verdict(trial=trial_of(me(), clock()), now=clock(), only=("urge",))
    clock.on(hours=1)
    after_all = change(current_row(me()), lambda t: rewritten(t, clock), now=clock())
    after = reach_verdict(trial=after_all, now=clock(), only=("urge",))
    was, now = before.outcomes["urge"], after.outcomes["urge"]
    assert (now.verdict, now.effect, now.probability) == (was.verdict, was.effect, was.probability)
    assert now.periods == was.periods
    found = {check.name: (check.value, check.passed) for check in now.checks}
    assert found["answers_after_unblinding"] == (84, False)
    assert "answers_after_unblinding" not in {check.name for check in was.checks}
    assert trial_of(me(), clock()).entries == after_all.entries
