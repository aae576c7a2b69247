"""What an adversary has taken, read from the chain's state, against what it was granted."""

from __future__ import annotations

from sessionlab.attacks.attack_lab import (
    BALANCE,
    COUNTER,
    DEPOSIT,
    HOSTILE,
    MERCHANT,
    OTHER_WALLET,
    OWNER,
    PAYMASTER,
    SPONSORED,
    STRANGER,
    SUPPLY,
    WALLET,
    next_nonce,
)
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions import LIMITS

from .allowed import TOKENS
from .world import IDS, KEYS, World

#: Ids under which nobody was granted anything.
STRANGE_IDS = (0, 9)
#: Whom the adversary can have the wallet approve.
SPENDERS = (STRANGER.address, HOSTILE, COUNTER, MERCHANT, WALLET, ENTRY_POINT)
entry_point_abi, wallet_abi, token_abi = artifact("EntryPoint"), artifact("SessionWallet"), artifact("Token")


def check(world: World) -> None:
    """Nothing was taken but what was granted. Raises AssertionError."""
    _check_others(world)
    if world.given_away:
        return
    for token in TOKENS:
        out = SUPPLY - _word(world, token, token_abi.slot("balanceOf", WALLET)) + sum(approved(world, token))
        assert out <= world.tokens[token], f"{out} units of {token} out, {world.tokens[token]} granted"
    spent = BALANCE + DEPOSIT - world.lab.chain.balance(WALLET) - _deposit(world, WALLET) - world.gas
    assert spent <= world.value, f"{spent} wei out, {world.value} granted"
    for entity, session in world.live.items():
        for kind, most in session.operations.items():
            used = session.used[kind]
            assert used <= most, f"session {entity}: {used} of {most} used of {LIMITS[kind].permission}"
    _check_wallet(world)


def approved(world: World, token: str) -> list[int]:
    """What may still be pulled out of the wallet, by spender."""
    return [_word(world, token, token_abi.slot("allowance", WALLET, who)) for who in SPENDERS]


def _check_wallet(world: World) -> None:
    """Owner, sessions and nonces are what the owner and the operations made them."""
    owner = _word(world, WALLET, wallet_abi.slot("signatures.stored_owner"))
    assert owner == int(OWNER.address, 16), "the owner is another"
    for entity in (*IDS, *STRANGE_IDS):
        key = _word(world, WALLET, wallet_abi.slot("sessions.headers", entity)) & (2**160 - 1)
        wanted = int(KEYS[entity].address, 16) if entity in world.live else 0
        assert key == wanted, f"session {entity} has the key {key:#x}"
    for nonce_key, count in world.used.items():
        assert next_nonce(world.lab, nonce_key) == nonce_key << 64 | count, (
            f"nonce key {nonce_key:#x} is not at {count}"
        )


def _check_others(world: World) -> None:
    assert world.lab.chain.balance(OTHER_WALLET) == BALANCE, "ETH of another wallet moved"
    assert _deposit(world, OTHER_WALLET) == _deposit(world, SPONSORED) == DEPOSIT, "another's deposit moved"
    assert _deposit(world, PAYMASTER) == DEPOSIT - world.sponsored[PAYMASTER], "a paymaster paid for nothing"
    owner = _word(world, OTHER_WALLET, wallet_abi.slot("signatures.stored_owner"))
    assert owner == int(OWNER.address, 16), "another wallet has another owner"


def _deposit(world: World, who: str) -> int:
    return _word(world, ENTRY_POINT, entry_point_abi.slot("stake_manager.deposit_of", who))


def _word(world: World, where: str, slot: int) -> int:
    return world.lab.chain.storage(where, slot)
