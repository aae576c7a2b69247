"""The canonical EntryPoint v0.7: the bytecode of the npm package, installed for tests and never committed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from sessionlab.core.base.keys import derive_key
from sessionlab.core.deployments import Accounts
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.genesis import contract, funded
from tests import npm

FOLDER = Path(__file__).parent / "entry_point_npm"
ARTIFACT = FOLDER / "node_modules/@account-abstraction/contracts/artifacts/EntryPoint.json"
#: More than the contract has: the reentrancy guard's word is the only one that its constructor writes.
SLOTS = 8


@cache
def canonical_entry_point() -> Accounts:
    """Its code and storage at the usual address, and the SenderCreator it made. Raises UnavailableError."""
    npm.install(FOLDER)
    deployer = derive_key("canonical", "deployer")
    chain = Chain(funded([deployer.address], 10**18))
    bytecode = bytes.fromhex(json.loads(ARTIFACT.read_text())["bytecode"][2:])
    made = chain.transact(deployer.private, None, bytecode).contract_address
    assert made is not None
    creator = _created_by(chain, made)
    storage = {slot: chain.storage(made, slot) for slot in range(SLOTS) if chain.storage(made, slot)}
    return {ENTRY_POINT: contract(chain.code(made), storage), creator: contract(chain.code(creator))}


def _created_by(chain: Chain, maker: str) -> str:
    """The first contract that a contract created: by its nonce, 1."""
    from eth_utils.address import to_canonical_address
    from eth_utils.crypto import keccak
    from rlp import encode

    address = "0x" + keccak(encode([to_canonical_address(maker), 1]))[12:].hex()
    assert chain.code(address), "the EntryPoint created no SenderCreator"
    return address
