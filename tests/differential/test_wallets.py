"""One wallet's operation with every kind of answer, price and field that a wallet or its owner may give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from tests.differential.actors import factory_code, made_by, paymaster_code, wallet_code
from tests.differential.assembly import INVALID, answers, assemble, calls, refuses
from tests.differential.cast import ETHER, GWEI
from tests.differential.judged import assert_same, successes
from tests.differential.operations import bundle, of_contract
from tests.differential.test_paymasters import VERDICTS
from tests.differential.twins import Twins

NOBODY = "0x" + "ab" * 20


@pytest.mark.parametrize("name", VERDICTS)
def test_a_verdict(twins: Twins, name: str) -> None:
    wallet = twins.place(wallet_code(validation=answers(word(VERDICTS[name]))))
    assert_same(twins, bundle([of_contract(wallet)]))


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 64])
def test_an_answer_of_another_length(twins: Twins, size: int) -> None:
    wallet = twins.place(wallet_code(validation=answers(size=size)))
    assert_same(twins, bundle([of_contract(wallet)]))


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01" * 3, b"\x01" * 4, EXECUTE_USER_OP, EXECUTE_USER_OP[:3]])
@pytest.mark.parametrize("end", ["stops", "answers", "reverts", "reverts with data", "uses up its gas"])
def test_what_is_called(twins: Twins, end: str, data: bytes) -> None:
    ends = {"answers": answers(word(1)), "reverts": refuses(), "reverts with data": refuses(word(2))}
    wallet = twins.place(wallet_code(INVALID if end == "uses up its gas" else ends.get(end, b"")))
    assert_same(twins, bundle([of_contract(wallet, call=data)]))


@pytest.mark.parametrize(
    ("fee", "tip"),
    [(0, 0), (1, 0), (GWEI, GWEI), (5 * GWEI, 0), (5 * GWEI, GWEI), (2 * GWEI, 9 * GWEI), (2**120, 0), (0, 2**120)],
)
def test_a_price(twins: Twins, fee: int, tip: int) -> None:
    wallet = twins.place(wallet_code())
    assert_same(twins, bundle([of_contract(wallet, max_fee_per_gas=fee, max_priority_fee_per_gas=tip)]))


@pytest.mark.parametrize("value", [2**120 - 1, 2**120, 2**128 - 1])
@pytest.mark.parametrize(
    "limit",
    [
        "verification_gas_limit",
        "call_gas_limit",
        "pre_verification_gas",
        "paymaster_verification_gas_limit",
        "paymaster_post_op_gas_limit",
    ],
)
def test_a_huge_limit(twins: Twins, limit: str, value: int) -> None:
    wallet = twins.place(wallet_code())
    paymaster = twins.place(paymaster_code(given=b"c"), deposit=ETHER)
    for given in ({}, {"paymaster": paymaster}):
        if given or not limit.startswith("paymaster"):
            free = {"max_fee_per_gas": 0, "max_priority_fee_per_gas": 0, limit: value}
            checkpoints = [side.chain.checkpoint() for side in twins.sides]
            assert_same(twins, bundle([of_contract(wallet, **given, **free)]))
            for side, checkpoint in zip(twins.sides, checkpoints, strict=True):
                side.chain.restore(checkpoint)


@pytest.mark.parametrize("size", [1, 19, 20, 51, 52, 53])
def test_paymaster_data_of_a_length(twins: Twins, size: int) -> None:
    """Shorter than an address and two limits, it is no paymaster's."""
    paymaster = twins.place(paymaster_code(), deposit=ETHER)
    operation = of_contract(twins.place(wallet_code()))
    field = (bytes.fromhex(paymaster[2:]) + bytes(14) + b"\x01\x00\x00" + bytes(32))[:size]
    made = _with_paymaster_field(operation, field)
    assert_same(twins, made)


def test_a_zero_paymaster(twins: Twins) -> None:
    """52 zeros name nobody: the wallet pays."""
    assert_same(twins, _with_paymaster_field(of_contract(twins.place(wallet_code())), bytes(60)))


def _with_paymaster_field(operation: UserOperation, field: bytes):  # type: ignore[no-untyped-def]
    from tests.differential.encodings import bundled, head_words

    tails = [operation.init_code, operation.call_data, field, operation.signature]
    words, body = head_words(operation), b""
    for place, tail in zip((2, 3, 7, 8), tails, strict=True):
        words[place] = word(9 * 32 + len(body))
        body += word(len(tail)) + tail + bytes(-len(tail) % 32)
    from tests.differential.cast import BENEFICIARY

    made = bundle([operation], data=bundled([b"".join(words) + body], BENEFICIARY))
    return replace(made, operations=())


NONCES = [0, 1, 2**64 - 1, 1 << 64, (2**192 - 1) << 64, ((2**192 - 1) << 64) + 1, 2**256 - 1]


@pytest.mark.parametrize("nonce", NONCES)
def test_a_nonce(twins: Twins, nonce: int) -> None:
    assert_same(twins, bundle([of_contract(twins.place(wallet_code()), nonce=nonce)]))


@pytest.mark.parametrize("deposit", [0, 1, 449_999, 450_000, 450_001], ids=lambda gas: f"{gas} gas")
@pytest.mark.parametrize("pays", [True, False])
def test_a_deposit_around_the_prefund(twins: Twins, pays: bool, deposit: int) -> None:
    """The prefund is 450,000 gas."""
    wallet = twins.place(wallet_code(pays=pays), deposit=deposit * GWEI)
    operation = of_contract(wallet)
    assert operation.gas_limit == 450_000
    published = assert_same(twins, bundle([operation]))
    assert (published.status == 1) == (pays or deposit >= 450_000)


def test_no_code_and_no_factory(twins: Twins) -> None:
    for call in (b"", b"\x01"):
        for paymaster in (None, twins.place(paymaster_code(), deposit=ETHER)):
            more = {} if paymaster is None else {"paymaster": paymaster}
            made = bundle([of_contract(NOBODY, call=call, **more)])
            assert assert_same(twins, made).status == 0


FACTORIES = {
    "answers another": assemble(answers(word(0xABCD))),
    "answers nothing": assemble(),
    "answers nobody": assemble(answers(bytes(12) + bytes.fromhex(NOBODY[2:]))),
    "answers 31 bytes": assemble(answers(bytes(12) + bytes.fromhex(NOBODY[2:]), 31)),
    "answers a dirty word": assemble(answers(b"\x01" * 12 + bytes.fromhex(NOBODY[2:]))),
    "reverts": assemble(refuses(word(1))),
    "uses up its gas": INVALID,
}


@pytest.mark.parametrize("name", FACTORIES)
def test_a_factory_that(twins: Twins, name: str) -> None:
    operation = of_contract(NOBODY, factory=twins.place(FACTORIES[name]), factory_data=b"\x01")
    assert assert_same(twins, bundle([operation])).status == 0


@pytest.mark.parametrize("size", [0, 4, 1_003, 1_004, 1_005, 1_100, 5_000, 20_000])
def test_init_code_of_a_length(twins: Twins, size: int) -> None:
    code = wallet_code()
    factory = twins.place(factory_code(code))
    sender = made_by(factory, code)
    for side in twins.sides:
        side.chain.set_balance(sender, ETHER)
    data = b"\xda" * size
    operation = of_contract(sender, factory=factory, factory_data=data, verification_gas_limit=400_000)
    published = assert_same(twins, bundle([operation]))
    assert successes(published) == [True]
    assert [sent.data for sent in published.sent if sent.by_creator] == [data]


def test_a_factory_without_code_and_a_sender_that_is_there(twins: Twins) -> None:
    wallet = twins.place(wallet_code())
    for factory in (NOBODY, twins.place(factory_code(wallet_code()))):
        assert_same(twins, bundle([of_contract(wallet, factory=factory)]))
        assert_same(twins, bundle([of_contract(NOBODY, factory=factory)]))


@pytest.mark.parametrize("size", [4_000, 4_096, 10_000, 40_000])
def test_much_call_data(twins: Twins, size: int) -> None:
    wallet = twins.place(wallet_code())
    operation = of_contract(wallet, call=b"\x11" * size, signature=b"\x22" * size, verification_gas_limit=2_000_000)
    assert successes(assert_same(twins, bundle([operation]))) == [True]


def test_a_wallet_that_empties_itself(twins: Twins) -> None:
    """What it paid in advance is not its own any more."""
    wallet = twins.place(wallet_code(calls(NOBODY, value=ETHER // 2)))
    assert successes(assert_same(twins, bundle([of_contract(wallet)]))) == [True]
