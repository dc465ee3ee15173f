"""Slips for a trial that one person packs alone: a word and its code, folded so that none shows."""

from __future__ import annotations

from collections.abc import Sequence

from ekbom.language import say
from ekbom.protocol.model import Protocol
from ekbom.report.paper.camouflage import cover_letters, word_of
from ekbom.report.paper.setting import Document
from ekbom.report.paper.square_code import square_codes
from ekbom.trial.printed import slip_text
from ekbom.trial.slips import Slip

_COVER = 1200
"""Letters that hide the word when the slip is folded: more than fit, the rest is cut off."""


def slip_sheets(*, protocol: Protocol, slips: Sequence[Slip]) -> Document:
    """Return the slips of all packs: first the sheets of one treatment, then those of the other.

    So only one kind of slip need ever lie on the table.  Both kinds have the same size and the
    same ink: each word stands there twice, black on white and white on black.
    """
    ordered = sorted(slips, key=lambda slip: slip.pair)
    codes = square_codes([slip_text(code=s.code, treatment=s.treatment) for s in ordered])
    drawn = dict(zip((s.code for s in ordered), codes, strict=True))
    kinds = (protocol.treatment, protocol.reference)
    data = {
        "fold": say("Cut along the lines. Fold at the dots, print inside. Tape it shut."),
        "words": [word_of(kind) for kind in kinds],
        "cover": cover_letters(_COVER),
        "sheets": [
            {
                "heading": say("{word}: one slip into each pack of this kind", word=word_of(kind)),
                "slips": [
                    _shown(slip, word_of(kind), drawn[slip.code])
                    for slip in ordered
                    if slip.treatment == kind.name
                ],
            }
            for kind in kinds
        ],
    }
    return Document("slips", say("Slips for the packs"), data)


def _shown(slip: Slip, word: str, svg: str) -> dict[str, str]:
    return {
        "word": word,
        "code": slip.code,
        "pair": say("Pair {pair}", pair=slip.pair),
        "svg": svg,
        "alt": say("Square code of the slip {code}", code=slip.code),
    }
