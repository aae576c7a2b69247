"""A thief of the key has all that it controls: its own account, other wallets, and what the owner approved to these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.attacks.run_theft_steps import run_steps
from sessionlab.attacks.search import excess
from sessionlab.attacks.thief import Thief
from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.keys import derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.permissions.types import Permission
from sessionlab.study.audit import A_THIEF, audit
from sessionlab.study.audit.wallet_reader import read_wallet

Grant = Callable[..., sl.Session]
APPROVE, PULL = "approve(address,uint256)", "transferFrom(address,address,uint256)"
OPERATE = "setApprovalForAll(address,bool)"
THIEF = derive_key(0, "thief").address
STOLEN = sl.new_key("stolen")


@pytest.fixture
def narrow(lab: sl.Lab, grant: Grant) -> sl.Session:
    return grant(sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]))


def owner_sends(wallet: sl.SmartWalletClient, lab: sl.Lab, *calls: sl.Call) -> None:
    assert wallet.send_calls(list(calls), policy_id=lab.policy_id).ok


def entrusted_to(lab: sl.Lab, wallet: sl.SmartWalletClient, spender: str, *, operator: bool = True) -> None:
    """The owner lets somebody pull 100 LAB and the collectible 7."""
    thing = (OPERATE, [spender, True]) if operator else (APPROVE, [spender, 7])
    owner_sends(
        wallet,
        lab,
        sl.Call(lab.token, function=APPROVE, args=[spender, sl.ether(100)]),
        sl.Call(lab.collectible, function="mint(address,uint256)", args=[wallet.address, 7]),
        sl.Call(lab.collectible, function=thing[0], args=thing[1]),
    )


@pytest.mark.parametrize("operator", [True, False])
@pytest.mark.parametrize("revoked", [False, True])
def test_what_the_owner_approved_to_the_keys_own_account_is_the_thiefs(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session, operator: bool, revoked: bool
) -> None:
    entrusted_to(lab, wallet, STOLEN.address, operator=operator)
    if revoked:
        assert narrow.send_calls([sl.Call(lab.counter, function="increment()")]).ok
        assert wallet.revoke(narrow).ok
    found = narrow.audit(thief=THIEF)
    assert (found.loss("LAB").now, found.loss(lab.collectible).now) == (sl.ether(100), 1)
    assert found.loss(lab.collectible).ever == (None if operator else 1), "an operator takes what arrives later, too"
    assert "100 LAB" in found.by_permissions.sentence and "take nothing" not in found.verdict
    assert {finding.severity for finding in found.found("approval-standing")} == {"medium"}
    thief = Thief(lab, wallet, narrow)
    run_steps(thief, (*found.loss("LAB").sequence, *found.loss(lab.collectible).sequence))
    assert (thief.taken().tokens[lab.token], thief.taken().collectibles) == (sl.ether(100), 1)
    assert excess(found, thief.taken(), lab.collectible) == []


ON_TOKEN: dict[str, tuple[Callable[[sl.Lab], list[Permission]], int]] = {
    "access to the token": (lambda lab: [sl.ContractAccess(address=lab.token)], sl.ether(100)),
    "the function everywhere": (lambda lab: [sl.FunctionsOnAllContracts(functions=[PULL])], sl.ether(100)),
    "root": (lambda lab: [sl.Root()], sl.ether(100)),
    "the owner can be replaced": (
        lambda lab: [sl.AccountFunctions(functions=["updateFallbackSignerData(address,bool)"])],
        sl.ether(100),
    ),
    "transfers of the token": (lambda lab: [sl.Erc20TokenTransfer(address=lab.token, allowance=10**30)], 0),
    "another contract": (lambda lab: [sl.ContractAccess(address=lab.strict)], 0),
}


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("name", list(ON_TOKEN))
def test_another_wallet_of_the_key_pulls_what_its_session_allows(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session, name: str, used: bool
) -> None:
    permissions, most = ON_TOKEN[name]
    other = lab.wallet()
    entrusted_to(lab, wallet, other.address)
    there = other.grant_permissions(permissions(lab), key=STOLEN)
    if used:
        Thief(lab, other, there)  # it is on the chain
    assert narrow.audit(thief=THIEF).loss("LAB").now == most
    data = artifact("Token").encode("transferFrom", wallet.address, lab.merchant, sl.ether(100))
    direct = name != "the owner can be replaced"
    assert there.send_calls([sl.Call(lab.token, data=data)], policy_id=lab.policy_id).ok == (most > 0 and direct)


def test_the_steps_through_another_wallet_work(lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session) -> None:
    other = lab.wallet()
    entrusted_to(lab, wallet, other.address)
    there = other.grant_permissions([sl.FunctionsOnAllContracts(functions=[PULL])], key=STOLEN)
    found = narrow.audit(thief=THIEF)
    thief = Thief(lab, wallet, narrow, elsewhere=[(other, there)])
    run_steps(thief, (*found.loss("LAB").sequence, *found.loss(lab.collectible).sequence))
    assert (thief.taken().tokens[lab.token], thief.taken().collectibles) == (sl.ether(100), 1)
    assert "another wallet of this key" in str(found)


def test_a_wallet_that_the_key_owns_pulls_everything_that_it_may(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session
) -> None:
    owned = sl.SmartWalletClient(lab.provider, STOLEN)
    entrusted_to(lab, wallet, owned.address)
    assert narrow.audit().loss("LAB").now == sl.ether(100), "it is not deployed yet, which the thief can do"
    data = artifact("Token").encode("transferFrom", wallet.address, lab.merchant, sl.ether(100))
    assert owned.send_calls([sl.Call(lab.token, data=data)], policy_id=lab.policy_id).ok


def test_a_contract_that_the_key_owns_is_the_thiefs(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session
) -> None:
    """Whatever answers owner() with the key's address: here the code PUSH20 key, PUSH0 MSTORE, RETURN of 32 bytes."""
    contract = sl.new_key("a contract").address
    code = bytes.fromhex("73" + STOLEN.address[2:] + "5f5260205ff3")
    lab.provider.request("anvil_setCode", [contract, "0x" + code.hex()])
    entrusted_to(lab, wallet, contract)
    assert narrow.audit().loss("LAB").now == sl.ether(100)


@pytest.mark.parametrize("access", ["root", "the wallet", "another contract"])
def test_a_key_that_acts_for_the_wallets_owner_takes_everything(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session, access: str
) -> None:
    """The owner is another wallet, on which the key has a session."""
    other = lab.wallet()
    update = artifact("SessionWallet").encode("updateFallbackSignerData", other.address, False)
    granted: dict[str, Permission] = {
        "root": sl.Root(),
        "the wallet": sl.ContractAccess(address=wallet.address),
        "another contract": sl.ContractAccess(address=lab.strict),
    }
    there = other.grant_permissions([granted[access]], key=STOLEN)
    assert wallet.send_calls([sl.Call(wallet.address, data=update)], policy_id=lab.policy_id).ok
    found = narrow.audit()
    become = artifact("SessionWallet").encode("updateFallbackSignerData", THIEF, False)
    done = there.send_calls([sl.Call(wallet.address, data=become)], policy_id=lab.policy_id)
    assert done.ok == (access != "another contract")
    assert (lab.read("SessionWallet", wallet.address, "owner").lower() == THIEF.lower()) == done.ok
    assert (found.loss("ETH by value").now == sl.ether(10)) == done.ok
    assert bool(found.found("key-of-the-owner")) == done.ok


def test_a_root_session_that_another_client_granted_counts_before_its_first_use(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session
) -> None:
    second = sl.SmartWalletClient(lab.provider, wallet.owner)
    root = second.grant_permissions([sl.Root()], key=STOLEN)
    found = narrow.audit()
    assert "everything, the wallet itself included" in found.by_permissions.sentence
    assert second.revoke(root).ok
    assert narrow.audit().loss("ETH by value").now == 0


def test_an_endpoint_that_does_not_say_what_it_issued_is_said_to(
    lab: sl.Lab, wallet: sl.SmartWalletClient, narrow: sl.Session
) -> None:
    """What is on the chain counts all the same: the key's account, and installed sessions of other wallets."""
    other = lab.wallet()
    entrusted_to(lab, wallet, other.address)
    Thief(lab, other, other.grant_permissions([sl.ContractAccess(address=lab.token)], key=STOLEN))

    def request(method: str, params: Any) -> Any:
        if method.startswith("lab_"):
            raise RpcError(-32601, f"The method {method} does not exist.")
        return narrow.request(method, params)

    found = audit(narrow.permissions, read_wallet(narrow, request, A_THIEF), lab.rules)
    assert found.loss("LAB").now == sl.ether(100)
    assert "Sessions signed for this key that other clients hold are unknown here" in found.by_permissions.sentence
    assert "are unknown here" not in narrow.audit().verdict
