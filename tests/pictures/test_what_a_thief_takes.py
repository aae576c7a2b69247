"""Blast radius and escalation have the audit's data, loss over time that of runs; their words carry the amounts."""

from __future__ import annotations

import re

import pytest

import sessionlab as sl
from sessionlab.core.base.html import RED
from sessionlab.study.pictures.svg import NARROW, WIDE
from tests.pictures import gallery
from tests.pictures.reading import read

pictures = sl.pictures


@pytest.fixture(scope="module")
def world() -> sl.Lab:
    return sl.Lab()


def test_blast_radius_orders_assets_by_exposure(world: sl.Lab) -> None:
    picture = gallery.blast_radius(world)
    assert [(r.asset, r.said.word, round(r.share, 3)) for r in picture.assets] == [
        ("LAB", "unlimited", 1.0),
        ("ETH by permissions", "bounded", 0.3),
        ("LUSD", "bounded", 0.025),
        ("LBTC", "out of reach", 0.0),
    ]
    eth, gas = picture.assets[1], picture.gas
    assert (eth.held, eth.now, eth.ever) == (sl.ether(10), sl.ether(3), sl.ether(3))
    assert (gas.held, gas.now, gas.ever, gas.said.word) == (sl.ether(10), sl.ether(10), None, "unlimited")
    words = picture.alternative_text
    assert "ETH by permissions bounded, 3 ETH of 10 ETH now, 3 ETH until the session ends;" in words
    assert "ETH as gas unlimited, 10 ETH of 10 ETH now" in words
    assert "30 %" in picture.text()
    page = read(picture._repr_html_()).text
    for word in ("✗ unlimited", "! bounded", "✓ out of reach", "25 LUSD of 1,000 LUSD now"):
        assert word in page


def test_blast_radius_of_an_audit_and_of_its_session_agree(world: sl.Lab) -> None:
    wallet = world.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(3))], key=sl.new_key(1))
    picture = pictures.blast_radius(session)
    audit = session.audit()
    assert (picture.verdict, picture.rules) == (audit.verdict, audit.rules)
    assert picture.headlines == audit.headlines
    eth = picture.assets[[radius.asset for radius in picture.assets].index("ETH by permissions")]
    assert (eth.now, eth.ever) == (audit.loss("ETH by value").now, audit.loss("ETH by value").ever)
    assert (picture.gas.now, picture.gas.ever) == (audit.loss("ETH as gas").now, audit.loss("ETH as gas").ever)


def test_escalation_goes_from_the_key_over_the_function_to_everything(world: sl.Lab) -> None:
    picture = gallery.escalation(world)
    assert picture.takes_the_wallet
    ways = [(edge.start, edge.end) for edge in picture.edges]
    function = "updateFallbackSignerData of the wallet"
    assert ways[:3] == [
        ("the session key", function),
        (function, "the new owner"),
        ("the new owner", "ETH by value: all\nLAB: all\nLUSD: all\nLBTC: all"),
    ]
    assert [picture.column(node) for node in ("the session key", function, "the new owner")] == [0, 1, 2]
    assert picture.alternative_text.endswith(
        "Anyone who steals this key can take everything, the wallet itself included."
    )
    assert "make the thief the owner of the wallet" in picture.text()
    assert "send 10 ETH to the thief" in picture.text()
    page = read(picture._repr_html_()).text
    assert "the new owner" in page and "ETH by value: all" in page


def test_escalation_without_a_way_to_the_wallet_says_the_most_that_is_lost(world: sl.Lab) -> None:
    granted = [sl.NativeTokenTransfer(allowance=sl.ether(3)), sl.GasLimit(limit=1)]
    picture = pictures.escalation(world.wallet().grant_permissions(granted, key=sl.new_key(2)))
    assert not picture.takes_the_wallet
    assert "ETH by value: 3 ETH" in picture.alternative_text


def test_escalation_of_a_key_that_can_take_nothing_is_one_box(world: sl.Lab) -> None:
    granted = [sl.ContractAccess(address=world.counter), sl.GasLimit(limit=0)]
    wallet = world.wallet(balance=0)
    picture = pictures.escalation(wallet.grant_permissions(granted, key=sl.new_key(3)))
    assert (picture.nodes, picture.edges) == (("the session key",), ())
    assert picture.alternative_text.startswith("Escalation graph: the stolen key leads nowhere.")


def test_loss_over_time_says_what_left_each_wallet_and_what_happened(world: sl.Lab) -> None:
    picture = gallery.loss_over_time(world)
    one, four = sl.ether(1), sl.ether(4)
    assert [run.points for run in picture.runs] == [
        ((0, 0), (3_600, one), (7_200, one)),
        ((0, 0), (3_600, one), (7_200, four)),
    ]
    words = "Loss over time: 1 ETH, 1 ETH after 2 hours; root, 4 ETH after 2 hours. Marked: noticed after 1.5 hours."
    assert picture.alternative_text == words
    assert [line.split() for line in picture.text().splitlines()[3:6]] == [
        ["1", "hour", "1", "ETH", "1", "ETH"],
        ["1.5", "hours", "1", "ETH", "1", "ETH", "noticed"],
        ["2", "hours", "1", "ETH", "4", "ETH"],
    ]


def test_losses_are_red_named_and_told_apart_by_their_line(world: sl.Lab) -> None:
    picture = gallery.loss_over_time(world)
    for width in (WIDE, NARROW):
        svg = "".join(picture.draw(width).parts)
        words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
        assert {"root: 4 ETH lost", "1 ETH: 1 ETH lost", "noticed, 1.5 hours", "1 hour", "since the theft"} <= set(
            words
        )
        lines = re.findall(
            r'<path d="M[^"]*H[^"]*V[^"]*" style="fill:none;stroke:([^;]*);[^"]*"( stroke-dasharray)?', svg
        )
        assert [(RED in colour, bool(dashes)) for colour, dashes in lines] == [(True, False), (True, True)]


@pytest.mark.parametrize(
    ("last", "said"), [(119, "119 seconds"), (120, "2 minutes"), (7_200, "2 hours"), (172_800, "2 days")]
)
def test_loss_over_time_takes_the_unit_of_time_that_suits_it(last: int, said: str) -> None:
    assert pictures.loss_over_time({"a": [(0, 0), (last, 1)]}).alternative_text.endswith(f"1 wei after {said}.")


@pytest.mark.parametrize("runs", [{}, {"a": []}, {str(n): [(0, 0)] for n in range(5)}])
def test_losses_that_cannot_be_drawn_are_refused(runs: dict[str, list[tuple[int, int]]]) -> None:
    with pytest.raises(sl.InvalidInput):
        pictures.loss_over_time(runs)
