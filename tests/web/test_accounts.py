"""A clinic's accounts: made by a link, used once, reset, and never told about to strangers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from statistics import median

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import identify_hasher
from django.contrib.sessions.models import Session

from ekbom.problem import InputError, RefusedError
from ekbom.web.models import OneTimeLink, Person
from ekbom.web.person.accounts import add_account, reset_account
from web.sites import CLINIC, ClinicBrowser, become

pytestmark = pytest.mark.django_db

PASSWORD = "quiet legs at midnight"


@pytest.fixture(autouse=True)
def clinic(settings) -> None:
    become(settings, "clinic")


def opened(name: str, clock, *, password: str = PASSWORD) -> ClinicBrowser:
    """Make an account and let its person open it in a browser of their own."""
    browser = ClinicBrowser()
    address = f"/invite/{add_account(name, now=clock())}/"
    assert browser.post(address, {"password": password}).status_code == 302
    return browser


def log_in(name: str, password: str = PASSWORD, *, browser: ClinicBrowser | None = None):
    browser = browser or ClinicBrowser()
    return browser.post("/account/login/", {"login": name, "password": password}), browser


def test_a_link_opens_an_account_and_the_password_is_kept_as_argon2(clock) -> None:
    browser = opened("Ana", clock)
    assert browser.get("/settings/").status_code == 200
    person = Person.objects.get(username="ana")
    assert identify_hasher(person.password).algorithm == "argon2"
    response, again = log_in("ANA")
    assert (response.status_code, response.url) == (302, "/")
    assert again.get("/settings/").status_code == 200


def test_a_link_works_once(clock) -> None:
    token = add_account("ana", now=clock())
    for expected in (302, 404):
        sent = ClinicBrowser().post(f"/invite/{token}/", {"password": PASSWORD})
        assert sent.status_code == expected
    assert ClinicBrowser().get(f"/invite/{token}/").status_code == 404


def test_a_link_is_over_after_24_hours(clock) -> None:
    token = add_account("ana", now=clock())
    clock.on(hours=23, minutes=59)
    assert ClinicBrowser().get(f"/invite/{token}/").status_code == 200
    clock.on(minutes=1)
    assert ClinicBrowser().get(f"/invite/{token}/").status_code == 404
    sent = ClinicBrowser().post(f"/invite/{token}/", {"password": PASSWORD})
    assert sent.status_code == 404
    assert log_in("ana")[0].status_code == 200


def test_links_are_kept_nowhere_as_they_are_and_guessing_ends_soon(clock) -> None:
    token = add_account("ana", now=clock())
    assert token not in OneTimeLink.objects.get().token_hash
    mallory = ClinicBrowser()
    tries = [mallory.get(f"/invite/guess{n}/").status_code for n in range(21)]
    assert tries == [404] * 20 + [429]


def test_a_password_that_is_easily_guessed_is_refused_and_the_link_still_works(clock) -> None:
    token = add_account("ana", now=clock())
    for weak in ("short", "password1234", ""):
        sent = ClinicBrowser().post(f"/invite/{token}/", {"password": weak})
        assert sent.status_code == 422
    assert OneTimeLink.objects.get().used is None


def test_a_link_with_a_passkey_leads_to_making_one_at_once(clock) -> None:
    browser = ClinicBrowser()
    sent = browser.post(f"/invite/{add_account('ana', now=clock())}/", {"passkey": "yes"})
    assert (sent.status_code, sent.url) == (302, "/account/2fa/webauthn/add/")
    assert browser.get(sent.url).status_code == 200
    assert not Person.objects.get(username="ana").has_usable_password()


def test_a_reset_ends_sessions_password_and_passkeys(clock) -> None:
    browser = opened("ana", clock)
    person = Person.objects.get(username="ana")
    Authenticator.objects.create(user=person, type="webauthn", data={})
    old = add_link = reset_account("ana", now=clock())
    assert browser.get("/settings/").url == "/account/login/?next=/settings/"
    assert log_in("ana")[0].status_code == 200
    assert Authenticator.objects.count() == 0
    new = reset_account("ana", now=clock())
    assert ClinicBrowser().get(f"/invite/{old}/").status_code == 404
    sent = ClinicBrowser().post(f"/invite/{new}/", {"password": "another quiet night"})
    assert sent.status_code == 302
    assert log_in("ana", "another quiet night")[0].status_code == 302
    assert add_link is old


def test_names_are_taken_once_whatever_their_case(clock) -> None:
    add_account("ana", now=clock())
    with pytest.raises(RefusedError, match="There is an account ana already"):
        add_account("Ana", now=clock())
    with pytest.raises(RefusedError, match="There is no account ben"):
        reset_account("ben", now=clock())
    for name in ("", "a b", "<script>", "x" * 151):
        with pytest.raises(InputError):
            add_account(name, now=clock())
    assert list(Person.objects.values_list("username", flat=True)) == ["ana"]


def plain(page: bytes, name: str) -> str:
    return re.sub(r'value="[^"]{64}"', "", page.decode().replace(name, "NAME"))


def test_logging_in_does_not_tell_whether_a_name_exists(clock) -> None:
    opened("ana", clock)
    add_account("ben", now=clock())
    wrong = {n: log_in(n, "a wrong password")[0] for n in ("ana", "ben", "eve")}
    pages = {(r.status_code, plain(r.content, name)) for name, r in wrong.items()}
    assert len(pages) == 1


@pytest.mark.slow
def test_a_name_that_does_not_exist_takes_as_long_as_one_that_does(clock, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    opened("ana", clock)
    add_account("ben", now=clock())

    def seconds(name: str) -> float:
        taken = []
        for _ in range(5):
            begun = time.process_time()
            log_in(name, "a wrong password")
            taken.append(time.process_time() - begun)
        return median(taken)

    known = seconds("ana")
    for name in ("ben", "eve"):
        assert known / 2 < seconds(name) < known * 2


def test_wrong_passwords_are_counted(clock) -> None:
    opened("ana", clock)
    for _ in range(5):
        assert log_in("ana", "a wrong password")[0].status_code == 200
    response, browser = log_in("ana")
    assert "Too many failed login attempts" in response.content.decode()
    assert "A passkey works at any time." in response.content.decode()
    assert browser.get("/settings/").status_code == 302


@pytest.mark.parametrize(
    "path", ["signup/", "password/reset/", "email/", "logout/", "confirm-email/", "inactive/"]
)
def test_pages_of_accounts_that_are_not_in_use_are_not_there(clock, path) -> None:
    ana = opened("ana", clock)
    for browser in (ana, ClinicBrowser()):
        assert browser.get(f"/account/{path}").status_code == 404
        assert browser.post(f"/account/{path}", {"username": "x"}).status_code == 404
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    "path",
    ["2fa/", "2fa/webauthn/add/", "2fa/webauthn/", "password/change/", "reauthenticate/", "login/"],
)
def test_pages_of_accounts_stand_in_our_frame(clock, path) -> None:
    page = opened("ana", clock).get(f"/account/{path}", follow=True).content.decode()
    assert page.count("<h1") == 1
    assert page.count('<main id="main"') == 1


def test_leaving_ends_the_session_and_clears_the_browser(clock) -> None:
    browser = opened("ana", clock)
    left = browser.post("/leave/")
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert left.cookies["ekbom_last"].value == ""
    assert browser.get("/settings/").status_code == 302
    assert Session.objects.count() == 0


def test_cookies_and_pages_of_a_clinic_are_for_https(clock) -> None:
    browser = opened("ana", clock)
    assert browser.cookies["ekbom_session"]["secure"]
    assert browser.cookies["ekbom_session"]["httponly"]
    assert browser.cookies["ekbom_last"]["secure"]


def run(*words: str, data: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = "from ekbom.cli import main; main(prog_name='ekbom')"
    own = {"PATH": os.environ["PATH"], "EKBOM_DATA": data, **environ}
    return subprocess.run(
        [sys.executable, "-c", command, *words],
        capture_output=True,
        text=True,
        env=own,
        check=False,
    )


def test_the_command_prints_a_link_and_says_when_there_can_be_none(tmp_path) -> None:
    here = {"data": str(tmp_path), "EKBOM_SITE": "clinic", "EKBOM_ADDRESS": CLINIC}
    migrate = "import django; django.setup(); from django.core.management import call_command as c"
    done = subprocess.run(
        [sys.executable, "-c", f"{migrate}; c('migrate', verbosity=0)"],
        env={
            **os.environ,
            "EKBOM_DATA": str(tmp_path),
            "EKBOM_DATABASE": "",
            "DJANGO_SETTINGS_MODULE": "ekbom.web.settings",
        },
        check=False,
    )
    assert done.returncode == 0
    made = run("account", "add", "ana", **here)
    assert re.fullmatch(rf"{CLINIC}/invite/[\w-]{{43}}/\n", made.stdout)
    again = run("account", "add", "ana", **here)
    assert (again.returncode, again.stdout) == (3, "")
    assert again.stderr == "There is an account ana already. Use reset.\n"
    assert run("account", "reset", "ana", **here).returncode == 0
    alone = run("account", "add", "ana", data=str(tmp_path))
    assert "set EKBOM_SITE=clinic" in alone.stderr
    nowhere = run("account", "add", "ana", data=str(tmp_path), EKBOM_SITE="clinic")
    assert "set EKBOM_ADDRESS" in nowhere.stderr
