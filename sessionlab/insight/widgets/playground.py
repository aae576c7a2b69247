"""Permission playground: build a policy with controls; JSON, audit, reach map and decisions follow at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.amounts import units
from sessionlab.call import Call
from sessionlab.chain.addresses import checksum
from sessionlab.errors import InvalidInput
from sessionlab.insight.audit import Holding, WalletState
from sessionlab.insight.pictures.asking import A_WALLET
from sessionlab.insight.pictures.truth_table import sample_operations
from sessionlab.insight.widgets import typed
from sessionlab.insight.widgets.draft import Draft
from sessionlab.insight.widgets.panel import Panel, row
from sessionlab.lab import WALLET_ETH, WALLET_TOKENS, Lab
from sessionlab.permissions.fields import ADDRESS, AMOUNT, FUNCTIONS
from sessionlab.permissions.reading import permission_from_json
from sessionlab.permissions.rulesets import RULESETS, Ruleset, ruleset
from sessionlab.permissions.types import Permission, types_under

if TYPE_CHECKING:
    from sessionlab.client import SmartWalletClient

Given = Permission | Mapping[str, Any]
#: By the form of a value.
HINTS = {
    ADDRESS: "a name such as counter, or 0x…",
    AMOUNT: "0.3 for ETH, 25.5 for tokens, 3000000 for gas",
    FUNCTIONS: "increment(), transfer(address,uint256)",
}
FIRST = {ADDRESS: "counter", AMOUNT: "1", FUNCTIONS: "increment()"}


class Playground(Panel):
    """A policy to play with. ``permissions``, ``rules``, ``json``, ``audit``, ``reach``, ``decisions`` are its data."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """The policy, in order."""
        return self.draft.permissions

    @property
    def rules(self) -> str:
        """``documented`` or ``deployed``."""
        return self.draft.rules.name

    @property
    def json(self) -> list[dict[str, Any]]:
        """The policy as the Wallet API takes it."""
        return self.draft.json

    @property
    def audit(self) -> Any:
        """The worst that a thief of the key can do: an Audit, or the GrantRefused that says why nobody can grant it."""
        return self.draft.judged

    @property
    def reach(self) -> Any:
        """The reach map; None where nobody can grant this."""
        return self.draft.reach

    @property
    def decisions(self) -> Any:
        """The sample operations under both rulesets."""
        return self.draft.decisions

    # -- what the controls do

    def set(self, permissions: Sequence[Given] | None = None, rules: str | Ruleset | None = None) -> None:
        """Take other permissions, another ruleset, or both. Raises InvalidInput; nothing changes then."""
        draft = self.draft
        if permissions is not None:
            draft = replace(draft, permissions=tuple(map(_permission, permissions)))
        if rules is not None:
            draft = replace(draft, rules=self._rules_named(rules))
        self.draft = draft
        self.show()

    def _rules_named(self, rules: str | Ruleset) -> Ruleset:
        return ruleset(rules, () if isinstance(rules, Ruleset) else self.draft.rules.extensions)

    def add(self, permission: Given) -> None:
        """Add a permission, an object or its JSON, at the end."""
        self.set([*self.permissions, permission])

    def remove(self, number: int) -> None:
        """Take a permission out, by its number from 1."""
        place = self._place(number)
        self.set([*self.permissions[:place], *self.permissions[place + 1 :]])

    def replace(self, number: int, permission: Given) -> None:
        """Put another permission in the place of one, by its number from 1."""
        place = self._place(number)
        self.set([*self.permissions[:place], permission, *self.permissions[place + 1 :]])

    def _place(self, number: int) -> int:
        if number not in range(1, len(self.permissions) + 1):
            fix = f"use 1 to {len(self.permissions)}." if self.permissions else "add one first."
            raise InvalidInput(f"There is no permission {number}.", field="number", asked=number, fix=fix)
        return number - 1

    # -- how it is shown

    def text(self) -> str:
        """Policy, decisions, reach, audit and JSON as text."""
        return self.draft.text()

    def html(self) -> str:
        """Policy, decisions, reach, audit and JSON as cards."""
        return self.draft.html()

    def page(self) -> str:
        """The same without the list of permissions, which is among the controls."""
        return self.draft.html(listed=False)

    def controls(self) -> Sequence[Any]:
        """A form for one permission, the list of those there are, the ruleset."""
        self._rules = self.choice(
            "Rules", [(name, self._rules_named(name)) for name in RULESETS], lambda rules: self.set(rules=rules)
        )
        self._kind = self.choice("Permission", list(types_under(self.draft.rules)), lambda _: None)
        labels = list(self.draft.names.labels.values())
        self._form = {
            name: self.field(
                name.capitalize(),
                "Combobox" if form == ADDRESS else "Text",
                value=FIRST[form],
                placeholder=HINTS[form],
                continuous_update=False,
                **({"options": labels, "ensure_option": False} if form == ADDRESS else {}),
            )
            for name, form in typed.FORM.items()
        }
        self._list = self.choice("Policy", [], lambda _: self._load(), kind="Select")
        self._list.rows = 5
        buttons = [
            self.button("Add permission", lambda: self.add(self._typed()), button_style="primary"),
            self.button("Replace selected", lambda: self.replace(self._selected(), self._typed())),
            self.button("Remove selected", lambda: self.remove(self._selected())),
        ]
        return [self._rules, self._kind, *self._form.values(), row(buttons), self._list]

    def fill(self) -> None:
        """Ruleset and list as they are; of the form, the fields that the type asks for."""
        if self.draft.rules not in [rules for _, rules in self._rules.options]:
            self._rules.options = [*self._rules.options, (self.rules, self.draft.rules)]
        self._rules.value = self.draft.rules
        lines = [(line, number) for number, line in enumerate(self.draft.sentences, 1)]
        if list(self._list.options) != lines:
            before = self._list.value
            self._list.options = lines
            # What was selected stays selected, or else the last one is.
            self._list.value = (before if before in range(1, len(lines) + 1) else len(lines)) or None
        wanted = typed.places(self._kind.value).values()
        for name, field in self._form.items():
            field.layout.display = None if name in wanted else "none"

    def _typed(self) -> Permission:
        texts = {name: field.value for name, field in self._form.items()}
        return typed.read(self._kind.value, texts, self.draft.names)

    def _selected(self) -> int:
        return self._list.value or 0

    def _load(self) -> None:
        """Put the selected permission into the form."""
        if self._list.value is None:
            return
        permission = self.permissions[self._list.value - 1]
        self._kind.value = permission.type
        for name, text in typed.write(permission, self.draft.names).items():
            self._form[name].value = text


def playground(
    lab: Lab | None = None,
    wallet: SmartWalletClient | None = None,
    *,
    permissions: Sequence[Given] = (),
    rules: str | Ruleset | None = None,
    operations: Mapping[str, Sequence[Call]] | None = None,
) -> Playground:
    """A playground for policies on the contracts of a lab; without one, of a fresh lab.

    ``wallet``: whose balances the audit takes; without one, those of a wallet as ``lab.wallet()`` makes it.
    ``operations``: the samples that are decided, by name; ``rules``: the lab's own unless given; a name brings the
    extensions of the lab along. Nothing is sent.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> play = playground(lab, permissions=[sl.ContractAccess(address=lab.counter)])
    >>> play.decisions.rows[2].documented.ok, play.audit.verdict
    (True, 'A thief of this key burns all ETH as gas.')
    >>> play.add(sl.GasLimit(limit=0))
    >>> play.audit.verdict
    'A thief of this key takes nothing.'
    """
    world = lab or Lab()
    state = _state(world, wallet)
    samples = {name: list(calls) for name, calls in (operations or sample_operations(world, state.address)).items()}
    granted = tuple(map(_permission, permissions))
    judged = world.rules if rules is None else ruleset(rules, world.rules.extensions if isinstance(rules, str) else ())
    return Playground(Draft(granted, judged, state, samples))


def _permission(given: Given) -> Permission:
    return given if isinstance(given, Permission) else permission_from_json(given)


def _state(lab: Lab, wallet: SmartWalletClient | None) -> WalletState:
    """What the audit is told: a wallet as it stands, or one as a lab makes it."""
    holdings = {}
    for address, token in lab.names.tokens.items():
        place = checksum(address)
        held = lab.token_balance(place, wallet.address) if wallet else units(WALLET_TOKENS, token.decimals)
        holdings[place] = Holding(held, token.symbol, token.decimals)
    return WalletState(
        address=wallet.address if wallet else A_WALLET,
        now=lab.now,
        balance=wallet.balance if wallet else WALLET_ETH,
        tokens=holdings,
        gas_price=lab.chain.base_fee,
        names=lab.names,
    )
