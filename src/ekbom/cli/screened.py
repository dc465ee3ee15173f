"""The options by which a command takes a screening that a clinician did themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from ekbom.cli import Day

if TYPE_CHECKING:
    from ekbom.trial.randomise import Screening

_OPTIONS = (
    click.option("--screened-by", help="The clinician or pharmacist who screened you themselves."),
    click.option("--date", "on", type=Day(), help="The day of the screening."),
    click.option(
        "--result",
        type=click.Choice(["go", "clinician first"]),
        default="go",
        show_default=True,
        help="Its result.",
    ),
    click.option(
        "--agreed-by", default="", help="The clinician who agreed, after 'clinician first'."
    ),
)


def takes_screening(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a screening, which `screening_given` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def screening_given(
    *, screened_by: str | None, on: date | None, result: str, agreed_by: str
) -> Screening | None:
    """Return the screening that was given, if any; raises UsageError for half of one."""
    from ekbom.trial.randomise import Screening

    if (screened_by is None) != (on is None):
        raise click.UsageError("Give --screened-by and --date together.")
    if screened_by is None and (agreed_by or result != "go"):
        raise click.UsageError("--result and --agreed-by go with --screened-by and --date only.")
    if screened_by is None or on is None:
        return None
    return Screening(screened_by, on, result, agreed_by)
