"""Bundles of lab wallets, with the limits that the lab estimates for one operation alone."""

from __future__ import annotations

from itertools import product

import pytest

from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337.user_operation import UserOperation, operation_hash, pack
from tests.differential.cast import WALLETS
from tests.differential.compared import VALIDATE_PAYMASTER, VALIDATE_USER_OP
from tests.differential.judged import assert_same, successes
from tests.differential.operations import CHAIN_ID, KINDS, bundle, of_wallet
from tests.differential.twins import Twins
from tests.sampling import by_turns, long

SPONSORS = ("", "open", "signed")


#: Sizes that a usual run leaves out.
LONG = [*map(long, (5, 8, 20, 30))]


@pytest.mark.parametrize("size", [1, 2, 4, 6, 12, *LONG, 40])
@pytest.mark.parametrize("kind", ["session", "owner"])
def test_of_one_wallet_with_several_nonce_keys(twins: Twins, kind: str, size: int) -> None:
    operations = [of_wallet(twins, kind, 4, parallel=key) for key in range(size)]
    assert successes(assert_same(twins, bundle(operations))) == [True] * size


@pytest.mark.parametrize(("number", "size"), by_turns(range(4), [2, 5, 12, 40]))
def test_of_one_wallet_with_consecutive_nonces(twins: Twins, number: int, size: int) -> None:
    operations = [of_wallet(twins, "session", number, later=place) for place in range(size)]
    assert successes(assert_same(twins, bundle(operations))) == [True] * size


@pytest.mark.parametrize(
    ("kind", "sponsor", "size"),
    [
        *by_turns(KINDS, SPONSORS, [1, 4, 6, 12]),
        *(long(*one) for one in product(KINDS, SPONSORS, [5, 8, 20, 30, WALLETS])),
    ],
)
def test_of_many_wallets(twins: Twins, kind: str, sponsor: str, size: int) -> None:
    operations = [of_wallet(twins, kind, number, sponsor=sponsor) for number in range(size)]
    assert successes(assert_same(twins, bundle(operations))) == [True] * size


@pytest.mark.parametrize("size", [3, 12, WALLETS])
def test_of_every_kind_together(twins: Twins, size: int) -> None:
    operations = [
        of_wallet(twins, KINDS[number % len(KINDS)], number, sponsor=SPONSORS[number % len(SPONSORS)])
        for number in range(size)
    ]
    assert successes(assert_same(twins, bundle(operations))) == [True] * size


@pytest.mark.parametrize("place", [0, 2])
def test_a_bad_signature_refuses_the_bundle(twins: Twins, place: int) -> None:
    operations = [of_wallet(twins, "session", number) for number in range(3)]
    operations[place] = operations[place].signed(operations[place - 1].signature)
    assert assert_same(twins, bundle(operations)).refusal == f"FailedOp({place}, 'AA24 signature error')"


def test_the_same_operation_twice(twins: Twins) -> None:
    operation = of_wallet(twins, "session", 1)
    published = assert_same(twins, bundle([operation, operation]))
    assert published.refusal == "FailedOp(1, 'AA25 invalid account nonce')"


def test_no_operation(twins: Twins) -> None:
    assert assert_same(twins, bundle([])).status == 1


def test_wallet_and_paymaster_are_handed_one_operation(twins: Twins) -> None:
    """Said by the ABI: the operation's canonical encoding, its hash, and what is missing or at stake."""
    operations = [of_wallet(twins, "session", 0), of_wallet(twins, "owner", 1, sponsor="signed")]
    for seen in twins.observe(bundle(operations)):
        handed = {(sent.to, sent.selector): sent.data for sent in seen.sent}
        first, second = operations
        assert handed[first.sender, VALIDATE_USER_OP] == _call(VALIDATE_USER_OP, first, first.max_cost)
        assert handed[second.sender, VALIDATE_USER_OP] == _call(VALIDATE_USER_OP, second, 0)
        assert second.paymaster is not None
        assert handed[second.paymaster, VALIDATE_PAYMASTER] == _call(VALIDATE_PAYMASTER, second, second.max_cost)


def _call(selector: bytes, operation: UserOperation, amount: int) -> bytes:
    return selector + word(96) + operation_hash(operation, CHAIN_ID) + word(amount) + pack(operation)
