"""Paymasters with and without context, in one bundle and in two: each context goes to its own postOp, or nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from tests.differential.actors import VALID, paymaster_code, wallet_code
from tests.differential.assembly import INVALID, answers, assemble, burns, calls, refuses
from tests.differential.bounds import CONTEXT_BYTES
from tests.differential.cast import BENEFICIARY, ETHER
from tests.differential.compared import POST_OP
from tests.differential.judged import assert_same, successes
from tests.differential.observed import Observed
from tests.differential.operations import bundle, of_contract
from tests.differential.twins import NOW, Twins

CONTEXTS = [b"", b"\x01", bytes(31), b"\x02" * 32, b"\x03" * 33, b"\x04" * 512, b"\x05" * 513, b"\x06" * 2_048]
LARGER = [b"\x07" * 4_096, b"\x08" * 10_000]
FAILS = {"reverts": refuses(word(9)), "reverts without data": refuses(), "uses up its gas": INVALID}
AGGREGATOR, UNTIL, AFTER = 1, 160, 208


def sponsored(twins: Twins, code: bytes, name: str = "", **fields: object) -> UserOperation:
    paymaster = twins.place(code, name, deposit=10 * ETHER)
    return of_contract(twins.place(wallet_code(), f"wallet {name}"), paymaster=paymaster, **fields)


def contexts_told(seen: Observed) -> list[bytes]:
    """The context of each postOp, in order."""
    data = [sent.data for sent in seen.sent if sent.selector == POST_OP]
    return [call[164 : 164 + int.from_bytes(call[132:164], "big")] for call in data]


@pytest.mark.parametrize("given", [*CONTEXTS, *LARGER], ids=len)
def test_a_context(twins: Twins, given: bytes) -> None:
    bound = "ContextTooLarge" if len(given) > CONTEXT_BYTES else ""
    published = assert_same(twins, bundle([sponsored(twins, paymaster_code(given=given))]), bound)
    assert successes(published) == [True]
    assert contexts_told(published) == ([given] if given else [])


@pytest.mark.parametrize("fails", FAILS)
@pytest.mark.parametrize("given", [b"", b"context"], ids=["no context", "context"])
def test_a_failing_wallet(twins: Twins, given: bytes, fails: str) -> None:
    operation = sponsored(twins, paymaster_code(given=given))
    wallet = twins.place(wallet_code(FAILS[fails]))
    published = assert_same(twins, bundle([replace(operation, sender=wallet)]))
    assert successes(published) == [False]


@pytest.mark.parametrize("fails", FAILS)
@pytest.mark.parametrize("given", [b"", b"context"], ids=["no context", "context"])
def test_a_failing_post_op(twins: Twins, given: bytes, fails: str) -> None:
    operation = sponsored(twins, paymaster_code(FAILS[fails], given=given))
    published = assert_same(twins, bundle([operation]))
    assert successes(published) == [not given]


@pytest.mark.parametrize("size", [3_000, 12_000, 20_000])
def test_a_failing_post_op_of_a_large_operation(twins: Twins, size: int) -> None:
    """Its frame runs in a contract of its own, and nobody is charged for that."""
    operation = sponsored(twins, paymaster_code(refuses(), given=b"context"), call=b"\x01" * size)
    assert successes(assert_same(twins, bundle([operation]))) == [False]


def test_a_failing_post_op_between_others(twins: Twins) -> None:
    operations = [
        sponsored(twins, paymaster_code(given=b"first"), "first"),
        sponsored(twins, paymaster_code(refuses(), given=b"second"), "second"),
        sponsored(twins, paymaster_code(given=b"third"), "third"),
    ]
    published = assert_same(twins, bundle(operations))
    assert successes(published) == [True, False, True]
    assert contexts_told(published) == [b"first", b"second", b"third"]


VERDICTS = {
    "signature": AGGREGATOR,
    "an aggregator": 0xABCDEF,
    "expired": (NOW - 1) << UNTIL,
    "expires now": NOW << UNTIL,
    "not yet": (NOW + 1) << AFTER,
    "from now": NOW << AFTER,
    "expired, and signature": (NOW - 1) << UNTIL | AGGREGATOR,
    "until for ever": (2**48 - 1) << UNTIL,
    "after until": (NOW - 2) << UNTIL | (NOW - 1) << AFTER,
}


@pytest.mark.parametrize("name", VERDICTS)
@pytest.mark.parametrize("given", [b"", b"context"], ids=["no context", "context"])
def test_a_paymasters_verdict(twins: Twins, given: bytes, name: str) -> None:
    assert_same(twins, bundle([sponsored(twins, paymaster_code(given=given, verdict=VERDICTS[name]))]))


@pytest.mark.parametrize("name", VERDICTS)
@pytest.mark.parametrize("other", VERDICTS)
def test_both_verdicts(twins: Twins, other: str, name: str) -> None:
    """Which of the two is named first."""
    operation = sponsored(twins, paymaster_code(verdict=VERDICTS[other]))
    wallet = twins.place(wallet_code(validation=answers(word(VERDICTS[name]))))
    assert_same(twins, bundle([replace(operation, sender=wallet)]))


def test_a_paymaster_without_deposit_and_one_without_code(twins: Twins) -> None:
    poor = twins.place(paymaster_code())
    wallet = twins.place(wallet_code())
    published = assert_same(twins, bundle([of_contract(wallet, paymaster=poor)]))
    assert published.refusal == "FailedOp(0, 'AA31 paymaster deposit too low')"
    twins.deposit(BENEFICIARY, ETHER)
    assert_same(twins, bundle([of_contract(wallet, paymaster=BENEFICIARY)]))


def test_one_paymaster_pays_for_several_until_its_deposit_ends(twins: Twins) -> None:
    code = paymaster_code(given=b"context")
    operations = [
        of_contract(twins.place(wallet_code(), str(place)), paymaster=twins.place(code)) for place in range(3)
    ]
    twins.deposit(twins.place(code), sum(one.max_cost for one in operations))
    assert successes(assert_same(twins, bundle(operations))) == [True] * 3


def test_one_paymaster_cannot_pay_for_the_last(twins: Twins) -> None:
    code = paymaster_code(given=b"context")
    operations = [
        of_contract(twins.place(wallet_code(), str(place)), paymaster=twins.place(code)) for place in range(3)
    ]
    twins.deposit(twins.place(code), sum(one.max_cost for one in operations) - 1)
    assert assert_same(twins, bundle(operations)).refusal == "FailedOp(2, 'AA31 paymaster deposit too low')"


@pytest.mark.parametrize("first", [b"", b"first", b"\x01" * 500], ids=len)
@pytest.mark.parametrize("second", [b"", b"second", b"\x02" * 500], ids=len)
@pytest.mark.parametrize("sizes", [(1, 1), (2, 1), (1, 3), (6, 6)])
def test_two_bundles_in_one_transaction(twins: Twins, sizes: tuple[int, int], first: bytes, second: bytes) -> None:
    """Through a contract that calls handleOps twice: nothing of the first is left for the second."""
    one = sponsored(twins, paymaster_code(given=first), "one")
    two = sponsored(twins, paymaster_code(given=second), "two")
    bundles = [
        [replace(operation, nonce=place) for place in range(size)]
        for operation, size in zip((one, two), sizes, strict=True)
    ]
    both = [
        calls(ENTRY_POINT, handle_ops(operations, BENEFICIARY), keeps=3 * n) for n, operations in enumerate(bundles)
    ]
    bundler = twins.place(assemble(*both))
    published = assert_same(twins, bundle([*bundles[0], *bundles[1]], to=bundler))
    assert successes(published) == [True] * sum(sizes)
    told = [given for given, size in zip((first, second), sizes, strict=True) for _ in range(size) if given]
    assert contexts_told(published) == told


def test_a_refused_bundle_before_another(twins: Twins) -> None:
    """The first is refused in its second operation, when the first had given its context."""
    one = sponsored(twins, paymaster_code(given=b"kept?"), "one")
    refused = of_contract(twins.place(wallet_code(validation=answers(word(1)))))
    two = sponsored(twins, paymaster_code(), "two")
    bundles = [[one, refused], [two]]
    both = [
        calls(ENTRY_POINT, handle_ops(operations, BENEFICIARY), keeps=3 * n) for n, operations in enumerate(bundles)
    ]
    published = assert_same(twins, bundle([one, refused, two], to=twins.place(assemble(*both))))
    assert successes(published) == [True]
    assert contexts_told(published) == []


def test_the_answer_that_is_not_an_answer(twins: Twins) -> None:
    """Offsets and lengths that a paymaster makes up."""
    words = [0, 1, 31, 32, 64, 65, 96, 128, 2**64, 2**256 - 1, 2**256 - 32]
    different = {}
    for offset in words:
        for length in (0, 1, 33, 2**64, 2**256 - 1):
            for tail in (0, 32):
                twins.reset()
                answer = word(offset) + word(0) + word(length) + b"\xaa" * tail
                paymaster = twins.place(paymaster_code(validation=answers(answer)), deposit=ETHER)
                try:
                    made = bundle([of_contract(twins.place(wallet_code()), paymaster=paymaster)])
                    assert_same(twins, made, "ContextTooLarge")
                except AssertionError as error:
                    different[offset, length, tail] = str(error).splitlines()[0]
    assert different == {}


@pytest.mark.parametrize("spent", [0, 10_000, 50_000, 75_000])
def test_gas_spent_in_every_place(twins: Twins, spent: int) -> None:
    paymaster = twins.place(paymaster_code(burns(spent), validation=burns(spent), given=b"c"), deposit=ETHER)
    wallet = twins.place(wallet_code(burns(spent), validation=(burns(spent), VALID)))
    assert successes(assert_same(twins, bundle([of_contract(wallet, paymaster=paymaster)]))) == [True]
