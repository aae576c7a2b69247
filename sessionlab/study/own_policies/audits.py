"""What a policy allows under each ruleset, and the worst that a thief of its key takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sessionlab.core.base.doors import AMOUNT, maybe, reads
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.rulesets import Ruleset, RulesName
from sessionlab.core.permissions.types import Permission
from sessionlab.study.audit import Audit
from sessionlab.study.comparing.comparison import PolicyComparison, compared
from sessionlab.study.comparing.subject import (
    MOMENT,
    PolicyRequest,
    ending,
    moment_of,
    read_request,
    subject_of,
    wallet_of,
)
from sessionlab.study.doors import NAMES
from sessionlab.study.own_policies.assumed import BALANCE, assumed_audit
from sessionlab.study.own_policies.rulesets import rulesets_in

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class AuditUnderRuleset:
    """The audit of a policy under one ruleset."""

    rules: Ruleset
    #: Why these rules make no session of the policy; None if they do.
    refused: GrantRefused | None
    #: None if there is no session to audit.
    audit: Audit | None

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        return {
            **self.rules.named(),
            "refused": None if self.refused is None else {"rule": self.refused.rule, "text": str(self.refused)},
            "audit": None if self.audit is None else self.audit.to_json(),
        }


@dataclass(frozen=True)
class PolicyAudit:
    """A policy under each ruleset: what it allows, and what a thief of its key takes."""

    permissions: tuple[Permission, ...]
    #: What the wallet is taken to hold, in wei.
    balance: int
    names: AddressBook
    results: tuple[AuditUnderRuleset, ...]
    #: The policy under the first ruleset compared with the same under the second; None if only one was asked.
    comparison: PolicyComparison | None

    @property
    def ok(self) -> bool:
        """Whether every ruleset that was asked can grant the policy."""
        return all(result.refused is None for result in self.results)

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        return {
            "ok": self.ok,
            "balance": str(self.balance),
            "allows": [self.names.permission(permission) for permission in self.permissions],
            "rulesets": [result.to_json() for result in self.results],
            "comparison": None if self.comparison is None else self.comparison.to_json(),
        }

    def __repr__(self) -> str:
        from sessionlab.study.own_policies.text import audit_text

        return audit_text(self)


@reads(policy=read_request, rules=rulesets_in, balance=AMOUNT, now=maybe(MOMENT), names=maybe(NAMES))
def audit_policy(
    policy: Any,
    *,
    rules: Literal["both"] | RulesName | Ruleset | Sequence[RulesName | Ruleset] = "both",
    balance: int = BALANCE,
    now: int | None = None,
    expiry_sec: int | datetime | None = None,
    expires_in: int | None = None,
    names: AddressBook | None = None,
) -> PolicyAudit:
    """Audit a policy under each ruleset, for a wallet that holds ``balance`` wei and ten times each limited token.

    ``policy``, ``now``, ``expiry_sec`` and ``expires_in``: as for ``compare``. ``rules``: a ruleset, a list of them, or
    ``"both"``. A policy that a ruleset refuses has no audit under it. Raises InvalidInput for what is not a policy.
    """
    asked: PolicyRequest = read_request(policy, "policy")
    (asked,) = ending([asked], expiry_sec, expires_in)
    moment = moment_of(now, asked)
    each = rulesets_in(rules, "rules")
    book = names or AddressBook()
    results = tuple(_under(asked, of, moment, balance, names) for of in each)
    comparison = None
    if len(each) == 2:
        comparison = compared(asked, asked, (each[0], each[1]), moment, names, (each[0].title, each[1].title))
    return PolicyAudit(asked.permissions, balance, book, results, comparison)


def _under(
    asked: PolicyRequest, rules: Ruleset, now: int, balance: int, names: AddressBook | None
) -> AuditUnderRuleset:
    subject = subject_of(asked, rules, wallet=wallet_of(asked), now=now)
    if subject.refused is not None:
        return AuditUnderRuleset(rules, subject.refused, None)
    return AuditUnderRuleset(rules, None, assumed_audit(subject, now, balance, names))
