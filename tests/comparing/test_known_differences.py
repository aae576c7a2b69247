"""The differences between the rulesets are witness by comparison alone, each by a plain list."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

import sessionlab as sl
from sessionlab.core.permissions.rulesets import DOCUMENTED, FLAGS
from tests.comparing.drawn import ONE, asked

TOKEN = "0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB"
LISTS: dict[str, list[sl.Permission]] = {
    "R1": [sl.ContractAccess(address=ONE)],
    "R2": [sl.NativeTokenTransfer(allowance=5)],
    "R3": [sl.ContractAccess(address=ONE), sl.GasLimit(limit=1_000_000)],
    "R4": [
        sl.FunctionsOnAllContracts(functions=["increment()"]),
        sl.FunctionsOnContract(address=ONE, functions=["ping()"]),
    ],
    "R5": [sl.FunctionsOnAllContracts(functions=["0x00000000"])],
    "R7": [sl.AccountFunctions(functions=["ping()"]), sl.Erc20TokenTransfer(address=ONE, allowance=5)],
    "R8": [sl.Erc20TokenTransfer(address=address, allowance=5) for address in (TOKEN, TOKEN.lower())],
    "R9": [sl.AccountFunctions(functions=["0x19822f7c"])],
}


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.number)
def test_a_plain_list_shows_each_difference_that_one_session_can_show(flag: sl.Flag) -> None:
    other = replace(DOCUMENTED, name="other", **{flag.name: False})
    if flag.number == "R6":  # it is about a second session with the same number, which no list can show
        for seed in range(100):
            listed = asked(Random(seed)).permissions
            assert sl.compare(listed, rules=(DOCUMENTED, other)).relation == "equal"
        return
    comparison = sl.compare(LISTS[flag.number], rules=(DOCUMENTED, other))
    assert comparison.relation != "equal"
    for example in (comparison.only_a, comparison.only_b):
        if example is not None:
            taken, refused = example.replay()
            assert taken.phase == "ok" and taken.own in (None, "UnrecognizedFunction", "NotAuthorized")
            assert refused.phase in ("validation", "execution", "grant")


def test_a_learner_sees_what_their_own_list_would_do_in_production() -> None:
    comparison = sl.compare(LISTS["R1"], rules=("documented", "deployed"))
    assert repr(comparison).splitlines()[0] == (
        "documented is narrower: deployed allows all that documented allows, and more."
    )
    assert "with 1 wei: deployed takes it, documented refuses it in validation: NativeTransferNotAllowed." in repr(
        comparison
    )
