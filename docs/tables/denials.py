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
from sessionlab.core.contracts.artifacts import FOLDER, artifact
from sessionlab.core.contracts.reverts import CONTRACTS, EMPTY, UNKNOWN, Revert
from sessionlab.core.denials.cause import Cause
from sessionlab.core.denials.denial import deny
from sessionlab.core.denials.reasons import REASONS
from sessionlab.core.erc4337 import simulate
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.records import OUT_OF_FUNDS, OUT_OF_GAS, FailedCall
from sessionlab.core.permissions.grant_rules import BUILDER_RULES
from sessionlab.core.permissions.limits import LIMITS
from sessionlab.study.diagnosis.causes import cause_of
from sessionlab.study.diagnosis.facts import DiagnosisFacts
from sessionlab.study.diagnosis.table import STATE_REASONS, DiagnosedContext

from .text import capital, escaped

ETHER, HOUR = 10**18, 3_600
BOUND = re.compile(r"raw_revert\(\s*abi_encode\([^)]*?\)?, (\w+\.)?(MAX_\w+), method_id=method_id\(\"(\w+)\(")
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


@cache
def sample() -> tuple[sl.Lab, DiagnosedContext]:
    """Return a lab and what is known of one refused operation in it."""
    lab = sl.Lab()
    wallet = lab.wallet()
    calls = (Call(lab.counter, value=3 * ETHER // 10, function="increment()"),)
    failed = FailedCall(ENTRY_POINT, wallet.address, 0, b"", 60_000, "Revert", b"", 0)
    own = replace(failed, caller=wallet.address, to=lab.counter, value=calls[0].value, data=calls[0].data)
    facts = DiagnosisFacts(
        "",
        EMPTY,
        (failed, replace(own, balance=ETHER // 10)),
        names=lab.names,
        wallet=wallet.address,
        gas=250_000,
        fee=2 * 10**9,
        balance=10**14,
        sequence=4,
        next_sequence=5,
        verification_gas=40_000,
        verification_needs=61_250,
        call_needs=81_300,
        now=lab.now,
        valid_until=lab.now - HOUR,
        window=(0, lab.now - HOUR),
        signer=lab.merchant,
        wanted_signer=lab.recipient,
        owner=wallet.owner.address,
        session_of_signer="0x01",
        paymaster=lab.addresses["paymaster"],
        paymaster_bytes=2_310,
        paymaster_gas=30_000,
        paymaster_needs=41_000,
        code_bytes=20_000,
        factory_bytes=4_000,
    )
    known = DiagnosedContext(
        wallet=wallet.address,
        calls=calls,
        call_data=calls[0].data,
        names=lab.names,
        now=lab.now,
        expiry=lab.now - HOUR,
        cost=facts.cost,
        funds=facts.balance,
        facts=facts,
    )
    return lab, known


def arguments(code: str) -> dict[str, Any]:
    """Return made-up arguments of a contract's error, by the names that its ABI has for them."""
    lab, known = sample()
    amounts = {
        "ExceededTokenLimit": (20 * 10**6, 15_500_000),
        "ExceededGasLimit": (183_576, 100_000),
        "ExceededCallLimit": (1, 0),
        "ExceededNativeTokenLimit:validation": (3 * 10**15, 10**15),
    }
    asked: Any
    asked, left = amounts.get(code, (3 * ETHER // 10, ETHER // 10))
    limit = bounds().get(code, 0)
    asked = lab.merchant if code == "NotOwner" else limit + 1 if limit else asked
    if code.startswith("Insufficient") and code != "InsufficientDeposit":
        asked, left = amounts["ExceededTokenLimit"]
    values = {
        "call": 0,
        "asked": asked,
        "left": left,
        "limit": limit,
        "index": 1,
        "amount": asked,
        "target": lab.counter,
        "token": lab.dollar,
        "selector": known.call_data[:4],
        "length": 36,
        "entityId": 3,
        "row": 2,
        "kind": 99,
        "validAfter": lab.now,
        "validUntil": lab.now - 1,
        "deadline": lab.now - HOUR,
        "nonce": 31,
        "now": 2,
        "position": 4,
        "caller": lab.merchant,
        "operator": lab.merchant,
        "receiver": lab.vault,
        "sender": known.wallet,
        "id": 7,
        "code": 0x11,
        "success": True,
        "ret": b"",
        "returnData": b"",
        "message": "no stake specified",
        "data": bytes.fromhex("deadbeef"),
    }
    names = ("code", "message", "data") if contract_of(code.partition(":")[0]) is None else names_of(code)
    return {name: values[name] for name in names}


def names_of(key: str) -> tuple[str, ...]:
    """Return the names of an error's arguments."""
    code = key.partition(":")[0]
    errors = (error for name in CONTRACTS for error in artifact(name).errors.values())
    return next(error.names for error in errors if error.name == code)


@cache
def bounds() -> dict[str, int]:
    """Return the bounds of the contracts, in calls, rows, operations or bytes, by the error of what is over one."""
    sources = {source.stem: source.read_text("utf-8") for source in FOLDER.glob("*.vy")}
    result: dict[str, int] = {}
    for stem, text in sources.items():
        for home, name, error in BOUND.findall(text):
            files = [other for other in sources if other.startswith(home.rstrip("."))] if home else [stem]
            pattern = rf"^{name}: constant\(uint256\) = ([\d_]+)"
            found = [int(n) for other in files for n in re.findall(pattern, sources[other], re.MULTILINE)]
            result[error] = max(found)
    return result


#: Calls, permissions or selectors that some refusals are about, in place of the sample's.
def context(code: str) -> DiagnosedContext:
    """Return what is known of the refused operation."""
    lab, known = sample()
    pays = Call(lab.merchant, value=3 * ETHER // 10)
    tokens = Call(lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, 20 * 10**6])
    calls = {
        "ExceededNativeTokenLimit": (pays,),
        "ExceededTokenLimit": (tokens,),
        "InsufficientBalance": (tokens,),
        "InsufficientAllowance": (tokens,),
        "NoSelectorSpecified": (Call(lab.counter, data=b"\1\2"),),
        "NativeTransferNotAllowed": (pays,),
        "Panic": (Call(lab.counter),),
    }.get(code.partition(":")[0], known.calls)
    deployed = code in ("ExceededNativeTokenLimit:validation", "SpendingRequestNotAllowed")
    return replace(
        known,
        calls=calls,
        call_data=calls[0].data,
        rules=sl.DEPLOYED if deployed else sl.DOCUMENTED,
        facts=replace(known.facts, failure=()),
    )


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


def contract_of(code: str) -> str | None:
    """Return the contract whose error this is; None if no contract of the lab declares it."""
    return next((name for name in CONTRACTS if any(e.name == code for e in artifact(name).errors.values())), None)


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


def _of(denial: sl.Denial) -> Said:
    return Said(denial.code, denial.phase, denial.rule, denial.sentence, denial.fix, denial.permission)


# -- the page

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
    said += [(_group_of(key.partition(":")[0]), by_state(key)) for key in STATE_REASONS]
    said += [("What the wallet refuses", by_reason("ExceededNativeTokenLimit"))]
    said += [("Without a reason", without_function()), ("Without a reason", unknown())]
    said += [("Gas policies and sponsors", said) for said in by_policy()]
    for title, item in said:
        title = "Without a reason" if item.code in (OUT_OF_GAS, OUT_OF_FUNDS) else title
        same = result[title].setdefault(item.code, [])
        if item.sentence not in [other.sentence for other in same]:
            same.append(item)
    return result


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
