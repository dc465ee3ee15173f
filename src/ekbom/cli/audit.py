"""ekbom audit: whether a trial is the one registered, and its order the one drawn."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ekbom.cli import BAD_INPUT, present


@click.command(epilog="Example: ekbom audit my-trial")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
@click.pass_context
def command(ctx: click.Context, folder: Path, *, as_json: bool) -> None:
    """Check that nothing proves the trial in DIR wrong: events, protocol, commitment and order.

    Each line says what was checked and with what result; a break is explained: where it is, what
    may have caused it, and what it means for the verdict. A sealed order can be checked in full
    once it is open. Nothing is changed.

    Exit status: 0 if nothing is broken, 2 if anything is.
    """
    from ekbom.report.audit_words import audit_lines, audit_record
    from ekbom.trial.audit import audit_trial

    findings = audit_trial(folder, now=present(ctx))
    if as_json:
        click.echo(json.dumps(audit_record(findings), indent=2, ensure_ascii=False))
    else:
        for line in audit_lines(findings):
            click.echo(line)
    if any(f.result == "broken" for f in findings):
        ctx.exit(BAD_INPUT)
