"""The style sheet: small, still, and readable for tired eyes in the dark and by day."""

from __future__ import annotations

import re
from importlib import resources

import pytest

STYLE = (resources.files("ekbom.web") / "static/ekbom/ekbom.css").read_text(encoding="utf-8")

BLOCKS = {
    "light": STYLE[: STYLE.index("@media")],
    "dark by the device": STYLE[STYLE.index("@media screen and (prefers") :],
    "dark by the hour": STYLE[STYLE.index('  :root[data-theme="dark"]') :],
}


def colours(block: str) -> dict[str, str]:
    """Return the colours of a theme by name, from the first block of a part of the sheet."""
    rules = block[block.index("color-scheme") :]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rules[: rules.index("}")]))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2 (its definition, from sRGB's relative luminance)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_black_on_white_has_the_largest_contrast_that_wcag_knows() -> None:
    assert contrast("#000000", "#ffffff") == 21


@pytest.mark.parametrize("theme", BLOCKS)
def test_text_is_readable_on_every_ground(theme: str) -> None:
    """WCAG 2.2, 1.4.6: 7 for the text of a page; 1.4.3: 4.5 elsewhere; 1.4.11: 3 for edges."""
    found = colours(BLOCKS[theme])
    grounds = ("ground", "card", "tint", "warn-ground", "alarm-ground")
    least = {("ink", ground): 7.0 for ground in grounds}
    least |= {("soft", ground): 6.5 for ground in grounds[:3]}
    least |= {(name, ground): 4.5 for name in ("link", "alarm") for ground in grounds}
    least |= {("on-button", "button"): 4.5, ("on-alarm", "alarm"): 4.5}
    least |= {("edge", ground): 3.0 for ground in grounds[:3]}
    least |= {("focus", ground): 3.0 for ground in grounds}
    faint = {
        pair: ratio
        for pair, bar in least.items()
        if (ratio := contrast(found[pair[0]], found[pair[1]])) < bar
    }
    assert faint == {}


def test_both_ways_into_the_dark_are_one() -> None:
    assert colours(BLOCKS["dark by the device"]) == colours(BLOCKS["dark by the hour"])


def test_nothing_moves_and_nothing_comes_from_elsewhere() -> None:
    assert re.findall(r"animation|transition|@keyframes|@import|url\(", STYLE) == []


def test_the_style_stays_small() -> None:
    assert len(STYLE.encode()) < 25_000
