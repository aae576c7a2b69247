"""Every code that a denial can have: the rule behind it, an example of what is said, and the fix.

All words are the library's own. Each entry of its tables is asked about one made-up refusal, so nothing is written
twice. A denial in your lab names your calls, amounts and addresses instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import sessionlab as sl
from sessionlab.core.contracts.artifacts import FOLDER
from sessionlab.core.contracts.reverts import EMPTY, UNKNOWN, Revert
from sessionlab.core.denials.cause import Cause
from sessionlab.core.denials.denial import deny
from sessionlab.core.denials.reasons import REASONS
from sessionlab.core.erc4337 import simulate
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.simulate import Rejection
from sessionlab.core.evm.chain import GWEI, START
from sessionlab.core.evm.records import OUT_OF_FUNDS, OUT_OF_GAS
from sessionlab.core.permissions.grant_rules import BUILDER_RULES
from sessionlab.core.permissions.limits import LIMITS
from sessionlab.node.bundler.mempool import (
    MOST_WAITING,
    SAME_SENDER_MEMPOOL_COUNT,
    THROTTLED_ENTITY_MEMPOOL_COUNT,
    least_fee,
)
from sessionlab.node.bundler.pool_bundler import SOON
from sessionlab.node.bundler.rule_table import RULES
from sessionlab.node.bundler.stakes import StakeMinimum
from sessionlab.node.bundler.trace import ACCOUNT, PAYMASTER
from sessionlab.study.diagnosis.broken_rules import FIXES, stake_fix
from sessionlab.study.diagnosis.causes import cause_of
from sessionlab.study.diagnosis.facts import DiagnosisFacts
from sessionlab.study.diagnosis.pool_rules import POOL_RULES, deny_by_pool
from sessionlab.study.diagnosis.table import STATE_REASONS

from .denial_samples import HOUR, arguments, context, contract_of, sample
from .text import capital, escaped

ENTRY_POINT_CODE = re.compile(r'"(AA\d\d) ?([^"]*)"')
#: Contracts that a session calls; the others make the rules.
CALLED = ("Token", "Counter", "Strict", "Vault", "Collectible")


@dataclass(frozen=True)
class Said:
    """One refusal in words."""

    code: str
    #: ``grant``, ``validation`` or ``execution``; empty if it may be more than one of them.
    phase: str
    rule: str
    sentence: str
    fix: str
    permission: str | None = None
    #: The contract whose error it is.
    contract: str | None = None
    cause: Cause | None = None


def by_reason(key: str) -> Said:
    """Return what the contracts' reason alone says: of a key of the library's table, a code and perhaps a phase."""
    code, _, phase = key.partition(":")
    args = arguments(key)
    if code in ("ValidationFunctionMissing", "UnrecognizedFunction"):
        args["selector"] = bytes.fromhex("34fcd5be" if code.startswith("V") else "deadbeef")
    contract = contract_of(code)
    named = code if contract else f"{code} {full_names().get(code, '')}".strip()
    said = REASONS[key](args, context(key))
    cause = cause_of(facts_about(code)) if code.startswith("AA") else None
    return Said(named, phase or phase_of(code), said.rule, said.sentence, said.fix, said.permission, contract, cause)


def facts_about(code: str) -> DiagnosisFacts:
    """Return facts under which the EntryPoint would refuse with this code."""
    facts = sample()[1].facts
    given = {"AA23": "ValidationFunctionMissing", "AA33": "NotSponsor"}.get(code, EMPTY)
    no_code = {"AA20": {"code_bytes": 0}, "AA30": {"paymaster_bytes": 0}}.get(code, {})
    return replace(facts, code=f"{code} {full_names().get(code, '')}".strip(), reason=given, **no_code)  # type: ignore[arg-type]


def by_state(key: str) -> Said:
    """Return what the state adds to a reason, or says in its place: of a key such as ``AA24:of-the-owner``."""
    code, _, what = key.partition(":")
    _, known = sample()
    facts = replace(facts_about(code), failure=known.facts.failure if code == EMPTY else ())
    if what in ("OutOfGas", "OutOfFunds", "halted"):
        halt = "InvalidInstruction" if what == "halted" else what
        facts = replace(facts, failure=tuple(replace(call, halt=halt) for call in known.facts.failure))
    said = STATE_REASONS[key]({}, replace(known, facts=facts))
    phase = "execution" if code == EMPTY else "validation"
    return Said(said.code or full_code(code), phase, said.rule, said.sentence, said.fix, said.permission)


def phase_of(code: str) -> str:
    """Return the phase in which a code refuses; empty if it may be either."""
    if code.startswith("AA"):
        return "validation"
    return next((limit.phase for limit in LIMITS.values() if limit.error == code), "")


@cache
def full_names() -> dict[str, str]:
    """Return what the EntryPoint says after each of its codes: ``AA21`` → ``didn't pay prefund``."""
    sources = [*FOLDER.glob("*.vy"), Path(simulate.__file__)]
    found = (match.groups() for source in sources for match in ENTRY_POINT_CODE.finditer(source.read_text("utf-8")))
    return {code: words for code, words in found if words}


def full_code(code: str) -> str:
    """Return a code as denials have it: ``AA21 didn't pay prefund``."""
    return f"{code} {full_names().get(code, '')}".strip()


def by_grant() -> list[Said]:
    """Return what a lab says of lists of permissions that break each grant rule."""
    lab = sl.Lab(extensions=["call-limit"])
    wallet = lab.wallet()
    there, pays = sl.ContractAccess(address=lab.counter), sl.NativeTokenTransfer(allowance=1)
    broken: list[tuple[Sequence[Any], dict[str, int]]] = [
        ([{"type": "everything"}], {}),  # no rule: such a list is never read
        ([sl.Root(), pays], {}),
        ([sl.ContractAccess(address=wallet.address)], {}),
        ([there, there], {}),
        ([sl.FunctionsOnContract(address=lab.counter, functions=[])], {}),
        ([sl.AccountFunctions(functions=[next(iter(sl.NEVER_GRANTED))])], {}),
        ([sl.ContractAccess(address="0x" + "0" * 40)], {}),
        ([pays, pays], {}),
        ([there, *[sl.GasLimit(limit=1)] * 2], {}),
        ([there, *[sl.CallLimit(count=1)] * 2], {}),
        ([sl.GasLimit(limit=1)], {}),
        ([pays], {"expiry_sec": lab.now - HOUR}),
        ([pays], {"expiry_sec": 2**48}),
    ]
    rules: dict[str, str] = {}
    for name, rule in BUILDER_RULES:
        if rule.__doc__:
            rules.setdefault(name, rule.__doc__.partition("\n\n")[0].strip().removesuffix("."))
    result = []
    for permissions, expiry in broken:
        try:
            wallet.grant_permissions(permissions, **expiry, key=sl.new_key(1))
        except sl.GrantRefused as error:
            message = error.message.removeprefix(f"{error.rule}: ")
            words = "" if isinstance(permissions[0], dict) else rules.get(error.rule, "")
            result.append(Said(error.rule, "grant", words, capital(message), capital(error.fix or "")))
    return result


def by_policy() -> list[Said]:
    """Return what a lab says of operations that a gas policy does not pay for, and of fees that pay nobody."""
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=1)], key=sl.new_key(1))
    ends = lab.gas_policy(end=lab.now + HOUR)
    policies = [
        lab.gas_policy(spend_cap=1),
        lab.gas_policy(operations_per_sender=0),
        lab.gas_policy(allowed_senders=[lab.merchant]),
        ends,
    ]
    lab.travel(2 * HOUR)
    outcomes = [session.send_calls([Call(lab.merchant)], policy_id=policy) for policy in policies]
    return [_of(outcome.denial) for outcome in outcomes if outcome.denial]


def by_rule() -> list[Said]:
    """Return each rule of ERC-7562 about validation: what it says, why it exists, and what to change."""
    stake = stake_fix("entity", StakeMinimum())
    fixes = {rule: fix.format(stake=stake, entity="entity") for rule, fix in FIXES.items()}
    return [Said(name, "validation", rule.says, rule.why, fixes[name]) for name, rule in RULES.items()]


def by_pool() -> list[Said]:
    """Return what a strict bundler's mempool says of operations that it does not take."""
    fees = {"field": "maxFeePerGas", "before": 2 * GWEI, "asked": 2 * GWEI, "least": least_fee(2 * GWEI)}
    deposits = {"asked": 3 * GWEI**2, "promised": 2 * GWEI**2, "deposit": 2 * GWEI**2}
    counts = {"seen": 510, "included": 0, "waiting": THROTTLED_ENTITY_MEMPOOL_COUNT}
    facts: dict[str, dict[str, Any]] = {
        "AUTH-040": {"delegate": "0x" + "11" * 20},
        "GREP-010": counts,
        "GREP-020": counts,
        "UREP-010": {"role": ACCOUNT, "waiting": SAME_SENDER_MEMPOOL_COUNT, "allowed": SAME_SENDER_MEMPOOL_COUNT},
        "UREP-020": {"waiting": 10, "allowed": 10},
        "EREP-010": deposits,
        "ReplacementUnderpriced": fees | {"is_same": False},
        "ExpiresSoon": {"until": START + 20, "now": START, "soon": SOON},
        "MempoolFull": {"waiting": MOST_WAITING},
    }
    paymaster = {"role": PAYMASTER, "address": sl.Lab().addresses["paymaster"]}
    reverts = {code: Revert(code, paymaster | facts.get(code, {}), b"") for code in POOL_RULES}
    return [_of(deny_by_pool(Rejection("validation", code, revert))) for code, revert in reverts.items()]


def _of(denial: sl.Denial) -> Said:
    return Said(denial.code, denial.phase, denial.rule, denial.sentence, denial.fix, denial.permission)


# -- the page

#: Of these, the state tells only which contract it is.
NAMED = ("Error", "Panic")
#: What stands above the codes of each group.
INTRODUCTIONS = {
    "When a session is granted": "`wallet.grant_permissions` raises `sl.GrantRefused`, with this name in `error.rule`. "
    "Nothing is signed.",
    "What the wallet refuses": "Errors of the wallet contract. In validation, the operation is not mined and nobody "
    "pays; in execution, it is mined, and its gas is paid.",
    "Codes of the EntryPoint": "`denial.code` is the whole text, such as `AA24 signature error`. `denial.cause` has "
    "the possible causes as a tree, each marked as wrong, ruled out or unknown, with the facts of your operation.",
    "Bundles": "Errors of the EntryPoint about a whole bundle, and answers that it gives as reverts.",
    "Gas policies and sponsors": "Nothing is sent. `sl.Lab.gas_policy` opens a policy.",
    "What a strict bundler refuses": "Rules of ERC-7562 about what validation does. Only "
    '`sl.Lab(bundler="strict")` has them. `denial.cause` lists every violation, with the contract and the source line.',
    "What a strict bundler's mempool refuses": "Rules of ERC-7562 about what may wait together, and about reputation. "
    "[Test against a strict bundler](../guides/strict-bundler.md) shows them.",
    "Without a reason": "The call, or the wallet, gave no reason. The lab then says what the run showed. A halt of the "
    "EVM that has no row here keeps the EVM's name, such as `InvalidInstruction`.",
    "Errors of the lab's contracts": "The session would allow the call, and the called contract refuses it.",
}


def groups() -> dict[str, dict[str, list[Said]]]:
    """Return everything that is said, by who says it and by code."""
    result: dict[str, dict[str, list[Said]]] = {title: {} for title in INTRODUCTIONS}
    said = [("When a session is granted", said) for said in by_grant()]
    with_phase = {key.partition(":")[0] for key in REASONS if ":" in key}
    said += [(_group_of(key), by_reason(key)) for key in REASONS if key not in with_phase or contract_of(key) is None]
    said += [(_group_of(key.partition(":")[0]), by_state(key)) for key in STATE_REASONS if key not in NAMED]
    said += [("What the wallet refuses", by_reason("ExceededNativeTokenLimit"))]
    said += [("Without a reason", without_function()), ("Without a reason", unknown())]
    said += [("Gas policies and sponsors", said) for said in by_policy()]
    said += [("What a strict bundler refuses", said) for said in by_rule()]
    said += [("What a strict bundler's mempool refuses", said) for said in by_pool()]
    for title, item in said:
        title = "Without a reason" if item.code in (OUT_OF_GAS, OUT_OF_FUNDS) else title
        same = result[title].setdefault(item.code, [])
        if item.sentence not in [other.sentence for other in same]:
            same.append(item)
    codes = "Codes of the EntryPoint"
    return result | {codes: dict(sorted(result[codes].items()))}


def _group_of(code: str) -> str:
    contract = "SessionWallet" if code.startswith("NonCanonical") else contract_of(code.partition(":")[0])
    if code.startswith("AA"):
        return "Codes of the EntryPoint"
    if contract is None or code == "Panic":
        return "Without a reason"
    if contract in CALLED:
        return "Errors of the lab's contracts"
    groups = {"SessionWallet": "What the wallet refuses", "EntryPoint": "Bundles"}
    return groups.get(contract, "Gas policies and sponsors")


def without_function() -> Said:
    """Return what is said of an operation that names no function of the wallet."""
    known = sample()[1]
    said = REASONS["AA23"]({}, replace(known, calls=(Call(known.wallet),)))
    return Said(said.code or "", "validation", said.rule, said.sentence, said.fix)


def unknown() -> Said:
    """Return what is said of revert data that nobody here knows."""
    denial = deny(Revert(UNKNOWN, {"data": bytes.fromhex("deadbeef")}, b""), "execution", sample()[1])
    return _of(denial)


def page() -> str:
    """Return the codes as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for title, codes in groups().items():
        yield from (f"## {title}", "", INTRODUCTIONS[title], "")
        for code, several in codes.items():
            yield from (f"### {code}", "")
            yield from _facts(several[0])
            for said in several:
                yield from ("", f"> {escaped(said.sentence)}", "")
                rule = f"{escaped(capital(said.rule))}." if said.rule else ""
                yield from (f":Rule: {rule}",) if rule else ()
                yield from (f":Fix: {escaped(said.fix)}", "")
            cause = several[0].cause
            if cause:
                yield from ("`denial.cause` looks at this:", "")
                yield from (f"- {escaped(capital(part.text))}" for part in cause.causes)
                yield ""


def _facts(said: Said) -> Iterator[str]:
    facts = [
        f"in {said.phase}" if said.phase in ("validation", "execution") else "",
        f"error of {said.contract}" if said.contract else "",
        f"permission `{said.permission}`" if said.permission else "",
    ]
    told = "; ".join(fact for fact in facts if fact)
    yield from (capital(told) + ".", "") if told else ()
