"""Stop rules, warning signs and breaking the blind as data for a device without a network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ekbom.guide.break_glass import pack_in_use, packs_broken, way_to_answer, way_to_pack
from ekbom.language import say
from ekbom.report.break_glass_words import MEANS, RECORDED, advice_words, line_words
from ekbom.report.tolerability_words import headline, plan_says
from ekbom.safety.tolerability import advise
from ekbom.safety.tolerability_rules import Rule, rules, signs
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.web.api.schemas import PlanGlass, PlanRule, PlanSign

_ON_A_DEVICE = {
    "loose_stools": "Hold: take no capsules tonight.",
    "loose_before_capsules": "Hold: take no capsules tonight.",
    "not_settled": "Take no capsules. Call a clinician first.",
    "nausea_or_pain": "Step down: take fewer capsules from now on.",
}
"""The rules that a device applies to what it keeps, with what to do in short."""

_IN_THE_TABLE = (
    "emergency_sign",
    "same_day_sign",
    "loose_stools",
    "not_settled",
    "restart_lower",
    "nausea_or_pain",
    "second_hold",
    "told_worse",
    "own_wish",
)
"""The rules that are read as a table, the gravest first."""


def plan_signs() -> Iterator[PlanSign]:
    """Yield every warning sign with its instruction, which is the same for every allocation."""
    for sign in signs().values():
        advice = advise(reported=[sign.id])
        yield PlanSign(
            id=sign.id,
            level=sign.level,
            wording=say(sign.wording),
            headline=headline(advice),
            text=" ".join(plan_says(reason) for reason in advice.reasons[:1]),
        )


def plan_rules(items: frozenset[str]) -> Iterator[PlanRule]:
    """Yield the rules that can be applied to answers alone; ``items`` are those of the diary."""
    for name, short in _ON_A_DEVICE.items():
        rule = rules()[name]
        yield PlanRule(
            id=name,
            at_least=dict(rule.at_least),
            settled_below=dict(rule.settled_below),
            count=rule.count,
            of=rule.of,
            gap=rule.gap,
            headline=say(short),
            text=say("Your registered plan says: {text}", text=_text(rule, items)),
        )


def plan_glass(trial: Trial, *, now: datetime) -> PlanGlass:
    """Return what a device says where the blind is broken, the same for every allocation."""
    opened = last_of(trial.events, "unblinding") is not None
    return PlanGlass(
        advice=list(advice_words(trial.protocol)),
        pack=pack_in_use(trial=trial, now=now),
        way=say(way_to_pack(trial, reader="pages")),
        none=line_words(way_to_answer(trial=trial, pack=None, reader="pages")),
        recorded=say(RECORDED),
        means=say(MEANS),
        broken=list(packs_broken(trial)),
        opened=opened,
    )


def table_lines(items: frozenset[str]) -> Iterator[str]:
    """Yield what to do about complaints, a line for each rule."""
    for name in _IN_THE_TABLE:
        yield _text(rules()[name], items)


def _text(rule: Rule, items: frozenset[str]) -> str:
    more = [words for item, words in rule.with_item.items() if item in items]
    text = " ".join(say(part) for part in (rule.text, *more))
    return f"{text[:1].upper()}{text[1:]}"
