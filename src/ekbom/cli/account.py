"""ekbom account: the accounts of a clinic's server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click

from ekbom.cli import present


@click.group(epilog="Example: EKBOM_SITE=clinic ekbom account add ana")
def command() -> None:
    """Make and reset accounts on a clinic's server.

    It prints a link that works once, for 24 hours. Hand it over in person: whoever opens it has the
    account. Nobody can sign up without one, and no e-mail is sent.
    """


@command.command("add", epilog="Example: ekbom account add ana")
@click.argument("name")
@click.pass_context
def add(ctx: click.Context, name: str) -> None:
    """Make an account called NAME."""
    _prepare()
    from ekbom.web.person.accounts import add_account

    _print_link(add_account, name, present(ctx))


@command.command("reset", epilog="Example: ekbom account reset ana")
@click.argument("name")
@click.pass_context
def reset(ctx: click.Context, name: str) -> None:
    """Take the password and passkeys of NAME away and log NAME out everywhere."""
    _prepare()
    from ekbom.web.person.accounts import reset_account

    _print_link(reset_account, name, present(ctx))


def _prepare() -> None:
    import os

    import django

    from ekbom.problem import RefusedError
    from ekbom.web.site import site_from

    site = site_from()
    if not site.several_people:
        raise RefusedError("Accounts are for a clinic's server: set EKBOM_SITE=clinic.")
    if not site.address:
        raise RefusedError(
            "Say where people reach the server: set EKBOM_ADDRESS=https://trial.example.org."
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ekbom.web.settings")
    django.setup()


def _print_link(make: Callable[..., str], name: str, now: datetime) -> None:
    from django.conf import settings
    from django.urls import reverse

    token = make(name, now=now)
    click.echo(f"{settings.SITE.address}{reverse('invite', args=[token])}")
    click.echo("This link works once, for 24 hours. Hand it over in person.", err=True)
