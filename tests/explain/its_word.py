"""What the library said about an operation, and what became of it when it was really sent: drawn cases.

A case is a session, something that happened to it, and an operation with the way in which it is sent. Each word is
held against sending in a state that is reverted afterwards. ``broken_by`` returns the words that were not kept.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

import sessionlab as sl
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.base.keys import derive_key
from sessionlab.core.denials.denial import Denial
from sessionlab.core.permissions import Permission, check_grant, check_install
from sessionlab.core.permissions.limits import LIMITS, LimitKind, kind_of_error
from sessionlab.experiments import START, Planned, Sweep, grid, places
from sessionlab.experiments.addresses import SEED, WALLET_BALANCE
from sessionlab.experiments.sweep import ENGINES
from sessionlab.study.explain.explanation import Explanation
from sessionlab.study.explain.refusal import raw
from sessionlab.study.explain.remedies import Remedy
from tests.recording.runs import any_calls, any_permissions

UNKNOWN_POLICY = "00000000-0000-4000-8000-000000000000"
#: Wei per gas: as usual, dear, and almost free.
PRICES = (10**9, 10**9, 40 * 10**9, 7)
TRANSFER = "transfer(address,uint256)"
#: How a fix names an amount: "at least 809.5 LUSD more allowance", "an allowance of at least 0.3 ETH".
MORE = re.compile(r"at least ([\d,.]+) (\w+)(?: units of \S+)?(?: for gas)?(?: higher|[, .])")

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
def _lab(rules: str, price: int) -> sl.Lab:
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
    lab = _lab(rules, rng.choice(PRICES))
    with undone(lab):
        wallet = lab.wallet(balance=rng.choice([sl.ether(10)] * 6 + [0, 10**15, sl.ether("0.4")]))
        session = _granted(lab, wallet, rng)
        for _ in range(rng.choice([0, 0, 1, 2])):
            if lab.balance(wallet.address) or lab.bundler.deposit_of(wallet.address):
                session.send_calls(calls(lab, wallet, rng))
        _happens(lab, wallet, session, rng)
        yield Case(lab, wallet, session, calls(lab, wallet, rng), _how(lab, wallet, session, rng), rng)


def _granted(lab: sl.Lab, wallet: sl.SmartWalletClient, rng: random.Random, key: sl.Key | None = None) -> sl.Session:
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


# -- the words


def broken_by(case: Case) -> list[str]:
    """Return the words about this case that were not kept."""
    return [f"{word}: {case}" for word in (*of_check(case), *of_explanation(case), *of_fix(case))]


def of_check(case: Case) -> Iterator[str]:
    """``check`` says what sending comes to, and changes nothing."""
    before = case.lab.chain.block().state_root, case.lab.sponsor.capture()
    says = told(lambda: case.session.check(case.calls, **case.how))
    if before != (case.lab.chain.block().state_root, case.lab.sponsor.capture()):
        yield "check changed something"
    if says != (does := sent(case)):
        yield f"check says {says}, and sending {does}"


def of_explanation(case: Case) -> Iterator[str]:
    """``explain`` says what sending comes to, and each remedy that was tried out lets it pass."""
    explanation: Explanation | None = None

    def explained() -> Explanation:
        nonlocal explanation
        explanation = case.session.explain(case.calls, **case.how)
        return explanation

    says = told(explained)
    if says != (does := sent(case)):
        yield f"explain says {says}, and sending {does}"
    if explanation is None or explanation.denial is None:
        return
    if re.search(r"  |\(tried out\)\.$", text := str(explanation)) and not re.search(r"you \S.*\(tried out\)", text):
        yield f"a remedy without words: {text}"
    with undone(case.lab):
        refused = case.session.send_calls(case.calls, **case.how).denial
        of_denial = refused.explain() if refused else explanation
    # A sponsor's promise stays with a refused operation, so a policy may have less to give afterwards.
    alike = [list(map(str, one.remedies)) for one in (of_denial, explanation)]
    if not of_denial.sent and not case.how.get("policy_id") and alike[0] != alike[1]:
        yield f"before: {explanation.remedies}; afterwards: {of_denial.remedies}"
    for remedy in explanation.remedies:
        if remedy.verified and (does := applied(case, remedy)) != ("passes",):
            yield f"it was to pass if you {remedy} It comes to {does}"


def applied(case: Case, remedy: Remedy) -> Said:
    """Do what a remedy says, send the operation again, and undo both."""
    context, lab = remedy.context, case.lab
    with undone(lab):
        how = dict(case.how)
        how["policy_id"] = (how.get("policy_id") or lab.policy_id) if context.operation.sponsored else None
        if context.now > lab.chain.next_timestamp:
            lab.chain.travel_to(context.now)
        sender: Any = case.session
        if context.by_owner:
            sender = case.wallet
        elif any(change.by_owner for change in remedy.changes):
            how["nonce_key"] = 0
            expiry = context.valid_until or None
            sender = case.wallet.grant_permissions(context.permissions, expiry_sec=expiry, key=sl.new_key("remedied"))
        again = [raw(call) for call in context.calls]
        return told(lambda: sender.send_calls(again, **how))


def of_fix(case: Case) -> Iterator[str]:
    """The amount in a denial's fix is enough for the operation as a whole, or another limit is the next one."""
    with undone(case.lab):
        try:
            denial = case.session.send_calls(case.calls, **case.how).denial
        except sl.SessionlabError as error:
            if not error.fix:
                yield f"no way out of {error}"
            return
        if denial is None:
            return
        if not denial.fix.strip():
            yield f"no fix for {denial.code}"
        kind, named = kind_of_error(denial.code, denial.phase), MORE.search(denial.fix)
        if kind is None or named is None or not LIMITS[kind].of_call or denial.unit is None:
            return
        more, permissions = _units(case.lab, named), list(case.session.permissions)
        for number, permission in enumerate(permissions):
            meters = [row.meter for row in permission.rows()]
            wanted = denial.unit.lower() if LIMITS[kind].binds_target else None
            if [(m.kind, m.token) for m in meters if m] == [(kind, wanted)] and permission.limited_to is not None:
                permissions[number] = permission.with_limit(permission.limited_to + more)
    if "nonce_key" in case.how or case.session.revoked:
        return
    with undone(case.lab):
        higher = case.wallet.grant_permissions(permissions, key=sl.new_key("higher"))
        again = told(lambda: higher.send_calls(case.calls, **case.how))
        is_same = again[:3] == ("refused", denial.phase, denial.code) and again[4] == denial.permission
        if is_same and (LIMITS[kind].adds_up or case.calls[again[3]].to == denial.unit):
            yield f"{denial.fix!r} was to help, and it comes to {again}"


def _units(lab: sl.Lab, named: re.Match[str]) -> int:
    amount, unit = Decimal(named[1].replace(",", "")), named[2]
    decimals = {"ETH": 18, **{token.symbol: token.decimals for token in lab.names.tokens.values()}}
    return int(amount * 10 ** decimals.get(unit, 0))


# -- recordings


def broken_by_comparison(rules: str, seed: int) -> list[str]:
    """Hold ``recording.under`` against sending the same operations again under other permissions."""
    rng = random.Random(f"under {rules} {seed}")
    lab = _lab(rules, 10**9)
    with undone(lab):
        wallet = lab.wallet()
        start = lab.snapshot()
        session = _granted(lab, wallet, rng)
        plan = [(calls(lab, wallet, rng), rng.random() < 0.6, rng.random() < 0.2) for _ in range(rng.randint(1, 5))]
        for some, preflight, sponsored in plan:
            session.send_calls(some, preflight=preflight, policy_id=lab.policy_id if sponsored else None)
        recording = session.record()
        lab.revert(start)
        other = _granted(lab, wallet, rng)
        if sum(step.gas for step in recording.steps) and not any(p.type == "root" for p in other.permissions):
            other = _with_scarce_gas(wallet, other, recording, rng)
        comparison = recording.under(other.permissions, expiry_sec=other.expiry_sec or 0)
        return [f"{word}: {recording}\n{comparison}" for word in _differences(lab, other, plan, comparison)]


def _with_scarce_gas(
    wallet: sl.SmartWalletClient, session: sl.Session, recording: sl.Recording, rng: random.Random
) -> sl.Session:
    """Grant the same with a gas-limit near what the first recorded operations asked for, however many."""
    counted = [step for step in recording.steps if step.gas and not step.sponsored] or recording.steps
    first = counted[: rng.randint(1, len(counted))]
    asked = sum(step.gas * (1 if recording.rules.gas_limit_counts_gas else step.fee) for step in first)
    scarce = sl.GasLimit(limit=asked * rng.randint(85, 125) // 100)
    permissions = [*(p for p in session.permissions if p.type != "gas-limit"), scarce]
    return wallet.grant_permissions(permissions, expiry_sec=session.expiry_sec, key=sl.new_key("scarce"))


def _differences(
    lab: sl.Lab, other: sl.Session, plan: Sequence[tuple[list[sl.Call], bool, bool]], comparison: sl.Comparison
) -> Iterator[str]:
    assert len(plan) == len(comparison.verdicts)
    for (some, preflight, sponsored), verdict in zip(plan, comparison.verdicts, strict=True):
        if verdict.step.time > lab.chain.next_timestamp:
            lab.chain.travel_to(verdict.step.time)
        if verdict.assumed or not verdict.step.gas_known:
            return  # it says that it does not know
        outcome = other.send_calls(some, preflight=preflight, policy_id=lab.policy_id if sponsored else None)
        decision = verdict.decision
        if _is_close(decision.asked, decision.left) and "Limit" in (decision.reason or ""):
            return  # gas is measured without the chain, within a few percent
        does = ("ok", None) if outcome.denial is None else (outcome.phase, outcome.denial.code)
        if does != verdict.after and not _for_its_gas(does, verdict.after, preflight):
            yield f"under() says {verdict.after} of operation {verdict.number}, and sending {does}"
            return
        failed = outcome.phase == "execution"
        if bool(outcome.receipt) != verdict.step.is_on_chain and (outcome.receipt or failed):
            return  # from here on, the recorded history is another one


def _for_its_gas(does: tuple[str, str | None], said: tuple[str, str | None], preflight: bool) -> bool:
    """Whether an operation is refused for its gas or for what it calls: a simulation asks for its gas last."""
    gas = {LIMITS[LimitKind.GAS].error, LIMITS[LimitKind.GAS].deployed_error}
    if does[0] == said[0] == "validation" and gas & {does[1], said[1]}:
        return True
    return preflight and does[0] == "execution" and said[0] == "validation" and said[1] in gas


def _is_close(asked: int | None, left: int | None) -> bool:
    return asked is not None and left is not None and abs(asked - left) * 25 < asked


def broken_in(rules: str, seed: int) -> list[str]:
    """Return the words that were not kept in one drawn case."""
    with case(rules, seed) as drawn:
        return [f"{rules} {seed}: {word}" for word in broken_by(drawn)]


# -- sweeps


def broken_by_sweep(rules: str, seed: int) -> list[str]:
    """Hold a run of a sweep, on both engines and at some price, against a plain session that sends the same."""
    rng = random.Random(f"sweep {rules} {seed}")
    price = rng.choice(PRICES)
    lab = _lab(rules, price)
    with undone(lab):
        wallet = lab.wallet(balance=WALLET_BALANCE)
        assert wallet.address == places().wallet
        lab.chain.travel_to(START)
        session = _granted(lab, wallet, rng, derive_key(SEED, "session"))
        planned = [
            Planned(_modelled(lab, wallet, rng), rng.choice([0, 0, 30]), rng.random() < 0.2)
            for _ in range(rng.randint(1, 8))
        ]
        sweep = Sweep(
            grid(gas_price=[price], rules=[rules]),
            policy=lambda p: session.permissions,
            operations=lambda p, seed: planned,
            expiry_sec=session.expiry_sec,
        )
        says = {engine: replace(sweep, engine=engine).one(sweep.points[0]).operations for engine in ENGINES}
        for number, operation in enumerate(planned):
            lab.travel(operation.wait)
            policy_id = lab.policy_id if operation.sponsored else None
            sent = session.send_calls(operation.calls, policy_id=policy_id)
            for engine, ran in says.items():
                if ran[number].phase != sent.phase or ran[number].gas not in (None, sent.gas):
                    what = f"{ran[number]} of operation {number} on the engine {engine}, and sending {sent}, {sent.gas}"
                    return [f"{rules} {seed}: a sweep says {what}: {session.permissions} {planned}"]
        return []


def _modelled(lab: sl.Lab, wallet: sl.SmartWalletClient, rng: random.Random) -> list[sl.Call]:
    """Draw calls of contracts that the decision engine's sweep models."""
    while True:
        drawn = calls(lab, wallet, rng)
        if all(call.to not in (lab.vault, wallet.address) for call in drawn):
            return drawn
