"""What a phone trusts: certificates checked by Python's ssl, which is OpenSSL."""

from __future__ import annotations

import contextlib
import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from ekbom.web.serving.certificates import (
    authority_for,
    make_server,
    server_context,
    server_file,
    shown_authority,
)
from ekbom.web.serving.names import Names, local_name
from ekbom.web.serving.private import write_private

NAMED = Names("ana-pc.local")
NUMBERED = Names("ana-pc.local", "192.168.1.20")


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def shake_hands(file: Path, authority: Path, *, name: str) -> None:
    """Let a phone that trusts ``authority`` open the server in ``file`` under ``name``."""
    here, there = socket.socketpair()

    def serve() -> None:
        with (
            contextlib.suppress(OSError),
            server_context(file).wrap_socket(there, server_side=True) as answering,
        ):
            answering.recv(1)

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        phone = ssl.create_default_context(cafile=authority)
        phone.wrap_socket(here, server_hostname=name).close()
    finally:
        here.close()
        serving.join()
        there.close()


def forged_file(folder: Path, names: Names, *, hosts: tuple[str, ...], now: datetime) -> Path:
    """Write a certificate for other hosts, made with the stolen key of an authority."""
    certificate, key = make_server(
        authority_for(folder, names=names, now=now), hosts=hosts, now=now
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_private(folder / "forged.pem", pem)
    return folder / "forged.pem"


@pytest.mark.parametrize("names", [NAMED, NUMBERED])
def test_a_phone_that_trusts_it_opens_the_computer_under_each_of_its_names(
    tmp_path, names, now
) -> None:
    file = server_file(tmp_path, names=names, now=now)
    for name in names.hosts:
        shake_hands(file, tmp_path / "tls" / "ekbom-ca.pem", name=name)


def test_under_another_name_it_is_refused(tmp_path, now) -> None:
    file = server_file(tmp_path, names=NAMED, now=now)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(file, tmp_path / "tls" / "ekbom-ca.pem", name="bank.example")


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (NAMED, "bank.example"),
        (NAMED, "local"),
        (NAMED, "bens-pc.local"),
        (NAMED, "192.168.1.20"),
        (NUMBERED, "192.168.1.21"),
        (NUMBERED, "bank.example"),
    ],
)
def test_its_stolen_key_can_vouch_for_nobody_else(tmp_path, names, host, now) -> None:
    forged = forged_file(tmp_path, names, hosts=(host,), now=now)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"permitted subtree|excluded subtree"):
        shake_hands(forged, tmp_path / "tls" / "ekbom-ca.pem", name=host)


def test_the_keys_are_for_their_owner_alone(tmp_path, now) -> None:
    server_file(tmp_path, names=NAMED, now=now)
    for name in ("ekbom-ca-key.pem", "server.pem"):
        assert stat.S_IMODE((tmp_path / "tls" / name).stat().st_mode) == 0o600


def test_the_servers_certificate_is_made_anew_when_half_its_time_is_over(tmp_path, now) -> None:
    first = server_file(tmp_path, names=NAMED, now=now).read_bytes()
    authority = shown_authority(tmp_path)
    soon = now + timedelta(days=6, hours=23)
    assert server_file(tmp_path, names=NAMED, now=soon).read_bytes() == first
    later = now + timedelta(days=7, hours=1)
    assert server_file(tmp_path, names=NAMED, now=later).read_bytes() != first
    assert shown_authority(tmp_path) == authority


def test_the_authority_stays_as_long_as_the_names_do(tmp_path, now) -> None:
    first = authority_for(tmp_path, names=NAMED, now=now).certificate
    much_later = now + timedelta(days=3 * 365)
    assert authority_for(tmp_path, names=NAMED, now=much_later).certificate == first
    assert authority_for(tmp_path, names=NUMBERED, now=now).certificate != first


def test_an_authority_that_would_end_during_a_trial_is_replaced(tmp_path, now) -> None:
    first = authority_for(tmp_path, names=NAMED, now=now).certificate
    near_its_end = now + timedelta(days=4 * 365 + 1)
    assert authority_for(tmp_path, names=NAMED, now=near_its_end).certificate != first


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("Ana's MacBook Pro.fritz.box", "ana-s-macbook-pro"),
        ("vm", "vm"),
        ("", "ekbom"),
        ("---", "ekbom"),
        ("Küche", "k-che"),
    ],
)
def test_a_computers_name_as_it_stands_in_an_address(name, there) -> None:
    assert local_name(name) == there
