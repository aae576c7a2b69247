"""validateUserOp: signatures, nonce keys, encodings, the deferred install, ERC-1271 and who may call what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import operation_hash
from sessionlab.core.permissions import ContractAccess, Root, rows
from sessionlab.core.permissions.functions import EXECUTE

from .world import (
    COUNTER,
    INCREMENT,
    MERCHANT,
    NOW,
    OTHER_SESSION,
    OWNER,
    SESSION,
    STRANGER,
    WALLET,
    ZERO,
    World,
    act,
    address,
    ask,
    count,
    everything,
    high_s,
    install,
    operation,
    send,
    signed,
)

CALL = [Call(COUNTER, data=INCREMENT)]
COUNTER_ACCESS = [ContractAccess(address=COUNTER)]
wallet_abi = artifact("SessionWallet")


# -- signatures


def raw_signature(world: World, key: Key, **more: Any) -> tuple[Any, bytes]:
    op = operation(world, CALL, **more)
    return op, key.sign_message(operation_hash(op, world.chain.chain_id))


BENT = {
    "high s": lambda sig: b"\xff\x00" + high_s(sig),
    "v of 0 or 1": lambda sig: b"\xff\x00" + sig[:64] + bytes([sig[64] - 27]),
    "the other v": lambda sig: b"\xff\x00" + sig[:64] + bytes([55 - sig[64]]),
    "v of 29": lambda sig: b"\xff\x00" + sig[:64] + b"\x1d",
    "one byte short": lambda sig: b"\xff\x00" + sig[:64],
    "one byte more": lambda sig: b"\xff\x00" + sig + b"\0",
    "no prefix": lambda sig: sig,
    "another prefix": lambda sig: b"\xff\x01" + sig,
    "prefix of zeros": lambda sig: b"\0\0" + sig,
    "empty": lambda sig: b"",
    "zeros": lambda sig: b"\xff\x00" + bytes(65),
    "dummy": lambda sig: account.DUMMY_SIGNATURE,
}


@pytest.mark.parametrize("entity", [0, 1])
@pytest.mark.parametrize("case", BENT)
def test_validate_revert_aa24_for_a_bent_signature(world: World, case: str, entity: int) -> None:
    install(world, COUNTER_ACCESS)
    op, signature = raw_signature(world, SESSION if entity else OWNER, entity=entity)
    before = everything(world)
    assert send(world, op.signed(BENT[case](signature))).code == "AA24 signature error"
    assert everything(world) == before
    assert send(world, op.signed(account.signature_envelope(signature))).phase == "ok"


def test_validate_revert_aa24_for_every_other_key(world: World) -> None:
    install(world, COUNTER_ACCESS)
    install(world, COUNTER_ACCESS, entity=2, key=OTHER_SESSION)
    for key in (OWNER, OTHER_SESSION, STRANGER):
        assert act(world, CALL, key=key).code == "AA24 signature error"
    assert act(world, CALL, key=SESSION, entity=0).code == "AA24 signature error"


def test_validate_revert_for_an_owner_of_zero(world: World) -> None:
    """A disabled owner has the zero address, which ecrecover answers for nonsense."""
    call = wallet_abi.encode("updateFallbackSignerData", OWNER.address, True)
    assert act(world, call, entity=0).phase == "ok"
    assert ask(world, "SessionWallet", WALLET, "owner") == ZERO
    op = operation(world, CALL, entity=0)
    for signature in (account.DUMMY_SIGNATURE, b"\xff\x00" + bytes(64) + b"\x1b"):
        assert send(world, op.signed(signature)).code == "AA24 signature error"
    assert act(world, CALL, entity=0).code == "AA24 signature error"


# -- nonce keys


def test_validate_nonce_keys_of_a_session_are_parallel(world: World) -> None:
    install(world, COUNTER_ACCESS)
    ops = [signed(world, operation(world, CALL, nonce_key=nonce_key), SESSION) for nonce_key in (3, 0, 9)]
    for op in ops:
        assert send(world, op).phase == "ok"
    assert count(world) == 3


def test_validate_global_nonce_key_is_for_root_alone(ruled_world: World) -> None:
    install(ruled_world, COUNTER_ACCESS)
    install(ruled_world, [Root()], entity=2, key=OTHER_SESSION)
    before = everything(ruled_world)
    for entity, is_global in ((1, True), (2, False), (0, False)):
        key = (OWNER, SESSION, OTHER_SESSION)[entity]
        outcome = act(ruled_world, CALL, entity=entity, key=key, is_global=is_global)
        assert (outcome.reason, outcome.args) == (
            "ValidationFunctionMissing",
            {"selector": EXECUTE},
        )
    assert everything(ruled_world) == before
    assert act(ruled_world, CALL, entity=2, key=OTHER_SESSION).phase == "ok"


def test_validate_root_may_do_what_the_owner_may(ruled_world: World) -> None:
    install(ruled_world, [Root()])
    assert act(ruled_world, [Call(MERCHANT, 5)]).phase == "ok"
    call = account.install_call(entity_id=2, key=STRANGER.address, rows=rows(COUNTER_ACCESS))
    assert act(ruled_world, call).phase == "ok"
    assert act(ruled_world, account.uninstall_call(2)).phase == "ok"
    outcome = act(ruled_world, [Call(WALLET)])
    assert (outcome.reason, outcome.args) == ("SelfCallRecursionDepthExceeded", {"call": 0})


def test_validate_revert_for_a_session_that_was_never_there(ruled_world: World) -> None:
    before = everything(ruled_world)
    for entity in (1, 2**32 - 1):
        for key in (SESSION, OWNER, STRANGER):
            outcome = act(ruled_world, CALL, entity=entity, key=key)
            assert (outcome.phase, outcome.reason) == ("validation", "ValidationFunctionMissing")
    assert everything(ruled_world) == before


@pytest.mark.parametrize(
    ("after", "until", "now", "good"),
    [
        (0, NOW + 5, NOW + 5, True),
        (0, NOW + 5, NOW + 6, False),
        (NOW + 5, 0, NOW + 4, False),
        (NOW + 5, 0, NOW + 5, True),
        (NOW + 5, NOW + 7, NOW + 7, True),
        (0, 0, NOW + 10**9, True),
    ],
)
def test_validate_the_window_includes_both_ends(
    ruled_world: World, after: int, until: int, now: int, good: bool
) -> None:
    install(ruled_world, COUNTER_ACCESS, valid_after=after, valid_until=until)
    ruled_world.chain.travel_to(now)
    assert act(ruled_world, CALL).code == (None if good else "AA22 expired or not due")


# -- encodings


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def bent_execute() -> dict[str, bytes]:
    good = account.execute(CALL[0], wrapped=False)
    batch = account.execute_batch(CALL * 2, wrapped=False)
    return {
        "dirty padding": good[:-1] + b"\x01",
        "dirty padding between calls": batch[:291] + b"\x01" + batch[292:],
        "dirty address": good[:4] + b"\x01" + good[5:],
        "data elsewhere": good[:68] + word(128) + good[100:],
        "data behind the end": good[:100] + word(64) + good[132:],
        "cut off": good[:-32],
        "padding left out": good[:-28],
        "batch elsewhere": batch[:4] + word(64) + batch[36:],
        "calls in another order": batch[:68] + batch[100:132] + batch[68:100] + batch[132:],
        "both offsets at one call": batch[:68] + batch[68:100] * 2 + batch[132:],
    }


@pytest.mark.parametrize("entity", [0, 1])
@pytest.mark.parametrize("case", bent_execute())
def test_validate_revert_other_encodings_than_the_abis_own(world: World, case: str, entity: int) -> None:
    install(world, COUNTER_ACCESS)
    before = everything(world)
    outcome = act(world, bent_execute()[case], entity=entity)
    assert outcome.phase == "validation"
    assert outcome.reason == "NonCanonicalCalldata"
    assert everything(world) == before


def test_validate_bounds_of_calls_and_bytes(world: World) -> None:
    install(world, COUNTER_ACCESS)
    many = CALL * 33
    outcome = act(world, many)
    assert (outcome.reason, outcome.args) == ("TooManyCalls", {"asked": 33, "limit": 32})
    assert act(world, many[:32], call_gas_limit=2_000_000).phase == "ok"
    large = [Call(COUNTER, data=INCREMENT + bytes(4_093))]
    outcome = act(world, large)
    assert (outcome.reason, outcome.args) == ("CallDataTooLarge", {"asked": 4_097, "limit": 4_096})
    assert act(world, [Call(COUNTER, data=INCREMENT + bytes(4_092))]).phase == "ok"


@pytest.mark.parametrize("size", [0, 1, 3])
def test_validate_revert_without_a_selector(world: World, size: int) -> None:
    install(world, COUNTER_ACCESS)
    assert act(world, b"\xb6\x1d\x27"[:size]).reason == "UnrecognizedFunction"
    assert act(world, b"\xb6\x1d\x27"[:size], wrapped=True).reason == "EmptyRevert"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=80)), max_size=6))
def test_execute_batch_makes_exactly_the_calls(world: World, calls: list[tuple[int, bytes]]) -> None:
    """An echo contract logs what it was called with; the owner may call anything."""
    echo = address("echo")
    moment = world.chain.snapshot()
    # CALLDATACOPY everything, LOG1 with the value as topic.
    world.chain.set_code(echo, bytes.fromhex("365f5f37345f5260206000205034365fa100"))
    world.chain.set_code(echo, bytes.fromhex("365f5f3734365fa100"))
    made = [Call(echo, value, data) for value, data in calls]
    outcome = act(world, made, entity=0)
    assert outcome.phase == "ok"
    heard = [(int(log.topics[0], 16), log.data) for log in outcome.receipt.logs if log.address == echo]
    assert heard == calls
    world.chain.revert(moment)
