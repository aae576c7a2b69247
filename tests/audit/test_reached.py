"""The audit's own sequence, followed by a thief on the EVM, takes exactly what the audit says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import sessionlab as sl
from sessionlab.attacks.run_theft_steps import run_steps
from sessionlab.attacks.search import excess
from sessionlab.attacks.thief import Taken, Thief
from sessionlab.core.base.amounts import units
from sessionlab.core.base.keys import derive_key
from sessionlab.core.erc4337.user_operation import ENTRY_POINT

Grant = Callable[..., sl.Session]

TRANSFER, APPROVE = "transfer(address,uint256)", "approve(address,uint256)"
REPLACE_OWNER = "updateFallbackSignerData(address,bool)"
THIEF = derive_key(0, "thief").address

VALUE, GAS, DEPOSIT = "ETH by value", "ETH as gas", "deposit in the EntryPoint"


def steal(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, asset: str) -> tuple[sl.Audit, Taken]:
    """Follow the audit's sequence for one asset."""
    audit = session.audit(thief=THIEF)
    thief = Thief(lab, wallet, session)
    run_steps(thief, audit.loss(asset).sequence)
    taken = thief.taken()
    assert excess(audit, taken) == []
    return audit, taken


def gas_limit(lab: sl.Lab) -> sl.GasLimit:
    return sl.GasLimit(limit=3_000_000 if lab.rules.gas_limit_counts_gas else 3 * 10**16)


def test_native_allowance(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    permissions: list[object] = [sl.NativeTokenTransfer(allowance=sl.ether("0.7"))]
    if lab.rules.name == "deployed":
        permissions.append(sl.ContractAccess(address=lab.recipient))
    audit, taken = steal(lab, wallet, grant(*permissions, gas_limit(lab)), VALUE)
    assert taken.value == audit.loss(VALUE).now == audit.loss(VALUE).ever == sl.ether("0.7")


def test_native_allowance_over_the_balance(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    session = grant(sl.NativeTokenTransfer(allowance=sl.ether(50)), sl.ContractAccess(address=lab.recipient))
    audit, taken = steal(lab, wallet, session, VALUE)
    assert taken.value == audit.loss(VALUE).now == sl.ether(10)
    assert audit.loss(VALUE).ever == sl.ether(50)


def test_token_allowance(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    allowance = units("25.5", 6)
    audit, taken = steal(lab, wallet, grant(sl.Erc20TokenTransfer(address=lab.dollar, allowance=allowance)), lab.dollar)
    assert taken.tokens[lab.dollar] == audit.loss("LUSD").now == audit.loss("LUSD").ever == allowance


def test_half_of_a_token_allowance_is_approved_and_counts_all_the_same(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant
) -> None:
    session = grant(sl.Erc20TokenTransfer(address=lab.dollar, allowance=100), gas_limit(lab))
    assert session.send_calls([sl.Call(lab.dollar, function=APPROVE, args=[THIEF, 60])])
    audit, taken = steal(lab, wallet, session, lab.dollar)
    assert taken.tokens[lab.dollar] == audit.loss("LUSD").now == audit.loss("LUSD").ever == 100
    assert [step.by for step in audit.loss("LUSD").sequence] == ["the session key", "the thief's own account"]


def test_approve_then_pull(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    session = grant(sl.FunctionsOnContract(address=lab.dollar, functions=[APPROVE]))
    audit, taken = steal(lab, wallet, session, lab.dollar)
    assert taken.tokens[lab.dollar] == audit.loss("LUSD").now == units(1_000, 6)
    assert audit.loss("LUSD").ever is None


def test_what_was_approved_is_pulled_after_the_end(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    session = grant(sl.Erc20TokenTransfer(address=lab.dollar, allowance=100), gas_limit(lab))
    assert session.send_calls([sl.Call(lab.dollar, function=APPROVE, args=[THIEF, 60])])
    wallet.revoke(session)
    lab.travel(3_601)
    audit, taken = steal(lab, wallet, session, lab.dollar)
    assert taken.tokens[lab.dollar] == audit.loss("LUSD").now == 60
    assert audit.total.now == 0


def test_a_token_by_contract_access(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    audit, taken = steal(lab, wallet, grant(sl.ContractAccess(address=lab.token)), lab.token)
    assert taken.tokens[lab.token] == audit.loss("LAB").now == units(1_000, 18)
    assert audit.loss("LAB").ever is None


@pytest.mark.parametrize("function", [TRANSFER, APPROVE, "increaseAllowance(address,uint256)"])
def test_a_function_on_all_contracts(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant, function: str) -> None:
    anywhere = sl.FunctionsOnAllContracts(functions=[function])
    session = grant(anywhere, sl.Erc20TokenTransfer(address=lab.coin, allowance=7))
    audit, taken = steal(lab, wallet, session, lab.token)
    assert taken.tokens[lab.token] == audit.loss("LAB").now == units(1_000, 18)
    assert audit.loss("LBTC").now == audit.loss("LBTC").ever == 7


def test_value_where_nothing_limits_it(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    session = grant(sl.FunctionsOnAllContracts(functions=[TRANSFER]))
    audit, taken = steal(lab, wallet, session, VALUE)
    unlimited = lab.rules.name == "deployed"
    assert taken.value == audit.loss(VALUE).now == (sl.ether(10) if unlimited else 0)
    assert audit.loss(VALUE).ever == (None if unlimited else 0)


def test_the_deposit_by_access_to_the_entry_point(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    audit, taken = steal(lab, wallet, grant(sl.ContractAccess(address=ENTRY_POINT), gas_limit(lab)), DEPOSIT)
    assert taken.deposit == audit.loss(DEPOSIT).now == sl.ether(1)
    assert audit.loss(DEPOSIT).ever is None


@pytest.mark.parametrize("asset", [VALUE, GAS, DEPOSIT, "LAB", "LUSD"])
@pytest.mark.parametrize("kind", ["root", "owner"])
def test_everything(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant, kind: str, asset: str) -> None:
    permissions = [sl.Root()] if kind == "root" else [sl.AccountFunctions(functions=[REPLACE_OWNER]), gas_limit(lab)]
    audit, taken = steal(lab, wallet, grant(*permissions), asset)
    took = {VALUE: taken.value, GAS: taken.gas, DEPOSIT: taken.deposit}
    took |= {"LAB": taken.tokens[lab.token], "LUSD": taken.tokens[lab.dollar]}
    held = {VALUE: sl.ether(10), GAS: sl.ether(11), DEPOSIT: sl.ether(1), "LAB": 10**21, "LUSD": 10**9}
    assert took[asset] == audit.loss(asset).now == held[asset]
    assert audit.loss(asset).ever is None


def test_gas_up_to_the_limit(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    """All ETH, where the limit counts gas and not its price; wei under the deployed rules: to the last wei."""
    session = grant(sl.ContractAccess(address=lab.counter), gas_limit(lab))
    audit, taken = steal(lab, wallet, session, GAS)
    documented = lab.rules.name == "documented"
    assert taken.gas == audit.loss(GAS).now == (sl.ether(11) if documented else 3 * 10**16)
    assert audit.loss(GAS).ever == (None if documented else 3 * 10**16)


def test_gas_without_a_limit(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    audit, taken = steal(lab, wallet, grant(sl.ContractAccess(address=lab.strict)), GAS)
    assert taken.gas == audit.loss(GAS).now == sl.ether(11)
    assert audit.loss(GAS).ever is None
    assert lab.balance(wallet.address) == 0


def test_all_eth_by_several_ways(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    """Value and gas add up, as far as there is ETH for both."""
    permissions = [sl.NativeTokenTransfer(allowance=sl.ether(2)), sl.ContractAccess(address=lab.recipient)]
    session = grant(*permissions, gas_limit(lab))
    audit = session.audit(thief=THIEF)
    thief = Thief(lab, wallet, session)
    run_steps(thief, audit.total.sequence)
    if lab.rules.name == "documented":  # the gas alone is all there is
        assert thief.taken().eth == audit.total.now == sl.ether(11)
    else:
        assert thief.taken().eth == audit.total.now == audit.total.ever == audit.loss(VALUE).now + audit.loss(GAS).now


def test_a_thief_makes_the_wallet_pay_in_and_withdraws_that_too(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant
) -> None:
    """A prefund that is not used up stays as a deposit: the whole balance leaves by way of the EntryPoint."""
    from sessionlab.core.erc4337 import wallet_encoding as account
    from sessionlab.core.erc4337.call import Call
    from sessionlab.study.audit.calls import withdraw_to

    session = grant(sl.ContractAccess(address=ENTRY_POINT))
    audit = session.audit(thief=THIEF)
    thief = Thief(lab, wallet, session)
    empty = account.execute_batch([], wrapped=True)
    assert thief.operate(empty, fee=sl.ether(11) // 300_000, limits=(200_000, 50_000, 50_000))
    deposit = lab.bundler.deposit_of(wallet.address)
    assert deposit > sl.ether(1), "the balance was paid in"
    assert thief.call(Call(ENTRY_POINT, 0, withdraw_to(ENTRY_POINT, THIEF, deposit).data))
    taken = thief.taken()
    assert excess(audit, taken) == []
    assert taken.eth == sl.ether(11) - lab.balance(wallet.address)
