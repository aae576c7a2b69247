"""Simulated calls: they tell what a transaction would do, leave nothing behind, and take overrides."""

import pytest

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.evm import CallFailed, GenesisAccount
from sessionlab.node.unsigned import estimate_gas

COUNTER, REVERTER, BROKEN, SPINNER, NESTED, READER = ("0x" + f"{i:02x}" * 20 for i in range(0xC0, 0xC6))


@pytest.fixture
def chain(make_chain, counter, asm):
    call = f"PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 {COUNTER} GAS CALL PUSH0 MSTORE 0x20 PUSH0 RETURN"
    return make_chain(
        {
            COUNTER: GenesisAccount(nonce=1, code=counter),
            REVERTER: GenesisAccount(nonce=1, code=asm("0xdead PUSH0 MSTORE 0x20 PUSH0 REVERT")),
            BROKEN: GenesisAccount(nonce=1, code=b"\xfe"),
            SPINNER: GenesisAccount(nonce=1, code=asm("JUMPDEST PUSH0 JUMP")),
            NESTED: GenesisAccount(nonce=1, code=asm(call)),
            READER: GenesisAccount(
                nonce=1, code=asm("PUSH0 SLOAD PUSH0 MSTORE 0x01 SLOAD 0x20 MSTORE 0x40 PUSH0 RETURN")
            ),
        }
    )


def test_a_call_leaves_nothing_behind(chain):
    before = chain.state_root, chain.height, chain.now
    assert int.from_bytes(chain.call(COUNTER).output, "big") == 1
    assert (chain.state_root, chain.height, chain.now) == before


@pytest.mark.parametrize("target", [COUNTER, REVERTER, NESTED, READER])
def test_a_call_foretells_the_transaction(chain, owner, owner_key, target):
    foretold = chain.call(target, sender=owner)
    receipt = chain.transact(owner_key, target)
    assert foretold.success == bool(receipt.status) and foretold.output == receipt.output
    assert foretold.halt == receipt.halt
    assert foretold.gas_used + 21_000 == receipt.gas_used
    assert [(log.address, log.topics, log.data) for log in foretold.logs] == [
        (log.address, log.topics, log.data) for log in receipt.logs
    ]


def test_a_failing_call_is_an_answer(chain):
    reverted = chain.call(REVERTER)
    assert (reverted.success, reverted.halt) == (False, "Revert") and reverted.output.hex().endswith("dead")
    broken, spun = chain.call(BROKEN), chain.call(SPINNER, gas=50_000)
    assert (broken.success, broken.output, broken.halt) == (False, b"", "InvalidInstruction")
    assert (spun.success, spun.output, spun.halt, spun.gas_used) == (False, b"", "OutOfGas", 50_000)


def test_a_call_that_cannot_pay_its_value_is_an_answer(chain, stranger):
    result = chain.call(COUNTER, sender=stranger, value=1)
    assert (result.success, result.output, result.halt) == (False, b"", "InsufficientFunds")


def test_a_call_can_create(chain, counter, init_code):
    assert chain.call(None, init_code(counter)).output == counter


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"state": {0: 5}}, (5, 0)),
        ({"state": {}}, (0, 0)),
        ({"stateDiff": {0: 5}}, (5, 9)),
        ({"stateDiff": {1: 0}}, (8, 0)),
        ({}, (8, 9)),
    ],
)
def test_overrides_replace_storage_or_amend_it(chain, override, words):
    chain.set_storage(READER, 0, 8)
    chain.set_storage(READER, 1, 9)
    before = chain.state_root
    output = chain.call(READER, overrides={READER: override}).output
    assert (int.from_bytes(output[:32], "big"), int.from_bytes(output[32:], "big")) == words
    assert chain.state_root == before


def test_overrides_replace_code_balance_and_nonce(chain, stranger, asm):
    look = asm("SELFBALANCE PUSH0 MSTORE 0x20 PUSH0 RETURN")
    result = chain.call(stranger, overrides={stranger: {"code": look, "balance": 12, "nonce": 3}})
    assert int.from_bytes(result.output, "big") == 12
    assert chain.balance(stranger) == 0 and chain.code(stranger) == b""


def test_an_overridden_word_counts_as_the_original_one(chain):
    """A storage write from non-zero to non-zero costs 2,900 and a cold slot 2,100 (EIP-2929), not 20,000."""
    fresh = chain.call(COUNTER).gas_used
    known = chain.call(COUNTER, overrides={COUNTER: {"stateDiff": {0: 5}}}).gas_used
    assert fresh - known == 20_000 - 2_900


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ({"balance": -1}, "balance"),
        ({"nonce": 2**64}, "nonce"),
        ({"code": "0x00"}, "code"),
        ({"state": {0: 2**256}}, "storage"),
        ({"state": {}, "stateDiff": {}}, "overrides"),
        ({"colour": 1}, "overrides"),
    ],
)
def test_a_malformed_override_names_its_field(chain, override, field):
    with pytest.raises(InvalidInput) as refusal:
        chain.call(READER, overrides={READER: override})
    assert field in (refusal.value.field or "")


@pytest.mark.parametrize("target", [COUNTER, NESTED, READER])
def test_an_estimate_is_enough_and_not_extravagant(chain, owner, owner_key, target):
    estimate = estimate_gas(chain, target, sender=owner)
    receipt = chain.transact(owner_key, target, gas=estimate)
    assert receipt.status == 1 and (target != NESTED or receipt.output[-1] == 1)
    assert receipt.gas_used <= estimate <= receipt.gas_used + 5_000


def test_an_estimate_of_a_plain_transfer_is_exact(chain, owner, stranger):
    assert estimate_gas(chain, stranger, sender=owner, value=1) == 21_000


def test_an_estimate_of_much_data_is_its_floor(chain, owner, owner_key, stranger):
    data = b"\x01" * 1_000
    estimate = estimate_gas(chain, stranger, data, sender=owner)
    assert estimate == 21_000 + 40 * 1_000 == chain.transact(owner_key, stranger, data, gas=estimate).gas_used


def test_an_estimate_of_a_failing_call_brings_its_revert_data(chain):
    with pytest.raises(CallFailed, match="Revert") as refusal:
        estimate_gas(chain, REVERTER)
    assert refusal.value.result.output.hex().endswith("dead")


def test_unknown_blocks_are_refused(chain):
    for unknown in (1, -1, "0x" + "ab" * 32):
        with pytest.raises(ChainError, match="no block"):
            chain.call(COUNTER, block=unknown)
