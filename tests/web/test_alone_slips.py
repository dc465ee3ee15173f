"""Reading the slips in the browser when the trial is over: some now, some later, and put right."""

from __future__ import annotations

import re
from pathlib import Path
from secrets import token_bytes

import pytest
from django.test import Client

from ekbom.report.paper.slips import slip_sheets
from ekbom.trial.blinding import blinding_of
from ekbom.trial.happened import last_of
from ekbom.trial.place import ALLOCATION
from ekbom.trial.printed import pack_text, slip_text, trial_mark
from ekbom.trial.slips import draw_slips, slips_of
from ekbom.web.devices.known import me
from ekbom.web.store import current_row, files_of
from papers import codes_on, page_arrays
from web.alone_lives import COINS, events, her_trial, over, packed
from web.conftest import Hands
from web.pages import Text
from web.readability import reading_of
from web.test_course import read, refused, taken
from web.test_readability import hard

PAGE = "/trial/slips/"


@pytest.fixture
def codes(ana: Client, clock: Hands, tmp_path: Path) -> dict[int, str]:
    """The codes in Ana's packs; her trial is over, and her last guess made."""
    del ana
    return over(tmp_path / "t", clock)


def typed(codes: dict[int, str], *packs: int) -> dict[str, str]:
    """Return what is typed for some packs."""
    return {f"code_{pack}": codes[pack] for pack in packs}


def order(clock: Hands) -> tuple[str, ...]:
    return blinding_of(her_trial(clock())).open(trial=her_trial(clock())).treatments


def readings(clock: Hands) -> list[tuple[object, ...]]:
    return [(d["pack"], d["code"], d["how"]) for d in events(clock(), "slip read")]


def drawn_by(coins: tuple[bool, ...]) -> tuple[str, ...]:
    """Return the order that a shuffle made: a pair's placebo comes first where its coin is."""
    pairs = (("placebo", "magnesium") if coin else ("magnesium", "placebo") for coin in coins)
    return tuple(kind for pair in pairs for kind in pair)


def test_all_slips_are_read_compared_and_open_the_order(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    taken(ana.post(PAGE, typed(codes, 1, 2, 3, 4)), PAGE)
    said = read(ana.get(PAGE))
    assert f"1 placebo {codes[1]} 2 magnesium citrate {codes[2]}" in said
    assert f"3 magnesium citrate {codes[3]} 4 placebo {codes[4]}" in said
    assert events(clock(), "unblinding") == []
    refused(ana.post(PAGE, {"compare": "1"}), "Compare the list with the slips first.")
    assert events(clock(), "unblinding") == []
    taken(ana.post(PAGE, {"compare": "1", "compared": "on"}), "/verdict/")
    assert order(clock) == drawn_by(COINS)
    assert ALLOCATION in files_of(current_row(me()), now=clock())
    assert "What your trial shows" in read(ana.get("/verdict/"))


def test_half_is_read_now_and_half_tomorrow(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    taken(ana.post(PAGE, typed(codes, 1, 4)), PAGE)
    clock.on(days=1)
    page = read(ana.get(PAGE))
    assert re.findall(r"Code on the slip of pack (\d)", page) == ["2", "3", "1", "4"]
    assert f"Written down: {codes[1]}" in page
    assert "magnesium citrate" not in page
    taken(ana.post(PAGE, {"compare": "1", "compared": "on"}), PAGE)
    assert events(clock(), "unblinding") == []
    taken(ana.post(PAGE, typed(codes, 2, 3)), PAGE)
    taken(ana.post(PAGE, {"compare": "1", "compared": "on"}), "/verdict/")
    assert order(clock) == drawn_by(COINS)


def test_each_typed_slip_of_the_finger_is_named_at_its_pack_and_nothing_is_lost(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    wrong = codes[1][:-1] + ("2" if codes[1][-1] != "2" else "3")
    sent = {"code_1": wrong, "code_2": codes[2], "code_3": "K7M4", "code_4": "0000-0000"}
    page = ana.post(PAGE, sent)
    assert page.status_code == 422
    found = {name: list(errors) for name, errors in page.context["form"].errors.items()}
    assert found == {
        "code_1": ["One of its letters or digits is wrong. Compare it one by one."],
        "code_3": ["It has 4 letters and digits, not 8. Type all of them."],
        "code_4": ["It has 0, which no code has. Look at it again."],
    }
    for value in sent.values():
        assert f'value="{value}"' in page.content.decode()
    assert readings(clock) == []


def test_the_slips_of_mallorys_trial_are_none_of_anas(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    del codes
    mallorys = draw_slips(protocol=her_trial(clock()).protocol, secrets=token_bytes)
    sent = {f"code_{pack}": slip.code for pack, slip in enumerate(mallorys, start=1)}
    page = ana.post(PAGE, sent)
    refused(page, f"{mallorys[0].code} is a code, but none of this trial's slips has it.")
    assert sorted(page.context["form"].errors) == sorted(sent)
    assert readings(clock) == []


def test_small_letters_and_spaces_do_not_matter(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    taken(ana.post(PAGE, {"code_1": f"  {codes[1].lower().replace('-', ' ')} "}), PAGE)
    assert readings(clock) == [(1, codes[1], "typed")]


def test_a_form_that_says_nothing_and_one_that_says_two_things_are_refused(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    refused(ana.post(PAGE), "Nothing is typed yet.")
    both = {**typed(codes, 1), "lost_1": "on"}
    refused(ana.post(PAGE, both), "It has a code, and is said to be lost.")
    assert readings(clock) == []


def test_one_code_for_both_packs_of_a_pair_is_refused(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    sent = {"code_1": codes[1], "code_2": codes[1]}
    refused(ana.post(PAGE, sent), "Its code was read for another pack too, pack 1.")
    assert readings(clock) == []


def exchanged(codes: dict[int, str]) -> dict[int, str]:
    """Return the codes where both placebo slips came into the other pair."""
    return {**codes, 1: codes[4], 4: codes[1]}


def test_a_slip_of_another_pair_is_taken_as_found_only_after_a_second_look(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    sent = typed(exchanged(codes), 1, 2, 3, 4)
    assert "really in these packs" not in read(ana.get(PAGE))
    page = ana.post(PAGE, sent)
    refused(page, "Its slip belongs to pair 2, and the pack to pair 1.")
    assert "The result stands only if each pair of packs had one of each kind." in read(page)
    assert readings(clock) == []
    taken(ana.post(PAGE, {**sent, "as_found": "on"}), PAGE)
    note = "slips of another pair were found in packs 1, 4"
    assert [d["note"] for d in events(clock(), "deviation")] == [note]
    taken(ana.post(PAGE, {"compare": "1", "compared": "on"}), "/verdict/")
    assert order(clock) == drawn_by(COINS)


def test_strayed_slips_can_be_read_in_two_parts(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    strayed = exchanged(codes)
    taken(ana.post(PAGE, {**typed(strayed, 1, 2), "as_found": "on"}), PAGE)
    page = ana.get(PAGE)
    assert re.search(r'name="as_found"[^>]*checked', page.content.decode())
    taken(ana.post(PAGE, {**typed(strayed, 3, 4), "as_found": "on"}), PAGE)
    taken(ana.post(PAGE, {"compare": "1", "compared": "on"}), "/verdict/")
    assert order(clock) == drawn_by(COINS)


def test_a_pair_with_the_same_word_twice_has_no_order(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    alike = {**codes, 1: codes[3], 3: codes[1]}
    sent = {**typed(alike, 1, 2, 3, 4), "as_found": "on"}
    refused(ana.post(PAGE, sent), "Its slip says the same as that of pack 1")
    assert readings(clock) == []


def test_a_lost_slip_follows_from_the_other_one_of_its_pair(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    taken(ana.post(PAGE, {**typed(codes, 1, 3, 4), "lost_2": "on"}), PAGE)
    assert "Lost slips, told by the other one of their pair: 2" in read(ana.get(PAGE))
    taken(ana.post(PAGE, {"compare": "1", "compared": "on"}), "/verdict/")
    assert order(clock) == drawn_by(COINS)


def test_both_slips_of_a_pair_cannot_be_lost(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    taken(ana.post(PAGE, {"lost_1": "on"}), PAGE)
    refused(ana.post(PAGE, {"lost_2": "on"}), "Both slips of pair 1 are lost")
    assert readings(clock) == [(1, "", "lost")]
    taken(ana.post(PAGE, {**typed(codes, 1), "seen": "1"}), PAGE)
    taken(ana.post(PAGE, {"lost_2": "on"}), PAGE)


def test_what_was_typed_in_exchange_is_put_right_and_stays_on_record(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    """Both codes fit their pair, so that only the comparison with the slips can show it."""
    swapped = {**codes, 1: codes[2], 2: codes[1]}
    taken(ana.post(PAGE, typed(swapped, 1, 2, 3, 4)), PAGE)
    assert "A line is wrong" in read(ana.get(PAGE))
    page = ana.get("/trial/slips/correct/")
    assert 'name="seen" value="1 2 3 4"' in page.content.decode()
    taken(ana.post(PAGE, {**typed(codes, 1, 2), "seen": "1 2 3 4"}), PAGE)
    assert [r[:2] for r in readings(clock)] == [
        *sorted((pack, code) for pack, code in swapped.items()),
        (1, codes[1]),
        (2, codes[2]),
    ]
    taken(ana.post(PAGE, {"compare": "1", "compared": "on"}), "/verdict/")
    assert order(clock) == drawn_by(COINS)


def test_a_page_that_knew_of_no_reading_replaces_none(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    """Two devices have the page open; the second one's slip of the finger must not win."""
    taken(ana.post(PAGE, typed(codes, 1)), PAGE)
    page = ana.post(PAGE, {"code_1": codes[2], "seen": ""})
    refused(page, "Pack 1 was read before, with another code. Look at its slip once more.")
    assert 'name="seen" value="1"' in page.content.decode()
    assert readings(clock) == [(1, codes[1], "typed")]


def test_a_double_tap_reads_once(ana: Client, clock: Hands, codes: dict[int, str]) -> None:
    for _ in range(2):
        taken(ana.post(PAGE, {**typed(codes, 1), "key": "tap"}), PAGE)
    assert readings(clock) == [(1, codes[1], "typed")]
    ana.post(PAGE, typed(codes, 2, 3, 4))
    for _ in range(2):
        ana.post(PAGE, {"compare": "1", "compared": "on"})
    assert len(events(clock(), "unblinding")) == 1


# By camera.


def scan_of(clock: Hands, pack: int, code: str, treatment: str = "") -> dict[str, str]:
    """Return what the page sends when a label and then a slip were scanned."""
    found = her_trial(clock())
    kind = next(s.treatment for s in slips_of(found) if s.code == code)
    return {
        f"label_{pack}": pack_text(mark=trial_mark(found), pack=pack),
        f"scan_{pack}": slip_text(code=code, treatment=treatment or kind),
        f"code_{pack}": code,
    }


def test_scanned_slips_are_on_record_as_scanned(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    taken(ana.post(PAGE, {**scan_of(clock, 1, codes[1]), **scan_of(clock, 2, codes[2])}), PAGE)
    assert readings(clock) == [(1, codes[1], "scanned"), (2, codes[2], "scanned")]


def test_codes_read_from_the_printed_sheets_are_those_that_are_taken(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    found = her_trial(clock())
    sheets = slip_sheets(protocol=found.protocol, slips=slips_of(found))
    printed = {t.split(":")[2]: t for page in page_arrays(sheets, "a4") for t in codes_on(page)}
    sent = {f"scan_{pack}": printed[code] for pack, code in codes.items()}
    taken(ana.post(PAGE, sent), PAGE)
    assert readings(clock) == [(pack, code, "scanned") for pack, code in codes.items()]


def test_what_a_scanner_typed_into_the_field_is_read_too(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    taken(ana.post(PAGE, {"code_1": scan_of(clock, 1, codes[1])["scan_1"]}), PAGE)
    assert readings(clock) == [(1, codes[1], "scanned")]


def test_a_slip_whose_word_is_not_that_of_its_code_is_refused(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    refused(
        ana.post(PAGE, scan_of(clock, 1, codes[1], "magnesium")),
        "The word on this slip is not the one that belongs to its code.",
    )
    assert readings(clock) == []


def test_a_label_of_another_pack_or_trial_is_refused(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    sent = scan_of(clock, 1, codes[1])
    other = {**sent, "label_1": pack_text(mark=trial_mark(her_trial(clock())), pack=2)}
    refused(ana.post(PAGE, other), "The label that was scanned belongs to another pack.")
    strange = {**sent, "label_1": pack_text(mark="0123ABCD", pack=1)}
    refused(ana.post(PAGE, strange), "This pack belongs to another trial.")
    assert readings(clock) == []


def test_what_was_typed_over_a_scan_counts_as_typed(
    ana: Client, clock: Hands, codes: dict[int, str]
) -> None:
    taken(ana.post(PAGE, {**scan_of(clock, 1, codes[2]), "code_1": codes[1]}), PAGE)
    assert readings(clock) == [(1, codes[1], "typed")]


@pytest.mark.parametrize("text", ["EKBOM:SLIP:", "EKBOM:PACK:1:2", "ekbom:", "x" * 500, "\0"])
def test_strange_texts_are_refused(
    ana: Client, clock: Hands, codes: dict[int, str], text: str
) -> None:
    del codes
    assert ana.post(PAGE, {"code_1": text}).status_code == 422
    assert ana.post(PAGE, {"scan_1": text}).status_code == 422
    assert readings(clock) == []


def test_the_pages_of_the_slips_are_plain(ana: Client, clock: Hands, codes: dict[int, str]) -> None:
    pages = {"empty": ana.get(PAGE), "strayed": ana.post(PAGE, typed(exchanged(codes), 1, 2, 3, 4))}
    ana.post(PAGE, typed(codes, 1, 2, 3, 4))
    pages |= {"compare": ana.get(PAGE), "correct": ana.get("/trial/slips/correct/")}
    texts = {name: Text(page.content.decode()) for name, page in pages.items()}
    assert {(text.headings, text.titles) for text in texts.values()} == {(1, 1)}
    found = [hard(name, reading_of(text.blocks)) for name, text in texts.items()]
    assert [fault for fault in found if fault] == [], "\n".join(filter(None, found))


# Not before its time, and not for Mallory.


def test_before_the_end_no_slip_is_read(ana: Client, clock: Hands, tmp_path: Path) -> None:
    packed(tmp_path / "t", clock)
    code = slips_of(her_trial(clock()))[0].code
    page = read(ana.get(PAGE))
    assert "Reading a slip now breaks the blind, and that cannot be undone." in page
    for sent in ({"code_1": code}, {"lost_1": "on"}, {"compare": "1", "compared": "on"}):
        assert ana.post(PAGE, sent).status_code == 409
    assert "Code on the slip" not in read(ana.get("/trial/slips/correct/"))
    assert (readings(clock), events(clock(), "unblinding")) == ([], [])


def test_before_the_last_guess_no_slip_is_read(ana: Client, clock: Hands, tmp_path: Path) -> None:
    codes = over(tmp_path / "t", clock, guessed=False)
    assert "First, say what you think it does." in read(ana.get(PAGE))
    assert ana.post(PAGE, typed(codes, 1, 2, 3, 4)).status_code == 409
    assert readings(clock) == []


def test_an_open_order_is_read_no_more(ana: Client, clock: Hands, codes: dict[int, str]) -> None:
    ana.post(PAGE, typed(codes, 1, 2, 3, 4))
    ana.post(PAGE, {"compare": "1", "compared": "on"})
    assert "The slips are read, and the order is open." in read(ana.get(PAGE))
    assert ana.post(PAGE, {**typed(codes, 1), "seen": "1 2 3 4"}).status_code == 409
    assert len(readings(clock)) == 4


def test_mallory_reads_nothing(mallory: Client, clock: Hands, codes: dict[int, str]) -> None:
    for sent in (typed(codes, 1, 2, 3, 4), {"compare": "1", "compared": "on"}):
        answer = mallory.post(PAGE, sent)
        assert answer.status_code == 403
        assert not any(code.encode() in answer.content for code in codes.values())
    assert mallory.get(PAGE).status_code == 403
    assert readings(clock) == []
    assert last_of(her_trial(clock()).events, "unblinding") is None
