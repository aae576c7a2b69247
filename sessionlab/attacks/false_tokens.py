"""Attacks with dishonest tokens: one limit covers a token that lies, another covers an honest token."""

from __future__ import annotations

from dataclasses import replace

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    BUNDLER,
    COUNTER,
    HOSTILE,
    INCREMENT,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    AttackLab,
    count,
    left,
    tokens,
)
from sessionlab.attacks.gains import owner, root, units
from sessionlab.attacks.operations import act, arm, install, operation, send, signed
from sessionlab.core.base.abi_words import word
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, handle_ops
from sessionlab.core.permissions import Erc20TokenTransfer, Root, rows
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.limits import LimitKind

KEY = "the session key and the token's contract"
LIAR = Erc20TokenTransfer(address=HOSTILE, allowance=50)
COINS = Erc20TokenTransfer(address=TOKEN, allowance=50)
token_abi, wallet_abi = artifact("Token"), artifact("SessionWallet")
SWAP = wallet_abi.encode("updateFallbackSignerData", STRANGER.address, False)
ADMIT = account.install_call(entity_id=9, key=SESSION.address, rows=rows([Root()]))


def pay(token: str, amount: int, to: str = STRANGER.address) -> Call:
    """Return a token transfer call."""
    return Call(token, data=token_abi.encode("transfer", to, amount))


@attack(
    "false_tokens",
    holds=KEY,
    gain="transfers that are not counted",
    source="MetaMask Delegation Framework, DI4 4.1",
    part_of="false-token",
)
def token_that_answers_false(lab: AttackLab) -> str:
    """The token answers false, nothing, too little or too much: whatever it says, each transfer is counted."""
    install(lab, [LIAR])
    for answer in (word(0), b"", b"\0" * 31, b"\xff" * 96, word(1)):
        arm(lab, Call(COUNTER, data=INCREMENT), answer=answer)
        act(lab, [pay(HOSTILE, 15)])
    asked, counted = 15 * count(lab), 50 - left(lab, LimitKind.ERC20, HOSTILE)
    return f"{asked} units, of which {counted} were counted" if asked != counted else ""


@attack(
    "false_tokens",
    holds=KEY,
    gain="more than the 50 units that are counted",
    source="MetaMask Delegation Framework, DI4 4.1",
    part_of="false-token",
)
def token_that_takes_a_fee(lab: AttackLab) -> str:
    """The token passes on less than it was told to: what was told is counted, not what arrives."""
    install(lab, [LIAR])
    act(lab, [pay(TOKEN, 1_000, HOSTILE)], entity=0)  # the dishonest token wraps the owner's tokens
    for _ in range(3):
        arm(lab, pay(TOKEN, 18), answer=word(1))
        act(lab, [pay(HOSTILE, 20)])
    arrived, counted = tokens(lab, STRANGER.address), 50 - left(lab, LimitKind.ERC20, HOSTILE)
    return f"{arrived} units, where {counted} were counted" if arrived > counted or arrived > 36 else ""


@attack(
    "false_tokens",
    holds=KEY,
    gain="the honest token, the wallet, or the limit a second time",
    source="MetaMask Delegation Framework, DI4 4.1; ERC-777",
    part_of="false-token",
)
def token_that_calls_back(lab: AttackLab) -> str:
    """In the middle of its transfer the token calls the wallet, the EntryPoint and the honest token."""
    install(lab, [COINS, LIAR])
    next_one = signed(lab, operation(lab, [pay(TOKEN, 50)], nonce_key=3), SESSION)
    whole = account.execute(pay(TOKEN, 51), wrapped=False)
    take = token_abi.encode("transferFrom", WALLET, STRANGER.address, 51)
    scripts = (
        [Call(WALLET, data=data) for data in (whole, EXECUTE_USER_OP + whole, SWAP, ADMIT)],
        [Call(WALLET, data=data) for data in (account.uninstall_call(1), account.execute_batch([], wrapped=False))],
        [Call(ENTRY_POINT, data=handle_ops([next_one], BUNDLER.address)), Call(TOKEN, data=take)],
        [Call(ENTRY_POINT, data=handle_ops([replace(next_one, nonce=next_one.nonce + 1)], HOSTILE))],
    )
    for script in scripts:
        arm(lab, *script, answer=word(1))
        act(lab, [pay(HOSTILE, 1), pay(TOKEN, 12)])
    send(lab, next_one)
    return owner(lab) or root(lab) or units(lab, more_than=50)
