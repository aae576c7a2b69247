"""The strict bundler's mempool in a lab: what waits, what is mined together, who is blamed, and time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from eth_hash.auto import keccak

import sessionlab as sl
from sessionlab.core.base.abi_words import word
from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.node.bundler import pool_bundler
from sessionlab.node.bundler.reputation import Counts
from tests.bundler.actors import ETHER, Actors, executions, unless_set
from tests.differential.actors import VALID, wallet_code
from tests.differential.assembly import (
    CALLDATALOAD,
    CREATE2,
    ISZERO,
    JUMPI,
    MSTORE,
    POP,
    RETURN,
    SLOAD,
    SSTORE,
    Mark,
    To,
    answers,
    assemble,
    calls,
    deploying,
    on,
    pays_prefund,
    push,
    put,
    refuses,
)
from tests.differential.compared import VALIDATE_USER_OP


def state_of(lab: sl.Lab) -> object:
    return lab.chain.height, lab.chain.block().state_root, lab.bundler.capture()


# -- one by one


def test_by_itself_each_operation_is_mined_at_once(strict_lab: sl.Lab, actors: Actors) -> None:
    account = actors.account()
    mined = strict_lab.bundler.send(actors.operation(account))
    assert mined.included.success
    assert (executions(strict_lab, account), strict_lab.bundler.waiting) == (1, ())


def test_what_is_mined_at_once_counts_for_reputation(strict_lab: sl.Lab, actors: Actors) -> None:
    account, paymaster = actors.account(), actors.paymaster()
    for _ in range(2):
        strict_lab.bundler.send(actors.operation(account, paymaster=paymaster))
    assert strict_lab.bundler.reputation == {paymaster: Counts(2, 2)}
    actors.stake(account)
    strict_lab.bundler.send(actors.operation(account))
    assert strict_lab.bundler.reputation == {paymaster: Counts(2, 2), account: Counts(1, 1)}


def test_a_refused_operation_leaves_no_trace(strict_lab: sl.Lab, actors: Actors) -> None:
    account = actors.account(b"\x42" + POP)  # TIMESTAMP
    paymaster = actors.paymaster()
    before = state_of(strict_lab)
    for send in (strict_lab.bundler.send, strict_lab.bundler.take):
        with pytest.raises(OperationRejected, match="OP-011"):
            send(actors.operation(account, paymaster=paymaster))
        assert state_of(strict_lab) == before


def test_a_banned_paymaster_is_refused_in_either_mode(strict_lab: sl.Lab, actors: Actors) -> None:
    account, paymaster = actors.account(), actors.paymaster()
    strict_lab.bundler.set_reputation({paymaster: Counts(510, 0)})
    for send in (strict_lab.bundler.send, strict_lab.bundler.take):
        with pytest.raises(OperationRejected, match="GREP-010"):
            send(actors.operation(account, paymaster=paymaster))
    strict_lab.bundler.set_reputation({paymaster: Counts(509, 0)})
    assert strict_lab.bundler.send(actors.operation(account, paymaster=paymaster)).included.success


# -- waiting


def test_what_waits_is_mined_when_it_is_told(manual: sl.Lab, actors: Actors) -> None:
    accounts = [actors.account() for _ in range(3)]
    height = manual.chain.height
    for account in accounts:
        manual.bundler.take(actors.operation(account))
    assert manual.chain.height == height
    assert len(manual.bundler.waiting) == 3
    mined = manual.bundler.bundle_now()
    assert {item.receipt.transaction_hash for item in mined} == {mined[0].receipt.transaction_hash}
    assert manual.chain.height == height + 1
    assert [executions(manual, account) for account in accounts] == [1, 1, 1]
    assert not manual.bundler.waiting
    assert manual.bundler.bundle_now() == []


def test_a_replacement_takes_the_place_of_what_waits(manual: sl.Lab, actors: Actors) -> None:
    account = actors.account()
    first = actors.operation(account)
    manual.bundler.take(first)
    before = state_of(manual)
    with pytest.raises(OperationRejected, match="ReplacementUnderpriced"):
        manual.bundler.take(replace(first, max_fee_per_gas=11 * 10**9, max_priority_fee_per_gas=1_099_999_999))
    assert state_of(manual) == before
    second = replace(first, max_fee_per_gas=11 * 10**9, max_priority_fee_per_gas=1_100_000_000)
    manual.bundler.take(second)
    assert [waiting.operation for waiting in manual.bundler.waiting] == [second]
    assert [item.operation for item in manual.bundler.bundle_now()] == [second]


@pytest.mark.parametrize("unvalidated", [False, True])
def test_what_is_replaced_no_longer_counts_as_seen(manual: sl.Lab, actors: Actors, unvalidated: bool) -> None:
    """GREP-050: the paymaster that is replaced is not held to an operation that can never be included."""
    account, first, second = actors.account(), actors.paymaster(), actors.paymaster()
    operation = actors.operation(account, paymaster=first)
    gwei = 10**9
    for tip, paymaster, seen in (
        (1, first, {first: Counts(1)}),
        (2, first, {first: Counts(1)}),
        (3, second, {first: Counts(0), second: Counts(1)}),
    ):
        fees = {"max_fee_per_gas": (10 + tip) * gwei * tip, "max_priority_fee_per_gas": tip * gwei}
        sent = replace(operation, paymaster=paymaster, **fees)  # type: ignore[arg-type]
        if unvalidated:
            manual.bundler.add([sent])
        else:
            manual.bundler.take(sent)
        assert manual.bundler.reputation == seen
    manual.bundler.bundle_now()
    assert manual.bundler.reputation == {first: Counts(0), second: Counts(1, 1)}


def test_the_same_operation_does_not_join_twice(manual: sl.Lab, actors: Actors) -> None:
    operation = actors.operation(actors.account())
    manual.bundler.take(operation)
    with pytest.raises(OperationRejected, match="ReplacementUnderpriced"):
        manual.bundler.take(operation)
    assert len(manual.bundler.waiting) == 1


def test_two_operations_of_a_sender_go_into_two_bundles(manual: sl.Lab, actors: Actors) -> None:
    account = actors.account()
    for key in range(4):
        manual.bundler.take(actors.operation(account, nonce_key=key))
    with pytest.raises(OperationRejected, match="UREP-010"):
        manual.bundler.take(actors.operation(account, nonce_key=4))
    assert [len(manual.bundler.bundle_now()) for _ in range(5)] == [1, 1, 1, 1, 0]
    assert executions(manual, account) == 4


def test_a_stake_counts_if_it_is_enough_and_locked_for_long_enough(manual: sl.Lab, actors: Actors) -> None:
    account = actors.account()
    for key in range(4):
        manual.bundler.take(actors.operation(account, nonce_key=key))
    actors.stake(account, ETHER - 1)
    with pytest.raises(OperationRejected, match="UREP-010"):
        manual.bundler.take(actors.operation(account, nonce_key=4))
    actors.stake(account, 1)
    manual.bundler.take(actors.operation(account, nonce_key=4))
    assert not manual.bundler.stake_of(actors.account()).is_staked
    short = actors.account()
    actors.stake(short, ETHER, 86_399)
    assert not manual.bundler.stake_of(short).is_staked


def test_an_operation_that_does_not_pay_for_its_place_is_not_taken(manual: sl.Lab, actors: Actors) -> None:
    operation = actors.operation(actors.account())
    for fields in ({"pre_verification_gas": 1}, {"max_fee_per_gas": 1, "max_priority_fee_per_gas": 1}):
        with pytest.raises(InvalidInput):
            manual.bundler.take(replace(operation, **fields))  # type: ignore[arg-type]
    assert manual.bundler.waiting == ()


@pytest.mark.parametrize(("seconds", "taken"), [(29, False), (30, True)])
def test_what_expires_soon_is_not_taken(manual: sl.Lab, actors: Actors, seconds: int, taken: bool) -> None:
    until = manual.chain.next_timestamp + seconds
    account = actors.place(wallet_code(validation=answers(word(until << 160))))
    if taken:
        manual.bundler.take(actors.operation(account))
    else:
        with pytest.raises(OperationRejected, match="ExpiresSoon"):
            manual.bundler.take(actors.operation(account))
    assert len(manual.bundler.waiting) == taken


def test_what_names_an_entity_leaves_when_that_is_banned(manual: sl.Lab, actors: Actors) -> None:
    """GREP-010: "all existing UserOperations referencing this address are removed from the mempool"."""
    account, other, paymaster = actors.account(), actors.account(), actors.paymaster()
    manual.bundler.take(actors.operation(account, paymaster=paymaster))
    manual.bundler.take(actors.operation(other))
    manual.bundler.set_reputation({paymaster: Counts(509, 0)})
    assert len(manual.bundler.waiting) == 2
    manual.bundler.set_reputation({paymaster: Counts(510, 0)})
    assert [waiting.operation.sender for waiting in manual.bundler.waiting] == [other]


def test_what_may_not_join_is_not_validated(manual: sl.Lab, actors: Actors, monkeypatch: pytest.MonkeyPatch) -> None:
    """ERC-7562, "Local rules": such an operation is dropped "without performing validation"."""
    account, paymaster = actors.account(), actors.paymaster()
    manual.bundler.set_reputation({paymaster: Counts(510, 0)})
    monkeypatch.setattr(pool_bundler, "validate", lambda *_, **__: pytest.fail("it was validated"))
    with pytest.raises(OperationRejected, match="GREP-010"):
        manual.bundler.take(actors.operation(account, paymaster=paymaster))


def test_a_check_says_what_sending_would(manual: sl.Lab, actors: Actors) -> None:
    account, paymaster = actors.account(), actors.paymaster()
    operation = actors.operation(account, paymaster=paymaster)
    assert manual.bundler.check(operation).rejection is None
    manual.bundler.set_reputation({paymaster: Counts(510, 0)})
    with pytest.raises(OperationRejected, match="GREP-010"):
        manual.bundler.check(operation)


# -- the second validation


def test_what_is_not_valid_any_more_is_dropped(manual: sl.Lab, actors: Actors) -> None:
    good, bad = actors.account(), actors.account(unless_set(9))
    manual.bundler.take(actors.operation(bad))
    manual.bundler.take(actors.operation(good))
    manual.chain.set_storage(bad, 9, 1)
    assert [item.included.sender for item in manual.bundler.bundle_now()] == [good]
    assert manual.bundler.waiting == ()
    assert executions(manual, bad) == 0


def test_a_paymaster_does_not_answer_for_the_account(manual: sl.Lab, actors: Actors) -> None:
    """EREP-015."""
    account, paymaster = actors.account(unless_set(9)), actors.paymaster()
    manual.bundler.set_reputation({paymaster: Counts(5, 2)})
    manual.bundler.take(actors.operation(account, paymaster=paymaster))
    assert manual.bundler.reputation == {paymaster: Counts(6, 2)}
    manual.chain.set_storage(account, 9, 1)
    assert manual.bundler.bundle_now() == []
    assert manual.bundler.reputation == {paymaster: Counts(5, 2)}


def test_a_paymaster_answers_for_itself(manual: sl.Lab, actors: Actors) -> None:
    account, paymaster = actors.account(), actors.paymaster(unless_set(9))
    actors.stake(paymaster)
    manual.bundler.take(actors.operation(account, paymaster=paymaster))
    manual.chain.set_storage(paymaster, 9, 1)
    assert manual.bundler.bundle_now() == []
    assert manual.bundler.reputation == {paymaster: Counts(1, 0)}


def test_code_that_changes_meanwhile_is_not_bundled(manual: sl.Lab, actors: Actors) -> None:
    """COD-010, though the new code would pass as well."""
    account = actors.account()
    manual.bundler.take(actors.operation(account))
    manual.chain.set_code(account, wallet_code(validation=(push(1) + POP, VALID)))
    assert manual.bundler.bundle_now() == []
    assert (manual.bundler.waiting, executions(manual, account)) == ((), 0)
    manual.bundler.take(actors.operation(account))
    assert len(manual.bundler.bundle_now()) == 1


def test_what_uses_the_storage_of_a_sender_waits_for_the_next_bundle(manual: sl.Lab, actors: Actors) -> None:
    """STO-041. The first account is a token as well, and the second reads what belongs to it there."""
    reads_a_slot = push(0) + CALLDATALOAD + SLOAD + POP
    first = actors.place(assemble(on(VALIDATE_USER_OP, pays_prefund(), VALID), reads_a_slot))
    second = actors.place(b"")
    manual.chain.set_code(second, wallet_code(validation=(calls(first, word(int(second, 16))), VALID)))
    for account in (first, second):
        manual.bundler.take(actors.operation(account))
    assert [item.included.sender for item in manual.bundler.bundle_now()] == [first]
    assert [waiting.operation.sender for waiting in manual.bundler.waiting] == [second]
    assert [item.included.sender for item in manual.bundler.bundle_now()] == [second]


# -- a bundle that fails


def test_a_staked_factory_answers_for_its_accounts(manual: sl.Lab, actors: Actors) -> None:
    """EREP-020, GREP-040: each operation passes alone, and the second fails behind the first."""
    factory, senders = _factory_of_one(actors)
    actors.stake(factory)
    other = actors.account()
    for index, sender in enumerate(senders):
        manual.bundler.take(
            actors.operation(sender, factory=factory, factory_data=word(index), verification_gas_limit=500_000)
        )
    manual.bundler.take(actors.operation(other))
    assert [item.included.sender for item in manual.bundler.bundle_now()] == [other]
    assert manual.bundler.reputation[factory] == Counts(10_000, 0)
    assert manual.bundler.waiting == (), "what names a banned factory is dropped (GREP-010)"


def _factory_of_one(actors: Actors) -> tuple[str, list[str]]:
    """A factory that makes one account, by the salt that it is called with, and refuses to make another one."""
    init_code, first = deploying(wallet_code(pays=False)), Mark()
    made = push(0) + CALLDATALOAD + push(len(init_code)) + push(0) + push(0) + CREATE2
    answer = put(init_code) + made + push(0) + MSTORE + push(32) + push(0) + RETURN
    only_once = (push(0) + SLOAD + ISZERO, To(first), JUMPI, refuses(), first, push(1) + push(0) + SSTORE)
    factory = actors.place(assemble(only_once, answer))
    created = (keccak(b"\xff" + address_bytes(factory) + word(salt) + keccak(init_code)) for salt in range(2))
    senders: list[str] = [checksum(digest[12:]) for digest in created]
    for sender in senders:
        actors.lab.deposit(sender, ETHER)
    return factory, senders


# -- time


def test_the_mempool_goes_back_in_time_with_the_lab(manual: sl.Lab, actors: Actors) -> None:
    account, paymaster = actors.account(), actors.paymaster()
    manual.bundler.take(actors.operation(account, paymaster=paymaster))
    before = state_of(manual)
    snapshot = manual.snapshot()
    manual.bundler.bundle_now()
    manual.bundler.set_manual(False)
    manual.revert(snapshot)
    assert state_of(manual) == before
    assert [item.included.sender for item in manual.bundler.bundle_now()] == [account]


def test_counts_are_forgotten_by_the_chains_clock(strict_lab: sl.Lab) -> None:
    entity = strict_lab.merchant
    strict_lab.bundler.set_reputation({entity: Counts(48, 24)})
    started = strict_lab.bundler.capture().since
    strict_lab.travel(started + 3_599 - strict_lab.now)
    assert strict_lab.bundler.reputation == {entity: Counts(48, 24)}
    strict_lab.travel(1)
    assert strict_lab.bundler.reputation == {entity: Counts(46, 23)}
    strict_lab.bundler.set_reputation({strict_lab.recipient: Counts(24, 0)})
    strict_lab.travel(3_600)
    assert strict_lab.bundler.reputation == {entity: Counts(44, 22), strict_lab.recipient: Counts(23, 0)}


def test_an_ordinary_lab_has_no_mempool() -> None:
    lab = sl.Lab()
    assert lab.bundler.capture() not in lab.chain.checkpoint().captured
    assert "debug_bundler_dumpMempool" not in lab.api.methods


def test_the_mempool_is_saved_with_the_lab_and_with_its_snapshots(tmp_path: Path) -> None:
    lab = sl.Lab(bundler="strict")
    actors = Actors(lab)
    lab.bundler.set_manual(True)
    accounts, paymaster = [actors.account() for _ in range(2)], actors.paymaster()
    lab.bundler.take(actors.operation(accounts[0], paymaster=paymaster))
    snapshot = lab.snapshot()
    lab.bundler.take(actors.operation(accounts[1], paymaster=paymaster))
    lab.save(tmp_path / "strict.lab")
    again = sl.Lab.load(tmp_path / "strict.lab")
    assert again.bundler.strict
    assert again.bundler.manual
    assert again.bundler.reputation == {paymaster: Counts(2, 0)}
    assert [item.included.sender for item in again.bundler.bundle_now()] == accounts
    again.revert(snapshot)
    assert again.bundler.reputation == {paymaster: Counts(1, 0)}
    assert [item.included.sender for item in again.bundler.bundle_now()] == accounts[:1]
    again.save(tmp_path / "other.lab")
    assert sl.Lab.load(tmp_path / "other.lab").bundler.waiting == ()
