"""A policy that nobody has signed yet, and all that can be said of it: JSON, audit, reach, decisions. Plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any

from sessionlab.call import Call
from sessionlab.errors import GrantRefused
from sessionlab.insight.audit import Audit, WalletState, audit
from sessionlab.insight.cards import BLUE, RED, card, frame
from sessionlab.insight.names import Names
from sessionlab.insight.pictures.base import Picture
from sessionlab.insight.pictures.reach_map import ReachMap, reach_map
from sessionlab.insight.pictures.side_by_side import SideBySide, side_by_side
from sessionlab.insight.pictures.tables import count
from sessionlab.permissions.kinds import gas_unit
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import Permission


@dataclass(frozen=True)
class Draft:
    """Permissions under a ruleset, for a wallet."""

    permissions: tuple[Permission, ...]
    rules: Ruleset
    wallet: WalletState
    #: Sample operations by name.
    operations: Mapping[str, Sequence[Call]]

    @property
    def names(self) -> Names:
        """What things are called; a gas-limit counts what the ruleset counts."""
        return replace(self.wallet.names, gas_unit=gas_unit(self.rules))

    @property
    def json(self) -> list[dict[str, Any]]:
        """The list as the Wallet API takes it."""
        return [permission.to_json() for permission in self.permissions]

    @cached_property
    def judged(self) -> Audit | GrantRefused:
        """The audit, or the rule by which nobody can grant this."""
        try:
            return audit(self.permissions, self.wallet, self.rules)
        except GrantRefused as refused:
            return refused

    @cached_property
    def reach(self) -> ReachMap | None:
        """Which function of which target; None where nobody can grant this."""
        if isinstance(self.judged, GrantRefused):
            return None
        names = self.names
        return reach_map(self.permissions, names, rules=self.rules, wallet=self.wallet.address, names=names)

    @cached_property
    def decisions(self) -> SideBySide:
        """The sample operations, under both rulesets."""
        cases = {name: (self.permissions, tuple(calls)) for name, calls in self.operations.items()}
        return side_by_side(cases, wallet=self.wallet.address, extensions=self.rules.extensions)

    @property
    def sentences(self) -> list[str]:
        """What each permission grants, numbered from 1."""
        return [f"{number}. {self.names.permission(one)}" for number, one in enumerate(self.permissions, 1)]

    def text(self) -> str:
        """Everything, one part after the other."""
        verdict = [f"✗ Nobody can grant this: {self.judged}"] if isinstance(self.judged, GrantRefused) else []
        parts = [
            f"A policy of {count(len(self.permissions), 'permission')}, {self.rules.title} rules",
            "\n".join([*self.sentences, *verdict]),
            self.decisions.text(),
            *map(str, filter(None, (self.reach, None if verdict else self.judged))),
            json.dumps(self.json, indent=2),
        ]
        return "\n\n".join(filter(None, parts))

    def html(self, *, listed: bool = True) -> str:
        """Everything, card below card. ``listed``: with the permissions in words."""
        cards = [self._listed()] if listed else []
        if isinstance(self.judged, GrantRefused):
            words = f"<p style='margin:0'>{escape(self.judged.message)}</p>"
            cards.append(frame("✗ Nobody can grant this", RED, words, "70em"))
        cards.append(_shown(self.decisions))
        cards += [_shown(self.reach)] if self.reach else []
        cards += [self.judged._repr_html_()] if isinstance(self.judged, Audit) else []
        style = "margin:0;white-space:pre-wrap;background:none;color:inherit;font-size:13.4px"
        written = escape(json.dumps(self.json, indent=2))
        cards.append(frame("JSON", BLUE, f"<pre style='{style}'>{written}</pre>", "70em"))
        return "".join(cards)

    def _listed(self) -> str:
        rows = [(permission.type, escape(self.names.permission(permission))) for permission in self.permissions]
        return card(f"A policy, {self.rules.title} rules", BLUE, rows or [("", "no permission yet")])


def _shown(picture: Picture) -> str:
    return picture._repr_html_()
