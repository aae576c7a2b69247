"""Record a session over JSON-RPC only: the EntryPoint's events, the bundles' inputs, the block times.

A refusal in validation leaves nothing on the chain. The client keeps the refusals that it saw, each with the block
that would have been next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.core.base.abi_words import address_word, word
from sessionlab.core.client.refused import Judged, RefusedOperation
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions.policy import Policy, install
from sessionlab.core.permissions.rows import rows
from sessionlab.study.recording.charged_operations import EVENT, ChainReader, ChargedOperation, entity_of, topic
from sessionlab.study.recording.recording import EXECUTION, OK, RecordedOperation, Recording

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession


def _gas_of(denial: Denial, fee: int) -> int | None:
    """Return the gas requested by an operation that gas-limit refused in simulation."""
    if denial.permission != "gas-limit" or not isinstance(denial.asked, int):
        return None
    return denial.asked if denial.unit == "gas" else denial.asked // fee


def record(session: BaseSession) -> Recording:
    """Return the session's operations, oldest first, with the off-chain refusals that its client saw.

    Raises ChainError if a bundle cannot be read, because a step would silently be missing.
    """
    chain = ChainReader(session.request)
    policy, _ = install(rows(session.permissions), wallet=session.wallet, rules=session.rules)
    placed = _included(chain, session.wallet, session.entity_id)
    for number, refusal in enumerate(session.refusals()):
        if refusal.judged is not None and _is_ours(chain, refusal.judged):
            # Place refusals before the block they would have been in, in the order in which they happened.
            placed.append(((refusal.judged.block, -1, number), _unsent_step(refusal, refusal.judged, policy)))
    return Recording(
        wallet=session.wallet,
        permissions=session.permissions,
        expiry_sec=session.expiry_sec,
        rules=session.rules,
        steps=tuple(step for _, step in sorted(placed, key=lambda pair: pair[0])),
        revoked=_revocation(chain, session.wallet, session.entity_id),
        names=session.names,
    )


def _is_ours(chain: ChainReader, judged: Judged) -> bool:
    """Whether it happened on this chain and was not reverted since."""
    parent = chain.block(hex(judged.block - 1))
    return parent is not None and parent["hash"] == judged.parent


def _revocation(chain: ChainReader, wallet: str, entity_id: int) -> int | None:
    """Return when the owner revoked the session, in Unix seconds; None if never."""
    topics = [topic("SessionWallet", "SessionRevoked"), "0x" + word(entity_id).hex()]
    query = {"address": wallet, "topics": topics, "fromBlock": "0x0", "toBlock": "latest"}
    logs = chain.request("eth_getLogs", [query])
    return chain.time(logs[-1]["blockNumber"]) if logs else None


Place = tuple[int, int, int]
"""Block, transaction and log: where in the history something is."""


def _included(chain: ChainReader, wallet: str, entity_id: int) -> list[tuple[Place, RecordedOperation]]:
    events = artifact("EntryPoint").events
    query = {
        "address": ENTRY_POINT,
        "topics": [
            [topic("EntryPoint", name) for name in (EVENT, "UserOperationRevertReason", "PostOpRevertReason")],
            None,
            "0x" + address_word(wallet).hex(),
        ],
        "fromBlock": "0x0",
        "toBlock": "latest",
    }
    result: list[tuple[Place, RecordedOperation]] = []
    reasons: dict[str, str] = {}
    for log in chain.request("eth_getLogs", [query]):
        event = events[bytes.fromhex(log["topics"][0][2:])]
        facts = event.decode_log(log)
        if event.name != EVENT:
            reasons[log["topics"][1]] = decode_revert(facts["revertReason"]).innermost.reason
        elif entity_of(facts["nonce"]) == entity_id:
            reason = None if facts["success"] else reasons.get(log["topics"][1], decode_revert(b"").reason)
            index = (int(log["blockNumber"], 16), int(log["transactionIndex"], 16), int(log["logIndex"], 16))
            result.append((index, _step(chain.operation(log), reason)))
    return result


def _step(mined: ChargedOperation, reason: str | None) -> RecordedOperation:
    operation = mined.operation
    return RecordedOperation(
        time=mined.time,
        block=mined.block,
        call_data=operation.call_data,
        gas=operation.verification_gas_limit + operation.call_gas_limit + operation.pre_verification_gas,
        fee=operation.max_fee_per_gas,
        sponsored=operation.paymaster is not None,
        is_global=bool(operation.nonce >> 64 & account.GLOBAL_NONCE_KEY),
        phase=OK if reason is None else EXECUTION,
        reason=reason,
    )


def _unsent_step(operation: RefusedOperation, judged: Judged, policy: Policy) -> RecordedOperation:
    fee = judged.fee if operation.gas.max_fee is None else operation.gas.max_fee
    gas = _gas_of(operation.denial, fee) if operation.gas.total is None else operation.gas.total
    return RecordedOperation(
        time=judged.time,
        block=None,
        call_data=account.call_data(operation.calls, wallet=policy.wallet, wrapped=policy.limits_spending),
        gas=gas or 0,
        fee=fee,
        sponsored=operation.policy_id is not None,
        is_global=policy.is_root,
        phase=operation.denial.phase,
        reason=operation.denial.code,
        gas_known=gas is not None,
    )
