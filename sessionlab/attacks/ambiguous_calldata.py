"""Calldata that the wallet might execute but a strict ABI decoder reads differently or rejects."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import COUNTER, INCREMENT, STRICT, AttackLab
from sessionlab.attacks.operations import act, install
from sessionlab.core.base.abi_words import word
from sessionlab.core.base.errors import SessionlabError
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import ContractAccess
from sessionlab.core.permissions.functions import EXECUTE_BATCH

PING, PONG = Call(COUNTER, data=INCREMENT), Call(STRICT, data=b"\1\2\3\4")


def encodings() -> Iterator[tuple[str, bytes]]:
    """Yield (what is wrong, calldata) pairs. Each encoding calls only functions that were granted."""
    item, two = account.execute(PING, wrapped=False), account.execute_batch([PING, PING], wrapped=False)
    first, second = two[68:100], two[100:132]
    yield "its array elsewhere", two[:4] + word(64) + two[36:]
    yield "its table cut off", two[:36]
    yield "its table in another order", two[:68] + second + first + two[132:]
    yield "its data elsewhere", item[:68] + word(192) + item[100:]
    yield "its last call cut off", item[:-28]
    yield "dirt before its target", item[:4] + b"\1" + item[5:]
    yield "dirt behind its data", two[:-1] + b"\1"


def canonical(data: bytes) -> bool:
    """Return whether decoding this calldata with a strict ABI decoder and encoding it again gives the same bytes."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    batch = data[:4] == EXECUTE_BATCH
    try:
        if batch:
            (calls,) = decode(["(address,uint256,bytes)[]"], data[4:])
        else:
            calls = [decode(["address", "uint256", "bytes"], data[4:])]
        read = [Call(target, amount, payload) for target, amount, payload in calls]
        again = account.execute_batch(read, wrapped=False) if batch else account.execute(read[0], wrapped=False)
    except (DecodingError, SessionlabError, OverflowError, ValueError):
        return False
    return again == data


@attack(
    "ambiguous_calldata", holds="the session key", gain="calls that nobody else reads", source="SmartSession, RN2 M-1"
)
def read_otherwise(lab: AttackLab) -> str:
    """Encodings that another decoder reads differently or not at all: the owner's tools would show another call."""
    install(lab, [ContractAccess(address=COUNTER), ContractAccess(address=STRICT)])
    for what, data in encodings():
        for wrapped in (True, False):
            snapshot = lab.chain.snapshot()
            outcome = act(lab, data, wrapped=wrapped)
            if outcome.phase == "ok" and not canonical(data):
                return f"1 operation ran with {what}"
            lab.chain.revert(snapshot)
    return ""
