"""Which parts of a policy no case exercises: change each part a little, and see whether any case notices.

A part is exercised if some case ends otherwise without it: a permission left out, a function left out, a limit one
lower or one higher, an end one second earlier or later. What no case notices could change without anyone seeing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

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
    given = policy.permissions
    for number, permission in enumerate(given):
        where = f"permissions[{number}]"

        def put(changed: Permission | None, at: int = number) -> PolicyRequest:
            middle = () if changed is None else (changed,)
            return replace(policy, permissions=(*given[:at], *middle, *given[at + 1 :]))

        yield PolicyChange(where, f"without {permission.type}", put(None))
        functions = getattr(permission, "functions", ())
        for index, code in enumerate(functions if len(functions) > 1 else ()):
            data = permission.to_json()
            data["data"]["functions"] = [other for at, other in enumerate(functions) if at != index]
            yield PolicyChange(f"{where}.data.functions[{index}]", f"without {code}", put(permission_from_json(data)))
        if (amount := permission.limited_to) is not None:
            for more, words in ((-1, "one lower"), (1, "one higher")):
                if amount + more >= 0:
                    yield PolicyChange(f"{where}.data", words, put(permission.with_limit(amount + more)))
    for name, field in (("expiry_sec", "expirySec"), ("expires_in", "expiresIn"), ("valid_after", "validAfter")):
        if value := getattr(policy, name):
            for more, words in ((-1, "one second earlier"), (1, "one second later")):
                yield PolicyChange(field, words, replace(policy, **{name: value + more}))


def unnoticed(policy: PolicyRequest, outcome: Callable[[PolicyRequest], Sequence[object]]) -> list[PolicyChange]:
    """Return the changes after which every case ends as before. ``outcome``: how the cases end under a policy."""
    before = outcome(policy)
    return [change for change in changes(policy) if outcome(change.policy) == before]
