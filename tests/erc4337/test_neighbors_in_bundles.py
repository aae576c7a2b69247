"""What is bundled with an operation does not change what becomes of it: neither other operations nor bytes behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sessionlab as sl
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.included import BundleReverted, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, from_json, handle_ops
from tests.faults.steps import done

MOST = 12
#: Gas of a bundle that somebody else sends: more than all operations ask for.
PLENTY = 20_000_000
Bundled = tuple[sl.Lab, tuple[UserOperation, ...]]


def payment(lab: sl.Lab, number: int) -> UserOperation:
    """A signed payment of 5 wei by the session of a wallet of its own, with the limits that the lab estimates."""
    permissions = [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.GasLimit(limit=30_000_000)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(number), expiry_sec=lab.now + 3_600)
    done(session.send_calls([sl.Call(lab.recipient, value=1)]))
    operation = from_json(session.prepare_calls([sl.Call(lab.recipient, value=5)])["data"])
    signature = session.key.sign_message(lab.bundler.hash_of(operation))
    return operation.signed(wallet_encoding.signature_envelope(signature))


@pytest.fixture(scope="module")
def prepared() -> Bundled:
    lab = sl.Lab(seed=0)
    return lab, tuple(payment(lab, number) for number in range(MOST))


@pytest.fixture
def bundled(prepared: Bundled) -> Iterator[Bundled]:
    moment = prepared[0].snapshot()
    yield prepared
    prepared[0].revert(moment)


@pytest.mark.parametrize("size", [1, 2, 8, 12])
def test_operations_that_pass_alone_pass_together(bundled: Bundled, size: int) -> None:
    lab, operations = bundled
    mined = lab.bundler.bundle(operations[:size])
    assert [one.included.success for one in mined] == [True] * size
    assert lab.balance(lab.recipient) == MOST + 5 * size


@pytest.mark.parametrize("padding", [0, 3_000, 6_000, 20_000, 60_000])
def test_bytes_behind_the_bundle_harm_no_operation(bundled: Bundled, padding: int) -> None:
    lab, operations = bundled
    stranger = sl.new_key("stranger")
    lab.fund(stranger.address, sl.ether(1))
    data = handle_ops(operations[:1], stranger.address) + bytes(padding)
    receipt = lab.chain.transact(stranger.private, ENTRY_POINT, data, gas=PLENTY)
    try:
        included = read_bundle(receipt)
    except BundleReverted as reverted:
        raise AssertionError(str(reverted)) from reverted
    assert [one.success for one in included] == [True]
    assert lab.balance(lab.recipient) == MOST + 5
