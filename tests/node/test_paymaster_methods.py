"""A client that asks a paymaster service (ERC-7677): stub, estimate, data, send. The lab's sponsor pays."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, from_json


def ask(lab: sl.Lab, method: str, *params: Any) -> Any:
    return lab.provider.request(method, list(params))


def operation(lab: sl.Lab, wallet: sl.SmartWalletClient) -> dict[str, Any]:
    calls = [sl.Call(lab.recipient, value=5)]
    price = ask(lab, "pimlico_getUserOperationGasPrice")["standard"]
    return {
        "sender": wallet.address,
        "nonce": hex(lab.bundler.next_nonce(wallet.address, wallet_encoding.OWNER_NONCE_KEY)),
        "callData": "0x" + wallet_encoding.call_data(calls, wallet=wallet.address, wrapped=False).hex(),
        "signature": "0x" + wallet_encoding.DUMMY_SIGNATURE.hex(),
        "maxFeePerGas": price["maxFeePerGas"],
        "maxPriorityFeePerGas": ask(lab, "rundler_maxPriorityFeePerGas"),
    }


def sponsored(lab: sl.Lab, wallet: sl.SmartWalletClient, context: Any) -> dict[str, Any]:
    whole = operation(lab, wallet)
    stub = ask(lab, "pm_getPaymasterStubData", whole, ENTRY_POINT, "0x539", context)
    assert stub.pop("isFinal") is False
    assert stub.pop("sponsor") == {"name": "sessionlab"}
    whole |= stub
    whole |= ask(lab, "eth_estimateUserOperationGas", whole, ENTRY_POINT)
    return whole | ask(lab, "pm_getPaymasterData", whole, ENTRY_POINT, "0x539", context)


@pytest.mark.parametrize("named", [True, False])
def test_the_sponsor_pays(lab: sl.Lab, wallet: sl.SmartWalletClient, named: bool) -> None:
    whole = sponsored(lab, wallet, {"policyId": lab.policy_id} if named else None)
    digest = lab.bundler.hash_of(from_json(whole))
    whole["signature"] = "0x" + wallet_encoding.signature_envelope(wallet.owner.sign_message(digest)).hex()
    before, paid = lab.balance(wallet.address), lab.sponsor.spent(lab.policy_id)
    ask(lab, "eth_sendUserOperation", whole, ENTRY_POINT)
    assert lab.balance(wallet.address) == before - 5
    assert lab.sponsor.spent(lab.policy_id) > paid


def test_a_policy_that_does_not_pay_says_so_in_the_stub(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    policy = lab.gas_policy(allowed_senders=[lab.recipient])
    with pytest.raises(sl.OperationRefused) as error:
        try:
            context = {"policyId": policy if isinstance(policy, str) else policy.id}
            ask(lab, "pm_getPaymasterStubData", operation(lab, wallet), ENTRY_POINT, "0x539", context)
        except RpcError as refused:
            assert refused.code == -32501
            raise sl.OperationRefused(sl.Denial.from_json(refused.data["denial"])) from None
    assert "not one of its senders" in str(error.value)


@pytest.mark.parametrize(
    ("change", "params", "field"),
    [
        ({}, [ENTRY_POINT, "0x539", {"policyID": "x"}], "context.policyID"),
        ({}, [ENTRY_POINT, "0x539", {"policyId": "x"}], "policyId"),
        ({}, [ENTRY_POINT, "0x1", None], "chainId"),
        ({}, ["0x" + "11" * 20, "0x539", None], "entryPoint"),
        ({}, [ENTRY_POINT, "0x539", None], "userOperation.callGasLimit"),
        ({"sender": None}, [ENTRY_POINT, "0x539", None], "userOperation.sender"),
    ],
)
def test_a_wrong_request_is_refused_by_its_field(
    lab: sl.Lab, wallet: sl.SmartWalletClient, change: dict[str, Any], params: list[Any], field: str
) -> None:
    with pytest.raises(RpcError) as error:
        ask(lab, "pm_getPaymasterData", operation(lab, wallet) | change, *params)
    assert error.value.data["field"] == field


def test_of_several_policies_one_is_named(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    lab.gas_policy()
    with pytest.raises(RpcError) as error:
        ask(lab, "pm_getPaymasterStubData", operation(lab, wallet), ENTRY_POINT, "0x539")
    assert error.value.data["field"] == "context.policyId"
