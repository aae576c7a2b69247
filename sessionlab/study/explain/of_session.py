"""A session's own questions: would this pass (``check``), and why (``explain``). Reads over JSON-RPC alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionlab.core.base.errors import RpcError, SessionlabError
from sessionlab.core.client.call import Call, read_calls
from sessionlab.core.denials.denial import Denial, OperationRefused
from sessionlab.core.permissions.kinds import GAS, LIMITS, kind_of_error, unit_of
from sessionlab.core.permissions.operation import operation_of, plain_call
from sessionlab.core.permissions.rows import limits_of
from sessionlab.study.explain.client_operation import client_operation
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.explain.explanation import Explanation, explain
from sessionlab.study.explain.refusal import denial_of
from sessionlab.study.explain.remedies import Attempt, Attempted
from sessionlab.study.explain.sending import call_data_of

if TYPE_CHECKING:
    from sessionlab.core.client.refused import RefusedOperation
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.session_reader import SessionReader
    from sessionlab.core.erc4337.wallet_encoding import RawCall

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
    situation = situation_of(session, calls, sponsored=policy_id is not None)
    if situation.decision.accepted and not situation.gas_known:
        try:
            prepared = session.prepare_calls(calls)["data"]
        except OperationRefused as refused:
            return Check(refused.denial, ())
        names = ("verificationGasLimit", "callGasLimit", "preVerificationGas")
        gas = sum(int(prepared[name], 16) for name in names)
        situation = with_gas(situation, gas, int(prepared["maxFeePerGas"], 16))
    denial = denial_of(situation)
    return Check(denial, () if denial else _left(situation))


def explain_calls(session: BaseSession, calls: Sequence[Call], *, policy_id: str | None = None) -> Explanation:
    """Explain what these calls would meet."""
    situation = situation_of(session, calls, sponsored=policy_id is not None)
    attempt, got = attempt_of(session, situation)
    if got is None or not situation.decision.accepted:
        return explain(situation, None, attempt)
    if got.gas is not None:
        situation = with_gas(situation, got.gas, got.fee)
    if got.phase == "ok" or not situation.decision.accepted:
        return explain(situation, None, attempt)
    # The rules let it pass, and something else does not: what that is, the node says.
    try:
        session.prepare_calls(calls, policy_id=policy_id)
    except OperationRefused as refused:
        return explain(situation, refused.denial, attempt)
    return explain(situation, None, attempt)


def explain_denial(session: BaseSession, situation: DecisionContext, denial: Denial, *, sent: bool) -> Explanation:
    """Explain a refusal that happened, with the situation as it was then. ``sent``: it is on the chain."""
    if kind_of_error(denial.code, denial.phase) is GAS.kind and isinstance(denial.asked, int):
        in_gas = situation.rules.gas_limit_counts_gas
        situation = with_gas(situation, denial.asked, 0 if in_gas else 1)
    return replace(explain(situation, denial, attempt_of(session, situation)[0]), sent=sent)


def situation_of_refused(session: BaseSession, refused: RefusedOperation) -> DecisionContext | None:
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
            number, now = (refused.block or 1) - 1, session.books.time(refused.block)
        return _situation(session, refused.calls, session.books.at(number), now, sponsored=refused.sponsored)
    except (RpcError, SessionlabError):  # a node whose wallets have no views of sessions, or that keeps no old state
        return None


def situation_of(session: BaseSession, calls: Sequence[Call], *, sponsored: bool) -> DecisionContext:
    """The session as the chain has it now, and the operation that these calls become."""
    return _situation(session, read_calls(calls), session.books, session.now, sponsored=sponsored)


def _situation(
    session: BaseSession,
    calls: Sequence[Call | RawCall],
    books: SessionReader,
    now: int,
    *,
    sponsored: bool,
) -> DecisionContext:
    found = [plain_call(call.to, call.value, call.data) for call in calls]
    situation = DecisionContext(
        wallet=session.wallet,
        permissions=session.permissions,
        left=books.unused,
        operation=operation_of(found),  # until the policy is known
        now=now,
        valid_until=session.expiry_sec or 0,
        rules=session.rules,
        names=session.names,
        revoked=books.revoked,
        gas_known=sponsored or GAS not in limits_of(session.permissions),
    )
    return replace(situation, operation=client_operation(found, situation.policy, sponsored=sponsored))


def with_gas(situation: DecisionContext, gas: int, fee: int) -> DecisionContext:
    """The situation with the operation's worst case of gas (gas, and wei per gas)."""
    return replace(situation, operation=situation.operation._replace(gas=gas, fee=fee), gas_known=True)


def attempt_of(session: BaseSession, start: DecisionContext) -> tuple[Attempt | None, Attempted | None]:
    """What runs a changed situation on the lab's EVM, and what came of the first; None where no node does that."""
    installed = session.installed

    def attempt(situation: DecisionContext) -> Attempted:
        whole = situation.permissions == start.permissions and situation.revoked == start.revoked
        request = {
            "from": situation.wallet,
            "rows": [
                {"kind": int(r.kind), "target": r.target, "selector": "0x" + r.selector.hex(), "amount": hex(r.amount)}
                for r in situation.standing
            ],
            "callData": "0x" + call_data_of(situation.operation).hex(),
            "time": hex(situation.now),
            "validAfter": hex(situation.valid_after),
            "validUntil": hex(situation.valid_until),
            # A changed session is a new one: its first operation brings its install.
            "installed": installed and whole,
            "entityId": hex(session.entity_id),
            "byOwner": situation.by_owner,
            "sponsored": situation.operation.sponsored,
        }
        answer = session.request(TRY, [request])
        gas = None if answer["gas"] is None else int(answer["gas"], 16)
        return Attempted(answer["phase"], answer["reason"], gas, int(answer["fee"], 16))

    try:
        return attempt, attempt(start)
    except (RpcError, SessionlabError):  # a node that has no such method, or does not know this wallet
        return None, None


def _left(situation: DecisionContext) -> tuple[str, ...]:
    after, amount = situation.decision.remaining, situation.names.amount
    return tuple(
        f"{amount(after[row.meter], unit_of(row.meter, situation.rules))} of {permission.type}"
        for permission in situation.permissions
        for row in permission.rows()
        if row.meter is not None and LIMITS[row.meter.kind].counts
    )
