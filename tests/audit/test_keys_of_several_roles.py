"""An audit tells what a thief of the key takes, whatever else the wallet lets this key do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import sessionlab as sl
from tests.faults.steps import done


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


@pytest.fixture
def key() -> sl.Key:
    return sl.new_key("shared")


def granted(
    lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key, *permissions: sl.Root | sl.NativeTokenTransfer
) -> sl.Session:
    """A session that is installed: without permissions, one that may only call the counter."""
    narrow: Sequence[sl.ContractAccess | sl.GasLimit] = [
        sl.ContractAccess(address=lab.counter),
        sl.GasLimit(limit=1_000_000),
    ]
    session = wallet.grant_permissions(permissions or narrow, key=key, expiry_sec=lab.now + 999)
    reached = lab.recipient if permissions else lab.counter
    call = sl.Call(reached) if permissions else sl.Call(reached, function="increment()")
    done(session.send_calls([call], policy_id=lab.policy_id))
    return session


def losses(audit: sl.Audit) -> dict[str, int]:
    """What a thief takes today, by asset."""
    return {loss.asset: loss.now for loss in audit.losses}


def everything(lab: sl.Lab, wallet: sl.SmartWalletClient) -> dict[str, int]:
    """All that the wallet holds. Its ETH can leave by value or as gas."""
    tokens = {"LUSD": "dollar", "LAB": "token", "LBTC": "coin"}
    deposit = lab.bundler.deposit_of(wallet.address)
    eth = {
        "ETH by value": wallet.balance,
        "ETH as gas": wallet.balance + deposit,
        "deposit in the EntryPoint": deposit,
        "stake in the EntryPoint": 0,
    }
    return eth | {symbol: lab.token_balance(name, wallet.address) for symbol, name in tokens.items()}


def take_everything(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session | sl.SmartWalletClient) -> None:
    """What the audit has to foretell."""
    calls = [sl.Call(lab.merchant, value=sl.ether(10))]
    transfer = "transfer(address,uint256)"
    for name in ("dollar", "token", "coin"):
        amount = lab.token_balance(name, wallet.address)
        calls.append(sl.Call(getattr(lab, name), function=transfer, args=[lab.merchant, amount]))
    done(session.send_calls(calls, policy_id=lab.policy_id))


def test_a_root_session_of_the_same_key_is_counted(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key) -> None:
    root, narrow = granted(lab, wallet, key, sl.Root()), granted(lab, wallet, key)
    audit, held = narrow.audit(), everything(lab, wallet)
    take_everything(lab, wallet, root)
    assert losses(audit) == held
    assert audit.total.now == held["ETH as gas"]
    assert "root" in str(audit), "it says why"


def test_the_owner_is_counted_where_the_key_is_the_owners(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    audit, held = granted(lab, wallet, wallet.owner).audit(), everything(lab, wallet)
    take_everything(lab, wallet, wallet)
    assert losses(audit) == held
    assert audit.total.now == held["ETH as gas"]
    assert "owner" in str(audit), "it says why"


def test_the_allowances_of_two_sessions_of_one_key_add_up(
    lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key
) -> None:
    two, three = (granted(lab, wallet, key, sl.NativeTokenTransfer(allowance=sl.ether(n))) for n in (2, 3))
    audits = [two.audit(), three.audit()]
    for session, amount in ((two, 2), (three, 3)):
        done(session.send_calls([sl.Call(lab.merchant, value=sl.ether(amount))], policy_id=lab.policy_id))
    assert [audit.loss("ETH by value").now for audit in audits] == [sl.ether(5)] * 2


def test_what_the_key_may_no_longer_do_is_not_counted(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key) -> None:
    root, narrow = granted(lab, wallet, key, sl.Root()), granted(lab, wallet, key)
    done(wallet.revoke(root))
    assert losses(narrow.audit())["ETH by value"] == 0


def test_what_another_key_may_do_is_not_counted(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key) -> None:
    granted(lab, wallet, sl.new_key("another"), sl.Root())
    assert losses(granted(lab, wallet, key).audit())["ETH by value"] == 0
