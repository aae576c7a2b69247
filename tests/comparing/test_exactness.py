"""What only one of two policies allows: never missed, never invented; put to random sequences and to all short ones.

``--comparisons N`` draws N pairs of each kind: under one ruleset, under two (also mixtures of their flags), and both
with extensions.
"""

from __future__ import annotations

from itertools import combinations, product

import pytest

import sessionlab as sl
from sessionlab.core.permissions.functions import TRANSFER
from sessionlab.core.permissions.operation import Operation, operation_of, plain_call
from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, Ruleset
from sessionlab.study.comparing.search import beyond
from sessionlab.study.comparing.subject import SOME_WALLET, PolicyRequest, subject_of
from tests.comparing.brute_force import taken
from tests.comparing.drawn import ELSEWHERE, NOW, ONE
from tests.comparing.pairs import KINDS, Kind, pair, wrong


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_random_sequence_shows_more_than_the_comparison(kind: Kind, seeds: range) -> None:
    for seed in seeds:
        a, b = pair(kind, seed)
        for here, there in ((a, b), (b, a)):
            assert (fault := wrong(here, there, seed)) is None, (seed, here.permissions, there.permissions, fault)


SMALL = (
    sl.NativeTokenTransfer(allowance=1),
    sl.NativeTokenTransfer(allowance=2),
    sl.Erc20TokenTransfer(address=ONE, allowance=1),
    sl.Erc20TokenTransfer(address=ONE, allowance=2),
    sl.GasLimit(limit=1),
    sl.GasLimit(limit=2),
    sl.ContractAccess(address=ONE),
    sl.FunctionsOnContract(address=ONE, functions=["0xa9059cbb"]),
    sl.FunctionsOnAllContracts(functions=["0x12000000"]),
    sl.AccountFunctions(functions=["0x12000000"]),
    sl.CallLimit(count=1),
    sl.CallLimit(count=2),
)


def small_operations() -> list[Operation]:
    """Every operation of a world with few addresses, functions and amounts."""
    datas = [b"", b"\x12", b"\x12\0\0\0", TRANSFER]
    datas += [TRANSFER + bytes(32) + amount.to_bytes(32, "big") for amount in (0, 1, 2)]
    calls = [plain_call(*call) for call in product((ONE, ELSEWHERE, SOME_WALLET), (0, 1, 2), datas)]
    facts = [{"sponsored": True}, {"gas": 1, "fee": 1}, {"gas": 2, "fee": 1}, {"gas": 1, "fee": 2}]
    return [
        operation_of([call], batch=batch, **fact)
        for call in calls
        for batch in {False, call.target == SOME_WALLET}
        for fact in facts
    ] + [operation_of((), batch=True, **fact) for fact in facts]


@pytest.mark.parametrize("rules", [DOCUMENTED, DEPLOYED], ids=lambda rules: rules.name)
def test_in_a_small_world_no_sequence_of_two_shows_more(rules: Ruleset) -> None:
    """All lists of one or two permissions, against each other; all operations, alone and after one another."""
    with_extensions = sl.ruleset(rules, ["call-limit"])
    lists = [(one,) for one in SMALL] + list(combinations(SMALL, 2))
    made = [subject_of(PolicyRequest(one), with_extensions, wallet=SOME_WALLET, now=NOW) for one in lists]
    subjects = [subject for subject in made if subject.refused is None]
    operations = small_operations()
    alone = [{o for o in operations if taken(s, [(o, NOW)]) is None} for s in subjects]
    assert len(subjects) > 30
    for a, of_a in zip(subjects, alone, strict=True):
        for b, of_b in zip(subjects, alone, strict=True):
            if beyond(a, b, NOW) is not None:
                continue
            assert of_a <= of_b, (a.permissions, b.permissions)
            counted = [o for o in of_a if o.calls and (o.calls[0].value or o.calls[0].data[4:] or o.gas)][:8]
            for pair_of in product(counted, repeat=2):
                steps = [(operation, NOW) for operation in pair_of]
                assert taken(a, steps) is not None or taken(b, steps) is None, (a.permissions, b.permissions, steps)
