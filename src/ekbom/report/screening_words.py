"""A safety screening in plain words: what may be done, why, and what to ask a clinician."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from ekbom.language import ENGLISH, Text, retell, say, speaking
from ekbom.report.lines import basis, listed, source_words, used, wrapped
from ekbom.report.words import notice
from ekbom.safety.answers import Agreement, Answer
from ekbom.safety.questions import UNKNOWN, Question, Value, questions, worst
from ekbom.safety.screening import Reason, ScreeningResult

BY: Text = "ekbom's safety questions, answered by the person"
"""Who screened, where nobody else is named."""

INTRODUCTION: Text = (
    "These questions look for reasons against a trial of magnesium citrate. They take about ten "
    "minutes. Your answers stay with you. Enter alone skips a question; a question without an "
    "answer counts as: I don't know. b goes back one question; Ctrl-C stops."
)
NOT_SAVED: Text = (
    "Stopped. Nothing was saved, and nothing else has changed. You can answer in a file instead, "
    "at your own pace: ekbom screen --form > answers.toml"
)
RECORDED: Text = (
    "On record: the result and the names of the rules that spoke, not your answers. A later "
    "screening takes its place."
)
SAVED_SO_FAR: Text = (
    "Stopped. What you have answered so far is in {file}. Write the other answers into that file "
    "at your own pace, then run: ekbom screen {file}"
)
FIRST: Text = "This is the first question."

_HEADS: Mapping[str, Text] = {
    "go": "Go: none of your answers speaks against a trial.",
    "clinician first": "Clinician first: do not begin until a clinician has agreed.",
    "postpone": "Postpone: do not begin yet.",
    "stop": "Stop: do not begin.",
}
_LISTED = 8
"""How many open questions are listed; more are counted."""
_FIRST_THINGS: Text = "The trial can wait: get that help first."
_URGENT: Mapping[str, Text] = {"emergency": "Get help now:", "today": "Ask for help today:"}
_FORM_HEAD: Text = (
    "Your answers to ekbom's safety questions. Write each between the quotation marks, a number or "
    "a date without them. Leave what you do not want to answer: it counts as unknown. Then run: "
    "ekbom screen THIS-FILE"
)
_FORM_AGREEMENT: Text = (
    "When a named clinician has agreed to a trial in spite of an answer, write one such table for "
    "each question, without the # signs. The day is that of the agreement, not before your answers."
)


def screening_lines(found: ScreeningResult) -> Iterator[str]:
    """Yield a screening in plain lines: what is urgent, the result, its reasons, what to do."""
    urgent = [r for r in found.open if r.rule.urgent]
    for urgency, heading in _URGENT.items():
        yield from listed(say(heading), [_reason(r) for r in urgent if r.rule.urgent == urgency])
    yield from wrapped(" ".join([head_words(found), *([say(_FIRST_THINGS)] if urgent else [])]))
    yield ""
    answered = [r for r in found.reasons if r.answered]
    others = [_reason(r) for r in answered if r.result != "go" and r not in urgent]
    yield from listed(say("Also:") if urgent else say("Why:"), others)
    yield from _unanswered(found.unanswered)
    yield from listed(say("For your clinician:"), map(retell, found.for_clinician))
    if not urgent:
        yield from _next(found)
        yield from listed(say("Good to know:"), [_reason(r) for r in answered if r.result == "go"])
    sources = used(r.rule.sources for r in answered)
    yield from listed(say("Sources:"), [source_words(s) for s in sources])
    yield from wrapped(notice())


@speaking(ENGLISH)
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
    yield from _comment(say(_FORM_HEAD))
    yield ""
    yield f"# {say('The day of these answers.')}"
    yield f"answered = {today}"
    for section, asked in groupby(questions().values(), key=lambda q: q.section):
        yield from ["", f"# {say(section).upper()}"]
        for question in asked:
            answer = (answers or {}).get(question.id)
            yield ""
            yield from _comment(say(question.text))
            yield from _comment(say("Answer: {scale}.", scale=scale_words(question)))
            yield f"{question.id} = {_toml(answer.value if answer else '')}"
    yield ""
    yield from _comment(say(_FORM_AGREEMENT))
    yield from ["# [[agreement]]", '# question = "slow_pulse"']
    yield from ['# by = "Dr. Chen"', f"# on = {today}"]


def question_lines(question: Question, *, answer: Value | None = None) -> Iterator[str]:
    """Yield a question as it is asked in the shell, with the answer it has already."""
    asked = list(questions())
    place = asked.index(question.id) + 1
    yield from ["", say("Question {place} of {count}", place=place, count=len(asked))]
    yield from wrapped(say(question.text))
    yield from wrapped(f"({scale_words(question)})")
    if answer is not None:
        yield say("Your answer so far: {answer}. Enter alone keeps it.", answer=_plain(answer))


def again_lines(question: Question) -> list[str]:
    """Return what to say of something that cannot be an answer."""
    return wrapped(say("That cannot be an answer. It takes: {scale}.", scale=scale_words(question)))


def urgent_lines(question: Question, value: Value, *, on: date) -> list[str]:
    """Return what an answer asks for at once, before the next question; mostly nothing."""
    urgent = [r for r in question.rules if r.urgent and r.fits(value, on=on)]
    if not urgent:
        return []
    return ["", *wrapped(f"{say(_URGENT[urgent[0].urgent])} {say(urgent[0].reason)}")]


def scale_words(question: Question) -> str:
    """Return which answers a question takes; the words themselves are those of the file."""
    said = [f"{word} ({say(says)})" if says else word for word, says in question.words.items()]
    if question.kind == "number":
        number = say(
            "a number from {least:g} to {most:g} ({unit})",
            least=question.least,
            most=question.most,
            unit=say(question.unit),
        )
        said.insert(0, number)
    if question.kind == "date":
        said.insert(0, say("a date such as 2026-03-01, not in the future"))
    return say("{first} or {last}", first=", ".join(said), last=UNKNOWN)


def result_words(result: str) -> str:
    """Return what a screening on record found, in a sentence."""
    return say(_HEADS.get(result, result))


def head_words(found: ScreeningResult) -> str:
    """Return what a screening found, in a sentence or two."""
    if found.too_old:
        return " ".join([_old_words(found), *_also(found)])
    head = result_words(found.result)
    if found.result == "clinician first" and found.may_begin:
        return say(
            "Clinician first, and agreed by {names}: a trial may begin.", names=found.agreed_by
        )
    if found.result == "clinician first" and not all(r.answered for r in found.open):
        return f"{head} {say('Some questions are still open: answer those first.')}"
    days = [r.until for r in found.open if r.until is not None]
    if found.result == "postpone" and days:
        return f"{head} {say('Not before {day}.', day=max(days))}"
    return head


def _old_words(found: ScreeningResult) -> str:
    return say(
        "Answer again: these answers are {days} days old, of {day}, and count for {longest}. Go "
        "through the questions once more, as something may have changed.",
        days=found.days_old,
        day=found.on,
        longest=found.longest_days,
    )


def _also(found: ScreeningResult) -> Iterator[str]:
    """Yield what the old answers meant, where they already spoke against a trial."""
    if found.open:
        yield say("They said: {result}.", result=say(worst(r.result for r in found.open)))


def _reason(reason: Reason) -> str:
    rule = reason.rule
    said = [say(rule.reason)]
    if reason.result != "go":
        said.insert(0, f"{say(reason.result)} ({reason.question.id}):")
    if reason.until:
        said.append(say("Not before {day}.", day=reason.until))
    if reason.agreed:
        said.append(agreed_words(reason.agreed))
    return " ".join([*said, basis(rule.sources, verified=rule.verified, ours=rule.ours)])


def agreed_words(given: Agreement) -> str:
    """Return who agreed, and when."""
    return say("Agreed by {name} on {day}.", name=given.by, day=given.on)


def _unanswered(asked: Sequence[Question]) -> Iterator[str]:
    if len(asked) > _LISTED:
        text = say(
            "{n} of the {all} questions have no answer and are counted as I don't know (clinician "
            "first at least).",
            n=len(asked),
            all=len(questions()),
        )
        yield from [*wrapped(text), ""]
    else:
        heading = say("Not answered, so counted as I don't know (clinician first at least):")
        yield from listed(heading, [say(q.text) for q in asked])


def _next(found: ScreeningResult) -> Iterator[str]:
    liftable = [r.question.id for r in found.open if r.rule.agreement and r.answered]
    if liftable and not found.too_old:
        yield from wrapped(
            say(
                "When a clinician has agreed to a trial in spite of one of these, add this to your "
                "answers file, once for each of: {questions}",
                questions=", ".join(liftable),
            )
        )
        yield from ["", "  [[agreement]]", f'  question = "{liftable[0]}"']
        yield f'  by = "{say("the name of the clinician")}"'
        yield from [f"  on = {found.on}   # {say('the day')}", ""]
    fixed = [r.question.id for r in found.open if r.rule.result == "stop" and not r.rule.agreement]
    if fixed:
        yield from wrapped(say("No agreement lifts: {questions}.", questions=", ".join(fixed)))
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
