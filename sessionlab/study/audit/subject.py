"""The sessions of the key under audit. Every question is an operation that ``decide`` decides.

No rule is repeated here, so what holds for both rulesets holds for any mixture of them. What a thief takes is asked of
all sessions that the key has on the wallet; what is wrong with a permission, of the audited one (``alone``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count, pairwise

from sessionlab.core.base.amounts import MAX_UINT256, format_units, short_address
from sessionlab.core.denials.address_book import ADDRESS_TEXT
from sessionlab.core.permissions.decide import Decision, decide
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.limits import LIMITS, Remaining
from sessionlab.core.permissions.operation import (
    MAX_CALLS,
    Operation,
    PlainCall,
    operation_of,
    plain_call,
)
from sessionlab.core.permissions.operation import read_operation as read
from sessionlab.core.permissions.policy import NOTHING, Policy, Target, install, revoke
from sessionlab.core.permissions.rows import GrantRow, rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.audit.state import KeyWallet, OtherSession, WalletState

#: From worst to least.
SEVERITY_ORDER = ("critical", "high", "medium", "low", "info")
#: Bound on the number of different amounts that add up to the maximum: two, unless a limit counts in its own way.
ROUNDS = 8
#: An amount with more decimals than this is written in base units.
FEW_DECIMALS = 9
#: An amount of at least this many is written as its order of magnitude.
ENDLESS = 10**15


@dataclass(frozen=True)
class AuditSubject:
    """Permissions, the wallet that grants them, the rules, and the thief's own account."""

    permissions: tuple[Permission, ...]
    wallet: WalletState
    rules: Ruleset
    thief: str
    price_ceiling: int
    #: False: conditions refuse nothing, so the answers are upper bounds.
    conditional: bool = True
    #: The rows of a session whose permissions are not at hand.
    given: tuple[GrantRow, ...] | None = None

    @property
    def rows(self) -> tuple[GrantRow, ...]:
        """What the wallet installs for the session."""
        return rows(self.permissions) if self.given is None else self.given

    @cached_property
    def sessions(self) -> tuple[AuditSubject, ...]:
        """Each session that the key has on the wallet, by itself; the audited one first."""
        return (self.alone, *map(self._other, self.live_others))

    @cached_property
    def key_wallets(self) -> dict[str, AuditSubject]:
        """What the key may do for each other wallet, by address in lower case. Upper bounds: no condition refuses."""
        return {each.address.lower(): self._for(each) for each in self.wallet.key_wallets or ()}

    def _for(self, other: KeyWallet) -> AuditSubject:
        wallet = WalletState(
            other.address,
            now=self.wallet.now,
            revoked=True,  # the audited session is not one of that wallet
            others=other.sessions,
            key_is_owners=other.is_owners,
            entry_point=self.wallet.entry_point,
        )
        return replace(self, permissions=(), given=(), wallet=wallet, conditional=False)

    @property
    def live_others(self) -> tuple[OtherSession, ...]:
        """The key's other sessions, without those that have expired."""
        return tuple(o for o in self.wallet.others or () if not o.expiry or self.wallet.now <= o.expiry)

    @cached_property
    def alone(self) -> AuditSubject:
        """The audited session, as if the key had no other and were not the owner's."""
        if not self.wallet.others and not self.wallet.key_is_owners and not self.wallet.owner:
            return self
        return replace(self, wallet=replace(self.wallet, others=None, key_is_owners=None, owner=None))

    def _other(self, session: OtherSession) -> AuditSubject:
        wallet = replace(
            self.wallet,
            expiry=session.expiry,
            left=session.left,
            revoked=False,
            installed=True,
            before=session.before,
            others=None,
            key_is_owners=None,
            owner=None,
        )
        return replace(self, permissions=(), wallet=wallet, given=session.rows)

    @cached_property
    def _installed(self) -> tuple[Policy, Remaining]:
        if self.wallet.revoked:
            return replace(NOTHING, wallet=self.wallet.address.lower()), {}
        until, before = self.wallet.expiry or 0, self._left_behind
        policy, fresh = install(
            self.rows, wallet=self.wallet.address, rules=self.rules, valid_until=until, before=before
        )
        policy = policy if self.conditional else policy.without_conditions()
        return policy, fresh if self.wallet.left is None else {**before[1], **self.wallet.left}

    @property
    def _left_behind(self) -> tuple[Policy, Remaining]:
        """What earlier sessions with the same entity id left behind: nothing where a revocation is total (R6)."""
        before = self.wallet.before
        policy, fresh = install(before.rows, wallet=self.wallet.address, rules=self.rules)
        policy, remaining = revoke(policy, {**fresh, **before.left}, self.rules, with_hook_data=False)
        return (policy, remaining) if before.rows else (NOTHING, {})

    @property
    def policy(self) -> Policy:
        """What the wallet would store for the audited session."""
        return self._installed[0]

    @cached_property
    def targets(self) -> dict[str, Target]:
        """The addresses that any of the sessions names, with the functions that it may call there."""
        result: dict[str, Target] = {}
        for session in self.sessions:
            for address, target in session.policy.targets.items():
                functions = result.get(address, Target()).functions | target.functions
                result[address] = target._replace(functions=functions)
        return result

    @cached_property
    def anywhere(self) -> frozenset[bytes]:
        """The functions that any of the sessions may call on all contracts."""
        return frozenset().union(*(session.policy.anywhere for session in self.sessions))

    @cached_property
    def is_root(self) -> bool:
        """Whether one of the sessions may do everything, now."""
        return any(session.policy.is_root and session.passes() for session in self.sessions)

    @property
    def left(self) -> Remaining:
        """What remains of each meter."""
        return self._installed[1]

    def without(self, index: int) -> AuditSubject:
        """Return the same subject without one permission."""
        return replace(self, permissions=self.permissions[:index] + self.permissions[index + 1 :])

    # -- asking

    def decide(self, operation: Operation, left: Remaining | None = None) -> Decision:
        """Decide an operation of the audited session by the rules. It uses the nonce key that the session needs."""
        operation = operation._replace(is_global=self.policy.is_root)
        return decide(self.policy, self.left if left is None else left, operation, self.wallet.now, self.rules)

    def operation(self, *calls: PlainCall, batch: bool | None = None, gas: int = 0, fee: int = 0) -> Operation:
        """Return the session's operation that makes these calls. Without gas, the thief's own paymaster pays."""
        return operation_of(calls, batch=batch, gas=gas, fee=fee, sponsored=not gas)

    def accepts(self, operation: Operation) -> bool:
        """Whether the rules allow an operation of one of the sessions."""
        return any(session.decide(operation).accepted for session in self.sessions)

    def passes(self, *calls: PlainCall) -> bool:
        """Whether the rules allow one operation that makes all these calls."""
        return self.accepts(self.operation(*calls))

    def own_function(self, data: bytes) -> str | None:
        """Return how a session may call a wallet function: ``direct`` or in a ``batch``; None if none may."""
        if self.accepts(read(EXECUTE_USER_OP + data, sponsored=True)):
            return "direct"
        inside = self.operation(plain_call(self.wallet.address, 0, data), batch=True)
        return "batch" if self.accepts(inside) else None

    def most(self, make: Callable[[int], Operation], *, paid: bool = False) -> int | None:
        """Return the most that the sessions' operations ``make(amount)`` add up to in sequence; None: no limit.

        ``paid``: it is enough that their gas is paid, even if their calls are reverted. If a condition refuses smaller
        amounts than it allows, the result is an upper bound that a thief may not reach exactly.
        """
        parts = [session._most(make, paid) for session in self.sessions]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    def largest(self, make: Callable[[int], Operation], *, paid: bool = False) -> int:
        """Return the largest amount that one operation ``make(amount)`` may request now; 0 if none."""
        return max(session._largest(make, session.left, paid) for session in self.sessions)

    def _most(self, make: Callable[[int], Operation], paid: bool) -> int | None:
        exact = self._add_up(make, paid)
        if not exact or not self._conditions or self._allows_less(make, paid):
            return exact
        largest = self._largest(make, self.left, paid)
        room = self._room(make(largest), self.left)
        bounds = (replace(self, conditional=False)._add_up(make, paid), None if room is None else room * largest)
        return min((bound for bound in bounds if bound is not None), default=None)

    def _add_up(self, make: Callable[[int], Operation], paid: bool) -> int | None:
        """Use the largest amount as often as it fits, then the largest that fits what remains, and so on."""
        total, left = 0, dict(self.left)
        room: int | None = None
        for _ in range(ROUNDS):
            amount = self._largest(make, left, paid)
            if amount == 0 or room == 0:
                return total
            operation = make(amount)
            after = self.decide(operation, left).remaining
            used = {meter: left[meter] - after[meter] for meter in after if left[meter] != after[meter]}
            if amount == MAX_UINT256 and MAX_UINT256 not in used.values():
                return None  # no limit counts it
            if operation.calls:
                room = self._room(operation, left) if room is None else room
                used = {meter: part for meter, part in used.items() if not LIMITS[meter.kind].of_operation}
            bounds = [left[meter] // part for meter, part in used.items()] + ([] if room is None else [room])
            if not bounds:
                return None  # no limit on repetitions
            times = min(bounds)
            total += times * amount
            room = None if room is None else room - times
            left |= {meter: left[meter] - times * part for meter, part in used.items()}
            if total > MAX_UINT256:
                return None
        return None

    def _room(self, operation: Operation, left: Remaining) -> int | None:
        """Return how many calls the limits on operations leave, in full batches; None: no limit."""
        after = self.decide(operation, left).remaining
        used = {meter: left[meter] - after[meter] for meter in after if LIMITS[meter.kind].of_operation}
        return min((MAX_CALLS * (left[meter] // part) for meter, part in used.items() if part), default=None)

    @cached_property
    def _conditions(self) -> tuple[int, ...]:
        """The amounts that conditions compare with. They are never used up."""
        return tuple(amount for meter, amount in self.left.items() if not LIMITS[meter.kind].counts)

    @property
    def has_conditions(self) -> bool:
        """Whether any limit of a session compares instead of counting."""
        return any(session._conditions for session in self.sessions)

    @cached_property
    def named_by_conditions(self) -> tuple[str, ...]:
        """The addresses that conditions compare with, except the wallet: assets sent to it do not leave."""
        limits = ((LIMITS[meter.kind], amount) for session in self.sessions for meter, amount in session.left.items())
        shown = [limit.shown(amount) for limit, amount in limits if limit.shown]
        result = dict.fromkeys(text.lower() for text in shown if text and ADDRESS_TEXT.fullmatch(text))
        return tuple(address for address in result if address != self.wallet.address.lower())

    @cached_property
    def _edges(self) -> list[int]:
        """Amounts around which a condition's answer may change, and powers of two in between; largest first."""
        sizes = (1 << bits for bits in range(256))
        near = (edge for amount in self._conditions for edge in (amount - 1, amount, amount + 1))
        return sorted({edge for edge in (*sizes, *near) if 0 < edge <= MAX_UINT256}, reverse=True)

    def _allows_less(self, make: Callable[[int], Operation], paid: bool) -> bool:
        """Whether every smaller amount passes, too."""
        largest = self._largest(make, self.left, paid)
        return all(_happens(self.decide(make(edge)), paid) for edge in self._edges if edge < largest)

    def _largest(self, make: Callable[[int], Operation], left: Remaining, paid: bool) -> int:
        """Return the largest amount that one operation may request; 0 if none."""

        def fits(amount: int) -> bool:
            return _happens(self.decide(make(amount), left), paid)

        if fits(MAX_UINT256):
            return MAX_UINT256
        counted = {amount for meter, amount in left.items() if LIMITS[meter.kind].counts and 0 < amount < MAX_UINT256}
        if self._conditions:
            edges = sorted({*self._edges, *counted}, reverse=True)
            return next((_last(fits, low, high) for high, low in pairwise((MAX_UINT256, *edges)) if fits(low)), 0)
        if not fits(1):
            return 0
        for guess in counted:  # usually exactly what remains
            if fits(guess) and not fits(guess + 1):
                return guess
        return _last(fits, 1, MAX_UINT256)

    # -- attribution

    def culprit(self, happens: Callable[[AuditSubject], bool]) -> int | None:
        """Return the permission that makes it happen: the first that is necessary, else the first that suffices."""
        indices = range(len(self.permissions))
        for index in indices:
            if not happens(self.without(index)):
                return index
        for index in indices:
            if happens(replace(self, permissions=(self.permissions[index],))):
                return index
        return None

    # -- words

    def called(self, address: str) -> str:
        """Return an address as it appears in a sentence."""
        result = self.roles.get(address.lower())
        return result or self.wallet.names.address(address)

    @cached_property
    def roles(self) -> dict[str, str]:
        """The addresses that play a part here, in lower case."""
        wallet = self.wallet
        result = {address.lower(): name for address, name in wallet.machinery.items()}
        result[wallet.entry_point.lower()] = "the EntryPoint"
        for token, held in wallet.tokens.items():
            symbol = held.symbol.removeprefix("units of ")
            short = short_address(token)
            result[token.lower()] = short if symbol.lower() == short.lower() else f"{symbol} ({short})"
        for address, things in wallet.collections.items():
            result.setdefault(address.lower(), f"{things.name} ({short_address(address)})")
        for each in wallet.key_wallets or ():
            result[each.address.lower()] = f"{short_address(each.address)} (another wallet of this key)"
        key = {wallet.key.lower(): "the key's own account"} if wallet.key else {}
        return result | key | {self.thief.lower(): "the thief", wallet.address.lower(): "the wallet"}

    @cached_property
    def any_contract(self) -> str:
        """An address that no permission and no asset names. It stands for contracts that nobody thought of."""
        named = {row.target for session in self.sessions for row in session.rows} | self.roles.keys()
        return next(address for number in count(1) if (address := f"0xa27c0{number:035x}") not in named)

    def token_amount(self, token: str, amount: int) -> str:
        """Format units of a token for people."""
        held = {address.lower(): held for address, held in self.wallet.tokens.items()}.get(token.lower())
        if held is None:
            return self.wallet.names.amount(amount, token)
        return _amount(amount, held.decimals, held.symbol, f"units of {held.symbol}")

    def is_collection(self, address: str) -> bool:
        """Whether the wallet holds things of this collection."""
        return address.lower() in map(str.lower, self.wallet.collections)

    def eth(self, wei: int) -> str:
        """Format wei for people."""
        return _amount(wei, 18, "ETH", "wei")

    def of_type(self, *kinds: type[Permission]) -> Iterator[tuple[int, Permission]]:
        """Yield the permissions of these types with their indices."""
        return ((index, result) for index, result in enumerate(self.permissions) if isinstance(result, kinds))

    @cached_property
    def functions(self) -> Sequence[bytes]:
        """Every function that the permissions name, in order, without repeats."""
        result = (row.selector for row in self.rows if row.selector != bytes(4))
        return tuple(dict.fromkeys(result))


def _last(fits: Callable[[int], bool], low: int, high: int) -> int:
    """Return the last amount that fits, between one that fits and one that does not."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _happens(decision: Decision, paid: bool) -> bool:
    return decision.phase != "validation" if paid else decision.accepted


def _amount(amount: int, decimals: int, symbol: str, smallest: str) -> str:
    """Format dust in base units, and numbers too large to read by their size."""
    if 0 < amount < 10 ** max(decimals - FEW_DECIMALS, 0):
        return f"{amount:,} {smallest}"
    whole = amount // 10**decimals
    if whole >= ENDLESS:
        return f"over 10^{len(str(whole)) - 1} {symbol}"
    return format_units(amount, decimals, symbol)
