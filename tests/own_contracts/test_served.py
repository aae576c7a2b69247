"""Contracts of a lab that is served: another client, over HTTP, tells them by their names."""

from __future__ import annotations

import pytest

import sessionlab as sl

from .steps import artifact, told


def test_a_client_over_http_knows_functions_errors_and_tokens() -> None:
    lab = sl.Lab(seed=1)
    with sl.in_background(lab) as url:
        client = sl.SmartWalletClient(sl.HttpProvider(url), sl.new_key(3))
        market, mine = lab.deploy(artifact("Market"), lab.merchant, 5), lab.token("My Dollar", "MYD", 6)
        lab.fund(client.address, sl.ether(1))
        granted = [
            sl.FunctionsOnContract(address=market.address, functions=["place(uint256)"]),
            sl.Erc20TokenTransfer(address=mine.address, allowance=10**6),
        ]
        session = client.grant_permissions(granted, key=sl.new_key(4))
        assert session.send_calls([market.call("place(uint256)", 6)])
        denial = told(session.send_calls([market.call("place(uint256)", 4)]))
        assert denial.sentence == f"{lab.names.address(market.address)} refused: TooSmall(asked=4, least=5)."
        assert "place(4) on Market (" in str(denial.explain())
        assert client.names.permission(granted[0]).startswith("may call place(uint256) on Market (")
        assert "1 MYD left" in str(session.allowances)


def test_what_a_served_lab_leaves_to_the_process_that_serves_is_told_so() -> None:
    with sl.in_background(sl.Lab(seed=1)) as url:
        served = sl.connect(url)
        with pytest.raises(AttributeError, match="stays with the process that serves"):
            getattr(served, "deploy")  # noqa: B009 - type checkers refuse the attribute, too
