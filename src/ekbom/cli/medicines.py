"""ekbom medicines: whether the dose's time keeps clear of the person's medicines."""

from __future__ import annotations

import json
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import REFUSED

if TYPE_CHECKING:
    from ekbom.safety.medicine_list import MedicineList
    from ekbom.safety.medicines import Window


@click.command(
    epilog="Examples: ekbom medicines --dose-at 21:30 --take 'gabapentin 21:00' "
    "--take 'levothyroxine 07:00'; ekbom medicines --from my-medicines.toml --dose-at 22:00; "
    "ekbom medicines --list"
)
@click.option("--dose-at", metavar="TIME", help="The planned time of the magnesium, such as 21:30.")
@click.option(
    "--take",
    "taken",
    multiple=True,
    metavar="'NAME TIME...'",
    help="One medicine and all its times of day; repeat it for each.",
)
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='A TOML file: dose_at = "21:30", and for each [[medicine]] its name and times.',
)
@click.option(
    "--evening",
    metavar="FROM-TO",
    help="When you could take the dose in the evening. Default: 18:00-23:59.",
)
@click.option("--list", "whole", is_flag=True, help="List all medicines that are known here.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    dose_at: str | None,
    taken: tuple[str, ...],
    file: Path | None,
    evening: str | None,
    whole: bool,
    as_json: bool,
) -> None:
    """Check whether your medicines' times collide with the planned dose of magnesium.

    Ends with status 0 if the dose can be taken then, 3 if its time must change, a clinician must
    be asked first, or magnesium must not be taken with one of them. Nothing is stored.

    A name that is not in the list is for a doctor or pharmacist first: does it belong to a group
    of the list? Write what they said in brackets: 'NAME (quinolone) 08:00', or, if it belongs to
    none of them, 'NAME (other) 08:00'.
    """
    from ekbom.report.medicine_words import medicine_lines, medicine_record
    from ekbom.safety.medicine_list import medicine_in
    from ekbom.safety.medicines import EVENING, check_medicines

    if whole:
        _refuse_beside_list(ctx)
        _print_list(as_json=as_json)
        return
    listed = _listed(file)
    medicines = (*listed.medicines, *(medicine_in(text) for text in taken))
    if not medicines:
        raise click.UsageError("Give each medicine with --take, or a file with --from.")
    dose = listed.dose_at if dose_at is None else _clock("--dose-at", dose_at)
    if dose is None:
        raise click.UsageError("Give the planned time of the magnesium: --dose-at 21:30")
    between = EVENING if evening is None else _window(evening)
    check = check_medicines(medicines=medicines, dose_time=dose, evening=between)
    if as_json:
        click.echo(json.dumps(medicine_record(check), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(medicine_lines(check)))
    if check.result != "go":
        ctx.exit(REFUSED)


def _refuse_beside_list(ctx: click.Context) -> None:
    given = [name for name in ("dose_at", "taken", "file", "evening") if ctx.params[name]]
    if given:
        raise click.UsageError("--list stands alone, or with --json.")


def _print_list(*, as_json: bool) -> None:
    from ekbom.report.medicine_words import interaction_lines, interaction_record
    from ekbom.safety.interactions import interactions

    if as_json:
        records = [interaction_record(entry) for entry in interactions()]
        click.echo(json.dumps(records, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(interaction_lines()))


def _listed(file: Path | None) -> MedicineList:
    from ekbom.safety.medicine_list import MedicineList, read_medicines

    return MedicineList(()) if file is None else read_medicines(file.read_bytes(), file=file.name)


def _clock(option: str, text: str) -> time:
    from ekbom.safety.medicine_list import clock_in

    found = clock_in(text)
    if found is None:
        raise click.UsageError(f"{option} {text!r} is not a time of day. Write it as 21:30.")
    return found


def _window(text: str) -> Window:
    from ekbom.safety.medicines import Window

    first, _, last = text.partition("-")
    return Window(_clock("--evening", first), _clock("--evening", last))
