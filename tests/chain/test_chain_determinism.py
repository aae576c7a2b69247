"""The same seed and steps are the same world, and code in it sees that world as the headers tell it."""

from sessionlab.core.evm import Chain, GenesisAccount

COUNTER = "0x" + "c0" * 20
TELLER = "0x" + "7e" * 20


def _live(make_chain, counter, owner_key, **settings) -> Chain:
    chain = make_chain({COUNTER: GenesisAccount(nonce=1, code=counter, storage={5: 6})}, **settings)
    chain.transact(owner_key, COUNTER)
    chain.travel(3_600)
    chain.mine(3)
    chain.set_balance(COUNTER, 9)
    chain.transact(owner_key, COUNTER, value=3)
    return chain


def _hashes(chain: Chain) -> list[str]:
    return [chain.block(n).hash for n in range(chain.height + 1)]


def test_same_seed_and_steps_give_identical_blocks(make_chain, counter, owner_key):
    one, other = (_live(make_chain, counter, owner_key, seed=4) for _ in range(2))
    assert _hashes(one) == _hashes(other)
    assert [one.block(n) for n in range(6)] == [other.block(n) for n in range(6)]


def test_another_seed_gives_other_blocks_with_the_same_effects(make_chain, counter, owner_key):
    one, other = (_live(make_chain, counter, owner_key, seed=seed) for seed in (1, 2))
    assert not set(_hashes(one)) & set(_hashes(other))
    assert one.storage(COUNTER, 0) == other.storage(COUNTER, 0) == 2


def test_code_sees_the_block_that_the_header_describes(make_chain, teller, owner_key):
    chain = make_chain({TELLER: GenesisAccount(nonce=1, code=teller)}, chain_id=1337, seed=3)
    chain.mine(2)
    foreseen = chain.call(TELLER).output
    output = chain.transact(owner_key, TELLER).output
    block = chain.block()
    words = [int.from_bytes(output[i : i + 32], "big") for i in range(0, len(output), 32)]
    assert words[:3] == [1337, block.timestamp, block.number]
    assert words[3:6] == [int(block.mix_hash, 16), int(block.miner, 16), block.base_fee_per_gas]
    assert words[6] == int(block.parent_hash, 16)
    assert foreseen == output


def test_a_historic_call_sees_its_own_block(make_chain, teller):
    chain = make_chain({TELLER: GenesisAccount(nonce=1, code=teller)})
    chain.mine(5)
    output = chain.call(TELLER, block=2).output
    assert int.from_bytes(output[64:96], "big") == 2
    assert int.from_bytes(output[32:64], "big") == chain.block(2).timestamp


def test_the_chain_id_is_a_parameter(make_chain, teller, owner_key):
    chain = make_chain({TELLER: GenesisAccount(nonce=1, code=teller)}, chain_id=421_614)
    receipt = chain.transact(owner_key, TELLER)
    assert int.from_bytes(receipt.output[:32], "big") == chain.chain_id == 421_614
    assert chain.transaction(receipt.transaction_hash).chain_id == 421_614
