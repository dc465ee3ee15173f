"""One start of the application: prepared, listening, and stopped cleanly."""

from __future__ import annotations

import os
import secrets
import signal
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

from ekbom.problem import RefusedError
from ekbom.web.serving.listening import free_port, listen_here
from ekbom.web.serving.names import Names, names_now
from ekbom.web.serving.running import alone, opener, say_where
from ekbom.web.site import Site

HOME_PORT = 8443

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How the application is to be started; ``browser`` opens it there at once."""

    site: Site
    port: int
    browser: bool
    tell: Tell


def run(start: Start) -> None:
    """Serve until somebody stops it.

    Raises RunsAlreadyError if the data folder is served already, RefusedError if the site cannot be
    served as it is asked for.
    """
    # Whatever is written from here on is nobody else's to read, wherever the folder is.
    os.umask(0o077)
    with alone(start.site.data), ExitStack() as stack:
        port, sockets = listen_here(start.port)
        if port != start.port:
            start.tell(f"Port {start.port} is taken by another program, so this is port {port}.")
        for one in sockets:
            stack.callback(one.close)
        home = _home_site(start.site) if start.site.kind == "home" else None
        application = _application(home.site if home else start.site, start.tell)
        renewals = [] if home is None else [_serve_home(application, home, start.tell, stack)]
        address = _address(start.site, port)
        say_where(start.site.data, address=address)
        stack.enter_context(_ticking(*renewals))
        _greet(start, address)
        _serve(application, sockets, clinic=start.site.several_people)
    start.tell("ekbom has stopped.")


@dataclass(frozen=True, slots=True)
class Home:
    """A site that phones reach, under what names and at which port."""

    site: Site
    names: Names
    port: int


def open_browser(site: Site, *, address: str) -> None:
    """Open the address in a browser, without showing it to the computer's other users."""
    webbrowser.open(opener(site.data, address=address).as_uri())


def _home_site(site: Site) -> Home:
    names = names_now()
    if names is None:
        raise RefusedError(
            "This computer is in no network, so no phone can reach it. Join the network at home "
            "and start again, or start without --home."
        )
    port = free_port(HOME_PORT)
    hosts, address = (*site.hosts, *names.hosts), f"https://{names.reached}:{port}"
    return Home(replace(site, hosts=hosts, address=address), names, port)


def _application(site: Site, tell: Tell) -> Any:
    """Return the application for a site, with its database and files ready."""
    os.environ.update(
        EKBOM_SITE=site.kind,
        EKBOM_DATA=str(site.data),
        EKBOM_HOSTS=",".join(site.hosts),
        EKBOM_ADDRESS=site.address,
        EKBOM_CLINIC_KEY=",".join(site.seal_to),
        DJANGO_SETTINGS_MODULE="ekbom.web.settings",
    )
    import django  # noqa: PLC0415 - the settings read the environment

    django.setup()
    from django.conf import settings  # noqa: PLC0415

    if settings.DEBUG:
        raise RefusedError("The setting DEBUG shows people's answers to strangers. Switch it off.")
    from ekbom.web.application import application  # noqa: PLC0415
    from ekbom.web.serving.statics import lay_out  # noqa: PLC0415
    from ekbom.web.upgrade import prepare_database  # noqa: PLC0415

    for said in prepare_database(site):
        tell(said)
    lay_out()
    return application()


def _address(site: Site, port: int) -> str:
    from django.urls import reverse  # noqa: PLC0415 - needs the settings

    from ekbom.web.devices import arrival  # noqa: PLC0415

    # Asking for an address reads all pages, so that a server that says it runs can answer.
    first = reverse("start")
    if site.several_people:
        return (site.address or f"http://localhost:{port}") + first
    token = secrets.token_urlsafe(24)
    arrival.expect(token)
    return f"http://localhost:{port}{first}?{arrival.PARAMETER}={token}"


def _serve_home(application: Any, home: Home, tell: Tell, stack: ExitStack) -> Callable[..., None]:
    from ekbom.web.serving.home import HomeServer  # noqa: PLC0415 - only --home needs cheroot

    server = HomeServer(application, names=home.names, port=home.port, data=home.site.data)
    server.start()
    stack.callback(server.stop)
    tell(f"For phones in your network: {home.site.address}")
    tell("On this computer open Settings, Phones and browsers, Pair a phone. Scan the codes there.")
    if home.names.address:
        tell(
            f"Your network does not know the name {home.names.host}, so phones use a number. If it "
            "changes, a phone cannot send what it still keeps: send it first, then pair anew."
        )
    return server.renew


@contextmanager
def _ticking(*more: Callable[..., None]) -> Iterator[None]:
    from ekbom.web.serving.ticks import Ticks  # noqa: PLC0415 - needs the settings

    ticks = Ticks(*more)
    ticks.start()
    try:
        yield
    finally:
        ticks.stop()


def _greet(start: Start, address: str) -> None:
    start.tell(f"ekbom is running. Open it in a browser of this computer:\n\n    {address}\n")
    start.tell("Your data: " + str(start.site.data))
    start.tell("To stop: press Ctrl and C.")
    if start.browser:
        open_browser(start.site, address=address)


def _serve(application: Any, sockets: list[Any], *, clinic: bool) -> None:
    from waitress.server import create_server  # noqa: PLC0415

    behind = {
        "trusted_proxy": "127.0.0.1",
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
    }
    server = create_server(
        application,
        sockets=sockets,
        threads=8,
        ident="",
        clear_untrusted_proxy_headers=True,
        **(behind if clinic else {}),
    )
    signal.signal(signal.SIGTERM, _stop)
    # It ends at a KeyboardInterrupt by itself, after the answers that it is giving.
    server.run()
    server.close()


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signals are handed so
    raise KeyboardInterrupt
