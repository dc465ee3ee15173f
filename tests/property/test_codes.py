"""Typed codes: what fingers get wrong is always noticed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ekbom.problem import InputError
from ekbom.trial.codes import SYMBOLS, draw_code, read_code

seeds = st.integers(0, 2**32)
lengths = st.integers(1, 29)


def drawn(symbols: int, seed: int) -> str:
    return draw_code(symbols=symbols, secrets=random.Random(seed).randbytes)


@given(symbols=lengths, seed=seeds)
def test_a_code_is_read_as_it_was_printed_and_as_people_type_it(symbols: int, seed: int) -> None:
    code = drawn(symbols, seed)
    bare = code.replace("-", "")
    for typed in (code, bare, bare.lower(), " ".join(bare), f" {code} "):
        assert read_code(typed, symbols=symbols) == code


@pytest.mark.parametrize("symbols", [7, 26])
def test_every_single_wrong_symbol_and_every_exchange_of_two_is_caught(symbols: int) -> None:
    bare = drawn(symbols, seed=symbols).replace("-", "")
    wrong = {
        bare[:i] + other + bare[i + 1 :]
        for i in range(len(bare))
        for other in SYMBOLS
        if other != bare[i]
    }
    swapped = {
        bare[:i] + bare[j] + bare[i + 1 : j] + bare[i] + bare[j + 1 :]
        for i in range(len(bare))
        for j in range(i + 1, len(bare))
        if bare[i] != bare[j]
    }
    assert len(wrong) == 30 * len(bare)
    assert swapped
    for typed in wrong | swapped:
        with pytest.raises(InputError):
            read_code(typed, symbols=symbols)


@given(symbols=lengths, seed=seeds)
def test_a_symbol_left_out_or_typed_twice_is_caught(symbols: int, seed: int) -> None:
    bare = drawn(symbols, seed).replace("-", "")
    for i in range(len(bare)):
        for typed in (bare[:i] + bare[i + 1 :], bare[:i] + bare[i] + bare[i:]):
            with pytest.raises(InputError, match="letters and digits, not"):
                read_code(typed, symbols=symbols)


@given(text=st.text(max_size=40))
def test_anything_else_is_refused_with_words(text: str) -> None:
    try:
        read_code(text, symbols=7, name="slip 3")
    except InputError as error:
        (problem,) = error.problems
        assert problem.file == "slip 3"
    else:
        assert len([c for c in text.upper() if c in SYMBOLS]) == 8


def test_all_symbols_come_up_equally_often() -> None:
    counts = dict.fromkeys(SYMBOLS, 0)
    for symbol in "".join(drawn(28, seed)[:-1] for seed in range(1500)).replace("-", ""):
        counts[symbol] += 1
    expected = sum(counts.values()) / 31
    # Chi-squared with 30 degrees of freedom is below 59.7 in 999 of 1,000 runs.
    assert sum((n - expected) ** 2 / expected for n in counts.values()) < 59.7


def test_a_code_too_long_for_one_check_symbol_is_no_code() -> None:
    with pytest.raises(ValueError, match="1 to 29"):
        drawn(30, seed=1)
