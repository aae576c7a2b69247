"""Read the outcomes of a bundle's user operations from the transaction's receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.errors import SessionlabError
from sessionlab.core.contracts.abi import AbiEntry
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import Revert, decode_revert
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.records import Log, Receipt


@dataclass(frozen=True, slots=True)
class Included:
    """One operation in a mined bundle. ``revert`` is why its execution failed, if it did."""

    operation_hash: bytes
    sender: str
    nonce: int
    paymaster: str | None
    success: bool
    #: What the EntryPoint charged, in gas (including the penalty for unused gas) and in wei.
    gas_used: int
    gas_cost: int
    revert: Revert | None
    #: Its execution logs, without the EntryPoint's own.
    logs: tuple[Log, ...]


class BundleReverted(SessionlabError):
    """``handleOps`` reverted, so nothing happened. ``revert`` says why; ``place`` says which operation caused it."""

    def __init__(self, revert: Revert) -> None:
        self.revert = revert
        self.place: int | None = revert.args.get("opIndex")
        super().__init__(f"The bundle reverts: {' ← '.join(revert.path)}.", left=self.place)


def read_bundle(receipt: Receipt) -> list[Included]:
    """Return the operations of a mined ``handleOps``, in order. Raises BundleReverted if it reverted."""
    if receipt.status != 1:
        raise BundleReverted(decode_revert(receipt.output))
    return read_logs(receipt.logs)


def read_logs(logs: Sequence[Log]) -> list[Included]:
    """Return the operations that these logs of one bundle report as completed."""
    result: list[Included] = []
    own: list[Log] = []
    revert: Revert | None = None
    for log in logs:
        event = _event(log)
        if event is None:
            own.append(log)
        elif event.name == "BeforeExecution":
            own = []
        elif event.name in ("UserOperationRevertReason", "PostOpRevertReason"):
            revert = decode_revert(_args(event, log)["revertReason"])
        elif event.name == "UserOperationEvent":
            args = _args(event, log)
            if not args["success"] and revert is None:
                revert = decode_revert(b"")
            result.append(_included(args, revert, own))
            own, revert = [], None
    return result


def _included(args: dict[str, Any], revert: Revert | None, logs: list[Log]) -> Included:
    paymaster = args["paymaster"]
    return Included(
        operation_hash=args["userOpHash"],
        sender=_address(args["sender"]),
        nonce=args["nonce"],
        paymaster=None if int(paymaster, 16) == 0 else _address(paymaster),
        success=args["success"],
        gas_used=args["actualGasUsed"],
        gas_cost=args["actualGasCost"],
        revert=revert,
        logs=tuple(logs),
    )


def _event(log: Log) -> AbiEntry | None:
    """Return the EntryPoint's event for this log; None if another contract emitted it."""
    if log.address != ENTRY_POINT or not log.topics:
        return None
    return artifact("EntryPoint").events.get(bytes.fromhex(log.topics[0][2:]))


def _args(event: AbiEntry, log: Log) -> dict[str, Any]:
    return event.decode_event([bytes.fromhex(topic[2:]) for topic in log.topics], log.data)


def _address(address: str) -> str:
    return checksum(bytes.fromhex(address[2:]))
