"""The kinds of rows that a wallet installs and, for those that limit something, what they count and how.

    Meter(LimitKind.ERC20, "0x13a9…")                        # what is counted: a kind and, for tokens, the address
    LIMITS[LimitKind.GAS].of_operation(operation, rules)     # what one operation uses of it
    unit_of(GAS, DEPLOYED)                  # "wei"

``LIMITS`` is the only table of what a session may use up. The decision engine, allowances, history, denials,
explanations, audits, recordings, pictures and widgets all read it, so a kind added here is counted everywhere.
``contracts/allowances.vy`` does the same counting on the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from eth_utils.address import to_checksum_address

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.functions import APPROVE, TRANSFER
from sessionlab.core.permissions.violation import Violation

if TYPE_CHECKING:
    from sessionlab.core.permissions.operation import Operation, PlainCall
    from sessionlab.core.permissions.rulesets import Ruleset


class GrantKind(IntEnum):
    """The kinds of rows that only grant. Zero is not a kind, so an empty row in storage grants nothing."""

    CONTRACT = 4
    ACCOUNT_FUNCTION = 5
    FUNCTION_ANYWHERE = 6
    FUNCTION_ON_CONTRACT = 7
    ROOT = 8


class LimitKind(IntEnum):
    """The kinds of rows that limit. ``LIMITS`` says what each limits and what some of them also grant."""

    NATIVE = 1
    ERC20 = 2
    GAS = 3
    OPERATIONS = 9


Kind = GrantKind | LimitKind


def kind_of(number: int) -> Kind:
    """Return the kind with the contract's number. Raises ValueError if there is none."""
    limits = {int(kind): kind for kind in LimitKind}
    return limits[number] if number in limits else GrantKind(number)


class Meter(NamedTuple):
    """What is counted. The wallet contract stores a limit and a remaining amount under the same two keys."""

    kind: LimitKind
    #: Lower-case address for limits on one token or contract; None for others.
    token: str | None = None


Remaining = Mapping[Meter, int]
"""What a session may still use of each meter."""

NATIVE, GAS = Meter(LimitKind.NATIVE), Meter(LimitKind.GAS)

#: The length of selector, recipient or spender, and amount.
SPENDING_BYTES = 68

#: Units of limits. ``GAS_UNIT`` is gas or wei depending on the ruleset (R3); ``TOKEN_UNIT`` is the token's address.
WEI, GAS_UNIT, TOKEN_UNIT = "wei", "gas or wei", "token"

VALIDATION, EXECUTION = "validation", "execution"


@dataclass(frozen=True, slots=True)
class Limit:
    """How one kind of row limits a session.

    Set either ``of_operation`` or ``of_call``. What an operation uses as a whole is counted in validation and stays
    used even if the operation fails later. What its calls use is counted in execution, in ``executeUserOp``, before the
    first call runs, and is restored if a call fails.
    """

    #: The permission type that sets the limit.
    permission: str
    #: ``wei``, ``GAS_UNIT``, ``TOKEN_UNIT`` or a plural noun such as ``operations``. None: nothing is counted; the row
    #: is a condition on calls to its target, which ``of_call`` checks.
    unit: str | None
    #: The contract's error if more is asked than is left or, for a condition, if a call violates it.
    error: str
    #: The rule in words, the statement that holds when it is kept, and the verb between the subject and what is asked:
    #: "The call sends 1 ETH", "The call goes to merchant".
    rule: str
    kept: str
    verb: str
    #: How much the operation uses as a whole; None if it does not count.
    of_operation: Callable[[Operation, Ruleset], int | None] | None = None
    #: Why an operation, or one of the calls that are added up, uses none of it, in words.
    exempt: str = ""
    #: How much one call uses, given the row's remaining amount. Raises Violation if the call alone breaks the rule.
    of_call: Callable[[PlainCall, int], int] | None = None
    #: The same call with a smaller amount; None if calls cannot ask for less.
    lowered: Callable[[PlainCall, int], PlainCall] | None = None
    #: Whether an operation's calls are added up first, regardless of target; otherwise each call to the row's target
    #: counts. Only for native tokens: the contract does not support extensions of this kind.
    adds_up: bool = False
    #: For a condition, formats its row's amount for people, such as an address as 0x…; None if it has no meaning.
    shown: Callable[[int], str | None] | None = None
    #: The functions that the row allows on its target.
    functions: frozenset[bytes] = frozenset()
    #: Whether the row allows calls by itself. If not, it only limits what other permissions allow.
    grants: Callable[[Ruleset], bool] = lambda rules: False
    #: The grant rule that a list may hold at most one permission of this type; None if it may hold several.
    single: str | None = None
    #: The error's name under the deployed rules, if they count something else (R3).
    deployed_error: str | None = None
    #: Whether the production contracts lack it. A lab has it only if ``Lab(extensions=…)`` names it.
    extension: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for an extension that the wallet contract cannot support."""
        if self.extension and self.adds_up:
            raise ValueError("An extension counts operations as a whole, or the calls of one address.")
        if not self.counts and not (self.binds_target and self.shown):
            raise ValueError("A condition is about the calls of one address, and says what its row's amount means.")

    @property
    def counts(self) -> bool:
        """Whether the row's amount is used up. If not, the row is a condition that never changes."""
        return self.unit is not None

    @property
    def phase(self) -> str:
        """The phase in which it is counted: ``validation`` or ``execution``."""
        return VALIDATION if self.of_operation else EXECUTION

    @property
    def binds_target(self) -> bool:
        """Whether its row counts only calls to one address. If not, it applies to everything that the session does."""
        return self.of_call is not None and not self.adds_up

    @property
    def is_asset(self) -> bool:
        """Whether it counts something that a thief can take: wei, gas or units of a token."""
        return self.unit in (WEI, GAS_UNIT, TOKEN_UNIT)

    def broken(self, asked: int, left: int) -> Violation:
        """Return the Violation that ``of_call`` raises if a call breaks a condition, with the compared values."""
        return Violation(self.error, None, asked, left)

    def error_under(self, rules: Ruleset) -> str:
        """Return the error's name, under these rules, when more is asked than is left."""
        return self.error if rules.gas_limit_counts_gas or not self.deployed_error else self.deployed_error


def _gas(operation: Operation, rules: Ruleset) -> int | None:
    """Return the operation's worst-case gas, all of which counts as used."""
    if operation.sponsored:
        return None
    return operation.gas if rules.gas_limit_counts_gas else operation.gas * operation.fee


def _value(call: PlainCall, left: int) -> int:
    return call.value


def _token_amount(call: PlainCall, left: int) -> int:
    """Return the full amount of a transfer or approval."""
    if len(call.data) < SPENDING_BYTES:
        raise Violation("InvalidCalldataLength", None, len(call.data), SPENDING_BYTES)
    if call.selector != TRANSFER and call.selector != APPROVE:
        raise Violation("SelectorNotAllowed")
    return int.from_bytes(call.data[36:68], "big")


def _with_token_amount(call: PlainCall, amount: int) -> PlainCall:
    return call._replace(data=call.data[:36] + amount.to_bytes(32, "big") + call.data[68:])


LIMITS: dict[LimitKind, Limit] = {
    LimitKind.NATIVE: Limit(
        permission="native-token-transfer",
        unit=WEI,
        error="ExceededNativeTokenLimit",
        rule="the values of all calls count against the native-token-transfer allowance",
        kept="The native tokens of all calls are within the allowance",
        verb="sends",
        exempt="the call sends no native tokens",
        of_call=_value,
        lowered=lambda call, amount: call._replace(value=amount),
        adds_up=True,
        single="MultipleNativeTokenTransferError",
        grants=lambda rules: rules.native_reaches_plain_transfers,
    ),
    LimitKind.ERC20: Limit(
        permission="erc20-token-transfer",
        unit=TOKEN_UNIT,
        error="ExceededTokenLimit",
        rule="transfers and approvals of a token count in full against its allowance",
        kept="The tokens of each call are within the allowance",
        verb="transfers or approves",
        of_call=_token_amount,
        lowered=_with_token_amount,
        functions=frozenset((TRANSFER, APPROVE)),
        grants=lambda rules: True,
    ),
    LimitKind.GAS: Limit(
        permission="gas-limit",
        unit=GAS_UNIT,
        error="ExceededGasLimit",
        deployed_error="ExceededNativeTokenLimit",
        rule="the most that an operation may use for gas counts against gas-limit, whatever it then uses",
        kept="The worst case of gas is within the gas-limit",
        verb="may use up to",
        of_operation=_gas,
        exempt="a sponsor pays for the gas",
        single="MultipleGasLimitError",
    ),
    LimitKind.OPERATIONS: Limit(
        permission="call-limit",
        unit="operations",
        error="ExceededCallLimit",
        rule="each operation that is included counts against call-limit, whatever becomes of it",
        kept="The operation is within the call-limit",
        verb="counts as",
        of_operation=lambda operation, rules: 1,
        single="MultipleCallLimitError",
        extension=True,
    ),
}

#: The extensions, by permission type.
EXTENSIONS: dict[str, LimitKind] = {limit.permission: kind for kind, limit in LIMITS.items() if limit.extension}
#: The first extension bit in the ruleset that the wallet contract reads. Bit 128 + k enables kind k.
FIRST_EXTENSION_BIT = 128


def gas_unit(rules: Ruleset) -> str:
    """Return what gas-limit counts under a ruleset (R3): ``gas`` or ``wei``."""
    return "gas" if rules.gas_limit_counts_gas else WEI


def limit_set_by(permission_type: str) -> Limit | None:
    """Return the limit that permissions of this type set; None if they set none."""
    return next((limit for limit in LIMITS.values() if limit.permission == permission_type), None)


def unit_of(meter: Meter, rules: Ruleset) -> str:
    """Return a meter's unit: ``wei``, ``gas``, a token's checksummed address or a plural noun."""
    unit = LIMITS[meter.kind].unit
    if unit == TOKEN_UNIT:
        return str(to_checksum_address(meter.token or ""))
    return gas_unit(rules) if unit == GAS_UNIT else unit or ""


def kind_of_error(reason: str | None, phase: str) -> LimitKind | None:
    """Return the limit that refuses with this error in this phase; None if no limit does."""
    for kind, limit in LIMITS.items():
        if limit.phase == phase and reason in (limit.error, limit.deployed_error):
            return kind
    return None


def missing_of(kind: LimitKind, asked: int, left: int) -> int:
    """Return how much higher a limit has to be. The next operation takes slightly different gas: a hundredth more."""
    return asked - left + (asked // 100 if LIMITS[kind].unit == GAS_UNIT else 0)


def shown_error(reason: str, phase: str) -> str:
    """Return an error's name and, where production has one name for two limits, that it is the other one here."""
    kind = kind_of_error(reason, phase)
    borrowed = kind is not None and LIMITS[kind].deployed_error == reason
    return f"{reason}, which production uses for {LIMITS[kind].permission} too" if kind and borrowed else reason


def extension_names(names: Iterable[str], field: str = "extensions") -> tuple[str, ...]:
    """Return these extensions in order, without duplicates. Raises InvalidInput if the list is not valid."""
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        example = names if isinstance(names, str) else next(iter(EXTENSIONS))
        fix = f"put it into a list: [{example!r}]." if isinstance(names, str) else f"give a list such as [{example!r}]."
        raise InvalidInput("extensions is a list of names.", field=field, asked=names, fix=fix)
    asked = tuple(names)
    for name in asked:
        if not isinstance(name, str) or name not in EXTENSIONS:
            close = get_close_matches(str(name), EXTENSIONS, n=1)
            fix = f"Did you mean {close[0]!r}?" if close else "Use one of: " + ", ".join(EXTENSIONS)
            raise InvalidInput(f"{name!r} is not an extension.", field=field, asked=name, fix=fix)
    return tuple(sorted(set(asked)))


def extended(rules: Ruleset, names: Iterable[str]) -> Ruleset:
    """Return the rules with these extensions added. Raises InvalidInput for an unknown extension."""
    together = extension_names((*rules.extensions, *extension_names(names)))
    return rules if together == rules.extensions else replace(rules, extensions=together)


def contract_bits(rules: Ruleset) -> int:
    """Return the ruleset as the wallet contract reads it: bit i is R(i+1), bit 128 + k the extension of kind k."""
    return rules.bits | sum(1 << FIRST_EXTENSION_BIT + EXTENSIONS[name] for name in rules.extensions)
