"""A transaction that no block can hold is refused with its field, its facts, a next step; nothing moves."""

import pytest
from eth_account import Account

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.evm import Authorization, Chain, GenesisAccount

CONTRACT = "0x" + "c0" * 20


@pytest.fixture
def chain(make_chain, counter):
    return make_chain({CONTRACT: GenesisAccount(nonce=1, code=counter)})


def _moment(chain) -> tuple:
    return chain.state_root, chain.height, chain.now


REFUSALS = [
    ({"nonce": 3}, "nonce", 3, 1),
    ({"nonce": 0}, "nonce", 0, 1),
    ({"gas": 60_000_001}, "gas", 60_000_001, 60_000_000),
    ({"gas": 20_999}, "gas", 20_999, 21_000),
    ({"data": b"\x01" * 100, "gas": 24_999}, "gas", 24_999, 25_000),
    ({"max_fee": 10**9 - 1}, "maxFeePerGas", 10**9 - 1, 10**9),
    ({"max_fee": 10**9, "max_priority_fee": 10**9 + 1}, "maxPriorityFeePerGas", 10**9 + 1, 10**9),
    ({"to": None, "data": bytes(49_153)}, "data", 49_153, 49_152),
]


@pytest.mark.parametrize(("fields", "field", "asked", "left"), REFUSALS)
def test_a_refusal_says_what_was_asked_and_what_was_left(chain, owner_key, stranger, fields, field, asked, left):
    chain.transact(owner_key, stranger, value=1)
    before = _moment(chain)
    with pytest.raises(ChainError) as refusal:
        chain.transact(owner_key, **{"to": CONTRACT, **fields})
    assert (refusal.value.field, refusal.value.asked, refusal.value.left) == (field, asked, left)
    assert _moment(chain) == before


def test_more_than_the_balance_is_refused(chain, owner, owner_key, stranger):
    before, balance = _moment(chain), chain.balance(owner)
    with pytest.raises(ChainError) as refusal:
        chain.transact(owner_key, stranger, value=balance, gas=21_000)
    assert refusal.value.left == balance and refusal.value.asked == balance + 21_000 * 10**9
    assert _moment(chain) == before


def test_an_account_with_code_cannot_send(make_chain, owner, owner_key, counter):
    chain = make_chain()
    chain.set_code(owner, counter)
    with pytest.raises(ChainError, match="EIP-3607"):
        chain.transact(owner_key, CONTRACT)


def _signed(**fields) -> bytes:
    base = {"type": 2, "chainId": 1337, "nonce": 0, "gas": 21_000, "to": "0x" + "00" * 20, "value": 0}
    fees = {"maxFeePerGas": 10**9, "maxPriorityFeePerGas": 0}
    return bytes(Account.sign_transaction({**base, **fees, **fields}, "0x" + "11" * 32).raw_transaction)


def test_another_chains_transaction_is_refused(chain):
    before = _moment(chain)
    with pytest.raises(ChainError) as refusal:
        chain.send_raw(_signed(chainId=1))
    assert (refusal.value.field, refusal.value.asked, refusal.value.left) == ("chainId", 1, 1337)
    assert _moment(chain) == before


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\x7f\x01", b"\xc0", b"hello", _signed()[:-1], _signed() + b"\x00"])
def test_malformed_bytes_are_refused(chain, raw):
    before = _moment(chain)
    with pytest.raises(InvalidInput) as refusal:
        chain.send_raw(raw)
    assert refusal.value.field == "rawTransaction"
    assert _moment(chain) == before


def test_a_blob_transaction_is_refused(chain):
    with pytest.raises(ChainError) as refusal:
        chain.send_raw(b"\x03" + bytes(10))
    assert refusal.value.field == "type"


@pytest.mark.parametrize("key", [b"", b"\x11" * 31, bytes(32), b"\xff" * 32])
def test_a_key_that_is_none_is_refused_without_being_repeated(chain, key):
    with pytest.raises(InvalidInput) as refusal:
        chain.transact(key, CONTRACT)
    assert refusal.value.field == "key" and (not any(key) or key.hex() not in str(refusal.value))


def test_an_authorized_transaction_must_call_somebody(chain, owner_key):
    request = Authorization(0, CONTRACT, 0, 0, 1, 1)
    with pytest.raises(InvalidInput):
        chain.transact(owner_key, None, authorization_list=[request])


@pytest.mark.parametrize("address", ["0x12", "c0" * 20, b"short", "0x" + "zz" * 20, "0x" + "Ab" * 20, 7])
def test_a_malformed_address_is_refused(chain, address):
    with pytest.raises(InvalidInput):
        chain.balance(address)


@pytest.mark.parametrize(
    "account",
    [
        GenesisAccount(balance=-1),
        GenesisAccount(balance=2**256),
        GenesisAccount(nonce=2**64),
        GenesisAccount(storage={-1: 0}),
        GenesisAccount(storage={0: 2**256}),
    ],
)
def test_a_malformed_genesis_is_refused(account):
    with pytest.raises(InvalidInput) as refusal:
        Chain({CONTRACT: account})
    assert "genesis[0x" in (refusal.value.field or "")


def test_a_genesis_names_each_account_once():
    with pytest.raises(InvalidInput, match="twice"):
        Chain({CONTRACT: GenesisAccount(), bytes.fromhex(CONTRACT[2:]): GenesisAccount()})


def test_a_reverted_transaction_is_mined_and_charged(chain, owner, owner_key, asm):
    chain.set_code(CONTRACT, asm("0xbeef PUSH0 MSTORE 0x20 PUSH0 REVERT"))
    before = chain.balance(owner)
    receipt = chain.transact(owner_key, CONTRACT, value=3)
    assert (receipt.status, receipt.halt, receipt.logs) == (
        0,
        "Revert",
        (),
    ) and receipt.output.hex().endswith("beef")
    assert chain.balance(owner) == before - receipt.gas_used * receipt.effective_gas_price
    assert chain.nonce(owner) == 1 and chain.balance(CONTRACT) == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"value": -1}, "value"),
        ({"value": 2**256}, "value"),
        ({"gas": -1}, "gas"),
        ({"gas": 2**64}, "gas"),
        ({"data": "0x"}, "data"),
    ],
)
def test_impossible_numbers_are_refused_at_every_door(chain, owner_key, fields, field):
    before = _moment(chain)
    for door in (lambda: chain.transact(owner_key, CONTRACT, **fields), lambda: chain.call(CONTRACT, **fields)):
        with pytest.raises(InvalidInput) as refusal:
            door()
        assert refusal.value.field == field
    assert _moment(chain) == before


@pytest.mark.parametrize(
    ("door", "field"),
    [
        (lambda chain: chain.storage(CONTRACT, -1), "slot"),
        (lambda chain: chain.storage(CONTRACT, 2**256), "slot"),
        (lambda chain: chain.call(CONTRACT, timestamp=-5), "timestamp"),
        (lambda chain: chain.travel_to(2**64), "timestamp"),
        (lambda chain: chain.set_balance(CONTRACT, -1), "wei"),
        (lambda chain: chain.set_code(CONTRACT, "0x"), "code"),
        (lambda chain: chain.set_storage(CONTRACT, 0, 2**256), "word"),
        (lambda chain: chain.transact(bytes([1] * 32), CONTRACT, nonce=-1), "nonce"),
        (lambda chain: chain.transact(bytes([1] * 32), CONTRACT, max_fee=-1), "max_fee"),
    ],
)
def test_impossible_questions_and_edits_are_refused(chain, door, field):
    before = _moment(chain)
    with pytest.raises(InvalidInput) as refusal:
        door(chain)
    assert field in (refusal.value.field or "")
    assert _moment(chain) == before
