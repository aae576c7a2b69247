"""Set-code transactions (EIP-7702): an account borrows a contract's code by its signature."""

import pytest

from sessionlab.core.evm import GenesisAccount, authorize

COUNTER = "0x" + "c0" * 20
NOBODY = "0x" + "00" * 20
DELEGATION = bytes.fromhex("ef0100" + "c0" * 20)


@pytest.fixture
def chain(make_chain, counter):
    return make_chain({COUNTER: GenesisAccount(nonce=1, code=counter)})


def test_an_authorized_account_runs_the_code_as_itself(chain, owner_key, stranger, stranger_key):
    request = authorize(stranger_key, COUNTER, chain_id=chain.chain_id, nonce=0)
    receipt = chain.transact(owner_key, stranger, authorization_list=[request])
    assert (receipt.type, receipt.status) == (4, 1)
    assert chain.code(stranger) == DELEGATION and chain.nonce(stranger) == 1
    assert chain.storage(stranger, 0) == 1 and chain.storage(COUNTER, 0) == 0
    assert receipt.logs[0].address == stranger
    assert chain.transaction(receipt.transaction_hash).authorization_list == (request,)


def test_a_call_runs_the_borrowed_code(chain, owner_key, stranger, stranger_key):
    request = authorize(stranger_key, COUNTER, chain_id=0, nonce=0)
    chain.transact(owner_key, stranger, authorization_list=[request])
    foretold = chain.call(stranger)
    receipt = chain.transact(owner_key, stranger)
    assert foretold.output == receipt.output and foretold.gas_used + 21_000 == receipt.gas_used


def test_an_account_can_delegate_for_itself_and_send_on(chain, owner, owner_key):
    request = authorize(owner_key, COUNTER, chain_id=chain.chain_id, nonce=1)
    chain.transact(owner_key, owner, authorization_list=[request])
    assert chain.code(owner) == DELEGATION and chain.nonce(owner) == 2
    assert chain.transact(owner_key, owner).status == 1
    assert chain.storage(owner, 0) == 2


@pytest.mark.parametrize(("chain_id", "nonce"), [(1, 0), (1337, 1)])
def test_an_authorization_for_elsewhere_is_passed_over(chain, owner_key, stranger, stranger_key, chain_id, nonce):
    request = authorize(stranger_key, COUNTER, chain_id=chain_id, nonce=nonce)
    assert chain.transact(owner_key, stranger, authorization_list=[request]).status == 1
    assert chain.code(stranger) == b"" and chain.nonce(stranger) == 0


def test_the_zero_address_takes_the_delegation_back(chain, owner_key, stranger, stranger_key):
    for nonce, delegate in enumerate((COUNTER, NOBODY)):
        request = authorize(stranger_key, delegate, chain_id=chain.chain_id, nonce=nonce)
        chain.transact(owner_key, stranger, authorization_list=[request])
    assert chain.code(stranger) == b"" and chain.nonce(stranger) == 2


def test_another_library_signs_the_same(chain, stranger_key):
    from eth_account import Account

    theirs = Account.from_key(stranger_key).sign_authorization({"chainId": 1337, "address": COUNTER, "nonce": 4})
    ours = authorize(stranger_key, COUNTER, chain_id=1337, nonce=4)
    assert (ours.y_parity, ours.r, ours.s) == (theirs.y_parity, theirs.r, theirs.s)
