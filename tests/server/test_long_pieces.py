"""No work is one long piece that nobody can interrupt, however its numbers and names were chosen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

import pytest

import sessionlab as sl
from sessionlab.core.base.work import GO_ON
from sessionlab.server.slow_precompiles import power, remainder

AT = "0x" + "77" * 20


@pytest.fixture
def asked() -> Iterator[list[int]]:
    """What is asked about on the way."""
    questions: list[int] = []
    before = GO_ON.set(questions.append)
    yield questions
    GO_ON.reset(before)


@pytest.mark.parametrize("length", [1, 40, 3_000, 12_000])
def test_powers_and_remainders_in_pieces_are_those_of_python(length: int) -> None:
    draw = Random(length)
    modulus, base, exponent = (draw.getrandbits(8 * size) | 1 for size in (length, 2 * length, min(length, 2)))
    assert power(base, exponent, modulus) == pow(base, exponent, modulus)
    assert remainder(base, modulus) == base % modulus


def test_a_division_of_long_numbers_is_in_pieces(asked: list[int]) -> None:
    modulus = Random(1).getrandbits(8 * 100_000) | 1
    begun = time.perf_counter()
    power(modulus - 2, 3, modulus)
    assert len(asked) > 100 and (time.perf_counter() - begun) / len(asked) < 0.1


def test_slots_that_share_a_hash_are_listed_as_quickly_as_others() -> None:
    provider = sl.Lab().provider
    keys = [f"0x{number * (2**61 - 1) + 7:064x}" for number in range(12_000)]
    call = {"to": AT, "gas": "0x3938700", "accessList": [{"address": AT, "storageKeys": keys}]}
    begun = time.perf_counter()
    listed = provider.request("eth_createAccessList", [call, "latest"])["accessList"]
    assert time.perf_counter() - begun < 2  # 3.5 seconds, were they compared with each other
    assert listed == [{"address": AT, "storageKeys": keys}]


@pytest.mark.parametrize("length", [1, 100_000])
def test_names_of_types_count_for_each_value(length: int) -> None:
    members = {"R": [{"name": "a", "type": "T[]"}], "T": [{"name": "u", "type": "U[]"}]}
    types = {"EIP712Domain": [], **members, "U": [{"name": "x" * length, "type": "uint8"}]}
    typed = {"domain": {}, "types": types, "primaryType": "R", "message": {"a": [{"u": []}] * 100}}
    key = sl.new_key(1)
    if length == 1:
        assert len(key.sign_typed_data(typed)) == 65
    else:
        with pytest.raises(sl.InvalidInput, match="take too long"):
            key.sign_typed_data(typed)
