"""What the pages say while there is no network, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ekbom.web.nights.opening import EXCHANGED, NUMBER, SWALLOWED, UNREAD

_WORDS: Mapping[str, str | Promise] = {
    "tonight": _("Tonight"),
    "last_night": _("Last night"),
    "earlier": _("Earlier nights"),
    "evening": _("Evening"),
    "morning": _("Morning"),
    "signs": _("Warning signs"),
    "opening": _("I am opening pack {pack}"),
    "taken": _("Capsules taken"),
    "capsules": _("How many capsules did you take? 0 means none."),
    "at": _("When? Leave it empty for now."),
    "pack": _(NUMBER),
    "unread": _(UNREAD),
    "exchanged": _(EXCHANGED),
    "swallowed": _(SWALLOWED),
    "none": _("No answer"),
    "save": _("Keep on this phone"),
    "kept": _("Kept on this phone. It will be sent when there is a network."),
    "kept_one": _("1 entry is kept on this phone and not sent yet."),
    "kept_many": _("{count} entries are kept on this phone and not sent yet."),
    "other_one": _("1 entry of another account is kept on this phone."),
    "other_many": _("{count} entries of another account are kept on this phone."),
    "refused_one": _("1 entry was not taken. Please look at it."),
    "refused_many": _("{count} entries were not taken. Please look at them."),
    "refused": _("This entry was not taken"),
    "waiting": _("Waiting to be sent"),
    "keep": _("Keep it here"),
    "correct": _("Send it as a correction"),
    "move": _("Send it to the diary I keep now"),
    "discard": _("Discard it"),
    "sure": _("Discard it for good"),
    "full": _("This phone could not keep the entry. Please write it on paper."),
    "empty": _("Nothing was filled in yet."),
    "unknown": _("This night is not in the plan kept on this phone. Come back with a network."),
    "loose_once": _("If the day before was like this too, this rule counts now."),
    "skip": _("Skip this one"),
    "back": _("Back"),
    "skipped": _("skipped"),
    "unsent_leave": _(
        "{count} entries on this phone were not sent yet. Leaving deletes them from this phone."
    ),
    "leave_anyway": _("Delete them and leave"),
}


def plan_words() -> dict[str, str]:
    """Return every text of the pages without a network by its name."""
    return {name: str(words) for name, words in _WORDS.items()}
