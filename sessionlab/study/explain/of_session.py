"""A session's own questions: would this pass (``check``), and why (``explain``). Reads over JSON-RPC alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionlab.core.base.errors import RpcError, SessionlabError
from sessionlab.core.denials.denial import Denial, OperationRefused
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.permissions.limits import GAS, LIMITS, kind_of_error, unit_of
from sessionlab.core.permissions.operation import operation_of, plain_call
from sessionlab.core.permissions.rows import limits_of
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
    """What the rules say before anything is sent. True if they let the operation pass."""

    denial: Denial | None
    #: What would be left of each allowance, in words.
    left: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the operation would pass; the called contracts may still refuse."""
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
        return f"<Check: would pass; left then: {', '.join(self.left) or 'nothing is counted'}>"


def check(session: BaseSession, calls: Sequence[Call], *, policy_id: str | None = None) -> Check:
    """Decide by the rules, with what is left on the chain now. Where gas is counted, the node is asked how much."""
    context = context_of_calls(session, calls, sponsored=policy_id is not None)
    if context.decision.accepted and not context.gas_known:
        try:
            prepared = session.prepare_calls(calls)["data"]
        except OperationRefused as refused:
            return Check(refused.denial, ())
        names = ("verificationGasLimit", "callGasLimit", "preVerificationGas")
        gas = sum(int(prepared[name], 16) for name in names)
        context = with_gas(context, gas, int(prepared["maxFeePerGas"], 16))
    denial = denial_of(context)
    return Check(denial, () if denial else _left(context))


def explain_calls(session: BaseSession, calls: Sequence[Call], *, policy_id: str | None = None) -> Explanation:
    """Explain what these calls would meet."""
    context = context_of_calls(session, calls, sponsored=policy_id is not None)
    attempt, got = what_if_of(session, context)
    if got is None or not context.decision.accepted:
        return explain(context, None, attempt)
    if got.gas is not None:
        context = with_gas(context, got.gas, got.fee)
    if got.phase == "ok" or not context.decision.accepted:
        return explain(context, None, attempt)
    # The rules let it pass, and something else does not: what that is, the node says.
    try:
        session.prepare_calls(calls, policy_id=policy_id)
    except OperationRefused as refused:
        return explain(context, refused.denial, attempt)
    return explain(context, None, attempt)


def explain_denial(session: BaseSession, context: DecisionContext, denial: Denial, *, sent: bool) -> Explanation:
    """Explain a refusal that happened, with the situation as it was then. ``sent``: it is on the chain."""
    if kind_of_error(denial.code, denial.phase) is GAS.kind and isinstance(denial.asked, int):
        in_gas = context.rules.gas_limit_counts_gas
        context = with_gas(context, denial.asked, 0 if in_gas else 1)
    return replace(explain(context, denial, what_if_of(session, context)[0]), sent=sent)


def context_of_refused(session: BaseSession, refused: RefusedOperation) -> DecisionContext | None:
    """The situation in which an operation was refused, read from the chain as it was then; None if it cannot be read.

    An operation on the chain met what the block before its own had left.
    """
    try:
        if refused.judged is not None:
            block = session.request("eth_getBlockByNumber", [hex(refused.judged.block - 1), False])
            if block is None or block["hash"] != refused.judged.parent:
                return None  # the chain went back to before it
            number, now = refused.judged.block - 1, refused.judged.time
        else:
            number, now = (refused.block or 1) - 1, session.reader.time(refused.block)
        return _context(session, refused.calls, session.reader.at(number), now, sponsored=refused.sponsored)
    except (RpcError, SessionlabError):  # a node whose wallets have no views of sessions, or that keeps no old state
        return None


def context_of_calls(session: BaseSession, calls: Sequence[Call], *, sponsored: bool) -> DecisionContext:
    """The session as the chain has it now, and the operation that these calls become."""
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
        operation=operation_of(result),  # until the policy is known
        now=now,
        valid_until=session.expiry_sec or 0,
        rules=session.rules,
        names=session.names,
        revoked=reader.revoked,
        gas_known=sponsored or GAS not in limits_of(session.permissions),
    )
    return replace(context, operation=client_operation(result, context.policy, sponsored=sponsored))


def with_gas(context: DecisionContext, gas: int, fee: int) -> DecisionContext:
    """The situation with the operation's worst case of gas (gas, and wei per gas)."""
    return replace(context, operation=context.operation._replace(gas=gas, fee=fee), gas_known=True)


def what_if_of(session: BaseSession, start: DecisionContext) -> tuple[WhatIfMethod | None, WhatIfAnswer | None]:
    """What runs a changed situation on the lab's EVM, and what came of the first; None where no node does that."""
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
            # A changed session is a new one: its first operation brings its install.
            "installed": installed and whole,
            "entityId": hex(session.entity_id),
            "byOwner": context.by_owner,
            "sponsored": context.operation.sponsored,
        }
        answer = session.request(TRY, [request])
        gas = None if answer["gas"] is None else int(answer["gas"], 16)
        return WhatIfAnswer(answer["phase"], answer["reason"], gas, int(answer["fee"], 16))

    try:
        return attempt, attempt(start)
    except (RpcError, SessionlabError):  # a node that has no such method, or does not know this wallet
        return None, None


def _left(context: DecisionContext) -> tuple[str, ...]:
    after, amount = context.decision.remaining, context.names.amount
    return tuple(
        f"{amount(after[row.meter], unit_of(row.meter, context.rules))} of {permission.type}"
        for permission in context.permissions
        for row in permission.rows()
        if row.meter is not None and LIMITS[row.meter.kind].counts
    )
