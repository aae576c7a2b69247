"""Height costs nothing.

The work of an operation, a receipt, a revert is counted, low and high on the chain.
"""

import sys

import pytest

from sessionlab.core.evm import GenesisAccount

COUNTER = "0x" + "c0" * 20


@pytest.fixture(scope="module")
def tall(counter):
    """A chain with transactions at its foot, then many empty blocks."""
    from sessionlab.core.evm import Chain
    from sessionlab.core.evm.signing import address_of, open_key

    key = bytes.fromhex("11" * 32)
    genesis = {COUNTER: GenesisAccount(nonce=1, code=counter)}
    chain = Chain({address_of(open_key(key)): GenesisAccount(balance=10**21), **genesis})
    for _ in range(5):
        chain.transact(key, COUNTER)
    return chain


def _steps(action) -> int:
    """Count the Python calls that an action takes."""
    count = 0

    def tick(frame, event, arg) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(tick)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def test_no_operation_grows_with_height(tall, owner_key):
    first = tall.block(1).transactions[0].hash

    def revert() -> None:
        tall.revert(snapshot)

    actions = {
        "transact": lambda: tall.transact(owner_key, COUNTER),
        "call": lambda: tall.call(COUNTER),
        "oldest receipt": lambda: tall.receipt(first),
        "newest receipt": lambda: tall.receipt(tall.block().transactions[0].hash),
        "oldest state": lambda: tall.storage(COUNTER, 0, 1),
        "mine": tall.mine,
    }
    for action in actions.values():  # caches are warm in both rounds
        action()
    low = {}
    for name, action in actions.items():
        tall.transact(owner_key, COUNTER)
        low[name] = _steps(action)
    tall.mine(2_000)
    for name, action in actions.items():
        tall.transact(owner_key, COUNTER)
        assert _steps(action) <= 1.15 * low[name], name
    snapshot = tall.snapshot()
    tall.transact(owner_key, COUNTER)
    assert _steps(revert) < 50


def test_logs_of_empty_blocks_are_not_looked_for(tall):
    tall.mine(500)
    blocks_with_logs = sum(1 for n in range(tall.height + 1) if tall.block(n).logs_bloom)
    calls = _steps(lambda: tall.logs(COUNTER))
    assert calls < 10 * blocks_with_logs + 60


def test_the_code_of_a_contract_is_decoded_once(tall, owner_key):
    from sessionlab.core.evm.interpreter import decode

    tall.transact(owner_key, COUNTER)
    decoded = decode(tall.code(COUNTER))
    tall.transact(owner_key, COUNTER)
    tall.call(COUNTER)
    assert decode(tall.code(COUNTER)) is decoded
