"""Lessons 08 to 10: answers that are right in another way pass, and answers that are wrong in a hidden way do not."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.course.classroom import judge
from sessionlab.course.judges import judge_09
from sessionlab.course.lesson import Judgement, exercise

CHECK_IN, TRANSFER = "increment()", "transfer(address,uint256)"


def judged(id: str, answer: Any) -> Judgement:
    return judge(exercise(id), answer)


def test_a_drain_for_half_now_and_half_later_passes() -> None:
    def in_two_steps(lab: sl.Lab, session: sl.Session, thief: sl.SmartWalletClient) -> None:
        for token in (lab.coin, lab.dollar, lab.token):
            most = 2**256 - 1
            session.send_calls([sl.Call(to=token, function="approve(address,uint256)", args=[thief.address, most])])
            held = lab.token_balance(token, session.wallet)
            for part in (held // 2, held - held // 2):
                args = [session.wallet, thief.address, part]
                thief.send_calls([sl.Call(to=token, function="transferFrom(address,address,uint256)", args=args)])

    assert judged("08.2", in_two_steps).passed


def test_a_function_on_all_contracts_passes_beside_a_limit_of_no_eth() -> None:
    def without_eth(lab: sl.Lab, budget: int) -> list[Any]:
        limited = sl.Erc20TokenTransfer(address=lab.dollar, allowance=budget)
        return [limited, sl.FunctionsOnAllContracts(functions=[CHECK_IN]), sl.NativeTokenTransfer(allowance=0)]

    assert judged("08.3", without_eth).passed


@pytest.mark.parametrize("skipped", [0, 2])
def test_the_way_to_the_owner_is_found_among_harmless_functions(monkeypatch: pytest.MonkeyPatch, skipped: int) -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    functions = ["owner()", "supportsInterface(bytes4)", judge_09.RENEW]
    session = wallet.grant_permissions([sl.AccountFunctions(functions=functions)], key=sl.new_key(1))
    tries = judge_09._tries
    monkeypatch.setattr(judge_09, "_tries", lambda thief: list(tries(thief))[skipped:])
    assert judge_09._way_to_the_owner(lab, wallet, session) == judge_09.RENEW


def test_a_choice_that_knows_some_selectors_and_not_all_shows_no_misconception() -> None:
    def knows_two(lab: sl.Lab, wallet: sl.SmartWalletClient, offered: list[str]) -> list[str]:
        known = ("0xb61d27f6", "0x30009d52", "execute", "update", "uninstall")
        return [one for one in offered if not one.lower().startswith(known)]

    found = judged("09.2", knows_two)
    assert (found.passed, found.misconception) == (False, None)


@pytest.mark.parametrize(
    ("reach", "passes"),
    [
        (lambda lab: sl.ContractAccess(address=lab.counter), True),
        (lambda lab: sl.FunctionsOnAllContracts(functions=[CHECK_IN]), True),
        (lambda lab: sl.FunctionsOnAllContracts(functions=[CHECK_IN, TRANSFER]), False),
    ],
)
def test_root_is_replaced_by_any_reach_that_a_thief_cannot_use(reach: Any, passes: bool) -> None:
    def scope(lab: sl.Lab, wei: int, units: int, gas: int) -> list[Any]:
        limits = [sl.NativeTokenTransfer(allowance=wei), sl.GasLimit(limit=gas)]
        return [*limits, sl.Erc20TokenTransfer(address=lab.dollar, allowance=units), reach(lab)]

    assert judged("10.2", scope).passed == passes
