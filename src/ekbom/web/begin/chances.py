"""What a plan could tell, in words and as a figure, before anything is registered."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods

from ekbom.language import language_now, say, speaking
from ekbom.protocol.files import built_in, content_hash
from ekbom.protocol.model import Protocol
from ekbom.report.plan_words import OPEN_COST, design_lines
from ekbom.report.simulation_words import in_words
from ekbom.simulation.stored import stored_record, stored_records
from ekbom.web.begin.odds import odds_of
from ekbom.web.begin.planned import protocol_of
from ekbom.web.begin.refine import State, refined
from ekbom.web.begin.way import for_step, step_links
from ekbom.web.models import Person

_QUOTED = re.compile(r"`([^`]*)`")


def quoted_words(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a plan could find out as paragraphs, with marks of quotation for the page."""
    return tuple(_QUOTED.sub("“\\1”", text) for text in in_words(record))


@for_step("begin_agree")
@require_http_methods(["GET"])
def chances(request: HttpRequest, person: Person) -> HttpResponse:
    """Show what this trial could tell: at once as it comes, then worked out for this very plan."""
    protocol = protocol_of(person)
    if protocol is None:
        return redirect("begin_plan")
    shipped = stored_record(as_shipped(protocol))
    state, own = (State.DONE, shipped) if shipped else refined(protocol)
    record = own or _as_it_comes(protocol)
    context = {
        "state": state.value,
        "exact": own is not None,
        "odds": odds_of(record),
        "open_cost": say(OPEN_COST) if protocol.blinding == "open" else "",
        "words": quoted_words(record),
        "figures": figures(record),
        "design": list(design_lines(protocol)),
        "weeks": f"{record['burden']['weeks']:.0f}",
        "nights": record["burden"]["nights"],
        "treatment": say(protocol.treatment.label),
        "steps": step_links(person, here="begin_agree"),
    }
    return render(request, "ekbom/begin/chances.html", context)


def as_shipped(protocol: Protocol) -> Protocol:
    """Return the protocol with the built-in one's name of what is swallowed.

    No simulated night depends on it, as little as on the region.
    """
    dose, base = protocol.dose, built_in(protocol.name).dose
    if dose is None or base is None:
        return protocol
    return replace(protocol, dose=replace(dose, substance=base.substance))


def draw_ahead(protocol: Protocol) -> None:
    """Draw the figure that the next page shows at first.

    The first drawing of a process takes seconds, after which a phone would take a page that only
    reads for one that has lost its network; a form that is sent may take as long.
    """
    figures(stored_record(as_shipped(protocol)) or _as_it_comes(protocol))


def figures(record: Mapping[str, Any]) -> tuple[tuple[str, SafeString], ...]:
    """Return the figure at both widths, each with the class under which a page shows it."""
    return _drawn(_Record(record), language_now())


def _as_it_comes(protocol: Protocol) -> Mapping[str, Any]:
    return stored_records()[content_hash(built_in(protocol.name))]


class _Record(dict[str, Any]):
    """A record that stands for itself in a cache: its protocol's hash says what is in it."""

    def __hash__(self) -> int:  # type: ignore[override]  # a dict is said to have no hash
        return hash(self["protocol_hash"])


@functools.lru_cache(maxsize=32)
def _drawn(record: _Record, language: str) -> tuple[tuple[str, SafeString], ...]:
    # Drawing is slow to import, and few starts of the server ever draw.
    from ekbom.report.figures.chances import draw_chances  # noqa: PLC0415
    from ekbom.report.figures.figure import NARROW, WIDE  # noqa: PLC0415
    from ekbom.report.figures.svg import svg_of  # noqa: PLC0415

    with speaking(language):
        return tuple(
            # Drawn here from numbers and our own words; svg_of escapes the description.
            (kind, mark_safe(svg_of(draw_chances(record, width=px), name=f"chances-{kind}")))  # noqa: S308
            for kind, px in (("narrow", NARROW), ("wide", WIDE))
        )
