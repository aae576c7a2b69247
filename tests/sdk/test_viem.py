"""viem, unchanged, against a served lab: its bundler client, its public client, and what it makes of refusals."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.keys import derive_key
from sessionlab.core.deployments import DELEGATE_7702
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.wallet_api.accounts import account_of, factory_data
from tests.sdk.node import run_node
from tests.sdk.serving import Served
from tests.sdk.worlds import FUNDS, environment, funded_owner, secret

BOTH = pytest.mark.parametrize("rules", ["documented", "deployed"])
INCREMENT = "0xd09de08a"


@BOTH
def test_a_wallet_deploys_itself_then_batches(served: Served) -> None:
    owner, wallet = funded_owner(served)
    found = run_node("viem_bundler.mjs", **environment(served, OWNER=secret(owner)))
    lab = served.lab
    assert found["entryPoints"] == [ENTRY_POINT] and found["unknown"] == "UserOperationNotFoundError"
    assert (found["address"], found["deployedBefore"]) == (wallet, False)
    # What is told is what is on the chain.
    assert lab.chain.code(wallet) != b""
    assert found["count"] == "2" == str(lab.read("Counter", lab.counter, "number"))
    assert found["balance"] == str(sl.ether("0.25") + 7)
    spent = FUNDS - lab.balance(wallet) - lab.bundler.deposit_of(wallet)
    assert spent > 2 * sl.ether("0.25") + 7

    first = found["first"]["receipt"]
    assert first["success"] is True and first["reason"] == "" and first["nonce"] == str(1 << 64)
    assert first["receipt"]["status"] == "success"
    on_chain = lab.chain.receipt(first["receipt"]["transactionHash"])
    assert (on_chain.block_hash, len(on_chain.logs)) == (
        first["receipt"]["blockHash"],
        len(first["receipt"]["logs"]),
    )
    sent = found["first"]["found"]
    assert sent["userOperation"]["factoryData"].startswith("0x8b4e464e")
    assert sent["transactionHash"] == first["receipt"]["transactionHash"]
    assert found["batch"]["receipt"]["nonce"] == str((1 << 64) + 1)


def test_an_estimate_is_what_the_operation_is_prepared_with(served: Served) -> None:
    owner, _ = funded_owner(served)
    found = run_node("viem_bundler.mjs", **environment(served, OWNER=secret(owner)))
    assert found["prepared"] | found["estimated"] == found["prepared"]
    assert (found["prepared"]["maxFeePerGas"], found["prepared"]["maxPriorityFeePerGas"]) == (
        "4400000000",
        "2000000000",
    )
    # The same operation again has a used nonce, as in production.
    assert found["twice"]["names"][1] == "InvalidAccountNonceError"
    assert found["twice"]["code"] == -32500
    assert int(found["balanceAfterTwice"]) - int(found["balance"]) == sl.ether("0.25")


CLASSES = {
    "AA10": ("SenderAlreadyConstructedError", -32500),
    "AA13": ("InitCodeFailedError", -32500),
    "AA14": ("InitCodeMustReturnSenderError", -32500),
    "AA20": ("AccountNotDeployedError", -32500),
    "AA21": ("InsufficientPrefundError", -32500),
    "AA22": ("UserOperationExpiredError", -32503),
    "AA23": ("SmartAccountFunctionRevertedError", -32500),
    "AA24": ("UserOperationSignatureError", -32507),
    "AA25": ("InvalidAccountNonceError", -32500),
    "AA30": ("PaymasterNotDeployedError", -32501),
    "AA31": ("PaymasterDepositTooLowError", -32508),
    "AA33": ("PaymasterFunctionRevertedError", -32501),
    "AA34": ("UserOperationPaymasterSignatureError", -32501),
    "reverted": ("ExecutionRevertedError", -32521),
    "wrong entry point": ("InvalidFieldsError", -32602),
    "field too large": ("InvalidFieldsError", -32602),
}


@BOTH
def test_refusals_are_the_classes_that_viem_knows(served: Served) -> None:
    lab = served.lab
    wallet, owner, key = lab.wallet(), derive_key(lab.seed, "owner 0"), sl.new_key("session")
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=key, expiry_sec=lab.now + 60)
    assert session.send_calls([sl.Call(to=lab.counter, data=INCREMENT)]).ok
    lab.travel(3_600)
    record = lab.api.records.sessions(wallet.address)[0]
    other = "0x" + factory_data(account_of(owner.address, 77)).hex()
    secrets = {"OWNER": secret(owner), "SESSION": secret(key)}
    height = lab.chain.height
    found = run_node(
        "viem_errors.mjs", **environment(served, ENTITY=str(record.entity_id), OTHER_FACTORY_DATA=other, **secrets)
    )
    assert lab.chain.height == height
    told = {name: (refusal["names"][1], refusal.get("code")) for name, refusal in found.items()}
    assert told | CLASSES == told

    for name in CLASSES:
        if name.startswith("AA"):
            assert found[name]["details"].startswith(name)
            assert found[name]["data"]["revertData"].startswith("0x")
            assert found[name]["data"]["denial"]["path"][0].startswith(name)
    assert found["AA22"]["data"]["denial"]["left"] == str(session.expiry_sec)
    assert found["AA21"]["data"]["denial"]["cause"]["causes"]
    assert found["reverted"]["data"]["denial"]["code"] == "CounterFailed"
    assert found["reverted with its abi"]["data"]["errorName"] == "CounterFailed"
    assert found["wrong entry point"]["data"]["field"] == "entryPoint"
    assert found["field too large"]["data"]["field"] == "userOperation.callGasLimit"


@BOTH
def test_a_plain_address_becomes_a_wallet_by_its_authorization(served: Served) -> None:
    owner = sl.new_key("plain")
    served.lab.fund(owner.address, sl.ether(2))
    found = run_node("viem_delegation.mjs", **environment(served, OWNER=secret(owner)))
    assert found["address"] == owner.address
    for refused, field, error in (
        ("unsigned", "eip7702Auth", "InvalidFieldsError"),
        ("stale", "eip7702Auth.nonce", "UserOperationRejectedByEntryPointError"),  # -32500, as rundler has it
    ):
        assert found[refused]["names"][1] == error
        assert found[refused]["data"]["field"] == f"userOperation.{field}"
    assert "codeAfterRefusal" not in found
    assert found["first"] == {"success": True, "type": "eip7702"}
    assert found["found"]["eip7702Auth"]["address"] == DELEGATE_7702
    assert found["code"] == "0xef0100" + DELEGATE_7702[2:].lower()
    assert (found["second"], found["balance"]) == (True, "6")


def test_the_clients_of_a_node_work(served: Served) -> None:
    owner = sl.new_key("plain")
    served.lab.fund(owner.address, sl.ether(2))
    served.lab.give("token", owner.address, 100)
    found: dict[str, Any] = run_node("viem_node.mjs", **environment(served, OWNER=secret(owner)))
    assert found["together"] == [1337, "3", "0", "2000000000", 18]
    assert found["paid"] == {"status": "success", "type": "eip1559", "block": "4"}
    assert found["byIndex"] is True and (found["inBlock"], found["block"]) == (1, 1)
    assert found["count"] == "1" and found["failing"]["code"] == 3
    assert [event["value"] for event in found["events"]] == ["5"] and found["logs"] == 1
    assert found["seen"]["blocks"][-3:] == ["4", "5", "6"]
    assert found["seen"]["logs"] == 1 and found["transaction"]["hash"] in found["seen"]["pending"]
    assert (found["levers"]["balance"], found["levers"]["code"], found["levers"]["nonce"]) == ("42", "0x00", 9)
    assert found["levers"]["passed"] == "220" and int(found["levers"]["storage"], 16) == 7
    assert found["reverted"] == str(sl.ether(1))
