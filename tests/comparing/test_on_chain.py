"""Every example ends on the EVM as it is said to: one wallet takes it, the other refuses the last operation.

``--examples N`` replays N examples of each kind of pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.comparing.on_chain import Ended, send
from sessionlab.study.comparing.search import Witness, beyond
from sessionlab.study.comparing.subject import Subject
from tests.comparing import drawn
from tests.comparing.pairs import KINDS, Kind, pair

#: Limits with which operations can run: what an operation of this wallet takes is below a million gas.
GASES = (0, 10**6, 2 * 10**6, 2**121, drawn.HUGE)
#: What the wallet says of a function of its own that it does not have, or that wants other arguments: nobody's rule.
OF_THE_FUNCTION = {"UnrecognizedFunction", "EmptyRevert"}


def examples(kind: Kind) -> Iterator[tuple[Subject, Subject, Witness]]:
    """Examples of what only the first of a drawn pair allows, without end."""
    for seed in count():
        a, b = pair(kind, seed)
        witness = beyond(a, b, drawn.NOW)
        if witness is not None and witness.times <= 10:
            yield a, b, witness


def of_the_wallet(witness: Witness, a: Subject) -> bool:
    operation = witness.operation
    return bool(operation.own_data) or any(call.target == a.wallet for call in operation.calls)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_example_is_taken_by_one_wallet_and_refused_by_the_other(
    kind: Kind, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(drawn, "GASES", GASES)
    for a, b, witness in islice(examples(kind), int(request.config.getoption("--examples"))):
        taken, refused = (send(subject, witness, drawn.NOW) for subject in (a, b))
        own = taken.own if of_the_wallet(witness, a) and taken.own in OF_THE_FUNCTION else None
        taken, refused = replace(taken, own=None if own else taken.own), replace(refused, own=None)
        assert taken == Ended("ok", None, witness.times), (witness, a.permissions)
        if b.refused is not None:
            assert refused == Ended("grant", b.refused.rule, 0)
        else:
            assert refused == Ended(witness.refusal.phase, witness.refusal.reason, witness.times - 1), (
                witness,
                b.permissions,
            )


def test_what_is_sent_too_often_is_not_sent() -> None:
    lists = [[sl.ContractAccess(address=drawn.ONE), sl.CallLimit(count=number)] for number in (5_000, 2_000)]
    comparison = sl.compare(*lists, rules=sl.ruleset("documented", ["call-limit"]))
    assert comparison.relation == "wider" and comparison.only_a is not None
    assert comparison.only_a.times == 2_001
    with pytest.raises(InvalidInput, match=r"2,001 times\. \(field: times\)"):
        comparison.only_a.replay()


def test_both_sides_end_as_said_through_the_public_door() -> None:
    old, new = [sl.ContractAccess(address=drawn.ONE)], [sl.ContractAccess(address=drawn.TWO)]
    comparison = sl.compare(old, new)
    for example in (comparison.only_a, comparison.only_b):
        assert example is not None
        assert example.replay() == (Ended("ok", None, 1), Ended("validation", "AddressNotAllowed", 0))


def test_a_wallet_that_takes_it_keeps_what_is_left() -> None:
    """The example of a limit is one unit above it, and the same number is taken by the list with more."""
    lists = [[sl.ContractAccess(address=drawn.ONE), sl.NativeTokenTransfer(allowance=amount)] for amount in (7, 5)]
    example = sl.compare(*lists).only_a
    assert example is not None
    assert (example.calls[0].value, example.refusal.asked, example.refusal.left) == (6, 6, 5)
    less = replace(example.witness, operation=example.operation._replace(calls=(example.calls[0]._replace(value=5),)))
    assert send(example.refused_by._subject, less, example.refused_by.since) == Ended("ok", None, 1)
