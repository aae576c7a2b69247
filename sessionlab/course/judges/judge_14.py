"""How the exercises of lesson 14 are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessionlab.course.judges.again import changed_by_hand, send_again, sent_since
from sessionlab.course.lesson import Judgement


def judge_attack(answer: Callable[[Any], Any]) -> Judgement:
    """``answer``: a function that plays level 2."""
    from sessionlab.attacks.attack_lab import fresh_attack_lab
    from sessionlab.attacks.levels import level
    from sessionlab.core.permissions import DOCUMENTED

    if not callable(answer):
        return Judgement(False, "my_attack must be a function of play.")
    play = level(2).start()
    height = play.lab.chain.height
    answer(play)
    by_hand = changed_by_hand(play.lab.chain) if play.won() else None
    sent, stopped = sent_since(play.lab.chain, height), [reason for _, reason in play.lab.stopped]
    again = level(2).start()  # where nothing but what was sent can change the chain
    send_again(again.lab.chain, sent)
    if won := again.won():
        whole = play.level.on(fresh_attack_lab(DOCUMENTED))
        send_again(whole.lab.chain, sent)
        if whole.won():
            says = f"Taken: {won}. But the unchanged wallet allows that too: the session's key did not sign it."
            return Judgement(False, says, "the owner's key is not a hole")
        return Judgement(True, f"Taken: {won}. {play.level.debrief}")
    if by_hand is not None:
        return by_hand
    if "ExceededNativeTokenLimit" in stopped:
        says = "The wallet did count: the call that it checked was over 10 wei. Which of the calls does it check?"
        return Judgement(False, says, "the limit is not checked at all")
    if stopped:
        return Judgement(False, f"The wallet refused: {', '.join(map(str, stopped))}. Nothing was taken.")
    return Judgement(False, "Nothing more than 10 wei has arrived.")


def judge_repair(answer: Callable[[str], str]) -> Judgement:
    """``answer``: a function from the weak source of ``spending.vy`` to a fixed one."""
    from sessionlab.attacks.levels import level
    from sessionlab.integrations.vyper.repair import repair

    if not callable(answer):
        return Judgement(False, "my_fix must be a function of the source.")
    weak = level(2)
    source = answer(weak.source)
    if not isinstance(source, str) or source == weak.source:
        return Judgement(False, "The source is unchanged. Look for the line in `_sum` that adds up.")
    result = repair(weak, source)
    if result.ok:
        return Judgement(True, f"The attack is stopped by {result.by}, and honest operations still pass.")
    if result.taken:
        per_call = "max(" in source
        says = f"The attack still takes {result.taken}."
        return Judgement(False, says, "the limit is for each call" if per_call else None)
    says = f"Nothing is taken now, but {'; '.join(result.broken)}."
    return Judgement(False, says, "what refuses everything is safe" if len(result.broken) > 2 else None)
