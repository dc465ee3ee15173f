"""ekbom dose: from a product's label to capsules a night."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import TYPE_CHECKING, Literal

import click

from ekbom.cli import REFUSED, Day, present
from ekbom.cli.protocol import find_protocol

if TYPE_CHECKING:
    from ekbom.protocol.doses import Supplement
    from ekbom.protocol.model import Protocol
    from ekbom.safety.dose_plan import Agreement, DosePlan
    from ekbom.safety.dose_steps import Unit
    from ekbom.safety.fill import Fill


@click.command(
    epilog="Examples: ekbom dose --amount 500 --states compound --salt citrate --per capsule "
    "--target 200 --region EU; ekbom dose --amount 100 --states elemental --per capsule "
    "--region US --other multivitamin=56 --protocol magnesium-rls"
)
@click.option("--amount", type=float, required=True, help="mg that the label says one unit holds.")
@click.option(
    "--states",
    type=click.Choice(["compound", "elemental"]),
    required=True,
    help="Of what: 'magnesium citrate 500 mg' is compound, 'magnesium (as citrate) 100 mg' is "
    "elemental. Where a label gives two numbers, the one of magnesium goes in, with elemental.",
)
@click.option("--salt", help="The salt: citrate, oxide, ... or its exact form, if you know it.")
@click.option(
    "--per",
    "unit",
    type=click.Choice(["capsule", "scoop", "gram"]),
    default="capsule",
    show_default=True,
    help="What one unit is.",
)
@click.option(
    "--target",
    type=float,
    default=200.0,
    show_default=True,
    help="The most elemental mg a night that are wanted.",
)
@click.option(
    "--region",
    default="unknown",
    show_default=True,
    help="Whose limit for supplements counts: EU, US, UK, ...",
)
@click.option(
    "--other",
    "others",
    multiple=True,
    metavar="NAME=MG[:SALT]",
    help="Another source of magnesium a day, elemental mg; with :SALT, mg of that compound. May "
    "be repeated.",
)
@click.option("--agreed-by", default="", help="The clinician who agreed to more than the limit.")
@click.option("--agreed-on", type=Day(), help="The day on which they agreed.")
@click.option(
    "--agreed-mg",
    type=click.FloatRange(min=0, min_open=True),
    help="The most elemental mg a day that they agreed to, from all supplements together. Without "
    "it, they agreed to the dose that is worked out.",
)
@click.option("--protocol", "name", help="Count the capsules for this protocol, a name or a file.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    amount: float,
    states: Literal["compound", "elemental"],
    salt: str | None,
    unit: Unit,
    target: float,
    region: str,
    others: tuple[str, ...],
    agreed_by: str,
    agreed_on: date | None,
    agreed_mg: float | None,
    name: str | None,
    as_json: bool,
) -> None:
    """Work out the steps to a dose from a product's label: capsules or grams a night.

    Ends with status 0 if all is well, 3 if something must be changed or asked first. Nothing is
    stored, and no step is above the limit without a named clinician's agreement.
    """
    from ekbom.protocol.doses import Label
    from ekbom.report.dose_words import dose_lines, dose_record
    from ekbom.safety.dose_plan import plan_dose

    protocol = None if name is None else find_protocol(name)
    plan = plan_dose(
        label=Label(amount, states, salt),
        unit=unit,
        target_mg=target,
        region=region,
        today=present(ctx).astimezone().date(),
        other=[_supplement(text) for text in others],
        agreement=_agreement(agreed_by, agreed_on, agreed_mg),
    )
    fill = _fill(plan, protocol)
    if as_json:
        record = dose_record(plan, protocol=protocol, fill=fill)
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(dose_lines(plan, protocol=protocol, fill=fill)))
    if plan.needs:
        ctx.exit(REFUSED)


def _supplement(text: str) -> Supplement:
    from ekbom.diary.table import number_in
    from ekbom.protocol.doses import Label, Supplement

    source, _, said = text.partition("=")
    number, _, salt = said.partition(":")
    mg = number_in(number)
    if not source.strip() or mg is None or mg < 0:
        raise click.BadParameter(f"--other {text!r}: write it as multivitamin=56")
    label = Label(mg, "compound", salt.strip()) if salt else Label(mg, "elemental")
    return Supplement(source.strip(), label)


def _agreement(by: str, on: date | None, mg: float | None) -> Agreement | None:
    from ekbom.safety.dose_plan import Agreement

    if not by and on is None and mg is None:
        return None
    if mg is not None and not math.isfinite(mg):
        raise click.BadParameter(f"--agreed-mg {mg:g}: write it as a number of mg, such as 300")
    if on is None or not by:
        more = "" if mg is None else " with --agreed-mg"
        raise click.UsageError(f"Give --agreed-by and --agreed-on together{more}.")
    return Agreement(by, on, mg)


def _fill(plan: DosePlan, protocol: Protocol | None) -> Fill | None:
    from ekbom.safety.fill import fill_packs

    if protocol is None or plan.top is None or not plan.blindable or protocol.dose is None:
        return None
    return fill_packs(plan=plan, protocol=protocol)
