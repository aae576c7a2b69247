"""One session before its judge: what may it do? Every question is an operation that ``decide`` decides.

No rule is written down here a second time, so what holds for both rulesets holds for every mixture of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from sessionlab.amounts import format_units, short_address
from sessionlab.insight.audit.calls import MAX
from sessionlab.insight.audit.state import WalletState
from sessionlab.insight.names import ADDRESS_TEXT
from sessionlab.permissions.decide import Decision, decide
from sessionlab.permissions.kinds import LIMITS, Remaining
from sessionlab.permissions.operation import EXECUTE_USER_OP, MAX_CALLS, Operation, PlainCall, operation_of, plain_call
from sessionlab.permissions.operation import read_operation as read
from sessionlab.permissions.policy import NOTHING, Policy, install
from sessionlab.permissions.rows import rows
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import Permission

#: A bound on how many different amounts add up to the most: two, unless a limit counts in a way of its own.
ROUNDS = 8
#: With more decimals than these behind its point, an amount is written in the smallest unit.
FEW_DECIMALS = 9
#: From here on an amount is written by its size alone.
ENDLESS = 10**15


@dataclass(frozen=True)
class Case:
    """Permissions, the wallet that grants them, the rules, and the thief's own account."""

    permissions: tuple[Permission, ...]
    wallet: WalletState
    rules: Ruleset
    thief: str
    price_ceiling: int
    #: Without it, conditions refuse nothing: what is asked then is a bound.
    conditional: bool = True

    @cached_property
    def _installed(self) -> tuple[Policy, Remaining]:
        if self.wallet.revoked:
            return replace(NOTHING, wallet=self.wallet.address.lower()), {}
        until = self.wallet.expiry or 0
        made = rows(self.permissions)
        policy, fresh = install(made, wallet=self.wallet.address, rules=self.rules, valid_until=until)
        policy = policy if self.conditional else policy.without_conditions()
        return policy, fresh if self.wallet.left is None else self.wallet.left

    @property
    def policy(self) -> Policy:
        """What the wallet would keep of the session."""
        return self._installed[0]

    @property
    def left(self) -> Remaining:
        """What is left of each meter."""
        return self._installed[1]

    def without(self, place: int) -> Case:
        """The same without one permission."""
        return replace(self, permissions=self.permissions[:place] + self.permissions[place + 1 :])

    # -- asking

    def decide(self, operation: Operation, left: Remaining | None = None) -> Decision:
        """What the rules say about an operation."""
        return decide(self.policy, self.left if left is None else left, operation, self.wallet.now, self.rules)

    def operation(self, *calls: PlainCall, batch: bool | None = None, gas: int = 0, fee: int = 0) -> Operation:
        """The session's operation that makes these calls. Without gas, the thief's own paymaster pays for it."""
        root = self.policy.is_root
        return operation_of(calls, batch=batch, gas=gas, fee=fee, sponsored=not gas, is_global=root)

    def passes(self, *calls: PlainCall) -> bool:
        """Whether the rules let one operation make all these calls."""
        return self.decide(self.operation(*calls)).accepted

    def own_function(self, data: bytes) -> str | None:
        """How the session may call a function of the wallet itself: ``direct``, in a ``batch``, or not at all."""
        direct = read(EXECUTE_USER_OP + data, sponsored=True, is_global=self.policy.is_root)
        if self.decide(direct).accepted:
            return "direct"
        inside = self.operation(plain_call(self.wallet.address, 0, data), batch=True)
        return "batch" if self.decide(inside).accepted else None

    def most(self, make: Callable[[int], Operation], *, paid: bool = False) -> int | None:
        """The most that operations ``make(amount)`` add up to, one after the other; None: there is no limit.

        ``paid``: it is enough that their gas is paid, even if their calls are undone. Under a condition that refuses
        smaller amounts than it allows, this is a bound, which a thief may not reach exactly.
        """
        exact = self._add_up(make, paid)
        if not exact or not self._conditions or self._allows_less(make, paid):
            return exact
        largest = self.largest(make, paid=paid)
        room = self._room(make(largest), self.left)
        bounds = (replace(self, conditional=False)._add_up(make, paid), None if room is None else room * largest)
        return min((bound for bound in bounds if bound is not None), default=None)

    def largest(self, make: Callable[[int], Operation], *, paid: bool = False) -> int:
        """The largest amount that one operation ``make(amount)`` may ask for now; 0 if none."""
        return self._largest(make, self.left, paid)

    def _add_up(self, make: Callable[[int], Operation], paid: bool) -> int | None:
        """The largest amount as often as it fits, then the largest that fits the rest, and so on."""
        total, left = 0, dict(self.left)
        room: int | None = None
        for _ in range(ROUNDS):
            amount = self._largest(make, left, paid)
            if amount == 0 or room == 0:
                return total
            operation = make(amount)
            after = self.decide(operation, left).remaining
            used = {meter: left[meter] - after[meter] for meter in after if left[meter] != after[meter]}
            if amount == MAX and MAX not in used.values():
                return None  # nothing counts it
            if operation.calls:
                room = self._room(operation, left) if room is None else room
                used = {meter: part for meter, part in used.items() if not LIMITS[meter.kind].of_operation}
            bounds = [left[meter] // part for meter, part in used.items()] + ([] if room is None else [room])
            if not bounds:
                return None  # as often as one likes
            times = min(bounds)
            total += times * amount
            room = None if room is None else room - times
            left |= {meter: left[meter] - times * part for meter, part in used.items()}
            if total > MAX:
                return None
        return None

    def _room(self, operation: Operation, left: Remaining) -> int | None:
        """How many calls the limits on operations leave, in full batches; None: they leave any number."""
        after = self.decide(operation, left).remaining
        used = {meter: left[meter] - after[meter] for meter in after if LIMITS[meter.kind].of_operation}
        return min((MAX_CALLS * (left[meter] // part) for meter, part in used.items() if part), default=None)

    @cached_property
    def _conditions(self) -> tuple[int, ...]:
        """The amounts with which conditions compare. They are never used up."""
        return tuple(amount for meter, amount in self.left.items() if not LIMITS[meter.kind].counts)

    @property
    def has_conditions(self) -> bool:
        """Whether a limit compares instead of counting."""
        return bool(self._conditions)

    @cached_property
    def named_by_conditions(self) -> tuple[str, ...]:
        """The addresses with which conditions compare; what goes to the wallet itself does not leave."""
        limits = ((LIMITS[meter.kind], amount) for meter, amount in self.left.items())
        shown = [limit.shown(amount) for limit, amount in limits if limit.shown]
        found = dict.fromkeys(text.lower() for text in shown if text and ADDRESS_TEXT.fullmatch(text))
        return tuple(address for address in found if address != self.wallet.address.lower())

    @cached_property
    def _edges(self) -> list[int]:
        """Amounts between which the answer of a condition may change, and sizes in between; the largest first."""
        sizes = (1 << bits for bits in range(256))
        near = (edge for amount in self._conditions for edge in (amount - 1, amount, amount + 1))
        return sorted({edge for edge in (*sizes, *near) if 0 < edge <= MAX}, reverse=True)

    def _allows_less(self, make: Callable[[int], Operation], paid: bool) -> bool:
        """Whether every amount below the largest fits, too."""
        largest = self.largest(make, paid=paid)
        return all(_happens(self.decide(make(edge)), paid) for edge in self._edges if edge < largest)

    def _largest(self, make: Callable[[int], Operation], left: Remaining, paid: bool) -> int:
        """The largest amount that one operation may ask for; 0 if none."""

        def fits(amount: int) -> bool:
            return _happens(self.decide(make(amount), left), paid)

        if fits(MAX):
            return MAX
        counted = {amount for meter, amount in left.items() if LIMITS[meter.kind].counts and 0 < amount < MAX}
        if self._conditions:
            edges = sorted({*self._edges, *counted}, reverse=True)
            return next((_last(fits, low, high) for high, low in pairwise((MAX, *edges)) if fits(low)), 0)
        if not fits(1):
            return 0
        for guess in counted:  # what is left is most often the answer
            if fits(guess) and not fits(guess + 1):
                return guess
        return _last(fits, 1, MAX)

    # -- whose fault

    def culprit(self, happens: Callable[[Case], bool]) -> int | None:
        """The permission without which it would not happen; of several, the first that is enough by itself."""
        places = range(len(self.permissions))
        for place in places:
            if not happens(self.without(place)):
                return place
        for place in places:
            if happens(replace(self, permissions=(self.permissions[place],))):
                return place
        return None

    # -- words

    def called(self, address: str) -> str:
        """What to call an address in a sentence."""
        found = self.roles.get(address.lower())
        return found or self.wallet.names.address(address)

    @cached_property
    def roles(self) -> dict[str, str]:
        """Addresses with a part in this, lower-case."""
        wallet = self.wallet
        found = {address.lower(): name for address, name in wallet.machinery.items()}
        found[wallet.entry_point.lower()] = "the EntryPoint"
        found |= {token.lower(): f"{held.symbol} ({short_address(token)})" for token, held in wallet.tokens.items()}
        return found | {self.thief.lower(): "the thief", wallet.address.lower(): "the wallet"}

    def token_amount(self, token: str, amount: int) -> str:
        """Units of a token as people write them."""
        held = {address.lower(): held for address, held in self.wallet.tokens.items()}.get(token.lower())
        if held is None:
            return self.wallet.names.amount(amount, token)
        return _amount(amount, held.decimals, held.symbol, f"units of {held.symbol}")

    def eth(self, wei: int) -> str:
        """Wei as people write them."""
        return _amount(wei, 18, "ETH", "wei")

    def of_type(self, *kinds: type[Permission]) -> Iterator[tuple[int, Permission]]:
        """The permissions of these types with their places."""
        return ((place, found) for place, found in enumerate(self.permissions) if isinstance(found, kinds))

    @cached_property
    def functions(self) -> Sequence[bytes]:
        """Every function that the permissions name, in order, once."""
        found = (row.selector for row in rows(self.permissions) if row.selector != bytes(4))
        return tuple(dict.fromkeys(found))


def _last(fits: Callable[[int], bool], low: int, high: int) -> int:
    """The last amount that fits, between one that does and one that does not."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _happens(decision: Decision, paid: bool) -> bool:
    return decision.phase != "validation" if paid else decision.accepted


def _amount(amount: int, decimals: int, symbol: str, smallest: str) -> str:
    """Dust in the smallest unit; and what no number of digits makes clearer, by its size."""
    if 0 < amount < 10 ** max(decimals - FEW_DECIMALS, 0):
        return f"{amount:,} {smallest}"
    whole = amount // 10**decimals
    if whole >= ENDLESS:
        return f"over 10^{len(str(whole)) - 1} {symbol}"
    return format_units(amount, decimals, symbol)
