"""Going back: state, blocks, transactions and the clock return; what came after is unknown."""

import pytest

from sessionlab.core.base.errors import ChainError
from sessionlab.core.evm import GenesisAccount

COUNTER = "0x" + "c0" * 20


@pytest.fixture
def chain(make_chain, counter):
    return make_chain({COUNTER: GenesisAccount(nonce=1, code=counter)})


def _world(chain) -> tuple:
    return (
        chain.height,
        chain.state_root,
        chain.now,
        chain.block(),
        chain.storage(COUNTER, 0),
        len(chain.logs()),
    )


def test_a_revert_restores_everything(chain, owner_key):
    chain.transact(owner_key, COUNTER)
    chain.travel(100)
    before, snapshot = _world(chain), chain.snapshot()
    chain.transact(owner_key, COUNTER)
    chain.set_storage(COUNTER, 0, 77)
    chain.travel(500)
    chain.mine(3)
    chain.revert(snapshot)
    assert _world(chain) == before


def test_snapshots_nest_and_a_revert_forgets_the_later_ones(chain, owner_key):
    worlds, snapshots = [], []
    for _ in range(3):
        worlds.append(_world(chain))
        snapshots.append(chain.snapshot())
        chain.transact(owner_key, COUNTER)
    chain.revert(snapshots[1])
    assert _world(chain) == worlds[1]
    for gone in (snapshots[1], snapshots[2]):
        with pytest.raises(ChainError):
            chain.revert(gone)
    chain.revert(snapshots[0])
    assert _world(chain) == worlds[0]


@pytest.mark.parametrize("unknown", [0, 1, -1, 99])
def test_an_unknown_snapshot_is_refused_and_nothing_moves(chain, owner_key, unknown):
    chain.transact(owner_key, COUNTER)
    before = _world(chain)
    with pytest.raises(ChainError, match="no snapshot"):
        chain.revert(unknown)
    assert _world(chain) == before


def test_a_reverted_transaction_is_unknown(chain, owner_key):
    kept = chain.transact(owner_key, COUNTER)
    snapshot = chain.snapshot()
    gone, gone_block = chain.transact(owner_key, COUNTER, value=1), chain.block().hash
    chain.revert(snapshot)
    for ask in (chain.transaction, chain.receipt):
        with pytest.raises(ChainError):
            ask(gone.transaction_hash)
    with pytest.raises(ChainError):
        chain.block(gone_block)
    other = chain.transact(owner_key, COUNTER, value=2)
    assert other.block_number == gone.block_number
    assert chain.receipt(other.transaction_hash) == other and chain.receipt(kept.transaction_hash) == kept
    with pytest.raises(ChainError):
        chain.receipt(gone.transaction_hash)


def test_the_same_step_after_a_revert_gives_the_same_block(chain, owner_key):
    snapshot = chain.snapshot()
    first = chain.transact(owner_key, COUNTER)
    chain.revert(snapshot)
    assert chain.transact(owner_key, COUNTER) == first


def test_a_revert_executes_nothing(chain, owner_key, monkeypatch):
    snapshot = chain.snapshot()
    chain.transact(owner_key, COUNTER)
    monkeypatch.setattr("sessionlab.core.evm.engine.open_state", lambda *_, **__: pytest.fail("a state was opened"))
    chain.revert(snapshot)
    assert chain.height == 0


def test_edits_by_hand_mine_nothing_and_stay(chain, owner_key, stranger):
    head = chain.block()
    chain.set_balance(stranger, 10**18)
    chain.set_code(stranger, b"\x00")
    chain.set_storage(COUNTER, 0, 41)
    assert chain.block() == head
    assert (chain.balance(stranger), chain.code(stranger), chain.storage(COUNTER, 0)) == (10**18, b"\x00", 41)
    assert chain.storage(COUNTER, 0, 0) == 0
    assert int.from_bytes(chain.transact(owner_key, COUNTER).output, "big") == 42
    assert chain.balance(stranger, chain.height) == 10**18
