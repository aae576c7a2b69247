"""The two rulesets, and every difference between them as one named flag.

``DOCUMENTED`` does what the API's documentation says; ``DEPLOYED`` does what the production contracts were measured to
do. A flag is True where the documented behavior applies. ``DOCUMENTED`` has every flag set and ``DEPLOYED`` none; any
combination is also a valid ruleset:

    >>> from dataclasses import replace
    >>> replace(DEPLOYED, name="deployed, gas in gas", gas_limit_counts_gas=True).bits
    4
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal, Self

from sessionlab.core.base.doors import MAPPING, TEXT, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.limits import extended, extension_names


@dataclass(frozen=True)
class Flag:
    """One difference between the rulesets: what each decides, and the basis for the documented reading."""

    #: As in RULES.md section 2: ``R1`` to ``R9``.
    number: str
    #: The field of :class:`Ruleset`.
    name: str
    documented: str
    deployed: str
    why: str


FLAGS = (
    Flag(
        "R1",
        "value_needs_permission",
        "A call that sends native tokens needs native-token-transfer or root.",
        "Without native-token-transfer, native tokens are not limited at all.",
        "The permission 'allows transfer of native tokens': what is not granted is not allowed.",
    ),
    Flag(
        "R2",
        "native_reaches_plain_transfers",
        "native-token-transfer alone is a grant: it reaches any address but the wallet, with empty data.",
        "native-token-transfer alone is refused, and its calls need a target that something else names.",
        "The permission 'allows transfer of native tokens', so it allows a transfer by itself.",
    ),
    Flag(
        "R3",
        "gas_limit_counts_gas",
        "gas-limit counts gas: the gas limits of each operation, added up.",
        "gas-limit counts wei: the gas limits of each operation, added up, times its fee per gas.",
        "The documentation says that 300000 gas would be 0x493e0.",
    ),
    Flag(
        "R4",
        "wildcard_reaches_listed_targets",
        "A call is reachable if any permission allows it; functions-on-all-contracts reaches every address.",
        "functions-on-all-contracts is not asked for an address that another permission names, "
        "and the last permission that names an address decides whether its functions are limited.",
        "The permission reaches functions 'across any address'; contract-access reaches 'all functions'.",
    ),
    Flag(
        "R5",
        "selector_has_four_bytes",
        "Data of fewer than four bytes matches no selector.",
        "Data of fewer than four bytes is zero-padded, so 0x00000000 matches empty data.",
        "A selector is four bytes.",
    ),
    Flag(
        "R6",
        "revocation_is_total",
        "Revoking clears every allowance and list of the session.",
        "Revoking without hook data leaves the lists: a new session with the same number inherits them.",
        "A revoked session is gone.",
    ),
    Flag(
        "R7",
        "spend_limits_bind_spending_only",
        "account-functions work together with erc20-token-transfer.",
        "Combined with erc20-token-transfer, an account function is refused when it is executed.",
        "Each permission grants what it says.",
    ),
    Flag(
        "R8",
        "addresses_compare_as_addresses",
        "Duplicates and the wallet's own address are found whatever the letter case; one token twice is refused.",
        "Addresses compare as text; for one token twice, the last allowance counts.",
        "Two spellings of an address are one address.",
    ),
    Flag(
        "R9",
        "validation_is_privileged",
        "account-functions may not name validateUserOp.",
        "account-functions may name validateUserOp: the SDK's list of forbidden functions leaves it out.",
        "It moves the wallet's ETH into its EntryPoint deposit and installs sessions that the owner signed.",
    ),
)


@dataclass(frozen=True)
class Ruleset:
    """Which behavior applies for each difference. True means the documented one. ``FLAGS`` explains each.

    Raises InvalidInput for an unknown extension.
    """

    name: str
    value_needs_permission: bool = True
    native_reaches_plain_transfers: bool = True
    gas_limit_counts_gas: bool = True
    wildcard_reaches_listed_targets: bool = True
    selector_has_four_bytes: bool = True
    revocation_is_total: bool = True
    spend_limits_bind_spending_only: bool = True
    addresses_compare_as_addresses: bool = True
    validation_is_privileged: bool = True
    #: Names of the permission types beyond production's, in order: ``call-limit``.
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "extensions", extension_names(self.extensions))

    @classmethod
    @reads(name=TEXT, flags=MAPPING)
    def of(cls, name: str, flags: Mapping[str, bool], extensions: Iterable[str] = ()) -> Self:
        """Build a ruleset from all flags by name. Raises InvalidInput for an unknown extension."""
        values: dict[str, Any] = dict(flags)
        return cls(name, **values, extensions=extension_names(extensions))

    @property
    def bits(self) -> int:
        """The flags as the wallet contract reads them: bit i is R(i+1)."""
        return sum(getattr(self, flag.name) << i for i, flag in enumerate(FLAGS))

    @property
    def title(self) -> str:
        """The display name, with enabled extensions: ``documented + call-limit``."""
        return " + ".join((self.name, *self.extensions))

    def named(self) -> dict[str, Any]:
        """The JSON members that identify the ruleset: ``rules`` and, if any are enabled, ``extensions``."""
        return {"rules": self.name} | ({"extensions": list(self.extensions)} if self.extensions else {})

    def __repr__(self) -> str:
        on = [flag.number for flag in FLAGS if getattr(self, flag.name)]
        more = f", with {', '.join(self.extensions)}" if self.extensions else ""
        return f"<Ruleset {self.name}: documented in {', '.join(on) or 'nothing'}{more}>"


DOCUMENTED = Ruleset("documented")
DEPLOYED = Ruleset.of("deployed", dict.fromkeys((flag.name for flag in FLAGS), False))

RulesName = Literal["documented", "deployed"]
#: The rulesets by name, for every ``rules=`` argument.
RULESETS = {rules.name: rules for rules in (DOCUMENTED, DEPLOYED)}


def ruleset(name: str | Ruleset, extensions: Iterable[str] = ()) -> Ruleset:
    """Return the ruleset with this name, or the one given, with these extensions enabled: for any ``rules=``.

    Raises InvalidInput if there is no such ruleset or extension.

    >>> ruleset("documented", ["call-limit"])
    <Ruleset documented: documented in R1, R2, R3, R4, R5, R6, R7, R8, R9, with call-limit>
    """
    return extended(_named(name), extensions)


def _named(name: str | Ruleset) -> Ruleset:
    if isinstance(name, Ruleset):
        return name
    if not isinstance(name, str) or name not in RULESETS:
        close = get_close_matches(str(name), RULESETS, n=1)
        raise InvalidInput(
            f"{name!r} is not a ruleset.",
            field="rules",
            asked=name,
            fix=f"Did you mean {close[0]!r}?" if close else "Use one of: " + ", ".join(RULESETS),
        )
    return RULESETS[name]


def written(rules: Ruleset, extensions: Iterable[str] = ()) -> str:
    """Return Python source for these rules with more extensions: ``sl.ruleset("documented", ["call-limit"])``."""
    plain = replace(rules, extensions=())
    first = f'"{rules.name}"' if RULESETS.get(rules.name) == plain else "rules"
    names = ", ".join(f'"{name}"' for name in extension_names((*rules.extensions, *extensions)))
    return f"sl.ruleset({first}, [{names}])"
