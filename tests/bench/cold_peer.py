"""The peer of the cold start: a program of its own, as a user of anvil and web3 would write it.

It is given a plan (JSON, by ``cold.peer_plan``) and imports nothing of sessionlab. anvil starts first and
comes up while web3 is being imported.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

plan = json.loads(Path(sys.argv[1]).read_text())
anvil = subprocess.Popen(plan["anvil"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    from eth_abi.abi import encode
    from eth_account import Account
    from eth_account.messages import encode_defunct
    from eth_utils.crypto import keccak
    from web3 import Web3
    from web3.logs import DISCARD

    w3 = Web3(Web3.HTTPProvider(f"http://127.0.0.1:{plan['anvil'][plan['anvil'].index('--port') + 1]}"))
    while not w3.is_connected():
        time.sleep(0.005)

    def send(key: str, to: str, data: str, value: int = 0) -> Any:
        """Sign, send and wait for one transaction that must go through."""
        account = Account.from_key(key)
        fields = {
            "to": Web3.to_checksum_address(to),
            "data": data,
            "value": value,
            "chainId": 1337,
            "type": 2,
        }
        fields |= {"nonce": w3.eth.get_transaction_count(account.address), "gas": 30_000_000}
        fields |= {"maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 0}
        sent = w3.eth.send_raw_transaction(account.sign_transaction(fields).raw_transaction)
        receipt = w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.001)
        assert receipt["status"] == 1, receipt
        return receipt

    for method, *params in plan["place"]:
        assert "error" not in w3.provider.make_request(method, params), method
    for made in plan["prepare"]:
        send(made["key"], made["to"], made["data"], made["value"])

    op = plan["operation"]
    sender, call_data = Web3.to_checksum_address(op["sender"]), bytes.fromhex(op["callData"])
    limits, fees = (op[name].to_bytes(32, "big") for name in ("gasLimits", "fees"))
    types = ["address", "uint256", "bytes32", "bytes32", "bytes32", "uint256", "bytes32", "bytes32"]
    hashed = [sender, op["nonce"], keccak(b""), keccak(call_data), limits, op["preVerificationGas"], fees]
    packed = keccak(encode(types, [*hashed, keccak(b"")]))
    digest = keccak(encode(["bytes32", "address", "uint256"], [packed, plan["entryPoint"], 1337]))
    signed = Account.from_key(plan["session"]).sign_message(encode_defunct(digest)).signature
    signature = bytes.fromhex(plan["envelope"]) + signed
    entry_point = w3.eth.contract(address=Web3.to_checksum_address(plan["entryPoint"]), abi=plan["abi"])
    operation = (sender, op["nonce"], b"", call_data, limits, op["preVerificationGas"], fees, b"", signature)
    beneficiary = Account.from_key(plan["bundler"]).address
    data = entry_point.encode_abi("handleOps", args=[[operation], beneficiary])
    receipt = send(plan["bundler"], plan["entryPoint"], data)
    (event,) = entry_point.events.UserOperationEvent().process_receipt(receipt, errors=DISCARD)
    assert event["args"]["success"]
    counter = plan["counter"]
    counter = w3.eth.contract(address=Web3.to_checksum_address(counter["address"]), abi=counter["abi"])
    assert counter.functions.number().call() == 1
    print("done", flush=True)
finally:
    anvil.kill()
    anvil.wait()
