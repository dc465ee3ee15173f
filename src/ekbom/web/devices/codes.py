"""Codes for a phone's camera, as pictures."""

from __future__ import annotations

import io

from django.utils.safestring import SafeString, mark_safe


def code_svg(text: str, *, title: str) -> SafeString:
    """Return a QR code as SVG for a page, dark on light whatever the page's colours are."""
    import segno  # noqa: PLC0415 - it takes a tenth of a second that every start would pay

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        scale=6,
        border=4,
        dark="#000",
        light="#fff",
        title=title,
        xmldecl=False,
        svgns=False,
        svgclass="figure qr",
        lineclass=None,
        omitsize=True,
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308 - segno escapes the title, and there is no other text
