"""A session as the wallet stores it: what it may call, and what remains of its limits.

    policy, remaining = install(rows(permissions), wallet=wallet, valid_until=expiry, rules=DOCUMENTED)

A ``Policy`` never changes after it is installed; operations use up what remains. Both are plain data, built from the
same rows as the wallet contract's storage (``installing.vy``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, assert_never

from sessionlab.core.permissions.limits import LIMITS, NATIVE, GrantKind, LimitKind, Meter, Remaining
from sessionlab.core.permissions.rows import GrantRow
from sessionlab.core.permissions.rulesets import Ruleset


class Target(NamedTuple):
    """What may be called at one address that a permission names. A limit on an address allows no calls by itself."""

    functions: frozenset[bytes] = frozenset()
    #: Whether the last permission that names it limits the functions. Used under the deployed rules.
    limits_functions: bool = False
    #: Whether a contract-access permission names it. Used under the documented rules.
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What a session may do. ``NOTHING`` is the policy of a session that does not exist."""

    #: Lower-case address.
    wallet: str = ""
    is_root: bool = False
    #: Whether it may use ``execute`` and ``executeBatch``.
    makes_calls: bool = False
    #: Whether it may send native tokens.
    sends_native: bool = False
    #: Meters for an operation as a whole, counted in validation.
    operation_meters: tuple[Meter, ...] = ()
    #: Meters for the total of an operation's calls, counted in execution.
    sum_meters: tuple[Meter, ...] = ()
    #: For each kind of limit on single addresses, the meter for each target. If there are any, ERC-20 comes first.
    target_limits: Mapping[LimitKind, Mapping[str, Meter]] = field(hash=False, default_factory=dict)
    #: Whether its operations must be wrapped in ``executeUserOp``, where spending is counted.
    limits_spending: bool = False
    #: Selectors that it may use on the wallet itself, and on any address.
    account_functions: frozenset[bytes] = frozenset()
    anywhere: frozenset[bytes] = frozenset()
    #: Targets by lower-case address.
    targets: Mapping[str, Target] = field(hash=False, default_factory=dict)
    #: The first and last valid second, in Unix time; 0 means no bound.
    valid_after: int = 0
    valid_until: int = 0

    #: ``target_limits`` in the order of counting: tokens for all calls, then all extensions for each call.
    turns: tuple[tuple[tuple[LimitKind, Mapping[str, Meter]], ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive the turns."""
        limits = tuple(self.target_limits.items())
        object.__setattr__(self, "turns", tuple(filter(None, (limits[:1], limits[1:]))))

    def without_conditions(self) -> Policy:
        """Return the policy without conditions, keeping only limits that count. What it may call is unchanged."""
        return replace(
            self,
            operation_meters=tuple(meter for meter in self.operation_meters if LIMITS[meter.kind].counts),
            sum_meters=tuple(meter for meter in self.sum_meters if LIMITS[meter.kind].counts),
            target_limits={kind: meters for kind, meters in self.target_limits.items() if LIMITS[kind].counts},
        )

    @property
    def is_installed(self) -> bool:
        """Whether a session key can use it. What a revoked session leaves behind has no wallet."""
        return bool(self.wallet)


NOTHING = Policy()
NOTHING_LEFT: Remaining = {}


def install(
    rows: Iterable[GrantRow],
    *,
    wallet: str,
    rules: Ruleset,
    valid_after: int = 0,
    valid_until: int = 0,
    before: tuple[Policy, Remaining] = (NOTHING, NOTHING_LEFT),
) -> tuple[Policy, Remaining]:
    """Install rows as a session. ``before`` is what an earlier session with the same entity id left behind."""
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
        # The contract has one mark for all tokens, so tokens left behind by an earlier session count too (R6).
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
    """Return what a revocation leaves: nothing or, under the deployed rules, lists and allowances, keyless (R6)."""
    if rules.revocation_is_total or with_hook_data:
        return NOTHING, NOTHING_LEFT
    return replace(NOTHING, anywhere=policy.anywhere, targets=policy.targets), remaining
