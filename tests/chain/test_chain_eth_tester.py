"""A second opinion: eth-tester, with py-evm as it comes, sees the same transactions do the same."""

import random

import pytest
from eth_account import Account
from eth_tester import PyEVMBackend

from sessionlab.core.evm import GenesisAccount

COUNTER = "0x" + "c0" * 20
THEIR_CHAIN = 131277322940537  # hard-coded in eth-tester
STEPS = 25


@pytest.fixture
def pair(owner, counter, make_chain):
    """Our chain and eth-tester's, with the same accounts."""
    ours = make_chain({COUNTER: GenesisAccount(nonce=1, code=counter)}, chain_id=THEIR_CHAIN)
    theirs = PyEVMBackend(
        genesis_parameters={**PyEVMBackend.generate_genesis_params(), "gas_limit": 60_000_000},
        genesis_state={
            bytes.fromhex(owner[2:]): {"balance": 1_000 * 10**18, "nonce": 0, "code": b"", "storage": {}},
            bytes.fromhex(COUNTER[2:]): {"balance": 0, "nonce": 1, "code": counter, "storage": {}},
        },
    )
    return ours, theirs


def test_the_same_transactions_do_the_same(pair, owner, owner_key, counter, init_code):
    ours, theirs = pair
    draw = random.Random(7)
    for nonce in range(STEPS):
        to, data = draw.choice(
            [(COUNTER, b""), (owner, draw.randbytes(90)), (None, init_code(counter)), (None, b"\xfe")]
        )
        fields = {
            "type": 2,
            "chainId": THEIR_CHAIN,
            "nonce": nonce,
            "gas": 300_000,
            "value": draw.randrange(3),
        }
        fields |= {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 0, "data": data}
        if to:
            fields["to"] = bytes.fromhex(to[2:])
        raw = bytes(Account.sign_transaction(fields, owner_key).raw_transaction)
        mine = ours.receipt(ours.send_raw(raw))
        hashed = theirs.send_raw_transaction(raw)
        theirs.mine_blocks(1)
        other = theirs.get_transaction_receipt(hashed)
        assert mine.transaction_hash == "0x" + bytes(hashed).hex()
        assert (mine.status, mine.gas_used) == (other["status"], other["gas_used"])
        assert [(log.topics, log.data) for log in mine.logs] == [
            (tuple("0x" + topic.hex() for topic in log["topics"]), log["data"]) for log in other["logs"]
        ]
        if mine.contract_address:
            created = bytes.fromhex(mine.contract_address[2:])
            assert created == other["contract_address"] and ours.code(created) == theirs.get_code(created)
    assert ours.storage(COUNTER, 0) == int.from_bytes(ours.logs()[-1].data, "big") > 0
    assert ours.balance(COUNTER) == theirs.get_balance(bytes.fromhex(COUNTER[2:]))
