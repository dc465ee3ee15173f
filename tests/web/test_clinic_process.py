"""A clinic's web process draws an order and cannot open it: watched from outside, as it runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect

import pyrage
import pytest

from ekbom.trial.seal import Seal
from ekbom.trial.sealing import Key, sealed_from, unseal
from web.test_places_serving import free, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="watches a process through /proc"),
]

HOST = "trial.example.org"
NOBODY = 65_534
TESTS = Path(__file__).parents[1]

BARE = (
    sys.executable,
    "-c",
    "import ctypes, os, sys\n"
    "drop = ctypes.CDLL(None).prctl\n"
    "[drop(24, right, 0, 0, 0) for right in range(64)]\n"
    "os.execv(sys.argv[1], sys.argv[1:])",
)
"""Starts a command without any right to go past the owner of a file, even as root."""

PREPARE = """
from datetime import UTC, datetime, timedelta
from importlib import import_module
from ekbom.web.shell import set_up
site = set_up()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from ekbom.web.models import Person
from ekbom.web.store import register
from ekbom.web.upgrade import prepare_database
from trials import plain_protocol
list(prepare_database(site))
ana = Person.objects.create(username="ana")
now = datetime.now(UTC) - timedelta(days=1)
register(ana, protocol=plain_protocol(blinding="clinic"), start=now.date(), zone="UTC", now=now)
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(ana.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = ana.get_session_auth_hash()
session.save()
print(session.session_key)
"""
"""Makes Ana's account and her trial of yesterday, and prints the session of her browser."""


@dataclass(frozen=True)
class Drawn:
    """A server that has drawn an order, and the key holder's secret key beside it."""

    pid: int
    data: Path
    said: Path
    key: Path
    identity: pyrage.x25519.Identity

    def sealed(self) -> bytes:
        with closing(connect(self.data / "ekbom.sqlite3")) as database:
            wanted = "SELECT data FROM ekbom_filerow WHERE name = 'allocation.sealed'"
            ((found,),) = database.execute(wanted).fetchall()
        return bytes(found)

    def seal(self) -> Seal:
        return unseal(sealed_from(self.sealed()), key=Key("identity", str(self.identity)))


@pytest.fixture(scope="module")
def drawn() -> Iterator[Drawn]:
    with tempfile.TemporaryDirectory() as folder:
        place, identity = Path(folder), pyrage.x25519.Identity.generate()
        key = _kept_key(place / "keeper", identity)
        data, port = place / "data", free()
        clinic = {
            "EKBOM_SITE": "clinic",
            "EKBOM_HOSTS": HOST,
            "EKBOM_ADDRESS": f"https://{HOST}",
        }
        session = _prepared(data, clinic)
        options = ("--port", str(port), "--seal-to", str(identity.to_public()))
        with serving(data, *options, by=BARE, **clinic) as (server, said):
            _draw(port, session)
            yield Drawn(server.pid, data, said, key, identity)
        key.parent.chmod(0o700)


def _kept_key(folder: Path, identity: pyrage.x25519.Identity) -> Path:
    """Keep a secret key where only another user can read it, or nobody for now."""
    folder.mkdir(mode=0o700)
    key = folder / "key.txt"
    key.write_text(f"{identity}\n")
    key.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(key, NOBODY, NOBODY)
        os.chown(folder, NOBODY, NOBODY)
    else:
        folder.chmod(0)
    return key


def _prepared(data: Path, clinic: dict[str, str]) -> str:
    environ = {**os.environ, **clinic, "EKBOM_DATA": str(data), "PYTHONPATH": str(TESTS)}
    environ["EKBOM_DATABASE"] = ""
    environ.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-c", PREPARE], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _draw(port: int, session: str) -> None:
    """Let Ana's browser ask for the draw and send it, through the proxy in front."""
    address, cookies = f"http://127.0.0.1:{port}/trial/draw/", f"ekbom_session={session}"
    heads = {"Host": HOST, "X-Forwarded-Proto": "https", "Referer": f"https://{HOST}/"}
    request = urllib.request.Request(address, headers={**heads, "Cookie": cookies})
    with urllib.request.urlopen(request, timeout=30) as page:
        text, given = page.read().decode(), str(page.headers.get_all("Set-Cookie"))
    csrf = re.search(r"ekbom_csrf=\w+", given).group()
    sent = dict(re.findall(r'name="(\w+)" value="(\w+)"', text))
    request = urllib.request.Request(
        address,
        data=urllib.parse.urlencode(sent).encode(),
        headers={**heads, "Cookie": f"{cookies}; {csrf}"},
    )
    opener = urllib.request.build_opener(_Stay)
    with pytest.raises(urllib.error.HTTPError) as moved:
        opener.open(request, timeout=60)
    with moved.value as answer:
        assert (answer.code, answer.headers["Location"]) == (302, "/trial/draw/")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def _memory(pid: int) -> Iterator[bytes]:
    """Yield all that a process can write to, and so all that it keeps."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            begin, end = (int(number, 16) for number in span.split("-"))
            if rights.startswith("rw"):
                memory.seek(begin)
                try:
                    yield memory.read(end - begin)
                except OSError:  # a region that the kernel keeps to itself
                    continue


def _scalar(identity: pyrage.x25519.Identity) -> bytes:
    """Return the 32 bytes of a secret key, which age writes in Bech32."""
    digits = str(identity).lower().removeprefix("age-secret-key-1")[:-6]
    bits = "".join(f"{'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.index(d):05b}" for d in digits)
    return int(bits[:256], 2).to_bytes(32, "big")


def test_the_key_holder_opens_what_it_drew(drawn) -> None:
    assert sorted(drawn.seal().treatments) == ["tea"] * 4 + ["water"] * 4


def test_it_cannot_read_the_key_holders_file(drawn) -> None:
    """Another process with its very rights is refused; its user and rights are read from it."""
    read = f"print(open({str(drawn.key)!r}).read())"
    done = subprocess.run(
        [*BARE, sys.executable, "-c", read], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr.splitlines()[-1].partition(":")[0]) == ("", "PermissionError")
    tell = "print(open('/proc/self/status').read())"
    same = subprocess.run(
        [*BARE, sys.executable, "-c", tell], capture_output=True, text=True, check=True
    )
    mine, its = (_rights(s) for s in (same.stdout, Path(f"/proc/{drawn.pid}/status").read_text()))
    assert (mine, its["CapEff"]) == (its, "0000000000000000")
    if os.geteuid() == 0:
        assert drawn.key.stat().st_uid != int(its["Uid"].split()[0])


def _rights(status: str) -> dict[str, str]:
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return {name: lines[name] for name in ("Uid", "Gid", "Groups", "CapPrm", "CapEff")}


def test_it_holds_the_public_key_and_no_secret_one(drawn) -> None:
    """In its environment, its command, its open files and its memory."""
    public, secret = str(drawn.identity.to_public()).encode(), str(drawn.identity).encode()
    proc = Path(f"/proc/{drawn.pid}")
    for name in ("environ", "cmdline"):
        text = (proc / name).read_bytes()
        assert (b"AGE-SECRET-KEY" in text.upper(), len(text) > 0) == (False, True)
    opened = [str(file.readlink()) for file in (proc / "fd").iterdir() if file.is_symlink()]
    assert [name for name in opened if str(drawn.key.parent) in name] == []
    found = {"public": 0, "secret": 0, "raw": 0}
    for part in _memory(drawn.pid):
        found["public"] += part.count(public)
        found["secret"] += part.count(secret) + part.count(secret.lower())
        found["raw"] += part.count(_scalar(drawn.identity))
    assert (found["public"] > 0, found["secret"], found["raw"]) == (True, 0, 0)


def test_nothing_that_it_holds_opens_the_seal(drawn) -> None:
    """Every age key in its memory and its files is tried; there is no box for a passphrase."""
    sealed = sealed_from(drawn.sealed())
    assert dict(sealed.boxes) == {}
    places = [*_memory(drawn.pid), *(data for _, data in _files(drawn.data))]
    keys = {k for p in places for k in re.findall(rb"AGE-SECRET-KEY-1[0-9A-Z]{58}", p.upper())}
    for text in keys:
        identity = pyrage.x25519.Identity.from_str(text.decode())
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(sealed.content, [identity])
    assert json.loads(pyrage.decrypt(sealed.content, [drawn.identity]))["seal"]["seed"]


def test_no_byte_that_it_keeps_tells_the_order(drawn) -> None:
    """Database, its log of changes, every other file, and what it printed."""
    seal = drawn.seal()
    order = seal.treatments
    hidden = [
        *(text for value in (seal.seed, seal.salt) for text in (value, value.upper())),
        *(bytes.fromhex(value) for value in (seal.seed, seal.salt)),
        *(f"{mark}".join(order) for mark in (", ", ",", " ", "\n", '", "', '","', "', '")),
        '"treatments": ["',
    ]
    marks = [text if isinstance(text, bytes) else text.encode() for text in hidden]
    kept = [*_files(drawn.data), ("said", drawn.said.read_bytes())]
    told = [(name, mark) for name, data in kept for mark in marks if mark in data]
    assert told == []
    commitment = sealed_from(drawn.sealed()).commitment.encode()
    assert any(commitment in data for _, data in kept)
    assert not any(name.startswith("allocation") for name, _ in kept)


def _files(folder: Path) -> list[tuple[str, bytes]]:
    found = [file for file in folder.rglob("*") if file.is_file() and "static" not in file.parts]
    return [(file.name, file.read_bytes()) for file in found]
