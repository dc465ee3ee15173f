"""What to buy for a trial and how a capsule is filled, as a page and as lines in the shell."""

from __future__ import annotations

from collections.abc import Iterator

from ekbom.language import Text, figure, say, say_n
from ekbom.protocol.doses import Interval
from ekbom.report.capsule_words import capsule_sentence
from ekbom.report.paper.setting import Document
from ekbom.report.paper.sheet import Block, boxes, bullets, heading, paragraph, sheet
from ekbom.safety.fill import Fill, Stock
from ekbom.safety.preparation import CapsuleFill, Shopping, powder, sizes_source

_NOTICE: Text = (
    "This is arithmetic with the plan, with labels and with estimates. It is no advice to take "
    "this dose."
)
_MAY_NOT_FIT: Text = "It may be that light powder does not fit into so few capsules."
_WEIGH: Text = (
    "How much powder fits is an estimate, given from least to most. Weigh what a few capsules "
    "really take before you fill all of them."
)


def shopping_list(
    *, fill: Fill, a_night: int, shopping: Shopping | None = None, stock: Stock | None = None
) -> Document:
    """Return what a trial takes; with ``shopping``, of powder too; with ``stock``, if it lasts."""
    blocks = [*_packs(fill, a_night), *_to_buy(fill, shopping)]
    if shopping is not None:
        blocks += [*_one_capsule(shopping.capsule), *_basis()]
    if stock is not None:
        blocks += [heading(say("What you have")), *map(paragraph, stock_sentences(stock, fill))]
    return sheet(title=say("Shopping list"), blocks=[*blocks, paragraph(say(_NOTICE))])


def stock_sentences(stock: Stock, fill: Fill) -> Iterator[str]:
    """Yield whether what is there lasts to the end, and if not, what is short."""
    if stock.lasts:
        yield say("What you have lasts to the end of the trial.")
        return
    pairs = fill.packs // 2
    yield say(
        "What you have fills {whole} of {pairs} pairs of packs. It would run out after {nights} "
        "randomised nights. Do not begin before you have all of it.",
        whole=stock.whole_pairs,
        pairs=pairs,
        nights=stock.nights,
    )
    if stock.short_magnesium:
        n = stock.short_magnesium
        yield say_n("{n} magnesium capsule is missing.", "{n} magnesium capsules are missing.", n)
    if stock.short_placebo:
        n = stock.short_placebo
        yield say_n("{n} placebo capsule is missing.", "{n} placebo capsules are missing.", n)


def _packs(fill: Fill, a_night: int) -> Iterator[Block]:
    yield paragraph(
        say_n("{n} capsule a night.", "{n} capsules a night.", a_night)
        + " "
        + say(
            "Each of the {packs} packs holds {pack}: {planned} for its nights, {spare} spare, "
            "{proof} kept to the end as proof. All packs hold the same number.",
            packs=fill.packs,
            pack=fill.pack,
            planned=fill.planned,
            spare=fill.spare,
            proof=fill.proof,
        )
    )


def _to_buy(fill: Fill, shopping: Shopping | None) -> Iterator[Block]:
    half = fill.packs // 2 * fill.pack
    yield heading(say("To buy"))
    items = [
        say("{count} magnesium capsules", count=fill.opened + half),
        say("{count} placebo capsules of the same size and colour", count=half),
    ]
    if shopping is not None:
        items = [
            say(
                "{count} empty capsules of size {size}, all of one colour that hides the powder",
                count=shopping.shells,
                size=shopping.capsule.size,
            ),
            say("{grams} of magnesium citrate powder", grams=_grams(shopping.grams)),
            say("{grams} of microcrystalline cellulose, as filler", grams=_grams(shopping.filler)),
        ]
    yield boxes([*items, *_things(fill)])


def _things(fill: Fill) -> Iterator[str]:
    yield say("{packs} packs that look the same and close well", packs=fill.packs)
    yield say("a kitchen scale, better one that shows tenths of a gram")
    yield say(
        "paper, scissors, tape; for slips or papers also envelopes that no light goes through"
    )


def _one_capsule(capsule: CapsuleFill) -> Iterator[Block]:
    yield heading(say("What goes into one capsule"))
    yield paragraph(capsule_sentence(capsule))
    yield bullets(
        [
            say(
                "magnesium: {grams} of magnesium citrate, filled up with {filler} of cellulose",
                grams=_grams(capsule.grams),
                filler=_grams(capsule.filler),
            ),
            say("placebo: {grams} of cellulose", grams=_grams(capsule.placebo)),
        ]
    )
    yield paragraph(say(_WEIGH) if capsule.surely else f"{say(_MAY_NOT_FIT)} {say(_WEIGH)}")


def _basis() -> Iterator[Block]:
    yield heading(say("Where these figures come from"))
    citrate, cellulose = powder("citrate"), powder("cellulose")
    yield bullets(
        [
            say("Room in a capsule: {source}.", source=say(sizes_source())),
            *(
                say(
                    "{name}, {low:g} to {high:g} g a millilitre: {source}.",
                    name=name,
                    low=one.low,
                    high=one.high,
                    source=say(one.source),
                )
                for name, one in (
                    (say("Magnesium citrate"), citrate),
                    (say("Microcrystalline cellulose"), cellulose),
                )
            ),
            say("Of powder and filler 15 % more are counted for what is lost (our own choice)."),
        ]
    )


def _grams(grams: Interval) -> str:
    """Return a weight as one number where it is known, else from least to most."""
    spec = ".2f" if grams.high < 10 else ".0f"
    low, high = figure(grams.low, spec), figure(grams.high, spec)
    if low == high:
        return say("{grams} g", grams=low)
    return say("{low} to {high} g", low=low, high=high)
