"""Deploy a contract of the published package, and call it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode

import sessionlab as sl
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.evm.records import Receipt
from tests.canonical import ARTIFACT
from tests.differential.interface import call


@cache
def bytecode(contract: str) -> bytes:
    """Its deployment code."""
    return bytes.fromhex(json.loads(ARTIFACT.with_name(f"{contract}.json").read_text())["bytecode"][2:])


class Deployed:
    """A published contract in a lab, that ``deployer`` deployed."""

    def __init__(self, lab: sl.Lab, contract: str, deployer: Key, types: tuple[str, ...], *arguments: Any) -> None:
        self.lab, self.contract = lab, contract
        receipt = lab.chain.transact(deployer.private, None, bytecode(contract) + encode(types, arguments))
        assert receipt.status == 1, decode_revert(receipt.output)
        assert receipt.contract_address is not None
        self.address = receipt.contract_address

    def ask(self, name: str, kind: str, *arguments: Any) -> Any:
        """The one value that a view function answers."""
        answer = self.lab.chain.call(self.address, call(name, *arguments, contract=self.contract))
        assert answer.success, decode_revert(answer.output)
        return decode([kind], answer.output)[0]

    def transact(self, sender: Key, name: str, *arguments: Any, value: int = 0) -> Receipt:
        """Send a transaction to one of its functions."""
        data = call(name, *arguments, contract=self.contract)
        return self.lab.chain.transact(sender.private, self.address, data, value)
