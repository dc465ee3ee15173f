"""ekbom new: register a trial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import Day, present
from ekbom.cli.protocol import chances_lines, find_protocol
from ekbom.language import say

if TYPE_CHECKING:
    from ekbom.protocol.model import Protocol, Way


@click.command(
    epilog="Example: ekbom new my-trial --protocol magnesium-rls-fast --zone Europe/Berlin "
    "--start 2026-03-02 --confirm-mid"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--protocol", "name", required=True, help="A built-in protocol, or a file.")
@click.option("--zone", required=True, help="Your time zone, such as Europe/Berlin.")
@click.option(
    "--start",
    type=Day(),
    help="The first night, by its evening's date. Default: tonight.",
)
@click.option("--pairs", type=click.IntRange(1), help="Number of pairs.")
@click.option("--period-nights", type=click.IntRange(1), help="Nights of one period.")
@click.option("--unanalysed", type=click.IntRange(0), help="First nights not analysed.")
@click.option("--washout", type=click.IntRange(0), help="Nights off between two periods.")
@click.option(
    "--blinding",
    type=click.Choice(["open", "helper", "alone", "clinic"]),
    help="Who knows what is in the capsules: everybody, a helper, nobody, or a clinic. Default: "
    "as the protocol says; those that come with ekbom say open.",
)
@click.option("--region", help="Whose limit for supplements counts: EU, US, UK, ...")
@click.option(
    "--mid", "mids", multiple=True, metavar="OUTCOME=VALUE", help="Your own MID for an outcome."
)
@click.option("--confirm-mid", is_flag=True, help="Confirm the MIDs as printed.")
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    name: str,
    zone: str,
    start: date | None,
    pairs: int | None,
    period_nights: int | None,
    unanalysed: int | None,
    washout: int | None,
    blinding: Way | None,
    region: str | None,
    mids: tuple[str, ...],
    confirm_mid: bool,
) -> None:
    """Register a new trial in the folder DIR; from then on its protocol is frozen."""
    from ekbom.diary.table import is_zone
    from ekbom.protocol.files import content_hash, with_design, with_mids, with_region
    from ekbom.report.plan_words import WAY_WORDS, describe_protocol
    from ekbom.safety.hiding import refuse_unhidden
    from ekbom.trial.create import register_trial

    now = present(ctx)
    if not is_zone(zone):
        raise click.BadParameter(f"{zone!r} is not a time zone; use one such as Europe/Berlin")
    first = _first_night(start, zone, now)
    protocol = with_design(
        find_protocol(name),
        pairs=pairs,
        period_nights=period_nights,
        unanalysed_nights=unanalysed,
        washout_nights=washout,
    )
    protocol = with_mids(with_region(protocol, region), _mids(mids))
    protocol = replace(protocol, blinding=blinding or protocol.blinding)
    refuse_unhidden(protocol)
    for line in describe_protocol(protocol):
        click.echo(line)
    for line in chances_lines(protocol):
        click.echo(line)
    click.echo(f"\n{WAY_WORDS[protocol.blinding]}\n")
    for line in _capsule_lines(protocol):
        click.echo(line)
    if not confirm_mid:
        _confirm()
    trial = register_trial(path=folder, protocol=protocol, start=first, zone=zone, now=now)
    calendar = trial.calendar()
    click.echo(f"Registered in {folder}. Protocol hash: {content_hash(protocol)}")
    click.echo(
        f"First night {calendar.first}; first randomised night {calendar.randomised[0].night} and "
        f"last night {calendar.last} at the earliest."
    )
    click.echo(f"Next: ekbom log {folder} --help")


def _capsule_lines(protocol: Protocol) -> Iterator[str]:
    """Yield how many capsules would hide a citrate powder, or that none of a common size would."""
    from ekbom.report.capsule_words import NO_SIZE, capsule_sentence
    from ekbom.safety.hiding import fills_of

    if protocol.blinding == "open" or protocol.dose is None:
        return
    fills = fills_of(protocol.dose)
    yield from (capsule_sentence(fill) for fill in fills)
    if not fills:
        yield say(NO_SIZE, mg=max(protocol.dose.ladder))
    yield ""


def _first_night(start: date | None, zone: str, now: datetime) -> date:
    """Return the first night, tonight if none was given; it must not be past."""
    from ekbom.design.clock import Clock

    clock = Clock(zone)
    today = clock.local(now).date()
    first = today if start is None else start
    if first < clock.night_of(now):
        raise click.BadParameter(
            f"--start {first} is past, and a trial is registered before it begins: give {today} "
            "or later"
        )
    return first


def _mids(given: tuple[str, ...]) -> dict[str, float]:
    from ekbom.diary.table import number_in

    mids: dict[str, float] = {}
    for text in given:
        outcome, _, number = text.partition("=")
        value = number_in(number)
        if value is None:
            raise click.BadParameter(f"--mid {text!r}: write it as urge=1.5")
        if outcome in mids:
            raise click.BadParameter(f"--mid {outcome} is given twice")
        mids[outcome] = value
    return mids


def _confirm() -> None:
    """Ask the person to confirm the MIDs; without a terminal, say how to confirm."""
    try:
        agreed = click.confirm("Are these minimal important differences right for you?")
    except click.Abort:
        agreed = False
    if not agreed:
        raise click.UsageError(
            "The MIDs were not confirmed, so nothing was registered. Change them with "
            "--mid OUTCOME=VALUE, and confirm them with --confirm-mid."
        )
