"""wallet_requestAccount, wallet_listAccounts, wallet_getCapabilities."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError

OWNER = sl.new_key("owner").address


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab()


def account(lab: sl.Lab, **request: Any) -> dict[str, Any]:
    return lab.provider.request("wallet_requestAccount", [request])


def test_an_account_is_found_again_by_signer_address_and_id(lab: sl.Lab) -> None:
    found = account(lab, signerAddress=OWNER, creationHint={}, includeCounterfactualInfo=True)
    assert uuid.UUID(found["id"]).version == 4
    assert account(lab, signerAddress=OWNER, includeCounterfactualInfo=True) == found
    assert account(lab, signerAddress=OWNER, id=found["id"], includeCounterfactualInfo=True) == found
    assert account(lab, accountAddress=found["accountAddress"], includeCounterfactualInfo=True) == found


def test_an_additional_account_gets_the_next_salt(lab: sl.Lab) -> None:
    first = account(lab, signerAddress=OWNER)
    second = account(lab, signerAddress=OWNER, creationHint={"createAdditional": True})
    assert second == account(lab, signerAddress=OWNER, creationHint={"salt": "0x01"})
    assert second != first


def test_accounts_are_listed_page_by_page(lab: sl.Lab) -> None:
    made = [account(lab, signerAddress=OWNER, creationHint={"salt": hex(salt)}) for salt in range(5)]
    listed, after = [], None
    for _ in range(3):
        request: dict[str, Any] = {"signerAddress": OWNER, "limit": 2} | ({"after": after} if after else {})
        page = lab.provider.request("wallet_listAccounts", [request])
        assert page["meta"]["totalCount"] == 5
        listed += page["accounts"]
        after = page["meta"]["after"]
    assert after is None
    assert listed == made


def test_a_signer_without_accounts_has_an_empty_list(lab: sl.Lab) -> None:
    page = lab.provider.request("wallet_listAccounts", [{"signerAddress": OWNER}])
    assert page == {"accounts": [], "meta": {"totalCount": 0, "after": None}}


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({}, "signerAddress"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": "0xa"}, "limit"),
        ({"after": "!"}, "after"),
        ({"after": 5}, "after"),
        ({"after": "OTk"}, "after"),  # 99: past the end
    ],
)
def test_a_malformed_page_is_refused(lab: sl.Lab, request_: dict[str, Any], field: str) -> None:
    request = request_ if field == "signerAddress" else {"signerAddress": OWNER, **request_}
    with pytest.raises(RpcError) as refused:
        lab.provider.request("wallet_listAccounts", [request])
    assert (refused.value.code, refused.value.data["field"]) == (-32602, field)


def test_capabilities_are_those_of_this_chain(lab: sl.Lab) -> None:
    found = lab.provider.request("wallet_getCapabilities", [OWNER])
    assert list(found) == ["0x539"]
    assert found["0x539"]["permissions"] == {"supported": True}
    assert lab.provider.request("wallet_getCapabilities", [OWNER, ["0x539", "0x1"]]) == found
    assert lab.provider.request("wallet_getCapabilities", [OWNER, ["0x1"]]) == {}


def test_pretended_state_counts_in_the_rehearsal_alone(lab: sl.Lab) -> None:
    wallet = lab.wallet(balance=0)
    request = {"from": wallet.address, "chainId": "0x539", "calls": []}
    with pytest.raises(RpcError, match="AA21"):
        lab.provider.request("wallet_prepareCalls", [request])
    rich = {"stateOverride": {wallet.address: {"balance": hex(sl.ether(1))}}}
    assert lab.provider.request("wallet_prepareCalls", [request | {"capabilities": rich}])["data"]
    assert lab.balance(wallet.address) == 0


def test_a_data_suffix_stands_behind_the_call_data_and_changes_nothing(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=10)], key=sl.new_key(1))
    capabilities = {"permissions": {"context": session.context}, "experimental_dataSuffix": {"value": "0xbeef"}}
    request = {"from": wallet.address, "chainId": "0x539", "calls": [{"to": lab.merchant, "value": "0x7"}]}
    prepared = lab.provider.request("wallet_prepareCalls", [request | {"capabilities": capabilities}])
    assert prepared["data"]["callData"].endswith("beef")
    session.send_prepared_calls(session.sign_prepared_calls(prepared))
    assert (lab.balance(lab.merchant), session.allowances[0].remaining) == (7, 3)


def test_an_estimation_is_not_to_be_signed(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    service = {"policyId": lab.policy_id, "onlyEstimation": True}
    request = {"from": wallet.address, "chainId": "0x539", "calls": [], "capabilities": {"paymasterService": service}}
    prepared = lab.provider.request("wallet_prepareCalls", [request])
    assert "signatureRequest" not in prepared
    assert prepared["feePayment"]["sponsored"] is True
