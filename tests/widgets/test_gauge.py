"""The gauge: what is left, as the chain has it, now and as it moves."""

from __future__ import annotations

import asyncio
from importlib import import_module

import pytest

import sessionlab as sl


def pay(lab: sl.Lab, session: sl.Session, amount: str) -> None:
    session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(amount))])


def test_it_shows_what_the_chain_has(lab: sl.Lab, session: sl.Session) -> None:
    gauge = sl.widgets.gauge(session)
    assert gauge.allowances == tuple(session.allowances)
    assert (gauge.state, gauge.block) == ("installed", lab.chain.height)
    assert "native-token-transfer  0.3 ETH of 1 ETH used, 0.7 ETH left" in gauge.text()
    assert "0.3 ETH of 1 ETH used, 0.7 ETH left" in gauge.html()


def test_it_looks_again_when_asked(lab: sl.Lab, session: sl.Session) -> None:
    gauge = sl.widgets.gauge(session, "native-token-transfer")
    pay(lab, session, "0.4")
    assert gauge.allowances[0].remaining == sl.ether("0.7")
    gauge.refresh()
    assert gauge.allowances[0].remaining == sl.ether("0.3")


def test_it_follows_the_chain_while_the_kernels_loop_turns(
    lab: sl.Lab, session: sl.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("sessionlab.study.widgets.gauge"), "PERIOD", 0.001)
    seen = []

    async def kernel() -> None:
        gauge = sl.widgets.gauge(session)
        _ = gauge.view
        moment = lab.snapshot()
        for change in (
            lambda: pay(lab, session, "0.4"),
            lambda: pay(lab, session, "0.4"),  # refused
            lambda: lab.revert(moment),
        ):
            change()
            await asyncio.sleep(0.05)
            seen.append((gauge.allowances[0].shown[2], "ExceededNativeTokenLimit" in gauge._page.value))
        gauge.stop()
        pay(lab, session, "0.1")
        await asyncio.sleep(0.05)
        seen.append((gauge.allowances[0].shown[2], "stopped"))

    asyncio.run(kernel())
    assert seen == [("0.3 ETH", False), ("0.3 ETH", True), ("0.7 ETH", False), ("0.7 ETH", "stopped")]


def test_a_cell_that_is_run_again_leaves_one_gauge_that_follows(
    lab: sl.Lab, session: sl.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("sessionlab.study.widgets.gauge")

    async def kernel() -> None:
        gauges = []
        for cell in (("a", "run 1"), ("a", "run 1"), ("b", "run 2"), ("a", "run 3")):
            monkeypatch.setattr(module, "_cell", lambda cell=cell: cell)
            gauges.append(sl.widgets.gauge(session))
            _ = gauges[-1].view
        # Both of the first run have stopped; the other cell's and the new one go on.
        assert [gauge._task is not None for gauge in gauges] == [False, False, True, True]
        for gauge in gauges:
            gauge.stop()

    asyncio.run(kernel())


def test_before_any_operation_everything_is_left(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(8))
    gauge = sl.widgets.gauge(session)
    assert gauge.state == "signed"
    for shown in (gauge.text(), gauge.html(), gauge._repr_mimebundle_()["text/html"]):
        assert "0 ETH of 1 ETH used, 1 ETH left" in shown
        assert "last refused" not in shown


def test_a_chain_that_does_not_answer_is_an_error_in_the_widget(
    lab: sl.Lab, session: sl.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    gauge = sl.widgets.gauge(session)
    _ = gauge.view
    pay(lab, session, "0.1")
    with monkeypatch.context() as broken:
        broken.setattr(session, "_api", None)
        gauge._look_again()
        assert "NoneType" in gauge._said.value
    gauge._look_again()
    assert (gauge.error, gauge.allowances[0].shown[2]) == ("", "0.6 ETH")


def test_one_allowance_is_shown_by_its_name_or_its_token(lab: sl.Lab) -> None:
    granted = [
        sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(25, 6)),
        sl.Erc20TokenTransfer(address=lab.token, allowance=sl.ether(2)),
    ]
    session = lab.wallet().grant_permissions(granted, key=sl.new_key(5))
    assert len(sl.widgets.gauge(session).allowances) == 2
    gauge = sl.widgets.gauge(session, lab.dollar)
    assert [item.shown[0] for item in gauge.allowances] == ["25 LUSD"]
    gauge.set("erc20-token-transfer LAB")
    assert [item.shown[0] for item in gauge.allowances] == ["2 LAB"]
    gauge.set()
    assert len(gauge.allowances) == 2


def test_an_allowance_that_is_not_there_is_refused(session: sl.Session) -> None:
    gauge = sl.widgets.gauge(session)
    with pytest.raises(sl.NotFound, match="use one of: all, native-token-transfer, gas-limit"):
        gauge.set("gaslimit")
    assert len(gauge.allowances) == 2


def test_a_session_that_counts_nothing_says_so(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(6))
    gauge = sl.widgets.gauge(session)
    assert "nothing is counted" in gauge.text() and "nothing is counted" in gauge.html()


def test_its_end_is_shown(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions(
        [sl.NativeTokenTransfer(allowance=5)], expiry_sec=lab.now + 60, key=sl.new_key(7)
    )
    gauge = sl.widgets.gauge(session)
    lab.travel(61)
    gauge._look_again()
    assert (gauge.state, "■ expired" in gauge.text()) == ("expired", True)


def test_the_list_chooses(session: sl.Session) -> None:
    gauge = sl.widgets.gauge(session)
    _ = gauge.view
    gauge._which.value = "gas-limit"
    assert [item.permission for item in gauge.allowances] == ["gas-limit"]
    gauge.set("native-token-transfer")
    assert gauge._which.value == "native-token-transfer"
