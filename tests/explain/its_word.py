"""What the library said about an operation, and what became of it when it was really sent: drawn cases.

Each word is held against sending in a state that is reverted afterwards. ``broken_by`` returns the words that were not
kept.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sessionlab as sl
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.base.keys import derive_key
from sessionlab.core.denials.denial import Denial
from sessionlab.core.permissions.limits import LIMITS, LimitKind, kind_of_error
from sessionlab.experiments import START, Planned, Sweep, grid, places
from sessionlab.experiments.addresses import SEED, WALLET_BALANCE
from sessionlab.experiments.sweep import ENGINES
from sessionlab.study.explain.explanation import Explanation
from sessionlab.study.explain.refusal import raw
from sessionlab.study.explain.remedies import Remedy
from tests.explain.drawn_cases import (
    PRICES,
    Case,
    Said,
    calls,
    case,
    drawn_session,
    lab_of,
    sent,
    told,
    undone,
)

#: How a fix names an amount: "at least 809.5 LUSD more allowance", "an allowance of at least 0.3 ETH".
MORE = re.compile(r"at least ([\d,.]+) (\w+)(?: units of \S+)?(?: for gas)?(?: higher|[, .])")
#: How a fix names a permission for functions of a contract.
FUNCTIONS = re.compile(r"\b[Gg]rant functions-on-contract with ")


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
        yield from _of_a_function(case, denial)
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


def _of_a_function(case: Case, denial: Denial) -> Iterator[str]:
    """What a fix grants for a function is enough for that function, or another reason is the next one."""
    granted = FUNCTIONS.search(denial.fix)
    if granted is None or denial.call is None or case.session.revoked:
        return
    call = case.calls[denial.call]
    more = sl.FunctionsOnContract(address=call.to, functions=["0x" + call.data[:4].hex()])
    with undone(case.lab):
        try:
            wider = case.wallet.grant_permissions([*case.session.permissions, more], key=sl.new_key("wider"))
        except GrantRefused:
            return
        again = told(lambda: wider.send_calls([call], policy_id=case.lab.policy_id))
        if again[0] == "refused" and again[2] == denial.code:
            yield f"{denial.fix!r} was to help, and it comes to {again}"


def _units(lab: sl.Lab, named: re.Match[str]) -> int:
    amount, unit = Decimal(named[1].replace(",", "")), named[2]
    decimals = {"ETH": 18, **{token.symbol: token.decimals for token in lab.names.tokens.values()}}
    return int(amount * 10 ** decimals.get(unit, 0))


# -- recordings


def broken_by_comparison(rules: str, seed: int) -> list[str]:
    """Hold ``recording.under`` against sending the same operations again under other permissions."""
    rng = random.Random(f"under {rules} {seed}")
    lab = lab_of(rules, 10**9)
    with undone(lab):
        wallet = lab.wallet()
        start = lab.snapshot()
        session = drawn_session(lab, wallet, rng)
        plan = [(calls(lab, wallet, rng), rng.random() < 0.6, rng.random() < 0.2) for _ in range(rng.randint(1, 5))]
        for some, preflight, sponsored in plan:
            session.send_calls(some, preflight=preflight, policy_id=lab.policy_id if sponsored else None)
        recording = session.record()
        lab.revert(start)
        other = drawn_session(lab, wallet, rng)
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
    lab = lab_of(rules, price)
    with undone(lab):
        wallet = lab.wallet(balance=WALLET_BALANCE)
        assert wallet.address == places().wallet
        lab.chain.travel_to(START)
        session = drawn_session(lab, wallet, rng, derive_key(SEED, "session"))
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
