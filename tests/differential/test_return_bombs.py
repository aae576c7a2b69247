"""Whoever the EntryPoint calls may answer at any length. It costs what it costs with the published code."""

from __future__ import annotations

import pytest

from sessionlab.core.base.abi_words import word
from tests.differential.actors import factory_code, made_by, paymaster_code, wallet_code
from tests.differential.assembly import Statement, answers, assemble, calls, context, refuses
from tests.differential.cast import ETHER
from tests.differential.judged import assert_same, judged
from tests.differential.operations import bundle, of_contract
from tests.differential.twins import Twins

SIZES = [1, 31, 32, 33, 2_047, 2_048, 2_049, 10_000, 100_000, 1_000_000]
#: A megabyte of memory costs 2.2 million gas.
PLENTY = 4_000_000
WAYS = {"answered": answers, "reverted": refuses}
MARK = word(0xA5)


def bomb(way: str, size: int, head: bytes = MARK) -> Statement:
    return WAYS[way](head[:size], size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_of_the_wallet_in_validation(twins: Twins, way: str, size: int) -> None:
    wallet = twins.place(wallet_code(validation=bomb(way, size, word(0))))
    assert_same(twins, bundle([of_contract(wallet, verification_gas_limit=PLENTY)]))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_of_the_wallet_in_execution(twins: Twins, way: str, size: int) -> None:
    wallet = twins.place(wallet_code(bomb(way, size)))
    published = assert_same(twins, bundle([of_contract(wallet, call_gas_limit=PLENTY)]))
    assert published.status == 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_of_the_called_contract(twins: Twins, way: str, size: int) -> None:
    target = twins.place(assemble(bomb(way, size)))
    wallet = twins.place(wallet_code(calls(target, keeps=1)))
    published = assert_same(twins, bundle([of_contract(wallet, call_gas_limit=2 * PLENTY)]))
    assert published.status == 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_of_the_factory(twins: Twins, way: str, size: int) -> None:
    factory = twins.place(assemble(bomb(way, size)))
    operation = of_contract(made_by(factory, b""), factory=factory, factory_data=b"\x01", verification_gas_limit=PLENTY)
    assert assert_same(twins, bundle([operation])).status == 0


@pytest.mark.parametrize("size", [32, 33, 64, 2_048, 100_000])
def test_of_a_factory_that_deploys(twins: Twins, size: int) -> None:
    code = wallet_code()
    factory = twins.place(factory_code(code, size))
    sender = made_by(factory, code)
    for side in twins.sides:
        side.chain.set_balance(sender, ETHER)
    assert_same(twins, bundle([of_contract(sender, factory=factory, verification_gas_limit=PLENTY)]))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_of_the_paymaster_in_validation(twins: Twins, way: str, size: int) -> None:
    validation = bomb(way, size, context(b""))
    paymaster = twins.place(paymaster_code(validation=validation), deposit=ETHER)
    wallet = twins.place(wallet_code())
    made = bundle([of_contract(wallet, paymaster=paymaster, paymaster_verification_gas_limit=2 * PLENTY)])
    if way == "answered" and size > 100_000:
        # Published code copies all of the answer, at the paymaster's cost; ours copies no more than it has room for.
        ours, published = twins.observe(made)
        assert {one.kind for one in judged(ours, published, made)} == {"charge", "handed"}
        assert ours.events[-1].values[3] < published.events[-1].values[3]
        return
    assert_same(twins, made)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_of_the_paymaster_in_post_op(twins: Twins, way: str, size: int) -> None:
    paymaster = twins.place(paymaster_code(bomb(way, size), given=b"context"), deposit=ETHER)
    wallet = twins.place(wallet_code())
    operation = of_contract(wallet, paymaster=paymaster, paymaster_post_op_gas_limit=PLENTY)
    published = assert_same(twins, bundle([operation]))
    assert published.status == 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_of_the_beneficiary(twins: Twins, way: str, size: int) -> None:
    beneficiary = twins.place(assemble(bomb(way, size)))
    wallet = twins.place(wallet_code())
    published = assert_same(twins, bundle([of_contract(wallet)], beneficiary=beneficiary))
    assert published.status == (way == "answered")
