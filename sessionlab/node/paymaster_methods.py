"""The methods by which clients ask a paymaster and a bundler for data and prices (ERC-7677, Pimlico, rundler).

The lab's sponsor answers. ``context.policyId`` names a gas policy; without it, the lab's only policy pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import InvalidInput, RpcError
from sessionlab.core.base.rpc_values import an_object, hex_data, hex_quantity
from sessionlab.core.erc4337.gas import PAYMASTER_VERIFICATION
from sessionlab.core.erc4337.sponsor import NotSponsored
from sessionlab.core.wallet_api.errors import not_sponsored
from sessionlab.node.user_operation_reading import FIELD, read_estimate

if TYPE_CHECKING:
    from sessionlab.core.erc4337.user_operation import UserOperation
    from sessionlab.core.wallet_api.api import WalletApi

SHAPE = "[userOperation, entryPoint, chainId, context]"
#: What the sponsor's contract reads must be final before it signs.
SIGNED = ("callGasLimit", "verificationGasLimit", "preVerificationGas", "maxFeePerGas", "maxPriorityFeePerGas")
LIMIT = "paymasterVerificationGasLimit"


def stub_data(api: WalletApi, params: Any) -> dict[str, Any]:
    """Answer pm_getPaymasterStubData: data of the right length, for an estimate. Refused if the policy does not pay."""
    operation, policy_id = _read(api, params)
    stub = api.sponsor.placeholder(operation)
    _ask(api, lambda: api.sponsor.judge(stub, policy_id, api.chain.next_timestamp))
    return {
        "paymaster": stub.paymaster,
        "paymasterData": hex_data(stub.paymaster_data),
        LIMIT: hex_quantity(operation.paymaster_verification_gas_limit or PAYMASTER_VERIFICATION),
        "paymasterPostOpGasLimit": hex_quantity(operation.paymaster_post_op_gas_limit),
        "sponsor": {"name": "sessionlab"},
        "isFinal": False,
    }


def paymaster_data(api: WalletApi, params: Any) -> dict[str, Any]:
    """Answer pm_getPaymasterData: the sponsor's signature over an operation whose gas is final."""
    operation, policy_id = _read(api, params)
    for name in (*SIGNED, LIMIT):
        if params[0].get(name) is None:
            fix = f"send {name} as the operation will have it."
            raise InvalidInput(f"The sponsor signs {name}, too.", field=f"{FIELD}.{name}", fix=fix)
    signed = _ask(api, lambda: api.sponsor.sponsor(operation, policy_id, api.chain.next_timestamp))
    return {"paymaster": signed.paymaster, "paymasterData": hex_data(signed.paymaster_data)}


def pimlico_gas_price(api: WalletApi, params: Any) -> dict[str, Any]:
    """Answer pimlico_getUserOperationGasPrice: the base fee, at any speed, since an operation is mined at once."""
    price = {"maxFeePerGas": hex_quantity(api.chain.base_fee), "maxPriorityFeePerGas": "0x0"}
    return {"slow": price, "standard": price, "fast": price}


def rundler_max_priority_fee(api: WalletApi, params: Any) -> str:
    """Answer rundler_maxPriorityFeePerGas: the tip that this bundler asks for, none."""
    return "0x0"


def _read(api: WalletApi, params: Any) -> tuple[UserOperation, str]:
    if not isinstance(params, list | tuple) or len(params) not in (3, 4):
        raise InvalidInput(f"The method takes {SHAPE}.", field="params", fix=f"send params: {SHAPE}.")
    first = params[0]
    # What a client has of a paymaster's fields is from an earlier answer, and has no address without it.
    bare = {name: value for name, value in first.items() if value is not None} if isinstance(first, Mapping) else first
    if isinstance(bare, dict):
        bare |= {"paymaster": api.sponsor.paymaster}
        bare.setdefault("paymasterData", "0x")
    operation = read_estimate([bare, params[1]]).operation
    api.check_chain(params[2])
    return operation, _policy(api, params[3] if len(params) == 4 else None)


def _policy(api: WalletApi, context: Any) -> str:
    given = an_object({} if context is None else context, "context", ("policyId",))
    known = list(api.sponsor.policies)
    if given.get("policyId") is None:
        if len(known) != 1:
            message = f"The lab has {len(known)} gas policies, and the context names none."
            raise InvalidInput(message, field="context.policyId", left=known, fix="send {policyId}.")
        return known[0]
    return api.sponsor.policy(given["policyId"]).id


def _ask(api: WalletApi, act: Any) -> UserOperation:
    try:
        result: UserOperation = act()
    except NotSponsored as error:
        refusal: RpcError = not_sponsored(error, api.judged())
        raise refusal from None
    return result
