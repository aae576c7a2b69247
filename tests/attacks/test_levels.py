"""A level can be won on its wallet and not on the sound one; its repair is judged by running it."""

from __future__ import annotations

import pytest

from sessionlab.attacks.levels import LEVELS, Level, level, repair
from sessionlab.attacks.scene import fresh_scene
from sessionlab.contracts.patched import source_of
from sessionlab.errors import InvalidInput, UnknownThing
from sessionlab.permissions import ruleset

EACH = pytest.mark.parametrize("one", LEVELS, ids=lambda one: one.weak)


@EACH
def test_nothing_is_won_before_anything_was_done(one: Level) -> None:
    assert one.start().won() == ""


@EACH
def test_the_attack_wins_here_and_not_on_the_sound_wallet(one: Level) -> None:
    play = one.start()
    from sessionlab.attacks.weakness import compiled, weak_scene

    scene = weak_scene(one.weakness, compiled([one.weakness])(one.weakness))
    assert one.attack.run(scene)
    assert one.attack.run(fresh_scene(ruleset(one.weakness.rules))) == ""
    assert play.level.number == one.number


@EACH
def test_the_sound_source_is_a_repair_and_the_weak_one_is_none(one: Level) -> None:
    assert repair(one, source_of(one.weakness.module)).ok
    weak = repair(one, one.source)
    assert weak.taken
    assert not weak.ok


def test_a_wallet_that_refuses_everything_is_no_repair() -> None:
    one = level(1)
    closed = source_of("validation").replace(
        "    answer: uint256 = self._intersect(", "    assert False\n    answer: uint256 = self._intersect("
    )
    found = repair(one, closed)
    assert found.taken == ""
    assert "a granted call is refused" in found.broken
    assert not found.ok


def test_a_source_that_does_not_compile_says_what_vyper_says() -> None:
    with pytest.raises(InvalidInput, match="Vyper does not compile it"):
        repair(level(1), "def nonsense(")


def test_an_unknown_level_says_which_there_are() -> None:
    with pytest.raises(UnknownThing, match="no level 9"):
        level(9)


@EACH
def test_a_level_has_a_goal_three_hints_and_a_debrief(one: Level) -> None:
    assert len(one.goal) == 2
    assert len(one.hints) == 3
    assert len(one.debrief) > 80
