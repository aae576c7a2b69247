"""The verdict on one transaction: the same as the published EntryPoint, and nobody charged for nothing."""

from __future__ import annotations

from sessionlab.core.erc4337.user_operation import UserOperation, operation_hash
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from tests.differential import bounds
from tests.differential.compared import Difference, differences
from tests.differential.observed import Observed
from tests.differential.operations import CHAIN_ID
from tests.differential.twins import Transaction, Twins


def found(twins: Twins, made: Transaction) -> list[Difference]:
    """Mine it on both chains, and return what differs or is charged unduly."""
    ours, published = twins.observe(made)
    return judged(ours, published, made)


def judged(ours: Observed, published: Observed, made: Transaction, bound: str = "") -> list[Difference]:
    """What differs, and which operations were charged and never ran.

    A bundle that is over a bound of ours (``bounds.py``; ``bound`` names one that only the run shows) may be refused by
    name, if nothing has moved.
    """
    if bounds.refused(ours, made, bound):
        return [] if bounds.untouched(ours) else [Difference("state", ours.state, {}, "refused by name")]
    idle = [
        Difference("charged without running", name, "", f"operation {place}")
        for name, seen in (("ours", ours), ("published", published))
        for place in never_ran(seen, made.operations)
    ]
    return differences(ours, published) + idle


def assert_same(twins: Twins, made: Transaction, bound: str = "") -> Observed:
    """Both chains do the same with it. Returns what the published EntryPoint did."""
    ours, published = twins.observe(made)
    different = judged(ours, published, made, bound)
    assert not different, "\n".join(map(str, different[:6]))
    return published


def never_ran(seen: Observed, operations: tuple[UserOperation, ...]) -> list[int]:
    """The places of operations that were charged although their wallet was never called for them."""
    charged = {event.topics[1] for event in seen.events if event.name == "UserOperationEvent"}
    return [
        place
        for place, operation in enumerate(operations)
        if operation.call_data
        and "0x" + operation_hash(operation, CHAIN_ID).hex() in charged
        and not any(sent.to == operation.sender and _executes(sent.data, operation) for sent in seen.sent)
    ]


def _executes(data: bytes, operation: UserOperation) -> bool:
    if operation.call_data[:4] == EXECUTE_USER_OP:
        return data[:4] == EXECUTE_USER_OP
    return data == operation.call_data


def successes(seen: Observed) -> list[bool]:
    """Of each operation that was charged, whether it succeeded."""
    return [event.values[1] for event in seen.events if event.name == "UserOperationEvent"]
