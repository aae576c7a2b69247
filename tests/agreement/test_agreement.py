"""The decision engine and the EVM decide every operation alike, whatever was granted and whatever is tried.

An ordinary run makes 600 operations under each ruleset; ``--agreement 10000`` makes as many as it says.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from sessionlab.core.permissions import DEPLOYED, DOCUMENTED, FLAGS, Flag, Ruleset, read_operation
from sessionlab.core.permissions.functions import EXECUTE_BATCH

from .lab import ADDRESSES, PRE_GAS, T0, Step, evm, mixture, model
from .machine import machine, run
from .operations import gas

#: By the number of its operations: how many kinds of refusal (phase and reason) a run meets at least.
REFUSALS = {600: 15, 10_000: 25}

#: The seed whose operations notice another flag, where it is not one of the first.
NOTICED = {"R5": 3, "R7": 29, "R8": 15, "R9": 6}

NO_COUNT = EXECUTE_BATCH + (32).to_bytes(32, "big")
PLAIN = {"time": T0, "gas": gas(PRE_GAS, 1), "paymaster": None, "signer": "SESSION", "nonce": "next", "wrap": "auto"}

Operations = int


@pytest.fixture
def operations(request: pytest.FixtureRequest) -> Operations:
    return int(request.config.getoption("--agreement"))


@pytest.mark.parametrize("rules", [DOCUMENTED, DEPLOYED], ids=lambda rules: rules.name)
def test_the_engines_agree(rules: Ruleset, operations: Operations) -> None:
    tally = run(machine(st.just(rules)), operations)
    print(tally)
    assert tally.operations >= operations
    assert 0.25 <= tally.share_accepted <= 0.75
    assert len(tally.refusals) >= max((met for size, met in REFUSALS.items() if size <= operations), default=1)


def test_the_engines_agree_under_any_mixture_of_the_flags(operations: Operations) -> None:
    tally = run(machine(st.integers(1, 2 ** len(FLAGS) - 2).map(mixture)), operations // 3)
    print(tally)
    assert 0.25 <= tally.share_accepted <= 0.75


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.number)
def test_a_model_with_one_other_flag_is_found_out(flag: Flag) -> None:
    """The machine can fail. Each flag is noticed in a few hundred operations; here, from the seed that notices it."""
    other = replace(DOCUMENTED, name="other", **{flag.name: False})
    with pytest.raises(AssertionError, match="the EVM"):
        run(machine(st.just(DOCUMENTED), other), 2_000, shrink=False, first=NOTICED.get(flag.number, 0))


@pytest.mark.parametrize("kind", ["contract-access", "erc20-token-transfer"])
def test_both_know_the_wallet_in_another_letter_case(kind: str) -> None:
    """As a target it passes the deployed session builder, and the wallet refuses it. Seldom drawn, so asked here."""
    data = {"address": ADDRESSES["WALLET"].lower()} | ({"allowance": "0x1"} if kind.startswith("erc20") else {})
    asked = line({"type": kind, "data": data})
    granted = evm(DEPLOYED).begin(asked)
    assert granted == {"granted": False, "where": "onchain", "reason": "AccountAddressAsTargetError"}
    assert granted == model(DEPLOYED).begin(asked)


def line(permission: Step) -> Step:
    return {"addresses": ADDRESSES, "time0": T0, "permissions": [permission], "expiry": 0, "valid_after": 0}


def test_a_batch_that_ends_before_its_count_is_refused() -> None:
    """What lies behind the call data are zeros, which are no empty batch."""
    assert read_operation(NO_COUNT).fault is not None
    engine = evm(DEPLOYED)
    engine.begin(
        {"addresses": ADDRESSES, "time0": T0, "permissions": [{"type": "root"}], "expiry": 0, "valid_after": 0}
    )
    assert engine.run(PLAIN | {"via": "direct", "calldata": "0x" + NO_COUNT.hex()})["phase"] == "validation"
