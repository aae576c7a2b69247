"""What is neither ETH nor a token of the wallet: the audit's steps, followed by a thief on the EVM, take just that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sessionlab as sl
from sessionlab.attacks.run_theft_steps import run_steps
from sessionlab.attacks.search import excess
from sessionlab.attacks.thief import Thief
from sessionlab.core.base.keys import derive_key

from .world import World, world_of

THIEF = derive_key(0, "thief").address
MOVE, OPERATE = "transferFrom(address,address,uint256)", "setApprovalForAll(address,bool)"
SAFE, APPROVE = "safeTransferFrom(address,address,uint256)", "approve(address,uint256)"


@pytest.fixture
def world(rules: str) -> Iterator[World]:
    found = world_of(rules)
    moment = found.lab.snapshot()
    yield found
    found.lab.revert(moment)


def stolen(world: World, *permissions: sl.ContractAccess) -> sl.Session:
    return world.wallet.grant_permissions(permissions, expiry_sec=world.lab.now + 999, key=sl.new_key("stolen"))


@pytest.mark.parametrize("function", [None, MOVE, SAFE, OPERATE, APPROVE])
def test_collectibles_leave_by_every_function_that_moves_or_approves_them(world: World, function: str | None) -> None:
    lab, wallet = world.lab, world.wallet
    access = sl.ContractAccess(address=lab.collectible)
    one = sl.FunctionsOnContract(address=lab.collectible, functions=[function or MOVE])
    session = stolen(world, one if function else access)  # type: ignore[arg-type]
    audit = session.audit(thief=THIEF)
    thief = Thief(lab, wallet, session, friends=world.friends)
    run_steps(thief, audit.loss(lab.collectible).sequence)
    assert thief.taken().collectibles == audit.loss(lab.collectible).now == 2
    assert audit.loss(lab.collectible).severity == "critical"
    assert excess(audit, thief.taken(), lab.collectible) == []


def test_what_the_owner_approved_is_no_loss_by_a_key_that_does_not_reach_it(world: World) -> None:
    """Somebody without a name may move number 8 and 40 LAB, with or without this key."""
    audit = stolen(world, sl.FunctionsOnContract(address=world.lab.strict, functions=["ping()"])).audit()  # type: ignore[arg-type]
    assert (audit.loss(world.lab.collectible).now, audit.loss("LAB").now) == (0, 0)
    assert audit.by_permissions.sentence == "Anyone who steals this key can take nothing through its permissions."
    assert audit.by_permissions.severity == "info"
    assert {finding.severity for finding in audit.found("approval-standing")} == {"info"}
    assert any(
        said.startswith("Not counted: what the owner approved to spenders for which this key is not known to act")
        for said in audit.assumptions
    )


def test_what_the_owner_approved_to_a_contract_in_reach_is_a_loss(world: World) -> None:
    audit = stolen(world, sl.ContractAccess(address=world.hostile)).audit()
    assert (audit.loss(world.lab.collectible).now, audit.loss("LAB").now) == (1, 40)
    assert audit.found("target-may-pull")


@pytest.mark.parametrize("function", [MOVE, SAFE, APPROVE])
def test_what_others_approved_is_taken_from_them(world: World, function: str) -> None:
    """An operator of a collection approves the thief, too."""
    lab, wallet, friends, *_ = world
    things = sl.FunctionsOnContract(address=lab.collectible, functions=[function])
    dollars = sl.FunctionsOnContract(address=lab.dollar, functions=[MOVE])
    session = stolen(world, things, dollars)  # type: ignore[arg-type]
    audit = session.audit(thief=THIEF)
    thief = Thief(lab, wallet, session, friends=friends)
    rows = [loss for loss in audit.losses if " that " in loss.asset]
    assert sorted(loss.now for loss in rows if loss.unit == lab.dollar) == [200, 400]
    whole = [1, 1] if function != APPROVE else [0, 1]  # the wallet is the operator of one of them
    assert sorted(loss.now for loss in rows if loss.unit == lab.collectible) == whole
    for loss in rows:
        run_steps(thief, loss.sequence)
    assert sorted(thief.taken().of_others.values()) == [*filter(None, whole), 200, 400]
    assert excess(audit, thief.taken(), lab.collectible) == []
    assert thief.taken().tokens[lab.dollar] == 0
    assert len(audit.found("approved-by-others")) == 2 + sum(whole)


def test_a_limited_token_moves_nothing_of_others(world: World) -> None:
    limited = sl.Erc20TokenTransfer(address=world.lab.dollar, allowance=10**9)
    audit = stolen(world, limited).audit()  # type: ignore[arg-type]
    assert not audit.found("approved-by-others")
