"""From a chart to SVG that stands in a page or alone."""

from __future__ import annotations

import html
import re
from itertools import count
from typing import Any

import vl_convert

from ekbom.report.figures.figure import Chart

_VEGA_LITE = "6.4"
"""The Vega-Lite that the installed Altair writes for."""

_NOTHING = re.compile(r'<path class="(?:fore|back)ground"[^>]* d="(?:M0,0h0v0h0Z)?"[^>]*/>')
_ARIA = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_IDENTITY = re.compile(r'id="([^"]+)"')


def svg_of(chart: Chart, *, name: str) -> str:
    """Return the chart as one SVG element that screen readers read as one picture.

    Its name for them is the chart's description.  ``name`` begins every id in it, so that two
    pictures in one page never share one; the same chart always gives the same text.
    """
    spec: dict[str, Any] = chart.to_dict()
    drawn = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE)
    # Vega's own roles name every mark; one sentence is what a listener needs.
    plain = _ARIA.sub("", _NOTHING.sub("", drawn))
    label = html.escape(spec["description"], quote=True)
    return _renamed(plain, name=name).replace(
        "<svg ", f'<svg role="img" aria-label="{label}" focusable="false" ', 1
    )


def _renamed(svg: str, *, name: str) -> str:
    """Give the ids names of their own; Vega numbers them through the whole process."""
    number = count(1)
    for old in dict.fromkeys(_IDENTITY.findall(svg)):
        new = f"{name}-{next(number)}"
        svg = svg.replace(f'id="{old}"', f'id="{new}"').replace(f"url(#{old})", f"url(#{new})")
    return svg
