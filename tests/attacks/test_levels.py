"""A level can be won on its wallet and not on the sound one; its repair is judged by running it."""

from __future__ import annotations

from html import escape

import pytest

from sessionlab.attacks.attack_lab import STRANGER, AttackLab, fresh_attack_lab
from sessionlab.attacks.level_run import Level, LevelAttempt, LevelRun
from sessionlab.attacks.levels import LEVELS, level
from sessionlab.attacks.mutants import compiled, lab_with
from sessionlab.attacks.mutants.recompile import source_of
from sessionlab.attacks.operations import act
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.permissions import ruleset
from sessionlab.integrations.vyper import CompileError
from sessionlab.integrations.vyper.repair import repair
from tests.sampling import long

EACH = pytest.mark.parametrize("one", LEVELS, ids=lambda one: one.mutant_name)


def sound(one: Level) -> AttackLab:
    """The wallet as it is."""
    return fresh_attack_lab(ruleset(one.mutant.rules))


@EACH
def test_nothing_is_won_before_anything_was_done(one: Level) -> None:
    assert one.start().won() == ""


@EACH
def test_the_attack_wins_here_and_not_on_the_sound_wallet(one: Level) -> None:
    lab = lab_with(one.mutant, compiled([one.mutant])(one.mutant))
    assert one.attack.run(lab)
    assert one.attack.run(sound(one)) == ""


def solve(play: LevelRun) -> LevelAttempt:
    """What a learner writes, with nothing but ``play``."""
    return {
        1: lambda: play.act([play.call(play.counter, "increment")]),
        2: lambda: play.act([play.call(play.merchant, wei=10**18), play.call(play.merchant)]),
        3: lambda: play.act([play.call(play.token, "transfer", play.thief, 10**12)]),
        4: lambda: play.act([play.call(play.wallet, "updateFallbackSignerData", play.thief, False)] * 2),
        5: lambda: play.send(play.found) if play.found else None,
    }[play.level.number]()  # type: ignore[no-untyped-call, return-value]


@EACH
def test_a_learner_wins_with_what_the_play_has_and_not_on_the_sound_wallet(one: Level) -> None:
    tried = solve(one.start())
    assert tried.won
    assert any(letter.isdigit() for letter in tried.won)
    assert repr(tried).startswith("✓ done. The goal is reached: ")
    on_sound = solve(one.on(sound(one)))
    assert (on_sound.won, on_sound.phase == "ok") == ("", False)
    assert repr(on_sound) == f"✗ {on_sound.reason}, in {on_sound.phase}. The goal is not reached"


@EACH
def test_the_last_hint_is_what_wins(one: Level) -> None:
    play = one.start()
    exec(one.hints[2].removeprefix("Ask for everything: "), {"play": play})
    assert play.won()
    assert play.debrief().startswith(one.debrief)
    assert one.mutant.what in play.debrief()


HONEST = {
    1: lambda play: act(play.lab, [play.call(play.counter, "increment")], key=STRANGER, entity=2),
    2: lambda play: play.act([play.call(play.merchant, wei=6), play.call(play.counter, wei=4)]),
    3: lambda play: play.act([play.call(play.token, "transfer", play.thief, 50)]),
    4: lambda play: play.act([play.call(play.wallet, "updateFallbackSignerData", play.thief, False)]),
    5: lambda play: play.act([play.call(play.counter, "increment")]),
}


@EACH
def test_whoever_keeps_to_the_grant_has_not_won(one: Level) -> None:
    play = one.start()
    HONEST[one.number](play)
    assert not play.won()
    assert play.debrief().startswith("Not yet: ")


def test_hints_come_one_by_one_and_the_last_one_stays() -> None:
    play = level(2).start()
    assert [play.hint()[:6] for _ in range(4)] == ["1 of 3", "2 of 3", "3 of 3", "3 of 3"]


def test_a_function_of_an_address_without_one_is_refused() -> None:
    play = level(2).start()
    with pytest.raises(NotFound, match="has no functions"):
        play.call(play.merchant, "increment")


@EACH
def test_a_level_shows_goal_and_grant_and_not_the_hole(one: Level) -> None:
    text, html = repr(one), one._repr_html_()
    for words in (one.title, *one.goal, *(permission.sentence for permission in one.granted)):
        assert words in text
        assert escape(words) in html
    assert one.mutant.what not in text + html


@pytest.mark.parametrize(
    "one", [one if place in (0, 3) else long(one) for place, one in enumerate(LEVELS)], ids=lambda one: one.mutant_name
)
def test_the_sound_source_is_a_repair_and_the_weak_one_is_none(one: Level) -> None:
    assert repair(one, source_of(one.mutant.module)).ok
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


@pytest.mark.parametrize(
    ("number", "old", "new", "broken"),
    [
        (3, "        self._consume(session, ERC20, token, left, left)\n        return\n", "        assert False\n", ()),
        (
            4,
            "        if call.target != self:\n            continue\n",
            "        if call.target != self:\n            continue\n        assert False\n",
            ("a granted function of the wallet is refused",),
        ),
        (
            5,
            "    if False:\n",
            "    if session.generation == 0 or session.generation == 1:\n",
            ("the first operation of a session is refused", "a session that is granted anew is refused"),
        ),
    ],
)
def test_another_repair_is_right_if_nothing_is_broken(number: int, old: str, new: str, broken: tuple[str, ...]) -> None:
    one = level(number)
    assert one.source.count(old) == 1
    found = repair(one, one.source.replace(old, new))
    assert found.taken == ""
    assert set(broken) <= set(found.broken)
    assert found.ok == (not broken)


def test_a_source_that_does_not_compile_says_what_vyper_says() -> None:
    with pytest.raises(CompileError, match="nonsense"):
        repair(level(2), level(2).source.replace("total = call.amount", "total = nonsense"))


def test_a_repair_is_a_whole_source() -> None:
    with pytest.raises(InvalidInput, match="not the whole source"):
        repair(level(2), "def _sum(batch: calls.Batch) -> uint256:\n    return 0\n")


def test_an_unknown_level_says_which_there_are() -> None:
    with pytest.raises(NotFound, match="no level 9"):
        level(9)


@EACH
def test_a_level_has_a_goal_three_hints_and_a_debrief(one: Level) -> None:
    assert len(one.goal) == 2
    assert len(one.hints) == 3
    assert len(one.debrief) > 80
