"""What an audit says, how it looks, and what it reads from the chain."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.amounts import units
from sessionlab.core.deployments import ENTRY_POINT
from sessionlab.core.permissions import DEPLOYED, DOCUMENTED, FLAGS
from sessionlab.core.permissions.types import Permission
from sessionlab.study.audit import Approval, Holding
from sessionlab.study.audit.eth import DEPOSIT, GAS, VALUE
from sessionlab.study.audit.findings.limits import FIRST_OPERATION

from ..remaining import remaining
from .conftest import COUNTER, DOLLAR, STRANGER, TOKEN, WALLET, state

Grant = Callable[..., sl.Session]
ACCESS = sl.ContractAccess(address=COUNTER)
DOLLARS = sl.Erc20TokenTransfer(address=DOLLAR, allowance=25 * 10**6)
APPROVE = "approve(address,uint256)"


def test_it_is_pure_and_knows_nothing_of_a_chain() -> None:
    permissions = [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.GasLimit(limit=3_000_000)]
    assert sl.audit(permissions, state()) == sl.audit(permissions, state())


@pytest.mark.parametrize("limit", [300_000, 2_000_000, 10**30])
def test_a_limit_in_gas_bounds_no_eth_and_the_price_is_an_assumption(limit: int) -> None:
    permissions = [ACCESS, sl.GasLimit(limit=limit)]
    for price in (1, 100, 500):
        audit = sl.audit(permissions, state(), price_ceiling=sl.gwei(price))
        assert (audit.loss(GAS).now, audit.loss(GAS).ever) == (sl.ether(11), None)
        assert audit.at_ceiling == limit * sl.gwei(price)
        assert audit.as_gas.severity == "critical"
        (said,) = [
            line for line in audit.assumptions if line.startswith(f"At {price:,} gwei per gas the limit is worth")
        ]
        assert said.endswith("This is an illustration: a thief can choose any price.")


def test_a_limit_in_wei_bounds_the_gas_at_any_price() -> None:
    for price in (1, 500):
        permissions = [ACCESS, sl.GasLimit(limit=2_000_000)]
        audit = sl.audit(permissions, state(), "deployed", price_ceiling=sl.gwei(price))
        assert audit.loss(GAS).ever == 2_000_000
        assert audit.as_gas.severity == "low"


def test_where_no_gas_is_left_none_is_taken() -> None:
    assert sl.audit([ACCESS, sl.GasLimit(limit=0)], state()).loss(GAS).ever == 0
    audit = sl.audit([ACCESS, sl.GasLimit(limit=9)], state(installed=True, left=remaining(gas=0)))
    assert audit.loss(GAS).ever == 0


def test_a_wallet_without_eth_loses_none_as_gas() -> None:
    """It lives on a sponsor. What arrives later can go."""
    audit = sl.audit([ACCESS, sl.GasLimit(limit=300_000)], state(balance=0, deposit=0))
    assert (audit.loss(GAS).now, audit.loss(GAS).ever, audit.as_gas.severity) == (0, None, "low")
    assert audit.as_gas.sentence.endswith("the wallet has none today.")
    assert {finding.severity for finding in audit.found("gas-price-free")} == {"low"}
    assert "ETH that arrives can be taken." in audit.found("gas-price-free")[0].sentence


def test_readmes_example_says_what_a_thief_takes() -> None:
    """1 ETH by its permissions, and all of it by bundling at a price of its own."""
    permissions = [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.GasLimit(limit=3_000_000)]
    audit = sl.audit(permissions, state(deposit=0))
    assert audit.by_permissions.sentence == "Anyone who steals this key can take up to 1 ETH."
    bundling = "By bundling at a price they choose, the thief also collects all 10 ETH in gas fees."
    assert audit.as_gas.sentence == bundling
    assert (audit.by_permissions.severity, audit.as_gas.severity) == ("medium", "critical")
    assert audit.total.now == sl.ether(10)
    assert [finding.severity for finding in audit.found("gas-price-free")] == ["critical"]


def test_narrow_permissions_read_as_narrow_whatever_the_gas_costs() -> None:
    increment = sl.FunctionsOnContract(address=COUNTER, functions=["increment()"])
    audit = sl.audit([increment, sl.GasLimit(limit=3_000_000)], state())
    assert audit.by_permissions.severity == "info"
    assert audit.by_permissions.sentence == "Anyone who steals this key can take nothing through its permissions."
    assert audit.as_gas.severity == "critical"
    head = str(audit).splitlines()[1]
    assert head == "· info: Anyone who steals this key can take nothing through its permissions."


@pytest.mark.parametrize(
    ("allowance", "severity"), [("0.01", "low"), ("1", "medium"), ("5", "high"), ("9.9", "high"), ("10", "critical")]
)
def test_severity_follows_the_loss(allowance: str, severity: str) -> None:
    audit = sl.audit([sl.NativeTokenTransfer(allowance=sl.ether(allowance))], state())
    assert audit.by_permissions.severity == audit.loss(VALUE).severity == severity


def test_all_eth_together_is_never_more_than_there_is() -> None:
    permissions = [sl.NativeTokenTransfer(allowance=sl.ether(8)), ACCESS, sl.GasLimit(limit=sl.ether(7))]
    audit = sl.audit(permissions, state(), "deployed")
    assert (audit.loss(VALUE).now, audit.loss(GAS).now, audit.total.now) == (sl.ether(8), sl.ether(7), sl.ether(11))
    assert audit.total.ever == sl.ether(15)


def test_what_is_used_up_is_not_lost_again() -> None:
    permissions = [sl.NativeTokenTransfer(allowance=sl.ether(2)), DOLLARS, sl.GasLimit(limit=3_000_000)]
    left = remaining(native=sl.ether("0.5"), tokens={DOLLAR: 7}, gas=1_000_000)
    audit = sl.audit(permissions, state(left=left))
    assert audit.loss(VALUE).ever == sl.ether("0.5")
    assert audit.loss(DOLLAR).ever == 7
    assert audit.at_ceiling == 1_000_000 * sl.gwei(100)


@pytest.mark.parametrize("over", [{"revoked": True}, {"now": 1_900_000_000}])
def test_of_a_session_that_is_over_only_approvals_are_left(over: dict[str, object]) -> None:
    audit = sl.audit([DOLLARS], state(approvals=(Approval(DOLLAR, STRANGER, 9, by_key=True),), **over))
    assert audit.total.now == audit.total.ever == 0
    assert audit.loss(DOLLAR).now == 9
    assert [step.by for step in audit.loss(DOLLAR).sequence] == ["the thief's own account"]
    assert sl.audit([DOLLARS], state(**over)).verdict == "Anyone who steals this key can take nothing."


def test_approvals_of_contracts_with_a_name_count_only_if_the_session_reaches_them() -> None:
    from sessionlab.core.denials.address_book import AddressBook

    names = AddressBook(labels={bytes.fromhex(COUNTER[2:]): "counter"})
    approved = state(names=names, approvals=(Approval(DOLLAR, COUNTER, 9),))
    assert sl.audit([DOLLARS], approved).loss(DOLLAR).ever == 25 * 10**6
    assert sl.audit([DOLLARS, ACCESS], approved).loss(DOLLAR).ever == 25 * 10**6 + 9


def test_a_token_that_lets_its_holder_move_without_allowance() -> None:
    permissions = [sl.FunctionsOnContract(address=TOKEN, functions=["transferFrom(address,address,uint256)"])]
    for free in (False, True):
        held = {TOKEN: Holding(5, "TOK", 18, moves_without_allowance=free)}
        assert sl.audit(permissions, state(tokens=held)).loss("TOK").now == (5 if free else 0)


def test_a_mixture_of_the_rulesets_is_audited_as_what_it_is() -> None:
    """Each flag by itself: the bound is asked of the rules, so there is no second text of them."""
    permissions = [sl.FunctionsOnAllContracts(functions=["increment()"]), sl.GasLimit(limit=3 * 10**6)]
    free = sl.audit(permissions, state(), replace(DOCUMENTED, name="mixed", value_needs_permission=False))
    assert free.loss(VALUE).ever is None
    wei = sl.audit(permissions, state(), replace(DOCUMENTED, name="mixed", gas_limit_counts_gas=False))
    assert wei.loss(GAS).ever == 3 * 10**6
    for flag in FLAGS:
        mixed = replace(DEPLOYED, name="mixed", **{flag.name: True})
        assert sl.audit(permissions, state(), mixed).rules == "mixed"


def test_what_nobody_can_grant_is_refused() -> None:
    with pytest.raises(sl.GrantRefused):
        sl.audit([sl.Root(), ACCESS], state())


def test_json_is_taken_as_it_is() -> None:
    assert sl.audit([DOLLARS.to_json()], state()) == sl.audit([DOLLARS], state())


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"price_ceiling": 0}, "price_ceiling"),
        ({"price_ceiling": 1.5}, "price_ceiling"),
        ({"thief": "0x12"}, "thief"),
        ({"rules": "production"}, "rules"),
    ],
)
def test_what_is_malformed_is_named(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        sl.audit([ACCESS], state(), **arguments)
    assert refused.value.field == field


def test_a_wallet_that_is_no_address_is_named() -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        sl.audit([ACCESS], sl.WalletState("0x12"))
    assert refused.value.field == "address"


def test_a_limit_of_every_number_is_still_a_number() -> None:
    everything = 2**256 - 1
    audit = sl.audit([sl.Erc20TokenTransfer(address=DOLLAR, allowance=everything)], state())
    assert audit.loss(DOLLAR).ever == everything
    assert audit.found("allowance-over-balance")
    assert audit.loss(DOLLAR).shown == ("1,000 DOL", "over 10^71 DOL")


OWN = "By bundling at a price they choose, the thief "


@pytest.mark.parametrize(
    ("permissions", "rules", "says"),
    [
        (
            [DOLLARS, sl.GasLimit(limit=10**6)],
            "documented",
            f"take up to 25 DOL. {OWN}also collects all 11 ETH in gas fees",
        ),
        ([ACCESS], "documented", f"take nothing through its permissions. {OWN}collects all 11 ETH in gas fees"),
        ([ACCESS], "deployed", f"take all 10 ETH. {OWN}also collects all 11 ETH in gas fees"),
        (
            [sl.ContractAccess(address=TOKEN), ACCESS, DOLLARS, sl.GasLimit(limit=sl.ether(1))],
            "deployed",
            f"take all 10 ETH, all 1,000 TOK, and up to 25 DOL. {OWN}also collects up to 1 ETH in gas fees",
        ),
        ([sl.Root()], "deployed", "take everything, the wallet itself included"),
    ],
)
def test_the_verdict_is_both_headlines(permissions: list[Permission], rules: str, says: str) -> None:
    assert sl.audit(permissions, state(), rules).verdict == f"Anyone who steals this key can {says}."


def test_text_and_card_say_the_same() -> None:
    audit = sl.audit([DOLLARS, ACCESS, sl.GasLimit(limit=0x493E0)], state(expiry=None), "deployed")
    text, card = str(audit), audit._repr_html_()
    assert text == repr(audit)
    for finding in audit.findings:
        for place in (text, card):
            assert finding.id in place
            assert finding.severity in place
    for headline in audit.headlines:
        for place in (text, card):
            assert headline.sentence in place
            assert headline.severity in place
    for assumption in audit.assumptions:
        assert assumption in " ".join(text.split())
        assert assumption.replace("'", "&#x27;") in card
    assert "permissions[2] gas-limit" in text
    assert "no limit" in text
    assert "●" in card, "a sign beside the colour"
    assert max(map(len, text.splitlines())) <= 120


def test_the_card_escapes_what_others_named() -> None:
    held = {TOKEN: Holding(5, "<b>TOK", 18)}
    card = sl.audit([sl.ContractAccess(address=TOKEN)], state(tokens=held))._repr_html_()
    assert "<b>TOK" not in card
    assert "&lt;b&gt;TOK" in card


def test_as_json_amounts_are_decimal_strings() -> None:
    audit = sl.audit([DOLLARS, sl.Erc20TokenTransfer(address=TOKEN, allowance=2**200)], state())
    found = json.loads(json.dumps(audit.to_json()))
    assert found["losses"][0].keys() == {"asset", "unit", "held", "now", "ever", "severity", "sequence"}
    assert {loss["asset"]: loss["ever"] for loss in found["losses"]}["TOK"] == str(2**200)
    assert {loss["asset"]: loss["ever"] for loss in found["losses"]}[GAS] is None
    assert found["findings"][0].keys() == {"id", "severity", "sentence", "remedy", "permission", "index"}


def test_a_loss_that_is_not_there_is_named() -> None:
    with pytest.raises(sl.NotFound, match="ETH by value"):
        sl.audit([ACCESS], state()).loss("gold")


# -- read from the chain


def test_a_session_reads_its_wallet(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    limit = 3_000_000 if lab.rules.gas_limit_counts_gas else 3 * 10**15
    session = grant(sl.Erc20TokenTransfer(address=lab.dollar, allowance=100), sl.GasLimit(limit=limit))
    before = lab.chain.state_root
    audit = session.audit()
    assert lab.chain.state_root == before, "an audit changes nothing"
    assert audit.loss("LUSD").ever == 100
    assert session.send_calls([sl.Call(lab.dollar, function=APPROVE, args=[lab.merchant, 40])])
    after = session.audit()
    assert after.loss("LUSD").ever == 60, "the merchant has a name, and is not the thief"
    assert session.send_calls([sl.Call(lab.dollar, function=APPROVE, args=[STRANGER, 10])])
    assert session.audit().loss("LUSD").ever == 60, "50 left, and 10 that a stranger may pull because the key said so"
    assert (audit.at_ceiling or 0) > (after.at_ceiling or 0)
    assert wallet.revoke(session)
    over = session.audit()
    assert over.found("session-is-over")
    assert over.loss("LUSD").ever == 10


def test_a_token_without_a_name_is_found_out(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    from sessionlab.core import deployments

    token = "0x" + "77" * 20
    made = deployments.token(token, deployments.TokenInfo("Other", "OTH", 4), {wallet.address: 123})
    lab.chain.set_account(token, made[token])
    audit = grant(sl.ContractAccess(address=token)).audit()
    assert audit.loss("OTH").now == 123
    assert audit.found("token-without-limit")


def test_targets_that_refuse_eth_are_no_way_out(lab: sl.Lab, grant: Grant) -> None:
    calm = grant(
        sl.Erc20TokenTransfer(address=lab.dollar, allowance=units(25, 6)),
        sl.FunctionsOnContract(address=lab.strict, functions=["ping()"]),
        sl.FunctionsOnContract(address=lab.counter, functions=["increment()", "add(uint256)"]),
    )
    assert calm.audit().loss(VALUE).ever == 0
    payable = grant(sl.FunctionsOnContract(address=lab.counter, functions=["deposit()"]))
    assert payable.audit().loss(VALUE).ever == (None if lab.rules.name == "deployed" else 0)


@pytest.mark.parametrize(("limit", "passes"), [(FIRST_OPERATION - 1, False), (520_000, True)])
def test_a_gas_limit_that_is_called_too_small_is_too_small(lab: sl.Lab, grant: Grant, limit: int, passes: bool) -> None:
    price = 1 if lab.rules.gas_limit_counts_gas else lab.chain.base_fee
    transfer = sl.Call(lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, 1])
    session = grant(sl.Erc20TokenTransfer(address=lab.dollar, allowance=10**6), sl.GasLimit(limit=limit * price))
    assert bool(session.audit().found("gas-limit-too-small")) is not passes
    assert session.send_calls([transfer]).ok is passes


@pytest.mark.parametrize("way", ["all of it", "withdraw(uint256)", "deposit()"])
def test_what_a_vault_keeps_is_read_and_counts(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant, way: str
) -> None:
    """Any function may pay anybody; withdraw pays the wallet, from where it leaves as value or gas; deposit, nobody."""
    assert wallet.send_calls([sl.Call(lab.vault, sl.ether(4), function="deposit()")], policy_id=lab.policy_id)
    left, kept = lab.balance(wallet.address), sl.ether(4)
    access = (
        sl.ContractAccess(address=lab.vault)
        if way == "all of it"
        else sl.FunctionsOnContract(address=lab.vault, functions=[way])
    )
    permissions = [sl.NativeTokenTransfer(allowance=sl.ether(50)), sl.ContractAccess(address=lab.recipient)]
    audit = grant(*permissions, access).audit()
    assert bool(audit.found("target-keeps-funds")) == (way != "deposit()")
    assert audit.loss("ETH in the vault").now == (kept if way == "all of it" else 0)
    assert audit.loss(VALUE).now == left + (kept if way != "deposit()" else 0)
    assert audit.loss(VALUE).held == audit.loss(VALUE).now
    outside = wallet.grant_permissions(permissions, key=sl.new_key("another"), expiry_sec=lab.now + 9).audit()
    assert not outside.found("target-keeps-funds")
    assert outside.loss(VALUE).now == left


def test_the_deposit_is_read(lab: sl.Lab, grant: Grant) -> None:
    audit = grant(sl.ContractAccess(address=ENTRY_POINT)).audit()
    assert audit.loss(DEPOSIT).now == sl.ether(1)
    assert WALLET not in str(audit)
