"""Codes that people read from paper and type: one slip of the finger never makes another code.

The last symbol is a check: with the symbols numbered 0 to 30 and their places 1, 2, 3, ..., the sum
of number times place is a multiple of 31.  As 31 is prime, every wrong symbol and every two symbols
that changed places give another remainder (a weighted sum, as in ISBN-10, which is modulo 11).
"""

from __future__ import annotations

from collections.abc import Callable

from ekbom.problem import InputError, Problem

SYMBOLS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 symbols, a prime number of them: none that look alike on paper (0 O, 1 I L)."""

_PRIME = len(SYMBOLS)
_LONGEST = _PRIME - 1
_GROUP = 4

Secrets = Callable[[int], bytes]
"""Where secret bytes come from: `secrets.token_bytes`, or a seeded source in a demonstration."""


def draw_code(*, symbols: int, secrets: Secrets) -> str:
    """Return a code of so many random symbols (about 4.95 bits each) and its check symbol.

    Raises ValueError for more symbols than one check symbol can guard (29).
    """
    if not 0 < symbols < _LONGEST:
        raise ValueError(f"a code has 1 to {_LONGEST - 1} symbols before its check symbol")
    # 128 bits more than are needed: the remainder is as good as even.
    number = int.from_bytes(secrets(symbols + 16), "big")
    drawn = []
    for _ in range(symbols):
        number, remainder = divmod(number, _PRIME)
        drawn.append(remainder)
    return _grouped([*drawn, _check(drawn)])


def read_code(text: str, *, symbols: int, name: str = "the code") -> str:
    """Return a typed code as it is printed; spaces, hyphens and small letters do not matter.

    Raises InputError if it is not a code of so many symbols and a check symbol.
    """
    typed = [c for c in text.upper() if c not in " -\u2010\u2011\u2013\t\n"]
    strange = sorted({c for c in typed if c not in SYMBOLS})
    if strange:
        raise _fault(name, f"it has {' '.join(strange)}, which no code has", "Look at it again")
    if len(typed) != symbols + 1:
        what = f"it has {len(typed)} letters and digits, not {symbols + 1}"
        raise _fault(name, what, "Type all of them")
    numbers = [SYMBOLS.index(c) for c in typed]
    if _sum(numbers) % _PRIME:
        raise _fault(name, "one of its letters or digits is wrong", "Compare it one by one")
    return _grouped(numbers)


def _check(numbers: list[int]) -> int:
    place = len(numbers) + 1
    return -_sum(numbers) * pow(place, -1, _PRIME) % _PRIME


def _sum(numbers: list[int]) -> int:
    return sum(place * number for place, number in enumerate(numbers, start=1))


def _grouped(numbers: list[int]) -> str:
    text = "".join(SYMBOLS[n] for n in numbers)
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def _fault(name: str, what: str, do: str) -> InputError:
    return InputError([Problem(name, None, what, do)])
