"""Read a wallet for an audit over JSON-RPC: what it holds, what it and others approved, and what refuses ETH."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.abi_words import address_word
from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes, checksum
from sessionlab.core.base.amounts import short_address
from sessionlab.core.base.errors import RpcError, SessionlabError
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions.limits import GrantKind
from sessionlab.core.permissions.rows import GrantRow, rows
from sessionlab.study.audit.calls import TRANSFER_FROM, arguments_of_zeros, code
from sessionlab.study.audit.key_reader import KeyReader
from sessionlab.study.audit.state import GWEI, Approval, Collection, Entrusted, Holding, OtherSession, WalletState
from sessionlab.study.audit.thing_reader import ThingReader

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession

Request = Callable[[str, Any], Any]

#: A token that accepts ETH does so in one of these: plain transfers, WETH's deposit, or its ERC-20 functions.
PAYABLE_FUNCTIONS = tuple(map(code, ("transfer(address,uint256)", "approve(address,uint256)", "deposit()")))


def read_wallet(session: BaseSession, request: Request, thief: str) -> WalletState:
    """Read the current state of a session's wallet, and what else its key may do there."""
    installed = session.installed
    key = KeyReader(request, session.wallet, session.key.address)
    on_chain = tuple(key.other_sessions(session.entity_id))
    waiting = _granted_and_not_installed(session, {other.entity_id for other in on_chain})
    granted = rows(session.permissions)
    others = (*on_chain, *waiting)
    held = read_holdings(
        request, session.wallet, session.names, (*granted, *(r for o in others for r in o.rows)), thief
    )
    return replace(
        held,
        now=session.now,
        expiry=session.expiry_sec,
        left=session.remaining if installed else None,
        installed=installed,
        revoked=session.revoked,
        others=others,
        key_is_owners=key.is_owners(),
    )


def read_holdings(
    request: Request, wallet: str, names: AddressBook, granted: Sequence[GrantRow], thief: str
) -> WalletState:
    """Read what a wallet has, as far as these rows, the names or approvals point to it."""
    reader = _Reader(request, wallet, names)
    block = request("eth_getBlockByNumber", ["latest", False])
    approvals = tuple(reader.approvals())
    things = ThingReader(request, wallet)
    named = {row.target for row in granted} - {ZERO_ADDRESS}
    asked = {"0x" + token.hex() for token in names.tokens} | named | {a.token.lower() for a in approvals}
    tokens = {checksum(address_bytes(a)): held for a in sorted(asked) if (held := reader.holding(a, thief))}
    tokens_named = {token.lower() for token in tokens}
    collections = {at: Collection(ids, _name_of(names, at)) for at, ids in things.held().items()}
    balance = int(request("eth_getBalance", [wallet, "latest"]), 16)
    # Without ETH of its own, the wallet cannot test who accepts some.
    refusals = reader.refusals(granted, tokens_named) if balance else ()
    keepers = (named | {"0x" + known.hex() for known in names.labels}) - tokens_named - {wallet.lower()}
    return WalletState(
        address=wallet,
        balance=balance,
        deposit=reader.number(ENTRY_POINT, "EntryPoint", "balanceOf", wallet) or 0,
        tokens=tokens,
        collections=collections,
        approvals=(*approvals, *things.approvals()),
        entrusted=(*reader.entrusted(), *things.entrusted(lambda at: _name_of(names, at))),
        refuses_value=frozenset(refusals),
        elsewhere={target: wei for target in sorted(keepers) if (wei := reader.kept(target))},
        gas_price=int(block["baseFeePerGas"], 16),
        names=names,
    )


def _granted_and_not_installed(session: BaseSession, installed: set[int]) -> Iterator[OtherSession]:
    """Yield the sessions of the same key that the owner has signed and that wait for their first operation."""
    for other in session.siblings():
        if other.key.address == session.key.address and other.entity_id not in installed and not other.revoked:
            yield OtherSession(other.entity_id, rows(other.permissions), other.expiry_sec or 0)


def _name_of(names: AddressBook, collection: str) -> str:
    return names.labels.get(address_bytes(collection)) or f"collectible of {short_address(collection)}"


class _Reader:
    """Queries a node about one wallet."""

    def __init__(self, request: Request, wallet: str, names: AddressBook) -> None:
        self._request, self._wallet, self._names = request, wallet, names

    def call(self, to: str, data: bytes, value: int = 0) -> bytes | None:
        """Return what a call from the wallet would return; None if it fails."""
        call = {"from": self._wallet, "to": to, "data": "0x" + data.hex(), "value": hex(value)}
        try:
            return bytes.fromhex(self._request("eth_call", [call, "latest"])[2:])
        except (RpcError, SessionlabError):
            return None

    def ask(self, contract: str, address: str, function: str, *values: Any) -> Any:
        """Call a view of a contract; None if the contract does not have it."""
        made = artifact(contract)
        answer = self.call(address, made.encode(function, *values))
        if not answer or len(answer) < 32:
            return None
        try:
            return made.decode(function, answer)
        except Exception:  # a foreign contract may answer anything
            return None

    def number(self, address: str, contract: str, function: str, *values: Any) -> int | None:
        """Call a view that returns a number; None if it does not."""
        result = self.ask(contract, address, function, *values)
        return int(result) if isinstance(result, int) else None

    def holding(self, token: str, thief: str) -> Holding | None:
        """Return what the wallet holds of a token; None if it is not a token, with balances and decimals."""
        balance = self.number(token, "Token", "balanceOf", self._wallet)
        decimals = self.number(token, "Token", "decimals")
        if balance is None or decimals is None or decimals > 255:
            return None
        alone = TRANSFER_FROM.data(thief=thief, holder=self._wallet, amount=1)
        moves = bool(balance) and not self._allowance(token, self._wallet) and self.call(token, alone) is not None
        return Holding(balance, self._token(token)[0], decimals, moves)

    def _token(self, token: str) -> tuple[str, int]:
        """Return a token's symbol and decimals."""
        known = self._names.tokens.get(address_bytes(token))
        if known:
            return known.symbol, known.decimals
        return str(self.ask("Token", token, "symbol") or "units"), self.number(token, "Token", "decimals") or 0

    def kept(self, contract: str) -> int:
        """Return the wei that a contract, such as a vault, says are the wallet's; 0 if it holds less than that."""
        wei = self.number(contract, "Vault", "balanceOf", self._wallet) or 0
        there = int(self._request("eth_getBalance", [contract, "latest"]), 16)
        return wei if GWEI <= wei <= there and contract != ENTRY_POINT.lower() else 0

    def approvals(self) -> Iterator[Approval]:
        """Yield what others may pull now, from the approvals that the wallet has made."""
        for token, spender in self._approved(to_the_wallet=False):
            if units := self._allowance(token, spender):
                yield Approval(token, spender, units)

    def _approved(self, *, to_the_wallet: bool) -> list[tuple[str, str]]:
        """Return each token and other party of the ERC-20 approvals that the wallet made or was given."""
        approval, wallet = (
            "0x" + artifact("Token").event("Approval").topic.hex(),
            "0x" + address_word(self._wallet).hex(),
        )
        topics = [approval, None, wallet] if to_the_wallet else [approval, wallet]
        logs = self._request("eth_getLogs", [{"topics": topics, "fromBlock": "0x0", "toBlock": "latest"}])
        party = 1 if to_the_wallet else 2
        pairs = {(log["address"], log["topics"][party]) for log in logs if len(log["topics"]) == 3}
        return [(checksum(address_bytes(token)), checksum(bytes.fromhex(topic[26:]))) for token, topic in sorted(pairs)]

    def entrusted(self) -> Iterator[Entrusted]:
        """Yield what others approved to the wallet, as far as they have it."""
        for token, holder in self._approved(to_the_wallet=True):
            allowed = self._allowance(token, self._wallet, holder)
            units = min(allowed, self.number(token, "Token", "balanceOf", holder) or 0)
            if units and holder.lower() != self._wallet.lower():
                symbol, decimals = self._token(token)
                yield Entrusted(token, holder, units, symbol, decimals)

    def refusals(self, granted: Sequence[GrantRow], tokens: set[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the calls that succeed without value but fail with 1 wei, and the tokens that accept ETH nowhere."""
        functions: dict[str, set[bytes]] = {}
        anywhere = {row.selector for row in granted if row.kind is GrantKind.FUNCTION_ANYWHERE}
        for row in granted:
            if row.target != ZERO_ADDRESS:
                functions.setdefault(row.target, set(anywhere)).update({row.selector} - {bytes(4)})
        for target, named in functions.items():
            if target in tokens:
                payable: Sequence[bytes] = (b"", *map(arguments_of_zeros, PAYABLE_FUNCTIONS))
                if all(self.call(target, function, 1) is None for function in payable):
                    yield target, None
            for function in sorted(named):
                data = arguments_of_zeros(function)
                if self.call(target, data) is not None and self.call(target, data, 1) is None:
                    yield target, function
            if self.call(target, b"", 1) is None:
                yield target, b""

    def _allowance(self, token: str, spender: str, holder: str | None = None) -> int:
        return self.number(token, "Token", "allowance", holder or self._wallet, spender) or 0
