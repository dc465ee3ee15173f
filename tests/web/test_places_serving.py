"""ekbom serve, started for real on a data folder of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="stops servers by signals"),
]

EKBOM = [sys.executable, "-c", "from ekbom.cli import main; main(prog_name='ekbom')"]


@contextmanager
def serving(data: Path, *options: str, by: tuple[str, ...] = (), **environ: str):
    """Start ekbom, wait until it says where it is, and stop it as Ctrl-C does.

    ``by`` is a command that starts it, with what it may and may not do.
    """
    out = data.parent / f"{data.name}-{time.monotonic_ns()}.txt"
    own = {"PATH": os.environ["PATH"], "HOME": str(data.parent), "EKBOM_DATA": str(data), **environ}
    with out.open("w") as file:
        command = [*by, *EKBOM, "serve", "--no-browser", *options]
        server = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=own)
    try:
        until = time.monotonic() + 60
        while "To stop" not in out.read_text() and server.poll() is None:
            assert time.monotonic() < until, out.read_text()
            time.sleep(0.05)
        yield server, out
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            raise


def address_in(out: Path) -> str:
    return re.search(r"http://localhost:\d+/\?token=\S+", out.read_text()).group()


def status(address: str) -> int:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        return urllib.request.build_opener(Stay).open(address, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_start_a_second_start_a_taken_port_and_a_clean_stop(tmp_path) -> None:
    data, port = tmp_path / "data", free()
    with serving(data, "--port", str(port)) as (server, out):
        address = address_in(out)
        assert f":{port}/" in address
        assert status(address) == 200
        assert status(address.partition("?")[0]) == 403
        second = subprocess.run(
            [*EKBOM, "serve", "--no-browser"],
            capture_output=True,
            text=True,
            env={**os.environ, "EKBOM_DATA": str(data)},
            check=True,
        )
        assert second.stdout == f"ekbom runs already. Open it in a browser:\n\n    {address}\n\n"
        assert readable_by_others(data) == []
        with serving(tmp_path / "other", "--port", str(port)) as (_, other):
            assert address_in(other) != address
            assert f"Port {port} is taken by another program, so this is port" in other.read_text()
    assert server.returncode == 0
    assert out.read_text().endswith("ekbom has stopped.\n")
    assert "Traceback" not in out.read_text()
    assert not (data / "serving.address").exists()


def test_after_being_killed_it_starts_again_and_knows_its_browsers(tmp_path) -> None:
    data = tmp_path / "data"
    with serving(data, "--port", str(free())) as (server, out):
        answer = urllib.request.urlopen(address_in(out), timeout=10)
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        first = address_in(out)
        server.kill()
        server.wait()
    with serving(data, "--port", str(free())) as (_, out):
        address = address_in(out)
        assert address.partition("?")[2] != first.partition("?")[2]
        request = urllib.request.Request(
            address.partition("?")[0] + "settings/", headers={"Cookie": cookie}
        )
        assert urllib.request.urlopen(request, timeout=10).status == 200
        assert status(f"{address.partition('?')[0]}?{first.partition('?')[2]}") == 403


def test_no_other_computer_reaches_it(tmp_path) -> None:
    port = free()
    with serving(tmp_path / "data", "--port", str(port)):
        listening = Path("/proc/net/tcp").read_text() if Path("/proc/net/tcp").exists() else ""
        mark = f":{port:04X} 00000000:0000 0A"
        where = {line.split()[1].split(":")[0] for line in listening.splitlines() if mark in line}
        assert where <= {"0100007F"}
        assert where or not listening
        # Another user's program on either address of localhost would get this one's visitors.
        for family, here in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_STREAM) as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with pytest.raises(OSError, match="in use"):
                    other.bind((here, port))


def test_a_clinic_has_no_home(tmp_path) -> None:
    environ = {**os.environ, "EKBOM_DATA": str(tmp_path), "EKBOM_SITE": "clinic"}
    done = subprocess.run(
        [*EKBOM, "serve", "--home"], capture_output=True, text=True, env=environ, check=False
    )
    assert (done.returncode, done.stderr) == (
        3,
        "A clinic's server has no --home. Start it without.\n",
    )


def test_a_clinic_is_served_behind_a_proxy_with_its_own_cookies(tmp_path) -> None:
    port = free()
    place = {"EKBOM_SITE": "clinic", "EKBOM_HOSTS": "trial.example.org"}
    with serving(
        tmp_path / "d", "--port", str(port), **place, EKBOM_ADDRESS="https://trial.example.org"
    ) as (_, out):
        assert "https://trial.example.org/" in out.read_text()
        assert "token" not in out.read_text()
        headers = {"Host": "trial.example.org", "X-Forwarded-Proto": "https"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/account/login/", headers=headers)
        answer = urllib.request.urlopen(request, timeout=10)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "; Secure" in answer.headers["Set-Cookie"]


def readable_by_others(folder: Path) -> list[str]:
    open_to_others = stat.S_IRWXG | stat.S_IRWXO
    kept = [p for p in folder.rglob("*") if "static" not in p.relative_to(folder).parts]
    return [str(p) for p in [folder, *kept] if p.stat().st_mode & open_to_others]
