"""The comparison can fail: EntryPoints with one lie each are caught, and so is each kind of lie about what was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from sessionlab.core.deployments import Accounts
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.genesis import contract
from tests.canonical import canonical_entry_point
from tests.differential.actors import paymaster_code, wallet_code
from tests.differential.assembly import refuses
from tests.differential.cast import BENEFICIARY, ETHER, fresh_twins
from tests.differential.compared import POST_OP, TOLERANCE, differences
from tests.differential.judged import judged
from tests.differential.observed import Observed
from tests.differential.operations import bundle, of_contract, of_wallet
from tests.differential.steps import order, steps, without_starved
from tests.differential.twins import Transaction, Twins

NOBODY = "0x" + "ab" * 20


def lying(*lies: tuple[str, str]) -> Accounts:
    """The published EntryPoint with bytes of its code replaced."""
    accounts = dict(canonical_entry_point())
    true = accounts[ENTRY_POINT]
    code = true.code
    for old, new in lies:
        assert len(old) == len(new)
        assert bytes.fromhex(old) in code, old
        code = code.replace(bytes.fromhex(old), bytes.fromhex(new))
    return {**accounts, ENTRY_POINT: contract(code, true.storage)}


def text(value: str) -> str:
    return value.encode().hex()


def sponsored(twins: Twins) -> Transaction:
    paymaster = twins.place(paymaster_code(given=b"context"), deposit=ETHER)
    return bundle([of_contract(twins.place(wallet_code()), paymaster=paymaster)])


def with_a_long_reason(twins: Twins) -> Transaction:
    paymaster = twins.place(paymaster_code(refuses(size=3_000), given=b"context"), deposit=ETHER)
    return bundle([of_contract(twins.place(wallet_code()), paymaster=paymaster)])


def with_an_old_nonce(twins: Twins) -> Transaction:
    return bundle([of_contract(twins.place(wallet_code()), nonce=7)])


def with_little_gas(twins: Twins) -> Transaction:
    return replace(sponsored(twins), gas=300_000)


#: A lie, a transaction that it shows in, and the kind of difference that is found.
LIARS: dict[str, tuple[tuple[tuple[str, str], ...], Callable[[Twins], Transaction], str]] = {
    "another event": ((("bb47ee3e183a558b1a2ff0874b079f3f", "bb47ee3e183a558b1a2ff0874b079f3e"),), sponsored, "events"),
    "all unused gas is charged": ((("6064919003600a02", "6064919003606402"),), sponsored, "charge"),
    "another code": (((text("AA25 invalid"), text("AA24 invalid")),), with_an_old_nonce, "refusal"),
    "another function of the wallet": ((("7f19822f7c", "7f19822f7d"),), sponsored, "handed"),
    "another function of the paymaster": ((("7f7c627b21", "7f7c627b22"),), sponsored, "handed"),
    "short reasons": ((("610800", "610400"),), with_a_long_reason, "events"),
    "AA95 taken for a failing postOp": ((("877fdeaddead", "877fdeadbeef"),), with_little_gas, "status"),
}


@pytest.mark.parametrize("name", LIARS)
def test_a_lying_entry_point_is_caught(published: None, name: str) -> None:
    lies, make, kind = LIARS[name]
    pair = fresh_twins(("liar", lying(*lies)), ("canonical", canonical_entry_point()))
    made = make(pair)
    ours, right = pair.observe(made)
    found = {difference.kind for difference in judged(ours, right, made)}
    assert kind in found
    if name.startswith("AA95"):
        assert "charged without running" in found


def test_the_order_of_outcomes_catches_it_too(published: None) -> None:
    lies = LIARS["AA95 taken for a failing postOp"][0]
    pair = fresh_twins(("liar", lying(*lies)), ("canonical", canonical_entry_point()))
    made = sponsored(pair)
    found = [steps(side, lambda gas: replace(made, gas=gas), 60_000, 1_000_000) for side in pair.sides]
    liar, right = (without_starved(order(one, 1_000_000)) for one in found)
    assert right == ["refused", "AA95", "success"]
    assert liar != right
    assert [outcome for outcome in liar if "never ran" in outcome]


# -- each kind of lie about one observation


def seen(twins: Twins) -> Observed:
    paymaster = twins.place(paymaster_code(given=b"context"), deposit=ETHER)
    wallet = twins.place(wallet_code())
    made = bundle([of_contract(wallet, paymaster=paymaster), of_wallet(twins, "session", 1)])
    true = twins.right.observe(made)
    assert true.status == 1
    return true


def charged(true: Observed, by: float) -> Observed:
    events = list(true.events)
    place = next(place for place, event in enumerate(events) if event.name == "UserOperationEvent")
    nonce, success, cost, gas = events[place].values
    events[place] = replace(events[place], values=(nonce, success, int(cost * by), int(gas * by)))
    return replace(true, events=tuple(events))


def post_op(true: Observed, change: Callable[[bytes], bytes]) -> Observed:
    sent = tuple(replace(one, data=change(one.data)) if one.selector == POST_OP else one for one in true.sent)
    return replace(true, sent=sent)


Lie = Callable[[Observed], Observed]
LIES: dict[str, tuple[Lie, str]] = {
    "it failed": (lambda true: replace(true, status=0), "status"),
    "it answered": (lambda true: replace(true, output=b"\x01"), "refusal"),
    "an event too few": (lambda true: replace(true, events=true.events[:-1]), "events"),
    "events in another order": (lambda true: replace(true, events=true.events[::-1]), "events"),
    "another topic": (
        lambda true: replace(true, events=(*true.events[:-1], replace(true.events[-1], topics=("0x01",) * 4))),
        "events",
    ),
    "the operation failed": (
        lambda true: replace(
            true,
            events=(
                *true.events[:-1],
                replace(true.events[-1], values=(true.events[-1].values[0], False, *true.events[-1].values[2:])),
            ),
        ),
        "events",
    ),
    "a charge too high": (lambda true: charged(true, 1 + TOLERANCE + 0.01), "charge"),
    "a charge too low": (lambda true: charged(true, 1 - TOLERANCE - 0.01), "charge"),
    "another payer": (lambda true: replace(true, deposits={**true.deposits, NOBODY: -1}), "payer"),
    "the payer pays too much": (
        lambda true: replace(true, deposits={who: int(wei * 1.5) for who, wei in true.deposits.items()}),
        "charge",
    ),
    "the beneficiary gets nothing": (
        lambda true: replace(true, balances={**true.balances, BENEFICIARY: 0}),
        "charge",
    ),
    "a nonce not used": (lambda true: replace(true, nonces=dict.fromkeys(true.nonces, 0)), "nonce"),
    "another state": (lambda true: replace(true, state={}), "state"),
    "ETH kept": (lambda true: replace(true, value_taken=1), "value"),
    "another contract's log": (lambda true: replace(true, other_logs=(("0x01", (), b""),)), "logs"),
    "a message too few": (lambda true: replace(true, sent=true.sent[1:]), "handed"),
    "messages in another order": (lambda true: replace(true, sent=(*true.sent[1::-1], *true.sent[2:])), "handed"),
    "a byte behind": (
        lambda true: replace(true, sent=(replace(true.sent[0], data=true.sent[0].data + b"\0"), *true.sent[1:])),
        "handed",
    ),
    "more gas": (
        lambda true: replace(true, sent=(replace(true.sent[0], gas=true.sent[0].gas + 1), *true.sent[1:])),
        "gas handed",
    ),
    "a context swallowed": (
        lambda true: replace(true, sent=tuple(one for one in true.sent if one.selector != POST_OP)),
        "handed",
    ),
    "another context": (lambda true: post_op(true, lambda data: data.replace(b"context", b"contexT")), "handed"),
    "another mode": (lambda true: post_op(true, lambda data: data[:35] + b"\x01" + data[36:]), "handed"),
    "a cost too high": (
        lambda true: post_op(
            true,
            lambda data: data[:68] + int(int.from_bytes(data[68:100], "big") * 1.3).to_bytes(32, "big") + data[100:],
        ),
        "handed",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_about_what_was_seen_is_caught(twins: Twins, name: str) -> None:
    lie, kind = LIES[name]
    true = seen(twins)
    assert differences(true, true) == []
    found = {difference.kind for difference in differences(lie(true), true)}
    assert kind in found, found


def test_what_gas_explains_is_no_difference(twins: Twins) -> None:
    true = seen(twins)
    for by in (1 - TOLERANCE + 0.01, 1 + TOLERANCE - 0.01):
        assert differences(charged(true, by), true) == []
