"""The hash that is signed is computed locally; the EntryPoint computes the same."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessionlab.core.erc4337.user_operation import (
    ENTRY_POINT,
    GET_USER_OP_HASH,
    UserOperation,
    operation_hash,
    pack,
)

from .world import World

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
halves, words = st.integers(0, 2**128 - 1), st.integers(0, 2**256 - 1)
data = st.binary(max_size=300)
KINDS: dict[str, Any] = {
    "sender": addresses,
    "nonce": words,
    "call_data": data,
    "call_gas_limit": halves,
    "verification_gas_limit": halves,
    "pre_verification_gas": words,
    "max_fee_per_gas": halves,
    "max_priority_fee_per_gas": halves,
    "factory": st.none() | addresses,
    "factory_data": data,
    "paymaster": st.none() | addresses,
    "paymaster_verification_gas_limit": halves,
    "paymaster_post_op_gas_limit": halves,
    "paymaster_data": data,
    "signature": data,
}
operations = st.builds(UserOperation, **KINDS)


def asked(world: World, op: UserOperation) -> bytes:
    answer = world.chain.call(ENTRY_POINT, GET_USER_OP_HASH + (32).to_bytes(32, "big") + pack(op))
    assert answer.success
    return answer.output


def test_the_strategy_names_every_field() -> None:
    assert set(KINDS) == {field.name for field in fields(UserOperation)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(op=operations)
def test_get_user_op_hash_is_the_local_hash(world: World, op: UserOperation) -> None:
    assert asked(world, op) == operation_hash(op, world.chain.chain_id)


def test_get_user_op_hash_of_a_large_operation(world: World) -> None:
    op = UserOperation(ENTRY_POINT, 1, b"\x11" * 70_000, 1, 2, 3, 4, 5)
    assert asked(world, op) == operation_hash(op, world.chain.chain_id)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(op=operations, signature=data)
def test_get_user_op_hash_does_not_hold_the_signature(world: World, op: UserOperation, signature: bytes) -> None:
    assert asked(world, op) == asked(world, op.signed(signature))
