"""On one's own computer: who comes in, who does not, and what a page tells a browser."""

from __future__ import annotations

import logging

import pytest
from django.test import Client
from django.urls import get_resolver

from ekbom.web.devices import arrival
from ekbom.web.devices.known import COOKIE
from ekbom.web.models import Device
from ekbom.web.serving.logs import Plain

pytestmark = pytest.mark.django_db

TOKEN = "a-secret-that-is-new-at-each-start"


@pytest.fixture
def started(clock):
    """The application as it was just started, with its secret."""
    arrival.expect(TOKEN)
    yield
    arrival.expect("")


def come_in(**address) -> Client:
    browser = Client()
    browser.get("/", {"token": TOKEN}, **address)
    return browser


def test_the_printed_address_answers_directly_and_the_browser_is_known_from_then_on(
    started,
) -> None:
    browser = Client()
    response = browser.get("/", {"token": TOKEN})
    assert response.status_code == 200
    cookie = response.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 34_560_000)
    assert response.headers["Referrer-Policy"] == "no-referrer"
    arrival.expect("another start")
    assert browser.get("/welcome/").status_code == 200


def test_a_browser_that_comes_again_stays_the_same_device(started) -> None:
    browser = come_in()
    assert browser.get("/", {"token": TOKEN}).status_code == 200
    assert Device.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "remote"),
    [
        ({}, "127.0.0.1"),
        ({"token": ""}, "127.0.0.1"),
        ({"token": "a-guess"}, "127.0.0.1"),
        ({"token": "ünïcode"}, "127.0.0.1"),
        ({"token": TOKEN[:-1]}, "127.0.0.1"),
        ({"token": TOKEN}, "192.168.1.66"),
    ],
)
def test_a_stranger_sees_only_how_to_come_in(started, query, remote) -> None:
    response = Client(REMOTE_ADDR=remote).get("/", query)
    assert response.status_code == 403
    assert COOKIE not in response.cookies
    assert Device.objects.count() == 0


def test_no_secret_opens_an_application_that_was_started_without_one(clock) -> None:
    assert Client().get("/", {"token": ""}).status_code == 403


def test_the_secret_of_an_earlier_start_opens_nothing(started) -> None:
    arrival.expect("a later secret")
    assert Client().get("/", {"token": TOKEN}).status_code == 403


def test_the_locked_page_is_the_same_whether_there_is_a_trial_or_not(ana, mallory) -> None:
    before = mallory.get("/tonight/").content
    ana.post("/begin/diary/", {"zone": "Europe/Berlin", "bedtime": "22:30"})
    assert mallory.get("/tonight/").content == before


def test_a_made_up_cookie_opens_nothing(clock) -> None:
    browser = Client()
    for value in ("x", "'", "a" * 5000, "0" * 64):
        browser.cookies[COOKIE] = value
        assert browser.get("/welcome/").status_code == 403


def test_a_cookie_lasts_as_long_as_it_is_used(ana, clock) -> None:
    assert COOKIE not in ana.get("/settings/").cookies
    clock.on(days=2)
    response = ana.get("/settings/")
    assert response.cookies[COOKIE]["max-age"] == 34_560_000
    assert Device.objects.get().last_contact == clock()


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "192.168.1.5:8000", ""])
def test_a_name_that_is_not_ours_is_answered_by_nobody(ana, host) -> None:
    assert ana.get("/welcome/", headers={"host": host}).status_code == 400


def test_a_form_from_another_page_of_this_computer_is_not_taken(ana) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ana.cookies
    strict.get("/settings/")
    sent = {"csrfmiddlewaretoken": strict.cookies["ekbom_csrf"].value, "theme": "dark"}
    elsewhere = {"origin": "http://localhost:9999", "host": "localhost:8000"}
    assert strict.post("/settings/", sent, headers=elsewhere).status_code == 403
    assert strict.post("/settings/", {"theme": "dark"}).status_code == 403
    own = {"origin": "http://localhost:8000", "host": "localhost:8000"}
    assert strict.post("/settings/", sent, headers=own).status_code == 302


def test_what_every_page_tells_a_browser(ana) -> None:
    response = ana.get("/settings/")
    told = {
        "Cache-Control": "no-store",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    assert {name: response.headers[name] for name in told} == told
    policy = dict(p.split(" ", 1) for p in response.headers["Content-Security-Policy"].split("; "))
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert policy["default-src"] == "'none'"
    assert "Access-Control-Allow-Origin" not in response.headers


def test_what_a_stranger_gets_is_not_kept_either(started) -> None:
    for response in (Client().get("/"), Client().get("/", {"token": TOKEN}), Client().get("/no")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Frame-Options"] == "DENY"


def test_there_are_no_pages_for_accounts(ana, mallory) -> None:
    for browser in (ana, mallory):
        assert browser.get("/account/login/").status_code == 404
        assert browser.post("/account/signup/", {"username": "x"}).status_code == 404


def test_the_log_names_neither_a_page_nor_what_was_typed() -> None:
    request = type("Request", (), {"resolver_match": get_resolver().resolve("/p/SECRET-CODE/")})()
    try:
        float("my legs hurt")
    except ValueError:
        import sys

        fault = sys.exc_info()
    record = logging.LogRecord("django.request", 40, "", 1, "%s", ("/p/SECRET-CODE/",), fault)
    record.request = request
    line = Plain().format(record)
    assert "SECRET" not in line
    assert "my legs" not in line
    assert "'p/<str:code>/'" in line
    assert "ValueError" in line
