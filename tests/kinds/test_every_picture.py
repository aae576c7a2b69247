"""Every permission type through every picture of a session: what it says and what is drawn."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.study.pictures import SESSION_PICTURES
from sessionlab.study.pictures.svg import NARROW, WIDE

from ..pictures.reading import refusals, shares
from .walk import Walk


@pytest.mark.parametrize("picture", SESSION_PICTURES)
def test_every_plot_has_words_of_it(walk: Walk, picture: str) -> None:
    if picture == "burn-down" and not walk.counts:
        with pytest.raises(sl.NotFound):
            walk.session.plot(picture)
        return
    drawn = walk.session.plot(picture)
    assert drawn.text() and drawn.alternative_text
    if picture == "burn-down":
        item = walk.session.allowances[walk.name]
        assert f"Burn-down of {walk.name}: {item.shown[0]} at first" in drawn.text()
        counted = "1 was counted" if item.unit == "operations" else "1 operation used some"
        assert f"{counted}, 1 was refused" in walk.session.plot(walk.name).alternative_text
        assert f": {walk.name}</text>" in drawn_of(walk.session.plot(walk.name), WIDE)


def test_the_burn_down_is_drawn(walk: Walk) -> None:
    if not walk.counts:
        return
    for width in (WIDE, NARROW):
        drawn = drawn_of(walk.session.plot(walk.name), width)
        assert shares(drawn) == pytest.approx([1, walk.left / walk.counted.limit], abs=0.005)
        assert refusals(drawn) == pytest.approx([2.5 * width / 3], abs=0.1), "the second operation is the refused one"


def drawn_of(picture: sl.pictures.Picture, width: float) -> str:
    assert isinstance(picture, sl.pictures.Plot)
    return "".join(picture.draw(width).parts)


def test_the_reach_map_opens_what_is_granted(walk: Walk) -> None:
    reach, scenario = walk.session.plot("reach"), walk.scenario
    assert reach.allowed_by[scenario.opens] == scenario.by  # type: ignore[attr-defined]  # a reach map
    assert f"✓ by {scenario.by[0]}" in reach.text()
    if scenario.closed is not None:
        assert not reach.allows(*scenario.closed)  # type: ignore[attr-defined]
        assert "✗ no" in reach.text()


def test_the_gas_bars_have_the_operation_that_was_mined(walk: Walk) -> None:
    (bar,) = walk.session.plot("gas").bars  # type: ignore[attr-defined]  # gas bars
    assert (sum(bar.parts), bar.charged, bar.success) == (walk.gas, walk.done.gas, True)
    (bar,) = walk.session.plot("wei").bars  # type: ignore[attr-defined]
    assert bar.parts == (walk.scenario.value, walk.done.gas_cost)
    assert "1 operation, none of them failed" in walk.session.plot("wei").text()


def test_the_life_has_its_operations_and_refusals(walk: Walk) -> None:
    life = walk.session.plot("life")
    (moments,) = [life.moments for life in life.lives]  # type: ignore[attr-defined]  # key lives
    happened = [moment.what for moment in moments if moment.what != "expires"]
    assert happened == ["first use", "done", "refused"]
    assert "1 done, 1 refused" in life.text() and "1 done, 1 refused" in life.alternative_text


def test_the_blast_radius_says_how_far_it_goes(walk: Walk) -> None:
    blast = walk.session.plot("blast")
    found = {radius.asset: radius for radius in blast.assets}  # type: ignore[attr-defined]  # a blast radius
    assert blast.gas.said.word == walk.scenario.blast  # type: ignore[attr-defined]
    held = walk.lab.balance(walk.wallet.address)
    now, share = blast.gas.now, blast.gas.share  # type: ignore[attr-defined]
    if walk.scenario.blast == "unlimited":
        assert now >= held and share == 1
    elif walk.scenario.blast == "bounded":
        assert now == walk.left, "wei; a limit in gas bounds no ETH"
    else:
        assert now == share == 0
    for asset, sentence in walk.scenario.tokens:
        assert found[asset].sentence == sentence


def test_the_escalation_ends_where_a_thief_gets(walk: Walk) -> None:
    graph = walk.session.plot("escalation")
    ends = [edge.end for edge in graph.edges]  # type: ignore[attr-defined]  # an escalation
    for end in walk.scenario.ends:
        assert any(end in one for one in ends), ends
        assert end in graph.text()
    assert bool(ends) == bool(walk.scenario.ends)
    assert ("leads nowhere" in graph.alternative_text) == (not ends)


def test_the_truth_table_has_a_row_for_it(walk: Walk) -> None:
    table = sl.pictures.truth_table(walk.lab)
    assert walk.name in table.grants
    grant = {walk.name: walk.scenario.permissions}
    answer = sl.pictures.truth_table(
        walk.lab, grant, {"passes": walk.scenario.passes}, wallet=walk.wallet.address, gas=1_000
    ).answers[walk.name, "passes"]
    assert answer.ok, answer
    if walk.counts:
        refused, calls, where = walk.with_limit(0), walk.scenario.passes, (walk.scenario.phase, walk.scenario.reason)
    elif walk.name == "root":
        refused, calls = [*walk.scenario.permissions, *walk.scenario.permissions], walk.scenario.passes
        where = ("grant", "RootPermissionOnlyError")
    else:
        refused, calls, where = (
            walk.scenario.permissions,
            walk.scenario.refused,
            (walk.scenario.phase, walk.scenario.reason),
        )
    table = sl.pictures.truth_table(
        walk.lab, {walk.name: refused}, {"it": calls}, wallet=walk.wallet.address, gas=1_000
    )
    answer = table.answers[walk.name, "it"]
    assert (answer.phase, answer.reason) == where
    assert "✗" in table.text() and "allowed" not in table.text()
