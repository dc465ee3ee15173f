"""Whatever a person writes and whatever the order: papers are made, or it is said why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.problem import InputError
from ekbom.report.paper.labels import label_sheet
from ekbom.report.paper.packing_list import emergency_papers, packing_list
from ekbom.report.paper.setting import pdf_of
from ekbom.safety.preparation import fill_capsule, fill_of, sizes
from ekbom.trial.folder import Trial
from ekbom.trial.printed import pack_text, read_pack_text
from papers import MADE, ready
from trials import FAST

_LETTERS = re.compile(
    r"the paper: '.+' is in letters that cannot be printed here\. "
    r"Write it in Latin, Greek or Cyrillic letters\.",
    re.DOTALL,
)


@pytest.fixture(name="trial", scope="module")
def _trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    path: Path = tmp_path_factory.mktemp("ana")
    return ready(path / "trial")


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(name=st.text(max_size=40))
def test_any_name_is_printed_or_its_letters_are_named(trial: Trial, name: str) -> None:
    document = label_sheet(trial=trial, name=name)
    try:
        said = pdf_of(document, paper="a4", made=MADE).partition(b"<xmpTPg:NPages>")[2][:2]
    except InputError as error:
        said = str(error.problems[0]).encode()
    assert said == b"2<" or _LETTERS.fullmatch(said.decode())


@settings(max_examples=15, deadline=None)
@given(firsts=st.lists(st.booleans(), min_size=6, max_size=6))
def test_every_order_has_as_many_pages_of_the_same_title(trial: Trial, firsts: list[bool]) -> None:
    kinds = ("magnesium", "placebo")
    order = [kind for first in firsts for kind in (kinds if first else kinds[::-1])]
    for made, pages in ((packing_list, 1), (emergency_papers, 12)):
        document = made(trial=trial, treatments=order)
        assert document.title == made(trial=trial, treatments=kinds * 6).title
        pdf = pdf_of(document, paper="a4", made=MADE)
        assert pdf.count(f"<xmpTPg:NPages>{pages}<".encode()) == 1


@given(mark=st.from_regex(r"[0-9A-F]{8}", fullmatch=True), pack=st.integers(1, 200))
def test_the_code_of_a_pack_is_read_back(mark: str, pack: int) -> None:
    assert read_pack_text(pack_text(mark=mark, pack=pack), mark=mark) == pack


@given(mg=st.floats(10, 350), size=st.sampled_from(sorted(sizes())), count=st.integers(1, 6))
def test_both_packs_of_a_pair_hold_the_same_number(mg: float, size: str, count: int) -> None:
    """One `Fill` is of all packs; powder and filler together never need more room than there is."""
    assert FAST.dose is not None
    found = fill_of(protocol=FAST, mg=mg, a_night=count, opened=False)
    assert found.total == found.packs * found.pack
    capsule = fill_capsule(dose=FAST.dose, mg=mg, size=size, a_night=60)
    assert capsule.filler.high / 0.33 <= capsule.ml + 1e-9
