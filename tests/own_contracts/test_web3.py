"""web3's contract objects on a lab: they deploy, send and read, from an account that nobody else can use."""

from __future__ import annotations

import pytest
from web3.exceptions import ContractCustomError, Web3RPCError

import sessionlab as sl

from .steps import artifact


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


def test_a_contract_object_deploys_transacts_and_reads(lab: sl.Lab) -> None:
    w3, made = lab.web3, artifact("Market")
    (account,) = w3.eth.accounts
    assert w3.eth.default_account == account and w3.eth.get_balance(account) > sl.ether(1_000)
    factory = w3.eth.contract(abi=made["abi"], bytecode=made["bytecode"]["object"])
    sent = factory.constructor(account, 5).transact({"from": account, "value": 3})
    market = w3.eth.contract(address=w3.eth.wait_for_transaction_receipt(sent)["contractAddress"], abi=made["abi"])
    assert market.functions.owner().call() == account
    placed = market.functions["place(uint256,address)"](6, lab.merchant).transact({"value": 2})
    receipt = w3.eth.wait_for_transaction_receipt(placed)
    (event,) = market.events.Placed().process_receipt(receipt)
    assert (receipt["status"], event["args"]["maker"], market.functions.total().call()) == (1, lab.merchant, 6)
    with pytest.raises(ContractCustomError):
        market.functions["place(uint256)"](1).transact()


def test_a_deployed_contract_is_used_by_web3_and_the_other_way_round(lab: sl.Lab) -> None:
    market = lab.deploy(artifact("Market"), lab.merchant, 5)
    same = lab.web3.eth.contract(address=lab.web3.to_checksum_address(market.address), abi=market.abi)
    lab.web3.eth.wait_for_transaction_receipt(same.functions["place(uint256)"](6).transact())
    assert market.read("total") == same.functions.total().call() == 6


def test_the_account_belongs_to_this_web3_alone(lab: sl.Lab) -> None:
    account = lab.web3.eth.accounts[0]
    assert lab.provider.request("eth_accounts") == []
    with pytest.raises(sl.RpcError, match="holds no key"):
        lab.provider.request("eth_sendTransaction", [{"from": account, "to": lab.merchant, "value": "0x1"}])
    with pytest.raises(Web3RPCError, match="holds no key"):
        lab.web3.eth.send_transaction({"from": lab.merchant, "to": account, "gas": 21_000, "gasPrice": 10**9})
    assert "0x" + lab._faucet.private.hex() not in repr(vars(lab.web3.provider))


def test_asking_for_web3_changes_nothing(lab: sl.Lab) -> None:
    before = lab.chain.height, lab.chain.state_root
    assert lab.web3.eth.accounts and (lab.chain.height, lab.chain.state_root) == before
