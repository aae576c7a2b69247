"""An attacker's contract in a lab; calling it triggers its attack.

hostile = hostile_contract(lab, [Call(to=lab.token, function="transferFrom(...)", args=[...])])
session.send_calls([Call(to=hostile, function="claim()")])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.amounts import ether
from sessionlab.core.base.doors import BYTES, FLAG, reads
from sessionlab.core.base.errors import ChainError
from sessionlab.core.base.keys import derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.study.doors import CALLS, LAB

if TYPE_CHECKING:
    from sessionlab.core.erc4337.call import Call
    from sessionlab.study.facade import Lab


@reads(lab=LAB, calls=CALLS, answer=BYTES, reverts=FLAG)
def hostile_contract(lab: Lab, calls: Sequence[Call], *, answer: bytes = b"", reverts: bool = False) -> str:
    """Deploy a ``Hostile`` and arm it; returns its address.

    The next call to it, of any function, makes it try each of ``calls`` (at most 4) once; calls that fail are skipped.
    Every caller gets ``answer`` (at most 96 bytes) as return data, or as revert data with ``reverts``. Raises
    ChainError if the contract cannot be armed.
    """
    attacker = derive_key(lab.seed, "who armed a contract")
    made = artifact("Hostile")
    with lab.chain.atomic():
        lab.chain.set_balance(attacker.address, ether(1))
        address = lab.chain.transact(attacker.private, None, made.bytecode).contract_address
        assert address is not None  # no constructor, so deployment cannot revert
        candidates = [(call.to, call.value, call.data) for call in calls]
        receipt = lab.chain.transact(attacker.private, address, made.encode("arm", candidates, answer, reverts))
        if receipt.status != 1:
            fix = "give at most 4 calls, and at most 96 bytes as the answer."
            raise ChainError("The contract cannot be armed.", field="calls", asked=len(calls), fix=fix)
    return checksum(bytes.fromhex(address[2:]))
