"""Reading call data is the inverse of writing it, and never fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import Operation, operation_of, plain_call, read_operation
from sessionlab.core.permissions.functions import EXECUTE, EXECUTE_BATCH, EXECUTE_USER_OP

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
amounts = st.integers(0, 2**256 - 1)
# A few are over the wallet's bounds of 4,096 bytes and 32 calls.
data = st.binary(max_size=100) | st.integers(4_090, 4_100).map(bytes)
calls = st.builds(Call, addresses, amounts, data)
batches = st.lists(calls, max_size=4) | st.integers(31, 34).map(lambda count: [Call("0x" + "11" * 20)] * count)


def expected(found: list[Call], batch: bool, wrapped: bool) -> Operation:
    return operation_of([plain_call(c.to, c.value, c.data) for c in found], batch=batch, wrapped=wrapped)


def read(data: bytes) -> Operation:
    """The operation as it is read, without the bytes that are kept of one that could not be."""
    return read_operation(data)._replace(unread=b"")


@given(batches, st.booleans())
def test_a_batch_is_read_as_it_was_written(found: list[Call], wrapped: bool) -> None:
    assert read(account.execute_batch(found, wrapped=wrapped)) == expected(found, True, wrapped)


@given(calls, st.booleans())
def test_one_call_is_read_as_it_was_written(found: Call, wrapped: bool) -> None:
    assert read(account.execute(found, wrapped=wrapped)) == expected([found], False, wrapped)


@given(st.binary(max_size=300), st.sampled_from([b"", EXECUTE, EXECUTE_BATCH, EXECUTE_USER_OP + EXECUTE_BATCH]))
def test_anything_can_be_read(rest: bytes, start: bytes) -> None:
    operation = read_operation(start + rest)
    assert operation.selector is None or len(operation.selector) == 4
    assert not (operation.calls and operation.own_data)


@given(batches.filter(bool), st.data())
def test_what_ends_too_early_is_not_read_to_its_end(found: list[Call], more: st.DataObject) -> None:
    whole = account.execute_batch(found, wrapped=False)
    cut = more.draw(st.integers(4, len(whole) - 1))
    operation = read_operation(whole[:cut])
    assert operation.fault is not None
    assert len(operation.calls) < len(found)


WHOLE = account.execute_batch([Call("0x" + "11" * 20, data=b"\7")] * 2, wrapped=False)


@pytest.mark.parametrize(
    ("at", "calls"),
    [(4, 0), (68, 0), (100, 1), (132 + 11, 0), (132 + 64, 0), (292, 1)],
    ids=["array", "first offset", "second offset", "dirty address", "data offset", "second dirty address"],
)
def test_a_word_that_no_encoder_writes_stops_the_reading(at: int, calls: int) -> None:
    operation = read_operation(WHOLE[:at] + b"\1" + WHOLE[at + 1 :])
    assert operation.fault is not None
    assert (operation.fault.reason, len(operation.calls)) == ("NonCanonicalCalldata", calls)


def test_operations_know_whether_they_are_batches() -> None:
    assert operation_of([]).is_batch
    assert not operation_of([plain_call("0x" + "11" * 20)]).is_batch
