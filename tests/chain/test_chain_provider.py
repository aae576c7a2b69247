"""web3 runs on the chain unchanged: deploy, send, read, filter, and see its own exceptions."""

import pytest
from eth_account import Account
from web3 import Web3
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3RPCError

from sessionlab.node.provider import ChainProvider

BUMPED = {
    "type": "event",
    "name": "Bumped",
    "inputs": [{"name": "count", "type": "uint256", "indexed": False}],
    "anonymous": True,
}


@pytest.fixture
def w3(chain) -> Web3:
    return Web3(ChainProvider(chain))


@pytest.fixture
def signer(owner_key):
    return Account.from_key(owner_key)


@pytest.fixture
def deployed(w3, signer, counter, init_code) -> str:
    deploy = {
        "from": signer.address,
        "data": "0x" + init_code(counter).hex(),
        "nonce": 0,
        "chainId": 1337,
        "value": 0,
    }
    fees = {"maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 10**9, "type": 2}
    transaction = {**deploy, **fees, "gas": w3.eth.estimate_gas(deploy)}
    transaction.pop("from")
    sent = w3.eth.send_raw_transaction(signer.sign_transaction(transaction).raw_transaction)
    return w3.eth.wait_for_transaction_receipt(sent)["contractAddress"]


def _bump(w3, signer, to) -> dict:
    fields = {"from": signer.address, "to": to, "value": 0, "data": "0x", "chainId": w3.eth.chain_id}
    fields |= {"nonce": w3.eth.get_transaction_count(signer.address), "gas": w3.eth.estimate_gas(fields)}
    fields |= {"maxFeePerGas": w3.eth.gas_price, "maxPriorityFeePerGas": w3.eth.max_priority_fee}
    fields.pop("from")
    return w3.eth.wait_for_transaction_receipt(
        w3.eth.send_raw_transaction(signer.sign_transaction(fields).raw_transaction)
    )


def test_a_contract_is_deployed_read_and_changed(w3, signer, deployed, counter):
    assert w3.is_connected() and w3.eth.chain_id == 1337
    assert w3.eth.get_code(deployed) == counter
    receipt = _bump(w3, signer, deployed)
    assert receipt["status"] == 1 and int.from_bytes(receipt["logs"][0]["data"], "big") == 1
    assert int.from_bytes(w3.eth.get_storage_at(deployed, 0), "big") == 1
    assert int.from_bytes(w3.eth.call({"to": deployed}), "big") == 2
    assert w3.eth.get_transaction(receipt["transactionHash"])["to"] == deployed
    assert w3.eth.get_block("latest", True)["transactions"][0]["hash"] == receipt["transactionHash"]


def test_logs_are_found(w3, signer, deployed):
    for _ in range(3):
        _bump(w3, signer, deployed)
    found = w3.eth.get_logs({"address": deployed, "fromBlock": 0, "topics": ["0x" + f"{7:064x}"]})
    assert [int.from_bytes(log["data"], "big") for log in found] == [1, 2, 3]
    assert w3.eth.get_logs({"address": deployed, "topics": ["0x" + f"{8:064x}"], "fromBlock": 0}) == []
    events = w3.eth.contract(address=deployed, abi=[BUMPED])
    assert events.address == deployed


def test_fee_history_and_balances(w3, signer, deployed):
    history = w3.eth.fee_history(2, "latest", [50])
    assert history["baseFeePerGas"] == [10**9] * 3 and len(history["reward"]) == 2
    assert w3.eth.get_balance(signer.address) < 1_000 * 10**18


def test_web3_raises_its_own_exceptions(w3, signer, asm, chain):
    reverter = "0x" + "c1" * 20
    chain.set_code(reverter, asm("0xdead PUSH0 MSTORE 0x20 PUSH0 REVERT"))
    to = Web3.to_checksum_address(reverter)
    with pytest.raises(ContractLogicError) as reverted:
        w3.eth.call({"to": to})
    assert str(reverted.value.data).endswith("dead")
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction("0x" + "ab" * 32)
    with pytest.raises(Web3RPCError, match="too far ahead"):
        fields = {"nonce": 9, "gas": 21_000, "gasPrice": 10**9, "to": to, "value": 0, "chainId": 1337}
        w3.eth.send_raw_transaction(signer.sign_transaction(fields).raw_transaction)


def test_requests_can_be_batched(w3, deployed):
    with w3.batch_requests() as batch:
        batch.add(w3.eth.get_block("latest"))
        batch.add(w3.eth.get_code(deployed))
        block, code = batch.execute()
    assert block["number"] == 1 and code == w3.eth.get_code(deployed)
