"""The four steps of sending calls: prepare the operation, sign it, send it and query its status."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from sessionlab.core.base.errors import InvalidInput, RpcError
from sessionlab.core.base.keys import Key
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.denials.denial import Denial, OperationRefused
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.erc4337.gas import Gas, read_gas, without_simulation
from sessionlab.core.permissions.rows import GrantRow
from sessionlab.core.wallet_api.errors import raise_typed


class Provider(Protocol):
    """Sends JSON-RPC requests to an endpoint."""

    def request(self, method: str, params: Any = None) -> Any:
        """Return the result of one JSON-RPC request. Raises RpcError if the response is an error."""


@dataclass(frozen=True)
class WalletApiClient:
    """Sends operations for a wallet, with the key that signs them and the capabilities that they carry."""

    provider: Provider
    wallet: str
    chain_id: int
    key: Key
    permissions: Mapping[str, Any] | None = None
    #: Returns what the next operation installs: a session's rows, until it is installed.
    installs: Callable[[], Sequence[GrantRow]] = tuple

    def prepare_calls(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        nonce_key: int = 0,
        gas: Gas | Mapping[str, int] | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
        estimate: bool = False,
    ) -> dict[str, Any]:
        """Return the operation to sign (wallet_prepareCalls). Raises OperationRefused if it would be refused.

        Without ``preflight``, the operation is not simulated, and its gas limits follow from the calls. ``gas`` names
        limits, ``max_fee`` and ``max_priority_fee`` are in wei per gas. ``estimate``: judge the operation as it would
        be sent, whatever its gas limits, and sign nothing: a sponsor promises nothing either.
        """
        offered = self.offered(calls, preflight, read_gas(gas, max_fee, max_priority_fee))
        capabilities: dict[str, Any] = {}
        if self.permissions is not None:
            capabilities["permissions"] = dict(self.permissions)
        if policy_id is not None:
            capabilities["paymasterService"] = {"policyId": policy_id}
        if estimate:
            capabilities["paymasterService"] = {**capabilities.get("paymasterService", {}), "onlyEstimation": True}
        if isinstance(nonce_key, bool) or not isinstance(nonce_key, int) or nonce_key < 0:
            raise InvalidInput(
                f"{nonce_key!r} is not a nonce key.", field="nonce_key", asked=nonce_key, fix="use 0, 1, 2, …"
            )
        if nonce_key:
            capabilities["nonceOverride"] = {"nonceKey": hex(nonce_key)}
        if override := offered.to_json():
            capabilities["gasParamsOverride"] = override
        request: dict[str, Any] = {
            "calls": [call.to_json() for call in read_calls(calls)],
            "from": self.wallet,
            "chainId": hex(self.chain_id),
        }
        if capabilities:
            request["capabilities"] = capabilities
        prepared: dict[str, Any] = self.request("wallet_prepareCalls", [request])
        return prepared

    def offered(self, calls: Sequence[Call], preflight: bool, gas: Gas) -> Gas:
        """Return the limits and fees that the client names for these calls."""
        return gas if preflight else gas.over(without_simulation(read_calls(calls), self.installs()))

    def sign_prepared_calls(self, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """Sign a prepared operation: its hash, signed as ``personal_sign`` does (EIP-191)."""
        try:
            digest = bytes.fromhex(prepared["signatureRequest"]["data"]["raw"][2:])
            kept = {name: prepared[name] for name in ("type", "data", "chainId")}
        except (KeyError, TypeError, ValueError):
            fix = "sign what prepare_calls returned."
            raise InvalidInput("These are no prepared calls.", field="prepared", fix=fix) from None
        signature = "0x" + self.key.sign_message(digest).hex()
        return kept | {"signature": {"type": "secp256k1", "data": signature}}

    def send_prepared_calls(self, signed: Mapping[str, Any]) -> str:
        """Send a signed operation and return its call id (wallet_sendPreparedCalls). Raises OperationRefused."""
        if not isinstance(signed, Mapping):
            fix = "send what sign_prepared_calls returned."
            raise InvalidInput("These are no signed calls.", field="signed", fix=fix)
        request = dict(signed)
        if self.permissions is not None:
            request["capabilities"] = {"permissions": dict(self.permissions)}
        return str(self.request("wallet_sendPreparedCalls", [request])["id"])

    def get_calls_status(self, call_id: str) -> dict[str, Any]:
        """Return the status of a call id (wallet_getCallsStatus): 200 succeeded, 500 reverted."""
        status: dict[str, Any] = self.request("wallet_getCallsStatus", [call_id])
        return status

    def send_calls(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        nonce_key: int = 0,
        gas: Gas | Mapping[str, int] | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
    ) -> Outcome:
        """Prepare, sign, send and read the status. A refusal is returned as an outcome, not raised.

        Without ``preflight``, an operation that fails in execution is mined and its gas is paid. Gas limits and fees:
        see ``prepare_calls``.
        """
        how = {"policy_id": policy_id, "preflight": preflight, "nonce_key": nonce_key}
        return self.try_calls(calls, **how, gas=gas, max_fee=max_fee, max_priority_fee=max_priority_fee)[0]

    def try_calls(self, calls: Sequence[Call], **how: Any) -> tuple[Outcome, Mapping[str, Any] | None]:
        """Do what ``send_calls`` does; for an off-chain refusal, also return the block it was judged at, if known."""
        with self.atomic():
            try:
                prepared = self.prepare_calls(calls, **how)
                call_id = self.send_prepared_calls(self.sign_prepared_calls(prepared))
            except OperationRefused as refused:
                return Outcome(refused.denial, None), refused.judged
            status = self.get_calls_status(call_id)
        denial = Denial.from_json(status["denial"]) if status.get("denial") else None
        return Outcome(denial, status["receipts"][0], call_id), None

    def atomic(self) -> AbstractContextManager[None]:
        """Return a context manager that makes its requests atomic, if the provider supports that."""
        section: Callable[[], AbstractContextManager[None]] = getattr(self.provider, "atomic", nullcontext)
        return section()

    def request(self, method: str, params: Any) -> Any:
        """Send one request. Raises the typed error that an error response stands for."""
        return send_request(self.provider, method, params)


def send_request(provider: Provider, method: str, params: Any = None) -> Any:
    """Return the result of one request. Raises the typed error that an error response stands for."""
    try:
        return provider.request(method, params)
    except RpcError as error:
        raise_typed(error)
