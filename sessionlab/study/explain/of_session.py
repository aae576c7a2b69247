"""What a session can answer: would these calls pass (``check``), and why (``explain``). Reads over JSON-RPC only.

Both have the node judge the operation that ``send_calls`` would send, so they cannot differ from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.core.base.errors import RpcError, SessionlabError
from sessionlab.core.base.html import GREEN, card
from sessionlab.core.denials.denial import Denial, MaybeDenial, OperationRefused
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.erc4337.gas import Gas, without_simulation
from sessionlab.core.permissions.limits import GAS, LIMITS, kind_of_error, unit_of
from sessionlab.core.permissions.operation import PlainCall, operation_of, plain_call
from sessionlab.core.permissions.rows import limits_of
from sessionlab.study.allowances import unused_of
from sessionlab.study.explain import idle_calls
from sessionlab.study.explain.call_data import call_data_of
from sessionlab.study.explain.client_operation import client_operation
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.explain.explanation import Explanation, explain
from sessionlab.study.explain.refusal import raw
from sessionlab.study.explain.remedies import WhatIfAnswer, WhatIfMethod
from sessionlab.study.explain.strict_notes import strict_note

if TYPE_CHECKING:
    from sessionlab.core.client.refused import RefusedOperation
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.session_reader import SessionReader

TRY = "lab_tryOperation"


class Asked(NamedTuple):
    """The arguments of ``send_calls``."""

    calls: Sequence[Call]
    policy_id: str | None = None
    preflight: bool = True
    nonce_key: int = 0
    gas: Gas = Gas()


@dataclass(frozen=True, slots=True)
class Check:
    """What sending would come to. Truthy if it would pass."""

    denial: MaybeDenial
    #: What would remain of each allowance, in words.
    left: tuple[str, ...]
    #: What the calls leave undone without any refusal, such as calls of addresses without code.
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all calls would succeed."""
        return self.denial is None

    @property
    def phase(self) -> str:
        """``ok``, ``validation`` or ``execution``."""
        return self.denial.phase if self.denial else "ok"

    def __bool__(self) -> bool:
        return self.ok

    def to_json(self) -> dict[str, Any]:
        """Return JSON, amounts in words."""
        denial = self.denial.to_json() if self.denial else None
        known = {"ok": self.ok, "phase": self.phase, "denial": denial}
        return known | {"left": list(self.left), "notes": list(self.notes)}

    def _repr_html_(self) -> str:
        notes = [("note", escape(note)) for note in self.notes]
        if self.denial is not None:
            return self.denial._card(notes)
        left = "<br>".join(map(escape, self.left)) or "nothing is counted"
        return card("✓ Would pass", GREEN, [("left then", left), *notes])

    def __repr__(self) -> str:
        if self.denial is not None:
            return f"<Check: would be refused in {self.phase}: {self.denial.sentence}>"
        left = ", ".join(self.left) or "nothing is counted"
        return f"<Check: would pass; left then: {'. '.join((left, *self.notes)).removesuffix('.')}>"


def check(session: BaseSession, asked: Asked) -> Check:
    """Have the node judge these calls as they would be sent. Raises what sending raises."""
    context, denial, _ = judged(session, asked)
    passes = denial is None and context.decision.accepted
    return Check(denial, _left(context) if passes else (), notes_on(session, context, asked))


def explain_calls(session: BaseSession, asked: Asked) -> Explanation:
    """Explain whether these calls would pass, and why. Raises what sending raises."""
    context, denial, prepared = judged(session, asked)
    attempt = what_if_of(session, context, asked)
    explanation = Explanation.of_pass(context) if denial is None else explain(context, denial, attempt)
    strict = () if prepared is None else strict_note(session, prepared)
    return replace(explanation, notes=notes_on(session, context, asked) + strict, asked=_plain(asked.calls))


def judged(session: BaseSession, asked: Asked) -> tuple[DecisionContext, Denial | None, dict[str, Any] | None]:
    """Return the operation that these calls become, with its gas as far as known, and why it would be refused.

    The third is the operation as the node prepared it, if it was not refused.
    """
    _ = session.key.private  # raises, as sending does, if only its address is known here
    context = context_of_calls(session, asked.calls, sponsored=asked.policy_id is not None)
    try:
        prepared = session.prepare_calls(**asked._asdict(), estimate=True)["data"]
    except OperationRefused as refused:
        return with_gas_of(context, refused.denial), refused.denial, None
    names = ("verificationGasLimit", "callGasLimit", "preVerificationGas")
    gas = sum(int(prepared[name], 16) for name in names)
    return with_gas(context, gas, int(prepared["maxFeePerGas"], 16)), None, prepared


def explain_denial(
    session: BaseSession, context: DecisionContext, denial: Denial, asked: Asked, *, sent: bool
) -> Explanation:
    """Explain a refusal that happened, with the decision context at that time. ``sent``: it is on the chain."""
    context = with_gas_of(context, denial)
    explanation = explain(context, denial, what_if_of(session, context, asked))
    return replace(explanation, sent=sent, asked=_plain(asked.calls))


def with_gas_of(context: DecisionContext, denial: Denial) -> DecisionContext:
    """Return the context with the gas that gas-limit refused, if it did."""
    if kind_of_error(denial.code, denial.phase) is not GAS.kind or not isinstance(denial.asked, int):
        return context
    return with_gas(context, denial.asked, 0 if context.rules.gas_limit_counts_gas else 1)


def context_of_refused(session: BaseSession, refused: RefusedOperation) -> DecisionContext | None:
    """Return the context in which an operation was refused, read from the chain at that time; None if unreadable.

    For an operation on the chain, that is the state after the block before its own.
    """
    try:
        if refused.judged is not None:
            block = session.request("eth_getBlockByNumber", [hex(refused.judged.block - 1), False])
            if block is None or block["hash"] != refused.judged.parent:
                return None  # that block was reverted
            number, now = refused.judged.block - 1, refused.judged.time
        else:
            number, now = (refused.block or 1) - 1, session._reader.time(refused.block)
        return _context(
            session, refused.calls, session._reader.at(number), now, sponsored=refused.policy_id is not None
        )
    except (RpcError, SessionlabError):  # the node's wallets have no session views, or it keeps no old state
        return None


def context_of_calls(session: BaseSession, calls: Sequence[Call], *, sponsored: bool) -> DecisionContext:
    """Return the current session and the operation that these calls become."""
    return _context(session, read_calls(calls), session._reader, session.now, sponsored=sponsored)


def _context(
    session: BaseSession,
    calls: Sequence[Call],
    reader: SessionReader,
    now: int,
    *,
    sponsored: bool,
) -> DecisionContext:
    result = _plain(calls)
    context = DecisionContext(
        wallet=session.wallet,
        permissions=session.permissions,
        left=unused_of(reader),
        operation=operation_of(result),  # replaced below, once the policy is known
        now=now,
        valid_until=session.expiry_sec or 0,
        rules=session.rules,
        names=session.names,
        revoked=reader.revoked,
        gas_known=sponsored or GAS not in limits_of(session.permissions),
    )
    return replace(context, operation=client_operation(result, context.policy, sponsored=sponsored))


def _plain(calls: Sequence[Call]) -> tuple[PlainCall, ...]:
    return tuple(plain_call(call.to, call.value, call.data) for call in read_calls(calls))


def notes_on(session: BaseSession, context: DecisionContext, asked: Asked) -> tuple[str, ...]:
    """Say which calls do nothing because there is no code at their target: the EVM lets them succeed."""
    calls = [(call.target, call.value, call.data) for call in max(context.calls, _plain(asked.calls), key=len)]

    def has_no_code(target: str) -> bool:
        return bool(session.request("eth_getCode", [target, "latest"]) == "0x")

    return idle_calls.notes_on(calls, session.wallet, context.names, has_no_code)


def with_gas(context: DecisionContext, gas: int, fee: int) -> DecisionContext:
    """Return the context with the operation's worst-case gas (gas, and wei per gas)."""
    return replace(context, operation=context.operation._replace(gas=gas, fee=fee), gas_known=True)


def what_if_of(session: BaseSession, start: DecisionContext, asked: Asked) -> WhatIfMethod | None:
    """Return a function that runs changes of ``start`` on the lab's EVM, sent as asked; None if no node can."""
    installed = session.installed

    def attempt(context: DecisionContext) -> WhatIfAnswer:
        whole = _session_in(context) == _session_in(start)
        calls = [raw(call) for call in context.calls]
        installs = () if installed and whole else context.remaining_rows
        limits = Gas() if asked.preflight else without_simulation(calls, installs)
        request = {
            "from": context.wallet,
            "rows": [
                {"kind": int(r.kind), "target": r.target, "selector": "0x" + r.selector.hex(), "amount": hex(r.amount)}
                for r in context.remaining_rows
            ],
            "callData": "0x" + call_data_of(context.operation).hex(),
            "time": hex(context.now),
            "validAfter": hex(context.valid_after),
            "validUntil": hex(context.valid_until),
            # A changed session is a new one, so its first operation installs it.
            "installed": installed and whole,
            "entityId": hex(session.entity_id),
            "byOwner": context.by_owner,
            "sponsored": context.operation.sponsored,
            "gas": asked.gas._over(limits).to_json(),
            **({"policyId": asked.policy_id} if asked.policy_id and context.operation.sponsored else {}),
        }
        answer = session.request(TRY, [request])
        taken = None if answer["gas"] is None else int(answer["gas"], 16)
        denial = Denial.from_json(answer["denial"]) if answer.get("denial") else None
        return WhatIfAnswer(answer["phase"], answer["reason"], taken, int(answer["fee"], 16), denial)

    try:
        attempt(start)
    except (RpcError, SessionlabError):  # the node lacks the method, or does not know this wallet
        return None
    return attempt


def _session_in(context: DecisionContext) -> tuple[object, ...]:
    """Return all that makes the session of a context: with another, it is a new one."""
    return context.permissions, context.left, context.valid_after, context.valid_until, context.revoked


def _left(context: DecisionContext) -> tuple[str, ...]:
    after, amount = context.decision.remaining, context.names.amount
    return tuple(
        f"{amount(after[row.meter], unit_of(row.meter, context.rules))} of {permission.type}"
        for permission in context.permissions
        for row in permission.rows()
        if row.meter is not None and LIMITS[row.meter.kind].counts
    )
