"""The in-process Wallet API: a single ``handle(method, params)``, which an HTTP server can serve directly.

Two tables answer: the API's (``methods.py``) first, then the node's (``core.evm.rpc``). The lab hands both in, and the
function that puts a refusal into words; ``sessionlab.node`` and ``sessionlab.study.facade`` add to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeVar

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.errors import RpcError, SessionlabError, Stays
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.base.rpc_codes import WRONG_CHAIN
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.address_book import AddressBook, Named
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337.bundler import MinedOperation, OperationRejected
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.simulate import Rejection
from sessionlab.core.erc4337.wallet_encoding import read_calls
from sessionlab.core.evm import rpc
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.operation import CALL_SELECTORS
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.delegation import own_account
from sessionlab.core.wallet_api.errors import invalid, refused
from sessionlab.core.wallet_api.failed_operation import FailedOperation, deny_by_reason
from sessionlab.core.wallet_api.prepare_request import PrepareRequest
from sessionlab.core.wallet_api.records import Account, Records

if TYPE_CHECKING:
    from sessionlab.core.erc4337.bundler import Bundler
    from sessionlab.core.erc4337.sponsor import Sponsor
    from sessionlab.core.erc4337.user_operation import UserOperation
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.records import Receipt
    from sessionlab.core.permissions.rulesets import Ruleset

T = TypeVar("T")

Method = Callable[["WalletApi", Any], Any]
Deny = Callable[["WalletApi", FailedOperation], Denial]


class WalletApi(Named, Frozen, Stays):
    """Accounts, sessions and prepared calls on one chain."""

    def __init__(
        self,
        chain: Chain,
        bundler: Bundler,
        sponsor: Sponsor,
        rules: Ruleset,
        names: AddressBook,
        methods: Mapping[str, Method],
        node_methods: Mapping[str, rpc.Method],
        deny: Deny = deny_by_reason,
    ) -> None:
        self.methods, self.node_methods, self.deny = methods, node_methods, deny
        self.chain, self.bundler, self.sponsor = chain, bundler, sponsor
        self.rules, self._book = rules, names
        self.records, self.identity = Records(), token_hex(16)  # at random, also for the same seed
        self._requests: dict[bytes, PrepareRequest] = {}
        self._delegations: dict[bytes, Receipt] = {}
        chain.register_participant(self.records)
        chain.register_participant(sponsor)

    def handle(self, method: str, params: Any = None) -> Any:
        """Answer one request with a JSON value. Raises RpcError, in which case nothing has changed."""
        answer = self.methods.get(method)
        if answer is None:
            if method not in self.node_methods:
                raise rpc.unknown(method, (*self.methods, *self.node_methods))
            return rpc.handle(self.chain, method, params, self.node_methods)
        try:
            with nullcontext() if isinstance(answer, rpc.Read) else self.chain.atomic():
                return answer(self, params)
        except RpcError:
            raise
        except SessionlabError as error:
            raise invalid(error) from error

    def only_reads(self, method: str) -> bool:
        """Whether a method changes nothing and waits for nobody."""
        return isinstance(self.methods.get(method, self.node_methods.get(method)), rpc.Read)

    def frozen(self) -> WalletApi:
        """Return the API of the chain as it is now, for what only reads. It shares the records."""
        view, chain = object.__new__(type(self)), self.chain.frozen()
        vars(view).update(vars(self), chain=chain, bundler=self.bundler.on(chain))
        return view

    # -- being saved, with the chain

    def kept(self) -> tuple[dict[bytes, PrepareRequest], dict[bytes, Receipt]]:
        """Return the records, by hash, of the operations and authorizations that are on the chain now."""
        mined = [item.included.operation_hash for item in self.bundler.included()]
        requests = {digest: self._requests[digest] for digest in mined if digest in self._requests}
        result = {digest: self.find_delegation(digest) for digest in sorted(self._delegations)}
        return requests, {digest: receipt for digest, receipt in result.items() if receipt is not None}

    def load(
        self, records: Records, requests: Mapping[bytes, PrepareRequest], delegations: Mapping[bytes, Receipt]
    ) -> None:
        """Load records that another API kept of this chain."""
        self.records.restore(records.capture())
        self._requests, self._delegations = dict(requests), dict(delegations)

    # -- what the methods share

    def check_chain(self, value: Any) -> None:
        """Raise RpcError for a chain id that is not this chain's."""
        asked = reading.quantity(value, "chainId")
        if asked != self.chain.chain_id:
            message, fix = f"This is chain {self.chain.chain_id}, not {asked}.", f"use {hex(self.chain.chain_id)}."
            facts = {"field": "chainId", "asked": hex(asked), "fix": fix}
            raise RpcError(WRONG_CHAIN, f"{message} Next step: {fix}", facts)

    def account(self, address: str) -> Account:
        """Return the requested account at this address, or a plain address that can be an account itself (EIP-7702).

        Raises NotFound otherwise.
        """
        if self.records.known(address) is None and (own := own_account(self.chain, address)) is not None:
            return own
        return self.records.account(address)

    def owner_of(self, wallet: str) -> str:
        """Return the wallet's owner: read from the wallet, or the intended owner if it is not deployed yet."""
        contract = artifact("SessionWallet")
        answer = self.chain.view(wallet, contract.encode("owner"))
        if not answer.output:
            return self.account(wallet).owner
        return checksum(answer.output[12:])

    def guard(self, request: PrepareRequest, act: Callable[[], T]) -> T:
        """Run a bundler action. Converts a rejection to a JSON-RPC error with its denial."""
        try:
            return act()
        except OperationRejected as rejected:
            operation, rejection = rejected.operation, rejected.rejection
            why = FailedOperation(request, operation, rejection, rejected.failure, rejected.mined)
            raise refused(rejected, self.deny(self, why), self.judged()) from None

    def judged(self) -> dict[str, str]:
        """Return when a refusal is judged: the block that would be next, with a pending block's fields."""
        chain = self.chain
        return {
            "number": hex(chain.height + 1),
            "parentHash": chain.block().hash,
            "timestamp": hex(chain.next_timestamp),
            "baseFeePerGas": hex(chain.base_fee),
        }

    def remember(self, mined: MinedOperation, request: PrepareRequest) -> None:
        """Record an operation's request, to explain it later, and charge its cost to its gas policy."""
        self._requests[mined.included.operation_hash] = request
        self.sponsor.settle(mined.operation, mined.included.gas_cost)

    def remember_delegation(self, digest: bytes, receipt: Receipt) -> None:
        """Record the receipt of an authorization that was sent on its own."""
        self._delegations[digest] = receipt

    def find_delegation(self, digest: bytes) -> Receipt | None:
        """Return an authorization's receipt, unless the chain was reverted to before its block."""
        receipt = self._delegations.get(digest)
        if receipt is None or receipt.block_number > self.chain.height:
            return None
        return receipt if self.chain.block(receipt.block_number).hash == receipt.block_hash else None

    def denial_of(self, mined: MinedOperation) -> Denial | None:
        """Return why a mined operation failed; None if it succeeded."""
        if mined.included.revert is None:
            return None
        request = self._requests.get(mined.included.operation_hash)
        if request is None:
            request = PrepareRequest(mined.included.sender, self.calls_of(mined.operation), None, None, {}, 0)
        rejection = Rejection("execution", None, mined.included.revert)
        block = mined.receipt.block_number
        return self.deny(self, FailedOperation(request, mined.operation, rejection, mined=mined, block=block))

    @staticmethod
    def calls_of(operation: UserOperation) -> Sequence[Call]:
        """Return an operation's calls, as far as its data can be read. A function of the wallet counts as a call."""
        bare = operation.call_data.removeprefix(EXECUTE_USER_OP)
        own = bare and bare[:4] not in CALL_SELECTORS
        return [Call(operation.sender, 0, bare)] if own else read_calls(bare)


__all__ = ["Deny", "Method", "RpcError", "WalletApi"]
