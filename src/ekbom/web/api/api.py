"""The interface for devices: the plan, the outbox, and a sign of life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.security import APIKeyCookie
from ninja.throttling import SimpleRateThrottle
from ninja.utils import check_csrf

from ekbom.web import present
from ekbom.web.access import person_of
from ekbom.web.api import schemas
from ekbom.web.api.account import account_of
from ekbom.web.api.outbox import take
from ekbom.web.api.plan import plan_of
from ekbom.web.devices.known import COOKIE, token_hash
from ekbom.web.models import Device, Person, TrialRow
from ekbom.web.store import current_row, load

MOST_BYTES = 1024 * 1024
"""The longest body that is read."""

STRANGER = "This device is not known here."
FORGED = "The token of this site is missing or old."
NO_JSON = "Only JSON is read here."
NO_DIARY = "No diary is kept here now."
TOO_LONG = "That is too much at once. Send fewer entries."


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the person, and the device where one is known by its cookie."""

    person: Person | None
    device: Device | None

    @property
    def name(self) -> str:
        """Return what an entry calls the device, which names nobody."""
        return "browser" if self.device is None else str(self.device.pk)


class _Asked(HttpRequest):
    """A request that was let in: whoever lets it in puts down there who asks."""

    auth: Caller


class Known(APIKeyCookie):
    """Lets in the person of a known device or of a session; what writes needs the token too."""

    param_name = COOKIE

    def __init__(self) -> None:
        # The token is looked at after the device: a stranger's form is not even read for one.
        super().__init__(csrf=False)

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller:
        """Return who asks; raises HttpError 403 for a stranger."""
        device = Device.objects.filter(token_hash=token_hash(key)).first() if key else None
        caller = Caller(person_of(request), device)
        if not self.lets_in(caller):
            raise HttpError(403, STRANGER)
        _refuse_unreadable(request)
        if check_csrf(request) is not None:
            raise HttpError(403, FORGED)
        return caller

    def lets_in(self, caller: Caller) -> bool:
        """Return whether somebody may ask."""
        return caller.person is not None


class KnownOrRemoved(Known):
    """Lets in a removed device too, so that it hears that it was removed."""

    def lets_in(self, caller: Caller) -> bool:
        """Return whether somebody may ask."""
        return caller.person is not None or caller.device is not None


class EachDevice(SimpleRateThrottle):
    """Counts the requests of each device, or of each person where there are accounts."""

    def get_cache_key(self, request: HttpRequest) -> str:
        """Return what the count is kept under."""
        caller = _who(request)
        who = caller.person if caller.device is None else caller.device
        return f"api.{'' if who is None else who.pk}"


api = NinjaAPI(
    title="ekbom for devices",
    version="1",
    description="What a phone needs to keep a diary without a network, and how it sends it.",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    auth=Known(),
    throttle=EachDevice("240/m"),
)

_ASKED = {(403, 429): schemas.Wrong}
_SENT = {(400, 403, 413, 415, 422, 429): schemas.Wrong}
_NO_DIARY = {(409,): schemas.Wrong}


@api.get("/token", auth=KnownOrRemoved(), response={200: schemas.Token, **_ASKED})
def token(request: HttpRequest) -> schemas.Token:
    """Return the token that a device sends along with what it writes."""
    person = _who(request).person
    account = "" if person is None else account_of(person)
    return schemas.Token(token=get_token(request), account=account)


@api.get("/plan", response={200: schemas.Plan, **_ASKED, **_NO_DIARY})
def plan(request: HttpRequest) -> schemas.Plan:
    """Return what a device needs for the next 14 nights."""
    person = _person(request)
    row, now = _row(person), present.now()
    return plan_of(person=person, row=row, trial=load(row, now=now), now=now)


@api.post("/outbox", response={200: schemas.Answer, **_SENT, **_NO_DIARY})
def outbox(request: HttpRequest, sent: schemas.Outbox) -> schemas.Answer:
    """Take what a device kept, each item by itself and in order, and say what became of each."""
    person, caller = _person(request), _who(request)
    row, now = _row(person), present.now()
    taken = [take(item, person=person, row=row, device=caller.name, now=now) for item in sent.items]
    return schemas.Answer(results=taken)


@api.post(
    "/contact",
    auth=KnownOrRemoved(),
    response={200: schemas.Order, **_SENT},
)
def contact(request: HttpRequest, said: schemas.Contact) -> schemas.Order:
    """Note that a device is alive and what it still keeps, and tell it to go on or to forget."""
    device, person = _who(request).device, _who(request).person
    row = None if person is None else current_row(person)
    state = "" if row is None else row.state
    if device is None:
        return schemas.Order(order="go on", state=state)
    wipe = device.wipe and not said.wiped
    here = Device.objects.filter(pk=device.pk)
    if device.removed is None:
        here.update(last_contact=present.now(), unsent=said.unsent, wipe=wipe)
    return schemas.Order(order="wipe" if wipe or device.removed else "go on", state=state)


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say which part of what was sent cannot be read."""
    where = [".".join(str(part) for part in one["loc"]) for one in error.errors]
    told = [f"{place}: {one['msg']}" for place, one in zip(where, error.errors, strict=True)]
    return api.create_response(request, {"detail": "; ".join(told)[:2000]}, status=422)


def _refuse_unreadable(request: HttpRequest) -> None:
    if request.method == "POST" and request.content_type != "application/json":
        raise HttpError(415, NO_JSON)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise HttpError(413, TOO_LONG)


def _who(request: HttpRequest) -> Caller:
    return cast("_Asked", request).auth


def _person(request: HttpRequest) -> Person:
    person = _who(request).person
    if person is None:
        raise HttpError(403, STRANGER)
    return person


def _row(person: Person) -> TrialRow:
    row = current_row(person)
    if row is None:
        raise HttpError(409, NO_DIARY)
    return row
