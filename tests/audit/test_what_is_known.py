"""What an audit cannot learn from names and probes: it reads code and events, or says what it assumes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

import sessionlab as sl
from sessionlab.attacks.run_theft_steps import run_steps
from sessionlab.attacks.search import excess
from sessionlab.attacks.thief import Thief
from sessionlab.core.base.keys import derive_key
from sessionlab.core.deployments import ENTRY_POINT, plain
from sessionlab.core.permissions import rows
from sessionlab.study.audit.eth import DEPOSIT, GAS, LEAST_GAS, STAKE, VALUE

from .world import deployed, inherit

Grant = Callable[..., sl.Session]
THIEF = derive_key(0, "thief").address
TRANSFER, WITHDRAW, MOVE = "transfer(address,uint256)", "withdraw(uint256)", "transferFrom(address,address,uint256)"
NOTHING = "Anyone who steals this key can take nothing through its permissions."


def pays(lab: sl.Lab) -> sl.GasLimit:
    """A gas-limit that lets little go under either ruleset, in wei and in gas."""
    return sl.GasLimit(limit=2_000_000 if lab.rules.gas_limit_counts_gas else 10**16)


def owner_sends(wallet: sl.SmartWalletClient, lab: sl.Lab, *calls: sl.Call) -> None:
    assert wallet.send_calls(list(calls), policy_id=lab.policy_id).ok


# -- tokens that say little of themselves


@pytest.mark.parametrize("limited", [True, False])
def test_a_token_without_decimals_is_a_token_in_base_units(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant, limited: bool
) -> None:
    token, made = deployed(lab, "Bare", wallet.address, 1_000)
    permission = sl.Erc20TokenTransfer(address=token, allowance=600) if limited else sl.ContractAccess(address=token)
    session = grant(permission)
    audit = session.audit(thief=THIEF)
    loss = audit.loss(token)
    assert (loss.held, loss.now) == (1_000, 600 if limited else 1_000)
    assert loss.shown[0] == f"{loss.now:,} units of {token[:6]}…{token[-4:]}"
    thief = Thief(lab, wallet, session, known={token: made})
    run_steps(thief, loss.sequence)
    assert thief.taken().tokens[token] == loss.now
    assert excess(audit, thief.taken()) == []


def test_a_token_that_only_its_events_point_to_is_found(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant
) -> None:
    token, _ = deployed(lab, "Bare", wallet.address, 1_000)
    audit = grant(sl.FunctionsOnAllContracts(functions=[TRANSFER])).audit()
    assert audit.loss(token).now == 1_000


def test_wrapped_eth_that_a_session_can_unwrap_is_eth(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    token, made = deployed(lab, "Wrapped")
    owner_sends(wallet, lab, sl.Call(token, sl.ether(5), function="deposit()"))
    session = grant(sl.FunctionsOnContract(address=token, functions=[WITHDRAW]))
    audit = session.audit(thief=THIEF)
    assert audit.loss(GAS).now == sl.ether(11) and audit.loss(token).now == 0
    assert not audit.found("token-function-unknown")
    thief = Thief(lab, wallet, session, known={token: made})
    words = [step.words for step in audit.loss(GAS).sequence]
    assert words[0].startswith("withdraw 5 ETH from WETH") and words[1].startswith("submit one operation")
    run_steps(thief, audit.loss(GAS).sequence)
    assert thief.taken().gas == sl.ether(11)
    assert excess(audit, thief.taken(), wrapped=[token]) == []


def test_wrapped_eth_that_a_session_can_only_transfer_is_a_token(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant
) -> None:
    token, _ = deployed(lab, "Wrapped")
    owner_sends(wallet, lab, sl.Call(token, sl.ether(5), function="deposit()"))
    audit = grant(sl.Erc20TokenTransfer(address=token, allowance=sl.ether(2))).audit()
    assert (audit.loss(token).now, audit.loss(GAS).now) == (sl.ether(2), sl.ether(6))


def test_a_vault_without_a_name_is_found_by_its_events(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    vault = "0x" + "77" * 20
    lab.chain.set_account(vault, plain("Vault", vault)[vault])
    owner_sends(wallet, lab, sl.Call(vault, sl.ether(4), function="deposit()"))
    session = grant(sl.FunctionsOnAllContracts(functions=[WITHDRAW]))
    audit = session.audit(thief=THIEF)
    assert audit.loss(GAS).now == sl.ether(11)
    thief = Thief(lab, wallet, session)
    run_steps(thief, audit.loss(GAS).sequence)
    assert lab.balance(wallet.address) == 0
    assert not any("tokens" in loss.asset for loss in audit.losses) and "units of" not in str(audit)


# -- ETH that calls carry


def test_a_function_whose_price_depends_on_its_argument_takes_all_eth(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant
) -> None:
    shop, made = deployed(lab, "Shop")
    session = grant(sl.FunctionsOnContract(address=shop, functions=["buy(uint256)"]), pays(lab))
    audit = session.audit(thief=THIEF)
    thief = Thief(lab, wallet, session)
    spent = thief.call(sl.Call(shop, sl.ether(9), data=made.encode("buy", 9)))
    if lab.rules.name == "documented":
        assert not spent and audit.loss(VALUE).now == 0
    else:
        assert spent and audit.loss(VALUE).now == sl.ether(10)
        assert any("upper bound" in said for said in audit.assumptions)
    assert excess(audit, thief.taken()) == []


def test_the_code_of_this_project_is_known_to_refuse_eth(lab: sl.Lab, grant: Grant) -> None:
    for address, function in ((lab.token, TRANSFER), (lab.counter, "increment()"), (lab.strict, "ping()")):
        audit = grant(sl.FunctionsOnContract(address=address, functions=[function])).audit()
        assert audit.loss(VALUE).ever == 0
        assert not any("upper bound" in said for said in audit.assumptions)


# -- sessions


def test_what_the_chain_cannot_know_is_always_said(lab: sl.Lab, grant: Grant) -> None:
    said = "sessions that were issued elsewhere and are not yet used"
    assert any(said in line for line in grant(sl.ContractAccess(address=lab.counter)).audit().assumptions)
    said = "sessions that were signed and not yet used by clients other than this one"
    assert any(said in line for line in sl.audit([sl.Root()], sl.WalletState("0x" + "e5" * 20)).assumptions)


@pytest.mark.parametrize("by", ["a sibling", "itself"])
def test_a_session_inherits_the_lists_of_earlier_ones_with_its_number(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant, by: str
) -> None:
    """R6: in production a revocation leaves the lists, and the next session with the entity id has them too."""
    mint = sl.Call(lab.collectible, function="mint(address,uint256)", args=[wallet.address, 7])
    owner_sends(wallet, lab, mint)
    narrow = sl.FunctionsOnContract(address=lab.counter, functions=["increment()"])
    first = grant(sl.ContractAccess(address=lab.collectible), pays(lab))
    inherit(lab, wallet, first, [narrow, pays(lab)])
    session = grant(narrow, pays(lab)) if by == "a sibling" else first
    if by == "itself":
        session = cast("sl.Session", wallet._open(replace(first.granted, permissions=(narrow, pays(lab)))))
    audit = session.audit(thief=THIEF)
    inherited = lab.rules.name == "deployed"
    assert audit.loss(lab.collectible).now == inherited
    thief = Thief(lab, wallet, session)
    move = sl.Call(lab.collectible, function=MOVE, args=[wallet.address, thief.address, 7])
    assert thief.call(move) is inherited
    assert excess(audit, thief.taken(), lab.collectible) == []


def test_a_revocation_that_clears_the_lists_leaves_nothing(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant
) -> None:
    from sessionlab.study.audit.key_reader import KeyReader

    session = grant(sl.ContractAccess(address=lab.collectible))
    Thief(lab, wallet, session)
    reader = KeyReader(session.request, wallet.address, session.key.address)
    assert wallet.revoke(session, clear=False).ok
    left = reader.left_behind(session.entity_id)
    assert left is not None
    cleared = lab.rules.revocation_is_total
    assert left.rows == (() if cleared else rows(session.permissions))


def test_an_ended_session_of_a_key_with_root_allows_nothing_and_the_other_everything(
    lab: sl.Lab, wallet: sl.SmartWalletClient
) -> None:
    key = sl.new_key("stolen")
    ended = wallet.grant_permissions([sl.ContractAccess(address=lab.strict)], key=key, expiry_sec=lab.now + 50)
    root = wallet.grant_permissions([sl.Root()], key=key)
    Thief(lab, wallet, root)
    lab.travel(100)
    audit = ended.audit()
    assert audit.verdict == "Anyone who steals this key can take everything, the wallet itself included."
    (over,) = audit.found("session-is-over")
    assert over.sentence == "The session has expired: it allows nothing any more."
    assert audit.loss(VALUE).ever is None
    assert audit.until == "until the key's sessions end" and audit.until in str(audit)


# -- the EntryPoint


@pytest.mark.parametrize("named", [True, False])
def test_a_stake_is_taken_like_a_deposit(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant, named: bool) -> None:
    owner_sends(wallet, lab, sl.Call(ENTRY_POINT, sl.ether(3), function="addStake(uint32)", args=[5]))
    functions = ["unlockStake()", "withdrawStake(address)"]
    one = sl.FunctionsOnContract(address=ENTRY_POINT, functions=functions)
    session = grant(one if named else sl.ContractAccess(address=ENTRY_POINT))
    audit = session.audit(thief=THIEF)
    assert (audit.loss(STAKE).now, audit.loss(DEPOSIT).now) == (sl.ether(3), 0 if named else sl.ether(1))
    assert audit.found("stake-can-be-withdrawn")[0].severity == "critical"
    thief = Thief(lab, wallet, session)
    unlock, withdraw = audit.loss(STAKE).sequence
    run_steps(thief, [unlock])
    lab.travel(10)
    run_steps(thief, [withdraw])
    assert thief.taken().stake == sl.ether(3)
    assert excess(audit, thief.taken()) == []


# -- approvals


def test_an_approval_of_somebody_who_has_nothing_today_counts_until_the_end(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant
) -> None:
    friend = sl.new_key("friend")
    lab.fund(friend.address, sl.ether(1))
    owner = sl.Call(lab.token, function="approve(address,uint256)", args=[wallet.address, 2**256 - 1])
    assert lab.chain.transact(friend.private, lab.token, owner.data).status == 1
    audit = grant(sl.FunctionsOnContract(address=lab.token, functions=[MOVE])).audit()
    (loss,) = [loss for loss in audit.losses if " that " in loss.asset]
    assert (loss.now, loss.ever, loss.severity) == (0, None, "low")
    assert audit.found("approved-by-others")[0].severity == "low"
    assert audit.by_permissions.sentence.endswith(" approved, once there is some.")


@pytest.mark.parametrize("spender", ["counter", "somebody without a name", "the owner"])
def test_an_approval_by_the_owner_is_no_loss_by_a_key_that_reaches_nobody(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant, spender: str
) -> None:
    """The lab's counter pulls for anyone who asks. That is true without this key, and said."""
    to = {"counter": lab.counter, "the owner": wallet.owner.address}.get(spender, "0x" + "99" * 20)
    owner_sends(wallet, lab, sl.Call(lab.token, function="approve(address,uint256)", args=[to, 500]))
    audit = grant(sl.FunctionsOnContract(address=lab.strict, functions=["ping()"])).audit()
    assert audit.by_permissions.sentence == NOTHING
    assert audit.found("approval-standing")[0].severity == "info"
    assert any("some contracts pull for anyone who asks" in said for said in audit.assumptions)
    reaching = grant(sl.FunctionsOnContract(address=lab.counter, functions=["pull(address,address,uint256)"])).audit()
    assert reaching.loss("LAB").now == (500 if spender == "counter" else 0)


def test_an_approval_by_the_wallet_to_itself_lets_it_move_its_own(
    lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant
) -> None:
    approve = sl.Call(lab.token, function="approve(address,uint256)", args=[wallet.address, sl.ether(1_000)])
    owner_sends(wallet, lab, approve)
    session = grant(sl.FunctionsOnContract(address=lab.token, functions=[MOVE]))
    audit = session.audit(thief=THIEF)
    thief = Thief(lab, wallet, session)
    run_steps(thief, audit.loss("LAB").sequence)
    assert thief.taken().tokens[lab.token] == audit.loss("LAB").now == sl.ether(1_000)


# -- gas


def test_a_gas_limit_below_any_operation_loses_none(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    session = grant(sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=LEAST_GAS - 1))
    audit = session.audit(thief=THIEF)
    assert (audit.loss(GAS).now, audit.loss(GAS).ever) == (0, 0)
    assert not audit.found("gas-price-free")
    assert grant(sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=LEAST_GAS)).audit().loss(GAS).now


def test_a_wallet_needs_more_than_the_least_gas(lab: sl.Lab, wallet: sl.SmartWalletClient, grant: Grant) -> None:
    """The audit's figure is below what a thief gets by with, so it never calls a limit harmless that is not."""
    limit = 10**7 if lab.rules.gas_limit_counts_gas else sl.ether(1)
    session = grant(sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=limit))
    thief = Thief(lab, wallet, session)
    assert thief.burn(4 * LEAST_GAS, 1) == 0
    assert thief.burn(300_000, 1) == 300_000


def test_a_limit_in_wei_is_burnt_with_believable_gas() -> None:
    limit = sl.GasLimit(limit=10**17)
    audit = sl.audit(
        [sl.ContractAccess(address=THIEF), limit], sl.WalletState("0x" + "e5" * 20, balance=10**19), "deployed"
    )
    (step,) = audit.loss(GAS).sequence
    assert step.words == "submit one operation of 2,000,000 gas at 50 gwei, and collect the 0.1 ETH fee as the bundler"
