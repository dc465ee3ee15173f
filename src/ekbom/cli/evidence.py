"""ekbom evidence: what the article claims, and what the evidence says."""

from __future__ import annotations

import json

import click


@click.command(epilog="Example: ekbom evidence --json")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(*, as_json: bool) -> None:
    """Show every claim of the article with our verdict, its certainty and its sources.

    Also what the article leaves out, what else we looked for, where each source was read, and what
    is not verified.
    """
    from ekbom.report.evidence_words import evidence_lines, evidence_record

    if as_json:
        click.echo(json.dumps(evidence_record(), indent=2, ensure_ascii=False))
        return
    click.echo("\n".join(evidence_lines()))
