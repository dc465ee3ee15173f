"""The link that a person gives to their helper, and the visit that begins when it is opened."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from ekbom.web.devices.known import token_hash
from ekbom.web.models import HelperLink, TrialRow

LINK_LASTS = timedelta(hours=24)
VISIT_LASTS = timedelta(hours=24)


def new_link(row: TrialRow, *, now: datetime) -> str:
    """Return the secret of a new link, kept nowhere else; an earlier one and its visit end."""
    token = secrets.token_urlsafe(32)
    empty = {"begun": None, "used": None, "session_hash": "", "turn": 0, "sealed": b""}
    fresh = {"token_hash": token_hash(token), "made": now, **empty}
    HelperLink.objects.update_or_create(trial=row, defaults=fresh)
    return token


def link_of(token: str, *, now: datetime) -> HelperLink | None:
    """Return the link that a secret opens, ``None`` if it does not (any more)."""
    return _working(now).filter(token_hash=token_hash(token)).first()


def begin_visit(link: HelperLink, *, now: datetime) -> str:
    """Return the secret of a visit that begins now; one that was begun before ends.

    A draft of that earlier visit goes with it, as its recovery code was shown there alone.  Returns
    nothing if the link was used up meanwhile.
    """
    token = secrets.token_urlsafe(32)
    begun = _working(now).filter(pk=link.pk)
    told = {"begun": now, "session_hash": token_hash(token), "sealed": b"", "turn": F("turn") + 1}
    return token if begun.update(**told) else ""


def visit_of(token: str, *, now: datetime) -> HelperLink | None:
    """Return the link whose visit a browser's secret belongs to, ``None`` for any other."""
    if not token:
        return None
    found = HelperLink.objects.select_related("trial").filter(
        session_hash=token_hash(token),
        begun__gt=now - VISIT_LASTS,
        begun__lte=now,
        trial__closed=None,
    )
    return found.first()


def next_turn(link: HelperLink) -> int:
    """Return the number of a draft that is about to be made; a later one counts before it."""
    with transaction.atomic():
        _own(link).update(turn=F("turn") + 1, sealed=b"")
        return HelperLink.objects.values_list("turn", flat=True).get(pk=link.pk)


def keep_draft(link: HelperLink, *, turn: int, data: bytes) -> bool:
    """Keep a sealed draft, and return whether none was asked for since."""
    return bool(_own(link).filter(turn=turn).update(sealed=data))


def drop_draft(link: HelperLink) -> None:
    """Forget a sealed draft that nothing is on record of."""
    _own(link).update(sealed=b"")


def take_turn(link: HelperLink, *, turn: str) -> bool:
    """Return whether a page's turn is the present one, which is over with that."""
    mine = turn == str(link.turn)
    return mine and bool(_own(link).filter(turn=link.turn).update(turn=F("turn") + 1))


def use_up(link: HelperLink, *, now: datetime) -> None:
    """Let a link begin no further visit; the one that it began goes on."""
    _own(link).update(used=now, sealed=b"")


def end_visit(link: HelperLink, *, now: datetime) -> None:
    """End a visit, and let its link begin no other."""
    _own(link).update(used=now, sealed=b"", session_hash="")


def is_working(link: HelperLink, *, now: datetime) -> bool:
    """Return whether a link can still be opened."""
    return _working(now).filter(pk=link.pk).exists()


def is_visited(link: HelperLink, *, now: datetime) -> bool:
    """Return whether the helper is at work."""
    return bool(link.session_hash) and link.begun is not None and link.begun > now - VISIT_LASTS


def _own(link: HelperLink) -> QuerySet[HelperLink]:
    return HelperLink.objects.filter(pk=link.pk, session_hash=link.session_hash)


def _working(now: datetime) -> QuerySet[HelperLink]:
    recent = Q(made__gt=now - LINK_LASTS, made__lte=now)
    return HelperLink.objects.filter(recent, used=None, trial__closed=None)
