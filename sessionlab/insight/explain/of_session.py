"""A session's own questions: would this pass (``check``), and why (``explain``). Reads over JSON-RPC alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionlab.call import Call, read_calls
from sessionlab.chain.rpc import RpcError
from sessionlab.errors import SessionlabError
from sessionlab.insight.denial import Denial, OperationRefused
from sessionlab.insight.explain.explanation import Explanation, explain
from sessionlab.insight.explain.refusal import denial_of
from sessionlab.insight.explain.remedies import Attempt, Attempted
from sessionlab.insight.explain.sending import call_data_of
from sessionlab.insight.explain.situation import Situation
from sessionlab.permissions.kinds import GAS, LIMITS, kind_of_error, unit_of
from sessionlab.permissions.operation import operation_of, plain_call, read_operation
from sessionlab.permissions.rows import limits_of

if TYPE_CHECKING:
    from sessionlab.session import Session

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


def check(session: Session, calls: Sequence[Call], *, policy_id: str | None = None) -> Check:
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


def explain_calls(session: Session, calls: Sequence[Call], *, policy_id: str | None = None) -> Explanation:
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


def explain_denial(session: Session, situation: Situation, denial: Denial, *, sent: bool) -> Explanation:
    """Explain a refusal that happened, with the situation as it was then. ``sent``: it is on the chain."""
    if kind_of_error(denial.code, denial.phase) is GAS.kind and isinstance(denial.asked, int):
        in_gas = situation.rules.gas_limit_counts_gas
        situation = with_gas(situation, denial.asked, 0 if in_gas else 1)
    return replace(explain(situation, denial, attempt_of(session, situation)[0]), sent=sent)


def situation_of(session: Session, calls: Sequence[Call], *, sponsored: bool, block: int | None = None) -> Situation:
    """The session as the chain has it now, and the operation that these calls become.

    ``block``: the one that included the operation, which met what the block before it had left.
    """
    books = session.books if block is None else session.books.at(block - 1)
    found = [plain_call(call.to, call.value, call.data) for call in read_calls(calls)]
    situation = Situation(
        wallet=session.wallet,
        permissions=session.permissions,
        left=books.unused,
        operation=operation_of(found, sponsored=sponsored),
        now=books.time(block),
        valid_until=session.expiry_sec or 0,
        rules=session.rules,
        names=session.names,
        revoked=books.revoked,
        gas_known=sponsored or GAS not in limits_of(session.permissions),
    )
    wrapped = situation.policy.limits_spending
    operation = situation.operation._replace(wrapped=wrapped, is_global=situation.policy.is_root)
    if len(found) == 1 and found[0].target == session.wallet.lower():
        bare = read_operation(found[0].data)
        operation = operation._replace(
            selector=bare.selector, calls=bare.calls, fault=bare.fault, own_data=bare.own_data
        )
    return replace(situation, operation=operation)


def with_gas(situation: Situation, gas: int, fee: int) -> Situation:
    """The situation with the operation's worst case of gas (gas, and wei per gas)."""
    return replace(situation, operation=situation.operation._replace(gas=gas, fee=fee), gas_known=True)


def attempt_of(session: Session, start: Situation) -> tuple[Attempt | None, Attempted | None]:
    """What runs a changed situation on the lab's EVM, and what came of the first; None where no node does that."""
    installed = session.installed

    def attempt(situation: Situation) -> Attempted:
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


def _left(situation: Situation) -> tuple[str, ...]:
    after, amount = situation.decision.remaining, situation.names.amount
    return tuple(
        f"{amount(after[row.meter], unit_of(row.meter, situation.rules))} of {permission.type}"
        for permission in situation.permissions
        for row in permission.rows()
        if row.meter is not None and LIMITS[row.meter.kind].counts
    )
