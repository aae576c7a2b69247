"""web3.py's own module tests, for nodes, against a lab: in process, and over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account import Account
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3._utils.contract_sources.contract_data._custom_contract_data import EMITTER_ENUM
from web3._utils.contract_sources.contract_data.emitter_contract import EMITTER_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.math_contract import MATH_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.offchain_lookup import OFFCHAIN_LOOKUP_DATA
from web3._utils.contract_sources.contract_data.panic_errors_contract import PANIC_ERRORS_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.revert_contract import REVERT_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.storage_contract import STORAGE_CONTRACT_DATA
from web3._utils.module_testing.utils import RequestMocker
from web3.middleware import SignAndSendRawMiddlewareBuilder

import sessionlab as sl
from sessionlab.core import deployments
from sessionlab.core.evm import Chain
from sessionlab.core.lab.layout import Layout
from sessionlab.core.permissions.rulesets import ruleset
from sessionlab.server.manifest import make_demo_wallet
from tests.sdk.serving import serving

from .left_out import FAILING

EMITTED = 12345, 54321


#: The chain id of the node that web3.py's module tests were written for.
CHAIN_ID = 131277322940537


def pytest_configure(config: pytest.Config) -> None:
    """The package's asynchronous tests, which are not run here, use this mark."""
    config.addinivalue_line("markers", "asyncio: of the asynchronous module tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that is not to pass stands in a table with its reason; one that newly passes turns it red."""
    for item in items:
        if isinstance(item, pytest.Function) and (reason := why_not(item)):
            item.add_marker(pytest.mark.xfail(strict=True, reason=reason))


def why_not(item: pytest.Function) -> str | None:
    """Return why a module test does not pass here; None if it does."""
    return FAILING.get(item.originalname)


def empty_lab() -> sl.Lab:
    """A lab without a gas policy, so that its chain has no block but the first, and with the expected chain id."""
    layout = Layout.of(ruleset("documented"), 1)
    chain = Chain(layout.genesis(deployments.entry_point()), seed=1, chain_id=CHAIN_ID)
    return sl.Lab._on(chain, rules=ruleset("documented"), seed=1, names=layout.names(), policy_id="", wallets=())


@dataclass(frozen=True)
class Node:
    """A lab that begins with one log, and has the accounts that ``sessionlab serve`` makes, and web3.py on it."""

    lab: sl.Lab
    w3: Web3
    emitter: str
    logged: str


@pytest.fixture(scope="module", params=["in process", "http"])
def node(request: pytest.FixtureRequest) -> Iterator[Node]:
    """If the node holds no keys, web3.py does, and signs what is sent, as its manual says."""
    lab = empty_lab()
    emitter, logged = _first_log(lab)
    _, keys = make_demo_wallet(lab)
    if request.param == "in process":
        yield Node(lab, _signing(Web3(lab.web3.provider), keys[0].private), emitter, logged)
    else:
        with serving(lab) as served:
            yield Node(lab, _signing(Web3(HTTPProvider(served.url)), keys[0].private), emitter, logged)


def _first_log(lab: sl.Lab) -> tuple[str, str]:
    """The address of the contract that emitted the chain's first log, and the transaction's hash."""
    key = sl.new_key("emits")
    lab.chain.set_balance(key.address, sl.ether(1))
    code = bytes.fromhex(EMITTER_CONTRACT_DATA["bytecode"][2:])
    address = lab.chain.transact(key.private, None, code, max_priority_fee=1).contract_address
    assert address is not None
    contract = Web3().eth.contract(address, abi=EMITTER_CONTRACT_DATA["abi"])
    data = contract.encode_abi("logDouble", [EMITTER_ENUM["LogDoubleWithIndex"], *EMITTED])
    return address, lab.chain.transact(key.private, address, bytes.fromhex(data[2:])).transaction_hash


def _signing(w3: Web3, key: bytes) -> Web3:
    account = Account.from_key(key)
    if not w3.eth.accounts:
        w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
    w3.eth.default_account = account.address
    return w3


@pytest.fixture(scope="module")
def w3(node: Node) -> Web3:
    return node.w3


@pytest.fixture(autouse=True)
def an_empty_block(node: Node) -> None:
    """Before each test a block goes by without transactions, as on a node with a clock."""
    node.lab.chain.mine()


@pytest.fixture(scope="module")
def skip_if_testrpc() -> Callable[[Web3], None]:
    return lambda w3: None


@pytest.fixture(scope="module")
def request_mocker() -> type[RequestMocker]:
    return RequestMocker


@pytest.fixture(scope="module")
def keyfile_account_pkey() -> str:
    return "0x" + sl.Lab(seed=1).wallet().owner.private.hex()


@pytest.fixture(scope="module")
def keyfile_account_address(keyfile_account_pkey: str) -> str:
    return str(Account.from_key(keyfile_account_pkey).address)


@pytest.fixture
def keyfile_account_address_dual_type(keyfile_account_address: str) -> str:
    return keyfile_account_address


def _deployed(w3: Web3, data: Any) -> Any:
    made = w3.eth.contract(**data)
    receipt = w3.eth.wait_for_transaction_receipt(made.constructor().transact())
    return made(receipt["contractAddress"])


@pytest.fixture(scope="module")
def math_contract_deploy_txn_hash(w3: Web3) -> Any:
    return w3.eth.contract(**MATH_CONTRACT_DATA).constructor().transact()


@pytest.fixture(scope="module")
def math_contract(w3: Web3, math_contract_deploy_txn_hash: Any) -> Any:
    receipt = w3.eth.wait_for_transaction_receipt(math_contract_deploy_txn_hash)
    return w3.eth.contract(**MATH_CONTRACT_DATA)(receipt["contractAddress"])


@pytest.fixture(scope="module")
def math_contract_address(math_contract: Any) -> str:
    return str(math_contract.address)


@pytest.fixture(scope="module")
def storage_contract(w3: Web3) -> Any:
    return _deployed(w3, STORAGE_CONTRACT_DATA)


@pytest.fixture(scope="module")
def emitter_contract(node: Node) -> Any:
    return node.w3.eth.contract(node.emitter, abi=EMITTER_CONTRACT_DATA["abi"])


@pytest.fixture(scope="module")
def emitter_contract_address(emitter_contract: Any) -> str:
    return str(emitter_contract.address)


@pytest.fixture(scope="module")
def revert_contract(w3: Web3) -> Any:
    return _deployed(w3, REVERT_CONTRACT_DATA)


@pytest.fixture(scope="module")
def offchain_lookup_contract(w3: Web3) -> Any:
    return _deployed(w3, OFFCHAIN_LOOKUP_DATA)


@pytest.fixture(scope="module")
def panic_errors_contract(w3: Web3) -> Any:
    return _deployed(w3, PANIC_ERRORS_CONTRACT_DATA)


@pytest.fixture(scope="module")
def empty_block(node: Node) -> Any:
    node.lab.chain.mine()
    return node.w3.eth.get_block("latest")


@pytest.fixture(scope="module")
def mined_txn_hash(w3: Web3, keyfile_account_address: str) -> Any:
    return w3.eth.send_transaction({"from": keyfile_account_address, "to": keyfile_account_address, "value": 1})


@pytest.fixture(scope="module")
def block_with_txn(w3: Web3, mined_txn_hash: Any) -> Any:
    return w3.eth.get_block(w3.eth.get_transaction(mined_txn_hash)["blockNumber"])


@pytest.fixture(scope="module")
def txn_hash_with_log(node: Node) -> HexBytes:
    return HexBytes(node.logged)


@pytest.fixture(scope="module")
def block_with_txn_with_log(w3: Web3, txn_hash_with_log: Any) -> Any:
    return w3.eth.get_block(w3.eth.get_transaction(txn_hash_with_log)["blockNumber"])
