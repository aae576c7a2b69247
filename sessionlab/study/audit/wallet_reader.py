"""Read a wallet for an audit over JSON-RPC: what it holds, what it and others approved, and what refuses ETH."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.abi_words import address_word
from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes, checksum
from sessionlab.core.base.amounts import short_address
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.erc4337.wallet_encoding import entity_of
from sessionlab.core.permissions.limits import GrantKind, LimitKind
from sessionlab.core.permissions.rows import GrantRow, rows
from sessionlab.study.allowances import remaining_of
from sessionlab.study.audit.calls import TRANSFER_FROM
from sessionlab.study.audit.calls import code as code_of
from sessionlab.study.audit.key_reader import KeyReader
from sessionlab.study.audit.key_wallets import Issued, issued_for, owners_of, read_key_wallets, read_sessions
from sessionlab.study.audit.questions import Questions
from sessionlab.study.audit.state import (
    GWEI,
    Approval,
    Collection,
    Entrusted,
    Holding,
    LeftBehind,
    OtherSession,
    WalletState,
)
from sessionlab.study.audit.thing_reader import ThingReader
from sessionlab.study.audit.value_reader import refused_by

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession

Request = Callable[[str, Any], Any]

#: The interface id of ERC-721, and the functions that an erc20-token-transfer allows.
ERC721 = bytes.fromhex("80ac58cd")
SPENDING = set(map(code_of, ("transfer(address,uint256)", "approve(address,uint256)")))


def read_wallet(session: BaseSession, request: Request, thief: str) -> WalletState:
    """Read the current state of a session's wallet, and what else its key may do there."""
    installed, key = session.installed, KeyReader(request, session.wallet, session.key.address)
    return replace(
        read_around(key, session.entity_id, rows(session.permissions), session.siblings(), session.names, thief),
        now=session.now,
        expiry=session.expiry_sec,
        left=remaining_of(session) if installed else None,
        installed=installed,
        revoked=session.revoked,
    )


def read_around(
    key: KeyReader,
    entity_id: int,
    granted: Sequence[GrantRow],
    siblings: Iterable[BaseSession],
    names: AddressBook,
    thief: str,
) -> WalletState:
    """Read what is there besides one session of a key, granted or not: the wallet, and what else the key may do.

    ``siblings``: sessions of the wallet that a client granted; those of other keys are left out.
    """
    request, wallet, issued = key.request, key.wallet, issued_for(key.request, key.key)
    waiting = {
        other.entity_id: OtherSession(other.entity_id, rows(other.permissions), other.expiry_sec or 0)
        for other in siblings
        if other.key.address == key.key and not other.revoked
    }
    waiting |= {other.entity_id: other for other in issued.sessions.get(wallet.lower(), ())}
    waiting.pop(entity_id, None)
    sessions = read_sessions(key, entity_id, list(waiting.values()))
    held = read_holdings(request, wallet, names, granted, thief, sessions, key.entities())
    return replace(with_key(held, key, issued), before=sessions[0], others=sessions[1])


def with_key(state: WalletState, key: KeyReader, issued: Issued) -> WalletState:
    """Add whose the key is, and the other wallets for which it acts, as far as this wallet's assets depend on them."""
    spenders = {approval.spender.lower() for approval in state.approvals} - {state.address.lower()}
    owners = owners_of(key, {*spenders, state.address})
    return replace(
        state,
        key=key.key,
        key_is_owners=key.is_owners(),
        key_wallets=read_key_wallets(key, issued, {*spenders, *owners.values()} - {state.address.lower()}),
        owner=owners.get(state.address.lower()),
        owners=owners,
        issued_is_known=issued.is_known,
    )


def read_holdings(
    request: Request,
    wallet: str,
    names: AddressBook,
    granted: Sequence[GrantRow],
    thief: str,
    sessions: tuple[LeftBehind, tuple[OtherSession, ...]] = (LeftBehind(), ()),
    entities: frozenset[int] = frozenset(),
) -> WalletState:
    """Read what a wallet has, as far as rows, names, approvals or events of the wallet point to it.

    ``granted``: the rows of the audited session. ``sessions``: the key's others, as ``read_sessions`` returns them.
    ``entities``: the entity ids that the key has or had; what their operations approved is the key's doing.
    """
    before, others = sessions
    more = [row for other in others for row in (*other.rows, *other.before.rows)]
    granted = (*granted, *before.rows, *more)
    reader = _Reader(request, wallet, names, entities)
    block = request("eth_getBlockByNumber", ["latest", False])
    approvals = tuple(reader.approvals())
    things = ThingReader(request, wallet, reader.is_by_key)
    limited = {row.target for row in granted if row.kind is LimitKind.ERC20}
    known = {"0x" + token.hex() for token in names.tokens}
    named = {row.target for row in granted} - {ZERO_ADDRESS}
    asked = known | named | {a.token.lower() for a in approvals} | reader.mentions()
    held = things.held()
    collections = {at: Collection(ids, _name_of(names, at)) for at, ids in held.items()}
    others_contracts = sorted(asked - {ENTRY_POINT.lower(), wallet.lower(), *map(str.lower, held)})
    tokens: dict[str, Holding] = {
        checksum(address_bytes(at)): holding
        for at in others_contracts
        if (holding := reader.holding(at, thief, is_token=at in limited | known))
    }
    keepers = (asked | {"0x" + label.hex() for label in names.labels}) - {wallet.lower(), ENTRY_POINT.lower()}
    deposit, _, stake, _, withdraw_time = (
        reader.questions.ask("EntryPoint", ENTRY_POINT, "getDepositInfo", wallet) or (0,) * 5
    )
    return WalletState(
        address=wallet,
        balance=int(request("eth_getBalance", [wallet, "latest"]), 16),
        deposit=deposit,
        stake=stake,
        stake_is_unlocked=bool(withdraw_time),
        tokens=tokens,
        collections=collections,
        approvals=(*approvals, *things.approvals()),
        entrusted=(*reader.entrusted(), *things.entrusted(lambda at: _name_of(names, at))),
        refuses_value=frozenset(reader.refusals(granted)),
        elsewhere={target: wei for target in sorted(keepers) if (wei := reader.kept(target))},
        gas_price=int(block["baseFeePerGas"], 16),
        unanswered=frozenset(reader.questions.unanswered | things.questions.unanswered),
        names=names,
    )


def _name_of(names: AddressBook, collection: str) -> str:
    return names.labels.get(address_bytes(collection)) or "collectible"


class _Reader:
    """Queries a node about one wallet."""

    def __init__(self, request: Request, wallet: str, names: AddressBook, entities: frozenset[int]) -> None:
        self._request, self._wallet, self._names = request, wallet, names
        self._word = "0x" + address_word(wallet).hex()
        self._by_key = frozenset(self._transactions_of(entities))
        self.questions = Questions(request, "pending", wallet)

    def is_by_key(self, log: Mapping[str, Any]) -> bool:
        """Whether the log's transaction ran an operation of the key."""
        return log["transactionHash"] in self._by_key

    def _transactions_of(self, entities: frozenset[int]) -> Iterator[str]:
        event = artifact("EntryPoint").event("UserOperationEvent")
        topics = ["0x" + event.topic.hex(), None, self._word]
        for log in self._logs({"address": ENTRY_POINT, "topics": topics}) if entities else ():
            if entity_of(event.decode_log(log)["nonce"]) in entities:
                yield log["transactionHash"]

    def mentions(self) -> set[str]:
        """Return the contracts whose events name the wallet, however they got there."""
        places = ([None, self._word], [None, None, self._word], [None, None, None, self._word])
        return {log["address"].lower() for topics in places for log in self._logs({"topics": topics})}

    def _logs(self, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        logs: list[Mapping[str, Any]] = self._request(
            "eth_getLogs", [{"fromBlock": "0x0", "toBlock": "latest", **query}]
        )
        return logs

    def number(self, address: str, contract: str, function: str, *values: Any) -> int | None:
        """Call a view that returns a number; None if it does not."""
        result = self.questions.ask(contract, address, function, *values)
        return int(result) if isinstance(result, int) else None

    def holding(self, token: str, thief: str, *, is_token: bool) -> Holding | None:
        """Return what the wallet holds of a token; None if the contract is not one.

        A contract that says what the wallet has there is a token, with or without decimals. A vault that has no
        allowances and keeps ETH is not. ``is_token``: a permission or a name says that it is a token.
        """
        balance = self.number(token, "Token", "balanceOf", self._wallet)
        if balance is None and not is_token:
            return None
        if not is_token and self.number(token, "Token", "decimals") is None:
            looks_like_one = self.number(token, "Token", "allowance", self._wallet, thief) is not None
            if not looks_like_one and (not balance or self.kept(token) or self._is_collection(token)):
                return None
        alone = TRANSFER_FROM.data(thief=thief, holder=self._wallet, amount=1)
        moves = bool(balance) and (
            self.questions.call(token, alone) is not None or token.lower() in self.questions.unanswered
        )
        return Holding(balance or 0, *self._token(token), moves)

    def _is_collection(self, address: str) -> bool:
        return bool(self.questions.ask("Collectible", address, "supportsInterface", ERC721))

    def _token(self, token: str) -> tuple[str, int]:
        """Return a token's symbol and decimals. Without decimals, amounts are in base units."""
        known = self._names.tokens.get(address_bytes(token))
        if known:
            return known.symbol, known.decimals
        symbol = self.questions.ask("Token", token, "symbol") or short_address(checksum(address_bytes(token)))
        decimals = self.number(token, "Token", "decimals")
        return (f"units of {symbol}", 0) if decimals is None else (str(symbol), decimals)

    def kept(self, contract: str) -> int:
        """Return the wei that a contract, such as a vault, says are the wallet's; 0 if it holds less than that."""
        wei = self.number(contract, "Vault", "balanceOf", self._wallet) or 0
        there = int(self._request("eth_getBalance", [contract, "latest"]), 16)
        return wei if GWEI <= wei <= there and contract != ENTRY_POINT.lower() else 0

    def approvals(self) -> Iterator[Approval]:
        """Yield what others may pull now, from the approvals that the wallet has made."""
        for (token, spender), by_key in self._approved(to_the_wallet=False):
            if units := self._allowance(token, spender):
                yield Approval(token, spender, units, by_key)

    def _approved(self, *, to_the_wallet: bool) -> list[tuple[tuple[str, str], bool]]:
        """Return each token and other party of the ERC-20 approvals that the wallet made or was given.

        With each, whether an operation of the key made one of them.
        """
        approval = "0x" + artifact("Token").event("Approval").topic.hex()
        topics = [approval, None, self._word] if to_the_wallet else [approval, self._word]
        party = 1 if to_the_wallet else 2
        pairs: dict[tuple[str, str], bool] = {}
        for log in self._logs({"topics": topics}):
            if len(log["topics"]) == 3:
                pair = checksum(address_bytes(log["address"])), checksum(bytes.fromhex(log["topics"][party][26:]))
                pairs[pair] = pairs.get(pair, False) or self.is_by_key(log)
        return sorted(pairs.items())

    def entrusted(self) -> Iterator[Entrusted]:
        """Yield what others approved to the wallet, even if they have none of it today."""
        for (token, holder), _ in self._approved(to_the_wallet=True):
            allowed = self._allowance(token, self._wallet, holder)
            if allowed and holder.lower() != self._wallet.lower():
                units = min(allowed, self.number(token, "Token", "balanceOf", holder) or 0)
                yield Entrusted(token, holder, units, *self._token(token))

    def refusals(self, granted: Sequence[GrantRow]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the calls that are certain to refuse ETH. No permission that limits ETH relies on it."""
        functions: dict[str, set[bytes]] = {}
        anywhere = {row.selector for row in granted if row.kind is GrantKind.FUNCTION_ANYWHERE}
        for row in granted:
            if row.target != ZERO_ADDRESS:
                granted_there = {row.selector} | (SPENDING if row.kind is LimitKind.ERC20 else set())
                functions.setdefault(row.target, set(anywhere)).update(granted_there - {bytes(4)})
        for target, named in functions.items():
            code = bytes.fromhex(self._request("eth_getCode", [target, "latest"])[2:])
            yield from ((target, function) for function in refused_by(code, named))

    def _allowance(self, token: str, spender: str, holder: str | None = None) -> int:
        return self.number(token, "Token", "allowance", holder or self._wallet, spender) or 0
