"""A session as the wallet keeps it: what it may reach, and what is left of what it may use.

    policy, state = install(rows(permissions), wallet=wallet, valid_until=expiry, rules=DOCUMENTED)

``Policy`` stays as it was installed; ``State`` is what operations consume. Both are plain data, made from the
same rows as the wallet contract's storage (``installing.vy``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sessionlab.permissions.rows import Kind, Row
from sessionlab.permissions.rulesets import Ruleset

TRANSFER, APPROVE = bytes.fromhex("a9059cbb"), bytes.fromhex("095ea7b3")


class Target(NamedTuple):
    """What a policy says about one address that a permission names."""

    functions: frozenset[bytes] = frozenset()
    #: The last permission that names it limits the functions; decides under the deployed rules.
    limits_functions: bool = False
    #: A contract-access permission names it; decides under the documented rules.
    is_open: bool = False
    #: Its transfers and approvals count against an allowance.
    is_limited_token: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What a session may do. ``NOTHING`` is the policy of a session that is not there."""

    #: Lower-case address.
    wallet: str = ""
    is_root: bool = False
    #: May use ``execute`` and ``executeBatch``.
    makes_calls: bool = False
    limits_native: bool = False
    limits_tokens: bool = False
    limits_gas: bool = False
    #: Functions of the wallet itself, and functions on any address: selectors.
    account_functions: frozenset[bytes] = frozenset()
    anywhere: frozenset[bytes] = frozenset()
    #: By lower-case address.
    targets: Mapping[str, Target] = field(default_factory=dict)
    #: The first and the last second, unix time; 0: none.
    valid_after: int = 0
    valid_until: int = 0

    @property
    def is_installed(self) -> bool:
        """Whether a key acts by it. What a revoked session leaves has no wallet."""
        return bool(self.wallet)

    @property
    def limits_spending(self) -> bool:
        """Whether its operations must be wrapped in ``executeUserOp``, where spending is counted."""
        return self.limits_native or self.limits_tokens


class State(NamedTuple):
    """What is left: wei, units by token (lower-case address), and gas or wei by the ruleset."""

    native: int = 0
    tokens: Mapping[str, int] = {}
    gas: int = 0


NOTHING = Policy()
FRESH = State()


def install(
    rows: Iterable[Row],
    *,
    wallet: str,
    rules: Ruleset,
    valid_after: int = 0,
    valid_until: int = 0,
    before: tuple[Policy, State] = (NOTHING, FRESH),
) -> tuple[Policy, State]:
    """The session that these rows make. ``before``: what an earlier session with its entity id left behind."""
    left, state = before
    targets, tokens = dict(left.targets), dict(state.tokens)
    native, gas = state.native, state.gas
    anywhere, own = set(left.anywhere), set()
    kinds = set()
    for row in rows:
        kinds.add(row.kind)
        target = targets.get(row.target, Target())
        if row.kind is Kind.NATIVE:
            native = row.amount
        elif row.kind is Kind.GAS:
            gas = row.amount
        elif row.kind is Kind.ACCOUNT_FUNCTION:
            own.add(row.selector)
        elif row.kind is Kind.FUNCTION_ANYWHERE:
            anywhere.add(row.selector)
        elif row.kind is Kind.CONTRACT:
            targets[row.target] = target._replace(limits_functions=False, is_open=True)
        elif row.kind is Kind.FUNCTION_ON_CONTRACT:
            functions = target.functions | {row.selector}
            targets[row.target] = target._replace(functions=functions, limits_functions=True)
        elif row.kind is Kind.ERC20:
            functions = target.functions | {TRANSFER, APPROVE}
            targets[row.target] = target._replace(functions=functions, limits_functions=True, is_limited_token=True)
            tokens[row.target] = row.amount
    calls = {Kind.ERC20, Kind.CONTRACT, Kind.FUNCTION_ANYWHERE, Kind.FUNCTION_ON_CONTRACT}
    if rules.native_reaches_plain_transfers:
        calls.add(Kind.NATIVE)
    policy = Policy(
        wallet=wallet.lower(),
        is_root=Kind.ROOT in kinds,
        makes_calls=bool(kinds & calls),
        limits_native=Kind.NATIVE in kinds,
        limits_tokens=Kind.ERC20 in kinds,
        limits_gas=Kind.GAS in kinds,
        account_functions=frozenset(own),
        anywhere=frozenset(anywhere),
        targets=targets,
        valid_after=valid_after,
        valid_until=valid_until,
    )
    return policy, State(native, tokens, gas)


def revoke(policy: Policy, state: State, rules: Ruleset, *, with_hook_data: bool = True) -> tuple[Policy, State]:
    """What a revocation leaves: nothing, or under the deployed rules the lists and allowances, without a key (R6)."""
    if rules.revocation_is_total or with_hook_data:
        return NOTHING, FRESH
    return replace(NOTHING, anywhere=policy.anywhere, targets=policy.targets), state
