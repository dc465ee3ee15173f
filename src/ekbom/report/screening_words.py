"""A safety screening in plain words: what may be done, why, and what to ask a clinician."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from ekbom.report.lines import basis, listed, source_words, used, wrapped
from ekbom.report.words import notice
from ekbom.safety.answers import Answer
from ekbom.safety.questions import Question, Value, questions, worst
from ekbom.safety.screening import Reason, ScreeningResult

BY = "ekbom's safety questions, answered by the person"
"""Who screened, where nobody else is named."""

INTRODUCTION = (
    "These questions look for reasons against a trial of magnesium citrate. They take about ten "
    "minutes. Your answers stay with you. Enter alone skips a question; a question without an "
    "answer counts as: I don't know. b goes back one question; Ctrl-C stops."
)
NOT_SAVED = (
    "Stopped. Nothing was saved, and nothing else has changed. You can answer in a file instead, "
    "at your own pace: ekbom screen --form > answers.toml"
)
RECORDED = (
    "On record: the result and the names of the rules that spoke, not your answers. A later "
    "screening takes its place."
)
SAVED_SO_FAR = (
    "Stopped. What you have answered so far is in {file}. Write the other answers into that file "
    "at your own pace, then run: ekbom screen {file}"
)
FIRST = "This is the first question."

_HEADS = {
    "go": "Go: none of your answers speaks against a trial.",
    "clinician first": "Clinician first: do not begin until a clinician has agreed.",
    "postpone": "Postpone: do not begin yet.",
    "stop": "Stop: do not begin.",
}
_LISTED = 8
"""How many open questions are listed; more are counted."""
_FIRST_THINGS = " The trial can wait: get that help first."
_URGENT = {"emergency": "Get help now:", "today": "Ask for help today:"}
_FORM_HEAD = (
    "Your answers to ekbom's safety questions. Write each between the quotation marks, a number or "
    "a date without them. Leave what you do not want to answer: it counts as unknown. Then run: "
    "ekbom screen THIS-FILE"
)
_FORM_AGREEMENT = (
    "When a named clinician has agreed to a trial in spite of an answer, write one such table for "
    "each question, without the # signs. The day is that of the agreement, not before your answers."
)


def screening_lines(found: ScreeningResult) -> Iterator[str]:
    """Yield a screening in plain lines: what is urgent, the result, its reasons, what to do."""
    urgent = [r for r in found.open if r.rule.urgent]
    for urgency, heading in _URGENT.items():
        yield from listed(heading, [_reason(r) for r in urgent if r.rule.urgent == urgency])
    yield from wrapped(f"{_head(found)}{_FIRST_THINGS if urgent else ''}")
    yield ""
    answered = [r for r in found.reasons if r.answered]
    others = [_reason(r) for r in answered if r.result != "go" and r not in urgent]
    yield from listed("Also:" if urgent else "Why:", others)
    yield from _unanswered(found.unanswered)
    yield from listed("For your clinician:", found.for_clinician)
    if not urgent:
        yield from _next(found)
        yield from listed("Good to know:", [_reason(r) for r in answered if r.result == "go"])
    yield from listed("Sources:", [source_words(s) for s in used(r.rule.sources for r in answered)])
    yield from wrapped(notice())


def screening_record(found: ScreeningResult) -> dict[str, object]:
    """Return everything a screening says as plain JSON values; reasons tell of the answers."""
    return {
        "format": 1,
        "result": found.result,
        "may_begin": found.may_begin,
        "on": found.on.isoformat(),
        "days_old": found.days_old,
        "too_old": found.too_old,
        "reasons": [_reason_record(r) for r in found.reasons],
        "unanswered": [q.id for q in found.unanswered],
        "for_clinician": list(found.for_clinician),
        "agreed_by": found.agreed_by,
        "notice": notice(),
    }


def form_lines(*, today: date, answers: Mapping[str, Answer] | None = None) -> Iterator[str]:
    """Yield an answers file with every question above its answer, blank where there is none."""
    yield from _comment(_FORM_HEAD)
    yield ""
    yield "# The day of these answers."
    yield f"answered = {today}"
    for section, asked in groupby(questions().values(), key=lambda q: q.section):
        yield from ["", f"# {section.upper()}"]
        for question in asked:
            answer = (answers or {}).get(question.id)
            yield ""
            yield from _comment(question.text)
            yield from _comment(f"Answer: {question.scale}.")
            yield f"{question.id} = {_toml(answer.value if answer else '')}"
    yield ""
    yield from _comment(_FORM_AGREEMENT)
    yield from ["# [[agreement]]", '# question = "slow_pulse"']
    yield from ['# by = "Dr. Chen"', f"# on = {today}"]


def question_lines(question: Question, *, answer: Value | None = None) -> Iterator[str]:
    """Yield a question as it is asked in the shell, with the answer it has already."""
    asked = list(questions())
    yield from ["", f"Question {asked.index(question.id) + 1} of {len(asked)}"]
    yield from wrapped(question.text)
    yield from wrapped(f"({question.scale})")
    if answer is not None:
        yield f"Your answer so far: {_plain(answer)}. Enter alone keeps it."


def again_lines(question: Question) -> list[str]:
    """Return what to say of something that cannot be an answer."""
    return wrapped(f"That cannot be an answer. It takes: {question.scale}.")


def urgent_lines(question: Question, value: Value, *, on: date) -> list[str]:
    """Return what an answer asks for at once, before the next question; mostly nothing."""
    urgent = [r for r in question.rules if r.urgent and r.fits(value, on=on)]
    return ["", *wrapped(f"{_URGENT[urgent[0].urgent]} {urgent[0].reason}")] if urgent else []


def _head(found: ScreeningResult) -> str:
    if found.too_old:
        return f"{_old_words(found)}{_also(found)}"
    if found.result == "clinician first" and found.may_begin:
        return f"Clinician first, and agreed by {found.agreed_by}: a trial may begin."
    if found.result == "clinician first" and not all(r.answered for r in found.open):
        return f"{_HEADS[found.result]} Some questions are still open: answer those first."
    days = [r.until for r in found.open if r.until is not None]
    later = f" Not before {max(days)}." if found.result == "postpone" and days else ""
    return f"{_HEADS[found.result]}{later}"


def _old_words(found: ScreeningResult) -> str:
    return (
        f"Answer again: these answers are {found.days_old} days old, of {found.on}, and count for "
        f"{found.longest_days}. Go through the questions once more, as something may have changed."
    )


def _also(found: ScreeningResult) -> str:
    """Return what the old answers meant, where they already spoke against a trial."""
    return f" They said: {worst(r.result for r in found.open)}." if found.open else ""


def _reason(reason: Reason) -> str:
    rule = reason.rule
    said = "" if reason.result == "go" else f"{reason.result} ({reason.question.id}): "
    until = f" Not before {reason.until}." if reason.until else ""
    agreed = f" Agreed by {reason.agreed.by} on {reason.agreed.on}." if reason.agreed else ""
    where = basis(rule.sources, verified=rule.verified, ours=rule.ours)
    return f"{said}{rule.reason}{until}{agreed} {where}"


def _unanswered(asked: Sequence[Question]) -> Iterator[str]:
    counts = "counted as I don't know (clinician first at least)"
    if len(asked) > _LISTED:
        text = f"{len(asked)} of the {len(questions())} questions have no answer and are {counts}."
        yield from [*wrapped(text), ""]
    else:
        yield from listed(f"Not answered, so {counts}:", [q.text for q in asked])


def _next(found: ScreeningResult) -> Iterator[str]:
    liftable = [r.question.id for r in found.open if r.rule.agreement and r.answered]
    if liftable and not found.too_old:
        yield from wrapped(
            "When a clinician has agreed to a trial in spite of one of these, add this to your "
            f"answers file, once for each of: {', '.join(liftable)}"
        )
        yield from ["", "  [[agreement]]", f'  question = "{liftable[0]}"']
        yield from ['  by = "the name of the clinician"', f"  on = {found.on}   # the day", ""]
    fixed = [r.question.id for r in found.open if r.rule.result == "stop" and not r.rule.agreement]
    if fixed:
        yield from wrapped(f"No agreement lifts: {', '.join(fixed)}.")
        yield ""


def _reason_record(reason: Reason) -> dict[str, object]:
    rule, agreed = reason.rule, reason.agreed
    return {
        "question": reason.question.id,
        "result": reason.result,
        "text": rule.reason,
        "answered": reason.answered,
        "until": reason.until.isoformat() if reason.until else None,
        "urgent": rule.urgent or None,
        "agreement_possible": rule.agreement,
        "agreed": {"by": agreed.by, "on": agreed.on.isoformat()} if agreed else None,
        "sources": [s.id for s in rule.sources],
        "verified": rule.verified,
        "ours": rule.ours,
    }


def _comment(text: str) -> list[str]:
    return wrapped(text, indent="# ")


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else _toml(value)


def _toml(value: Value) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return value.isoformat() if isinstance(value, date) else f"{value!r}"
