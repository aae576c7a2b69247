"""Published wallets keep ERC-7562: SimpleAccount of v0.7, and Safe 1.4.1 with its ERC-4337 module."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

import sessionlab as sl
from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.amounts import ether
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, pack
from sessionlab.node.bundler.validation import validate
from tests import npm
from tests.conftest import EntryPointUnderTest
from tests.differential.interface import OPERATION, call
from tests.missing import missing
from tests.published_contracts.deployed import Deployed

OWNER = sl.new_key("owner of a published wallet")
CLIENTS = Path(__file__).parents[1] / "sdk/clients"
PACKAGES = CLIENTS / "node_modules/@safe-global"
SAFE, MODULE = "safe-contracts/build/artifacts/contracts", "safe-4337/build/artifacts/contracts"
ZERO = "0x" + "00" * 20


@pytest.fixture
def lab(entry_point: EntryPointUnderTest) -> sl.Lab:
    lab = sl.Lab(seed=15, entry_point=entry_point.for_a_lab, bundler="strict")
    lab.fund(OWNER.address, ether(10))
    return lab


def passes(lab: sl.Lab, operation: UserOperation) -> None:
    """It breaks no rule, without any stake, and a strict bundler mines it."""
    done = validate(lab.chain, operation)
    assert (done.violations, done.rejection) == ((), None)
    assert [phase.entity for phase in done.trace.phases] == list(done.entities)
    assert any(not stake.is_staked for stake in done.stakes.values())
    assert lab.bundler.send(operation).included.success


def bare(lab: sl.Lab, sender: str, data: bytes, signature: bytes, factory: tuple[str, bytes] | None) -> UserOperation:
    operation = UserOperation(
        sender=checksum(bytes.fromhex(sender[2:])),
        nonce=lab.bundler.next_nonce(sender, 0),
        call_data=data,
        call_gas_limit=0,
        verification_gas_limit=0,
        pre_verification_gas=0,
        max_fee_per_gas=lab.base_fee,
        max_priority_fee_per_gas=0,
        factory=None if factory is None else factory[0],
        factory_data=b"" if factory is None else factory[1],
        signature=signature,
    )
    return lab.bundler.estimate(operation)


def test_simple_account(lab: sl.Lab) -> None:
    factory = Deployed(lab, "SimpleAccountFactory", OWNER, ("address",), ENTRY_POINT)
    account = str(factory.ask("getAddress", "address", OWNER.address, 3))
    lab.fund(account, ether(1))
    makes = factory.address, call("createAccount", OWNER.address, 3, contract="SimpleAccountFactory")
    for first in (True, False):
        data = call("execute", lab.recipient, 5, b"", contract="SimpleAccount")
        made = bare(lab, account, data, OWNER.sign_message(bytes(32)), makes if first else None)
        passes(lab, made.signed(OWNER.sign_message(lab.bundler.hash_of(made))))
    assert lab.balance(lab.recipient) == 10


# -- Safe


def published(path: str) -> bytes:
    """The deployment code in the published package."""
    try:
        npm.install(CLIENTS)
    except npm.UnavailableError as error:
        missing(error)
    return bytes.fromhex(json.loads((PACKAGES / path).read_text())["bytecode"][2:])


def deploy(lab: sl.Lab, path: str, *arguments: str) -> str:
    data = published(path) + encode(["address"] * len(arguments), arguments)
    receipt = lab.chain.transact(OWNER.private, None, data)
    assert receipt.status == 1 and receipt.contract_address is not None
    return receipt.contract_address


def calldata(signature: str, *values: Any) -> bytes:
    types = signature.partition("(")[2][:-1]
    return keccak(signature.encode())[:4] + encode(types.split(",") if types else [], values)


def test_safe_with_its_4337_module(lab: sl.Lab) -> None:
    singleton, factory = (
        deploy(lab, f"{SAFE}/Safe.sol/Safe.json"),
        deploy(lab, f"{SAFE}/proxies/SafeProxyFactory.sol/SafeProxyFactory.json"),
    )
    setup, module = (
        deploy(lab, f"{MODULE}/SafeModuleSetup.sol/SafeModuleSetup.json"),
        deploy(lab, f"{MODULE}/Safe4337Module.sol/Safe4337Module.json", ENTRY_POINT),
    )
    enable = calldata("enableModules(address[])", [module])
    begin = calldata(
        "setup(address[],uint256,address,bytes,address,address,uint256,address)",
        *([OWNER.address], 1, setup, enable, module, ZERO, 0, ZERO),
    )
    makes = calldata("createProxyWithNonce(address,bytes,uint256)", singleton, begin, 7)
    account = checksum(lab.chain.call(factory, makes).output[12:32])
    lab.fund(account, ether(1))
    for first in (True, False):
        data = calldata("executeUserOp(address,uint256,bytes,uint8)", lab.recipient, 5, b"", 0)
        made = bare(lab, account, data, bytes(12) + bytes(64) + b"\x1b", (factory, makes) if first else None)
        asked = keccak(f"getOperationHash({OPERATION})".encode())[:4] + (32).to_bytes(32, "big")
        # The module says what its owners sign: the operation, and when it is valid, which stands before the signatures.
        digest = lab.chain.call(module, asked + pack(made.signed(bytes(12)))).output
        passes(lab, replace(made, signature=bytes(12) + OWNER.sign_hash(digest)))
    assert lab.balance(lab.recipient) == 10
    assert lab.chain.code(account)
