"""An unsigned policy with its JSON, audit, reach and decisions. Plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any

from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.base.html import BLUE, RED, card, frame
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.limits import gas_unit
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.audit import Audit, WalletState, audit
from sessionlab.study.comparing import PolicyComparison
from sessionlab.study.comparing.comparison import compared
from sessionlab.study.comparing.subject import PolicyRequest
from sessionlab.study.pictures.base import Picture
from sessionlab.study.pictures.reach_map import ReachMap, reach_map
from sessionlab.study.pictures.side_by_side import SideBySide, side_by_side
from sessionlab.study.text import count


@dataclass(frozen=True)
class Draft:
    """Permissions under a ruleset, for a wallet."""

    permissions: tuple[Permission, ...]
    rules: Ruleset
    wallet: WalletState
    #: Sample operations by name.
    operations: Mapping[str, Sequence[Call]]
    #: The policy that stood here before the last change; None at first.
    before: Draft | None = None

    @cached_property
    def compared(self) -> PolicyComparison | None:
        """What the last change gave and took; None before the first change."""
        if self.before is None:
            return None
        wallet = self.wallet.address.lower()
        before, now = (PolicyRequest(draft.permissions, wallet=wallet) for draft in (self.before, self))
        return compared(before, now, (self.before.rules, self.rules), None, self.names, ("before", "now"))

    def changed(self, permissions: tuple[Permission, ...], rules: Ruleset) -> Draft:
        """Return the draft with these permissions and rules, which remembers this one."""
        if (permissions, rules) == (self.permissions, self.rules):
            return self
        return replace(self, permissions=permissions, rules=rules, before=replace(self, before=None))

    @property
    def names(self) -> AddressBook:
        """Names of addresses and tokens; the unit of a gas-limit is the ruleset's."""
        return replace(self.wallet.names, gas_unit=gas_unit(self.rules))

    @property
    def json(self) -> list[dict[str, Any]]:
        """The permission list as the Wallet API takes it."""
        return [permission.to_json() for permission in self.permissions]

    @cached_property
    def judged(self) -> Audit | GrantRefused:
        """The audit, or the rule by which this cannot be granted."""
        try:
            return audit(self.permissions, self.wallet, self.rules)
        except GrantRefused as refused:
            return refused

    @cached_property
    def reach(self) -> ReachMap | None:
        """Which function of which target the policy reaches; None if it cannot be granted."""
        if isinstance(self.judged, GrantRefused):
            return None
        names = self.names
        return reach_map(self.permissions, names, rules=self.rules, wallet=self.wallet.address, names=names)

    @cached_property
    def decisions(self) -> SideBySide:
        """The sample operations under both rulesets."""
        cases = {name: (self.permissions, tuple(calls)) for name, calls in self.operations.items()}
        return side_by_side(cases, wallet=self.wallet.address, extensions=self.rules.extensions)

    @property
    def sentences(self) -> list[str]:
        """What each permission grants, numbered from 1."""
        return [
            f"{number}. {self.names.permission(permission)}" for number, permission in enumerate(self.permissions, 1)
        ]

    def text(self) -> str:
        """Return all parts as text, one after the other."""
        verdict = [f"✗ Nobody can grant this: {self.judged}"] if isinstance(self.judged, GrantRefused) else []
        parts = [
            f"A policy of {count(len(self.permissions), 'permission')}, {self.rules.title} rules",
            "\n".join([*self.sentences, *verdict]),
            str(self.compared or ""),
            self.decisions.text(),
            *map(str, filter(None, (self.reach, None if verdict else self.judged))),
            json.dumps(self.json, indent=2),
        ]
        return "\n\n".join(filter(None, parts))

    def html(self, *, listed: bool = True) -> str:
        """Return all parts as HTML, one card below the other. ``listed``: include the permissions in words."""
        cards = [self._listed()] if listed else []
        if isinstance(self.judged, GrantRefused):
            words = f"<p style='margin:0'>{escape(self.judged.message)}</p>"
            cards.append(frame("✗ Nobody can grant this", RED, words))
        cards += [self.compared._repr_html_()] if self.compared else []
        cards.append(_shown(self.decisions))
        cards += [_shown(self.reach)] if self.reach else []
        cards += [self.judged._repr_html_()] if isinstance(self.judged, Audit) else []
        style = "margin:0;white-space:pre-wrap;background:none;color:inherit;font-size:13.4px"
        written = escape(json.dumps(self.json, indent=2))
        cards.append(frame("JSON", BLUE, f"<pre style='{style}'>{written}</pre>"))
        return "".join(cards)

    def _listed(self) -> str:
        rows = [(permission.type, escape(self.names.permission(permission))) for permission in self.permissions]
        return card(f"A policy, {self.rules.title} rules", BLUE, rows or [("", "no permission yet")])


def _shown(picture: Picture) -> str:
    return picture._repr_html_()
