"""validateUserOp: signatures, lanes, encodings, the deferred install, ERC-1271 and who may call what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessionlab import account
from sessionlab import world as lab
from sessionlab.account import RawCall
from sessionlab.chain.signing import authorize
from sessionlab.contracts.artifacts import artifact
from sessionlab.erc4337.user_operation import ENTRY_POINT, operation_hash, pack
from sessionlab.keys import CURVE_ORDER, Key
from sessionlab.permissions import (
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Root,
    Ruleset,
    rows,
)

from .world import (
    COLLECTIBLE,
    COUNTER,
    GWEI,
    INCREMENT,
    MERCHANT,
    NOW,
    OTHER_SESSION,
    OTHER_WALLET,
    OWNER,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    ZERO,
    World,
    act,
    address,
    ask,
    count,
    deferred_operation,
    deposit_of,
    events,
    everything,
    install,
    left,
    operation,
    revoke,
    send,
    signed,
    tokens,
    transact,
)

CALL = [RawCall(COUNTER, data=INCREMENT)]
COUNTER_ACCESS = [ContractAccess(address=COUNTER)]
wallet_abi = artifact("SessionWallet")


def transfer(amount: int, to: str = MERCHANT) -> bytes:
    return artifact("Token").encode("transfer", to, amount)


# -- signatures


def raw_signature(world: World, key: Key, **more: Any) -> tuple[Any, bytes]:
    op = operation(world, CALL, **more)
    return op, key.sign_message(operation_hash(op, world.chain.chain_id))


def high_s(signature: bytes) -> bytes:
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


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


# -- lanes


def test_validate_lanes_of_a_session_are_parallel(world: World) -> None:
    install(world, COUNTER_ACCESS)
    ops = [signed(world, operation(world, CALL, lane=lane), SESSION) for lane in (3, 0, 9)]
    for op in ops:
        assert send(world, op).phase == "ok"
    assert count(world) == 3


def test_validate_global_lane_is_for_root_alone(ruled_world: World) -> None:
    install(ruled_world, COUNTER_ACCESS)
    install(ruled_world, [Root()], entity=2, key=OTHER_SESSION)
    before = everything(ruled_world)
    for entity, is_global in ((1, True), (2, False), (0, False)):
        key = (OWNER, SESSION, OTHER_SESSION)[entity]
        outcome = act(ruled_world, CALL, entity=entity, key=key, is_global=is_global)
        assert (outcome.reason, outcome.args) == (
            "ValidationFunctionMissing",
            {"selector": account.EXECUTE},
        )
    assert everything(ruled_world) == before
    assert act(ruled_world, CALL, entity=2, key=OTHER_SESSION).phase == "ok"


def test_validate_root_may_do_what_the_owner_may(ruled_world: World) -> None:
    install(ruled_world, [Root()])
    assert act(ruled_world, [RawCall(MERCHANT, 5)]).phase == "ok"
    call = account.install_call(entity_id=2, key=STRANGER.address, rows=rows(COUNTER_ACCESS))
    assert act(ruled_world, call).phase == "ok"
    assert act(ruled_world, account.uninstall_call(2)).phase == "ok"
    outcome = act(ruled_world, [RawCall(WALLET)])
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
    large = [RawCall(COUNTER, data=INCREMENT + bytes(4_093))]
    outcome = act(world, large)
    assert (outcome.reason, outcome.args) == ("CallDataTooLarge", {"asked": 4_097, "limit": 4_096})
    assert act(world, [RawCall(COUNTER, data=INCREMENT + bytes(4_092))]).phase == "ok"


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
    made = [RawCall(echo, value, data) for value, data in calls]
    outcome = act(world, made, entity=0)
    assert outcome.phase == "ok"
    heard = [(int(log.topics[0], 16), log.data) for log in outcome.receipt.logs if log.address == echo]
    assert heard == calls
    world.chain.revert(moment)


# -- the deferred install


FIRST = rows([Erc20TokenTransfer(address=TOKEN, allowance=50)])
PAY = [RawCall(TOKEN, data=transfer(20))]


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


def test_validate_deferred_revert_in_the_owners_lane(world: World) -> None:
    """The deferred flag with entity 0: no session to install."""
    call = account.install_call(entity_id=0, key=SESSION.address, rows=FIRST)
    assert deferred_reason(world, entity=0, install_bytes=call) == "ValidationAlreadySet"


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
        account.EXECUTE_USER_OP + word(64) + bytes(32) + user_op,
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
    safe = account.replay_safe_hash(wallet=wallet, chain_id=world.chain.chain_id, digest=DIGEST)
    return account.message_envelope(key.sign_hash(safe))


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
    safe = account.replay_safe_hash(wallet=WALLET, chain_id=world.chain.chain_id, digest=DIGEST)
    for entity in (1, 2**32 - 1):
        signature = account.message_envelope(SESSION.sign_hash(safe), entity)
        result = world.chain.call(WALLET, wallet_abi.encode("isValidSignature", DIGEST, signature))
        assert (result.success, result.output[:4]) == (False, error("SignatureValidationInvalid"))


# -- EIP-7702


def test_an_account_that_delegates_is_its_own_owner(world: World) -> None:
    chain = world.chain
    me = Key(b"\x77" * 32)
    chain.set_balance(me.address, 10**18)
    wish = authorize(me.private, lab.DELEGATE_7702, chain_id=chain.chain_id, nonce=0)
    chain.transact(STRANGER.private, MERCHANT, authorization_list=[wish])
    assert ask(world, "SessionWallet", me.address, "owner") == me.address.lower()
    assert act(world, CALL, entity=0, sender=me.address, key=me).phase == "ok"
    assert act(world, CALL, entity=0, sender=me.address, key=OWNER).code == "AA24 signature error"
    assert install(world, COUNTER_ACCESS, wallet=me.address, sender=me).phase == "ok"
    assert act(world, CALL, sender=me.address).phase == "ok"
    assert count(world) == 2
    outcome = install(world, COUNTER_ACCESS, wallet=me.address, sender=STRANGER, entity=2)
    assert outcome.reason == "NotAuthorized"
    assert answer(world, message(world, me, me.address), wallet=me.address) == MAGIC


# -- allowances


def test_allowance_consumed_says_what_and_what_is_left(ruled_world: World) -> None:
    install(
        ruled_world,
        [
            NativeTokenTransfer(allowance=100),
            Erc20TokenTransfer(address=TOKEN, allowance=50),
            GasLimit(limit=10**18),
            ContractAccess(address=COUNTER),
        ],
    )
    calls = [RawCall(COUNTER, 3), RawCall(TOKEN, data=transfer(7)), RawCall(COUNTER, 4)]
    outcome = act(ruled_world, calls)
    assert outcome.phase == "ok"
    gas = 500_000 + 500_000 + 60_000
    asked = gas if ruled_world.rules.gas_limit_counts_gas else gas * GWEI
    found = [args for name, args in events("SessionWallet", outcome.receipt.logs) if "entityId" in args]
    assert [(one["entityId"], one["kind"], one["token"], one["amount"], one["remaining"]) for one in found] == [
        (1, 3, ZERO, asked, 10**18 - asked),
        (1, 1, ZERO, 7, 93),
        (1, 2, TOKEN.lower(), 7, 43),
    ]


def test_allowances_of_a_failed_execution_come_back_but_gas(ruled_world: World) -> None:
    install(
        ruled_world,
        [
            NativeTokenTransfer(allowance=100),
            GasLimit(limit=10**18),
            ContractAccess(address=COUNTER),
        ],
    )
    fail = [RawCall(COUNTER, 9, artifact("Counter").encode("fail"))]
    assert act(ruled_world, fail).reason == "CounterFailed"
    assert left(ruled_world, 1) == 100
    assert left(ruled_world, 3) < 10**18


# -- gas


def many(number: int) -> list[Any]:
    return [FunctionsOnContract(address=address(f"target {n}"), functions=["0xd09de08a"]) for n in range(number)]


def test_gas_of_an_operation_does_not_grow_with_the_permissions(ruled_world: World) -> None:
    used = []
    for number in (1, 100):
        moment = ruled_world.chain.snapshot()
        granted = [
            FunctionsOnContract(address=COUNTER, functions=["0xd09de08a"]),
            NativeTokenTransfer(allowance=100),
            Erc20TokenTransfer(address=TOKEN, allowance=50),
            *many(number - 1),
        ]
        install(ruled_world, granted)
        assert act(ruled_world, CALL).phase == "ok"
        used.append(act(ruled_world, [*CALL, RawCall(TOKEN, data=transfer(1))]).receipt.gas_used)
        ruled_world.chain.revert(moment)
    assert used[1] <= used[0] * 1.02


def test_gas_is_charged_to_the_wallet_and_to_nobody_else(ruled_world: World, rules: Ruleset) -> None:
    install(ruled_world, COUNTER_ACCESS)
    before = deposit_of(ruled_world), deposit_of(ruled_world, OTHER_WALLET)
    (one,) = act(ruled_world, CALL).included
    assert deposit_of(ruled_world) == before[0] - one.gas_cost
    assert deposit_of(ruled_world, OTHER_WALLET) == before[1]
    assert ENTRY_POINT != WALLET
