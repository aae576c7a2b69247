"""A wallet with something of every kind, and others who trust it: what a search for the worst theft is run on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import sessionlab as sl
from sessionlab.attacks.holdings import pays_back
from sessionlab.attacks.policies import draw
from sessionlab.attacks.thief import Thief
from sessionlab.cli.compile_contracts import compile_contract
from sessionlab.core.base.abi_words import address_word, word
from sessionlab.core.contracts.artifacts import Artifact, artifact, read_artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions import EXTENSIONS, rows
from sessionlab.core.permissions.types import Permission

APPROVE = "approve(address,uint256)"
FOLDER = Path(__file__).parent / "contracts"


def contracts_for(wallet: str) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The contracts of this folder, with what they are deployed with."""
    return ("Bare", (wallet, 1_000)), ("Wrapped", ()), ("Shop", ())


class World(NamedTuple):
    """A lab, its wallet, accounts that approved something to the wallet, and a contract of the thief."""

    lab: sl.Lab
    wallet: sl.SmartWalletClient
    friends: tuple[str, ...]
    hostile: str
    #: Another wallet, to which this one approved what it does to nobody else.
    other: sl.SmartWalletClient
    #: A token without decimals, wrapped ETH, and a shop that takes only the price that its argument says.
    known: Mapping[str, Artifact]

    @property
    def wrapped(self) -> list[str]:
        """The tokens that pay ETH back."""
        return [at for at, made in self.known.items() if pays_back(made)]


class Robbery(NamedTuple):
    """A session whose key is stolen, and what was drawn for it."""

    session: sl.Session
    drawn: str
    #: The key's sessions on other wallets.
    elsewhere: tuple[tuple[sl.SmartWalletClient, sl.Session], ...] = ()


@cache
def world_of(rules: str, *, extended: bool = False) -> World:
    """10 ETH, 1 ETH deposit, 2 ETH in the vault, 1 wrapped, 1 staked, tokens, two collectibles; tests put it back."""
    lab = sl.Lab(rules=rules, extensions=EXTENSIONS if extended else ())
    wallet, other = lab.wallet(balance=sl.ether(14)), lab.wallet(balance=0)
    known = dict(deployed(lab, name, *given) for name, given in contracts_for(wallet.address))
    wrapped = next(at for at, made in known.items() if pays_back(made))
    lab.deposit(wallet.address, sl.ether(1))
    hostile = sl.attacks.hostile_contract(lab, [])
    mint = "mint(address,uint256)"
    calls = [
        *(sl.Call(lab.collectible, function=mint, args=[wallet.address, id]) for id in (7, 8)),
        sl.Call(lab.vault, sl.ether(2), function="deposit()"),
        sl.Call(wrapped, sl.ether(1), function="deposit()"),
        sl.Call(ENTRY_POINT, sl.ether(1), function="addStake(uint32)", args=[1]),
        sl.Call(lab.token, function=APPROVE, args=[hostile, 40]),
        sl.Call(lab.dollar, function=APPROVE, args=[lab.counter, 30]),
        sl.Call(lab.collectible, function=APPROVE, args=[hostile, 8]),
        sl.Call(lab.coin, function=APPROVE, args=[other.address, 50]),
        sl.Call(lab.collectible, function=APPROVE, args=[other.address, 7]),
    ]
    assert wallet.send_calls(calls, policy_id=lab.policy_id).ok
    return World(lab, wallet, (_friend(lab, wallet, 1), _friend(lab, wallet, 2)), hostile, other, known)


def deployed(lab: sl.Lab, name: str, *given: Any) -> tuple[str, Artifact]:
    """Deploy a contract of this folder; returns its address and its artifact."""
    made = read_artifact(name, compile_contract(name, FOLDER))
    address = sl.new_key(f"{name} of the tests").address
    lab.fund(address, sl.ether(1))
    words = b"".join(address_word(value) if isinstance(value, str) else word(value) for value in given)
    receipt = lab.chain.transact(sl.new_key(f"{name} of the tests").private, None, made.bytecode + words)
    assert receipt.status == 1
    assert receipt.contract_address
    return receipt.contract_address, made


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
    lab, wallet, _, hostile, _, known = world
    random = Random(f"{seed} policy")
    key = wallet.owner if random.random() < 0.05 else sl.new_key(seed)
    many = random.choice((1, 1, 1, 2, 3))
    drawn = [draw(lab, wallet.address, random, (hostile, *known)) for _ in range(many)]
    sessions = [wallet.grant_permissions(one, expiry_sec=lab.now + 3_600, key=key) for one in drawn]
    if random.random() < 0.5:
        Thief(lab, wallet, sessions[0])  # all of them are on the chain before the audit
    inherits = many > 1 and random.random() < 0.6
    if inherits:
        inherit(lab, wallet, sessions[-1], draw(lab, wallet.address, random, (hostile, *known)))
    told = f"key of the owner: {key is wallet.owner}; inherits: {inherits}; {drawn}"
    elsewhere, more = entrust(world, key, Random(f"{seed} elsewhere"))
    return Robbery(sessions[0], f"{told}; {more}", elsewhere)


def entrust(
    world: World, key: sl.Key, random: Random
) -> tuple[tuple[tuple[sl.SmartWalletClient, sl.Session], ...], str]:
    """Approve something to the key's own account, and grant it a session of the other wallet, or not."""
    lab, wallet, _, hostile, other, known = world
    approved = random.random() < 0.5
    if approved:
        calls = [sl.Call(lab.token, function=APPROVE, args=[key.address, 70])]
        calls.append(sl.Call(lab.collectible, function=APPROVE, args=[key.address, 8]))
        assert wallet.send_calls(calls, policy_id=lab.policy_id).ok
    if random.random() < 0.5:
        return (), f"approved to the key: {approved}"
    handy: list[list[Permission]] = [
        draw(lab, other.address, random, (hostile, *known)),
        [sl.ContractAccess(address=lab.coin), sl.ContractAccess(address=lab.collectible)],
        [sl.FunctionsOnAllContracts(functions=["transferFrom(address,address,uint256)"])],
        [sl.Erc20TokenTransfer(address=lab.coin, allowance=9)],
    ]
    granted = random.choice(handy)
    session = other.grant_permissions(granted, expiry_sec=lab.now + 3_600, key=key)
    return ((other, session),), f"approved to the key: {approved}; elsewhere: {granted}"


def inherit(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, more: list[Permission]) -> None:
    """Have the owner revoke a session without clearing its lists, and install others for its key and entity id."""
    entity, owner = session.entity_id, wallet.owner
    Thief(lab, wallet, session)  # it is on the chain
    lab.fund(owner.address, sl.ether(1))
    install = account.install_call(
        entity_id=entity, key=session.key.address, rows=rows(more), valid_until=lab.now + 3_600, generation=1
    )
    for data in (account.uninstall_call(entity, with_hook_data=False), install):
        assert lab.chain.transact(owner.private, wallet.address, data).status == 1
