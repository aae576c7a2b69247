"""What was checked is what was executed, however the call data is encoded.

An ordinary run sends 400 inputs; ``--calldata 50000`` sends as many as it says.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sessionlab.attacks.scene import fresh_scene
from sessionlab.attacks.weakness import compiled, find_weakness, weak_scene
from sessionlab.permissions import DEPLOYED, DOCUMENTED, EXTENSIONS, LIMITS, Ruleset, extended
from tests.locking import one_at_a_time

from .executed import Judge
from .runs import send_all

#: Half of the inputs go to wallets that know the extensions.
RULES = (DOCUMENTED, DEPLOYED, *(extended(rules, EXTENSIONS) for rules in (DOCUMENTED, DEPLOYED)))
#: By the number of inputs: how many kinds of refusal a run meets at least.
REFUSALS = {100: 6, 200: 8, 10_000: 14}
BENT = ("offsets-unchecked", "data-anywhere", "dirty-padding")


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: "-".join((rules.name, *rules.extensions)))
def test_what_was_checked_is_what_was_executed(rules: Ruleset, request: pytest.FixtureRequest) -> None:
    wanted = int(request.config.getoption("--calldata")) // len(RULES)
    judge = Judge(fresh_scene(rules))
    tally = send_all(judge.judge, wanted)
    print(tally)
    assert tally.operations == wanted
    assert judge.counted >= {kind for name in rules.extensions if LIMITS[kind := EXTENSIONS[name]].counts}
    assert (("validation", "ExceededCallLimit") in tally.refusals) == ("call-limit" in rules.extensions)
    assert tally.share_accepted >= 0.1
    assert len(tally.refusals) >= max((met for size, met in REFUSALS.items() if size <= wanted), default=1)


@pytest.mark.parametrize("name", BENT)
def test_a_reader_that_does_not_look_is_found_out(name: str, request: pytest.FixtureRequest) -> None:
    """The fuzz can fail: without one check of the reader, some input runs that nobody else can read."""
    weakness = find_weakness(name)
    with one_at_a_time("contracts"):
        code = compiled([weakness], Path(request.config.cache.mkdir("contracts")))  # type: ignore[union-attr]
    with pytest.raises(AssertionError, match="The wallet called"):
        send_all(Judge(weak_scene(weakness, code(weakness))).judge, 3_000)
