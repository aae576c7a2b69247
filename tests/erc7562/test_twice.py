"""COD-010: between two validations, the code that the first one used may not change."""

from __future__ import annotations

import pytest

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.evm.records import DELEGATION
from tests.conftest import OURS
from tests.differential.assembly import Statement, assemble, calls, push
from tests.erc7562.cases import USES
from tests.erc7562.yard import NOBODY, Broken, Yard

OTHER = assemble(push(1) + b"\x50")


@pytest.fixture
def yard() -> Yard:
    return Yard(OURS)


def changed(yard: Yard, operation: UserOperation, address: str, code: bytes = OTHER) -> tuple[Broken, ...]:
    """What the second validation finds after this contract got other code, and only then."""
    first = yard.validate(operation)
    assert first.ok
    assert yard.validate(operation, seen=first.code_hashes).ok
    yard.chain.set_code(address, code)
    second = yard.validate(operation, seen=first.code_hashes)
    assert [one.target for one in second.violations if one.rule == "COD-010"] == [address]
    return tuple(map(Broken.of, second.violations))


@pytest.mark.parametrize("opcode", USES)
def test_whatever_was_used_stays_as_it_was(yard: Yard, opcode: str) -> None:
    at = yard.place(assemble())
    assert changed(yard, yard.by_wallet(USES[opcode](at)), at) == (Broken("COD-010", "account"),)


def test_the_entities_stay_as_they_were(yard: Yard) -> None:
    does: Statement = b""
    paymaster = yard.by_paymaster(does).paymaster
    assert paymaster is not None
    same = yard.chain.code(paymaster) + b"\x00"
    assert changed(yard, yard.by_paymaster(does), paymaster, same) == (Broken("COD-010", "account"),)


def test_an_account_delegates_to_what_it_did(yard: Yard) -> None:
    """EIP-7702: both the delegation and the contract behind it count."""
    from dataclasses import replace

    wallet = yard.by_wallet()
    first, second = yard.place(yard.chain.code(wallet.sender)), yard.place(yard.chain.code(wallet.sender) + b"\x00")
    delegated = replace(wallet, sender=yard.delegated(first))
    designator = DELEGATION + address_bytes(second)
    assert changed(yard, delegated, delegated.sender, designator) == (Broken("COD-010", "account"),)
    yard.chain.set_code(delegated.sender, DELEGATION + address_bytes(first))
    assert changed(yard, delegated, first, yard.chain.code(first) + b"\x00") == (Broken("COD-010", "account"),)


def test_other_code_may_change(yard: Yard) -> None:
    operation = yard.by_wallet(calls(yard.place(assemble())))
    first = yard.validate(operation)
    yard.chain.set_code(NOBODY, OTHER)
    assert NOBODY not in first.code_hashes
    assert yard.validate(operation, seen=first.code_hashes).ok


def test_what_was_touched_is_known(yard: Yard) -> None:
    """By address and slot, and whether it was written: what bundles keep apart."""
    from tests.erc7562.cases import READER, WRITER

    reader, writer = yard.place(READER), yard.place(WRITER)
    word = (7).to_bytes(32, "big")
    operation = yard.by_wallet(
        calls(reader, word), calls(writer, word), push(1) + push(3) + b"\x55", push(3) + b"\x54\x50"
    )
    assert yard.validate(operation).touched == {reader: {7: False}, writer: {7: True}, operation.sender: {3: True}}


def test_gas_that_no_entry_point_takes_is_refused_before_anything_runs(yard: Yard) -> None:
    from dataclasses import replace

    operation = yard.by_wallet()
    for limit in (2**120, 2**200):
        done = yard.validate(replace(operation, call_gas_limit=limit))
        assert done.rejection is not None and (done.rejection.code or "").startswith("AA94")
        assert (done.ok, done.trace.phases) == (False, ())
    assert yard.validate(replace(operation, pre_verification_gas=2**119)).rejection is not None  # nobody can pay that


def test_when_it_is_valid_is_what_both_say(yard: Yard) -> None:
    from dataclasses import replace

    from sessionlab.core.base.abi_words import word
    from tests.differential.actors import paymaster_code, wallet_code
    from tests.differential.assembly import answers

    now = yard.chain.now
    verdict = (now - 50) << 208 | (now + 900) << 160
    sponsor = yard.sponsored(yard.place(paymaster_code(verdict=(now - 10) << 208), "paymaster"))
    sender = yard.place(wallet_code(validation=answers(word(verdict))))
    done = yard.validate(replace(sponsor, sender=sender))
    assert (done.ok, done.valid_after, done.valid_until) == (True, now - 10, now + 900)
    assert yard.validate(sponsor).valid_until == 2**48 - 1
