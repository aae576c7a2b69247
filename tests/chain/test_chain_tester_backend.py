"""Our chain under eth-tester: its own suite for backends, and web3's EthereumTesterProvider on it."""

import subprocess
import sys

import pytest
from eth_tester import EthereumTester
from eth_tester.exceptions import SnapshotNotFound, TransactionFailed, ValidationError
from eth_tester.utils.backend_testing import BaseTestBackendDirect
from web3 import Web3
from web3.providers.eth_tester import EthereumTesterProvider

from sessionlab.core.evm import Chain, GenesisAccount
from sessionlab.core.evm.signing import address_of, open_key
from sessionlab.integrations.eth_tester import LabBackend, LabTesterProvider

THEIR_CHAIN = 131277322940537  # in the suite's transactions
KEYS = [bytes([n]) * 32 for n in range(0x31, 0x3B)]
ETHER = 10**18
COUNTER = "0x" + "c0" * 20


def _tester(chain_id=1337, **accounts):
    genesis = {address_of(open_key(key)): GenesisAccount(balance=1_000_000 * ETHER) for key in KEYS}
    genesis |= {bytes.fromhex(a[2:]): account for a, account in accounts.items()}
    return EthereumTester(backend=LabBackend(Chain(genesis, chain_id=chain_id), KEYS))


class TestLabBackend(BaseTestBackendDirect):
    """eth-tester's suite, without the few tests of what this chain does otherwise on purpose."""

    @pytest.fixture
    def eth_tester(self):
        return _tester(THEIR_CHAIN)

    # The base fee is constant here, and the oldest block is the oldest asked for.
    test_get_fee_history = None
    test_receipt_effective_gas_price_for_mined_transaction_base_fee_minimum = None
    test_receipt_effective_gas_price_for_mined_transaction_max_fee_minimum = None
    # Malformed bytes raise eth-tester's ValidationError, not an error of py-evm or rlp.
    test_send_raw_transaction_invalid_rlp_transaction = None
    test_send_raw_transaction_invalid_raw_transaction = None
    # Four transactions share a block there; here each has its own.
    test_receipt_gas_used_computation = None
    # It makes a backend without a chain.
    test_get_transaction_receipt_byzantium = None


@pytest.fixture
def tester(counter):
    return _tester(**{COUNTER: GenesisAccount(nonce=1, code=counter)})


@pytest.fixture
def w3(tester):
    return Web3(LabTesterProvider(tester))


ABI = [
    {"type": "constructor", "inputs": []},
    {"type": "function", "name": "increment", "inputs": [], "outputs": [], "stateMutability": "nonpayable"},
    {
        "type": "function",
        "name": "number",
        "inputs": [],
        "outputs": [{"type": "uint256", "name": ""}],
        "stateMutability": "view",
    },
    {"type": "function", "name": "fail", "inputs": [], "outputs": [], "stateMutability": "payable"},
]


@pytest.fixture
def contract(w3):
    """Our Counter, deployed by a transaction through eth-tester."""
    from sessionlab.core.contracts.artifacts import artifact

    deployed = w3.eth.contract(abi=ABI, bytecode=artifact("Counter").bytecode).constructor().transact()
    return w3.eth.contract(abi=ABI, address=w3.eth.wait_for_transaction_receipt(deployed)["contractAddress"])


def test_web3_runs_a_contract(w3, contract):
    for _ in range(3):
        receipt = w3.eth.wait_for_transaction_receipt(contract.functions.increment().transact())
        assert receipt["status"] == 1
    assert contract.functions.number().call() == 3
    assert contract.functions.number().call(block_identifier=receipt["blockNumber"] - 1) == 2
    assert receipt["gasUsed"] <= contract.functions.increment().estimate_gas()


def test_the_chain_id_is_the_labs(w3, tester):
    assert w3.eth.chain_id == 1337 and w3.net.version == "1337"
    assert w3.eth.gas_price > tester.backend.chain.base_fee
    by_default = Web3(EthereumTesterProvider(tester))
    assert by_default.eth.chain_id == THEIR_CHAIN  # web3 hard-codes it: hence LabTesterProvider
    assert Web3(LabTesterProvider(LabBackend(tester.backend.chain))).eth.chain_id == 1337


def test_a_call_that_reverts_says_why(w3, contract):
    with pytest.raises(TransactionFailed):
        contract.functions.fail().call()
    with pytest.raises(TransactionFailed):
        contract.functions.fail().estimate_gas()


def test_a_failed_transaction_is_mined(w3, contract):
    sent = contract.functions.fail().transact({"gas": 100_000})
    assert w3.eth.wait_for_transaction_receipt(sent)["status"] == 0


def test_snapshots_serve_again_until_an_earlier_one_is_reverted_to(tester):
    first = tester.take_snapshot()
    tester.mine_block()
    second = tester.take_snapshot()
    for _ in range(2):
        tester.mine_block()
        tester.revert_to_snapshot(second)
        assert tester.get_block_by_number("latest")["number"] == 1
    tester.revert_to_snapshot(first)
    tester.take_snapshot()
    with pytest.raises(SnapshotNotFound):
        tester.revert_to_snapshot(second)


def test_filters_see_logs(w3, tester):
    logs = w3.eth.filter({"address": Web3.to_checksum_address(COUNTER)})
    w3.eth.send_transaction({"to": Web3.to_checksum_address(COUNTER), "gas": 100_000})
    (entry,) = logs.get_new_entries()
    assert entry["blockNumber"] == 1
    assert len(w3.eth.get_logs({"fromBlock": 0, "toBlock": 1})) == 1


def test_time_travel_dates_the_next_block(tester):
    wanted = tester.get_block_by_number("pending")["timestamp"] + 3_600
    tester.time_travel(wanted)
    tester.mine_block()
    assert tester.get_block_by_number("latest")["timestamp"] == wanted == tester.backend.chain.now


def test_fee_history_is_of_the_blocks_asked_for(w3, tester):
    tester.mine_blocks(5)
    history = w3.eth.fee_history(3, "latest")
    assert history["oldestBlock"] == 3
    assert history["baseFeePerGas"] == [tester.backend.chain.base_fee] * 4


def test_what_the_chain_refuses_is_a_validation_error(tester):
    account = tester.get_accounts()[0]
    with pytest.raises(ValidationError, match="Nonce"):
        tester.send_transaction({"from": account, "to": account, "gas": 21_000, "nonce": 9})
    with pytest.raises(ValidationError, match="coinbase"):
        tester.mine_block(coinbase=account)
    with pytest.raises(ValidationError, match="No key"):
        tester.send_transaction({"from": "0x" + "77" * 20, "to": account, "gas": 21_000})
    with pytest.raises(ValidationError, match="Not a signed transaction"):
        tester.send_raw_transaction("0x1234")
    assert tester.get_block_by_number("latest")["number"] == 0


def test_an_account_can_delegate_its_code(tester, counter):
    from sessionlab.core.evm import authorize

    key, account = KEYS[0], tester.get_accounts()[0]
    request = authorize(key, COUNTER, chain_id=1337, nonce=1)
    names = ("chain_id", "nonce", "y_parity", "r", "s")
    entry = {"address": request.address, **{name: getattr(request, name) for name in names}}
    sent = tester.send_transaction(
        {"from": account, "to": account, "gas": 200_000, "authorization_list": [entry]}
        | {"max_fee_per_gas": 3 * 10**9, "max_priority_fee_per_gas": 10**9}
    )
    assert tester.get_transaction_receipt(sent)["type"] == "0x4"
    assert tester.get_code(account).startswith("0xef0100")


def test_eth_tester_is_imported_by_nobody_else():
    code = (
        "import sys, sessionlab, sessionlab.core.evm, sessionlab.node.provider; sessionlab.core.evm.Chain({});"
        "sys.exit('eth_tester' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
