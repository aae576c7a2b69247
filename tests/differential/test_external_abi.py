"""The whole external ABI, called by a stranger: what it answers, refuses, emits and moves."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import decode

from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from tests.differential.actors import factory_code, wallet_code
from tests.differential.assembly import answers, assemble, refuses
from tests.differential.bounds import INIT_CODE_BYTES
from tests.differential.cast import BANK, BENEFICIARY, ETHER, OPEN_PAYMASTER, wallet
from tests.differential.interface import call, functions, interface_ids, published_functions
from tests.differential.judged import assert_same
from tests.differential.observed import read_error
from tests.differential.operations import bundle, of_contract, of_wallet
from tests.differential.twins import Transaction, Twins, parties
from tests.packed_operation import packed

NOBODY = "0x" + "ab" * 20
INFO = ((BENEFICIARY, *[0] * 6, BENEFICIARY, 0, 0), bytes(32), 0, 0, 0)


def by(sender: Key, data: bytes, value: int = 0) -> Transaction:
    watched = parties(sender.address, BENEFICIARY, NOBODY, OPEN_PAYMASTER)
    return Transaction(sender, data, value=value, parties=watched, keys=frozenset({(sender.address, 0)}))


def same(twins: Twins, data: bytes, value: int = 0, sender: Key = BANK) -> str:
    """What the published one refuses it with; empty if it does not."""
    return assert_same(twins, by(sender, data, value)).refusal


def views(twins: Twins) -> dict[str, bytes]:
    return {
        "balanceOf": call("balanceOf", OPEN_PAYMASTER),
        "balanceOf of nobody": call("balanceOf", NOBODY),
        "deposits": call("deposits", OPEN_PAYMASTER),
        "deposits of one with stake": call("deposits", BANK.address),
        "getDepositInfo": call("getDepositInfo", OPEN_PAYMASTER),
        "getDepositInfo of one with stake": call("getDepositInfo", BANK.address),
        "getNonce": call("getNonce", wallet(0), 3),
        "getNonce of the largest key": call("getNonce", wallet(0), 2**192 - 1),
        "nonceSequenceNumber": call("nonceSequenceNumber", wallet(0), 3),
        "getUserOpHash": call("getUserOpHash", packed(of_wallet(twins, "session", 1, sponsor="signed"))),
        "getUserOpHash of a deployment": call("getUserOpHash", packed(of_wallet(twins, "deployment", 1))),
        "getSenderAddress": call("getSenderAddress", of_wallet(twins, "deployment", 1).init_code),
        "getSenderAddress of nothing": call("getSenderAddress", b""),
        "getSenderAddress of 19 bytes": call("getSenderAddress", bytes(19)),
        "getSenderAddress of no factory": call("getSenderAddress", bytes.fromhex(NOBODY[2:])),
        **{f"supportsInterface {name}": call("supportsInterface", id_) for name, id_ in interface_ids().items()},
        "supportsInterface of the forbidden id": call("supportsInterface", b"\xff" * 4),
        "supportsInterface of another id": call("supportsInterface", bytes.fromhex("12345678")),
        "dirty words": call("balanceOf", OPEN_PAYMASTER)[:4] + b"\x01" * 32,
        "too short": call("balanceOf", OPEN_PAYMASTER)[:30],
        "no such function": bytes.fromhex("deadbeef"),
        "three bytes": bytes.fromhex("765e82"),
        "one byte": b"\0",
    }


def test_what_can_be_asked(twins: Twins) -> None:
    twins.prepare(by(BANK, call("addStake", 77), ETHER))
    different = {}
    for name, data in views(twins).items():
        answers_ = [side.chain.call(ENTRY_POINT, data) for side in twins.sides]
        found = [(answer.success, answer.output) for answer in answers_]
        if found[0] != found[1]:
            different[name] = [(ok, read_error(output) if not ok else output.hex()) for ok, output in found]
    assert different == {}


def test_the_ids_are_those_of_the_published_interfaces(twins: Twins) -> None:
    ids = interface_ids()
    assert len(set(ids.values())) == 5
    for name, id_ in ids.items():
        answer = twins.right.chain.call(ENTRY_POINT, call("supportsInterface", id_))
        assert int.from_bytes(answer.output, "big") == 1, name


def test_a_factory_with_much_to_be_told(twins: Twins) -> None:
    factory = twins.place(factory_code(wallet_code()))
    for size in (0, 1, 1_004, 1_005, 5_000):
        bound = "InitCodeTooLarge" if size > INIT_CODE_BYTES else ""
        assert_same(twins, by(BANK, call("getSenderAddress", bytes.fromhex(factory[2:]) + bytes(size))), bound)


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "addStake": (60,),
    "balanceOf": (NOBODY,),
    "delegateAndRevert": (NOBODY, b"\x01"),
    "depositTo": (NOBODY,),
    "deposits": (NOBODY,),
    "getDepositInfo": (NOBODY,),
    "getNonce": (NOBODY, 0),
    "getSenderAddress": (bytes(20),),
    "getUserOpHash": ((NOBODY, 0, b"", b"", bytes(32), 0, bytes(32), b"", b""),),
    "handleOps": ([], BENEFICIARY),
    "incrementNonce": (0,),
    "innerHandleOp": (b"", INFO, b""),
    "nonceSequenceNumber": (NOBODY, 0),
    "supportsInterface": (bytes.fromhex("01ffc9a7"),),
    "unlockStake": (),
    "withdrawStake": (BENEFICIARY,),
    "withdrawTo": (BENEFICIARY, 0),
}
#: The lab's EntryPoint knows no aggregators, and says so.
REFUSED_BY_NAME = "handleAggregatedOps"


def test_every_function_is_here(published: None) -> None:
    assert functions() == published_functions("EntryPoint")
    assert {*ARGUMENTS, REFUSED_BY_NAME} == {*functions()}


@pytest.mark.parametrize("value", [0, 1, ETHER])
@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_transaction_with_and_without_eth(twins: Twins, name: str, value: int) -> None:
    same(twins, call(name, *ARGUMENTS[name]), value)


@pytest.mark.parametrize("value", [0, 1, ETHER])
@pytest.mark.parametrize("data", [b"", b"\x01", bytes(4), b"\xff" * 40])
def test_plain_eth_and_unknown_functions(twins: Twins, data: bytes, value: int) -> None:
    same(twins, data, value)


def test_aggregators_are_refused_by_name(twins: Twins) -> None:
    data = call(REFUSED_BY_NAME, [], BENEFICIARY)
    answer = twins.left.chain.call(ENTRY_POINT, data)
    if twins.left.name == "canonical":
        return
    assert not answer.success
    assert "aggregat" in decode_revert(answer.output).reason.lower()


@pytest.mark.parametrize("value", [1, ETHER])
def test_a_bundle_with_eth(twins: Twins, value: int) -> None:
    made = bundle([of_wallet(twins, "session", 1)], value=value)
    assert assert_same(twins, made).status == 0


def test_a_stranger_calls_the_inner_function(twins: Twins) -> None:
    assert same(twins, call("innerHandleOp", b"\x01", INFO, b"")) == "Error('AA92 internal call only',)"


@pytest.mark.parametrize("size", [0, 1, 32, 2_048, 2_049, 16_384])
@pytest.mark.parametrize("way", [answers, refuses])
def test_delegate_and_revert(twins: Twins, way: Any, size: int) -> None:
    target = twins.place(assemble(way(b"\xa5" * min(size, 32), size)))
    same(twins, call("delegateAndRevert", target, b"data"))


def test_delegate_and_revert_cuts_a_long_answer(twins: Twins) -> None:
    """Ours has room for 16,384 bytes."""
    target = twins.place(assemble(answers(b"\xa5" * 32, 50_000)))
    ours, published = twins.observe(by(BANK, call("delegateAndRevert", target, b"data")))
    answer = [decode(["bool", "bytes"], seen.output[4:])[1] for seen in (ours, published)]
    assert (len(answer[0]), len(answer[1])) == (16_384, 50_000)
    assert answer[1].startswith(answer[0])


def test_who_sends_what_to_nobody(twins: Twins) -> None:
    operation = of_contract(twins.place(wallet_code()))
    zero = "0x" + "00" * 20
    published = assert_same(twins, bundle([operation], beneficiary=zero))
    assert published.refusal == "Error('AA90 invalid beneficiary',)"
    twins.reset()
    operation = of_contract(twins.place(wallet_code()))
    refusing = twins.place(assemble(refuses()))
    published = assert_same(twins, bundle([operation], beneficiary=refusing))
    assert published.refusal == "Error('AA91 failed send to beneficiary',)"
