"""A finding, and a helper that makes one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sessionlab.study.audit.subject import SEVERITY_ORDER, AuditSubject

#: From worst to least, each with its sign.
SEVERITIES = dict(zip(SEVERITY_ORDER, "■▲●○·", strict=True))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the owner should know before signing."""

    #: The kind of finding: ``token-without-limit``, ``no-gas-limit``…
    id: str
    #: ``critical``, ``high``, ``medium``, ``low`` or ``info``.
    severity: str
    #: What a thief can do, or what does not work as it seems to; ``remedy`` says what to do about it.
    sentence: str
    remedy: str
    #: Type and position of the permission that it is about; None: the session as a whole.
    permission: str | None = None
    index: int | None = None

    @property
    def place(self) -> str:
        """The permission in words: ``permissions[1] contract-access``."""
        return "" if self.index is None else f"permissions[{self.index}] {self.permission}"

    def __repr__(self) -> str:
        return f"<Finding {self.id} ({self.severity}): {self.sentence}>"

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


#: The findings about gas, which stand behind those about what the permissions allow.
ABOUT_GAS = frozenset(
    (
        "no-gas-limit",
        "gas-limit-in-wei",
        "gas-price-free",
        "gas-limit-too-small",
        "gas-limit-used-up",
        "gas-of-other-sessions",
    )
)

Finder = Callable[[AuditSubject], Iterator[Finding]]


def finding(case: AuditSubject, index: int | None, id: str, severity: str, sentence: str, remedy: str) -> Finding:
    """Make a finding about the permission at ``index``; None: about the session as a whole."""
    kind = None if index is None else case.permissions[index].type
    return Finding(id, severity, sentence, remedy, kind, index)
