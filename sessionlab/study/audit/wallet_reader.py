"""Read a wallet for an audit over JSON-RPC: balances, remaining allowances, approvals, and what refuses ETH."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.abi_words import address_word
from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes, checksum
from sessionlab.core.base.errors import RpcError, SessionlabError
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions.limits import GrantKind
from sessionlab.core.permissions.rows import rows
from sessionlab.study.audit.calls import TRANSFER_FROM, arguments_of_zeros, code
from sessionlab.study.audit.state import GWEI, Approval, Holding, WalletState

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession

Request = Callable[[str, Any], Any]

#: A token that accepts ETH does so in one of these: plain transfers, WETH's deposit, or its ERC-20 functions.
PAYABLE_FUNCTIONS = tuple(map(code, ("transfer(address,uint256)", "approve(address,uint256)", "deposit()")))


def read_wallet(session: BaseSession, request: Request, thief: str) -> WalletState:
    """Read the current state of a session's wallet."""
    reader = _Reader(request, session.wallet)
    installed = session.installed
    block = request("eth_getBlockByNumber", ["latest", False])
    approvals = tuple(reader.approvals())
    named = {row.target for row in rows(session.permissions)} - {ZERO_ADDRESS}
    asked = {"0x" + token.hex() for token in session.names.tokens} | named | {a.token.lower() for a in approvals}
    tokens = {checksum(address_bytes(a)): held for a in sorted(asked) if (held := reader.holding(a, session, thief))}
    tokens_named = {token.lower() for token in tokens}
    balance = int(request("eth_getBalance", [session.wallet, "latest"]), 16)
    # Without ETH of its own, the wallet cannot test who accepts some.
    refusals = reader.refusals(session, tokens_named) if balance else ()
    return WalletState(
        address=session.wallet,
        now=session.now,
        expiry=session.expiry_sec,
        balance=balance,
        deposit=reader.number(ENTRY_POINT, "EntryPoint", "balanceOf", session.wallet) or 0,
        tokens=tokens,
        approvals=approvals,
        left=session.remaining if installed else None,
        installed=installed,
        revoked=session.revoked,
        refuses_value=frozenset(refusals),
        elsewhere={target: wei for target in sorted(named - tokens_named) if (wei := reader.kept(target))},
        gas_price=int(block["baseFeePerGas"], 16),
        names=session.names,
    )


class _Reader:
    """Queries a node about one wallet."""

    def __init__(self, request: Request, wallet: str) -> None:
        self._request, self._wallet = request, wallet

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

    def holding(self, token: str, session: BaseSession, thief: str) -> Holding | None:
        """Return what the wallet holds of a token; None if it is not a token, with balances and decimals."""
        balance = self.number(token, "Token", "balanceOf", self._wallet)
        decimals = self.number(token, "Token", "decimals")
        if balance is None or decimals is None or decimals > 255:
            return None
        known = session.names.tokens.get(address_bytes(token))
        symbol = known.symbol if known else self.ask("Token", token, "symbol")
        alone = TRANSFER_FROM.data(thief=thief, wallet=self._wallet, amount=1)
        moves = bool(balance) and not self._allowance(token, self._wallet) and self.call(token, alone) is not None
        return Holding(balance, str(symbol or "units"), decimals, moves)

    def kept(self, contract: str) -> int:
        """Return the wei that a contract, such as a vault, says are the wallet's; 0 if it holds less than that."""
        wei = self.number(contract, "Vault", "balanceOf", self._wallet) or 0
        there = int(self._request("eth_getBalance", [contract, "latest"]), 16)
        return wei if GWEI <= wei <= there and contract != ENTRY_POINT.lower() else 0

    def approvals(self) -> Iterator[Approval]:
        """Yield what others may pull now, from the approvals that the wallet has made."""
        topics = ["0x" + artifact("Token").event("Approval").topic.hex(), "0x" + address_word(self._wallet).hex()]
        logs = self._request("eth_getLogs", [{"topics": topics, "fromBlock": "0x0", "toBlock": "latest"}])
        pairs = {(log["address"], log["topics"][2]) for log in logs if len(log["topics"]) == 3}
        for token, topic in sorted(pairs):
            spender = checksum(bytes.fromhex(topic[26:]))
            if units := self._allowance(token, spender):
                yield Approval(checksum(address_bytes(token)), spender, units)

    def refusals(self, session: BaseSession, tokens: set[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the calls that succeed without value but fail with 1 wei, and the tokens that accept ETH nowhere."""
        functions: dict[str, set[bytes]] = {}
        anywhere = {row.selector for row in rows(session.permissions) if row.kind is GrantKind.FUNCTION_ANYWHERE}
        for row in rows(session.permissions):
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

    def _allowance(self, token: str, spender: str) -> int:
        return self.number(token, "Token", "allowance", self._wallet, spender) or 0
