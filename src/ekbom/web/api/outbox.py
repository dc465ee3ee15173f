"""What a device kept without a network, taken into the trial: each item whole or not at all."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from ekbom.guide.break_glass import pack_in_use, way_to_answer, with_glass_broken
from ekbom.guide.missing import is_skipped
from ekbom.language import say
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.report.break_glass_words import line_words
from ekbom.safety.tolerability import advise
from ekbom.safety.tolerability_course import add_advice, course_of
from ekbom.safety.tolerability_rules import signs
from ekbom.trial.additions import add_answers, add_dose, add_event
from ekbom.trial.corrections import change_dose
from ekbom.trial.folder import Trial
from ekbom.trial.opened import due_pack
from ekbom.web.access import Visit
from ekbom.web.api.account import account_of
from ekbom.web.api.schemas import AnswersItem, DoseItem, EventItem, Taken
from ekbom.web.keyed import mark_of, says_otherwise
from ekbom.web.models import Person, Submission, TrialRow
from ekbom.web.nights.capsules import capsules_of, instant_of
from ekbom.web.nights.forms import content_of_night
from ekbom.web.nights.opening import EXCHANGED, with_opened
from ekbom.web.nights.seen import DOSE, NOTHING, refuse_unseen, seen_of
from ekbom.web.refusals import problems_in
from ekbom.web.store import change, load

AnyItem = AnswersItem | DoseItem | EventItem

_SLACK = timedelta(days=1)
"""How far before the trial a device's clock may stand before it is not believed."""


def take(item: AnyItem, *, person: Person, row: TrialRow, device: str, now: datetime) -> Taken:
    """Take one item into the person's trial or diary and return what became of it.

    Sent twice, it is taken once.  What belongs to another account or trial is refused, so that
    the device keeps it.
    """
    if item.account != account_of(person):
        told = say("This entry belongs to another account. It stays on this phone.")
        return Taken(id=item.id, status="refused", reason="other account", words=[told])
    if item.trial != row.pk:
        told = say("This entry belongs to another trial or diary than the one you keep now.")
        return Taken(id=item.id, status="refused", reason="other trial", words=[told])
    content = _content(item)
    known = _as_known(item, row, content)
    if known is None:
        return Taken(id=item.id, status="duplicate")
    try:
        change(
            row,
            lambda trial: _after(Visit(person, row, trial, now), known, device),
            now=now,
            key=known.id,
            content=content,
        )
    except (InputError, RefusedError) as error:
        seen, words = _seen_now(item, row, now), problems_in(error)
        return Taken(id=item.id, status="refused", reason="not possible", words=words, seen=seen)
    return Taken(id=item.id, status="accepted")


def _seen_now(item: AnyItem, row: TrialRow, now: datetime) -> str:
    """Return what a correction of the item's night must name as seen, nothing for an event."""
    if isinstance(item, EventItem):
        return ""
    trial = load(TrialRow.objects.get(pk=row.pk), now=now)
    return seen_of(trial, date.fromisoformat(item.night))


def _content(item: AnyItem) -> str:
    """Return the mark of what an item says, the same as that of the form it was kept from."""
    if isinstance(item, EventItem):
        return mark_of("phone", [item.night, item.data.model_dump()])
    if isinstance(item, AnswersItem):
        return content_of_night(item.data.answers)
    wall = None if item.data.at is None else time.fromisoformat(item.data.at)
    return content_of_night(item.data.answers, item.data.capsules, wall)


def _as_known(item: AnyItem, row: TrialRow, content: str) -> AnyItem | None:
    """Return the item with the id to take it by, ``None`` if it was taken already.

    A correction with an id that was used for other words has another one; so has a warning sign
    or a broken blind, which nothing but itself can stand in for.
    """
    found = Submission.objects.filter(trial=row, key=item.id).first()
    if found is None:
        return item
    sign = isinstance(item, EventItem) and item.data.event in ("signs", "break glass")
    if not (found.content != content if sign else says_otherwise(found.content, content)):
        return None
    if sign or (not isinstance(item, EventItem) and item.data.correct):
        other = item.model_copy(update={"id": sha256(f"{item.id} {content}".encode()).hexdigest()})
        taken = Submission.objects.filter(trial=row, key=other.id).exists()
        return None if taken else other
    return item


def _after(visit: Visit, item: AnyItem, device: str) -> Trial:
    trial = visit.trial
    if not visit.row.registered and not isinstance(item, AnswersItem):
        raise RefusedError(say("You keep a diary without a trial, so this has no place in it."))
    if isinstance(item, EventItem) and item.data.event == "signs":
        return _with_signs(trial, item, visit.now)
    if isinstance(item, EventItem) and item.data.event == "break glass":
        return _with_glass(trial, item, visit.now)
    given = _given(trial, item, visit.now)
    if isinstance(item, EventItem):
        return _with_event(trial, item, given)
    if isinstance(item, DoseItem):
        trial = _with_dose(visit, item, given)
    if item.data.correct:
        _refuse_unseen(visit.trial, item)
    answers = _worse(trial, item) if item.data.worst else item.data.answers
    if not answers:
        return trial
    return add_answers(
        trial,
        night=date.fromisoformat(item.night),
        answers=answers,
        now=visit.now,
        instant=given,
        correct=item.data.correct or item.data.worst,
        device=device,
        id=item.id,
    )


def _refuse_unseen(trial: Trial, item: AnswersItem | DoseItem) -> None:
    night = date.fromisoformat(item.night)
    dose = (DOSE,) if isinstance(item, DoseItem) else ()
    seen = item.data.seen or NOTHING
    refuse_unseen(trial, night=night, items=(*item.data.answers, *dose), seen=seen)


def _worse(trial: Trial, item: AnswersItem | DoseItem) -> dict[str, float]:
    """Return what is worse than what was told of the night already, so that nothing gets milder."""
    night = date.fromisoformat(item.night)
    known = next((n.answers for n in trial.diary.nights if n.date == night), {})
    return {name: v for name, v in item.data.answers.items() if v > known.get(name, -1.0)}


def _given(trial: Trial, item: AnyItem, now: datetime) -> datetime:
    """Return when an item was written, by a clock that may be wrong, but not by years."""
    given = min(item.instant, now)
    begun = trial.clock.begins(trial.start)
    if begun is not None and given < begun - _SLACK:
        day = trial.clock.local(given).date()
        raise _fault(
            say("the clock of this phone showed {day}, before your diary began", day=day),
            say("Set its clock, and write this down again"),
        )
    return given


def _with_dose(visit: Visit, item: DoseItem, given: datetime) -> Trial:
    night, taken = date.fromisoformat(item.night), item.data.capsules
    capsules = capsules_of(visit, night)
    if capsules is None:
        raise RefusedError(say("The plan has no capsules for that night."))
    trial = _with_pack(visit, item, given)
    wall = None if item.data.at is None else time.fromisoformat(item.data.at)
    instant = instant_of(trial, night, wall, given, item.zone) if taken else None
    told: dict[str, Any] = {"night": night, "instant": instant, "capsules": taken}
    whole, now = item.data.whole, visit.now
    mg = capsules.mg_as_planned(taken) if whole else capsules.mg_of(taken)
    if not item.data.correct:
        return add_dose(trial, **told, mg=mg, now=now)
    sealed = capsules.recorded is None or capsules.recorded.mg is None
    return change_dose(trial, **told, mg=None if sealed else mg, now=now)


def _with_pack(visit: Visit, item: DoseItem, given: datetime) -> Trial:
    """Put on record which pack was opened; refuse another than the night's as the page does.

    Without its number nothing is said here: the next evening asks for it.
    """
    data, night = item.data, date.fromisoformat(item.night)
    due = due_pack(visit.trial, night=night, now=visit.now)
    if data.pack is None or due is None or not data.capsules:
        return visit.trial
    if data.pack != due and not data.swallowed:
        raise RefusedError(say(EXCHANGED, due=due, pack=data.pack))
    return with_opened(visit.trial, pack=data.pack, due=due, night=night, now=given)


def _with_event(trial: Trial, item: EventItem, given: datetime) -> Trial:
    data, night = item.data, date.fromisoformat(item.night)
    if data.event == "skipped" and is_skipped(trial, night, data.part or ""):
        return trial
    told = {"night": night, "part": data.part, "note": data.note}
    detail = {name: value for name, value in told.items() if value}
    return add_event(trial, kind=data.event, detail=detail, now=given)


def _with_signs(trial: Trial, item: EventItem, now: datetime) -> Trial:
    """Put a warning sign on record as of now: a wrong clock must not decide whether it counts."""
    unknown = set(item.data.signs) - signs().keys()
    if unknown or not item.data.signs:
        what = say("this is not in the list of warning signs")
        raise _fault(what, say("If you feel in danger, call your local emergency number now"))
    course = course_of(trial=trial, now=now)
    advice = advise(course=course, reported=item.data.signs)
    return add_advice(trial, advice=advice, now=now)


def _with_glass(trial: Trial, item: EventItem, now: datetime) -> Trial:
    """Put a broken blind on record as of when it was; a wrong clock must not keep it from that."""
    given = min(item.instant, now)
    if trial.clock.night_of(given) < trial.start:
        given = now
    pack = item.data.pack or pack_in_use(trial=trial, now=given)
    if pack is None:
        raise RefusedError(line_words(way_to_answer(trial=trial, pack=None, reader="pages")))
    return with_glass_broken(trial, pack=pack, now=given)


def _fault(what: str, do: str) -> InputError:
    return InputError([Problem("this entry", None, what, do)])
