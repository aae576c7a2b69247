"""What else the key may do on the wallet: read from the chain, however its sessions got there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.permissions import rows
from sessionlab.study.audit import A_THIEF
from sessionlab.study.audit.key_reader import KeyReader
from sessionlab.study.audit.wallet_reader import read_wallet

Grant = Callable[..., sl.Session]
PAYS = [sl.NativeTokenTransfer(allowance=sl.ether(2)), sl.ContractAccess(address="0x" + "11" * 20)]


@pytest.fixture
def narrow(lab: sl.Lab, grant: Grant) -> sl.Session:
    return grant(sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]))


def installed_by(lab: sl.Lab, wallet: sl.SmartWalletClient, way: str) -> None:
    """The owner installs session 7 for the stolen key, without our Wallet API."""
    key = sl.new_key("stolen").address
    call = account.install_call(entity_id=7, key=key, rows=rows(PAYS), valid_until=lab.now + 99)
    if way == "a transaction":
        lab.fund(wallet.owner.address, sl.ether(1))
        assert lab.chain.transact(wallet.owner.private, wallet.address, call).status == 1
    else:
        batch = [sl.Call(wallet.address, data=call), sl.Call(lab.counter, function="increment()")]
        calls = batch if way == "a batch" else batch[:1]
        assert wallet.send_calls(calls, policy_id=lab.policy_id).ok


@pytest.mark.parametrize("way", ["a transaction", "an operation", "a batch"])
def test_a_session_counts_however_it_was_installed(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session, way: str
) -> None:
    before = narrow.audit()
    installed_by(lab, wallet, way)
    (found,) = read_wallet(narrow, narrow.request, A_THIEF).others or ()
    assert (found.entity_id, found.rows, found.known) == (7, rows(PAYS), True)
    assert narrow.audit().loss("ETH by value").now == before.loss("ETH by value").now + sl.ether(2)
    lab.travel(100)
    assert narrow.audit().loss("ETH by value").now == 0, "it has expired"


def test_a_session_that_nobody_can_read_is_taken_for_root(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session
) -> None:
    installed_by(lab, wallet, "a transaction")

    def request(method: str, params: Any) -> Any:
        return None if method == "eth_getTransactionByHash" else narrow.request(method, params)

    (found,) = KeyReader(request, wallet.address, narrow.key.address).other_sessions(narrow.entity_id)
    assert not found.known
    state = read_wallet(narrow, request, A_THIEF)
    audit = sl.audit(narrow.permissions, state, lab.rules)
    assert (
        audit.by_permissions.sentence == "Anyone who steals this key can take everything, the wallet itself included."
    )
    assert any("session 7 of this key are unknown" in said for said in audit.assumptions)


def test_a_session_that_waits_for_its_first_operation_counts(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session, grant: Grant
) -> None:
    waiting = grant(*PAYS)
    assert narrow.audit().loss("ETH by value").now == sl.ether(2)
    assert wallet.revoke(waiting).ok
    assert narrow.audit().loss("ETH by value").now == 0


def test_the_owner_is_known_before_the_wallet_is_deployed(lab: sl.Lab) -> None:
    wallet = lab.wallet(deployed=False)
    for key, is_owners in ((wallet.owner, True), (sl.new_key(3), None)):
        assert KeyReader(lab.provider.request, wallet.address, key.address).is_owners() is is_owners


def test_a_list_that_nobody_has_granted_says_that_it_knows_no_key() -> None:
    audit = sl.audit([sl.GasLimit(limit=300_000), *PAYS], sl.WalletState("0x" + "e5" * 20))
    assert any(said.startswith("Not counted: other sessions") for said in audit.assumptions)
    assert "Assumed: the key is not the owner's own." in audit.assumptions
