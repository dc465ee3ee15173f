"""The seal: what proves that an order was drawn by chance and never changed."""

import hashlib
import inspect
import itertools
import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from ekbom.design.design import enumerate_sequences
from ekbom.design.plan import design_of, names
from ekbom.protocol.files import built_in, content_hash
from ekbom.trial.seal import (
    METHOD,
    Seal,
    commitment,
    draw_seal,
    drawn_from,
    seal_bytes,
    seal_from,
)

SLOW = built_in("magnesium-rls")
HASH = content_hash(SLOW)


def draw(source: object = None) -> Seal:
    import secrets

    return draw_seal(
        protocol=SLOW,
        protocol_hash=HASH,
        secrets=source or secrets.token_bytes,
    )


def test_seed_and_salt_are_256_bits_each_from_the_source() -> None:
    asked: list[int] = []

    def source(count: int) -> bytes:
        asked.append(count)
        return bytes([len(asked)]) * count

    seal = draw(source)
    assert asked == [32, 32]
    assert (seal.seed, seal.salt) == ("01" * 32, "02" * 32)
    assert (seal.protocol, seal.method) == (HASH, METHOD)


def test_the_seed_draws_the_sequence_again() -> None:
    seal = draw()
    again = drawn_from(seal.seed, protocol=SLOW, design=design_of(SLOW))
    assert again == seal.treatments
    assert len(again) == 6


@pytest.mark.parametrize("number", [0, 1, 2, 2**255])
def test_a_seed_draws_what_the_stated_method_says_worked_out_by_hand(number: int) -> None:
    # 8 orders: the rank is the top 3 of 32 raw bits; in it a 0 is placebo first, in pair order.
    word = int(np.random.PCG64(number).random_raw()) % 2**32
    coins = f"{word >> 29:03b}"
    expected = "".join({"0": "pm", "1": "mp"}[coin] for coin in coins)
    drawn = drawn_from(f"{number:064x}", protocol=SLOW, design=design_of(SLOW))
    assert "".join(name[0] for name in drawn) == expected


def test_seeds_draw_every_order_about_equally_often() -> None:
    design = design_of(SLOW)
    counts = dict.fromkeys((names(SLOW, sequence) for sequence in enumerate_sequences(design)), 0)
    for n in range(800):
        counts[drawn_from(f"{n:064x}", protocol=SLOW, design=design)] += 1
    chi_squared = sum((c - 100) ** 2 / 100 for c in counts.values())
    assert chi_squared < 24.3  # the 0.1 % point of chi squared with 7 degrees of freedom


def test_two_draws_differ_in_seed_and_salt() -> None:
    one, other = draw(), draw()
    assert one.seed != other.seed
    assert one.salt != other.salt


def test_the_commitment_is_sha256_over_the_salt_and_the_canonical_json_as_the_docs_say() -> None:
    seal = draw()
    text = json.dumps(asdict(seal), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    expected = hashlib.sha256(bytes.fromhex(seal.salt) + text.encode()).hexdigest()
    assert commitment(seal) == expected


@pytest.mark.parametrize("field", ["protocol", "method", "treatments", "seed", "salt"])
def test_the_commitment_depends_on_every_field(field: str) -> None:
    seal = draw()
    value = getattr(seal, field)
    changed = ("other", *value[1:]) if isinstance(value, tuple) else value[:-1] + "0" + value[-1]
    if field == "salt":
        changed = f"{int(value, 16) ^ 1:064x}"
    assert commitment(replace(seal, **{field: changed})) != commitment(seal)


def test_without_the_salt_trying_all_eight_orders_finds_nothing() -> None:
    seal = draw()
    orders = [names(SLOW, sequence) for sequence in enumerate_sequences(design_of(SLOW))]
    assert len(orders) == 8
    guesses = {
        commitment(replace(seal, treatments=order, salt=salt))
        for order, salt in itertools.product(orders, ["00" * 32, "ff" * 32, seal.seed])
    }
    assert commitment(seal) not in guesses
    with_salt = {commitment(replace(seal, treatments=order)) for order in orders}
    assert commitment(seal) in with_salt


def test_a_seal_reads_back_from_its_file() -> None:
    seal = draw()
    assert seal_from(seal_bytes(seal)) == seal


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": 1}, "a seal has exactly these fields: method, protocol, salt, seed, treatments"),
        ({"treatments": "mpmpmp"}, "a seal holds texts, and a list of treatments"),
        ({"treatments": [1, 2]}, "a seal holds texts, and a list of treatments"),
        ({"method": 1}, "a seal holds texts, and a list of treatments"),
        ({"seed": "ab"}, "its seed is not 64 hexadecimal digits"),
        ({"salt": "ab"}, "its salt is not 64 hexadecimal digits"),
    ],
)
def test_a_file_that_is_no_seal_is_told(change: dict[str, object], message: str) -> None:
    data = json.dumps({**asdict(draw()), **change}).encode()
    with pytest.raises(ValueError, match=f"^{message}$"):
        seal_from(data)


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"{"])
def test_a_file_that_is_no_json_table_is_no_seal(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # its words are Python's
        seal_from(data)


def test_no_command_takes_a_seed_for_a_real_trial() -> None:
    from ekbom.cli.new import command as new
    from ekbom.cli.randomise import command as randomise

    for command in (new, randomise):
        assert not [p.name for p in command.params if "seed" in (p.name or "")]
    assert "seed" not in inspect.signature(draw_seal).parameters
