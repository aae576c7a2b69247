"""A block holds what py-evm alone makes of its transaction: the lab's interpreter, caches and checks leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from eth.db.atomic import AtomicDB
from eth.db.backends.memory import MemoryDB
from eth.vm.forks.prague.state import PragueState, PragueTransactionExecutor

import sessionlab as sl
from sessionlab.core.evm.engine import Engine
from sessionlab.core.evm.records import Block
from sessionlab.study.replay.evm import EvmEngine
from sessionlab.study.replay.run import replay
from sessionlab.study.replay.vectors import read_vectors

FOLDER = Path(__file__).parent.parent / "vectors"
EVERY = 48  # lines of the vectors; all of them with --all-vectors


class PlainExecutor(PragueTransactionExecutor):
    """py-evm's, complete. Its own checks ask for a header of a chain; the chain here has other ones before it."""

    def validate_transaction(self, transaction: Any) -> None:
        pass


class PlainState(PragueState):
    """py-evm's own state and interpreter."""

    transaction_executor_class = PlainExecutor

    def set_system_contracts(self) -> None:
        pass


@contextmanager
def every_block_checked() -> Iterator[list[Block]]:
    """Run each mined transaction once more in py-evm alone. Yields the blocks that were checked."""
    checked: list[Block] = []
    mine = Engine.mine

    def mine_and_check(engine: Engine, transaction: Any = None) -> Block:
        if transaction is None:
            return mine(engine, transaction)
        before = engine.pending_state()
        nodes = AtomicDB(MemoryDB(dict(engine._nodes)))
        plain = PlainState(nodes, before.execution_context, before.state_root)
        block = mine(engine, transaction)
        plain.lock_changes()
        frame = plain.apply_transaction(transaction)
        plain.persist()
        receipt = block.receipts[0]
        assert "0x" + plain.state_root.hex() == block.state_root
        assert receipt.status == (0 if frame.is_error else 1)
        logs = [
            (address, [topic.to_bytes(32, "big") for topic in topics], data)
            for address, topics, data in frame.get_log_entries()
        ]
        ours = [
            (bytes.fromhex(log.address[2:]), [bytes.fromhex(topic[2:]) for topic in log.topics], log.data)
            for log in receipt.logs
        ]
        assert ours == logs
        checked.append(block)
        return block

    Engine.mine = mine_and_check  # type: ignore[method-assign]
    try:
        yield checked
    finally:
        Engine.mine = mine  # type: ignore[method-assign]


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_the_vectors_make_the_blocks_of_plain_execution(rules: str, request: pytest.FixtureRequest) -> None:
    every = 1 if request.config.getoption("--all-vectors") else EVERY
    lines = read_vectors(FOLDER / f"{rules}.jsonl")[::every]
    with every_block_checked() as blocks:
        report = replay(lines, EvmEngine)
    assert not report.mismatches
    assert len(blocks) > 2 * len(lines)


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_what_a_session_sends_makes_the_blocks_of_plain_execution(rules: str) -> None:
    with every_block_checked() as blocks:
        lab = sl.Lab(rules)
        session = lab.wallet(deployed=False).grant_permissions(
            [
                sl.NativeTokenTransfer(allowance=sl.ether(1)),
                sl.ContractAccess(address=lab.counter),
                sl.ContractAccess(address=lab.strict),
                sl.ContractAccess(address=lab.recipient),
                sl.GasLimit(limit=30_000_000 if rules == "documented" else sl.ether("0.1")),
            ],
            key=sl.new_key(1),
        )
        height = lab.chain.height
        count = sl.Call(lab.counter, function="increment()")
        outcomes = [
            session.send_calls([sl.Call(lab.recipient, value=sl.ether("0.4"))]),
            session.send_calls([count] * 5),
            session.send_calls([count], policy_id=lab.policy_id),
            session.send_calls([sl.Call(lab.recipient, value=sl.ether("0.7"))]),
            session.send_calls([sl.Call(lab.strict, function="fail()")], preflight=False),
            session.send_calls([sl.Call(lab.strict, function="fail()")]),
        ]
    assert [outcome.ok for outcome in outcomes] == [True, True, True, False, False, False]
    assert [block.number for block in blocks][-4:] == list(range(height + 1, height + 5))


def test_a_block_with_another_state_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from sessionlab.core.evm.fork import LabState

    lab = sl.Lab()
    persist = LabState.persist

    def one_wei_more(state: LabState) -> Any:
        state.set_balance(bytes(19) + b"\x77", 1)  # type: ignore[arg-type]
        return persist(state)

    monkeypatch.setattr(LabState, "persist", one_wei_more)
    with every_block_checked(), pytest.raises(AssertionError):
        lab.fund(lab.recipient, 1)
