"""A wallet with something of every kind, and others who trust it: what a search for the worst theft is run on."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import NamedTuple

import sessionlab as sl
from sessionlab.attacks.policies import draw
from sessionlab.attacks.thief import Thief
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.permissions import EXTENSIONS

APPROVE = "approve(address,uint256)"


class World(NamedTuple):
    """A lab, its wallet, accounts that approved something to the wallet, and a contract of the thief."""

    lab: sl.Lab
    wallet: sl.SmartWalletClient
    friends: tuple[str, ...]
    hostile: str


class Robbery(NamedTuple):
    """A session whose key is stolen, and what was drawn for it."""

    session: sl.Session
    drawn: str


@cache
def world_of(rules: str, *, extended: bool = False) -> World:
    """10 ETH, 1 ETH deposit, 2 ETH in the vault, tokens, two collectibles; tests put it back."""
    lab = sl.Lab(rules=rules, extensions=EXTENSIONS if extended else ())
    wallet = lab.wallet(balance=sl.ether(12))
    lab.deposit(wallet.address, sl.ether(1))
    hostile = sl.attacks.hostile_contract(lab, [])
    mint = "mint(address,uint256)"
    calls = [
        *(sl.Call(lab.collectible, function=mint, args=[wallet.address, id]) for id in (7, 8)),
        sl.Call(lab.vault, sl.ether(2), function="deposit()"),
        sl.Call(lab.token, function=APPROVE, args=[hostile, 40]),
        sl.Call(lab.dollar, function=APPROVE, args=[lab.counter, 30]),
        sl.Call(lab.collectible, function=APPROVE, args=[hostile, 8]),
    ]
    assert wallet.send_calls(calls, policy_id=lab.policy_id).ok
    return World(lab, wallet, (_friend(lab, wallet, 1), _friend(lab, wallet, 2)), hostile)


def _friend(lab: sl.Lab, wallet: sl.SmartWalletClient, number: int) -> str:
    """Somebody who lets the wallet pull dollars and a collectible; the second, all collectibles."""
    friend = sl.new_key(f"friend {number}")
    lab.fund(friend.address, sl.ether(1))
    lab.give("dollar", friend.address, 500)
    made, id = artifact("Collectible"), 10 + number
    one, every = made.encode("approve", wallet.address, id), made.encode("setApprovalForAll", wallet.address, True)
    for to, data in (
        (lab.dollar, artifact("Token").encode("approve", wallet.address, 200 * number)),
        (lab.collectible, made.encode("mint", friend.address, id)),
        (lab.collectible, one if number == 1 else every),
    ):
        assert lab.chain.transact(friend.private, to, data).status == 1
    return friend.address


def rob(world: World, seed: int) -> Robbery:
    """Grant what the seed draws: mostly one session, often more with the same key, sometimes with the owner's key."""
    lab, wallet, _, hostile = world
    random = Random(f"{seed} policy")
    key = wallet.owner if random.random() < 0.05 else sl.new_key(seed)
    many = random.choice((1, 1, 1, 2, 3))
    drawn = [draw(lab, wallet.address, random, (hostile,)) for _ in range(many)]
    sessions = [wallet.grant_permissions(one, expiry_sec=lab.now + 3_600, key=key) for one in drawn]
    if random.random() < 0.5:
        Thief(lab, wallet, sessions[0])  # all of them are on the chain before the audit
    return Robbery(sessions[0], f"key of the owner: {key is wallet.owner}; {drawn}")
