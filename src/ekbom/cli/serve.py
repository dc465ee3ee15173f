"""ekbom serve: the diary and the trial in a browser."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

PORT = 8000


@click.command(epilog="Example: ekbom serve --home")
@click.option("--home", is_flag=True, help="Also serve phones in your network, over HTTPS.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True, help="Begin here."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything is kept; without it, in your own data folder.",
)
@click.option(
    "--seal-to",
    "keys",
    multiple=True,
    metavar="AGE-KEY",
    help="A clinic seals orders to this public age key. May be repeated.",
)
def command(
    *, home: bool, no_browser: bool, port: int, data: Path | None, keys: tuple[str, ...]
) -> None:
    """Start ekbom in a browser: the diary, the trial, and its verdict.

    Only this computer can reach it, and only with the address that it prints, which is new at each
    start. A browser that has opened it once is known from then on. With --home your phones can be
    paired too.

    A clinic sets EKBOM_SITE=clinic, EKBOM_DATABASE, EKBOM_HOSTS and EKBOM_ADDRESS, and puts a
    server with TLS in front. With --seal-to, or EKBOM_CLINIC_KEY, the order of its blinded trials
    is sealed to a key whose secret half never comes near this server.
    """
    from ekbom.problem import RefusedError
    from ekbom.web.serving.running import RunsAlreadyError
    from ekbom.web.serving.server import Start, open_browser, run
    from ekbom.web.site import site_from

    environ = {**os.environ, **({"EKBOM_DATA": str(data.absolute())} if data else {})}
    if keys:
        environ["EKBOM_CLINIC_KEY"] = ",".join(keys)
    site = site_from(environ)
    if home and site.several_people:
        raise RefusedError("A clinic's server has no --home. Start it without.")
    if home:
        site = replace(site, kind="home")
    try:
        run(Start(site=site, port=port, browser=not no_browser, tell=click.echo))
    except RunsAlreadyError as other:
        click.echo(f"ekbom runs already. Open it in a browser:\n\n    {other.address}\n")
        if not no_browser:
            open_browser(site, address=other.address)
