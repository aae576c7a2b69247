"""Headers, roots and blooms are the real ones: py-evm's own encoders agree byte for byte."""

import pytest
from eth.db.trie import make_trie_root_and_nodes
from eth.rlp.logs import Log as RawLog
from eth.rlp.receipts import Receipt as RawReceipt
from eth.vm.forks.prague.blocks import PragueBlock, PragueBlockHeader
from eth.vm.forks.prague.receipts import PragueReceiptBuilder
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth_account import Account
from eth_bloom import BloomFilter
from rlp import encode

from sessionlab.core.evm import GenesisAccount
from sessionlab.core.evm.encoding import trie_root

COUNTER = "0x" + "c0" * 20


def _raw(text: str | None) -> bytes:
    return bytes.fromhex(text[2:]) if text else b""


def _header(block) -> PragueBlockHeader:
    return PragueBlockHeader(
        parent_hash=_raw(block.parent_hash),
        coinbase=_raw(block.miner),
        state_root=_raw(block.state_root),
        transaction_root=_raw(block.transactions_root),
        receipt_root=_raw(block.receipts_root),
        bloom=block.logs_bloom,
        difficulty=0,
        block_number=block.number,
        gas_limit=block.gas_limit,
        gas_used=block.gas_used,
        timestamp=block.timestamp,
        extra_data=block.extra_data,
        mix_hash=_raw(block.mix_hash),
        nonce=bytes(8),
        base_fee_per_gas=block.base_fee_per_gas,
    )


def _sign(fields: dict) -> bytes:
    return bytes(Account.sign_transaction(fields, "0x" + "11" * 32).raw_transaction)


LEGACY = {"nonce": 0, "gasPrice": 2 * 10**9, "gas": 100_000, "to": None, "value": 0, "data": "0x"}
ACCESS = [{"address": "0x" + "c0" * 20, "storageKeys": ["0x" + "00" * 32]}]


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_block_of_each_type_hashes_as_py_evm_hashes_it(make_chain, counter, kind):
    from eth_utils import to_checksum_address

    chain = make_chain({COUNTER: GenesisAccount(nonce=1, code=counter)})
    fields = {**LEGACY, "to": to_checksum_address(COUNTER), "chainId": 1337}
    if kind:
        fields |= {"type": kind, "accessList": [{**ACCESS[0], "address": to_checksum_address(COUNTER)}]}
    if kind == 2:
        del fields["gasPrice"]
        fields |= {"maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 10**8}
    raw = _sign(fields)
    chain.send_raw(raw)
    block, receipt = chain.block(), chain.block().receipts[0]
    logs = [RawLog(_raw(log.address), [int(t, 16) for t in log.topics], log.data) for log in receipt.logs]
    plain = RawReceipt(state_root=b"\x01", gas_used=receipt.gas_used, logs=logs)
    typed = PragueReceiptBuilder.typed_receipt_class(kind, plain) if kind else plain
    transaction = PragueTransactionBuilder.decode(raw)
    header = _header(block)
    assert receipt.status == 1 and receipt.type == kind and len(logs) == 1
    assert block.hash == "0x" + header.hash.hex()
    assert block.transactions_root == "0x" + make_trie_root_and_nodes([transaction])[0].hex()
    assert block.receipts_root == "0x" + make_trie_root_and_nodes([typed])[0].hex()
    assert block.logs_bloom == int(plain.bloom)
    assert block.size == len(encode(PragueBlock(header, [transaction], [], [])))
    assert chain.transaction(receipt.transaction_hash).gas_price == (11 * 10**8 if kind == 2 else 2 * 10**9)


def test_the_genesis_hashes_as_py_evm_hashes_it(chain):
    assert chain.block(0).hash == "0x" + _header(chain.block(0)).hash.hex()
    assert chain.block(0).parent_hash == "0x" + "00" * 32


@pytest.mark.parametrize("count", [0, 1, 2, 17, 130])
def test_trie_roots_agree_with_py_evm(count):
    class Item:
        def __init__(self, raw: bytes) -> None:
            self.raw = raw

        def encode(self) -> bytes:
            return self.raw

    items = [bytes([i]) * 40 for i in range(count)]
    assert trie_root(items) == make_trie_root_and_nodes([Item(i) for i in items])[0]


def test_the_bloom_of_a_block_holds_its_logs(make_chain, counter, owner_key):
    chain = make_chain({COUNTER: GenesisAccount(nonce=1, code=counter)})
    log = chain.transact(owner_key, COUNTER).logs[0]
    bloom = BloomFilter(chain.block().logs_bloom)
    assert _raw(log.address) in bloom and all(_raw(topic) in bloom for topic in log.topics)


def test_balances_move_by_value_and_gas_and_the_tip_goes_to_the_miner(chain, owner, owner_key, stranger):
    before = chain.balance(owner)
    receipt = chain.transact(owner_key, stranger, value=5, max_priority_fee=7)
    assert receipt.gas_used == 21_000 and receipt.effective_gas_price == chain.base_fee + 7
    assert chain.balance(stranger) == 5
    assert chain.balance(owner) == before - 5 - 21_000 * receipt.effective_gas_price
    assert chain.balance(chain.block().miner) == 7 * 21_000


def test_older_blocks_keep_their_state(chain, owner_key, stranger):
    chain.transact(owner_key, stranger, value=5)
    chain.transact(owner_key, stranger, value=5)
    assert [chain.balance(stranger, n) for n in (0, 1, 2, "latest")] == [0, 5, 10, 10]
    assert chain.balance(stranger, chain.block(1).hash) == 5


def test_a_deployed_contract_is_at_its_address(chain, owner_key, counter, init_code):
    receipt = chain.transact(owner_key, None, init_code(counter))
    assert receipt.contract_address and chain.code(receipt.contract_address) == counter
    assert chain.nonce(receipt.contract_address) == 1
