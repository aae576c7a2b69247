"""The wallet's own functions: who may call them, ERC-1271, EIP-7702."""

from __future__ import annotations

from typing import Any

import pytest

from sessionlab.core import deployments as lab
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import pack
from sessionlab.core.evm.signing import authorize
from sessionlab.core.permissions import (
    ContractAccess,
    Root,
)
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.node import erc1271

from .world import (
    COLLECTIBLE,
    COUNTER,
    INCREMENT,
    MERCHANT,
    OTHER_WALLET,
    OWNER,
    SESSION,
    STRANGER,
    WALLET,
    World,
    act,
    ask,
    count,
    events,
    everything,
    high_s,
    install,
    operation,
    signed,
    transact,
)

CALL = [Call(COUNTER, data=INCREMENT)]
COUNTER_ACCESS = [ContractAccess(address=COUNTER)]
wallet_abi = artifact("SessionWallet")


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


# -- who may call what


@pytest.mark.parametrize("who", [OWNER, SESSION, STRANGER])
def test_the_entry_point_alone_may_execute(world: World, who: Key) -> None:
    install(world, COUNTER_ACCESS)
    op = signed(world, operation(world, CALL, wrapped=True), SESSION)
    user_op = pack(op)
    tail = word(96) + bytes(32) + bytes(32)
    for data in (
        account.execute(CALL[0], wrapped=False),
        account.execute_batch(CALL, wrapped=False),
        EXECUTE_USER_OP + word(64) + bytes(32) + user_op,
        bytes.fromhex("19822f7c") + tail + user_op,
    ):
        before = everything(world)
        outcome = transact(world, who, WALLET, data)
        assert (outcome.reason, outcome.args) == ("NotAuthorized", {"caller": who.address.lower()})
        assert everything(world) == before


def test_update_fallback_signer_changes_the_owner_and_says_so(world: World) -> None:
    call = wallet_abi.encode("updateFallbackSignerData", STRANGER.address, False)
    for who in (SESSION, STRANGER):
        assert transact(world, who, WALLET, call).reason == "NotAuthorized"
    outcome = act(world, call, entity=0)
    assert events("SessionWallet", outcome.receipt.logs) == [
        (
            "FallbackSignerUpdated",
            {"newFallbackSigner": STRANGER.address.lower(), "isDisabled": False},
        )
    ]
    assert act(world, CALL, entity=0).code == "AA24 signature error"
    assert act(world, CALL, entity=0, key=STRANGER).phase == "ok"


def test_initialize_is_the_factorys_and_happens_once(world: World) -> None:
    call = wallet_abi.encode("initialize", STRANGER.address)
    for wallet in (WALLET, lab.IMPLEMENTATION, lab.DELEGATE_7702):
        assert transact(world, STRANGER, wallet, call).reason == "NotAuthorized"
    answer = world.chain.call(WALLET, call, sender=lab.FACTORY)
    assert (answer.success, answer.output[:4]) == (False, error("AlreadyInitialized"))


def error(name: str) -> bytes:
    return next(code for code, entry in wallet_abi.errors.items() if entry.name == name)


def test_wallet_takes_plain_value_and_no_unknown_function(world: World) -> None:
    assert transact(world, STRANGER, WALLET, b"", 5).phase == "ok"
    outcome = transact(world, STRANGER, WALLET, b"\xde\xad\xbe\xef")
    assert (outcome.reason, outcome.args) == ("UnrecognizedFunction", {"selector": b"\xde\xad\xbe\xef"})
    assert transact(world, STRANGER, WALLET, b"\xde").reason == "UnrecognizedFunction"


def test_wallet_holds_collectibles(world: World) -> None:
    mint = artifact("Collectible").encode("mint", STRANGER.address, 7)
    transact(world, STRANGER, COLLECTIBLE, mint)
    name = "safeTransferFrom(address,address,uint256)"
    move = artifact("Collectible").encode(name, STRANGER.address, WALLET, 7)
    assert transact(world, STRANGER, COLLECTIBLE, move).phase == "ok"
    assert ask(world, "Collectible", COLLECTIBLE, "ownerOf", 7) == WALLET.lower()


@pytest.mark.parametrize(
    ("code", "known"),
    [("01ffc9a7", True), ("1626ba7e", True), ("150b7a02", True), ("19822f7c", True), ("ffffffff", False)],
)
def test_wallet_supports_interface(world: World, code: str, known: bool) -> None:
    assert ask(world, "SessionWallet", WALLET, "supportsInterface", bytes.fromhex(code)) is known


# -- ERC-1271

DIGEST = b"\x42" * 32
MAGIC, NO = bytes.fromhex("1626ba7e"), b"\xff" * 4


def message(world: World, key: Key, wallet: str = WALLET) -> bytes:
    safe = erc1271.replay_safe_hash(wallet=wallet, chain_id=world.chain.chain_id, digest=DIGEST)
    return erc1271.message_envelope(key.sign_hash(safe))


def answer(world: World, signature: bytes, wallet: str = WALLET, digest: bytes = DIGEST) -> Any:
    return ask(world, "SessionWallet", wallet, "isValidSignature", digest, signature)


def test_is_valid_signature_of_the_owner(world: World) -> None:
    good = message(world, OWNER)
    assert answer(world, good) == MAGIC
    assert answer(world, good, digest=b"\x43" * 32) == NO
    assert answer(world, good, wallet=OTHER_WALLET) == NO
    assert answer(world, message(world, STRANGER)) == NO


@pytest.mark.parametrize("bent", [b"", b"\0", b"\0" * 71, b"\0" * 72, b"\0" * 73, b"\xff" * 72])
def test_is_valid_signature_refuses_other_forms(world: World, bent: bytes) -> None:
    assert answer(world, bent) == NO
    good = message(world, OWNER)
    assert answer(world, good + b"\0") == answer(world, good[:-1]) == NO
    for place in (0, 5, 6, 7, 40, 71):
        other = bytearray(good)
        other[place] ^= 1
        assert answer(world, bytes(other)) == NO
    assert answer(world, good[:7] + high_s(good[7:])) == NO


def test_is_valid_signature_revert_for_a_session(world: World) -> None:
    install(world, [Root()])
    safe = erc1271.replay_safe_hash(wallet=WALLET, chain_id=world.chain.chain_id, digest=DIGEST)
    for entity in (1, 2**32 - 1):
        signature = erc1271.message_envelope(SESSION.sign_hash(safe), entity)
        result = world.chain.call(WALLET, wallet_abi.encode("isValidSignature", DIGEST, signature))
        assert (result.success, result.output[:4]) == (False, error("SignatureValidationInvalid"))


# -- EIP-7702


def test_an_account_that_delegates_is_its_own_owner(world: World) -> None:
    chain = world.chain
    me = Key(b"\x77" * 32)
    chain.set_balance(me.address, 10**18)
    request = authorize(me.private, lab.DELEGATE_7702, chain_id=chain.chain_id, nonce=0)
    chain.transact(STRANGER.private, MERCHANT, authorization_list=[request])
    assert ask(world, "SessionWallet", me.address, "owner") == me.address.lower()
    assert act(world, CALL, entity=0, sender=me.address, key=me).phase == "ok"
    assert act(world, CALL, entity=0, sender=me.address, key=OWNER).code == "AA24 signature error"
    assert install(world, COUNTER_ACCESS, wallet=me.address, sender=me).phase == "ok"
    assert act(world, CALL, sender=me.address).phase == "ok"
    assert count(world) == 2
    outcome = install(world, COUNTER_ACCESS, wallet=me.address, sender=STRANGER, entity=2)
    assert outcome.reason == "NotAuthorized"
    assert answer(world, message(world, me, me.address), wallet=me.address) == MAGIC
