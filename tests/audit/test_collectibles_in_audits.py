"""A collectible that a session can move is a loss that its audit names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import sessionlab as sl
from tests.faults.steps import PreparationFailed, done

SAFE_TRANSFER = "safeTransferFrom(address,address,uint256)"
APPROVE_ALL = "setApprovalForAll(address,bool)"
ID = 7

Permissions = list[sl.ContractAccess | sl.FunctionsOnContract | sl.FunctionsOnAllContracts]

#: What the session may do, and the function by which a thief takes the collectible.
WAYS: dict[str, tuple[Callable[[sl.Lab], Permissions], str]] = {
    "the whole contract": (lambda lab: [sl.ContractAccess(address=lab.collectible)], SAFE_TRANSFER),
    "one function": (
        lambda lab: [sl.FunctionsOnContract(address=lab.collectible, functions=[SAFE_TRANSFER])],
        SAFE_TRANSFER,
    ),
    "an operator everywhere": (lambda lab: [sl.FunctionsOnAllContracts(functions=[APPROVE_ALL])], APPROVE_ALL),
}


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    """Holds one collectible."""
    wallet = lab.wallet()
    mint = sl.Call(lab.collectible, function="mint(address,uint256)", args=[wallet.address, ID])
    done(wallet.send_calls([mint]))
    return wallet


def collectibles(lab: sl.Lab, audit: sl.Audit) -> list[int]:
    """How many a thief takes, where the audit has a row for them."""
    return [loss.now for loss in audit.losses if loss.unit.lower() == lab.collectible.lower()]


def take(lab: sl.Lab, session: sl.Session, function: str) -> None:
    """What the audit has to foretell: afterwards the thief owns the collectible."""
    thief = sl.new_key("thief")
    args: list[object] = [thief.address, True] if function == APPROVE_ALL else [session.wallet, thief.address, ID]
    done(session.send_calls([sl.Call(lab.collectible, function=function, args=args)], policy_id=lab.policy_id))
    if function == APPROVE_ALL:
        lab.fund(thief.address, sl.ether(1))
        move = sl.Call(lab.collectible, function=SAFE_TRANSFER, args=[session.wallet, thief.address, ID])
        lab.chain.transact(thief.private, move.to, move.data)
    if lab.read("Collectible", lab.collectible, "ownerOf", ID) != thief.address:
        raise PreparationFailed("The thief did not get it.")


@pytest.mark.parametrize("way", WAYS)
def test_a_collectible_that_can_be_moved_is_a_loss(lab: sl.Lab, wallet: sl.SmartWalletClient, way: str) -> None:
    permissions, function = WAYS[way]
    limits = [*permissions(lab), sl.GasLimit(limit=3_000_000)]
    session = wallet.grant_permissions(limits, key=sl.new_key(1), expiry_sec=lab.now + 999)
    audit = session.audit()
    take(lab, session, function)
    assert collectibles(lab, audit) == [1]
    assert "collectible" in audit.verdict.lower()


def test_an_operator_everywhere_is_a_critical_finding(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    audit = wallet.grant_permissions([sl.FunctionsOnAllContracts(functions=[APPROVE_ALL])]).audit()
    assert [(found.severity, found.place) for found in audit.found("wildcard-approve")] == [
        ("critical", "permissions[0] functions-on-all-contracts")
    ]


def test_a_collectible_out_of_reach_is_no_loss(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    audit = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], expiry_sec=lab.now + 999).audit()
    assert sum(collectibles(lab, audit)) == 0
    assert "collectible" not in audit.verdict.lower()
