"""Collectibles (ERC-721) leave one by one through their own functions, or all at once by an approval."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.core.permissions.operation import PlainCall, plain_call
from sessionlab.study.audit import theft_steps
from sessionlab.study.audit.calls import APPROVE_ALL, COLLECTION_FUNCTIONS, MOVE_THING, TokenFunction
from sessionlab.study.audit.loss import Loss, is_everything, owner_steps, taken_as_owner
from sessionlab.study.audit.state import Collection
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import THIEF, TheftStep
from sessionlab.study.audit.tokens import pulls

Way = tuple[TokenFunction, str]
"""A function and who gets the thing by it."""


def way_to_take(case: AuditSubject, address: str, id: int) -> Way | None:
    """Return how a session can move, approve or burn one thing of a collection; None if it cannot."""
    for function in COLLECTION_FUNCTIONS:
        for to in (case.thief, *case.named_by_conditions):
            if case.passes(_call(case, address, function, to, id)):
                return function, to
    return None


def collection_loss(case: AuditSubject, address: str, held: Collection) -> Loss:
    """Return how many of the wallet's things can be taken, by a session or by an approval that the key may use."""
    of_it = [approval for approval in case.wallet.approvals if approval.token.lower() == address.lower()]
    of_it = [approval for approval in of_it if pulls(case, approval)]
    pulled = {id: approval.spender for approval in of_it for id in approval.ids if id in held.ids}
    ways = {id: way for id in held.ids if (way := way_to_take(case, address, id))}
    ways = {id: way for id, way in ways.items() if way[1] == case.thief or id not in pulled}
    if is_everything(case):
        ways = dict.fromkeys(held.ids, (MOVE_THING, case.thief))
    pulled = {id: spender for id, spender in pulled.items() if id not in ways}
    standing = min(
        len(pulled) + sum(approval.units for approval in of_it if not approval.ids), len(held.ids) - len(ways)
    )
    # Things that arrive later go the same way; a thing that the wallet may still get has any id.
    way_in_future = way_to_take(case, address, 0) or way_to_take(case, address, 1 << 128)
    is_open = way_in_future or any(approval.is_operator for approval in of_it) or is_everything(case)
    ever = None if ways or is_open else standing
    now = len(ways) + standing
    steps = tuple(step for id, way in ways.items() for step in _take(case, address, way, id))
    name = case.called(address)
    steps += tuple(theft_steps.pull_by(case, who, address, id, f"{name} {id}") for id, who in pulled.items())
    steps = tuple(dict.fromkeys(steps))
    if owner_steps(case) is not None:
        steps = taken_as_owner(case, steps)
    receivers = {to for _, to in ways.values()}
    only = "" if standing or case.thief in receivers or not receivers else case.called(receivers.pop())
    shown = (count_of_things(now, held.name), "no limit" if ever is None else count_of_things(ever, held.name))
    holds = count_of_things(len(held.ids), held.name)
    return Loss(
        case.called(address), address, now, ever, steps, shown, len(held.ids), only, shown_held=holds, is_things=True
    )


def _call(case: AuditSubject, address: str, function: TokenFunction, to: str, id: int) -> PlainCall:
    return plain_call(address, 0, function.data(thief=to, holder=case.wallet.address, amount=id))


def _take(case: AuditSubject, address: str, way: Way, id: int) -> Iterator[TheftStep]:
    function, to = way
    what, who = f"{case.called(address)} {id}", case.called(to)
    call = _call(case, address, function, to, id)
    if function is APPROVE_ALL:
        yield theft_steps.step(case, call, f"{function.name} of {case.called(address)} to {who}")
    else:
        yield theft_steps.step(case, call, f"{function.name} {what}" + (f" to {who}" if to else ""))
    if function.approves:
        pull = _call(case, address, MOVE_THING, to, id)
        yield theft_steps.step(case, pull, f"transferFrom the wallet {what}, now or after the session's end", THIEF)


def count_of_things(number: int, name: str) -> str:
    """Return how many things, in words."""
    return f"{number:,} {name}" + ("s" if number != 1 and not name.endswith("s") else "")
