"""What a session can answer: would these calls pass (``check``), and why (``explain``). Reads over JSON-RPC only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionlab.core.base.errors import RpcError, SessionlabError
from sessionlab.core.denials.denial import Denial, OperationRefused
from sessionlab.core.erc4337.bundler import BUNDLE_GAS
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.permissions.limits import GAS, LIMITS, kind_of_error, unit_of
from sessionlab.core.permissions.operation import operation_of, plain_call
from sessionlab.core.permissions.rows import limits_of
from sessionlab.study.explain import idle_calls
from sessionlab.study.explain.call_data import call_data_of
from sessionlab.study.explain.client_operation import client_operation
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.explain.explanation import Explanation, explain
from sessionlab.study.explain.refusal import denial_of
from sessionlab.study.explain.remedies import WhatIfAnswer, WhatIfMethod

if TYPE_CHECKING:
    from sessionlab.core.client.refused import RefusedOperation
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.session_reader import SessionReader

TRY = "lab_tryOperation"


@dataclass(frozen=True, slots=True)
class Check:
    """What the rules decide before anything is sent, and whether the wallet has the ETH. Truthy if it would pass."""

    denial: Denial | None
    #: What would remain of each allowance, in words.
    left: tuple[str, ...]
    #: What the calls leave undone without any refusal, such as calls of addresses without code.
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the rules let the operation pass and the wallet has the ETH for it. A called contract may revert."""
        return self.denial is None

    @property
    def phase(self) -> str:
        """``ok``, ``validation`` or ``execution``."""
        return self.denial.phase if self.denial else "ok"

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        if self.denial is not None:
            return f"<Check: would be refused in {self.phase}: {self.denial.sentence}>"
        left = ", ".join(self.left) or "nothing is counted"
        return f"<Check: would pass; left then: {'. '.join((left, *self.notes)).removesuffix('.')}>"


def check(session: BaseSession, calls: Sequence[Call], *, policy_id: str | None = None) -> Check:
    """Decide by the rules, with what remains on the chain now.

    If gas is counted, or the wallet may have too little ETH for gas and calls, ask the node to prepare the calls.
    """
    context = context_of_calls(session, calls, sponsored=policy_id is not None)
    if context.decision.accepted and (not context.gas_known or may_lack_eth(session, context)):
        try:
            prepared = session.prepare_calls(calls, policy_id=policy_id)["data"]
        except OperationRefused as refused:
            return Check(refused.denial, ())
        names = ("verificationGasLimit", "callGasLimit", "preVerificationGas")
        gas = sum(int(prepared[name], 16) for name in names)
        context = with_gas(context, gas, int(prepared["maxFeePerGas"], 16))
    denial = denial_of(context)
    return Check(denial, () if denial else _left(context), notes_on(session, context))


def explain_calls(session: BaseSession, calls: Sequence[Call], *, policy_id: str | None = None) -> Explanation:
    """Explain whether these calls would pass, and why."""
    context = context_of_calls(session, calls, sponsored=policy_id is not None)
    return replace(_explained(session, context, calls, policy_id), notes=notes_on(session, context))


def _explained(
    session: BaseSession, context: DecisionContext, calls: Sequence[Call], policy_id: str | None
) -> Explanation:
    attempt, got = what_if_of(session, context)
    if got is None or not context.decision.accepted:
        return explain(context, None, attempt)
    if got.gas is not None:
        context = with_gas(context, got.gas, got.fee)
    if got.phase == "ok" or not context.decision.accepted:
        return explain(context, None, attempt)
    # The rules let it pass but something else does not; ask the node what it is.
    try:
        session.prepare_calls(calls, policy_id=policy_id)
    except OperationRefused as refused:
        return explain(context, refused.denial, attempt)
    return explain(context, None, attempt)


def explain_denial(session: BaseSession, context: DecisionContext, denial: Denial, *, sent: bool) -> Explanation:
    """Explain a refusal that happened, with the decision context at that time. ``sent``: it is on the chain."""
    if kind_of_error(denial.code, denial.phase) is GAS.kind and isinstance(denial.asked, int):
        in_gas = context.rules.gas_limit_counts_gas
        context = with_gas(context, denial.asked, 0 if in_gas else 1)
    return replace(explain(context, denial, what_if_of(session, context)[0]), sent=sent)


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
            number, now = (refused.block or 1) - 1, session.reader.time(refused.block)
        return _context(session, refused.calls, session.reader.at(number), now, sponsored=refused.sponsored)
    except (RpcError, SessionlabError):  # the node's wallets have no session views, or it keeps no old state
        return None


def context_of_calls(session: BaseSession, calls: Sequence[Call], *, sponsored: bool) -> DecisionContext:
    """Return the current session and the operation that these calls become."""
    return _context(session, read_calls(calls), session.reader, session.now, sponsored=sponsored)


def _context(
    session: BaseSession,
    calls: Sequence[Call],
    reader: SessionReader,
    now: int,
    *,
    sponsored: bool,
) -> DecisionContext:
    result = [plain_call(call.to, call.value, call.data) for call in calls]
    context = DecisionContext(
        wallet=session.wallet,
        permissions=session.permissions,
        left=reader.unused,
        operation=operation_of(result),  # replaced below, once the policy is known
        now=now,
        valid_until=session.expiry_sec or 0,
        rules=session.rules,
        names=session.names,
        revoked=reader.revoked,
        gas_known=sponsored or GAS not in limits_of(session.permissions),
    )
    return replace(context, operation=client_operation(result, context.policy, sponsored=sponsored))


def may_lack_eth(session: BaseSession, context: DecisionContext) -> bool:
    """Whether the wallet's ETH may not cover what the calls send and, if no sponsor pays, the gas."""
    needed = sum(call.value for call in context.calls)
    if not context.operation.sponsored:
        needed += BUNDLE_GAS * int(session.request("eth_gasPrice", []), 16)
    return needed > 0 and needed > int(session.request("eth_getBalance", [session.wallet, "latest"]), 16)


def notes_on(session: BaseSession, context: DecisionContext) -> tuple[str, ...]:
    """Say which calls do nothing because there is no code at their target: the EVM lets them succeed."""
    calls = [(call.target, call.value, call.data) for call in context.calls]

    def has_no_code(target: str) -> bool:
        return bool(session.request("eth_getCode", [target, "latest"]) == "0x")

    return idle_calls.notes_on(calls, session.wallet, context.names, has_no_code)


def with_gas(context: DecisionContext, gas: int, fee: int) -> DecisionContext:
    """Return the context with the operation's worst-case gas (gas, and wei per gas)."""
    return replace(context, operation=context.operation._replace(gas=gas, fee=fee), gas_known=True)


def what_if_of(session: BaseSession, start: DecisionContext) -> tuple[WhatIfMethod | None, WhatIfAnswer | None]:
    """Return a function that runs a context on the lab's EVM, and its answer for ``start``; None if no node can."""
    installed = session.installed

    def attempt(context: DecisionContext) -> WhatIfAnswer:
        whole = context.permissions == start.permissions and context.revoked == start.revoked
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
        }
        answer = session.request(TRY, [request])
        gas = None if answer["gas"] is None else int(answer["gas"], 16)
        denial = Denial.from_json(answer["denial"]) if answer.get("denial") else None
        return WhatIfAnswer(answer["phase"], answer["reason"], gas, int(answer["fee"], 16), denial)

    try:
        return attempt, attempt(start)
    except (RpcError, SessionlabError):  # the node lacks the method, or does not know this wallet
        return None, None


def _left(context: DecisionContext) -> tuple[str, ...]:
    after, amount = context.decision.remaining, context.names.amount
    return tuple(
        f"{amount(after[row.meter], unit_of(row.meter, context.rules))} of {permission.type}"
        for permission in context.permissions
        for row in permission.rows()
        if row.meter is not None and LIMITS[row.meter.kind].counts
    )
