"""The four steps of sending calls: prepare the operation, sign it, send it and query its status."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from sessionlab.core.base.doors import ADDRESS, FLAG, MAPPING, NUMBER, TEXT, kind, maybe, reads
from sessionlab.core.base.errors import InvalidInput, RpcError
from sessionlab.core.base.keys import KEY, Key
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.denials.denial import Denial, OperationRefused
from sessionlab.core.erc4337 import gas
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.wallet_api.errors import raise_typed


@runtime_checkable
class Provider(Protocol):
    """Sends JSON-RPC requests to an endpoint."""

    def request(self, method: str, params: Any = None) -> Any:
        """Return the result of one JSON-RPC request. Raises RpcError if the response is an error."""


PROVIDER = kind(Provider, "a provider", "give lab.provider or HttpProvider(url).")


@dataclass(frozen=True)
class WalletApiClient:
    """Sends operations for a wallet, with the key that signs them and the capabilities that they carry."""

    provider: Provider
    wallet: str
    chain_id: int
    key: Key
    permissions: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        readers = {
            "provider": PROVIDER,
            "wallet": ADDRESS,
            "chain_id": NUMBER,
            "key": KEY,
            "permissions": maybe(MAPPING),
        }
        for name, read in readers.items():
            read(getattr(self, name), name)

    @reads(policy_id=maybe(TEXT), preflight=FLAG, nonce_key=NUMBER)
    def prepare_calls(
        self, calls: Sequence[Call], *, policy_id: str | None = None, preflight: bool = True, nonce_key: int = 0
    ) -> dict[str, Any]:
        """Return the operation to sign (wallet_prepareCalls). Raises OperationRefused if it would be refused.

        Without ``preflight``, the operation gets fixed gas limits and is not simulated.
        """
        capabilities: dict[str, Any] = {}
        if self.permissions is not None:
            capabilities["permissions"] = dict(self.permissions)
        if policy_id is not None:
            capabilities["paymasterService"] = {"policyId": policy_id}
        if nonce_key:
            capabilities["nonceOverride"] = {"nonceKey": hex(nonce_key)}
        if not preflight:
            capabilities["gasParamsOverride"] = {
                "callGasLimit": hex(gas.FIXED["call_gas_limit"]),
                "verificationGasLimit": hex(gas.FIXED["verification_gas_limit"]),
                "preVerificationGas": hex(gas.FIXED["pre_verification_gas"]),
            }
        request: dict[str, Any] = {
            "calls": [call.to_json() for call in read_calls(calls)],
            "from": self.wallet,
            "chainId": hex(self.chain_id),
        }
        if capabilities:
            request["capabilities"] = capabilities
        prepared: dict[str, Any] = self.request("wallet_prepareCalls", [request])
        return prepared

    @reads(prepared=kind(Mapping, "prepared calls", "sign what prepare_calls returned."))
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

    @reads(signed=kind(Mapping, "signed calls", "send what sign_prepared_calls returned."))
    def send_prepared_calls(self, signed: Mapping[str, Any]) -> str:
        """Send a signed operation and return its call id (wallet_sendPreparedCalls). Raises OperationRefused."""
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
    ) -> Outcome:
        """Prepare, sign, send and read the status. A refusal is returned as an outcome, not raised.

        Without ``preflight``, an operation that fails in execution is mined and its gas is paid.
        """
        return self.try_calls(calls, policy_id=policy_id, preflight=preflight, nonce_key=nonce_key)[0]

    def try_calls(
        self, calls: Sequence[Call], *, policy_id: str | None = None, preflight: bool = True, nonce_key: int = 0
    ) -> tuple[Outcome, Mapping[str, Any] | None]:
        """Do what ``send_calls`` does; for an off-chain refusal, also return the block it was judged at, if known."""
        with self.atomic():
            try:
                prepared = self.prepare_calls(calls, policy_id=policy_id, preflight=preflight, nonce_key=nonce_key)
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

    @reads(method=TEXT, params=maybe(kind((list, tuple, dict), "a list", "put the parameters into [ ].")))
    def request(self, method: str, params: Any = None) -> Any:
        """Send one request. Raises the typed error that an error response stands for."""
        return send_request(self.provider, method, params)


def send_request(provider: Provider, method: str, params: Any = None) -> Any:
    """Return the result of one request. Raises the typed error that an error response stands for."""
    try:
        return provider.request(method, params)
    except RpcError as error:
        raise_typed(error)
