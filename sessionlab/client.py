"""The Python SDK: the owner's side and the session's side of a smart wallet. It speaks JSON-RPC and nothing else.

    wallet = SmartWalletClient(provider, owner)
    session = wallet.grant_permissions([NativeTokenTransfer(allowance=ether(1)), ...], expiry_sec=...)
    session.send_calls([Call(to=merchant, value=ether("0.3"))])

A provider is anything with ``request(method, params)`` that returns the result or raises RpcError: the lab's own
API in this process, or the same methods behind a URL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sessionlab import account
from sessionlab.account import RawCall
from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.chain.rpc import RpcError
from sessionlab.erc4337 import gas
from sessionlab.errors import InvalidInput
from sessionlab.insight.denial import Denial, OperationRefused
from sessionlab.insight.names import Names
from sessionlab.insight.outcome import Outcome
from sessionlab.keys import Key, new_key
from sessionlab.permissions.functions import selector
from sessionlab.permissions.grant import check_expiry_unit
from sessionlab.permissions.reading import permissions_from_json, permissions_to_json
from sessionlab.permissions.types import Permission
from sessionlab.session import Session
from sessionlab.wallet_api.errors import raise_typed
from sessionlab.wire import quantity


class Provider(Protocol):
    """Where requests go."""

    def request(self, method: str, params: Any = None) -> Any:
        """The result of one JSON-RPC request. Raises RpcError."""


class Call:
    """One call of an operation. ``function`` and ``args`` are encoded; or give ``data`` itself.

    >>> Call(to="0x" + "11" * 20, function="transfer(address,uint256)", args=["0x" + "22" * 20, 5]).data[:4].hex()
    'a9059cbb'
    """

    __slots__ = ("data", "to", "value")

    def __init__(
        self,
        to: str,
        value: int = 0,
        data: bytes | str = b"",
        *,
        function: str | None = None,
        args: Sequence[Any] = (),
    ) -> None:
        self.to = checksum(address_bytes(getattr(to, "address", to), "to"))
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**256:
            raise InvalidInput(
                f"{value!r} is not an amount in wei.", field="value", asked=value, fix='use ether("0.3").'
            )
        if function is not None and data:
            fix = "leave one of them out."
            raise InvalidInput(
                "A call has data, or a function that makes it.", field="data", asked=str(data)[:40], fix=fix
            )
        self.value = value
        self.data = _data(data) if function is None else _encode(function, args)

    def __repr__(self) -> str:
        return f"<Call to {self.to}, {self.value} wei, {len(self.data)} bytes>"

    def to_json(self) -> dict[str, str]:
        """As wallet_prepareCalls takes it; what is zero or empty is left out."""
        found = {"to": self.to}
        if self.data:
            found["data"] = "0x" + self.data.hex()
        if self.value:
            found["value"] = hex(self.value)
        return found


@dataclass(frozen=True)
class Sender:
    """Who sends operations: a wallet, the key that signs them, and what goes into the capabilities."""

    provider: Provider
    wallet: str
    chain_id: int
    key: Key
    permissions: Mapping[str, Any] | None = None

    def prepare_calls(
        self, calls: Sequence[Call], *, policy_id: str | None = None, preflight: bool = True, lane: int = 0
    ) -> dict[str, Any]:
        """wallet_prepareCalls: the operation to sign. Raises OperationRefused if it would be refused.

        Without ``preflight`` it is prepared with fixed gas limits and nothing is rehearsed.
        """
        capabilities: dict[str, Any] = {}
        if self.permissions is not None:
            capabilities["permissions"] = dict(self.permissions)
        if policy_id is not None:
            capabilities["paymasterService"] = {"policyId": policy_id}
        if isinstance(lane, bool) or not isinstance(lane, int) or lane < 0:
            raise InvalidInput(f"{lane!r} is not a lane.", field="lane", asked=lane, fix="use 0, 1, 2, …")
        if lane:
            capabilities["nonceOverride"] = {"nonceKey": hex(lane)}
        if not preflight:
            capabilities["gasParamsOverride"] = {
                "callGasLimit": hex(gas.FIXED["call_gas_limit"]),
                "verificationGasLimit": hex(gas.FIXED["verification_gas_limit"]),
                "preVerificationGas": hex(gas.FIXED["pre_verification_gas"]),
            }
        request: dict[str, Any] = {
            "calls": [call.to_json() for call in _calls(calls)],
            "from": self.wallet,
            "chainId": hex(self.chain_id),
        }
        if capabilities:
            request["capabilities"] = capabilities
        prepared: dict[str, Any] = self.request("wallet_prepareCalls", [request])
        return prepared

    def sign_prepared_calls(self, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """Sign what was prepared: the hash of the operation as ``personal_sign`` (EIP-191)."""
        try:
            digest = bytes.fromhex(prepared["signatureRequest"]["data"]["raw"][2:])
            kept = {name: prepared[name] for name in ("type", "data", "chainId")}
        except (KeyError, TypeError, ValueError):
            fix = "sign what prepare_calls returned."
            raise InvalidInput("These are no prepared calls.", field="prepared", fix=fix) from None
        signature = "0x" + self.key.sign_message(digest).hex()
        return kept | {"signature": {"type": "secp256k1", "data": signature}}

    def send_prepared_calls(self, signed: Mapping[str, Any]) -> str:
        """wallet_sendPreparedCalls: returns the call id. Raises OperationRefused if validation fails."""
        if not isinstance(signed, Mapping):
            fix = "send what sign_prepared_calls returned."
            raise InvalidInput("These are no signed calls.", field="signed", fix=fix)
        request = dict(signed)
        if self.permissions is not None:
            request["capabilities"] = {"permissions": dict(self.permissions)}
        return str(self.request("wallet_sendPreparedCalls", [request])["id"])

    def get_calls_status(self, call_id: str) -> dict[str, Any]:
        """wallet_getCallsStatus: status 200 done, 500 undone."""
        status: dict[str, Any] = self.request("wallet_getCallsStatus", [call_id])
        return status

    def send_calls(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        lane: int = 0,
    ) -> Outcome:
        """Prepare, sign, send, and read the status. A refusal is an outcome, not an exception.

        Without ``preflight`` an operation that fails in execution gets onto the chain, and its gas is paid.
        """
        try:
            prepared = self.prepare_calls(calls, policy_id=policy_id, preflight=preflight, lane=lane)
            call_id = self.send_prepared_calls(self.sign_prepared_calls(prepared))
        except OperationRefused as refused:
            return Outcome(refused.denial, None)
        status = self.get_calls_status(call_id)
        denial = Denial.from_json(status["denial"]) if status.get("denial") else None
        return Outcome(denial, status["receipts"][0], call_id)

    def request(self, method: str, params: Any) -> Any:
        """One request; an error becomes the typed one that it stands for."""
        return _request(self.provider, method, params)


class SmartWalletClient:
    """The owner's side of one wallet."""

    def __init__(self, provider: Provider, owner: Key, *, salt: int = 0, names: Names | None = None) -> None:
        self.provider, self.owner = provider, owner
        self.names = names or Names()
        if not isinstance(owner, Key):
            raise InvalidInput("owner is not a Key.", field="owner", fix="make one with new_key().")
        if isinstance(salt, bool) or not isinstance(salt, int) or not 0 <= salt < 2**256:
            raise InvalidInput(f"{salt!r} is not a salt.", field="salt", asked=salt, fix="use 0, 1, 2, …")
        self.chain_id = int(_request(provider, "eth_chainId"), 16)
        hint = {"creationHint": {"salt": hex(salt)}} if salt else {}
        request = {"signerAddress": owner.address, **hint, "includeCounterfactualInfo": True}
        found = _request(provider, "wallet_requestAccount", [request])
        self.address = checksum(address_bytes(found["accountAddress"]))
        self._sender = Sender(provider, self.address, self.chain_id, owner)
        self._sessions: list[Session] = []
        self.prepare_calls = self._sender.prepare_calls
        self.sign_prepared_calls = self._sender.sign_prepared_calls
        self.send_prepared_calls = self._sender.send_prepared_calls
        self.get_calls_status = self._sender.get_calls_status
        self.send_calls = self._sender.send_calls

    def __repr__(self) -> str:
        return f"<SmartWallet {self.address}, owner {self.owner.address}, {len(self._sessions)} sessions>"

    def _repr_html_(self) -> str:
        from sessionlab.insight.cards import wallet_card

        return wallet_card(self)

    @property
    def balance(self) -> int:
        """Wei that the wallet holds."""
        return int(_request(self.provider, "eth_getBalance", [self.address, "latest"]), 16)

    def grant_permissions(
        self,
        permissions: Sequence[Permission | Mapping[str, Any]],
        *,
        expiry_sec: int | None = None,
        key: Key | None = None,
    ) -> Session:
        """Create a session and sign it as the owner. ``expiry_sec``: its last second, unix time; None: no end.

        Raises GrantRefused when the permissions break a grant rule, InvalidInput when a value is malformed;
        nothing has been signed then. The first operation of the session installs it.
        """
        found = _permissions(permissions)
        check_expiry_unit(expiry_sec)
        session_key = new_key() if key is None else key
        if not isinstance(session_key, Key):
            raise InvalidInput("key is not a Key.", field="key", fix="make one with new_key().")
        request = {
            "chainId": hex(self.chain_id),
            **({"expirySec": expiry_sec} if expiry_sec else {}),
            "key": {"type": "secp256k1", "publicKey": session_key.address},
            "permissions": permissions_to_json(found),
            "account": self.address,
        }
        answer = self._sender.request("wallet_createSession", [request])
        typed_data = answer["signatureRequest"]["data"]
        signature = self.owner.sign_typed_data(typed_data)
        context = "0x00" + answer["sessionId"][2:] + signature.hex()
        session = Session(
            Sender(self.provider, self.address, self.chain_id, session_key, {"context": context}),
            session_id=answer["sessionId"],
            entity_id=int(typed_data["message"]["nonce"], 16) >> 72 & (2**32 - 1),
            permissions=found,
            expiry_sec=expiry_sec or None,
            names=self.names,
        )
        self._sessions.append(session)
        return session

    def sessions(self) -> tuple[Session, ...]:
        """The sessions that this client granted, oldest first; revoked and expired ones too."""
        return tuple(self._sessions)

    def revoke(self, session: Session, *, clear: bool = True) -> Outcome:
        """End a session, installed or not, by an operation of the owner.

        ``clear`` matters under the deployed rules alone: without it the session's lists and allowances stay
        and a later session with the same entity id inherits them.
        """
        if not isinstance(session, Session):
            raise InvalidInput("session is not a Session.", field="session", fix="use one of wallet.sessions().")
        if session.wallet != self.address:
            message, fix = f"The session is one of {session.wallet}.", "revoke it with its own wallet."
            raise InvalidInput(message, field="session", asked=self.address, left=session.wallet, fix=fix)
        call = account.uninstall_call(session.entity_id, with_hook_data=clear and session.installed)
        return self.send_calls([Call(self.address, data=call)])


def _permissions(items: Sequence[Permission | Mapping[str, Any]]) -> list[Permission]:
    if isinstance(items, Permission | Mapping | str) or not isinstance(items, Sequence):
        raise InvalidInput("permissions is a list.", field="permissions", fix="put the permission into [ ].")
    plain = [item.to_json() if isinstance(item, Permission) else item for item in items]
    return permissions_from_json(plain)


def _request(provider: Provider, method: str, params: Any = None) -> Any:
    try:
        return provider.request(method, params)
    except RpcError as error:
        raise_typed(error)


def _calls(calls: Any) -> list[Call]:
    if isinstance(calls, Call | RawCall | Mapping | str | bytes) or not isinstance(calls, Sequence):
        raise InvalidInput("calls is a list.", field="calls", asked=repr(calls)[:80], fix="put the call into [ ].")
    return [_as_call(call, f"calls[{i}]") for i, call in enumerate(calls)]


def _as_call(call: Any, field: str) -> Call:
    """A Call, or one in the API's JSON."""
    if isinstance(call, Call):
        return call
    if isinstance(call, RawCall):
        return Call(call.to, call.value, call.data)
    if not isinstance(call, Mapping):
        message, fix = f"{repr(call)[:80]} is not a call.", "use Call(to=..., value=..., data=...)."
        raise InvalidInput(message, field=field, asked=repr(call)[:80], fix=fix)
    unknown = [name for name in call if name not in ("to", "value", "data")]
    if unknown:
        message = f"{unknown[0]!r} is not a part of a call."
        raise InvalidInput(message, field=f"{field}.{unknown[0]}", fix="use to, value and data.")
    value = call.get("value", 0)
    return Call(
        call.get("to"),  # type: ignore[arg-type]  # checked there
        quantity(value, f"{field}.value") if isinstance(value, str) else value,
        call.get("data", b""),
    )


def _data(data: bytes | str) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        if isinstance(data, str) and data.startswith("0x"):
            return bytes.fromhex(data[2:])
    except ValueError:
        pass
    fix = "write 0x and an even number of hex digits."
    raise InvalidInput("data is bytes or 0x-hex.", field="data", asked=str(data)[:40], fix=fix)


def _encode(function: str, args: Sequence[Any]) -> bytes:
    from eth_abi.abi import encode
    from eth_abi.exceptions import EncodingError, ParseError
    from eth_abi.grammar import TupleType, normalize, parse

    field = "function"
    try:
        name, bracket, inside = normalize(function.replace(" ", "")).partition("(")  # type: ignore[no-untyped-call]
        tuple_type = parse(bracket + inside) if inside != ")" else None
        types = [item.to_type_str() for item in tuple_type.components] if isinstance(tuple_type, TupleType) else []
        code = selector(name + bracket + inside)
        field = "args"
        return bytes.fromhex(code[2:]) + encode(types, list(args))
    except (EncodingError, ParseError, TypeError, ValueError, AttributeError) as error:
        message = f"{function!r} does not go with these arguments: {error}"
        fix = "write it like transfer(address,uint256), with one argument for each type."
        raise InvalidInput(message, field=field, asked=repr(args)[:80], fix=fix) from None
