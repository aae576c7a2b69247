"""The clock stands still until it is moved, and moves forward only."""

import pytest

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.evm import GenesisAccount

TELLER = "0x" + "7e" * 20


def test_blocks_are_one_second_apart(chain):
    assert chain.block(0).timestamp == chain.now == 1_800_000_000
    chain.mine(3)
    assert [chain.block(n).timestamp - 1_800_000_000 for n in range(4)] == [0, 1, 2, 3]


def test_travelling_moves_the_next_block_and_calls_until_then(make_chain, teller, owner_key):
    chain = make_chain({TELLER: GenesisAccount(nonce=1, code=teller)})
    assert chain.travel(3_601) == chain.now == 1_800_003_601
    assert chain.height == 0
    assert int.from_bytes(chain.call(TELLER).output[32:64], "big") == 1_800_003_601
    chain.transact(owner_key, TELLER)
    assert chain.block().timestamp == chain.now == 1_800_003_601
    chain.mine()
    assert chain.now == 1_800_003_602


def test_a_call_can_pretend_another_time(make_chain, teller):
    chain = make_chain({TELLER: GenesisAccount(nonce=1, code=teller)})
    assert int.from_bytes(chain.call(TELLER, timestamp=5).output[32:64], "big") == 5
    assert chain.now == 1_800_000_000
    chain.mine()
    assert int.from_bytes(chain.call(TELLER, timestamp=5, block=0).output[32:64], "big") == 5


def test_time_does_not_run_back(chain):
    chain.travel(10)
    with pytest.raises(ChainError) as refusal:
        chain.travel_to(chain.now - 1)
    assert (refusal.value.asked, refusal.value.left) == (1_800_000_009, 1_800_000_010)
    assert chain.now == 1_800_000_010


def test_at_least_one_block_is_mined(chain):
    with pytest.raises(InvalidInput):
        chain.mine(0)
    assert chain.height == 0
