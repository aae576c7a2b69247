"""What is said of a wallet that is not the lab's: nothing of sessions, of which nothing is known."""

from __future__ import annotations

from sessionlab.core.denials.reasons import REASONS
from tests.insight.test_reasons import DOLLAR, SPENDING, Call, context


def test_a_token_that_is_missing_is_told_without_a_session() -> None:
    missing = {"asked": 5_000_000, "left": 1_000_000}
    said = REASONS["InsufficientBalance"](missing, context(Call(DOLLAR, 0, SPENDING)))
    assert said.sentence.startswith("The call sends 5 LUSD, and")
    known = REASONS["InsufficientBalance"](missing, context(Call(DOLLAR, 0, SPENDING), permissions=("root",)))
    assert known.sentence == f"{said.sentence} The session would allow it."
