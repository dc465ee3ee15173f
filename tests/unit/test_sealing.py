"""A seal closed with age: opened by its keepers alone, and any change to it is noticed."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace

import pyrage
import pytest

from ekbom.problem import InputError, RefusedError
from ekbom.trial.codes import draw_code
from ekbom.trial.passphrase import read_passphrase, refuse_weak
from ekbom.trial.seal import METHOD, Seal, commitment
from ekbom.trial.sealing import (
    RECOVERY_SYMBOLS,
    Key,
    Lock,
    Sealed,
    seal_up,
    sealed_bytes,
    sealed_from,
    unseal,
)
from sealed_trials import BEN, BENS_KEY, MALLORY, MALLORYS_KEY, TO_BEN

SEAL = Seal("ab" * 32, METHOD, ("magnesium", "placebo") * 3, "cd" * 32, "ef" * 32)
WORDS = "seven quiet purple otters"
CODE = draw_code(symbols=RECOVERY_SYMBOLS, secrets=secrets.token_bytes)


@pytest.fixture(scope="module")
def bens() -> Sealed:
    """Return a seal that Ben closed with his passphrase and the code on his paper."""
    return seal_up(SEAL, lock=Lock(CODE, WORDS))


@pytest.fixture(scope="module")
def quick() -> Sealed:
    """Return a seal that Ben closed to his age key."""
    return seal_up(SEAL, lock=TO_BEN)


def refused(sealed: Sealed, key: Key) -> str:
    with pytest.raises(InputError) as caught:
        unseal(sealed, key=key)
    return str(caught.value)


@pytest.mark.slow
def test_the_passphrase_opens_it(bens: Sealed) -> None:
    assert unseal(sealed_from(sealed_bytes(bens)), key=Key("passphrase", WORDS)) == SEAL


def test_the_recovery_code_opens_it_when_the_passphrase_is_lost(bens: Sealed) -> None:
    assert unseal(bens, key=Key("recovery", CODE)) == SEAL


def test_a_wrong_passphrase_says_so_and_no_more(bens: Sealed) -> None:
    assert refused(bens, Key("passphrase", WORDS + "s")) == (
        "the passphrase: it does not open this order. Type it again; without it, use --recovery."
    )


@pytest.mark.slow
def test_a_wrong_recovery_code_says_so_and_no_more(bens: Sealed) -> None:
    other = draw_code(symbols=RECOVERY_SYMBOLS, secrets=secrets.token_bytes)
    assert refused(bens, Key("recovery", other)) == (
        "the recovery code: it does not open this order. Compare it with the paper, sign by sign."
    )


def test_each_of_several_age_keys_opens_it_and_no_other_does() -> None:
    chen = pyrage.x25519.Identity.generate()
    keys = (str(BEN.to_public()), str(chen.to_public()))
    sealed = seal_up(SEAL, lock=Lock("", keys=keys))
    assert unseal(sealed, key=BENS_KEY) == SEAL
    assert unseal(sealed, key=Key("identity", str(chen))) == SEAL
    assert refused(sealed, MALLORYS_KEY) == (
        "the key file: it does not open this order. Give the file with the secret half of the key."
    )


@pytest.mark.parametrize("text", ["", "# only a comment\n", "age1no", "AGE-SECRET-KEY-1QQ"])
def test_a_file_without_a_key_opens_nothing(quick: Sealed, text: str) -> None:
    assert refused(quick, Key("identity", text)).startswith("the key file: it does not open")


def test_without_a_passphrase_box_it_says_what_opens_it(quick: Sealed) -> None:
    with pytest.raises(RefusedError) as caught:
        unseal(quick, key=Key("passphrase", WORDS))
    assert str(caught.value) == (
        "This order was sealed without a passphrase. Give the key it was sealed to with "
        "--identity FILE, or use the recovery code with --recovery."
    )


def test_what_is_no_public_key_is_refused_and_a_secret_one_is_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        seal_up(SEAL, lock=Lock("", keys=(str(MALLORY),)))
    assert str(caught.value) == (
        "the key: it is the secret half of an age key. "
        "Give the public half, age1.... Others may have seen this one: make a new pair."
    )
    with pytest.raises(InputError) as caught:
        seal_up(SEAL, lock=Lock("", keys=("age1nothing",)))
    assert str(caught.value) == (
        "the key age1nothing: it is not the public half of an age key. "
        "Give one such as age1..., which age-keygen prints as the public key."
    )


def test_any_one_changed_byte_of_the_file_is_noticed_without_a_key(bens: Sealed) -> None:
    data = sealed_bytes(bens)
    unnoticed = []
    for place in range(len(data)):
        for new in (data[place] ^ 1, ord(" ")):
            if new == data[place]:
                continue
            changed = data[:place] + bytes([new]) + data[place + 1 :]
            try:
                sealed_from(changed)
            except ValueError:
                continue
            unnoticed.append(place)
    assert unnoticed == []


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_sealed_order_is_told(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # its words are Python's
        sealed_from(data)


def _flipped(data: bytes, *, whole: int = 400, step: int = 31) -> Iterator[bytes]:
    """Yield the data with one byte changed: every one of the head, each so many after it."""
    for place in (*range(min(whole, len(data))), *range(whole, len(data), step)):
        yield data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_any_one_changed_byte_behind_a_mended_checksum_is_rejected_at_the_opening(
    quick: Sealed,
) -> None:
    for content in _flipped(quick.content):
        forged = sealed_from(sealed_bytes(replace(quick, content=content)))
        refused(forged, BENS_KEY)


@pytest.mark.slow
def test_boxes_exchanged_behind_a_mended_checksum_are_rejected_at_the_opening(
    quick: Sealed, bens: Sealed
) -> None:
    both = seal_up(SEAL, lock=Lock(CODE, keys=TO_BEN.keys))
    boxes = [{"recovery": box} for box in _flipped(both.boxes["recovery"])]
    for other in [*boxes, dict(bens.boxes), {}]:
        forged = sealed_from(sealed_bytes(replace(both, boxes=other)))
        assert refused(forged, BENS_KEY) == (
            "allocation.sealed: it was changed: what is sealed in it is not what stands around "
            "it. Restore it from a copy."
        )


@pytest.mark.parametrize("name", ["protocol", "method", "commitment"])
def test_what_stands_around_the_seal_cannot_be_changed(quick: Sealed, name: str) -> None:
    forged = sealed_from(sealed_bytes(replace(quick, **{name: "00" * 32})))
    assert "what is sealed in it is not what stands around it" in refused(forged, BENS_KEY)


def test_nothing_of_the_order_stands_in_the_file(bens: Sealed) -> None:
    data = sealed_bytes(bens)
    tables = json.loads(data)
    seen = [data, base64.b64decode(tables["sealed"].strip()), *bens.boxes.values()]
    for text in ("magnesium", "placebo", SEAL.seed, SEAL.salt, WORDS, CODE):
        assert [text.encode() in part for part in seen] == [False] * len(seen)
    assert tables["commitment"] == commitment(SEAL)
    assert list(tables) == [
        "format", "protocol", "method", "commitment", "keys", "sealed", "boxes", "checksum"
    ]  # fmt: skip


@pytest.mark.slow
def test_age_itself_opens_it_without_ekbom(bens: Sealed) -> None:
    tables = json.loads(sealed_bytes(bens))
    box = base64.b64decode(tables["boxes"]["passphrase"])
    identity = pyrage.x25519.Identity.from_str(pyrage.passphrase.decrypt(box, WORDS).decode())
    plain = pyrage.decrypt(base64.b64decode(tables["sealed"].strip()), [identity])
    assert json.loads(plain)["seal"]["treatments"] == list(SEAL.treatments)


def test_names_too_long_to_be_sealed_are_refused() -> None:
    with pytest.raises(RefusedError, match=r"^The names of the treatments are too long for"):
        seal_up(replace(SEAL, treatments=("m" * 700, "p" * 700) * 3), lock=TO_BEN)


def test_secrets_do_not_show_when_a_lock_or_key_is_printed() -> None:
    assert repr(Lock(CODE, WORDS)) == "Lock(keys=())"
    assert repr(Key("passphrase", WORDS)) == "Key(kind='passphrase')"


@pytest.mark.parametrize("typed", [f"  {WORDS}\t", WORDS.replace(" ", "  ")])
def test_a_passphrase_is_read_alike_however_its_blanks_were_typed(typed: str) -> None:
    assert read_passphrase(typed) == WORDS
    assert read_passphrase("cafe\u0301") == "caf\u00e9"


@pytest.mark.parametrize("strong", [WORDS, "otter sea hat cup", "Zk4!p-rw92_Tql"])
def test_four_words_or_fourteen_signs_will_do(strong: str) -> None:
    refuse_weak(strong)


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "magnesium",
        "a b c d",
        "aaaaaaaaaaaaaaaa",
        "two short ly",
        "12345678901234",
        "zyxwvutsrqponmlk",
        "passwordpassword",
    ],
)
def test_a_passphrase_that_is_easy_to_guess_is_refused_and_told_why(weak: str) -> None:
    with pytest.raises(InputError) as caught:
        refuse_weak(weak)
    assert str(caught.value) == (
        "the passphrase: it is too easy to guess. Whoever copies the trial's files can try "
        "passphrases for months on their own computer. Take at least 4 words that do not belong "
        "together, or 14 signs."
    )
