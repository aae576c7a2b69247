"""Permission playground: build a policy with controls; JSON, audit, reach map and decisions update at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.amounts import units
from sessionlab.core.base.doors import ANY_NUMBER, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.call import Call
from sessionlab.core.lab.lab import WALLET_ETH, WALLET_TOKENS, BaseLab
from sessionlab.core.permissions.fields import ADDRESS, AMOUNT, FUNCTIONS
from sessionlab.core.permissions.json_codec import read_permissions
from sessionlab.core.permissions.rulesets import RULESETS, Ruleset, ruleset
from sessionlab.core.permissions.types import Permission, types_under
from sessionlab.study.audit import A_THIEF, Holding, WalletState
from sessionlab.study.audit.wallet_reader import read_holdings
from sessionlab.study.doors import CALLS, LAB, PERMISSION, PERMISSIONS, WALLET, mapping_of
from sessionlab.study.pictures.hypothetical_session import A_WALLET
from sessionlab.study.pictures.truth_table import sample_operations
from sessionlab.study.widgets import text_fields
from sessionlab.study.widgets.draft import Draft
from sessionlab.study.widgets.panel import Panel, row

if TYPE_CHECKING:
    from sessionlab.core.client.smart_wallet import BaseClient

Given = Permission | Mapping[str, Any]
#: Hints by the form of a value.
HINTS = {
    ADDRESS: "a name such as counter, or 0x…",
    AMOUNT: "0.3 for ETH, 25.5 for tokens, 3000000 for gas",
    FUNCTIONS: "increment(), transfer(address,uint256)",
}
FIRST = {ADDRESS: "counter", AMOUNT: "1", FUNCTIONS: "increment()"}


class Playground(Panel):
    """A policy to try out. Its data: ``permissions``, ``rules``, ``json``, ``audit``, ``reach``, ``decisions``,
    ``compared``."""

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
        """The worst that a thief of the key can do (Audit), or why the policy cannot be granted (GrantRefused)."""
        return self.draft.judged

    @property
    def reach(self) -> Any:
        """The reach map; None if the policy cannot be granted."""
        return self.draft.reach

    @property
    def decisions(self) -> Any:
        """The sample operations under both rulesets."""
        return self.draft.decisions

    @property
    def compared(self) -> Any:
        """What the last change gave and took (PolicyComparison); None before the first change."""
        return self.draft.compared

    # -- what the controls do

    @reads(permissions=maybe(PERMISSIONS))
    def set(self, permissions: Sequence[Given] | None = None, rules: str | Ruleset | None = None) -> None:
        """Set other permissions, another ruleset, or both. Raises InvalidInput; nothing changes then."""
        wanted = self.permissions if permissions is None else tuple(read_permissions(permissions))
        self.draft = self.draft.changed(wanted, self.draft.rules if rules is None else self._rules_named(rules))
        self._show()

    def _rules_named(self, rules: str | Ruleset) -> Ruleset:
        return ruleset(rules, () if isinstance(rules, Ruleset) else self.draft.rules.extensions)

    @reads(permission=PERMISSION)
    def add(self, permission: Given) -> None:
        """Append a permission, an object or its JSON."""
        self.set([*self.permissions, permission])

    @reads(number=ANY_NUMBER)
    def remove(self, number: int) -> None:
        """Remove a permission, by its number from 1."""
        index = self._place(number)
        self.set([*self.permissions[:index], *self.permissions[index + 1 :]])

    @reads(number=ANY_NUMBER, permission=PERMISSION)
    def replace(self, number: int, permission: Given) -> None:
        """Replace a permission, by its number from 1."""
        index = self._place(number)
        self.set([*self.permissions[:index], permission, *self.permissions[index + 1 :]])

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

    def _below(self) -> str:
        """Render the same without the list of permissions, which is among the controls."""
        return self.draft.html(listed=False)

    def _controls(self) -> Sequence[Any]:
        """A form for one permission, the list of permissions, and the ruleset."""
        self._rules = self._choice(
            "Rules", [(name, self._rules_named(name)) for name in RULESETS], lambda rules: self.set(rules=rules)
        )
        self._kind = self._choice("Permission", list(types_under(self.draft.rules)), lambda _: None)
        labels = list(self.draft.names.labels.values())
        self._form = {
            name: self._field(
                name.capitalize(),
                "Combobox" if form == ADDRESS else "Text",
                value=FIRST[form],
                placeholder=HINTS[form],
                continuous_update=False,
                **({"options": labels, "ensure_option": False} if form == ADDRESS else {}),
            )
            for name, form in text_fields.FORM.items()
        }
        self._list = self._choice("Policy", [], lambda _: self._load(), kind="Select")
        self._list.rows = 5
        buttons = [
            self._button("Add permission", lambda: self.add(self._typed()), button_style="primary"),
            self._button("Replace selected", lambda: self.replace(self._selected(), self._typed())),
            self._button("Remove selected", lambda: self.remove(self._selected())),
        ]
        return [self._rules, self._kind, *self._form.values(), row(buttons), self._list]

    def _fill(self) -> None:
        """Update ruleset and list, and show the form fields that the type needs."""
        if self.draft.rules not in [rules for _, rules in self._rules.options]:
            self._rules.options = [*self._rules.options, (self.rules, self.draft.rules)]
        self._rules.value = self.draft.rules
        lines = [(line, number) for number, line in enumerate(self.draft.sentences, 1)]
        if list(self._list.options) != lines:
            before = self._list.value
            self._list.options = lines
            # Keep the selection if possible; otherwise select the last one.
            self._list.value = (before if before in range(1, len(lines) + 1) else len(lines)) or None
        wanted = text_fields.places(self._kind.value).values()
        for name, field in self._form.items():
            field.layout.display = None if name in wanted else "none"

    def _typed(self) -> Permission:
        texts = {name: field.value for name, field in self._form.items()}
        return text_fields.read(self._kind.value, texts, self.draft.names)

    def _selected(self) -> int:
        return self._list.value or 0

    def _load(self) -> None:
        """Load the selected permission into the form."""
        if self._list.value is None:
            return
        permission = self.permissions[self._list.value - 1]
        self._kind.value = permission.type
        for name, text in text_fields.write(permission, self.draft.names).items():
            self._form[name].value = text


@reads(lab=maybe(LAB), wallet=maybe(WALLET), permissions=PERMISSIONS, operations=maybe(mapping_of(CALLS)))
def playground(
    lab: BaseLab | None = None,
    wallet: BaseClient | None = None,
    *,
    permissions: Sequence[Given] = (),
    rules: str | Ruleset | None = None,
    operations: Mapping[str, Sequence[Call]] | None = None,
) -> Playground:
    """Make a playground for policies on the contracts of a lab; without a lab, of a new one.

    ``wallet``: the wallet whose balances the audit uses; by default, those of a new ``lab.wallet()``.
    ``operations``: the sample operations to decide, by name. ``rules``: the lab's own by default; a name keeps the
    lab's extensions. Nothing is sent.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> play = playground(lab, permissions=[sl.ContractAccess(address=lab.counter)])
    >>> play.decisions.rows[2].documented.ok, play.audit.by_permissions.sentence
    (True, 'Anyone who steals this key can take nothing through its permissions.')
    >>> play.audit.as_gas.sentence
    'By bundling at a price they choose, the thief collects all 10 ETH in gas fees.'
    >>> play.add(sl.GasLimit(limit=0))
    >>> play.audit.verdict
    'Anyone who steals this key can take nothing.'
    """
    if lab is not None and not isinstance(lab, BaseLab):
        raise InvalidInput(f"{lab!r} is not a Lab.", field="lab", fix="give a lab, or leave it out for a new one.")
    world = lab or BaseLab()
    state = _state(world, wallet)
    samples = {name: list(calls) for name, calls in (operations or sample_operations(world, state.address)).items()}
    granted = tuple(read_permissions(permissions))
    judged = world.rules if rules is None else ruleset(rules, world.rules.extensions if isinstance(rules, str) else ())
    return Playground(Draft(granted, judged, state, samples))


def _state(lab: BaseLab, wallet: BaseClient | None) -> WalletState:
    """Return the wallet state for the audit: of an existing wallet, or as a lab makes it."""
    if wallet:
        return replace(read_holdings(lab.provider.request, wallet.address, lab.names, (), A_THIEF), now=lab.now)
    holdings: dict[str, Holding] = {
        checksum(address): Holding(units(WALLET_TOKENS, token.decimals), token.symbol, token.decimals)
        for address, token in lab.names.tokens.items()
    }
    return WalletState(
        address=A_WALLET,
        now=lab.now,
        balance=WALLET_ETH,
        tokens=holdings,
        gas_price=lab.chain.base_fee,
        names=lab.names,
    )
