"""Square codes for paper, all of one size and of even darkness."""

from __future__ import annotations

import io
from collections.abc import Sequence

import segno

_ERROR = "m"
_MASKS = range(8)


def square_codes(texts: Sequence[str]) -> list[str]:
    """Return the square code of each text as SVG: all of one size, none darker than another.

    Each takes the one of its eight patterns that is nearest to half black.
    """
    version = max(_made(text).version for text in texts)
    return [_svg(_evenest(text, int(version))) for text in texts]


def _made(text: str, *, version: int | None = None, mask: int | None = None) -> segno.QRCode:
    return segno.make(
        text, error=_ERROR, boost_error=False, micro=False, version=version, mask=mask
    )


def _evenest(text: str, version: int) -> segno.QRCode:
    drawn = [_made(text, version=version, mask=mask) for mask in _MASKS]
    return min(drawn, key=lambda code: abs(_blackness(code) - 0.5))


def _blackness(code: segno.QRCode) -> float:
    signs = [bool(sign) for row in code.matrix for sign in row]
    return sum(signs) / len(signs)


def _svg(code: segno.QRCode) -> str:
    out = io.BytesIO()
    code.save(out, kind="svg", border=4, dark="#000", light="#fff", scale=4, xmldecl=False)
    return out.getvalue().decode()
