"""From a recorded run to the least permission set that allows it, including limits and expiry.

    proposal = least_permissions(session.record(), margin=0.2)
    proposal.needs                                # what is refused without each part
    proposal.grant(wallet)                        # a session with these permissions, from now on

A draft is derived from the calls. The rules then decide whether it allows the run (``required_operations``) and
whether each part is needed (``minimality``). Parts that are not needed are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import MAX_SECONDS, MAX_UINT256
from sessionlab.core.base.doors import maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.grant import check_grant, check_install, read_end
from sessionlab.core.permissions.limits import GAS, LIMITS, Meter, unit_of
from sessionlab.core.permissions.policy import install
from sessionlab.core.permissions.rows import GrantRow, limits_of, rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import NativeTokenTransfer, Permission, Root, types_under
from sessionlab.study.doors import NAMES, RECORDING, RULES_OR_NAME
from sessionlab.study.recording.candidate import draft, used_by
from sessionlab.study.recording.decide_again import rules_for
from sessionlab.study.recording.gas_under import GasUnder
from sessionlab.study.recording.minimality import UsedLimit, needs_of, weaker_sets
from sessionlab.study.recording.notes import notes_on
from sessionlab.study.recording.proposal import Proposal
from sessionlab.study.recording.recording import Recording
from sessionlab.study.recording.required_operations import Usage, first_refusal, successes, usage

if TYPE_CHECKING:
    from datetime import datetime

#: Gas that was measured without the chain differs from it by less than this share.
MEASURED_WITHIN = Fraction(1, 200)

#: A proposed session lasts an hour at least: somebody has to start the run.
LEAST_SECONDS = 3_600


@reads(recording=RECORDING, rules=maybe(RULES_OR_NAME), names=maybe(NAMES))
def least_permissions(
    recording: Recording,
    *,
    rules: str | Ruleset | None = None,
    margin: float | Decimal | Fraction | str = 0.0,
    gas_margin: float | Decimal | Fraction | str = 0.25,
    expiry_sec: int | datetime | None = None,
    expires_in: int | None = None,
    names: AddressBook | None = None,
) -> Proposal:
    """Return the least permission set under which every operation that succeeded in ``recording`` succeeds again.

    ``rules``: the ruleset to grant under; None: the recording's own. ``margin``: how much to add to the amount used for
    each limit, and to the run's duration: 0.2 adds 20 %, rounded up. With 0, the same operations pass, and nothing more
    but gas. ``gas_margin``: how much more to add to gas, which is measured under the proposed set and differs a little
    from wallet to wallet. Unless it is 0, gas-limit also holds for what the recording does not tell: whether gas limits
    were estimated or named by the caller, and whether the wallet had a deposit at the EntryPoint. ``expires_in``: how
    many seconds the session lasts, or ``expiry_sec``: when it ends if it begins with the run, in Unix seconds or as a
    datetime with a timezone. Without them: as long as the run took, with the margin, and an hour at least.

    Raises InvalidInput for a margin that is negative or not a number, for a duration that the run does not fit in, for
    an unknown ruleset, and for a recording in which no operation succeeded or that no permission set allows.
    """
    ruling = rules_for(recording, rules)
    share, for_gas = _read_margin(margin, "margin"), _read_margin(gas_margin, "gas_margin")
    if names is not None:
        recording = recording._with_names(names)
    first, last = _first_and_last(recording)
    permissions = _that_allow(recording, ruling, last)
    seconds = _duration(read_end(expiry_sec, expires_in, lambda: first), first, last - first, share)
    gas_of = GasUnder(recording, permissions, ruling, ends=True)
    shares = {GAS: (1 + share) * (1 + for_gas) - 1}
    limits = with_margin = _limits(recording, permissions, ruling, gas_of, lambda meter: shares.get(meter, share))
    if for_gas:
        limits = _holding_in_any_case(limits, usage(recording, permissions, ruling, gas_of.most), permissions)
    for limit in limits:
        permissions[limit.permission] = permissions[limit.permission].with_limit(limit.limit)
    expiry = first + seconds
    check_grant(permissions, wallet=recording.wallet, expiry=expiry, now=first, rules=ruling)
    check_install(permissions, expiry=expiry)
    return Proposal(
        recording=recording,
        rules=ruling,
        margin=share,
        gas_margin=for_gas,
        permissions=tuple(permissions),
        seconds=seconds,
        limits=limits,
        needs=needs_of(recording, permissions, expiry, limits, last, ruling, gas_of),
        notes=notes_on(recording, permissions, ruling, share, is_raised=limits != with_margin),
    )


def _duration(end: int | None, first: int, took: int, margin: Fraction) -> int:
    """Return how many seconds the session lasts."""
    if end is None:
        return min(max(LEAST_SECONDS, took + _more(took, margin)), max(took, MAX_SECONDS // 2))
    if not took <= (lasts := end - first) <= MAX_SECONDS // 2:
        message, fix = f"The run does not fit into {lasts:,} seconds.", f"give {took:,} seconds or more."
        raise InvalidInput(message, field="expires_in", asked=lasts, left=took, fix=fix)
    return lasts


def _read_margin(margin: Any, field: str) -> Fraction:
    """Read a margin exactly: 0.2 is one fifth."""
    try:
        if isinstance(margin, bool):
            raise ValueError
        result = margin if isinstance(margin, Fraction) else Fraction(str(margin))
        if result >= 0:
            return result
    except (ValueError, ZeroDivisionError):
        pass
    fix = "give 0 or more: 0.2 is 20 % more than was used."
    raise InvalidInput(f"{margin!r} is not a margin.", field=field, asked=str(margin)[:80], fix=fix)


def _first_and_last(recording: Recording) -> tuple[int, int]:
    """Return when the run began and when its last operation succeeded, in Unix seconds."""
    if not recording.steps:
        fix = "record a session that has sent operations."
        raise InvalidInput("The recording has no operation.", field="recording", asked=0, fix=fix)
    if not recording.succeeded:
        message = f"None of the {len(recording.steps)} operations of the recording succeeded."
        fix = "record a run in which some operation succeeds: only those are allowed again."
        raise InvalidInput(message, field="recording", asked=0, fix=fix)
    return recording.steps[0].time, recording.succeeded[-1].time


def _that_allow(recording: Recording, rules: Ruleset, last: int) -> list[Permission]:
    """Return the draft without its unneeded parts if it allows the run; else root alone."""
    operations = [operation for _, operation in successes(recording)]
    result = draft(used_by(operations, recording.wallet), rules)
    if isinstance(result[0] if result else None, Root) or first_refusal(recording, result, last, rules) is not None:
        refused = first_refusal(recording, [Root()], last, rules)
        if refused is not None:
            message = f"No permission set allows operation {refused.number}: {refused.decision.reason}."
            fix = "check the recording: it says that this operation succeeded."
            raise InvalidInput(message, field=f"steps[{refused.number}]", asked=refused.decision.reason, fix=fix)
        return [Root()]
    least = _without_the_unneeded(recording, result, rules, last)
    bound = [*least, *_conditions_of(recording, least, rules)]
    return [*(least if first_refusal(recording, bound, last, rules) else bound), *_bounds_beside(rules)]


def _bounds_beside(rules: Ruleset) -> list[Permission]:
    """Return one permission of each known type that limits whole operations, with a limit of 0."""
    known = types_under(rules)
    kinds = [known[limit.permission] for limit in LIMITS.values() if limit.of_operation and limit.permission in known]
    return [kind(**dict.fromkeys(kind.fields(), 0)) for kind in kinds]


def _conditions_of(recording: Recording, least: list[Permission], rules: Ruleset) -> list[Permission]:
    """Return the recorded session's conditions that apply to what ``least`` reaches."""
    reached = install(rows(least), wallet=recording.wallet, rules=rules)[0]
    binding = limits_of(recording.permissions)

    def binds(row: GrantRow) -> bool:
        if row.meter is None or LIMITS[row.meter.kind].counts or binding[row.meter] != row.amount:
            return False
        return row.target in reached.targets or bool(reached.anywhere)

    known = types_under(rules)
    return [p for p in recording.permissions if p.type in known and any(map(binds, p.rows()))]


def _without_the_unneeded(
    recording: Recording, permissions: list[Permission], rules: Ruleset, last: int
) -> list[Permission]:
    """Drop permissions until none can be dropped. Limits stay: without one, more would be allowed, not less."""
    result = tuple(permissions)
    again = True
    while again:
        again = False
        for weaker in weaker_sets(result, last, (), last, recording.names):
            if weaker.permission is None or _bounds(result[weaker.permission], rules):
                continue
            if first_refusal(recording, weaker.permissions, last, rules) is None:
                result, again = weaker.permissions, True
                break
    return list(result)


def _bounds(permission: Permission, rules: Ruleset) -> bool:
    """Whether dropping the permission could allow more."""
    if permission.limited_to is None:
        return False
    # If value needs a permission, an allowance of 0 wei limits nothing (R1).
    return permission.limited_to > 0 or permission.type != NativeTokenTransfer.type or not rules.value_needs_permission


def _limits(
    recording: Recording,
    permissions: list[Permission],
    rules: Ruleset,
    gas_of: GasUnder,
    margin: Callable[[Meter], Fraction],
) -> tuple[UsedLimit, ...]:
    """Return the amount used of each limit, and what its margin adds."""
    used_of, result = usage(recording, permissions, rules, gas_of), []
    for number, permission in enumerate(permissions):
        for meter in limits_of([permission]) if permission.limited_to is not None else ():
            used, operations = used_of[meter]
            limit = min(used + _more(used, margin(meter)), MAX_UINT256)
            result.append(UsedLimit(number, operations, used, limit - used, limit, unit_of(meter, rules)))
    return tuple(result)


def _holding_in_any_case(
    limits: tuple[UsedLimit, ...], most: Mapping[Meter, Usage], permissions: Sequence[Permission]
) -> tuple[UsedLimit, ...]:
    """Raise gas-limit to what the run asks for in the worst case of what the recording leaves open."""
    result = []
    for limit in limits:
        if GAS in limits_of([permissions[limit.permission]]):
            worst = min(most[GAS].used + _more(most[GAS].used, MEASURED_WITHIN), MAX_UINT256)
            highest = max(limit.limit, worst)
            limit = replace(limit, added=highest - limit.used, limit=highest)
        result.append(limit)
    return tuple(result)


def _more(amount: int, margin: Fraction) -> int:
    """Return what the margin adds, rounded up."""
    return -(-amount * margin.numerator // margin.denominator)
