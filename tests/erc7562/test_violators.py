"""The observer can fail: a violator of each rule is caught, and what the rules allow is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from tests.differential.actors import VALID, factory_code, made_by, paymaster_code, wallet_code
from tests.differential.assembly import (
    CALL,
    GAS,
    KECCAK,
    MLOAD,
    MSTORE,
    POP,
    SLOAD,
    SSTORE,
    STATICCALL,
    Statement,
    assemble,
    calls,
    creates,
    deploying,
    push,
    put,
)
from tests.differential.cast import ETHER, cached_twins
from tests.differential.conftest import published
from tests.differential.interface import call
from tests.differential.operations import bundle, of_contract
from tests.differential.twins import Twins
from tests.erc7562.observer import Watch, observing
from tests.erc7562.rules import BANNED

__all__ = ["published"]
NOBODY = "0x" + "ab" * 20
#: Its storage is foreign to everybody. It reads or writes the slot that it is told.
READER = assemble(b"\x5f\x35", SLOAD)
WRITER = assemble(push(1) + b"\x5f\x35" + SSTORE)
PLAIN = assemble()


@pytest.fixture
def chain(published: None) -> Twins:
    pair = cached_twins("canonical", "canonical")
    pair.reset()
    return pair


def watched(chain: Twins, operation: UserOperation, *staked: str) -> Watch:
    with observing(*staked) as found:
        chain.right.run(bundle([operation]))
    return found


def broken(found: Watch, entity: str) -> set[str]:
    assert {one.entity for one in found.violations} <= {entity}, found.violations
    return {one.rule for one in found.violations}


def by_wallet(chain: Twins, does: Statement) -> UserOperation:
    return of_contract(chain.place(wallet_code(validation=(does, VALID))), verification_gas_limit=500_000)


def by_paymaster(chain: Twins, does: Statement) -> UserOperation:
    paymaster = chain.place(paymaster_code(validation=does), deposit=ETHER)
    more = {"paymaster_verification_gas_limit": 500_000}
    return of_contract(chain.place(wallet_code()), paymaster=paymaster, **more)


def by_factory(chain: Twins, does: Statement) -> UserOperation:
    code = wallet_code()
    factory = chain.place(assemble(does, creates(deploying(code))))
    sender = made_by(factory, code)
    for side in chain.sides:
        side.chain.set_balance(sender, ETHER)
    return of_contract(sender, factory=factory, verification_gas_limit=500_000)


ENTITIES: dict[str, Callable[[Twins, Statement], UserOperation]] = {
    "wallet": by_wallet,
    "paymaster": by_paymaster,
    "factory": by_factory,
}
#: Opcodes that take a word.
WITH_A_WORD = {0x40, 0x49, 0xFF, 0x31, 0x3B, 0x3F}


def opcode(op: int) -> Statement:
    return (push(0) if op in WITH_A_WORD else b"") + bytes([op]) + (b"" if op in (0xFE, 0xFF) else POP)


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("op", BANNED, ids=BANNED.get)
def test_op_011_banned_opcodes(chain: Twins, op: int, entity: str) -> None:
    found = watched(chain, ENTITIES[entity](chain, opcode(op)))
    assert "OP-011" in broken(found, entity)


@pytest.mark.parametrize("entity", ENTITIES)
def test_op_011_through_another_contract(chain: Twins, entity: str) -> None:
    asked = chain.place(assemble(opcode(0x42)))
    found = watched(chain, ENTITIES[entity](chain, calls(asked)))
    assert broken(found, entity) == {"OP-011"}
    assert [one.where for one in found.violations] == [asked.lower()]


@pytest.mark.parametrize("entity", ENTITIES)
def test_op_012_gas_before_anything_but_a_call(chain: Twins, entity: str) -> None:
    asked = chain.place(PLAIN)
    assert broken(watched(chain, ENTITIES[entity](chain, GAS + POP)), entity) == {"OP-012"}
    chain.reset()
    chain.place(PLAIN)
    late = push(0) * 5 + push(asked) + GAS + push(0) + POP + CALL + POP
    assert broken(watched(chain, ENTITIES[entity](chain, late)), entity) == {"OP-012"}


def test_op_013_unassigned_opcodes(chain: Twins) -> None:
    assert "OP-013" in broken(watched(chain, by_wallet(chain, b"\x0c")), "wallet")


def test_op_020_out_of_gas(chain: Twins) -> None:
    deep = push(2**40) + MLOAD + POP
    assert broken(watched(chain, by_wallet(chain, deep)), "wallet") == {"OP-020"}


@pytest.mark.parametrize("entity", ["wallet", "paymaster"])
def test_op_031_create2_outside_the_factory(chain: Twins, entity: str) -> None:
    makes = push(0) * 4 + b"\xf5" + POP
    assert broken(watched(chain, ENTITIES[entity](chain, makes)), entity) == {"OP-031"}


def test_op_031_the_factory_creates_twice(chain: Twins) -> None:
    makes = push(7) + push(0) * 3 + b"\xf5" + POP
    assert broken(watched(chain, by_factory(chain, makes)), "factory") == {"OP-031"}


@pytest.mark.parametrize("entity", ENTITIES)
def test_op_032_create(chain: Twins, entity: str) -> None:
    makes = push(0) * 3 + b"\xf0" + POP
    assert broken(watched(chain, ENTITIES[entity](chain, makes)), entity) == {"OP-011"}


def test_op_032_a_new_wallet_may_create(chain: Twins) -> None:
    code = wallet_code(validation=(push(0) * 3 + b"\xf0" + POP, VALID))
    factory = chain.place(factory_code(code))
    sender = made_by(factory, code)
    for side in chain.sides:
        side.chain.set_balance(sender, ETHER)
    assert watched(chain, of_contract(sender, factory=factory)).violations == []


@pytest.mark.parametrize("does", [push(NOBODY) + b"\x3b" + POP, push(NOBODY) + b"\x3f" + POP, calls(NOBODY)])
@pytest.mark.parametrize("entity", ENTITIES)
def test_op_041_addresses_without_code(chain: Twins, entity: str, does: Statement) -> None:
    assert broken(watched(chain, ENTITIES[entity](chain, does)), entity) == {"OP-041"}


FORBIDDEN = {
    "depositTo another": call("depositTo", NOBODY),
    "withdrawTo": call("withdrawTo", NOBODY, 0),
    "balanceOf": call("balanceOf", NOBODY),
    "getNonce": call("getNonce", NOBODY, 0),
}


@pytest.mark.parametrize("name", FORBIDDEN)
@pytest.mark.parametrize("entity", ENTITIES)
def test_op_054_calls_of_the_entry_point(chain: Twins, entity: str, name: str) -> None:
    found = watched(chain, ENTITIES[entity](chain, calls(ENTRY_POINT, FORBIDDEN[name])))
    assert broken(found, entity) == {"OP-054"}


def test_op_051_to_053_what_a_wallet_may_ask(chain: Twins) -> None:
    skips = calls(ENTRY_POINT, call("incrementNonce", 5))
    own = put(call("depositTo", NOBODY)[:4]) + b"\x30" + push(4) + MSTORE
    pays = own + push(0) * 2 + push(36) + push(0) + push(1) + push(ENTRY_POINT) + GAS + CALL + POP
    found = watched(chain, by_wallet(chain, (skips, calls(ENTRY_POINT, value=3), pays)))
    assert found.violations == []


@pytest.mark.parametrize("entity", ENTITIES)
def test_op_061_calls_with_value(chain: Twins, entity: str) -> None:
    asked = chain.place(PLAIN)
    assert broken(watched(chain, ENTITIES[entity](chain, calls(asked, value=1))), entity) == {"OP-061"}


def test_op_062_precompiles(chain: Twins) -> None:
    for number, rule in ((1, set()), (4, set()), (9, set()), (0x0A, {"OP-062"})):
        chain.reset()
        asks = push(0) * 4 + push(number) + GAS + STATICCALL + POP
        found = watched(chain, by_wallet(chain, asks))
        assert broken(found, "wallet") - {"OP-020"} == rule


@pytest.mark.parametrize("op", [0x31, 0x47], ids=["BALANCE", "SELFBALANCE"])
@pytest.mark.parametrize("entity", ENTITIES)
def test_op_080_balances_without_stake(chain: Twins, entity: str, op: int) -> None:
    operation = ENTITIES[entity](chain, opcode(op))
    assert broken(watched(chain, operation), entity) == {"OP-080"}
    chain.reset()
    operation = ENTITIES[entity](chain, opcode(op))
    staked = {"wallet": operation.sender, "paymaster": operation.paymaster, "factory": operation.factory}[entity]
    assert staked is not None
    assert watched(chain, operation, staked).violations == []


STORAGE = {"SLOAD": SLOAD, "TLOAD": b"\x5c"}, {"SSTORE": SSTORE, "TSTORE": b"\x5d"}
OWN = {**{name: push(1) + op + POP for name, op in STORAGE[0].items()}} | {
    name: push(1) + push(1) + op for name, op in STORAGE[1].items()
}


@pytest.mark.parametrize("name", OWN)
def test_sto_010_a_wallets_own_storage(chain: Twins, name: str) -> None:
    assert watched(chain, by_wallet(chain, OWN[name])).violations == []


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("entity", ["paymaster", "factory"])
def test_sto_031_own_storage_without_stake(chain: Twins, entity: str, name: str) -> None:
    operation = ENTITIES[entity](chain, OWN[name])
    assert broken(watched(chain, operation), entity) == {"STO-031"}
    chain.reset()
    operation = ENTITIES[entity](chain, OWN[name])
    staked = operation.paymaster if entity == "paymaster" else operation.factory
    assert staked is not None
    assert watched(chain, operation, staked).violations == []


@pytest.mark.parametrize("entity", ENTITIES)
def test_sto_021_foreign_storage_is_never_written(chain: Twins, entity: str) -> None:
    other = chain.place(WRITER)
    operation = ENTITIES[entity](chain, calls(other, word(5)))
    everybody = [one for one in (operation.sender, operation.paymaster, operation.factory) if one]
    assert broken(watched(chain, operation, *everybody), entity) == {"STO-021"}


@pytest.mark.parametrize("entity", ENTITIES)
def test_sto_033_foreign_storage_is_read_with_stake(chain: Twins, entity: str) -> None:
    operation = ENTITIES[entity](chain, calls(chain.place(READER), word(5)))
    assert broken(watched(chain, operation), entity) == {"STO-033"}
    chain.reset()
    operation = ENTITIES[entity](chain, calls(chain.place(READER), word(5)))
    everybody = [one for one in (operation.sender, operation.paymaster, operation.factory) if one]
    assert watched(chain, operation, *everybody).violations == []


def _asks_for_a_slot_of(who: bytes, behind: int, other: str) -> Statement:
    """Calls ``other`` with keccak256(address ‖ 3) + behind, where ``who`` pushes the address."""
    slot = who + push(0) + MSTORE + push(3) + push(32) + MSTORE + push(64) + push(0) + KECCAK
    data = slot + push(behind) + b"\x01" + push(0) + MSTORE
    return data + push(0) * 2 + push(32) + push(0) * 2 + push(other) + GAS + CALL + POP


@pytest.mark.parametrize(("behind", "rules"), [(0, set()), (128, set()), (129, {"STO-021"})])
def test_sto_021_associated_storage_of_the_wallet(chain: Twins, behind: int, rules: set[str]) -> None:
    asks = _asks_for_a_slot_of(b"\x30", behind, chain.place(WRITER))
    assert broken(watched(chain, by_wallet(chain, asks)), "wallet") == rules


def test_sto_021_the_other_order_is_not_associated(chain: Twins) -> None:
    """keccak256(x ‖ address), as Vyper has it."""
    slot = push(3) + push(0) + MSTORE + b"\x30" + push(32) + MSTORE + push(64) + push(0) + KECCAK
    other = chain.place(WRITER)
    asks = slot + push(0) + MSTORE + push(0) * 2 + push(32) + push(0) * 2 + push(other) + GAS + CALL + POP
    assert broken(watched(chain, by_wallet(chain, asks)), "wallet") == {"STO-021"}


def test_sto_022_of_a_wallet_that_is_being_deployed(chain: Twins) -> None:
    other = chain.place(WRITER)
    code = wallet_code(validation=(_asks_for_a_slot_of(b"\x30", 0, other), VALID))
    factory = chain.place(factory_code(code))
    sender = made_by(factory, code)
    for side in chain.sides:
        side.chain.set_balance(sender, ETHER)
    operation = of_contract(sender, factory=factory)
    start = chain.right.chain.checkpoint()
    assert broken(watched(chain, operation), "wallet") == {"STO-022"}
    chain.right.chain.restore(start)
    assert watched(chain, operation, factory).violations == []


def test_sto_032_storage_associated_with_a_paymaster(chain: Twins) -> None:
    asks = _asks_for_a_slot_of(b"\x30", 0, chain.place(WRITER))
    operation = by_paymaster(chain, asks)
    start = chain.right.chain.checkpoint()
    assert broken(watched(chain, operation), "paymaster") == {"STO-032"}
    chain.right.chain.restore(start)
    assert operation.paymaster is not None
    assert watched(chain, operation, operation.paymaster).violations == []


def test_what_is_not_validation_is_free(chain: Twins) -> None:
    does: Statement = (opcode(0x42), GAS + POP, calls(NOBODY, value=1), OWN["SSTORE"])
    paymaster = chain.place(paymaster_code(does, given=b"c"), deposit=ETHER)
    operation = of_contract(chain.place(wallet_code(does)), paymaster=paymaster)
    found = watched(chain, operation)
    assert (found.phases, found.violations) == (["wallet", "paymaster"], [])
