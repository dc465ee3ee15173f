"""What only Ben may know stays with Ben: no page, row, log or address tells it to anybody else."""

from __future__ import annotations

import io
import itertools
import logging
import random
import re
import zipfile

import pyrage
import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse

from ekbom.trial.sealed import open_sealed
from ekbom.trial.sealing import Key
from ekbom.web.devices.known import me
from ekbom.web.helper import sealing
from ekbom.web.models import EventRow, FileRow, HelperLink, Person, TrialRow
from ekbom.web.store import remembered
from web.boxes import quick_box
from web.conftest import Hands, browser_of
from web.helping import (
    PASSPHRASE,
    arrived,
    asked,
    asks_for,
    draws,
    heading,
    over,
    proves,
    read,
    sealed,
    tolerated,
)
from web.lives import trial_of
from web.sites import become, over_https
from web.test_strangers import METHODS, SENT, value_for, walk

HELPERS = (
    "/helper/",
    "/helper/seal/",
    "/helper/prove/",
    "/helper/again/",
    "/helper/packs/",
    "/helper/papers/",
    "/helper/open/",
    "/helper/done/",
)
TYPED = {
    "passphrase": PASSPHRASE,
    "passphrase_again": PASSPHRASE,
    "recovery_code": "2345",
    "paper": "a4",
    "what": "list",
}
ANAS = ("/trial/helper/", "/trial/", "/trial/draw/", "/tonight/", "/trial/packs/", "/progress/")


@pytest.fixture
def row(ana: Client, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> TrialRow:
    """Ana's trial, in which the order can be drawn, and Ben's boxes close quickly."""
    monkeypatch.setattr(pyrage.passphrase, "encrypt", quick_box)
    return tolerated(clock)


def addresses(row: TrialRow) -> list[str]:
    """Return every address but the helper's own."""
    own = {"trial": row.pk, "device": row.pk}
    every = [
        reverse(name, kwargs={k: own.get(k, value_for(kind)) for k, kind in kinds.items()})
        for name, kinds in walk(get_resolver())
    ]
    return [path for path in every if not path.startswith("/helper/")]


# Mallory.


def test_every_page_of_the_helper_is_named_here() -> None:
    names = {name for name, _ in walk(get_resolver()) if name.startswith("helper_")}
    plain = {reverse(name) for name in names - {"helper_link"}}
    assert plain == set(HELPERS)


@pytest.mark.parametrize("path", HELPERS)
def test_anas_own_session_opens_no_page_of_the_helper(
    ana: Client, row: TrialRow, clock: Hands, path: str
) -> None:
    asked(ana)
    for method in METHODS:
        data = TYPED if method == "POST" else {}
        response = getattr(ana, method.lower())(path, data)
        assert response.status_code in {403, 405}
        assert b"agnesium" not in response.content
    assert HelperLink.objects.get().begun is None
    assert EventRow.objects.filter(kind="randomised").count() == 0


def test_an_account_at_a_clinic_opens_no_page_of_the_helper(
    ana: Client, row: TrialRow, settings
) -> None:
    become(settings, "clinic")
    ana.force_login(me())
    for path in HELPERS:
        found = [getattr(ana, m)(path, **over_https("clinic")) for m in ("get", "post")]
        assert {response.status_code for response in found} <= {403, 405}


def test_bens_visit_opens_no_page_of_anas(ana: Client, row: TrialRow, clock: Hands) -> None:
    sealed(row, clock())
    ben, stranger = arrived(ana), Client()
    # A browser would not even send it there.
    assert ben.cookies["ekbom_helper"]["path"] == "/helper/"
    for path in addresses(row):
        for method in ("get", "post"):
            data = SENT if method == "post" else {}
            one, other = (getattr(who, method)(path, data) for who in (ben, stranger))
            assert (path, one.status_code) == (path, other.status_code)
    assert ben.get("/trial/helper/").status_code == 403


def test_the_cookie_of_a_visit_is_for_the_helpers_pages_over_https_alone(
    ana: Client, row: TrialRow, settings
) -> None:
    become(settings, "home")
    response = Client().post(asked(ana), **over_https("home"))
    cookie = response.cookies["ekbom_helper"]
    named = ("path", "httponly", "samesite", "secure", "domain")
    assert [cookie[name] for name in named] == ["/helper/", True, "Strict", True, ""]


def test_a_guessed_link_opens_nothing_and_guessing_ends_soon(ana: Client, row: TrialRow) -> None:
    link, mallory = asked(ana), Client()
    for number in range(20):
        guess = f"/helper/link/{number:043}/"
        assert mallory.post(guess).status_code == 404
    assert mallory.post(link).status_code == 429
    assert HelperLink.objects.get().begun is None


def test_a_spent_link_begins_nothing_more(ana: Client, row: TrialRow) -> None:
    link, ben = asked(ana), Client()
    ben.post(link)
    proves(ben, draws(ben))
    mallory = Client()
    assert [mallory.get(link).status_code, mallory.post(link).status_code] == [404, 404]
    assert "ekbom_helper" not in mallory.cookies
    assert ben.get("/helper/").status_code == 200


def test_a_visit_of_one_trial_says_nothing_of_another(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    sealed(row, clock())
    ben = arrived(ana)
    TrialRow.objects.filter(pk=row.pk).update(closed=clock())
    assert ben.get("/helper/").status_code == 403


def test_a_made_up_cookie_is_no_visit(ana: Client, row: TrialRow) -> None:
    arrived(ana)
    kept = HelperLink.objects.get()
    for secret in ("", "x", kept.session_hash, kept.token_hash):
        mallory = Client()
        mallory.cookies["ekbom_helper"] = secret
        assert mallory.get("/helper/").status_code == 403


def test_a_form_that_another_site_sends_is_not_taken(ana: Client, row: TrialRow) -> None:
    link = asked(ana)
    ben = Client(enforce_csrf_checks=True)
    assert ben.post(link).status_code == 403
    assert HelperLink.objects.get().begun is None


# What is kept, said and sent.


def kept() -> bytes:
    """Return all that the database and the memory keep, as one text."""
    found = [
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for model in apps.get_models()
        for line in model.objects.values_list()
        for value in line
    ]
    memory = [str(item).encode() for item in cache._cache.items()]
    return b"\n".join([*found, *memory])


def test_passphrase_code_and_list_are_in_no_row_log_or_address(
    ana: Client, row: TrialRow, clock: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ben = arrived(ana)
    wrong = "quite another passphrase"
    answers = [ben.post("/helper/seal/", {"passphrase": "shortish", "passphrase_again": "other"})]
    code = draws(ben)
    answers += [proves(ben, code, wrong), proves(ben, code), asks_for(ben, "list", wrong)]
    answers += [asks_for(ben, what) for what in ("list", "packing-list.pdf", "nonsense")]
    answers += [asks_for(ben, "list", code), ben.get("/helper/")]
    seal = open_sealed(trial_of(me(), clock()), key=Key("passphrase", PASSPHRASE))
    order = [", ".join(seal.treatments), '", "'.join(seal.treatments), str(seal.treatments)]
    secrets = [PASSPHRASE, wrong, "shortish", code, code.replace("-", ""), seal.seed, seal.salt]
    places = [answer.get("Location", "") + answer.request["PATH_INFO"] for answer in answers]
    places += [answer.request.get("QUERY_STRING", "") for answer in answers]
    places += re.findall(r'(?:href|action)="[^"]*"', " ".join(str(a.content) for a in answers))
    everywhere = kept() + caplog.text.encode() + "\n".join(places).encode()
    assert [s for s in [*secrets, *order] if s.encode() in everywhere] == []
    # Only what Ben typed from his paper is shown to him again, to be mended.
    shown = [s for s in secrets for a in answers if s in a.content.decode("latin-1")]
    assert shown == [code]
    assert code in answers[1].content.decode()


def test_a_typed_passphrase_is_not_put_aside_when_a_form_is_refused_as_forged(
    ana: Client, row: TrialRow, settings
) -> None:
    become(settings, "clinic")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(me())
    place = over_https("clinic")
    place["headers"] = {**place["headers"], "origin": settings.SITE.address}
    strict.post("/helper/packs/", TYPED, **place)
    assert PASSPHRASE not in str(dict(strict.session.items()))


def test_every_answer_stays_in_no_cache_and_gives_no_address_away(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    link = asked(ana)
    ben, seen = Client(), []

    def visited(**to) -> None:
        for path, method in itertools.product([link, *HELPERS], ("get", "post")):
            if path != "/helper/done/" and (path, method) != (link, "post"):
                seen.append(getattr(ben, method)(path, TYPED if method == "post" else {}))

    visited()
    seen.append(ben.post(link))
    visited()
    code = draws(ben)
    seen.append(proves(ben, code))
    seen += [asks_for(ben, what) for what in ("list", "packing-list.pdf", "emergency-papers.pdf")]
    visited()
    over(row, clock)
    visited()
    seen.append(ben.post("/helper/done/"))
    assert len(seen) > 60
    assert {answer["Cache-Control"] for answer in seen} == {"no-store"}
    asked_rightly = [answer for answer in seen if answer.status_code != 405]
    assert {answer["Referrer-Policy"] for answer in asked_rightly} == {"strict-origin"}


def test_who_goes_back_to_the_list_and_sends_its_form_anew_does_not_see_it(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    sealed(row, clock())
    ben = arrived(ana)
    first = asks_for(ben, "list")
    sent = {name: first.wsgi_request.POST[name] for name in first.wsgi_request.POST}
    assert (first.status_code, sent["passphrase"]) == (200, PASSPHRASE)
    for told in (sent, {**sent, "turn": ""}, {**sent, "turn": "9" * 20}):
        again = ben.post("/helper/packs/", told)
        assert (again.status_code, again["Location"]) == (302, "/helper/")
    assert heading(asks_for(ben, "list")) == heading(first)


def test_no_phone_keeps_a_page_of_the_helper(ana: Client) -> None:
    assert b"/helper/" not in ana.get("/sw.js").content


def test_the_helpers_pages_load_no_script_and_show_nothing_of_the_person(
    ana: Client, row: TrialRow
) -> None:
    link = asked(ana)
    ana.post(link)
    pages = [ana.get("/helper/"), ana.get("/helper/link/x/"), Client().get(link)]
    assert [b"<script" in page.content or b"/tonight/" in page.content for page in pages] == [
        False
    ] * 3


# Opposite orders.


def lived(clock: Hands, seed: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Let Ben seal what a seed draws; return what Ana can see and measure of it, and the order."""
    TrialRow.objects.all().delete()
    Person.objects.all().delete()
    remembered.forget()
    source = random.Random(seed)
    monkeypatch.setattr(sealing, "SOURCE", source.randbytes)
    clock.now = clock.set("2026-03-01T20:00+01:00")
    ana, row = browser_of(clock), tolerated(clock)
    ben = arrived(ana)
    code = draws(ben)
    proves(ben, code)
    packs = [asks_for(ben, what) for what in ("packing-list.pdf", "emergency-papers.pdf")]
    trial = trial_of(me(), clock())
    hidden = re.compile(r"[0-9a-f]{64}|value=\"[\w-]{16,}\"|[0-9a-f-]{36}")
    return {
        "order": open_sealed(trial, key=Key("recovery", code)).treatments,
        "pages": {p: hidden.sub("?", ana.get(p).content.decode()) for p in ANAS},
        "asking": hidden.sub("?", re.sub(r"/helper/link/[\w-]{43}/", "?", read(ana.get(ANAS[0])))),
        "files": {f.name: len(f.data) for f in FileRow.objects.filter(trial=row)},
        "links": [
            [len(bytes(v) if isinstance(v, bytes | memoryview) else str(v)) for v in line[1:-1]]
            for line in HelperLink.objects.values_list(
                "id", "token_hash", "made", "used", "session_hash", "turn", "sealed", "trial"
            )
        ],
        "events": [(e.kind, len(e.detail), len(e.hash)) for e in EventRow.objects.order_by("id")],
        "papers": [(p["Content-Disposition"], _pages(p.content)) for p in packs],
        "code": len(code),
        "name": heading(ben.get("/helper/")),
    }


def _pages(pdf: bytes) -> list[bytes]:
    return re.findall(rb"/Count (\d+)", pdf)


def test_opposite_orders_give_identical_pages_and_rows_of_equal_length(
    db: None, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyrage.passphrase, "encrypt", quick_box)
    first = lived(clock, 1, monkeypatch)
    other = next(
        found
        for seed in range(2, 40)
        if (found := lived(clock, seed, monkeypatch))["order"] == _opposite(first["order"])
    )
    assert {n for n, v in first.items() if v != other[n]} == {"order"}
    assert all(count for _, count in first["papers"])


def _opposite(order) -> tuple[str, ...]:
    names = sorted(set(order))
    return tuple(names[1 - names.index(name)] for name in order)


def test_a_draft_is_as_long_for_every_order_and_tells_nothing(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    ben, lengths = arrived(ana), set()
    for _ in range(6):
        draws(ben)
        lengths.add(len(bytes(HelperLink.objects.get().sealed)))
    assert len(lengths) == 1


def test_anas_copy_of_her_trial_has_the_sealed_file_and_no_key(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    ben = arrived(ana)
    code = draws(ben)
    proves(ben, code)
    answer = ana.get(reverse("export"))
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    files = zipfile.ZipFile(io.BytesIO(data))
    names = {name.rpartition("/")[2] for name in files.namelist()}
    assert names >= {"allocation.sealed", "events.csv"}
    assert not names & {"allocation.csv", "allocation.json"}
    whole = b"".join(files.read(name) for name in files.namelist())
    assert [s for s in (PASSPHRASE, code) if s.encode() in whole] == []
