"""At home: a phone is paired, once, and removed."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pytest
from django.test import Client

from ekbom.web.devices.known import COOKIE, me
from ekbom.web.devices.pairing import new_code, use_code
from ekbom.web.models import Device, PairingCode
from ekbom.web.serving.certificates import authority_for, shown_authority
from ekbom.web.serving.names import Names
from web.sites import HOME, become, over_https

PHONE = over_https("home")
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"


@pytest.fixture(autouse=True)
def home(settings, clock, tmp_path):
    become(settings, "home")
    settings.SITE = replace(settings.SITE, data=tmp_path)
    authority_for(tmp_path, names=Names("ana-pc.local"), now=clock())


def code_shown(ana: Client) -> str:
    page = ana.post("/devices/pair/").content.decode()
    return re.search(rf"{HOME}(/p/[^<]+/)", page).group(1)


def test_a_phone_is_paired_by_a_code_that_works_once(ana) -> None:
    address = code_shown(ana)
    phone = Client()
    shown = phone.get(address, **PHONE, HTTP_USER_AGENT=IPHONE)
    assert (shown.status_code, 'value="iPhone"' in shown.content.decode()) == (200, True)
    answer = phone.post(address, {"name": "Ana's phone"}, **PHONE)
    assert (answer.status_code, answer.url) == (302, "/")
    assert answer.cookies[COOKIE]["secure"] is True
    assert phone.get("/settings/", **PHONE).status_code == 200
    assert set(Device.objects.values_list("name", flat=True)) == {"Ana's laptop", "Ana's phone"}
    other = Client()
    assert other.post(address, {"name": "Mallory's"}, **PHONE).status_code == 403
    assert other.get("/settings/", **PHONE).status_code == 403


def test_looking_at_the_page_does_not_use_the_code_up(ana) -> None:
    address = code_shown(ana)
    for _ in range(3):
        assert Client().get(address, **PHONE).status_code == 200
    assert ana.get(address).status_code == 200
    assert Client().post(address, {"name": "phone"}, **PHONE).status_code == 302


def test_a_good_code_and_a_bad_one_show_the_same_page(ana) -> None:
    address = code_shown(ana)
    pages = [Client().get(a, **PHONE).content for a in (address, "/p/AAAA-BBBB-CCCC/")]
    good, bad = (re.sub(rb'value="[^"]{64}"', b"", page) for page in pages)
    assert good == bad


def test_a_code_is_over_after_ten_minutes(ana, clock) -> None:
    address = code_shown(ana)
    clock.on(minutes=10)
    assert Client().post(address, {"name": "phone"}, **PHONE).status_code == 403


def test_a_new_code_ends_the_one_before(ana) -> None:
    first, second = code_shown(ana), code_shown(ana)
    assert Client().post(first, {"name": "phone"}, **PHONE).status_code == 403
    assert Client().post(second, {"name": "phone"}, **PHONE).status_code == 302


def test_wrong_codes_are_counted_and_then_no_code_is_taken(ana, clock) -> None:
    address = code_shown(ana)
    mallory = Client()
    tries = [mallory.post(f"/p/{n:012}/", {"name": "x"}, **PHONE).status_code for n in range(6)]
    assert tries == [403] * 5 + [429]
    assert mallory.post(address, {"name": "x"}, **PHONE).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.168.1.20")
    assert elsewhere.post(address, {"name": "phone"}, **PHONE).status_code == 302


def test_a_code_is_kept_nowhere_as_it_is(ana) -> None:
    code = code_shown(ana).split("/")[2]
    kept = PairingCode.objects.get()
    assert code.replace("-", "") not in kept.code_hash
    assert len(kept.code_hash) == 64


def test_a_code_may_be_typed_by_hand(ana) -> None:
    address = code_shown(ana).lower().replace("-", "")
    assert Client().post(address, {"name": "phone"}, **PHONE).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_phones_at_the_same_moment_one_is_paired(clock) -> None:
    code, paired = new_code(owner=me(), now=clock()), []

    def pair() -> None:
        from django.db import connection

        try:
            paired.append(use_code(code, now=clock()))
        finally:
            connection.close()

    phones = [threading.Thread(target=pair) for _ in range(6)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert [owner for owner in paired if owner is not None] == [me()]


def test_a_removed_phone_sees_nothing_and_the_list_forgets_it(ana) -> None:
    phone = Client()
    phone.post(code_shown(ana), {"name": "Lost phone"}, **PHONE)
    lost = Device.objects.get(name="Lost phone")
    Device.objects.filter(pk=lost.pk).update(unsent=3)
    page = ana.get("/devices/").content.decode()
    assert "Lost phone" in page
    assert "It still keeps entries that were not sent." in page
    assert ana.post(f"/devices/{lost.pk}/remove/").url == "/devices/"
    assert phone.get("/settings/", **PHONE).status_code == 403
    assert "Lost phone" not in ana.get("/devices/").content.decode()
    assert ana.post(f"/devices/{lost.pk}/remove/").status_code == 404


def test_a_hostile_name_of_a_phone_is_only_a_name(ana) -> None:
    phone = Client()
    phone.post(code_shown(ana), {"name": "<script>alert(1)</script>"}, **PHONE)
    page = ana.get("/devices/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_a_phone_can_trust_this_computer_before_it_is_known(mallory, settings) -> None:
    page = mallory.get("/trust/", **PHONE)
    assert page.status_code == 200
    file = mallory.get("/trust/ekbom-ca.pem", **PHONE)
    assert file.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert file.content == (settings.SITE.data / "tls" / "ekbom-ca.pem").read_bytes()
    assert b"PRIVATE" not in file.content
    known = shown_authority(settings.SITE.data)
    assert known.subject.rfc4514_string() == "CN=ekbom at ana-pc.local"


def test_cookies_of_a_phone_stay_on_https_and_those_of_the_computer_work_without(ana) -> None:
    assert ana.get("/settings/").cookies["ekbom_csrf"]["secure"] == ""
    phone = Client()
    phone.post(code_shown(ana), {"name": "phone"}, **PHONE)
    assert phone.get("/settings/", **PHONE).cookies["ekbom_csrf"]["secure"] is True


def test_without_home_there_is_nothing_to_pair(ana, mallory, settings) -> None:
    address = code_shown(ana)
    become(settings, "machine")
    assert mallory.post(address, {"name": "x"}).status_code == 403
    assert mallory.get("/trust/").status_code == 403
    assert mallory.get("/trust/ekbom-ca.pem").status_code == 403
    assert "ekbom serve --home" in ana.get("/devices/pair/").content.decode()
