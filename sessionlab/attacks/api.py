"""Attacks on the Wallet API: malformed requests, and operations that use other people's sessions."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import INCREMENT
from sessionlab.core.base import rpc_codes
from sessionlab.core.base.addresses import ZERO_HASH
from sessionlab.core.permissions import ContractAccess

if TYPE_CHECKING:
    from sessionlab.attacks.attack_lab import AttackLab
    from sessionlab.study.facade import Lab

#: Expected error codes: malformed or unknown requests; unsupported capability, wrong chain, unknown call id; refused
#: by the rules (ERC-7769); refused by the node.
CODES = (
    *(rpc_codes.PARSE_ERROR, rpc_codes.INVALID_REQUEST, rpc_codes.UNKNOWN_METHOD, rpc_codes.INVALID_PARAMS),
    *(rpc_codes.UNSUPPORTED_CAPABILITY, rpc_codes.WRONG_CHAIN, rpc_codes.UNKNOWN_CALL_ID),
    *range(rpc_codes.PAYMASTER_DEPOSIT_TOO_LOW, rpc_codes.REJECTED + 1),
    *(rpc_codes.EXECUTION_REVERTED, rpc_codes.REFUSED, rpc_codes.REVERTED),
)
BODIES = (
    *(b"", b"{", b"\xff", b"[]", b"null", b"7", b'"wallet_sendPreparedCalls"', b"[" * 10_000, b"1" * 5_000),
    *(b'{"id":1,"id":2}', b'{"id":NaN}', b'{"id":1,"method":7}', b'{"id":[],"method":"eth_chainId"}'),
    b'{"id":1,"method":"wallet_stealEverything"}',
)
WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    2**256,
    "",
    "0x",
    "0xzz",
    "\ud800",
    ZERO_HASH,
    [],
    {},
    [[]],
    {"": None},
)


@attack("api", holds="the address of somebody's Wallet API", gain="another's session", source="any API without a check")
def api_fuzz(attack_lab: AttackLab) -> str:
    """Malformed JSON-RPC, wrong types, unknown ids, sessions without a signature, and those of other people."""
    from sessionlab.study.facade import Lab

    lab = Lab(attack_lab.rules)
    requests = _good(lab)
    asked = [*BODIES, *(body(method, params) for method, good in requests.items() for params in _spoiled(good))]
    asked += [body("wallet_sendPreparedCalls", [params]) for params in _of_others(lab)]
    return next((got for item in asked if (got := answered(attack_lab, lab, item))), "")


def answered(attack_lab: AttackLab, lab: Lab, asked: bytes) -> str:
    """Send a request; return its effect on the chain or the unexpected server error in words, or an empty text."""
    from sessionlab.server.request_handler import RequestHandler

    before = lab.chain.state_root, lab.chain.height
    reply = json.loads(RequestHandler(lab, None, lambda _: None).answer(asked) or b"{}")
    code = reply.get("error", {}).get("code")
    if code is not None:
        attack_lab.stopped.append(("request", f"error {code}"))
    if (lab.chain.state_root, lab.chain.height) != before:
        return f"block {lab.chain.height}: {asked[:200]!r}"
    return f"error {code}: {asked[:200]!r}" if code is not None and code not in CODES else ""


def body(method: str, params: Any) -> bytes:
    """Encode a JSON-RPC request."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


def _spoiled(good: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Yield the params with each member replaced by every value in ``WRONG``, and with each member removed."""
    for path in _members(good):
        for wrong in WRONG:
            yield [_changed(good, path, wrong)]
        yield [_changed(good, path)]


def _members(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _members(inner, (*path, key))


def _changed(good: Mapping[str, Any], path: tuple[Any, ...], *wrong: Any) -> Any:
    result: Any = copy.deepcopy(good)
    index = result
    for step in path[:-1]:
        index = index[step]
    if wrong:
        index[path[-1]] = wrong[0]
    else:
        del index[path[-1]]
    return result


def _good(lab: Lab) -> dict[str, dict[str, Any]]:
    """Return params by method for a wallet with a granted, unused session. Sent unchanged, none changes the chain."""
    from sessionlab.core.base.keys import new_key
    from sessionlab.core.erc4337.call import Call

    wallet = lab.wallet()
    session = wallet.grant_permissions([ContractAccess(address=lab.counter)], key=new_key(1))
    prepared = session.prepare_calls([Call(to=lab.counter, data=INCREMENT)])
    stolen = {"type": "secp256k1", "data": "0x" + new_key(7).sign_hash(b"\1" * 32).hex()}
    permissions = {"permissions": {"context": session.context}}
    sent = {key: prepared[key] for key in ("type", "chainId", "data")}
    return {
        "wallet_createSession": {
            "account": wallet.address,
            "chainId": hex(lab.chain.chain_id),
            "expirySec": lab.now + 3_600,
            "key": {"type": "secp256k1", "publicKey": new_key(7).address},
            "permissions": [{"type": "contract-access", "data": {"address": lab.counter}}],
        },
        "wallet_prepareCalls": {
            "from": wallet.address,
            "chainId": hex(lab.chain.chain_id),
            "calls": [{"to": lab.counter, "value": "0x0", "data": "0x" + INCREMENT.hex()}],
            "capabilities": permissions,
        },
        "wallet_sendPreparedCalls": {**sent, "signature": stolen, "capabilities": permissions},
    }


def _of_others(lab: Lab) -> Iterator[dict[str, Any]]:
    """Yield signed operations, each under the context of a session that the sender may not use."""
    from sessionlab.core.base.keys import new_key
    from sessionlab.core.erc4337.call import Call

    mine, thiefs = lab.wallet(), lab.wallet()
    session = mine.grant_permissions([ContractAccess(address=lab.counter)], key=new_key(1))
    other = thiefs.grant_permissions([ContractAccess(address=lab.counter)], key=new_key(2))
    calls = [Call(to=lab.counter, data=INCREMENT)]
    honest = session.sign_prepared_calls(session.prepare_calls(calls))
    own = other.sign_prepared_calls(other.prepare_calls(calls))
    unsigned = "0x00" + session.context[4:36] + "00" * 64 + "1b"
    for signed, context in (
        (own, session.context),
        (honest, other.context),
        (honest, unsigned),
        (honest, "0x00" + "ab" * 16 + session.context[36:]),
        ({**honest, "signature": own["signature"]}, session.context),
        ({**honest, "data": own["data"]}, session.context),
        ({**honest, "data": own["data"]}, other.context),
    ):
        yield {**signed, "capabilities": {"permissions": {"context": context}}}
