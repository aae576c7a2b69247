"""From a recorded run to the least permission set that allows it, limits and expiry included.

    proposal = least_permissions(session.record(), margin=0.2)
    proposal.needs                                # what is refused without each part
    wallet.grant_permissions(proposal.permissions, expiry_sec=lab.now + proposal.seconds)

A draft is read off the calls (``propose``); the rules then say whether it allows the run (``trail``) and whether each
part is needed (``needs``). What is not is left out.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from sessionlab.amounts import MAX_UINT256
from sessionlab.errors import InvalidInput
from sessionlab.insight.names import Names
from sessionlab.permissions.grant import MAX_SECONDS, check_grant, check_install
from sessionlab.permissions.kinds import LIMITS, unit_of
from sessionlab.permissions.policy import install
from sessionlab.permissions.rows import Row, limits_of, rows
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import NativeTokenTransfer, Permission, Root, types_under
from sessionlab.recording.needs import UsedLimit, needs_of, weaker_sets
from sessionlab.recording.notes import notes_on
from sessionlab.recording.proposal import Proposal
from sessionlab.recording.propose import draft, used_by
from sessionlab.recording.recording import Recording
from sessionlab.recording.rerun import rules_for
from sessionlab.recording.trail import first_refusal, successes, usage


def least_permissions(
    recording: Recording,
    *,
    rules: str | Ruleset | None = None,
    margin: float | Decimal | Fraction | str = 0.0,
    names: Names | None = None,
) -> Proposal:
    """The least permission set with which every operation of ``recording`` that succeeded would succeed again.

    ``rules``: the ruleset to be granted under; None: the recording's own. ``margin``: by how much more than was used
    each limit is, and than it took the expiry: 0.2 is 20 % more, rounded up. With 0 every limit is exact: then the
    same operations pass, with the same gas limits, and nothing more.

    Raises InvalidInput for a margin that is negative or no number, an unknown ruleset, a recording without an
    operation that succeeded, and one that no permission set allows.
    """
    if not isinstance(recording, Recording):
        message, fix = "recording is not a Recording.", "give what session.record() returned."
        raise InvalidInput(message, field="recording", asked=type(recording).__name__, fix=fix)
    ruling = rules_for(recording, rules)
    share = _read_margin(margin)
    if names is not None:
        recording = recording.with_names(names)
    first, last = _first_and_last(recording)
    permissions = _that_allow(recording, ruling, last)
    limits = _limits(recording, permissions, ruling, share)
    for limit in limits:
        permissions[limit.permission] = permissions[limit.permission].with_limit(limit.limit)
    expiry = min(last + _more(last - first, share), max(last, MAX_SECONDS))
    check_grant(permissions, wallet=recording.wallet, expiry=expiry, now=first, rules=ruling)
    check_install(permissions, expiry=expiry)
    return Proposal(
        recording=recording,
        rules=ruling,
        margin=share,
        permissions=tuple(permissions),
        expiry_sec=expiry,
        limits=limits,
        needs=needs_of(recording, permissions, expiry, limits, last, ruling),
        notes=notes_on(recording, permissions, ruling, share),
    )


def _read_margin(margin: Any) -> Fraction:
    """Exact: 0.2 is a fifth, as it is written."""
    try:
        if isinstance(margin, bool):
            raise ValueError
        found = margin if isinstance(margin, Fraction) else Fraction(str(margin))
        if found >= 0:
            return found
    except (ValueError, ZeroDivisionError):
        pass
    fix = "give 0 or more: 0.2 is 20 % more than was used."
    raise InvalidInput(f"{margin!r} is not a margin.", field="margin", asked=str(margin)[:80], fix=fix)


def _first_and_last(recording: Recording) -> tuple[int, int]:
    """When the run began, and when its last operation succeeded, unix seconds."""
    if not recording.steps:
        fix = "record a session that has sent operations."
        raise InvalidInput("The recording has no operation.", field="recording", asked=0, fix=fix)
    if not recording.succeeded:
        message = f"None of the {len(recording.steps)} operations of the recording succeeded."
        fix = "record a run in which some operation succeeds: only those are allowed again."
        raise InvalidInput(message, field="recording", asked=0, fix=fix)
    return recording.steps[0].time, recording.succeeded[-1].time


def _that_allow(recording: Recording, rules: Ruleset, last: int) -> list[Permission]:
    """The draft if it allows the run, without what the run does not need; else root, which stands alone."""
    operations = [operation for _, operation in successes(recording)]
    found = draft(used_by(operations, recording.wallet), rules)
    if isinstance(found[0] if found else None, Root) or first_refusal(recording, found, last, rules) is not None:
        refused = first_refusal(recording, [Root()], last, rules)
        if refused is not None:
            message = f"No permission set allows operation {refused.number}: {refused.decision.reason}."
            fix = "check the recording: it says that this operation succeeded."
            raise InvalidInput(message, field=f"steps[{refused.number}]", asked=refused.decision.reason, fix=fix)
        return [Root()]
    least = _without_the_unneeded(recording, found, rules, last)
    bound = [*least, *_conditions_of(recording, least, rules)]
    return [*(least if first_refusal(recording, bound, last, rules) else bound), *_bounds_beside(rules)]


def _bounds_beside(rules: Ruleset) -> list[Permission]:
    """The permissions that only bound what others grant, each with nothing in it yet: all that these rules know."""
    known = types_under(rules)
    kinds = [known[limit.permission] for limit in LIMITS.values() if limit.of_operation and limit.permission in known]
    return [kind(**dict.fromkeys(kind.fields(), 0)) for kind in kinds]


def _conditions_of(recording: Recording, least: list[Permission], rules: Ruleset) -> list[Permission]:
    """The conditions of the recorded session that bind what ``least`` reaches."""
    reached = install(rows(least), wallet=recording.wallet, rules=rules)[0]
    binding = limits_of(recording.permissions)

    def binds(row: Row) -> bool:
        if row.meter is None or LIMITS[row.meter.kind].counts or binding[row.meter] != row.amount:
            return False
        return row.target in reached.targets or bool(reached.anywhere)

    known = types_under(rules)
    return [p for p in recording.permissions if p.type in known and any(map(binds, p.rows()))]


def _without_the_unneeded(
    recording: Recording, permissions: list[Permission], rules: Ruleset, last: int
) -> list[Permission]:
    """Leave out what can be, until nothing can. A limit stays: without it, more would be allowed, not less."""
    found = tuple(permissions)
    again = True
    while again:
        again = False
        for weaker in weaker_sets(found, last, (), last, recording.names):
            if weaker.permission is None or _bounds(found[weaker.permission], rules):
                continue
            if first_refusal(recording, weaker.permissions, last, rules) is None:
                found, again = weaker.permissions, True
                break
    return list(found)


def _bounds(permission: Permission, rules: Ruleset) -> bool:
    """Whether leaving it out could allow more."""
    if permission.limited_to is None:
        return False
    # Where value needs a permission, one that allows 0 wei bounds nothing (R1).
    return permission.limited_to > 0 or permission.type != NativeTokenTransfer.type or not rules.value_needs_permission


def _limits(
    recording: Recording, permissions: list[Permission], rules: Ruleset, margin: Fraction
) -> tuple[UsedLimit, ...]:
    """What was used of each limit, and what the margin adds."""
    used_of, found = usage(recording, permissions, rules), []
    for number, permission in enumerate(permissions):
        for meter in limits_of([permission]) if permission.limited_to is not None else ():
            used, operations = used_of[meter]
            limit = min(used + _more(used, margin), MAX_UINT256)
            found.append(UsedLimit(number, operations, used, limit - used, limit, unit_of(meter, rules)))
    return tuple(found)


def _more(amount: int, margin: Fraction) -> int:
    """What the margin adds, rounded up."""
    return -(-amount * margin.numerator // margin.denominator)
