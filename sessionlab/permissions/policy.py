"""A session as the wallet keeps it: what it may reach, and what is left of what it may use.

    policy, remaining = install(rows(permissions), wallet=wallet, valid_until=expiry, rules=DOCUMENTED)

A ``Policy`` stays as it was installed; operations use up what remains. Both are plain data, made from the
same rows as the wallet contract's storage (``installing.vy``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, assert_never

from sessionlab.permissions.kinds import LIMITS, NATIVE, GrantKind, LimitKind, Meter, Remaining
from sessionlab.permissions.rows import Row
from sessionlab.permissions.rulesets import Ruleset


class Target(NamedTuple):
    """What may be called at one address that a permission names. A mere limit on an address names nothing to call."""

    functions: frozenset[bytes] = frozenset()
    #: The last permission that names it limits the functions; decides under the deployed rules.
    limits_functions: bool = False
    #: A contract-access permission names it; decides under the documented rules.
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What a session may do. ``NOTHING`` is the policy of a session that is not there."""

    #: Lower-case address.
    wallet: str = ""
    is_root: bool = False
    #: May use ``execute`` and ``executeBatch``.
    makes_calls: bool = False
    #: May send native tokens.
    sends_native: bool = False
    #: Counted for an operation as a whole, in validation.
    operation_meters: tuple[Meter, ...] = ()
    #: Counted over all calls of an operation together, in execution.
    sum_meters: tuple[Meter, ...] = ()
    #: The kinds of limits that bind one address each, and what a call counts against by its target. If there are any,
    #: ERC-20 tokens are the first.
    target_limits: Mapping[LimitKind, Mapping[str, Meter]] = field(default_factory=dict)
    #: Its operations must be wrapped in ``executeUserOp``, where spending is counted.
    limits_spending: bool = False
    #: Functions of the wallet itself, and functions on any address: selectors.
    account_functions: frozenset[bytes] = frozenset()
    anywhere: frozenset[bytes] = frozenset()
    #: By lower-case address.
    targets: Mapping[str, Target] = field(default_factory=dict)
    #: The first and the last second, unix time; 0: none.
    valid_after: int = 0
    valid_until: int = 0

    def without_conditions(self) -> Policy:
        """The same policy with the limits alone that count something. What it reaches stays as it is."""
        return replace(
            self,
            operation_meters=tuple(meter for meter in self.operation_meters if LIMITS[meter.kind].counts),
            sum_meters=tuple(meter for meter in self.sum_meters if LIMITS[meter.kind].counts),
            target_limits={kind: meters for kind, meters in self.target_limits.items() if LIMITS[kind].counts},
        )

    @property
    def is_installed(self) -> bool:
        """Whether a key acts by it. What a revoked session leaves has no wallet."""
        return bool(self.wallet)


NOTHING = Policy()
NOTHING_LEFT: Remaining = {}


def install(
    rows: Iterable[Row],
    *,
    wallet: str,
    rules: Ruleset,
    valid_after: int = 0,
    valid_until: int = 0,
    before: tuple[Policy, Remaining] = (NOTHING, NOTHING_LEFT),
) -> tuple[Policy, Remaining]:
    """The session that these rows make. ``before``: what an earlier session with its entity id left behind."""
    remaining, targets = dict(before[1]), dict(before[0].targets)
    anywhere, own = set(before[0].anywhere), set[bytes]()
    meters, makes_calls, is_root = dict[Meter, None](), False, False
    for row in rows:
        target = targets.get(row.target, Target())
        match row.kind:
            case LimitKind():
                limit = LIMITS[row.kind]
                meter = Meter(row.kind, row.target if limit.binds_target else None)
                remaining[meter] = row.amount
                meters[meter] = None
                makes_calls |= limit.grants(rules)
                if limit.functions:
                    functions = target.functions | limit.functions
                    targets[row.target] = target._replace(functions=functions, limits_functions=True)
            case GrantKind.CONTRACT:
                targets[row.target] = target._replace(limits_functions=False, is_open=True)
                makes_calls = True
            case GrantKind.FUNCTION_ON_CONTRACT:
                functions = target.functions | {row.selector}
                targets[row.target] = target._replace(functions=functions, limits_functions=True)
                makes_calls = True
            case GrantKind.FUNCTION_ANYWHERE:
                anywhere.add(row.selector)
                makes_calls = True
            case GrantKind.ACCOUNT_FUNCTION:
                own.add(row.selector)
            case GrantKind.ROOT:
                is_root = True
            case _:
                assert_never(row.kind)
    by_call = [meter for meter in meters if LIMITS[meter.kind].of_call]
    by_target = {meter.kind for meter in by_call if LIMITS[meter.kind].binds_target}
    if by_target:
        # The contract has one mark for them all: with it, what an earlier session's tokens left behind counts too (R6).
        by_target.add(LimitKind.ERC20)
    policy = Policy(
        wallet=wallet.lower(),
        is_root=is_root,
        makes_calls=makes_calls,
        sends_native=NATIVE in meters,
        operation_meters=tuple(sorted(meter for meter in meters if LIMITS[meter.kind].of_operation)),
        sum_meters=tuple(meter for meter in by_call if LIMITS[meter.kind].adds_up),
        target_limits={
            kind: {meter.token: meter for meter in remaining if meter.kind is kind and meter.token}
            for kind in sorted(by_target)
        },
        limits_spending=bool(by_call),
        account_functions=frozenset(own),
        anywhere=frozenset(anywhere),
        targets=targets,
        valid_after=valid_after,
        valid_until=valid_until,
    )
    return policy, remaining


def revoke(
    policy: Policy, remaining: Remaining, rules: Ruleset, *, with_hook_data: bool = True
) -> tuple[Policy, Remaining]:
    """What a revocation leaves: nothing, or under the deployed rules the lists and allowances, without a key (R6)."""
    if rules.revocation_is_total or with_hook_data:
        return NOTHING, NOTHING_LEFT
    return replace(NOTHING, anywhere=policy.anywhere, targets=policy.targets), remaining
