"""The tests of exactness notice a comparison that forgets a rule or takes two classes of operations for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sessionlab.core.permissions.operation import Operation
from sessionlab.study.comparing import candidates, search
from tests.comparing.pairs import KINDS, pair, wrong

Patch = pytest.MonkeyPatch


def without(keep: Callable[[Operation], bool]) -> Callable[[Patch], None]:
    """A comparison that does not look at some operations."""

    def plant(patch: Patch) -> None:
        plain = candidates.candidates

        def fewer(a: Any, b: Any) -> Iterator[Operation]:
            return (operation for operation in plain(a, b) if keep(operation))

        patch.setattr(search, "candidates", fewer)

    return plant


def replaced(module: Any, name: str, make: Callable[[Any], Any]) -> Callable[[Patch], None]:
    """A comparison with another function in place of one."""
    return lambda patch: patch.setattr(module, name, make(getattr(module, name)))


def one_class(plain: Any) -> Any:
    """All functions that are granted anywhere in one class, whoever grants them."""
    return lambda a, b: [[data for datas in plain(a, b) for data in datas]]


def unnamed(operation: Operation) -> bool:
    return bool(operation.calls) and operation.calls[0].target == candidates.STRANGER


def short(operation: Operation) -> bool:
    return bool(operation.calls) and 0 < len(operation.calls[0].data) < 4


WRONG: dict[str, Callable[[Patch], None]] = {
    "no address that nobody names": without(lambda o: not unnamed(o)),
    "no call to the wallet": without(lambda o: not (o.calls and o.calls[0].target == pair(KINDS[0], 0)[0].wallet)),
    "no batch for the wallet": without(lambda o: not (o.is_batch and o.calls)),
    "no empty batch": without(lambda o: bool(o.calls or o.own_data)),
    "no function of the wallet": without(lambda o: not o.own_data),
    "no data without a selector": without(lambda o: not short(o)),
    "short data is all alike": without(lambda o: not short(o) or o.calls[0].data[:1] == b"\xde"),
    "functions anywhere are all alike": replaced(candidates, "_alike", one_class),
    "no empty data": without(lambda o: not o.calls or bool(o.calls[0].data)),
    "no data that nobody names": without(lambda o: not o.calls or o.calls[0].data[:3] != bytes.fromhex("deadbe")),
    "no transfer without an amount": without(
        lambda o: not o.calls or len(o.calls[0].data) != 4 or o.calls[0].selector != candidates.TRANSFER
    ),
    "no value": without(lambda o: not o.calls or not o.calls[0].value),
    "no value but one wei": without(lambda o: not o.calls or o.calls[0].value in (0, 1)),
    "no amount of tokens": without(lambda o: not o.calls or not any(o.calls[0].data[36:])),
    "limits without the next amount": replaced(
        candidates, "_amounts", lambda plain: lambda meter, a, b: plain(meter, a, b)[:1]
    ),
    "no gas": replaced(search, "paid_for", lambda plain: lambda operation, a, b: ()),
    "gas at one price": replaced(
        search, "paid_for", lambda plain: lambda o, a, b: (p for p in plain(o, a, b) if p.fee == 1)
    ),
    "no time": replaced(search, "moments", lambda plain: lambda a, b, now: plain(a, b, now)[:1]),
    "nothing sent twice": replaced(search, "most", lambda plain: lambda s, o, now: min(plain(s, o, now), 1)),
    "an allowance that does not fall": replaced(
        search, "most", lambda plain: lambda s, o, now: search.ENDLESS * (plain(s, o, now) > 0)
    ),
    "one nonce lane": replaced(
        search, "put", lambda plain: lambda s, o, now, times=1: search.decide(s.policy, s.remaining, o, now, s.rules)
    ),
}
#: Where each is noticed, so that a usual run need not search for it: the kind of pair and its seed.
NOTICED: dict[str, tuple[int, int]] = {
    "no call to the wallet": (3, 9),
    "no batch for the wallet": (3, 9),
    "no empty batch": (1, 24),
    "no data without a selector": (1, 20),
    "short data is all alike": (1, 20),
    "no transfer without an amount": (2, 19),
    "no value but one wei": (2, 302),
    "limits without the next amount": (2, 302),
    "gas at one price": (3, 10),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_comparison_is_noticed(name: str, monkeypatch: Patch) -> None:
    WRONG[name](monkeypatch)
    assert noticed(name) is not None


def noticed(name: str, seeds: int = 4_000) -> tuple[int, int] | None:
    """The kind and seed of a pair on which it errs."""
    order = [NOTICED[name]] if name in NOTICED else []
    for number, seed in [*order, *((number, seed) for seed in range(seeds) for number in range(len(KINDS)))]:
        a, b = pair(KINDS[number], seed)
        if wrong(a, b, seed) or wrong(b, a, seed):
            return number, seed
    return None
