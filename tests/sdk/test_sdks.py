"""The published SDKs of the Wallet API, unchanged, against a served lab; and the requests that they send, on file."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.keys import derive_key
from sessionlab.core.deployments import DELEGATE_7702
from sessionlab.core.wallet_api.accounts import account_of
from tests.sdk.golden import check_golden
from tests.sdk.node import run_node
from tests.sdk.serving import Served
from tests.sdk.stories import as_json, stories
from tests.sdk.worlds import environment, funded_owner, secret

SDKS = pytest.mark.parametrize("sdk", ["4", "5"])
BOTH = pytest.mark.parametrize("rules", ["documented", "deployed"])


@SDKS
@BOTH
def test_each_permission_type_allows_and_refuses(served: Served, sdk: str, rules: str) -> None:
    lab = served.lab
    wallet, owner = lab.wallet(), derive_key(lab.seed, "owner 0")
    told = stories(lab, wallet.address)
    before = {name: story.effect(lab) for name, story in told.items()}
    what = {"SDK": sdk, "OWNER": secret(owner), "WALLET": wallet.address}
    found = run_node("sdk_types.mjs", **environment(served, STORIES=as_json(told), **what))
    for name, story in told.items():
        done, no = found[name]["done"], found[name]["no"]
        assert (done["status"], done["receipts"][0]["status"]) == ("success", "success"), name
        assert story.effect(lab) != before[name]
        assert (no["names"], no["code"]) == (["RpcRequestError"], story.code), name
        denial = no["data"]["denial"]
        assert denial["code"] == story.denied and denial["sentence"] and denial["fix"], name
        assert no["data"]["revertData"].startswith("0x")
    # What each allowed call did, and no refused one.
    assert lab.read("Counter", lab.counter, "number") == 5
    assert (lab.balance(lab.recipient), lab.token_balance("dollar", lab.merchant)) == (300, 20)
    assert lab.read("SessionWallet", wallet.address, "owner") == lab.merchant
    if rules == "documented":
        check_golden(f"sdk{sdk}_types", served.requests)


@SDKS
def test_an_owner_deploys_is_sponsored_and_overrides(served: Served, sdk: str) -> None:
    lab = served.lab
    owner, wallet = funded_owner(served)
    found = run_node("sdk_steps.mjs", **environment(served, OWNER=secret(owner), SDK=sdk, POLICY=lab.policy_id))
    assert found["wallet"] == wallet and found["again"] == account_of(owner.address, 7).address
    assert found["deployed"]["status"] == "success" and lab.chain.code(wallet)
    assert lab.balance(lab.recipient) == 5
    assert lab.read("Counter", lab.counter, "number") == 5

    sponsored = found["sponsored"]
    assert sponsored["prepared"]["feePayment"]["sponsored"] is True
    assert lab.sponsor.spent(lab.policy_id) == sum(
        int(step["receipts"][0]["gasCost"], 16) for step in (sponsored["status"], found["always"])
    )
    for step in (sponsored, found["overridden"]):
        denial = step["again"].pop("denial", None)  # SDK 5 keeps only the fields that it knows
        assert denial is None if sdk == "5" else denial["code"].startswith("AA25")
        assert step["sent"] == step["again"]  # sent twice, mined once
    operation = found["overridden"]["prepared"]["data"]
    assert _number(operation["preVerificationGas"]) == 70_000
    assert _number(operation["nonce"]) >> 64 == 5 << 40 | 1

    assert found["suffixed"]["prepared"]["data"]["callData"].endswith("1234abcd")
    assert found["poor"]["code"] == -32521 and found["pretended"]["type"] == "user-operation-v070"

    assert found["unknown"]["code"] == 5730 and found["unknown"]["names"][0] == "UnknownBundleIdError"
    assert found["unsponsored"]["code"] == -32602 and found["unsponsored"]["data"]["field"] == "policyId"
    assert found["elsewhere"]["code"] == 5710 and found["elsewhere"]["names"][0] == "UnsupportedChainIdError"
    check_golden(f"sdk{sdk}_steps", served.requests)


@SDKS
def test_what_a_wallet_signs_is_verified_by_others(served: Served, sdk: str) -> None:
    owner, wallet = funded_owner(served)
    found = run_node("sdk_signing.mjs", **environment(served, OWNER=secret(owner), SDK=sdk))
    for moment in ("before", "after"):
        assert found[moment]["verified"] == [True, True, True, False]
    assert found["before"]["plain"].endswith("6492" * 16) and not found["after"]["plain"].endswith("6492")
    assert served.lab.chain.code(wallet)
    check_golden(f"sdk{sdk}_signing", served.requests)


@SDKS
@BOTH
def test_a_signer_is_its_own_wallet_by_delegation(
    served: Served, sdk: str, rules: str, capfd: pytest.CaptureFixture[str]
) -> None:
    lab, owner = served.lab, sl.new_key("plain")
    lab.fund(owner.address, sl.ether(1))
    found = run_node("sdk_delegation.mjs", **environment(served, OWNER=secret(owner), SDK=sdk))
    assert (found["first"], found["second"]) == ("success", "success")
    assert found["delegated"] == "0xef0100" + DELEGATE_7702[2:].lower()
    assert lab.read("Counter", lab.counter, "number") == 2
    assert [account["accountAddress"] for account in found["listed"]["accounts"]] == [owner.address]
    if sdk == "5":
        assert found["capabilities"]["permissions"] == {"supported": True}
        assert (found["ended"], found["left"]) == ("success", "0x")
    assert "bug" not in capfd.readouterr().err
    if rules == "documented":
        check_golden(f"sdk{sdk}_delegation", served.requests)


def _number(value: Any) -> int:
    """A number as SDK 4 leaves it, in hex, or as SDK 5 reads it."""
    return int(value, 0)
