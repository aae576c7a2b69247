"""web3.py, as its users use it over HTTP: the steps of ``flows.py``, in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    BadFunctionCallOutput,
    BlockNotFound,
    ContractCustomError,
    ContractLogicError,
    ContractPanicError,
    MethodUnavailable,
    TransactionNotFound,
    Web3RPCError,
)
from web3.middleware import SignAndSendRawMiddlewareBuilder

from tests.sdk.flows import DELEGATED, ETHER, PAID, POOR, RICH, Step, sample

GWEI = 10**9
Expected = Callable[[Any], bool]


class Flow:
    """A client, and the steps that it took."""

    def __init__(self, url: str) -> None:
        self.steps: list[Step] = []
        self.web3 = Web3(HTTPProvider(url))
        self.eth = self.web3.eth
        self.me, self.poor, self.owner = (Account.from_key(key.private) for key in (RICH, POOR, DELEGATED))
        self.web3.middleware_onion.inject(
            SignAndSendRawMiddlewareBuilder.build([self.me, self.poor, self.owner]), layer=0
        )
        self.eth.default_account = self.me.address
        self.to = PAID.address

    def step(self, name: str, expected: Any, action: Callable[[], Any]) -> Any:
        """Passes if what it returns is as expected: a value, or what a function says of it. None after an error."""
        try:
            shown = action()
        except Exception as error:  # whatever a client throws is what its user sees
            self.steps.append(Step(name, False, {"error": f"{type(error).__name__}: {error}"[:400]}))
            return None
        passed = expected(shown) if callable(expected) else shown == expected
        self.steps.append(Step(name, passed is True, shown))
        return shown

    def refused(
        self, name: str, kind: type[Exception], says: str, action: Callable[[], Any], *, code: Any = None
    ) -> None:
        """Passes if the client raises just this class, its words begin so, and the node's code is this one."""
        try:
            shown: dict[str, Any] = {"taken": action()}
            passed = False
        except Exception as error:
            answer = (getattr(error, "rpc_response", None) or {}).get("error", {})
            shown = {"class": type(error).__name__, "message": str(error), "code": answer.get("code")}
            words = str(answer.get("message", getattr(error, "message", None) or error))
            passed = type(error) is kind and words.lower().startswith(says) and code in (None, answer.get("code"))
        self.steps.append(Step(name, passed, shown))

    def mined(self, **transaction: Any) -> Any:
        """The receipt of a transaction, a payment of 1 wei if nothing else is said."""
        sent = self.eth.send_transaction({"to": self.to, "value": 1, **transaction})
        return self.eth.wait_for_transaction_receipt(sent, poll_latency=0.02)

    def run(self, method: Any, **transaction: Any) -> Any:
        """The receipt of a call of a contract's function."""
        return self.eth.wait_for_transaction_receipt(method.transact(transaction), poll_latency=0.02)


def web3py_steps(url: str) -> list[Step]:
    """Every step."""
    flow = Flow(url)
    _read(flow)
    _send(flow)
    contract = _contract(flow)
    _events(flow, contract)
    _delegate(flow, contract)
    _sign(flow)
    _errors(flow, contract)
    return flow.steps


def _read(flow: Flow) -> None:
    eth, me, to = flow.eth, flow.me.address, flow.to
    flow.step("connected", True, flow.web3.is_connected)
    flow.step("chain", 1337, lambda: eth.chain_id)
    flow.step("client and network", True, lambda: bool(flow.web3.client_version) and flow.web3.net.version == "1337")
    flow.step("block number", lambda number: number >= 0, lambda: eth.block_number)
    latest = eth.get_block("latest")
    flow.step("latest block", True, lambda: latest.gasLimit == 60_000_000 and len(latest.hash) == 32)
    flow.step("block by hash", latest.number, lambda: eth.get_block(latest.hash).number)
    flow.step("pending block", latest.number + 1, lambda: eth.get_block("pending").number)
    flow.step("balance", 100 * ETHER, lambda: eth.get_balance(me))
    flow.step("nonce", [0, 0], lambda: [eth.get_transaction_count(me, block) for block in ("latest", "pending")])
    flow.step("no code", "", lambda: bytes(eth.get_code(to)).hex())
    flow.step("fee data", True, lambda: eth.gas_price > 0 and eth.max_priority_fee > 0)
    fees = min(2, latest.number + 1) + 1  # one more than there are blocks
    flow.step("fee history", fees, lambda: len(eth.fee_history(2, "latest", [25, 75])["baseFeePerGas"]))
    flow.step("reads in one batch", [0, 0], lambda: _batch(flow))


def _batch(flow: Flow) -> list[Any]:
    with flow.web3.batch_requests() as batch:
        batch.add(flow.eth.get_transaction_count(flow.me.address))
        batch.add(flow.eth.get_balance(flow.to))
        return list(batch.execute())


def _send(flow: Flow) -> None:
    eth, to = flow.eth, flow.to
    flow.step("estimate a payment", 21_000, lambda: eth.estimate_gas({"to": to, "value": 1}))
    listed = [{"address": to, "storageKeys": ["0x" + "00" * 32]}]
    price = {"gasPrice": 10 * GWEI}
    kinds = {
        "type 2": ({}, 2, 21_000),
        "type 0": (price, 0, 21_000),
        "type 1": (price | {"accessList": listed}, 1, 25_300),
    }
    for name, (more, kind, gas) in kinds.items():
        flow.step(f"send {name}", [kind, 1, gas], lambda more=more: _short(flow.mined(**more)))
    flow.step("transaction by hash", 7, lambda: eth.get_transaction(flow.mined(value=7).transactionHash)["value"])
    flow.step("transactions of a block", [7], lambda: [t["value"] for t in eth.get_block("latest", True).transactions])
    flow.step("send what was signed", 1, lambda: _signed(flow))
    flow.step("balance of an earlier block", 1, lambda: eth.get_balance(to) - eth.get_balance(to, eth.block_number - 1))


def _short(receipt: Any) -> list[int]:
    return [receipt["type"], receipt["status"], receipt["gasUsed"]]


def _signed(flow: Flow) -> int:
    nonce = flow.eth.get_transaction_count(flow.me.address)
    fees = {"maxFeePerGas": 100 * GWEI, "maxPriorityFeePerGas": 1, "gas": 21_000, "chainId": 1337, "nonce": nonce}
    raw = flow.me.sign_transaction({"to": flow.to, "value": 1, **fees}).raw_transaction
    return int(flow.eth.wait_for_transaction_receipt(flow.eth.send_raw_transaction(raw), poll_latency=0.02).status)


def _contract(flow: Flow) -> Any:
    eth = flow.eth
    factory = eth.contract(abi=sample()["abi"], bytecode=sample()["bytecode"])
    address = flow.run(factory.constructor(3), value=2).contractAddress
    flow.step("deploy", True, lambda: len(eth.get_code(address)) > 500 and eth.get_balance(address) == 2)
    contract = eth.contract(address=address, abi=sample()["abi"])
    does = contract.functions
    flow.step("call", 3, lambda: does.number().call())
    flow.step("call without sending", 3, lambda: does.store(9, "unsent").call())
    pairs = [(1, flow.to), (2, address)]
    flow.step("call with tuples", [2, 1, b"\xff"], lambda: _swapped(does.swap(pairs, b"\xff").call()))
    flow.step("call in the context of the newest block", True, lambda: _newest(eth, does.context().call()))
    stored = flow.run(does.store(8, "first"))
    flow.step(
        "send to a contract", [8, 3, "first"], lambda: _of_log(contract.events.Stored().process_receipt(stored)[0])
    )
    flow.step("estimate a call", lambda gas: 21_000 < gas < 60_000, lambda: does.store(9, "x").estimate_gas())
    name = "an estimate is enough where the contract looks at its gas"
    flow.step(name, 1, lambda: flow.run(does.demand(200_000)).status)
    at = [stored.blockNumber - 1, stored.blockNumber]
    flow.step("call at an earlier block", [3, 8], lambda: [does.number().call(block_identifier=block) for block in at])
    number = lambda: does.number().call()  # noqa: E731
    flow.step("storage", True, lambda: int.from_bytes(eth.get_storage_at(address, 0)) == number())
    word = {"0x" + "00" * 32: "0x" + (77).to_bytes(32).hex()}
    flow.step("state overrides", 77, lambda: does.number().call(state_override={address: {"stateDiff": word}}))
    data = contract.encode_abi("store", [9, ""])
    flow.step(
        "create an access list", True, lambda: bool(eth.create_access_list({"to": address, "data": data})["accessList"])
    )
    return contract


def _swapped(answer: Any) -> list[Any]:
    pairs, data = answer
    return [pair[0] for pair in pairs] + [bytes(data)]


def _newest(eth: Any, told: Any) -> bool:
    head = eth.get_block("latest")
    return list(told[:2]) == [head.number, head.timestamp]


def _of_log(log: Any) -> list[Any]:
    return [log.args.number, log.args.before, log.args.note]


def _events(flow: Flow, contract: Any) -> None:
    stored = contract.events.Stored
    notes = lambda logs: [log.args.note for log in logs]  # noqa: E731
    by_number = {"number": 8}
    flow.step(
        "events by an indexed argument",
        ["first"],
        lambda: notes(stored.get_logs(from_block=0, argument_filters=by_number)),
    )
    event_filter, blocks = stored.create_filter(from_block="latest"), flow.eth.filter("latest")
    pending = flow.eth.filter("pending")
    receipt = flow.run(contract.functions.store(12, "filtered"))
    flow.step("new entries of a filter", ["filtered"], lambda: notes(event_filter.get_new_entries())[-1:])
    flow.step("all entries of a filter", ["filtered"], lambda: notes(event_filter.get_all_entries()))
    flow.step("a filter of blocks", True, lambda: blocks.get_new_entries() == [receipt.blockHash])
    flow.step("a filter of transactions", True, lambda: pending.get_new_entries() == [receipt.transactionHash])
    ids = [event_filter.filter_id, blocks.filter_id, pending.filter_id]
    flow.step("end the filters", [True] * 3, lambda: [flow.eth.uninstall_filter(each) for each in ids])


def _delegate(flow: Flow, contract: Any) -> None:
    owner = flow.owner
    as_wallet = flow.eth.contract(address=owner.address, abi=contract.abi)
    delegated = lambda: _delegated(flow, as_wallet, contract.address)  # noqa: E731
    flow.step("delegate and call in one transaction", [4, 1, 15], delegated)
    code = bytes.fromhex("ef0100" + contract.address[2:])
    flow.step("code of a delegated account", True, lambda: bytes(flow.eth.get_code(owner.address)) == code)


def _delegated(flow: Flow, as_wallet: Any, delegate: str) -> list[int]:
    """With the node's own estimate: a transaction that web3.py sends itself gets 100,000 gas more."""
    nonce = flow.eth.get_transaction_count(flow.owner.address)
    signed = flow.owner.sign_authorization({"chainId": 1337, "address": delegate, "nonce": nonce + 1})
    more = {"from": flow.owner.address, "nonce": nonce, "authorizationList": [signed]}
    raw = flow.owner.sign_transaction(
        as_wallet.functions.store(15, "as a wallet").build_transaction(more)
    ).raw_transaction
    receipt = flow.eth.wait_for_transaction_receipt(flow.eth.send_raw_transaction(raw), poll_latency=0.02)
    return [receipt["type"], receipt["status"], as_wallet.functions.number().call()]


def _sign(flow: Flow) -> None:
    eth, me = flow.eth, flow.me
    hello = encode_defunct(text="hello")
    by = lambda words, signature: Account.recover_message(words, signature=signature)  # noqa: E731
    flow.step("message", me.address, lambda: by(hello, me.sign_message(hello).signature))
    fields = [{"name": "to", "type": "address"}, {"name": "amount", "type": "uint256"}]
    domain = {"name": "Sample", "version": "1", "chainId": 1337}
    order = encode_typed_data(domain, {"Order": fields}, {"to": flow.to, "amount": 5})
    flow.step(
        "typed data", me.address, lambda: Account.recover_message(order, signature=me.sign_message(order).signature)
    )
    flow.step("accounts of the node", True, lambda: len(eth.accounts) > 0)
    flow.step("send by an account of the node", 1, lambda: flow.mined(**{"from": eth.accounts[0]}).status)
    held = lambda: eth.accounts[0]  # noqa: E731
    flow.step("an account of the node signs", True, lambda: by(hello, eth.sign(held(), text="hello")) == held())


def _errors(flow: Flow, contract: Any) -> None:
    eth, does = flow.eth, contract.functions
    given = {"gas": 21_000, "maxFeePerGas": 100 * GWEI, "maxPriorityFeePerGas": 1}
    send = lambda **more: lambda: eth.send_transaction({"to": flow.to, "value": 1, **given, **more})  # noqa: E731
    nonce = eth.get_transaction_count(flow.me.address)
    poor = {"from": flow.poor.address, "value": 9 * ETHER}
    for name, words, action in (
        ("nonce too low", "nonce too low", send(nonce=0)),
        ("nonce too high", "nonce too high", send(nonce=nonce + 5)),
        ("insufficient funds to send", "insufficient funds", send(**poor)),
        ("insufficient funds to estimate", "insufficient funds", lambda: eth.estimate_gas({"to": flow.to, **poor})),
        ("fee cap under the base fee", "max fee per gas less than block base fee", send(maxFeePerGas=1)),
        ("intrinsic gas", "intrinsic gas too low", send(gas=20_000)),
        ("gas over the block's", "exceeds block gas limit", send(gas=70_000_000)),
    ):
        flow.refused(name, Web3RPCError, words, action)
    reason = "execution reverted: the sample refuses"
    flow.refused("reason of a call", ContractLogicError, reason, lambda: does.refuse().call())
    flow.refused("reason of an estimate", ContractLogicError, reason, lambda: does.refuse().estimate_gas())
    flow.refused("reason of a send", ContractLogicError, reason, lambda: does.refuse().transact())
    custom = "0x" + keccak(text="Exceeded(uint256,uint256)")[:4].hex()
    flow.refused("custom error", ContractCustomError, custom, lambda: does.exceed(5).call())
    flow.refused("panic", ContractPanicError, "panic error 0x11", lambda: does.panic().call())
    flow.refused("revert without data", ContractLogicError, "execution reverted", lambda: does.fail().call())
    flow.step("mined and reverted", 0, lambda: flow.run(does.refuse(), **(given | {"gas": 100_000})).status)
    # A refusal that is no revert is no ContractLogicError, though a call is refused.
    costly = {"from": flow.poor.address, "value": 9 * ETHER}
    flow.refused("insufficient funds to call", Web3RPCError, "insufficient funds", lambda: does.pay().call(costly))
    flow.refused("a call at a block to come", Web3RPCError, "", lambda: does.number().call(block_identifier=99_999_999))
    nowhere = eth.contract(address=flow.to, abi=contract.abi).functions
    flow.refused("no contract there", BadFunctionCallOutput, "could not", lambda: nowhere.number().call())
    ask = flow.web3.manager.request_blocking
    flow.refused("unknown method", MethodUnavailable, "", lambda: ask("eth_noSuchMethod", []), code=-32_601)
    invalid = lambda: ask("eth_getBalance", ["0x12", "latest"])  # noqa: E731
    flow.refused("invalid params", Web3RPCError, "", invalid, code=-32_602)
    flow.refused("no such block", BlockNotFound, "", lambda: eth.get_block(99_999_999))
    flow.refused("no such transaction", TransactionNotFound, "", lambda: eth.get_transaction("0x" + "01" * 32))
