"""The operations that an adversary makes and signs, and the scripts of its contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from sessionlab.attacks.attack_lab import (
    BUNDLER,
    HOSTILE,
    PAYMASTER,
    SESSION,
    SPONSORED,
    STRANGER,
    WALLET,
    next_nonce,
)
from sessionlab.attacks.operations import high_s, operation
from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from tests.agreement.lab import GWEI, Draw, often, one

from .allowed import DRAIN, TOKENS
from .repertoire import call_data, token_abi, way_in
from .world import IDS, KEYS, World

GAS = {"verification_gas_limit": 1_000_000, "call_gas_limit": 1_000_000, "pre_verification_gas": 60_000}
ODD_GAS = ({"verification_gas_limit": 30_000}, {"call_gas_limit": 40_000}, {"pre_verification_gas": 10**7})
#: What is otherwise than usual, one thing at a time; most often only the calls.
ODDITIES = (
    *("calls",) * 5,
    *("function", "bent", "wrapping", "entity", "global", "nonce_key", "nonce", "price", "gas"),
    *("paymaster", "paymaster", "key", "signature", "deferred", "old", "old", "over", "over"),
)


def attempt(draw: Draw, world: World, before: Sequence[UserOperation] = ()) -> UserOperation:
    """An operation in the name of a session, or of another whose key the adversary does not have.

    ``before``: those of the same bundle, which use up nonces.
    """
    odd = often(draw, "", ODDITIES, len(ODDITIES))
    entity = _whose(draw, world, odd)
    session = world.old[entity].session if odd == "old" and entity in world.old else world.session(entity)
    is_root = entity == 0 or (session is not None and session.policy.is_root)
    brought = any(
        op.nonce >> 64 & account.DEFERRED_NONCE_KEY and op.nonce >> 72 & 0xFFFFFFFF == entity for op in before
    )
    deferred = odd == "old" or (entity in world.waiting and not brought) != (odd == "deferred")
    nonce_key = one(draw, 1, 2) if odd == "nonce_key" else 0
    key = account.nonce_key_of(entity, is_global=is_root != (odd == "global"), deferred=deferred, nonce_key=nonce_key)
    step = one(draw, 1, 2, 2**64 - 1) if odd == "nonce" else sum(op.nonce >> 64 == key for op in before)
    price = one(draw, 1, 3 * GWEI, 10**12) if odd == "price" else GWEI
    op = operation(
        world.lab,
        call_data(draw, world, entity, session, odd),
        entity=entity,
        wrapped=False,
        nonce=(next_nonce(world.lab, key) + step) % 2**256,
        max_fee_per_gas=price,
        max_priority_fee_per_gas=price,
        **GAS | (one(draw, *ODD_GAS) if odd == "gas" else {}),
        **(_paymaster(draw) if odd == "paymaster" else {}),
    )
    return _signed(draw, world, op, entity, odd)


def _whose(draw: Draw, world: World, odd: str) -> int:
    """A session that lasts; or one that is over, one of an old grant, any id at all."""
    lasting = [entity for entity in IDS if world.lasts(entity)]
    others = {
        "entity": [0, 9, *IDS],
        "old": list(world.old),
        "over": [entity for entity in world.live if entity not in lasting],
    }
    return int(one(draw, *(others.get(odd) or lasting or IDS)))


def _paymaster(draw: Draw) -> dict[str, Any]:
    chosen = one(draw, PAYMASTER, HOSTILE, SPONSORED)
    data = (2**47).to_bytes(6, "big") + bytes(6) + b"\1" * 64 + b"\x1b" if chosen == SPONSORED else b""
    return {"paymaster": chosen, "paymaster_verification_gas_limit": 200_000, "paymaster_data": data}


def _signed(draw: Draw, world: World, op: UserOperation, entity: int, odd: str) -> UserOperation:
    right = KEYS.get(entity)
    key = one(draw, STRANGER, BUNDLER, *KEYS.values()) if odd == "key" else right or SESSION
    op = world.sign(op, key, honest=key == right)
    own = op.signature
    grants = (world.old, world.waiting) if odd == "old" else (world.waiting, world.old)
    waiting = next((found[entity] for found in grants if entity in found), None)
    if waiting is not None and op.nonce >> 64 & account.DEFERRED_NONCE_KEY:
        own = account.deferred_envelope(
            deadline=waiting.deadline,
            call=waiting.call,
            owner_signature=waiting.signature,
            signature=own[len(account.SIGNATURE_PREFIX) :],
        )
    if odd == "signature":
        own = one(draw, _flipped(draw, own), _flipped(draw, own), own + b"\0", own[:-65] + high_s(own[-65:]), b"")
    return replace(op, signature=own)


def _flipped(draw: Draw, data: bytes) -> bytes:
    at = draw(st.integers(0, len(data) - 1))
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


# -- the contract


def script(draw: Draw, world: World) -> list[Call]:
    """What the contract calls when it is called: back into the wallet, the EntryPoint, the tokens."""
    found = []
    for kind in draw(st.lists(st.sampled_from(("bundle", "wallet", "pull", "drain")), max_size=3)):
        if kind == "bundle":
            op = attempt(draw, world)
            world.seen.append(op)
            found.append(Call(ENTRY_POINT, 0, handle_ops([op], HOSTILE)[:4_096]))
        elif kind == "wallet":
            found.append(way_in(draw, world, one(draw, *IDS)))
        elif kind == "pull":
            take = token_abi.encode("transferFrom", WALLET, STRANGER.address, one(draw, 1, 50, 10**12))
            found.append(Call(one(draw, *TOKENS), 0, take))
        else:
            found.append(DRAIN)
    return found


def answer(draw: Draw) -> bytes:
    """True, nothing, a paymaster's yes, nonsense."""
    return bytes(one(draw, word(1), b"", word(64) + word(0) + word(0), word(0), b"\xff" * 96))
