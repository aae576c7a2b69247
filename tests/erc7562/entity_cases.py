"""Pairs for the rules about stakes, delegated accounts and what entities answer, and the list of all pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337.user_operation import UserOperation
from tests.differential.actors import VALID, paymaster_code, wallet_code
from tests.differential.assembly import answers, assemble, calls, on
from tests.differential.compared import VALIDATE_PAYMASTER, VALIDATE_USER_OP
from tests.differential.interface import call
from tests.erc7562.cases import OPCODES, PAYMASTER, PLAIN, ROLES, USES, Build, Pair, doing, named, of, one
from tests.erc7562.opcode_cases import (
    erep_060,
    op_011,
    op_012,
    op_013,
    op_020,
    op_031,
    op_032,
    op_041,
    op_042,
    op_051,
    op_052,
    op_053,
    op_054,
    op_055,
    op_061,
    op_062,
    op_080,
)
from tests.erc7562.storage_cases import sto_021, sto_022, sto_031, sto_032, sto_033
from tests.erc7562.yard import DAY, ETHER, Yard

# -- stakes, delegations, answers


def srep_010() -> Iterator[Pair]:
    def with_stake(wei: int, seconds: int, *, unlocked: bool = False) -> Build:
        def build(yard: Yard) -> UserOperation:
            operation = yard.by_paymaster(OPCODES["SLOAD"])
            yard.stake(named(operation, PAYMASTER), wei, seconds)
            if unlocked:
                yard.sends(named(operation, PAYMASTER), call("unlockStake"))
            return operation

        return build

    broken, enough = one("STO-031", PAYMASTER, "SLOAD", 5), with_stake(ETHER, DAY)
    yield Pair("SREP-010 one wei less", with_stake(ETHER - 1, DAY), broken, enough)
    yield Pair("SREP-010 one second less", with_stake(ETHER, DAY - 1), broken, enough)
    yield Pair("SREP-010 being withdrawn", with_stake(ETHER, DAY, unlocked=True), broken, enough)


def auth() -> Iterator[Pair]:
    code = paymaster_code()
    by_contract = doing(lambda yard: yard.sponsored(yard.place(code, "paymaster")))
    by_account = doing(lambda yard: yard.sponsored(yard.delegated(yard.place(code, "paymaster"))))
    yield Pair("AUTH-020 the paymaster", by_account, one("AUTH-020", PAYMASTER), by_contract)

    def its_own(yard: Yard, *, delegates: bool) -> UserOperation:
        """A sender that is its own paymaster."""
        pays = answers(word(64) + word(0) + word(0))
        both = yard.place(assemble(on(VALIDATE_USER_OP, VALID), on(VALIDATE_PAYMASTER, pays)), "both")
        both = yard.delegated(both) if delegates else both
        return replace(yard.sponsored(both), sender=both)

    yield Pair(
        "AUTH-020 the paymaster is the sender",
        lambda yard: its_own(yard, delegates=True),
        one("AUTH-020", PAYMASTER),
        lambda yard: its_own(yard, delegates=False),
    )

    for index, (name, uses) in enumerate(USES.items()):
        role = ROLES[index % 3]

        def meets(yard: Yard, uses: Callable[[str], bytes] = uses, role: str = role) -> UserOperation:
            return of(role, uses(yard.delegated(yard.place(PLAIN))))(yard)

        def directly(yard: Yard, uses: Callable[[str], bytes] = uses, role: str = role) -> UserOperation:
            return of(role, uses(yard.place(PLAIN)))(yard)

        yield Pair(f"AUTH-030 {name}", meets, one("AUTH-030", role, name), directly)

    def own_account(yard: Yard) -> UserOperation:
        """A sender that delegates its code, and a paymaster that asks it."""
        wallet = yard.delegated(yard.place(wallet_code(), "delegate"))
        return replace(yard.by_paymaster(calls(wallet, bytes(4))), sender=wallet)

    def other_account(yard: Yard) -> UserOperation:
        return yard.by_paymaster(calls(yard.delegated(yard.place(PLAIN)), bytes(4)))

    yield Pair("AUTH-030 but the sender", other_account, one("AUTH-030", PAYMASTER, "CALL"), own_account)


def erep() -> Iterator[Pair]:
    def answering(verdict: int) -> Build:
        def build(yard: Yard) -> UserOperation:
            operation = yard.by_wallet()
            yard.chain.set_code(operation.sender, wallet_code(validation=answers(word(verdict))))
            return operation

        return build

    yield Pair("EREP-040", answering(0xA66), one("EREP-040", "aggregator"), answering(0))

    def giving(context: bytes, *, staked: bool) -> Build:
        def build(yard: Yard) -> UserOperation:
            operation = yard.sponsored(yard.place(paymaster_code(given=context), "paymaster"))
            if staked:
                yard.stake(named(operation, PAYMASTER))
            return operation

        return build

    yield Pair("EREP-050", giving(b"c", staked=False), one("EREP-050", PAYMASTER), giving(b"c", staked=True))
    yield Pair(
        "EREP-050 an empty one", giving(b"c", staked=False), one("EREP-050", PAYMASTER), giving(b"", staked=False)
    )


PAIRS = [
    pair
    for made in (
        *(op_011, op_012, op_013, op_020, op_031, op_032, erep_060, op_041, op_042, op_051, op_052, op_053, op_054),
        *(op_055, op_061, op_062, op_080, sto_031, sto_021, sto_022, sto_032, sto_033, srep_010, auth, erep),
    )
    for pair in made()
]
