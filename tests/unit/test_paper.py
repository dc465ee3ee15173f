"""Labels, slips, packing lists and emergency papers, as pages that are printed and looked at."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ekbom.language import speaking
from ekbom.problem import InputError, RefusedError
from ekbom.report.paper.instructions import instruction_sheet
from ekbom.report.paper.labels import label_sheet
from ekbom.report.paper.packing_list import emergency_papers, packing_list
from ekbom.report.paper.setting import PAPERS, Document, Paper, pdf_of, pictures_of
from ekbom.report.paper.shopping import shopping_list
from ekbom.report.paper.slips import slip_sheets
from ekbom.safety.fill import check_stock
from ekbom.safety.preparation import needs_of
from ekbom.trial.folder import Trial
from ekbom.trial.printed import (
    pack_text,
    read_pack_text,
    read_slip_text,
    slip_text,
    trial_mark,
)
from ekbom.trial.randomise import randomise
from papers import MADE, OPPOSITE, ORDER, blinded, codes_on, page_arrays, ready, slips
from trials import FAST, GO, at, plain_protocol, registered, with_dose_fixed

PPI = 90


@pytest.fixture(name="trial", scope="module")
def _trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return ready(tmp_path_factory.mktemp("ana") / "trial")


@pytest.fixture(name="everything", scope="module")
def _everything(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    alone = ready(tmp_path_factory.mktemp("alone") / "trial", "alone")
    needs = needs_of(trial=trial, size="00", salt=None, a_night=None)
    stock = check_stock(fill=needs.fill, nights=7, magnesium=100, placebo=300)
    return {
        "labels": label_sheet(trial=trial, name="Ana"),
        "slips": slip_sheets(protocol=FAST, slips=slips()),
        "packing list": packing_list(trial=trial, treatments=ORDER),
        "emergency papers": emergency_papers(trial=trial, treatments=ORDER),
        "helper": instruction_sheet(trial=trial),
        "alone": instruction_sheet(trial=alone),
        "shopping": shopping_list(
            fill=needs.fill, a_night=needs.a_night, shopping=needs.shopping, stock=stock
        ),
    }


def pages(pdf: bytes) -> int:
    """Return how many pages a PDF says it has."""
    found = re.search(rb"<xmpTPg:NPages>(\d+)<", pdf)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("paper", PAPERS)
def test_every_label_is_read_back_by_an_independent_reader(trial: Trial, paper: Paper) -> None:
    sheets = page_arrays(label_sheet(trial=trial, name="Ana"), paper, PPI)
    mark = trial_mark(trial)
    read = [sorted(read_pack_text(text, mark=mark) for text in codes_on(page)) for page in sheets]
    assert read == [list(range(1, 11)), [11, 12]]


@pytest.mark.slow
@pytest.mark.parametrize("paper", PAPERS)
def test_every_slip_is_read_back_one_kind_a_sheet(paper: Paper) -> None:
    sheets = page_arrays(slip_sheets(protocol=FAST, slips=slips()), paper, PPI)
    read = [[read_slip_text(text) for text in codes_on(page)] for page in sheets]
    assert [{word for _, word in page} for page in read] == [
        {"magnesium"},
        {"magnesium"},
        {"placebo"},
        {"placebo"},
    ]
    made = {(slip.code, slip.treatment) for slip in slips()}
    assert {one for page in read for one in page} == made
    assert sum(map(len, read)) == len(made)


def test_both_kinds_of_slip_take_the_same_ink() -> None:
    magnesium, placebo = _one_slip("magnesium"), _one_slip("placebo")
    ink = [float((255 - page).sum()) for page in (magnesium, placebo)]
    assert abs(ink[0] - ink[1]) < 0.001 * ink[0]


def test_a_folded_slip_lets_little_of_its_word_through() -> None:
    """Both halves against the light, as ink that lets 15 % through; one half alone to compare."""
    slips_seen = [_one_slip(kind) for kind in ("magnesium", "placebo")]
    folded, bare = (
        np.std(_through(slips_seen[0], fold=fold) - _through(slips_seen[1], fold=fold))
        for fold in (True, False)
    )
    assert bare > 0.1
    assert folded < 0.2 * bare


def _one_slip(kind: str) -> np.ndarray:
    """Return a page with one slip, its code the same for either kind, under the same heading."""
    slip = replace(slips()[0], treatment=kind)
    sheets = slip_sheets(protocol=FAST, slips=[slip])
    used = [{**one, "heading": "-"} for one in sheets.data["sheets"] if one["slips"]]
    return page_arrays(replace(sheets, data={**sheets.data, "sheets": used}), "a4", PPI)[0]


def _through(page: np.ndarray, *, fold: bool) -> np.ndarray:
    """Return the light that falls through a slip, blurred as paper blurs it."""
    mm = PPI / 25.4
    top, height, left, width = (round(x * mm) for x in (21, 44, 16, 88))
    inside = page[top : top + height, left : left + width]
    over = page[top : top + height, left + width : left + 2 * width][:, ::-1]
    light = 0.15 + 0.85 * inside / 255
    light *= 0.15 + 0.85 * over / 255 if fold else 1.0
    near = range(-2, 3)
    return sum(np.roll(light, (y, x), (0, 1)) for y in near for x in near) / 25


def test_the_papers_of_opposite_orders_differ_in_their_words_alone(trial: Trial) -> None:
    for made in (packing_list, emergency_papers):
        one, other = (made(trial=trial, treatments=order) for order in (ORDER, OPPOSITE))
        assert (one.title, one.template) == (other.title, other.template)
        for paper in PAPERS:
            pdfs = [pdf_of(document, paper=paper, made=MADE) for document in (one, other)]
            assert pages(pdfs[0]) == pages(pdfs[1])
            assert pdfs[0] != pdfs[1]


def test_what_differs_on_packing_lists_lies_in_the_column_of_the_words(trial: Trial) -> None:
    one, other = (
        page_arrays(packing_list(trial=trial, treatments=order), "a4", PPI)[0]
        for order in (ORDER, OPPOSITE)
    )
    columns = np.flatnonzero((one != other).any(axis=0)) / PPI * 25.4
    assert columns.min() > 40
    assert columns.max() < 140


def test_what_the_person_sees_is_the_same_whatever_the_order(tmp_path: Path) -> None:
    trials = [_drawn(tmp_path / str(seed), seed) for seed in range(2)]
    orders = [trial.place.read("allocation.csv") for trial in trials]
    assert orders[0] != orders[1]
    for made in (label_sheet, _shopping):
        first, second = (pdf_of(made(trial=t), paper="a4", made=MADE) for t in trials)
        assert first == second


def _shopping(*, trial: Trial) -> Document:
    needs = needs_of(trial=trial, size="00", salt=None, a_night=None)
    return shopping_list(fill=needs.fill, a_night=needs.a_night, shopping=needs.shopping)


def _drawn(path: Path, seed: int) -> Trial:
    trial = with_dose_fixed(path, FAST)
    source = np.random.default_rng(seed)
    return randomise(trial=trial, now=at(29), screening=GO, source=source.bytes)


@pytest.mark.parametrize("paper", PAPERS)
def test_every_paper_is_pdf_ua_with_its_title_and_language(
    everything: dict[str, Document], paper: Paper
) -> None:
    for document in everything.values():
        pdf = pdf_of(document, paper=paper, made=MADE)
        for said in (
            b"<pdfuaid:part>1</pdfuaid:part>",
            b"<rdf:li>en</rdf:li>",
            f'<rdf:li xml:lang="x-default">{document.title}</rdf:li>'.encode(),
            b"<xmp:CreateDate>2026-04-01T09:00:00+00:00</xmp:CreateDate>",
        ):
            assert pdf.count(said) == 1, (document.title, said)


def test_the_same_instant_gives_the_same_bytes(everything: dict[str, Document]) -> None:
    for document in everything.values():
        first, second = (pdf_of(document, paper="a4", made=MADE) for _ in range(2))
        assert first == second


def test_how_many_pages_each_paper_has(everything: dict[str, Document]) -> None:
    found = {
        name: [pages(pdf_of(document, paper=paper, made=MADE)) for paper in PAPERS]
        for name, document in everything.items()
    }
    assert found == {
        "labels": [2, 2],
        "slips": [4, 4],
        "packing list": [1, 1],
        "emergency papers": [12, 12],
        "helper": [1, 1],
        "alone": [3, 3],
        "shopping": [1, 1],
    }


def test_nothing_is_cut_off_at_the_edge_of_the_paper(everything: dict[str, Document]) -> None:
    edge = round(8 / 25.4 * 60)
    for name in ("labels", "slips", "packing list", "helper", "alone", "shopping"):
        for page in page_arrays(everything[name], "letter", 60):
            border = np.concatenate(
                [
                    page[:edge].ravel(),
                    page[-edge:].ravel(),
                    page[:, :edge].ravel(),
                    page[:, -edge:].ravel(),
                ]
            )
            assert border.min() == 255, name


HOSTILE = (
    '#panic("no")',
    '#read("/etc/passwd")',
    "*b* _em_ $x^2$ `raw` \\ @ref <label> =",
    "Ana\u202egnol",
    "a\x00b\x07c\u200bd",
    '"}]]}',
    "https://example.org/#x",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_printed_as_it_is_and_moves_nothing(trial: Trial, name: str) -> None:
    pictures = [
        page_arrays(label_sheet(trial=trial, name=said), "a4", 60)[0] for said in (name, "Ana")
    ]
    pdf = pdf_of(label_sheet(trial=trial, name=name), paper="a4", made=MADE)
    assert pages(pdf) == 2
    changed = np.flatnonzero((pictures[0] != pictures[1]).any(axis=1)) / 60 * 25.4
    assert changed.size
    # Names stand in the first 8 mm of each row of labels, 46 mm high, from 21 mm on.
    assert all((row - 20) % 46 < 10 for row in changed)


def test_letters_that_cannot_be_printed_are_named(trial: Trial) -> None:
    with pytest.raises(InputError) as caught:
        pdf_of(label_sheet(trial=trial, name="夜"), paper="a4", made=MADE)
    assert str(caught.value.problems[0]) == (
        "the paper: '夜' is in letters that cannot be printed here. "
        "Write it in Latin, Greek or Cyrillic letters."
    )


def test_a_name_longer_than_a_label_is_refused(trial: Trial) -> None:
    with pytest.raises(InputError) as caught:
        label_sheet(trial=trial, name="n" * 41)
    assert str(caught.value.problems[0]) == (
        "the name: 41 signs do not fit on a label. Use at most 40."
    )


def test_the_longest_words_stay_inside_their_boxes() -> None:
    """A word of 40 letters is made smaller; one of more gives way to the short name."""
    kinds = tuple(
        replace(kind, label="W" * length)
        for kind, length in zip(FAST.treatments, (40, 41), strict=True)
    )
    sheets = slip_sheets(protocol=replace(FAST, treatments=kinds), slips=slips())
    assert sheets.data["words"] == ["W" * 40, "placebo"]
    page = page_arrays(sheets, "a4", PPI)[0]
    assert len(codes_on(page)) == 5


def test_labels_wait_for_the_number_of_capsules(tmp_path: Path) -> None:
    trial = registered(tmp_path / "trial", blinded("helper"))
    with pytest.raises(RefusedError, match="'dose fixed' mg=200 capsules=2"):
        label_sheet(trial=trial)


def test_a_trial_without_doses_has_labels_that_speak_of_no_capsules(tmp_path: Path) -> None:
    document = label_sheet(trial=registered(tmp_path / "trial", plain_protocol()))
    assert document.data["nightly"] == ""
    assert [len(codes_on(page)) for page in page_arrays(document, "a4", PPI)] == [8]


def test_steps_of_one_pair_are_done_before_those_of_the_next(tmp_path: Path) -> None:
    """The sheet repeats the steps in the order in which `ekbom packs` asks for them."""
    document = instruction_sheet(trial=ready(tmp_path / "trial", "alone"))
    lines = [block["text"] for block in document.data["blocks"] if block["kind"] == "ticks"]
    single = "Then the same with each other pair. Done with pair:"
    several = "Then steps 7 to 9 with each other pair, one pair after the other. Done with pair:"
    assert lines == ["Done:", "Done:", single, "Done:", single, "Done:", several, "Done:"]


def test_an_open_trial_needs_no_instructions(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="This trial is open"):
        instruction_sheet(trial=with_dose_fixed(tmp_path / "trial", FAST))


def test_a_clinic_has_a_staff_number_on_its_cards(trial: Trial) -> None:
    clinic = replace(trial, protocol=blinded("clinic"))
    said = [emergency_papers(trial=t, treatments=ORDER).data["staff"] for t in (clinic, trial)]
    assert said == ["Staff number:", ""]


def test_papers_speak_the_persons_language(trial: Trial) -> None:
    with speaking("de"):
        document = slip_sheets(protocol=FAST, slips=slips())
    assert document.data["words"] == ["Magnesiumcitrat", "Placebo"]
    pdf = pdf_of(document, paper="a4", made=MADE)
    assert pdf.count(b"<rdf:li>de</rdf:li>") == 1


def test_pictures_are_made_of_every_page(trial: Trial) -> None:
    pictures = pictures_of(packing_list(trial=trial, treatments=ORDER), paper="a4", ppi=30)
    assert [picture[:4] for picture in pictures] == [b"\x89PNG"]


@pytest.mark.parametrize("kind", ["pack", "slip"])
def test_a_damaged_square_code_is_refused(kind: str) -> None:
    text = {
        "pack": pack_text(mark="1A2B3C4D", pack=3),
        "slip": slip_text(code=slips()[0].code, treatment="magnesium"),
    }[kind]
    for at_sign in range(len(text)):
        if kind == "slip" and text[at_sign:].isalpha():
            continue  # the word is compared with slips.csv
        damaged = f"{text[:at_sign]}%{text[at_sign + 1 :]}"
        with pytest.raises(InputError):
            read_pack_text(damaged, mark="1A2B3C4D") if kind == "pack" else read_slip_text(damaged)


def test_a_pack_of_another_trial_is_told_from_ones_own() -> None:
    text = pack_text(mark="1A2B3C4D", pack=3)
    assert read_pack_text(f" {text}\n", mark="1A2B3C4D") == 3
    with pytest.raises(InputError) as caught:
        read_pack_text(text, mark="00000000")
    assert str(caught.value.problems[0]) == (
        "the label: this pack belongs to another trial. Take the pack of this trial."
    )
