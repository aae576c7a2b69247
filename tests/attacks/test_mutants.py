"""Each check of the contracts is needed, or its mutant is equivalent, with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sessionlab.attacks.attack import attacks, find_attack
from sessionlab.attacks.mutants import MUTANTS, Mutant, compiled, find_mutant, killed_by, lab_with
from sessionlab.attacks.mutants.recompile import source_of
from sessionlab.cli import main
from sessionlab.core.base.errors import NotFound
from tests.locking import one_at_a_time

KILLED = [mutant for mutant in MUTANTS if mutant.attack]
EQUIVALENT = [mutant for mutant in MUTANTS if mutant.equivalent]
CONTRACTS = ("SessionWallet", "EntryPoint", "SponsorPaymaster", "WalletFactory")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ordinarily every 16th mutant is compiled, with ``--every-mutant`` all of them."""
    if "mutant" in metafunc.fixturenames:
        mutants = EQUIVALENT if "equivalent" in metafunc.function.__name__ else KILLED
        metafunc.parametrize("mutant", mutants[:: every(metafunc.config)], ids=lambda mutant: mutant.name)


def every(config: pytest.Config) -> int:
    return 1 if config.getoption("--every-mutant") else 16


@pytest.fixture(scope="session")
def code(request: pytest.FixtureRequest) -> Callable[[Mutant], bytes]:
    """The code of a mutant; the first call compiles all that this run needs."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = [call.params["mutant"] for call in calls if call and "mutant" in call.params]
    with one_at_a_time("contracts"):
        return compiled(wanted, Path(request.config.cache.mkdir("contracts")))  # type: ignore[union-attr]


def test_an_attack_notices_that_the_check_is_gone(mutant: Mutant, code: Callable[[Mutant], bytes]) -> None:
    attack = find_attack(mutant.attack)
    assert mutant.rules not in attack.passes
    found = list(killed_by(mutant, code(mutant), [attack]))
    assert [result.attack.name for result in found] == [mutant.attack]
    assert found[0].taken


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_compiled_alike_with_nothing_changed_stops_the_attacks(
    contract: str, request: pytest.FixtureRequest
) -> None:
    """So that what is taken elsewhere is due to the missing check."""
    original = Mutant("original", "nothing is changed", old="", module=contract, contract=contract)
    with one_at_a_time("contracts"):
        plain = compiled([original], Path(request.config.cache.mkdir("contracts")))(original)  # type: ignore[union-attr]
    named = sorted({one.attack for one in KILLED if one.contract == contract and one.rules == "documented"})
    tried = [find_attack(name) for name in named[:: every(request.config) // 4 or 1]]
    assert tried
    assert not list(killed_by(original, plain, tried))


def test_from_an_equivalent_mutant_a_thief_takes_nothing_more(mutant: Mutant, code: Callable[[Mutant], bytes]) -> None:
    near = {one.attack for one in KILLED if one.module == mutant.module and one.rules == mutant.rules}
    assert not list(killed_by(mutant, code(mutant), [find_attack(name) for name in sorted(near)]))
    assert mutant.equivalent.endswith(".")


OTHERS = sorted({mutant.module for mutant in MUTANTS if mutant.contract != "SessionWallet"})
REFUSES = ("raw_revert(", "failed_op._fail", "reading._fail(", "self._fail(", "assert ")
#: Functions of the EntryPoint that only say what is refused, or whose revert is their answer.
ONLY_REFUSE = ("_fail", "_fail_with", "_check_fits", "getSenderAddress", "delegateAndRevert")


@pytest.mark.parametrize("module", OTHERS)
def test_every_refusal_of_entry_point_paymaster_and_factory_has_a_mutant(module: str) -> None:
    """Those of the wallet are looked for in the tests of the contracts."""
    changed = {line for mutant in MUTANTS if mutant.module == module for line in mutant.lines}
    function, missing = "", {}
    for number, line in enumerate(source_of(module).splitlines()):
        function = line[4:].partition("(")[0] if line.startswith("def ") else function
        refuses = any(word in line for word in REFUSES) and not line.lstrip().startswith("#")
        if refuses and function not in ONLY_REFUSE and not changed & {number, number - 1}:
            missing[number + 1] = line.strip()
    assert missing == {}


def test_a_mutant_changes_one_place_and_has_one_name() -> None:
    for mutant in MUTANTS:
        assert mutant.lines
        assert mutant.recompilation.source != source_of(mutant.module)
        assert not (mutant.attack and mutant.equivalent)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_the_lab_holds_the_mutant() -> None:
    from sessionlab.core import deployments

    lab = lab_with(find_mutant("signature-unchecked"), b"\x60\x00")
    assert lab.chain.code(deployments.IMPLEMENTATION).startswith(b"\x60\x00")


def test_an_unknown_name_says_which_are_near() -> None:
    with pytest.raises(NotFound, match="signature-unchecked"):
        find_mutant("signature-uncheked")


def test_the_command_shows_what_is_taken(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every 16th attack is tried, and the one that it is for."""
    some = [*attacks()[::16], find_attack("wrong-signer")]
    monkeypatch.setattr("sessionlab.attacks.attack.attacks", lambda: some)
    assert main(["attack", "--mutants", "signature-unchecked", "--json"]) == 0
    first, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["killed_by"]["wrong-signer"]
    assert summary == {"mutants": 1, "killed": 1, "equivalent": 0, "unexpected": 0}
