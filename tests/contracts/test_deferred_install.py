"""A session's first operation may bring its own install, signed by the owner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import operation_hash
from sessionlab.core.permissions import Erc20TokenTransfer, rows

from .world import (
    MERCHANT,
    NOW,
    OTHER_WALLET,
    SESSION,
    STRANGER,
    TOKEN,
    World,
    act,
    deferred_operation,
    events,
    everything,
    left,
    revoke,
    send,
    tokens,
)

wallet_abi = artifact("SessionWallet")


def transfer(amount: int, to: str = MERCHANT) -> bytes:
    return artifact("Token").encode("transfer", to, amount)


# -- the deferred install


FIRST = rows([Erc20TokenTransfer(address=TOKEN, allowance=50)])
PAY = [Call(TOKEN, data=transfer(20))]


def test_validate_success_installs_with_the_first_operation(ruled_world: World) -> None:
    outcome = send(ruled_world, deferred_operation(ruled_world, FIRST, PAY))
    assert outcome.phase == "ok"
    assert tokens(ruled_world, MERCHANT) == 20
    assert left(ruled_world, 2, TOKEN) == 30
    assert "SessionInstalled" in [name for name, _ in events("SessionWallet", outcome.receipt.logs)]
    assert act(ruled_world, PAY).phase == "ok"
    assert act(ruled_world, PAY).reason == "ExceededTokenLimit"


def test_validate_deferred_revert_when_any_byte_is_tampered_with(world: World) -> None:
    op = deferred_operation(world, FIRST, PAY, deadline=NOW + 100)
    before = everything(world)
    for place in range(0, len(op.signature), 3):
        bent = bytearray(op.signature)
        bent[place] ^= 1
        outcome = send(world, op.signed(bytes(bent)))
        assert outcome.phase == "validation", place
    assert everything(world) == before
    assert send(world, op).phase == "ok"


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_validate_deferred_revert_for_random_tampering(world: World, place: int, flip: int) -> None:
    op = deferred_operation(world, FIRST, PAY)
    bent = bytearray(op.signature)
    bent[place % len(bent)] ^= flip
    assert send(world, op.signed(bytes(bent))).phase == "validation"


@pytest.mark.parametrize("cut", [1, 4, 35, 67, 68, 133, 140, 200])
def test_validate_deferred_revert_for_other_lengths(world: World, cut: int) -> None:
    op = deferred_operation(world, FIRST, PAY)
    before = everything(world)
    for bent in (op.signature[:-cut], op.signature + bytes(cut), op.signature[cut:], op.signature[:cut]):
        assert send(world, op.signed(bent)).phase == "validation"
    assert everything(world) == before


def deferred_reason(world: World, **changes: Any) -> str | None:
    before = everything(world)
    outcome = send(world, deferred_operation(world, FIRST, PAY, **changes))
    assert outcome.phase == "validation"
    assert everything(world) == before
    return outcome.reason


def test_validate_deferred_revert_unless_the_owner_signed(world: World) -> None:
    for key in (SESSION, STRANGER):
        assert deferred_reason(world, owner=key) == "DeferredActionSignatureInvalid"


def test_validate_deferred_revert_for_another_session(world: World) -> None:
    other = account.install_call(entity_id=2, key=SESSION.address, rows=FIRST)
    assert deferred_reason(world, install_bytes=other) == "DeferredActionSignatureInvalid"


def test_validate_deferred_revert_for_any_other_call(world: World) -> None:
    for call in (
        account.uninstall_call(1),
        wallet_abi.encode("updateFallbackSignerData", SESSION.address, False),
        b"\x01\x02\x03\x04" + bytes(31) + b"\x01",
    ):
        assert deferred_reason(world, install_bytes=call) == "DeferredActionSignatureInvalid"


def test_validate_deferred_revert_when_expired(world: World) -> None:
    assert deferred_reason(world, deadline=NOW - 1) == "AA22 expired or not due"
    assert send(world, deferred_operation(world, FIRST, PAY, deadline=NOW)).phase == "ok"


def test_validate_deferred_revert_when_replayed(world: World) -> None:
    op = deferred_operation(world, FIRST, PAY)
    assert send(world, op).phase == "ok"
    assert send(world, op).reason == "ValidationAlreadySet"
    again = replace(op, nonce=op.nonce + 1)
    assert send(world, again).reason == "DeferredActionSignatureInvalid"
    revoke(world)
    assert send(world, op).reason == "GrantSuperseded"


def test_validate_deferred_revert_after_the_grant_was_revoked_unused(world: World) -> None:
    op = deferred_operation(world, FIRST, PAY)
    revoke(world)
    before = everything(world)
    assert send(world, op).reason == "GrantSuperseded"
    assert everything(world) == before


def test_validate_deferred_revert_on_another_wallet_of_the_owner(world: World) -> None:
    op = deferred_operation(world, FIRST, PAY)
    for bent in (replace(op, sender=OTHER_WALLET),):
        assert send(world, bent).reason == "DeferredActionSignatureInvalid"


def test_validate_deferred_revert_when_the_session_key_did_not_sign(world: World) -> None:
    op = deferred_operation(world, FIRST, PAY)
    own = STRANGER.sign_message(operation_hash(op, world.chain.chain_id))
    assert send(world, op.signed(op.signature[:-65] + own)).code == "AA24 signature error"


def test_validate_deferred_revert_with_the_owners_nonce_key(world: World) -> None:
    """The deferred flag with entity 0: no session to install."""
    call = account.install_call(entity_id=0, key=SESSION.address, rows=FIRST)
    assert deferred_reason(world, entity=0, install_bytes=call) == "ValidationAlreadySet"
