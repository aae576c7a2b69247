"""Each check of the contracts is needed, or spare and said to be: without it, an attack takes something."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sessionlab.attacks.attack import find_attack
from sessionlab.attacks.weakness import (
    Mutant,
    compiled,
    find_weakness,
    taking,
    weak_scene,
    weaknesses,
)
from sessionlab.cli import main
from sessionlab.core.base.errors import NotFound
from sessionlab.core.contracts.recompile import runtime_of, source_of
from tests.contracts.test_rule_removal import refusals
from tests.locking import one_at_a_time

NEEDED = [one for one in weaknesses() if one.by]
SPARE = [one for one in weaknesses() if one.because]
CONTRACTS = ("SessionWallet", "EntryPoint", "SponsorPaymaster", "WalletFactory")


@pytest.fixture(scope="session")
def code(request: pytest.FixtureRequest) -> Callable[[Mutant], bytes]:
    """The code of a weakened contract; the first call compiles all that this run needs."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = [call.params["weakness"] for call in calls if call and "weakness" in call.params]
    with one_at_a_time("contracts"):
        return compiled(wanted, Path(request.config.cache.mkdir("contracts")))  # type: ignore[union-attr]


@pytest.mark.parametrize("weakness", NEEDED, ids=lambda one: one.name)
def test_an_attack_notices_that_the_check_is_gone(weakness: Mutant, code: Callable[[Mutant], bytes]) -> None:
    attack = find_attack(weakness.by)
    assert weakness.rules not in attack.passes
    found = list(taking(weakness, code(weakness), [attack]))
    assert [verdict.attack.name for verdict in found] == [weakness.by]
    assert found[0].taken


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_compiled_alike_with_nothing_changed_stops_the_attacks(contract: str) -> None:
    """So that what is taken elsewhere is due to the missing check."""
    sound = Mutant("sound", "nothing is changed", contract, "", "", "", contract=contract)
    plain = runtime_of(contract, source_of(contract), contract)
    named = {one.by for one in NEEDED if one.contract == contract and one.rules == "documented"}
    assert named
    assert not list(taking(sound, plain, [find_attack(name) for name in sorted(named)]))


@pytest.mark.parametrize("weakness", SPARE, ids=lambda one: one.name)
def test_without_a_spare_check_a_thief_takes_nothing_more(weakness: Mutant, code: Callable[[Mutant], bytes]) -> None:
    near = {one.by for one in NEEDED if one.module == weakness.module and one.rules == weakness.rules}
    assert not list(taking(weakness, code(weakness), [find_attack(name) for name in sorted(near)]))
    assert weakness.because.endswith(".")


WALLET = sorted({one.module for one in weaknesses() if one.contract == "SessionWallet"})
OTHERS = sorted({one.module for one in weaknesses() if one.contract != "SessionWallet"})
REFUSES = ("raw_revert(", "verdicts._fail(", "self._fail(", "assert ")
#: Functions of the EntryPoint that only say what is refused, or whose revert is their answer.
ONLY_REFUSE = ("_fail", "_fail_with", "getSenderAddress")


@pytest.mark.parametrize("module", WALLET)
def test_every_refusal_of_the_wallet_has_a_weakened_variant(module: str) -> None:
    """Or a stricter one, in the table of the contracts' own tests: where a check only says which rule applies."""
    from tests.contracts.rule_table import MUTATIONS

    known = {line for one in weaknesses() if one.module == module for line in one.lines}
    known |= {line for one in MUTATIONS if one.file == module for line in one.lines}
    assert {line + 1: what for line, what in refusals(module).items() if line not in known} == {}


@pytest.mark.parametrize("module", OTHERS)
def test_every_refusal_of_entry_point_paymaster_and_factory_has_a_weakened_variant(module: str) -> None:
    known = {line for one in weaknesses() if one.module == module for line in one.lines}
    function, missing = "", {}
    for number, line in enumerate(source_of(module).splitlines()):
        function = line[4:].partition("(")[0] if line.startswith("def ") else function
        refuses = any(word in line for word in REFUSES) and not line.lstrip().startswith("#")
        if refuses and function not in ONLY_REFUSE and not known & {number, number - 1}:
            missing[number + 1] = line.strip()
    assert missing == {}


def test_a_patch_stands_in_the_source_exactly_once() -> None:
    for one in weaknesses():
        assert one.lines
        assert one.patched.source != source_of(one.module)
        assert bool(one.by) != bool(one.because)


def test_the_scene_holds_the_weakened_contract() -> None:
    one = find_weakness("signature-unchecked")
    scene = weak_scene(one, b"\x60\x00")
    from sessionlab.core import deployments as world

    assert scene.chain.code(world.IMPLEMENTATION).startswith(b"\x60\x00")


def test_an_unknown_name_says_which_are_near() -> None:
    with pytest.raises(NotFound, match="signature-unchecked"):
        find_weakness("signature-uncheked")


def test_the_command_shows_what_is_taken(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["attack", "--weakened", "signature-unchecked", "--json"]) == 0
    first, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["noticed_by"]["wrong-signer"]
    assert summary == {"weakened": 1, "noticed": 1, "spare": 0, "missed": 0}
