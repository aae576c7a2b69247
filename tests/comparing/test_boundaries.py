"""Where a comparison is easily wrong: times, named addresses, whose rules, huge lists, and what a replay may answer."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.erc4337.wallet_encoding import execute
from sessionlab.study.comparing.candidates import STRANGER
from sessionlab.study.comparing.on_chain import PAYMASTER, Ended
from sessionlab.study.comparing.subject import SOME_WALLET
from tests.comparing.drawn import ONE, TWO

AT_ONE = [sl.ContractAccess(address=ONE)]
WALLET = "0x" + "33" * 20


def grant(**times: int) -> dict[str, Any]:
    return {"permissions": [permission.to_json() for permission in AT_ONE], **times}


def test_two_sessions_that_begin_at_different_times_differ_although_both_have_begun_today() -> None:
    comparison = sl.compare(grant(validAfter=1_790_000_000), grant())
    assert comparison.relation == "narrower" and comparison.only_b is not None
    assert comparison.only_b.replay()[0] == Ended("ok", None, 1)
    assert sl.compare(grant(validAfter=1_790_000_000), grant(), now=1_790_000_000).relation == "equal"


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        ({"expirySec": 1_900_000_000}, {"expirySec": 1_900_000_001}, "narrower"),
        ({"validAfter": 1_900_000_001}, {"validAfter": 1_900_000_000}, "narrower"),
        ({"validAfter": 1_900_000_001}, {"expirySec": 1_900_000_001}, "incomparable"),
        ({"validAfter": 1_900_000_002}, {"expirySec": 1_900_000_001}, "incomparable"),
        ({"expiresIn": 60}, {"expiresIn": 61}, "narrower"),
    ],
)
def test_a_second_is_seen_and_each_example_ends_as_said(a: dict[str, int], b: dict[str, int], relation: str) -> None:
    comparison = sl.compare(grant(**a), grant(**b))
    assert comparison.relation == relation
    for example in (comparison.only_a, comparison.only_b):
        if example is not None:
            assert example.replay() == (Ended("ok", None, 1), Ended("validation", "AA22 expired or not due", 0))


def test_what_may_be_called_does_not_differ_because_the_times_do() -> None:
    parts = sl.compare(grant(validAfter=1_900_000_002), grant(expirySec=1_900_000_001)).differences
    assert {part.part for part in parts} == {"time"}


def test_a_date_and_a_duration_are_compared_at_a_time_that_is_told() -> None:
    said = repr(sl.compare(grant(expiresIn=86_400), grant(expirySec=1_790_000_000)))
    assert "One side ends on a date" in said and "2026-09-21 14:13:19 UTC" in said
    assert "One side" not in repr(sl.compare(grant(expiresIn=5), grant(expirySec=1_790_000_000), now=1_780_000_000))


@pytest.mark.parametrize("moment", [0, -1, 2**48, 2**200])
def test_a_time_at_which_nothing_is_granted_is_refused(moment: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        sl.compare(AT_ONE, AT_ONE, now=moment)
    assert refused.value.field == "now"


def test_a_beginning_that_no_wallet_can_store_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        sl.compare(grant(validAfter=2**48), grant())
    assert refused.value.field == "a.validAfter"


@pytest.mark.parametrize("address", [STRANGER, SOME_WALLET, PAYMASTER, ENTRY_POINT, *(f"0x{n:040x}" for n in (5, 9))])
def test_an_address_that_means_something_to_the_comparison_is_an_address_like_others(address: str) -> None:
    comparison = sl.compare([sl.ContractAccess(address=address)], AT_ONE)
    assert comparison.relation == "incomparable" and comparison.only_a is not None
    assert f"{address[:6]}…".lower() in comparison.only_a.sentence.lower()
    assert "other address" not in repr(comparison)
    taken, refused = comparison.only_a.replay()
    assert (taken.phase, taken.taken) == ("ok", 1)
    assert refused == Ended("validation", "AddressNotAllowed", 0)


def test_a_list_that_makes_no_session_is_refused_when_it_is_granted() -> None:
    example = sl.compare([], AT_ONE).only_b
    assert example is not None
    assert (example.refusal.phase, example.refusal.reason) == ("grant", "ValidationConfigUnsetError")
    assert example.replay()[1] == Ended("grant", "ValidationConfigUnsetError", 0)


def test_limits_with_which_nothing_runs_are_told_apart_and_said_to_be_so() -> None:
    example = sl.compare([*AT_ONE, sl.GasLimit(limit=10)], [*AT_ONE, sl.GasLimit(limit=20)]).only_b
    assert example is not None and example.operation.gas == 11
    assert "no operation runs with less than" in example.sentence
    with pytest.raises(InvalidInput, match="No operation runs with 11 gas"):
        example.replay()


def test_an_amount_without_end_is_no_row_of_digits() -> None:
    lists = [[sl.NativeTokenTransfer(allowance=amount)] for amount in (2**256 - 1, 2**256 - 2)]
    said = repr(sl.compare(*lists))
    assert "2**256 - 1 wei" in said and "2**256 - 2 wei" in said
    assert max(map(len, said.splitlines())) < 260


# -- sessions


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    return sl.Lab(rules="deployed", seed=3)


@pytest.fixture(scope="module")
def sessions(lab: sl.Lab) -> list[sl.Session]:
    token = lab.token("My Dollar", "MYD", 6)
    first, second = lab.wallet(), lab.wallet()
    return [
        first.grant_permissions([sl.Erc20TokenTransfer(address=token.address, allowance=25_000_000)]),
        first.grant_permissions([sl.Erc20TokenTransfer(address=token.address, allowance=26_000_000)]),
        second.grant_permissions([sl.ContractAccess(address=first.address)]),
    ]


def test_sessions_are_judged_by_the_rules_of_their_wallets(lab: sl.Lab, sessions: list[sl.Session]) -> None:
    assert sl.compare(sessions[0], sessions[1]).a.rules == lab.rules
    payment = sl.Call(to=sessions[2].permissions[0].address, value=1)  # type: ignore[attr-defined]
    assert not sl.never_allows(sessions[2], payment)  # in production, a call may send ETH
    assert sl.never_allows(sessions[2], payment, rules="documented")


def test_sessions_are_told_with_the_names_of_their_lab(sessions: list[sl.Session]) -> None:
    said = repr(sl.compare(sessions[0], sessions[1]))
    assert "25.000001 MYD" in said and "units of" not in said


def test_a_session_may_name_the_wallet_of_another(sessions: list[sl.Session]) -> None:
    comparison = sl.compare(sessions[0], sessions[2])
    assert comparison.b.refused is None and comparison.relation == "incomparable"


# -- can it ever


@pytest.mark.parametrize(("target", "never"), [(ONE, False), (TWO, True)])
def test_an_operation_is_what_its_calls_are(target: str, never: bool) -> None:
    data = execute(sl.Call(to=target), wrapped=False)
    assert bool(sl.never_allows(AT_ONE, sl.Call(to=WALLET, data=data), wallet=WALLET)) is never


# -- huge lists


def test_hundreds_of_functions_anywhere_and_hundreds_of_contracts_are_compared_as_one_of_each_class() -> None:
    from sessionlab.study.comparing.candidates import candidates
    from sessionlab.study.comparing.subject import PolicyRequest, subject_of

    contracts = [sl.ContractAccess(address=f"0x{number:040x}") for number in range(1, 500)]
    functions = [sl.FunctionsOnAllContracts(functions=[f"0x{number:08x}"]) for number in range(1, 500)]
    both = [
        subject_of(PolicyRequest((*contracts, *functions[:size])), sl.DOCUMENTED, wallet=SOME_WALLET, now=1)
        for size in (499, 498)
    ]
    assert sum(1 for _ in candidates(*both)) < 10_000
    comparison = sl.compare([*contracts, *functions], [*contracts, *functions[:-1]])
    assert comparison.relation == "wider" and comparison.only_a is not None
    assert comparison.only_a.calls[0].data.hex() == "000001f3"
    assert [part.what for part in comparison.differences] == ["0x000001f3 on any other address"]


def test_more_functions_than_ten_thousand_are_not_compared() -> None:
    many = [f"0x{number:08x}" for number in range(10_001)]
    with pytest.raises(InvalidInput, match="10,001 functions"):
        sl.compare([sl.FunctionsOnContract(address=ONE, functions=many)], AT_ONE)
