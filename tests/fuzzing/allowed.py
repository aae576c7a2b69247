"""What grants allow an adversary to take at most: the sum of their allowances, and no end where a rule has none.

Whether a rule has an end is asked of the rules themselves: a session whose allowances are endless tries the call that
would take something. So what is endless under the deployed rules (a value without native-token-transfer, a token
without a limit) is so here for exactly the grants that let such a call pass, and for no other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sessionlab.account import RawCall
from sessionlab.attacks.scene import COUNTER, HOSTILE, MERCHANT, OTHER_TOKEN, PAYMASTER, STRANGER, TOKEN, WALLET
from sessionlab.contracts.artifacts import artifact
from sessionlab.erc4337.user_operation import ENTRY_POINT
from sessionlab.permissions import Kind, Permission, Policy, Remaining, Ruleset, decide, operation_of, rows
from sessionlab.permissions import install as policy_of
from sessionlab.permissions.functions import REPLACE_OWNER
from sessionlab.permissions.kinds import LimitKind, Meter
from sessionlab.permissions.operation import plain_call
from sessionlab.permissions.rows import Row

TOKENS = (TOKEN, OTHER_TOKEN)
ENDLESS = math.inf
SWAP = bytes.fromhex(REPLACE_OWNER[2:])
token_abi = artifact("Token")
#: Where ETH goes, and the calls that carry it there beside those that a grant names.
PAYABLE = (
    RawCall(COUNTER, 1),
    RawCall(COUNTER, 1, artifact("Counter").encode("deposit")),
    *(RawCall(to, 1) for to in (MERCHANT, HOSTILE, PAYMASTER, STRANGER.address)),
)
DRAIN = RawCall(ENTRY_POINT, 0, artifact("EntryPoint").encode("withdrawTo", STRANGER.address, 1))


@dataclass
class Allowed:
    """What one session may still take beside its allowances, and how long."""

    policy: Policy
    #: What its operations may count against.
    meters: frozenset[Meter]
    #: Units of a token without a limit, wei of value without one: 0 or no end.
    tokens: dict[str, float]
    value: float
    #: What its operations may use as a whole, by kind of limit; of a kind that is not here, without end.
    operations: dict[LimitKind, int]
    #: It may become the owner, or do everything.
    gives_away: bool
    #: What they have used of each kind, whether it is limited or not.
    used: Counter[LimitKind] = field(default_factory=Counter)


def allowed(
    granted: Iterable[Row], rules: Ruleset, window: tuple[int, int], before: tuple[Policy, Remaining]
) -> Allowed:
    """What a session of these rows may take; ``before``: what is left of the one that had its id."""
    policy, left = policy_of(
        granted, wallet=WALLET, rules=rules, valid_after=window[0], valid_until=window[1], before=before
    )
    tokens = {
        token: ENDLESS if any(passes(policy, left, call, rules) for call in _moving(token)) else 0 for token in TOKENS
    }
    drains = passes(policy, left, DRAIN, rules)
    spends = not policy.sends_native and any(passes(policy, left, call, rules) for call in _paying(policy))
    return Allowed(
        policy,
        frozenset(left),
        {token: 0 if is_limited(policy, left, token) else most for token, most in tokens.items()},
        ENDLESS if drains or spends else 0,
        {meter.kind: left[meter] for meter in policy.operation_meters},
        policy.is_root or SWAP in policy.account_functions,
    )


def allowances(permissions: list[Permission], kind: Kind, token: str = "") -> int:
    """What a grant adds to what may be taken: the last allowance for a token is the one that counts."""
    found = [row.amount for row in rows(permissions) if row.kind is kind and token.lower() in ("", row.target.lower())]
    return found[-1] if found else 0


def passes(policy: Policy, meters: Iterable[Meter], call: RawCall, rules: Ruleset) -> bool:
    """Whether a session with endless allowances may make this call, alone or in a batch."""
    without_end = dict.fromkeys(meters, 2**256 - 1)
    now = max(policy.valid_after, 1)
    tried = (
        operation_of([plain_call(call.to, call.value, call.data)], batch=batch, is_global=policy.is_root)
        for batch in (False, True)
    )
    return any(decide(policy, without_end, one, now, rules).accepted for one in tried)


def is_limited(policy: Policy, meters: Iterable[Meter], token: str) -> bool:
    """Whether what a session moves of this token is counted."""
    return any(meter.kind in policy.target_limits and meter.token == token.lower() for meter in meters)


def _moving(token: str) -> Iterator[RawCall]:
    for name in ("transfer", "approve", "increaseAllowance"):
        yield RawCall(token, 0, token_abi.encode(name, STRANGER.address, 1))


def _paying(policy: Policy) -> Iterator[RawCall]:
    yield from PAYABLE
    takers = (HOSTILE, MERCHANT, STRANGER.address)
    named = {function for target in policy.targets.values() for function in target.functions}
    for function in sorted(named | policy.anywhere):
        yield from (RawCall(to, 1, function) for to in takers)


def nothing_left() -> tuple[Policy, Remaining]:
    """What an id has that no session had before."""
    return Policy(), {}
