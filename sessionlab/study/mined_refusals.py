"""Operations of a session that were mined and failed, no matter who sent them: the chain and the node tell of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.abi_words import address_word
from sessionlab.core.client.refused import RefusedOperation
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.gas import Gas
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.erc4337.wallet_encoding import entity_of, read_calls
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.operation import CALL_SELECTORS

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession

#: Of an operation that a sponsor paid for: the chain keeps no gas policy's id.
UNKNOWN_POLICY = ""
LIMITS = {"call": "callGasLimit", "verification": "verificationGasLimit", "pre_verification": "preVerificationGas"}
FEES = {"max_fee": "maxFeePerGas", "max_priority_fee": "maxPriorityFeePerGas"}


def mined_refusals(session: BaseSession) -> Iterator[RefusedOperation]:
    """Yield the session's failed operations that are on the chain, oldest first, without those that it sent itself.

    An endpoint that does not say why an operation failed is not asked further: nothing is made up.
    """
    own = {refused.block for refused in session.refusals()}
    event = artifact("EntryPoint").event("UserOperationEvent")
    topics = ["0x" + event.topic.hex(), None, "0x" + address_word(session.wallet).hex()]
    query = {"address": ENTRY_POINT, "topics": topics, "fromBlock": "0x0", "toBlock": "latest"}
    chain_id = session._api.chain_id.to_bytes(32, "big").hex()
    for log in session.request("eth_getLogs", [query]):
        facts, block = event.decode_log(log), int(log["blockNumber"], 16)
        if facts["success"] or entity_of(facts["nonce"]) != session.entity_id or block in own:
            continue
        digest = log["topics"][1]
        status = session.request("wallet_getCallsStatus", ["0x" + chain_id + digest[2:]])
        if status.get("denial"):
            sent = session.request("eth_getUserOperationByHash", [digest])["userOperation"]
            yield _refused(session, Denial.from_json(status["denial"]), sent, block)


def _refused(session: BaseSession, denial: Denial, sent: Mapping[str, Any], block: int) -> RefusedOperation:
    gas = Gas(**{name: int(sent[field], 16) for name, field in (LIMITS | FEES).items()})
    data = bytes.fromhex(sent["callData"][2:]).removeprefix(EXECUTE_USER_OP)
    calls = [Call(session.wallet, data=data)] if data and data[:4] not in CALL_SELECTORS else read_calls(data)
    policy_id = None if sent.get("paymaster") is None else UNKNOWN_POLICY
    return RefusedOperation(session.id, denial, tuple(calls), policy_id, gas, gas, block, None)
