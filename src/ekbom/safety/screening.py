"""The safety screening: whether a person's trial may begin, every reason, and what to ask whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ekbom.protocol.doses import is_named
from ekbom.safety.answers import Agreement, Answer
from ekbom.safety.questions import (
    RESULTS,
    UNKNOWN,
    Question,
    Result,
    Rule,
    Value,
    questions,
    worst,
)

LONGEST_DAYS = 28
"""How long answers count, unless a protocol says otherwise; our own choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one answer means for the trial, and the rule that says so.

    ``agreed`` is the clinician's agreement that lowered the result to ``clinician first``, if
    there is one; ``until`` is the day before which a trial should not begin; ``answered`` is false
    where the question has no answer and counts as "don't know".
    """

    question: Question
    rule: Rule
    agreed: Agreement | None = None
    until: date | None = None
    answered: bool = True

    @property
    def result(self) -> Result:
        """Return what this answer means, a recorded agreement counted."""
        return "clinician first" if self.agreed else self.rule.result

    @property
    def bring(self) -> str:
        """Return what to take to the clinician, or the question that was not known."""
        if self.rule.when == UNKNOWN and self.question.kind == "yes_no":
            return f"You did not know: {self.question.text}"
        return self.question.bring


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningResult:
    """What a screening found: the worst result of all answers, with every reason, worst first.

    ``unanswered`` are the questions that were to be asked and have no answer; ``on`` is the day of
    the oldest answer, or of the screening where there is none, and ``days_old`` how long before
    the screening that was; answers count for ``longest_days``.
    """

    result: Result
    reasons: tuple[Reason, ...]
    unanswered: tuple[Question, ...]
    on: date
    days_old: int = 0
    longest_days: int = LONGEST_DAYS

    @property
    def too_old(self) -> bool:
        """Return whether the questions must be answered again, as so much may have changed."""
        return self.days_old > self.longest_days

    @property
    def open(self) -> tuple[Reason, ...]:
        """Return the reasons that nobody has agreed to yet, worst first."""
        return tuple(r for r in self.reasons if r.result != "go" and r.agreed is None)

    @property
    def may_begin(self) -> bool:
        """Return whether a trial may begin: nothing speaks against it, or clinicians agreed.

        Answers that are too old let nothing begin.
        """
        return not self.open and not self.too_old

    @property
    def agreed_by(self) -> str:
        """Return who agreed, each once; empty while anything is left that nobody agreed to."""
        names = dict.fromkeys(r.agreed.by.strip() for r in self.reasons if r.agreed)
        return ", ".join(names) if self.may_begin else ""

    @property
    def rules(self) -> str:
        """Return the ids of the rules that spoke, never an answer: what a record may hold."""
        spoke = [r.question.record for r in self.reasons if r.result != "go"]
        return ", ".join(dict.fromkeys([*spoke, *(["old_answers"] if self.too_old else [])]))

    @property
    def for_clinician(self) -> tuple[str, ...]:
        """Return what to take to the clinician or ask there, each once, worst first."""
        return tuple(dict.fromkeys(r.bring for r in self.open if r.answered and r.bring))


def screen(
    *,
    answers: Mapping[str, Answer],
    agreements: Sequence[Agreement] = (),
    on: date,
    longest_days: int = LONGEST_DAYS,
) -> ScreeningResult:
    """Return whether a person's trial of magnesium citrate may begin, and every reason.

    ``answers`` are by question; a question without one counts as "don't know".  An agreement
    counts if a clinician is named, it is not older than the answer and not later than ``on``, and
    the rule allows one.  The worst result decides; with answers of more than ``longest_days`` ago
    it is ``postpone`` at least.
    """
    found = judged(questions().values(), answers=answers, agreements=agreements, on=on)
    oldest = min((a.on for a in answers.values()), default=on)
    days_old = (on - oldest).days
    late: list[Result] = ["postpone"] if days_old > longest_days else []
    return ScreeningResult(
        result=worst([*(r.result for r in found), *late]),
        reasons=found,
        unanswered=tuple(
            q for q in questions().values() if q.id not in answers and is_asked(q, answers)
        ),
        on=oldest,
        days_old=days_old,
        longest_days=longest_days,
    )


def is_asked(question: Question, answers: Mapping[str, Answer]) -> bool:
    """Return whether a question is asked after the answers given so far."""
    return not any(
        name in answers and answers[name].value == word
        for name, word in question.not_asked_if.items()
    )


def judged(
    asked: Iterable[Question],
    *,
    answers: Mapping[str, Answer],
    agreements: Sequence[Agreement],
    on: date,
) -> tuple[Reason, ...]:
    """Return what the answers to some questions mean, worst first; an answer may mean nothing."""
    open_ = (question for question in asked if is_asked(question, answers))
    found = [_reason(question, answers, agreements, on) for question in open_]
    reasons = [reason for reason in found if reason is not None]
    return tuple(sorted(reasons, key=lambda r: RESULTS.index(r.result), reverse=True))


def agreement_on(
    question: str, *, since: date, agreements: Sequence[Agreement], on: date
) -> Agreement | None:
    """Return a named clinician's agreement from ``since`` to ``on``, if there is one."""
    fitting = (
        a for a in agreements if a.question == question and is_named(a.by) and since <= a.on <= on
    )
    return next(fitting, None)


def _reason(
    question: Question, answers: Mapping[str, Answer], agreements: Sequence[Agreement], on: date
) -> Reason | None:
    answer = answers.get(question.id)
    value = answer.value if answer else UNKNOWN
    rule = next((r for r in question.rules if _holds(r, value, answers, on)), None)
    if rule is None:
        return None
    agreed = None
    if answer and rule.agreement:
        agreed = agreement_on(question.id, since=answer.on, agreements=agreements, on=on)
    until = rule.ends(value) if isinstance(value, date) else None
    return Reason(
        question=question, rule=rule, agreed=agreed, until=until, answered=answer is not None
    )


def _holds(rule: Rule, value: Value, answers: Mapping[str, Answer], on: date) -> bool:
    if rule.only_if is not None:
        # Whether the condition is met is not known without a number: then it counts as met.
        other = answers.get(rule.only_if.question)
        known = other.value if other and isinstance(other.value, int | float) else None
        if known is not None and known < rule.only_if.at_least:
            return False
    return rule.fits(value, on=on)
