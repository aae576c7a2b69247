"""From calls to the narrowest permissions: one behaviour a test, under both rulesets."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import sessionlab as sl
from tests.recording.makers import (
    ADD,
    COUNTER,
    FEE,
    GAS,
    INCREASE,
    INCREMENT,
    MAX,
    OTHER,
    REPLACE_OWNER,
    START,
    TOKEN,
    UNINSTALL,
    WALLET,
    ZERO,
    call,
    mined,
    mined_as_recorded,
    recording,
    step,
    transfer,
    without_gas,
)

COUNTS = [sl.FunctionsOnContract(address=COUNTER, functions=["increment()"])]
both = pytest.mark.parametrize("rules", ["documented", "deployed"])


@both
def test_transfers_and_approvals_of_a_token_become_an_allowance_of_their_sum(rules: str) -> None:
    approval = transfer(40, "approve(address,uint256)")
    found = mined(rules, step(call(TOKEN, transfer(60))), step(call(TOKEN, approval), call(TOKEN, transfer(1))))
    assert without_gas(found) == [sl.Erc20TokenTransfer(address=TOKEN, allowance=101)]
    assert (found.limits[0].used, found.limits[0].operations, found.limits[0].unit) == (101, 2, TOKEN)


@both
@pytest.mark.parametrize("more", [INCREASE, transfer(1)[:40], b"\xa9\x05\x9c\xbb" + b"\xff" * 64])
def test_a_token_of_which_more_is_called_gets_functions_instead(rules: str, more: bytes) -> None:
    found = mined(rules, step(call(TOKEN, transfer(60))), step(call(TOKEN, more)))
    (permission,) = without_gas(found)
    assert isinstance(permission, sl.FunctionsOnContract)
    assert set(permission.functions) == {"0x" + data[:4].hex() for data in (transfer(60), more)}
    assert "not limited" in found.notes[0]


@both
def test_amounts_that_no_allowance_can_hold_are_not_limited(rules: str) -> None:
    found = mined(rules, step(call(TOKEN, transfer(MAX))), step(call(TOKEN, transfer(1))))
    (permission,) = without_gas(found)
    assert isinstance(permission, sl.FunctionsOnContract)
    assert "more than an allowance can hold" in found.notes[0]


@both
def test_an_allowance_of_everything_stays_one(rules: str) -> None:
    found = mined(rules, step(call(TOKEN, transfer(MAX))), margin=0.5)
    assert without_gas(found) == [sl.Erc20TokenTransfer(address=TOKEN, allowance=MAX)]


def test_beside_functions_of_the_wallet_a_token_has_no_allowance_under_deployed_rules() -> None:
    steps = step(call(TOKEN, transfer(60))), step(call(WALLET, REPLACE_OWNER))
    owner = sl.AccountFunctions(functions=["updateFallbackSignerData(address,bool)"])
    assert without_gas(mined("documented", *steps)) == [sl.Erc20TokenTransfer(address=TOKEN, allowance=60), owner]
    found = mined("deployed", *steps)
    functions = sl.FunctionsOnContract(address=TOKEN, functions=["transfer(address,uint256)"])
    assert without_gas(found) == [functions, owner]
    assert any("R7" in note for note in found.notes)


@both
def test_other_functions_are_named_once_for_each_contract(rules: str) -> None:
    found = mined(
        rules, step(call(COUNTER, INCREMENT), call(OTHER, ADD)), step(call(COUNTER, ADD)), step(call(COUNTER, ADD))
    )
    assert without_gas(found) == [
        sl.FunctionsOnContract(address=COUNTER, functions=["increment()", "add(uint256)"]),
        sl.FunctionsOnContract(address=OTHER, functions=["add(uint256)"]),
    ]


def test_plain_transfers_need_a_target_under_deployed_rules_alone() -> None:
    steps = step(call(OTHER, value=5)), step(call(COUNTER, value=2))
    native = sl.NativeTokenTransfer(allowance=7)
    assert without_gas(mined("documented", *steps)) == [native]
    targets = [sl.ContractAccess(address=OTHER), sl.ContractAccess(address=COUNTER)]
    assert without_gas(mined("deployed", *steps)) == [native, *targets]


def test_a_plain_call_without_value_needs_an_allowance_of_nothing_or_a_target() -> None:
    steps = (step(call(OTHER)),)
    assert without_gas(mined("documented", *steps)) == [sl.NativeTokenTransfer(allowance=0)]
    assert without_gas(mined("deployed", *steps)) == [sl.ContractAccess(address=OTHER)]


@both
def test_no_allowance_of_nothing_is_proposed_where_none_is_needed(rules: str) -> None:
    found = mined(rules, step(call(COUNTER, INCREMENT)))
    assert not any(isinstance(permission, sl.NativeTokenTransfer) for permission in found.permissions)
    assert any("any amount of native tokens" in note for note in found.notes) == (rules == "deployed")


@both
def test_data_under_four_bytes_needs_every_function(rules: str) -> None:
    found = mined(rules, step(call(COUNTER, b"abc")), step(call(COUNTER, INCREMENT)))
    assert without_gas(found) == [sl.ContractAccess(address=COUNTER)]


@both
def test_every_function_of_a_target_covers_its_plain_calls(rules: str) -> None:
    found = mined(rules, step(call(COUNTER, b"a")), step(call(COUNTER)))
    assert without_gas(found) == [sl.ContractAccess(address=COUNTER)]


@both
def test_a_function_of_the_wallet_is_an_account_function(rules: str) -> None:
    found = mined(rules, step(call(WALLET, REPLACE_OWNER)))
    assert without_gas(found) == [sl.AccountFunctions(functions=["updateFallbackSignerData(address,bool)"])]
    assert "owner" in found.notes[0]


def test_a_function_of_the_wallet_in_a_batch_needs_more_under_deployed_rules() -> None:
    steps = (step(call(WALLET, REPLACE_OWNER), call(COUNTER, INCREMENT)),)
    name = ["updateFallbackSignerData(address,bool)"]
    counter = sl.FunctionsOnContract(address=COUNTER, functions=["increment()"])
    own, anywhere = sl.AccountFunctions(functions=name), sl.FunctionsOnAllContracts(functions=name)
    assert without_gas(mined("documented", *steps)) == [counter, own]
    found = mined("deployed", *steps)
    assert without_gas(found) == [counter, own, anywhere]
    assert any("every address" in note for note in found.notes)


@both
def test_a_batch_of_the_wallets_own_functions_alone_may_be_made(rules: str) -> None:
    found = mined(rules, step(call(WALLET, REPLACE_OWNER), call(WALLET, REPLACE_OWNER)))
    assert not found.rerun().changes


@both
@pytest.mark.parametrize("also", [(), (step(call(WALLET, REPLACE_OWNER), time=START + 1),)])
def test_a_batch_without_calls_may_be_made(rules: str, also: tuple[Any, ...]) -> None:
    found = mined(rules, step(), *also)
    assert not found.rerun().changes
    weaker = without_gas(found)[1:]
    assert not weaker or recording(rules, step(), *also).under(weaker).now_refused


@both
def test_functions_that_no_session_may_have_need_root(rules: str) -> None:
    found = mined(rules, step(call(COUNTER, INCREMENT)), step(call(WALLET, UNINSTALL), is_global=True))
    assert found.permissions == (sl.Root(),)
    assert "uninstallSession" in found.notes[0]
    assert found.needs[0].reason == "ValidationFunctionMissing"
    assert found.limits == ()


def test_the_zero_address_is_reached_by_what_names_no_address() -> None:
    function, plain = step(call(ZERO, INCREMENT)), step(call(ZERO, value=3))
    native = sl.NativeTokenTransfer(allowance=3)
    for rules in ("documented", "deployed"):
        found = without_gas(mined(rules, function))
        assert found == [sl.FunctionsOnAllContracts(functions=["increment()"])]
    assert without_gas(mined("documented", plain)) == [native]
    anywhere = sl.FunctionsOnAllContracts(functions=["0x00000000"])
    assert without_gas(mined("deployed", plain)) == [native, anywhere]


def test_what_only_root_reaches_gets_root() -> None:
    assert mined("documented", step(call(ZERO, b"ab"))).permissions == (sl.Root(),)


def test_what_another_permission_reaches_anyway_is_left_out() -> None:
    found = mined("documented", step(call(ZERO, INCREMENT)), step(call(COUNTER, INCREMENT)))
    assert without_gas(found) == [sl.FunctionsOnAllContracts(functions=["increment()"])]


@both
def test_gas_is_that_of_the_proposed_permissions_with_a_margin_of_its_own(rules: str) -> None:
    """Recorded as root: no row is read for it, and nothing is counted."""
    steps = [step(call(COUNTER, INCREMENT), block=number) for number in (1, 2)]
    unit = 1 if rules == "documented" else FEE
    exact, usual, wide = (mined(rules, *steps, **more) for more in ({"gas_margin": 0}, {}, {"margin": 1}))
    used = exact.limits[-1].used
    assert 2 * GAS * unit < used < 4 * GAS * unit
    assert exact.permissions[-1] == sl.GasLimit(limit=used)
    assert usual.permissions[-1] == sl.GasLimit(limit=-(-5 * used // 4))
    assert wide.permissions[-1] == sl.GasLimit(limit=-(-5 * used // 2))
    assert usual.gas_margin == Fraction(1, 4)


def test_gas_is_counted_in_the_unit_of_the_ruleset() -> None:
    steps = step(call(COUNTER, INCREMENT)), step(call(COUNTER, INCREMENT), sponsored=True, gas=9 * GAS)
    for rules, used in (("documented", GAS), ("deployed", GAS * FEE)):
        found = mined_as_recorded(rules, COUNTS, *steps)
        assert found.permissions[-1] == sl.GasLimit(limit=used)
        assert (found.limits[-1].operations, found.limits[-1].unit) == (1, "gas" if rules == "documented" else "wei")


@both
def test_a_run_that_was_sponsored_needs_no_gas_and_is_allowed_none(rules: str) -> None:
    found = mined(rules, step(call(COUNTER, INCREMENT), sponsored=True))
    assert found.permissions[-1] == sl.GasLimit(limit=0)
    assert len(found.permissions) - 1 in found.bounds


@both
def test_gas_of_operations_that_failed_on_the_chain_counts_up_to_the_last_success(rules: str) -> None:
    ok, failed = step(call(COUNTER, INCREMENT)), step(call(COUNTER, INCREMENT), phase="execution", reason="Broken")
    unreached = step(call(OTHER, ADD), phase="execution", reason="Broken")
    found = mined_as_recorded(rules, COUNTS, ok, failed, unreached, ok, failed)
    unit = 1 if rules == "documented" else FEE
    assert found.permissions[-1] == sl.GasLimit(limit=3 * GAS * unit), "its own call is not granted: no gas for it"
    assert found.rerun().now_refused == ()


@both
def test_what_was_refused_is_not_allowed(rules: str) -> None:
    refused = step(call(OTHER, ADD, 10**18), block=None, phase="validation", reason="AddressNotAllowed")
    found = mined(rules, refused, step(call(COUNTER, INCREMENT)))
    assert without_gas(found) == [sl.FunctionsOnContract(address=COUNTER, functions=["increment()"])]


@both
def test_a_session_lasts_until_the_last_operation_that_succeeded_and_an_hour_at_least(rules: str) -> None:
    late = step(call(OTHER, ADD), time=START + 50_000, phase="execution", reason="Broken")
    steps = step(call(COUNTER, INCREMENT)), step(call(COUNTER, INCREMENT), time=START + 10_000)
    found = mined(rules, *steps, late)
    assert (found.expiry_sec, found.seconds) == (START + 10_000, 10_000)
    assert mined(rules, steps[0], late).seconds == 3_600
    assert mined(rules, *steps, expires_in=86_400).seconds == 86_400
    with pytest.raises(sl.InvalidInput, match="field: expires_in"):
        mined(rules, *steps, expires_in=9_999)
    assert found.needs[-1].part == "expiry"
    assert found.needs[-1].reason == "AA22 expired or not due"


@both
def test_a_margin_is_added_to_each_limit_and_to_the_duration_rounded_up(rules: str) -> None:
    steps = step(call(TOKEN, transfer(11))), step(call(OTHER, INCREMENT, 7), time=START + 10_101)
    found = mined(rules, *steps, margin=0.2)
    assert [(limit.used, limit.added, limit.limit) for limit in found.limits[:2]] == [(7, 2, 9), (11, 3, 14)]
    assert found.expiry_sec == START + 10_101 + 2_021
    assert found.margin == Fraction(1, 5)
    assert not found.rerun().changes


@both
def test_each_need_names_the_first_operation_and_call_that_are_refused(rules: str) -> None:
    both_functions = step(call(COUNTER, INCREMENT), call(COUNTER, ADD))
    found = mined(rules, step(call(COUNTER, INCREMENT)), both_functions, step(call(OTHER, ADD)))
    facts = [(need.part, need.operation, need.call, need.reason) for need in found.needs]
    gas = "ExceededGasLimit" if rules == "documented" else "ExceededNativeTokenLimit"
    assert facts == [
        ("permission", 0, 0, "AddressNotAllowed"),
        ("0xd09de08a", 0, 0, "SelectorNotAllowed"),
        ("0x1003e2d2", 1, 1, "SelectorNotAllowed"),
        ("permission", 2, 0, "AddressNotAllowed"),
        ("limit", 2, None, gas),
        ("expiry", 0, None, "AA22 expired or not due"),
    ]
    unit = 1 if rules == "documented" else FEE
    asked, left = found.needs[4].asked, found.needs[4].left
    assert asked == (left or 0) + 1
    assert GAS * unit < asked < 2 * GAS * unit


def test_a_native_allowance_only_limits_under_deployed_rules() -> None:
    steps = (step(call(COUNTER, INCREMENT, 5)),)
    documented, deployed = mined("documented", *steps), mined("deployed", *steps)
    assert documented.permissions[:2] == deployed.permissions[:2]
    assert documented.bounds == (2,)
    assert deployed.bounds == (0, 2)


def test_a_run_can_be_mined_for_the_other_ruleset() -> None:
    run = recording("documented", step(call(OTHER, value=5)))
    assert run.under(sl.least_permissions(run, rules="deployed").permissions, "deployed").now_refused == ()


@both
def test_a_proposal_is_shown_with_names_and_units_and_exported(rules: str) -> None:
    found = mined(rules, step(call(COUNTER, INCREMENT, 10**18)), step(call(TOKEN, transfer(5))), margin="0.1")
    text, html = repr(found), found._repr_html_()
    for words in ("1 ETH used in 1 operation + 0.1 ETH margin = 1.1 ETH", "5 units", "without it: operation 0"):
        assert words in text
        assert words in html
    facts = found.to_json()
    assert facts["margin"] == "1/10"
    assert facts["limits"][0]["limit"] == str(11 * 10**17)
    assert facts["permissions"][0]["type"] == "native-token-transfer"


@pytest.mark.parametrize("margin", [-0.1, float("nan"), float("inf"), "much", None, True, "1/0", [], "-1/2"])
def test_a_margin_that_is_none_is_refused(margin: Any) -> None:
    with pytest.raises(sl.InvalidInput) as error:
        mined("documented", step(call(COUNTER, INCREMENT)), margin=margin)
    assert (error.value.field, bool(error.value.fix)) == ("margin", True)


FAILED = step(call(COUNTER, INCREMENT), phase="execution", reason="Broken")
IMPOSSIBLE = step(call(COUNTER, INCREMENT), call(WALLET, b"\xb6\x1d\x27\xf6"))


@pytest.mark.parametrize(
    ("run", "options", "field"),
    [
        (recording("documented"), {}, "recording"),
        (recording("documented", FAILED), {}, "recording"),
        (recording("documented", FAILED), {"rules": "documanted"}, "rules"),
        (recording("documented", IMPOSSIBLE), {}, "steps[0]"),
        ("a recording", {}, "recording"),
    ],
)
def test_a_run_that_cannot_be_mined_is_refused(run: Any, options: dict[str, Any], field: str) -> None:
    with pytest.raises(sl.InvalidInput) as error:
        sl.least_permissions(run, **options)
    assert (error.value.field, bool(error.value.fix)) == (field, True)


def _proposal_at(base_fee: int, rules: str) -> sl.Proposal:
    lab = sl.Lab(rules, base_fee=base_fee)
    permissions = [
        sl.NativeTokenTransfer(allowance=100),
        sl.ContractAccess(address=lab.recipient),
        sl.GasLimit(limit=2**80),
    ]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(1))
    assert session.send_calls([sl.Call(lab.recipient, value=1)]).ok
    return sl.least_permissions(session.record(), rules=rules)


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_a_proposal_in_wei_is_granted_only_where_gas_costs_no_more_than_in_the_run(rules: str) -> None:
    proposal = _proposal_at(7, rules)
    dear = sl.Lab(rules)
    wallet = dear.wallet()
    before = dear.chain.state_root, wallet.sessions()
    if rules == "deployed":
        with pytest.raises(
            sl.InvalidInput, match=r"Gas costs 1 gwei here, and the run paid 0\.000000007 gwei"
        ) as error:
            proposal.grant(wallet, key=sl.new_key(2))
        assert (error.value.field, error.value.asked, error.value.left) == ("wallet", 10**9, 7)
        assert "base_fee=1000000000" in (error.value.fix or "")
        assert (dear.chain.state_root, wallet.sessions()) == before
    else:  # counted in gas, whatever it costs
        session = proposal.grant(wallet, key=sl.new_key(2))
        assert session.send_calls([sl.Call(dear.recipient, value=1)]).ok
    cheap = sl.Lab(rules, base_fee=7)
    session = proposal.grant(cheap.wallet(), key=sl.new_key(2))
    assert session.send_calls([sl.Call(cheap.recipient, value=1)]).ok


def test_a_margin_beyond_floats_is_shown_by_its_size() -> None:
    proposal = sl.least_permissions(_proposal_at(7, "documented").recording, margin=10**400)
    assert "margin 1.000e+400" in str(proposal)
