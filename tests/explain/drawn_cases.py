"""Drawn cases: a session, something that happened to it, and an operation with the way in which it is sent."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import sessionlab as sl
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.denials.denial import Denial
from sessionlab.core.permissions import Permission, check_grant, check_install
from tests.recording.runs import any_calls, any_permissions

UNKNOWN_POLICY = "00000000-0000-4000-8000-000000000000"
#: Wei per gas: as usual, dear, and almost free.
PRICES = (10**9, 10**9, 40 * 10**9, 7)
TRANSFER = "transfer(address,uint256)"

Said = tuple[Any, ...]


@dataclass
class Case:
    """A session in a lab, and an operation that it might send."""

    lab: sl.Lab
    wallet: sl.SmartWalletClient
    session: sl.Session
    calls: list[sl.Call]
    how: dict[str, Any]
    rng: random.Random

    def __str__(self) -> str:
        return f"{list(self.session.permissions)} sends {self.calls} with {self.how}"


@cache
def lab_of(rules: str, price: int) -> sl.Lab:
    return sl.Lab(rules, base_fee=price)


@contextmanager
def undone(lab: sl.Lab) -> Iterator[None]:
    """Whatever happens inside did not happen."""
    before = lab.snapshot()
    try:
        yield
    finally:
        lab.revert(before)


@contextmanager
def case(rules: str, seed: int) -> Iterator[Case]:
    """Draw a case; it is gone afterwards."""
    rng = random.Random(f"its word {rules} {seed}")
    lab = lab_of(rules, rng.choice(PRICES))
    with undone(lab):
        wallet = lab.wallet(balance=rng.choice([sl.ether(10)] * 6 + [0, 10**15, sl.ether("0.4")]))
        session = drawn_session(lab, wallet, rng)
        for _ in range(rng.choice([0, 0, 1, 2])):
            if lab.balance(wallet.address) or lab.bundler.deposit_of(wallet.address):
                session.send_calls(calls(lab, wallet, rng))
        _happens(lab, wallet, session, rng)
        yield Case(lab, wallet, session, calls(lab, wallet, rng), _how(lab, wallet, session, rng), rng)


def drawn_session(
    lab: sl.Lab, wallet: sl.SmartWalletClient, rng: random.Random, key: sl.Key | None = None
) -> sl.Session:
    while True:
        permissions = any_permissions(lab, rng) if rng.random() < 0.8 else _of_tokens(lab, rng)
        expiry = rng.choice([None, None, lab.now + rng.randint(2, 3_000)])
        try:
            check_grant(permissions, wallet=wallet.address, expiry=expiry, now=lab.now, rules=lab.rules)
            check_install(permissions, expiry=expiry)
        except GrantRefused:
            continue
        return wallet.grant_permissions(permissions, expiry_sec=expiry, key=key or sl.new_key("session"))


def _of_tokens(lab: sl.Lab, rng: random.Random) -> list[Permission]:
    """Draw small allowances of all tokens, for batches that exceed them."""
    tokens = (lab.token, lab.coin, lab.dollar)
    return [sl.Erc20TokenTransfer(address=token, allowance=rng.randint(0, 200)) for token in tokens]


def calls(lab: sl.Lab, wallet: sl.SmartWalletClient, rng: random.Random) -> list[sl.Call]:
    """Draw what an operation does: calls of any kind, or many transfers of tokens or of ETH."""
    if rng.random() < 0.7:
        return any_calls(lab, wallet, rng)
    count, token = rng.choice([1, 3, 10, 30]), rng.choice([lab.token, lab.coin, lab.dollar])
    if rng.random() < 0.3:
        return [sl.Call(lab.recipient, rng.choice([1, sl.ether("0.05")])) for _ in range(count)]
    return [sl.Call(token, function=TRANSFER, args=[lab.merchant, rng.randint(0, 60)]) for _ in range(count)]


def _happens(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, rng: random.Random) -> None:
    fate = rng.random()
    if fate < 0.1:
        lab.travel(rng.randint(1, 4_000))
    elif fate < 0.15 and lab.balance(wallet.address) > 10**17:
        wallet.revoke(session)


def _how(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, rng: random.Random) -> dict[str, Any]:
    """Draw the way of sending: policy, preflight, nonce key, gas and fees."""
    how: dict[str, Any] = {"preflight": rng.random() < 0.75}
    price = lab.chain.base_fee
    if rng.random() < 0.45:
        how["policy_id"] = rng.choice(
            [
                lab.policy_id,
                lab.gas_policy(spend_cap=10**16),
                lab.gas_policy(spend_cap=rng.choice([0, 1, 200_000 * price, 10**6 * price])),
                lab.gas_policy(allowed_senders=[lab.merchant]),
                lab.gas_policy(allowed_senders=[wallet.address], operations_per_sender=rng.choice([0, 1])),
                lab.gas_policy(end=rng.choice([lab.now + 1, lab.now + 2, lab.now + 9])),
                rng.choice([UNKNOWN_POLICY, "nope"]),
            ]
        )
    if rng.random() < 0.1:
        how["nonce_key"] = rng.choice([1, 7])
    if rng.random() < 0.2:
        how["gas"] = rng.choice(
            [{"call": 20_000}, {"call": 900_000}, {"verification": 20_000}, {"pre_verification": 9_000}]
            + [sl.Gas(call=600_000, verification=700_000, pre_verification=200_000)] * 2
        )
    if rng.random() < 0.25:
        how["max_fee"] = rng.choice([price, 2 * price, 5 * price, max(0, price - 1)])
        how["max_priority_fee"] = rng.choice([None, 0, 1, 2 * price])
    if rng.random() < 0.15:
        how["gas"] = {"verification": rng.randint(40_000, 300_000)}
    return how


# -- what is said and what happens, in the same form


#: Refusals of a validation that took too much gas.
BY_SIGNATURE = ("OutOfGas", "AA26 over verificationGasLimit")


def told(act: Callable[[], Any]) -> Said:
    """Return what an answer says: it passes, it is refused and why, or the question itself is wrong."""
    try:
        answer = act()
    except sl.SessionlabError as error:
        return ("wrong", type(error).__name__, error.field)
    denial: Denial | None = answer.denial
    if denial is None:
        return ("passes",)
    # How much gas a validation takes depends on the bytes of the signature, which a check does not have.
    asked = None if denial.phase == "validation" and denial.code in BY_SIGNATURE else denial.asked
    return ("refused", denial.phase, denial.code, denial.call, denial.permission, asked, denial.left)


def sent(case: Case, session: Any = None, **how: Any) -> Said:
    """Send the operation, and undo it."""
    with undone(case.lab):
        return told(lambda: (session or case.session).send_calls(case.calls, **case.how | how))
