"""Which parts of a policy no case exercises: change each part a little, and see whether any case notices.

A part is exercised if some case ends otherwise without it: a permission left out, a function left out, a limit one
lower or one higher, an end one second earlier or later. What no case notices could change without anyone seeing it.
A part without which the policy allows exactly the same needs no case: it is redundant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sessionlab.core.base.amounts import MAX_SECONDS, MAX_UINT256
from sessionlab.core.permissions.fields import AMOUNT
from sessionlab.core.permissions.json_codec import permission_from_json
from sessionlab.core.permissions.types import Permission
from sessionlab.study.comparing.subject import PolicyRequest


@dataclass(frozen=True)
class PolicyChange:
    """A small change of a policy."""

    #: Which part it changes: ``permissions[1].data.allowance``, ``expirySec``.
    field: str
    #: What it does, in words.
    words: str
    policy: PolicyRequest


def changes(policy: PolicyRequest) -> Iterator[PolicyChange]:
    """Yield each small change: parts left out, limits and times one lower and one higher."""
    for number, permission in enumerate(policy.permissions):
        where = f"permissions[{number}]"
        yield PolicyChange(where, f"without {permission.type}", _put(policy, number))
        functions = getattr(permission, "functions", ())
        for index, code in enumerate(functions if len(functions) > 1 else ()):
            data = permission.to_json()
            data["data"]["functions"] = [other for at, other in enumerate(functions) if at != index]
            changed = _put(policy, number, permission_from_json(data))
            yield PolicyChange(f"{where}.data.functions[{index}]", f"without {code}", changed)
        if (amount := permission.limited_to) is not None:
            field = next(name for name, form in permission.fields().items() if form == AMOUNT)
            for more, words in ((-1, "one lower"), (1, "one higher")):
                if 0 <= amount + more <= MAX_UINT256:
                    changed = _put(policy, number, permission.with_limit(amount + more))
                    yield PolicyChange(f"{where}.data.{field}", words, changed)
    for name, field in (("expiry_sec", "expirySec"), ("expires_in", "expiresIn"), ("valid_after", "validAfter")):
        if value := getattr(policy, name):
            for more, words in ((-1, "one second earlier"), (1, "one second later")):
                if 1 <= value + more <= MAX_SECONDS:  # 0 would be none at all
                    yield PolicyChange(field, words, replace(policy, **{name: value + more}))


def _put(policy: PolicyRequest, number: int, *changed: Permission) -> PolicyRequest:
    """The policy with this instead of one permission, or nothing."""
    given = policy.permissions
    return replace(policy, permissions=(*given[:number], *changed, *given[number + 1 :]))
