"""Turn a request and its answer into an entry of the operation log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import RpcError, SessionlabError
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.wallet_encoding import read_calls
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.operation import plain_call
from sessionlab.node.geth_words import reason_of
from sessionlab.server.operation_log import DONE, FAILED, REFUSED, LoggedDecision, LoggedOperation, redact
from sessionlab.study.explain.decoding import describe

if TYPE_CHECKING:
    from sessionlab.core.erc4337.bundler import MinedOperation
    from sessionlab.core.erc4337.user_operation import UserOperation
    from sessionlab.study.facade import Lab

#: Methods that send an operation; they are logged even when they succeed. All of JUDGING are logged when refused.
SENDING = ("wallet_sendPreparedCalls", "eth_sendUserOperation")
JUDGING = ("wallet_prepareCalls", "eth_estimateUserOperationGas", "wallet_createSession", *SENDING)
#: Methods that mine what waits in a strict bundler's mempool.
BUNDLING = ("debug_bundler_sendBundleNow", "debug_bundler_setBundlingMode")
#: Methods that send a transaction and return its hash or its receipt.
TRANSACTIONS = (
    *("eth_sendTransaction", "eth_sendRawTransaction", "eth_sendRawTransactionSync", "eth_sendUnsignedTransaction"),
)
#: Maximum number of calls that are spelled out.
SHOWN_CALLS = 4
ENTITY_BITS = 72  # low bits of a nonce, below the entity id: sequence and flags
SESSION_ID_END = 2 + 2 * 17  # end of the id in a context's hex: 0x, version byte, 16-byte id


def decided(method: str, result: Any, error: RpcError) -> LoggedDecision:
    """Return a short record of a refusal."""
    data = error.data if isinstance(error.data, Mapping) else {}
    denial = data.get("denial")
    reason = denial.get("code") if isinstance(denial, Mapping) else data.get("rule")
    return LoggedDecision(REFUSED, error.code, str(reason) if reason else None)


def watch(
    lab: Lab, number: int, method: str, params: Any, result: Any, error: RpcError | None
) -> LoggedOperation | None:
    """Return the operation that a request concerns; None if there is none or it was only prepared."""
    if method not in JUDGING or (error is None and method not in SENDING):
        return None
    request = params[0] if isinstance(params, list) and params and isinstance(params[0], dict) else {}
    seen: dict[str, Any] = {"number": number, "time": lab.now, "method": method}
    if error is not None:
        sentence, fix, denial = _words(error)
        return LoggedOperation(
            wallet=_wallet(request),
            session=_session(request),
            calls=_in_words(lab, _wallet(request), _calls(request)),
            decision=decided(method, None, error),
            sentence=redact(sentence),
            fix=redact(fix),
            denial=denial,
            **seen,
        )
    if isinstance(result, Mapping) and result["details"]["type"] == "delegation":
        return None  # an EIP-7702 authorization alone is not an operation
    if lab.bundler.pending(_digest(result)) is not None:
        return None  # it waits in the mempool, and nothing came of it yet
    before = isinstance(result, Mapping) and bool(result.get("denial"))
    return _of_mined(lab, lab.bundler.mined(_digest(result)), seen, sent_before=before)


def bundled(lab: Lab, number: int, method: str, height: int) -> list[LoggedOperation]:
    """Return what waited and is mined now, oldest first: the operations of blocks above this height."""
    mined = [item for item in lab.bundler.included() if item.receipt.block_number > height]
    return [
        _of_mined(lab, item, {"number": each, "time": lab.now, "method": method}, sent_before=False)
        for each, item in enumerate(mined, number)
    ]


def mined_as(lab: Lab, method: str, result: Any) -> LoggedDecision | None:
    """Return what became of a transaction that was sent, in words; None for any other request."""
    if method not in TRANSACTIONS or result is None:
        return None
    receipt = lab.chain.receipt(result["transactionHash"] if isinstance(result, Mapping) else result)
    told = f"{receipt.transaction_hash[:10]}… in block {receipt.block_number:,}, {receipt.gas_used:,} gas"
    if receipt.status == 1:
        return LoggedDecision(DONE, told=told)
    reason = reason_of(receipt.output)
    return LoggedDecision(FAILED, told=redact(f"{told}, reverted{f': {reason}' if reason else ''}"[:200]))


def _of_mined(lab: Lab, mined: MinedOperation, seen: dict[str, Any], *, sent_before: bool) -> LoggedOperation:
    denial, operation = lab.api.denial_of(mined), mined.operation
    done = LoggedDecision(DONE, None, "sent_before" if sent_before else None)
    return LoggedOperation(
        wallet=operation.sender,
        session=_session_of(lab, operation),
        calls=_in_words(lab, operation.sender, lab.api.calls_of(operation)),
        decision=LoggedDecision(FAILED, None, denial.code) if denial else done,
        sentence=denial.sentence if denial else "",
        fix=denial.fix if denial else "",
        denial=denial,
        gas=mined.included.gas_used,
        digest=mined.included.operation_hash.hex(),
        **seen,
    )


def _session_of(lab: Lab, operation: UserOperation) -> str | None:
    """Return the session whose nonce key the operation uses; None for the owner."""
    entity_id = operation.nonce >> ENTITY_BITS & (2**32 - 1)
    session = lab.api.records.session_at(operation.sender, entity_id)
    return session.id if session else None


def _digest(result: Any) -> bytes:
    """Return the hash of a sent operation: the result itself, or the second half of a call id."""
    text = result if isinstance(result, str) else result["id"]
    return bytes.fromhex(text[2:])[-32:]


def _words(error: RpcError) -> tuple[str, str, Denial | None]:
    data = error.data if isinstance(error.data, Mapping) else {}
    if isinstance(data.get("denial"), Mapping):
        denial = Denial.from_json(data["denial"])
        return denial.sentence, denial.fix, denial
    fix = str(data.get("fix") or "")
    return str(data.get("message") or error.message), fix[:1].upper() + fix[1:], None


def _session(request: Mapping[str, Any]) -> str | None:
    capabilities = request.get("capabilities")
    permissions = capabilities.get("permissions") if isinstance(capabilities, Mapping) else None
    if not isinstance(permissions, Mapping):
        return None
    context = permissions.get("context")
    if isinstance(context, str):  # leave out the signature after the id
        return "0x" + context[4:SESSION_ID_END].lower()
    result = permissions.get("sessionId")
    return result[:34].lower() if isinstance(result, str) else None


def _wallet(request: Mapping[str, Any]) -> str:
    data = request.get("data")
    places = (request.get("from"), request.get("account"), request.get("sender"))
    result = data.get("sender") if isinstance(data, Mapping) else None
    return next((text for text in (*places, result) if isinstance(text, str) and len(text) == 42), "")


def _calls(request: Mapping[str, Any]) -> Sequence[Call]:
    """Return the calls of a refused request, as far as they can be read."""
    try:
        if isinstance(request.get("calls"), list):
            return [
                Call(call["to"], int(call.get("value") or "0x0", 16), bytes.fromhex((call.get("data") or "0x")[2:]))
                for call in request["calls"]
            ]
        prepared = request.get("data")
        data = prepared if isinstance(prepared, Mapping) else request
        return read_calls(bytes.fromhex(data["callData"][2:]).removeprefix(EXECUTE_USER_OP))
    except (ValueError, TypeError, KeyError, AttributeError, SessionlabError):
        return ()


def _in_words(lab: Lab, wallet: str, calls: Sequence[Call]) -> tuple[str, ...]:
    result = []
    for call in calls[:SHOWN_CALLS]:
        try:
            result.append(describe(plain_call(call.to, call.value, call.data), lab.names, wallet))
        except SessionlabError:
            result.append("a call that cannot be read")
    more = len(calls) - SHOWN_CALLS
    return (*result, f"and {more} more") if more > 0 else tuple(result)
