"""Findings about the session's lifetime and about permissions that do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.core.permissions.functions import function_name
from sessionlab.core.permissions.types import AccountFunctions
from sessionlab.study.audit.effect import without_effect
from sessionlab.study.audit.findings.table import Finding, finding
from sessionlab.study.audit.subject import AuditSubject


def no_expiry(case: AuditSubject) -> Iterator[Finding]:
    """The session has no expiry."""
    if not case.wallet.expiry:
        sentence = "The session never expires: anyone who finds its key years from now can use it."
        yield finding(case, None, "no-expiry", "medium", sentence, "Give an expiry: the hours or days that are needed.")


def is_over(case: AuditSubject) -> Iterator[Finding]:
    """The session has ended, so its permissions no longer apply."""
    if case.wallet.is_over:
        how = "was revoked" if case.wallet.revoked else "has expired"
        sentence = f"The session {how}: it allows nothing any more."
        remedy = "Check the approvals that it left, and the key's other sessions, if there are any."
        yield finding(case, None, "session-is-over", "info", sentence, remedy)


def no_effect(case: AuditSubject) -> Iterator[Finding]:
    """Removing the permission would change nothing."""
    for index in without_effect(case):
        sentence = "Without this permission the session could do exactly the same: the others decide."
        remedy = "Leave it out, or see what was meant: another address, another function, another order."
        yield finding(case, index, "permission-without-effect", "low", sentence, remedy)


def missing_functions(case: AuditSubject) -> Iterator[Finding]:
    """The permission names wallet functions that the wallet does not have."""
    for index, permission in case.of_type(AccountFunctions):
        if not isinstance(permission, AccountFunctions):
            continue
        missing = [name for name in permission.functions if bytes.fromhex(name[2:]) not in case.wallet.functions]
        if missing:
            names = ", ".join(map(function_name, missing))
            sentence = f"The wallet has no function {names}: calling it fails, and after an upgrade it may not."
            yield finding(case, index, "account-function-missing", "low", sentence, "Leave it out.")
