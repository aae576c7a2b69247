"""Read and check a wallet_prepareCalls request before anything happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import InvalidInput, RpcError
from sessionlab.core.base.rpc_codes import UNSUPPORTED_CAPABILITY
from sessionlab.core.erc4337.call import Call
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.rpc_overrides import read_overrides
from sessionlab.core.wallet_api import delegation
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.gas_override import GAS_FIELDS
from sessionlab.core.wallet_api.sessions import SignedSession, find_granted

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

KNOWN = (
    "permissions",
    "paymasterService",
    "gasParamsOverride",
    "nonceOverride",
    "eip7702Auth",
    "stateOverride",
    "experimental_dataSuffix",
    "preflight",
)
#: ``webhookData`` is for a hook of the policy; the policies here have none.
PAYMASTER = ("policyId", "policyIds", "webhookData", "onlyEstimation", "erc20")
SERVICE = "capabilities.paymasterService"
MAX_SUFFIX = 1_024  # bytes
MAX_PARALLEL = 2**152 - 1  # a nonce key has 192 bits, of which 40 are reserved


@dataclass(frozen=True, slots=True)
class PrepareRequest:
    """A checked request."""

    sender: str
    calls: Sequence[Call]
    granted: SignedSession | None
    policy_id: str | None
    gas: Mapping[str, Any]
    parallel: int
    #: What the sender must authorize first (EIP-7702): the wallet's code, or the zero address to end its delegation.
    delegate: str | None = None
    #: State overrides for the simulation.
    overrides: Overrides = field(default_factory=dict)
    #: Appended to the calldata, for readers of the chain.
    suffix: bytes = b""
    only_estimation: bool = False
    #: Whether the run of the signed operation is its check: see ``when_sent``.
    checked_when_sent: bool = False


def read_request(api: WalletApi, params: Any) -> PrepareRequest:
    """Read a wallet_prepareCalls request. Raises InvalidInput with the malformed field."""
    request = reading.params_object(params, ("calls", "from", "chainId", "capabilities"))
    api.check_chain(reading.required(request, "chainId"))
    account_ = api.account(reading.address(reading.required(request, "from"), "from"))
    sender = account_.address
    capabilities = read_capabilities(request)
    permissions = capabilities.get("permissions")
    delegate = delegation.missing_delegation(api, account_, capabilities.get("eip7702Auth"))
    if delegate is not None and permissions is not None:
        fix = "let the owner send an operation first (calls: [] will do): it brings the delegation."
        message = "The account does not run a wallet's code yet, and a session key cannot make it."
        raise InvalidInput(message, field="capabilities.permissions", fix=fix)
    overrides = read_overrides(capabilities.get("stateOverride"), "capabilities.stateOverride")
    sponsor_request = reading.optional_object(capabilities, "paymasterService", PAYMASTER, "capabilities.")
    override = reading.optional_object(capabilities, "nonceOverride", ("nonceKey",), "capabilities.")
    return PrepareRequest(
        sender=sender,
        calls=reading.calls(request.get("calls")),
        granted=find_granted(api, permissions, sender) if permissions is not None else None,
        policy_id=_policy_id(capabilities.get("paymasterService")),
        gas=reading.optional_object(capabilities, "gasParamsOverride", GAS_FIELDS, "capabilities."),
        parallel=reading.quantity(override["nonceKey"], "capabilities.nonceOverride.nonceKey", MAX_PARALLEL)
        if override.get("nonceKey") is not None
        else 0,
        delegate=delegate,
        overrides={**overrides, **delegation.overrides(delegate, sender)},
        suffix=_suffix(capabilities.get("experimental_dataSuffix")),
        only_estimation=reading.flag(sponsor_request.get("onlyEstimation"), f"{SERVICE}.onlyEstimation"),
        checked_when_sent=when_sent(capabilities),
    )


def read_capabilities(request: Mapping[str, Any], known: Sequence[str] = KNOWN) -> Mapping[str, Any]:
    """Return a request's capabilities. Raises RpcError for one that the method does not read."""
    result = {} if request.get("capabilities") is None else request["capabilities"]
    for name in result if isinstance(result, Mapping) else ():
        if name not in known:
            facts = {"field": f"capabilities.{reading.short(name)}", "fix": reading.meant(name, known)}
            message = f"The capability {reading.short(name)!r} is not supported here. Next step: {facts['fix']}"
            raise RpcError(UNSUPPORTED_CAPABILITY, message, facts)
    return reading.an_object(result, "capabilities", known)


def when_sent(capabilities: Mapping[str, Any]) -> bool:
    """Return whether the client sends at once what it prepares, and wants a failing operation undone and refused then.

    An extension of this lab. The prepared operation is estimated only: it is executed once more, when it is sent.
    """
    given = reading.optional_object(capabilities, "preflight", ("whenSent",), "capabilities.")
    return reading.flag(given.get("whenSent"), "capabilities.preflight.whenSent")


def _suffix(value: Any) -> bytes:
    if value is None:
        return b""
    where = "capabilities.experimental_dataSuffix"
    given = reading.required(reading.an_object(value, where, ("value",)), "value", f"{where}.")
    result = reading.data(given, f"{where}.value")
    if len(result) > MAX_SUFFIX:
        message = f"A suffix has up to {MAX_SUFFIX} bytes."
        raise InvalidInput(message, field=f"{where}.value", asked=len(result), left=MAX_SUFFIX, fix="write less.")
    return result


def _policy_id(value: Any) -> str | None:
    if value is None or value == {"onlyEstimation": True}:
        return None
    if reading.an_object(value, SERVICE, PAYMASTER).get("erc20") is not None:
        message = "Paying for gas with a token is not supported here."
        facts = {"field": f"{SERVICE}.erc20", "fix": "leave erc20 out: the policy pays."}
        raise RpcError(UNSUPPORTED_CAPABILITY, message, facts)
    ids = [value.get("policyId")] if value.get("policyIds") is None else value["policyIds"]
    both = value.get("policyIds") is not None and value.get("policyId") is not None
    if both or not isinstance(ids, list) or len(ids) != 1 or not isinstance(ids[0], str):
        fix = "send policyId, a UUID of version 4, and no other."
        raise InvalidInput("paymasterService names one policy.", field=f"{SERVICE}.policyId", asked=value, fix=fix)
    return ids[0]
