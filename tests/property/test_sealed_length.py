"""The sealed file is as long for every order, so that its length tells nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.design.design import enumerate_sequences
from ekbom.design.plan import design_of, names
from ekbom.protocol.files import built_in
from ekbom.trial.seal import METHOD, Seal
from ekbom.trial.sealing import Lock, seal_up, sealed_bytes
from sealed_trials import BEN, TO_BEN

SLOW = built_in("magnesium-rls")
ORDERS = [names(SLOW, sequence) for sequence in enumerate_sequences(design_of(SLOW))]

hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
labels = st.text(min_size=1, max_size=40).filter(str.isprintable)


def length(treatments: Sequence[str], seed: str, salt: str, lock: Lock = TO_BEN) -> int:
    """Return the length of the file; that of what is encrypted in it is the same too."""
    seal = Seal("ab" * 32, METHOD, tuple(treatments), seed, salt)
    sealed = seal_up(seal, lock=lock)
    if lock is TO_BEN:
        assert len(pyrage.decrypt(sealed.content, [BEN])) == 4096
    return len(sealed_bytes(sealed))


@settings(max_examples=60)
@given(seed=hashes, salt=hashes, kinds=st.tuples(labels, labels), order=st.sampled_from(ORDERS))
def test_every_order_with_names_of_any_length_gives_a_file_of_one_length(
    seed: str, salt: str, kinds: tuple[str, str], order: tuple[str, ...]
) -> None:
    named = dict(zip(("magnesium", "placebo"), kinds, strict=True))
    assert length([named[t] for t in order], seed, salt) == length(ORDERS[0], "0" * 64, "0" * 64)


def test_all_eight_orders_of_three_pairs_give_files_of_one_length() -> None:
    assert len(ORDERS) == 8
    lengths = {length(order, "12" * 32, "34" * 32) for order in ORDERS for _ in range(20)}
    assert len(lengths) == 1


@pytest.mark.slow
def test_with_passphrase_and_recovery_code_too_the_length_is_one() -> None:
    lock = Lock("K7M4-Q2XB", "seven quiet purple otters")
    assert len({length(order, "12" * 32, "34" * 32, lock) for order in ORDERS}) == 1
