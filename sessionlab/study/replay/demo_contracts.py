"""What the contracts in the vectors do, in plain Python: tokens, counters, and the wallet's own functions.

Mirrors the Vyper sources (``Token.vy``, ``Counter.vy``, ``Strict.vy``, the wallet) for a model that decides without a
chain. Addresses are lower-case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.permissions.functions import REPLACE_OWNER, selector
from sessionlab.core.permissions.operation import EMPTY_REVERT, Operation, PlainCall, plain_call


class Reverted(Exception):
    """A contract reverts; the message is the reason."""


@dataclass
class DemoContracts:
    """The state of the demo contracts. ``decide`` calls ``run`` last."""

    wallet: str
    owner: str
    #: Wei by address; an address that is not listed has none.
    eth: dict[str, int]
    #: Units by token and holder; every key is a token.
    tokens: dict[str, dict[str, int]]
    #: The count of each counter; every key is a counter.
    counts: dict[str, int]
    strict: frozenset[str] = frozenset()
    #: Units by token, holder and spender.
    approved: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def run(self, operation: Operation) -> str | None:
        """Make all the calls or none; return the reason if one fails."""
        before = self._state()
        try:
            for call in operation.calls_of(self.wallet):
                self._call(self.wallet, call)
        except Reverted as reverted:
            vars(self).update(before)
            return str(reverted)
        return None

    def _state(self) -> dict[str, Any]:
        """Return all state that a call can change."""
        return {
            "owner": self.owner,
            "eth": self.eth.copy(),
            "tokens": {token: held.copy() for token, held in self.tokens.items()},
            "counts": self.counts.copy(),
            "approved": self.approved.copy(),
        }

    def _call(self, caller: str, call: PlainCall) -> None:
        if call.value > self.eth.get(caller, 0):
            raise Reverted(EMPTY_REVERT)
        self.eth[caller] = self.eth.get(caller, 0) - call.value
        self.eth[call.target] = self.eth.get(call.target, 0) + call.value
        if call.target in self.tokens:
            self._call_token(caller, call)
        elif call.target in self.counts:
            self._call_counter(caller, call)
        elif call.target in self.strict and (call.value or call.data[:4] != _PING):
            raise Reverted(EMPTY_REVERT)
        elif call.target == self.wallet:
            self._call_wallet(call)

    def _call_token(self, caller: str, call: PlainCall) -> None:
        token, function = call.target, _TOKEN.get(call.data[:4])
        if function is None or call.value:
            raise Reverted(EMPTY_REVERT)
        words = _words(call.data, function.types)
        function.act(self, token, caller, words)

    def _call_counter(self, caller: str, call: PlainCall) -> None:
        code, counter = call.data[:4], call.target
        if not call.data:
            return
        if code == _FAIL:
            raise Reverted("CounterFailed")
        if code != _DEPOSIT and call.value:
            raise Reverted(EMPTY_REVERT)
        if code in (_DEPOSIT, _INCREMENT):
            self._count(counter, 1)
        elif code == _ADD:
            self._count(counter, _words(call.data, "u")[0])
        elif code == _PULL:
            token, holder, amount = _words(call.data, "aau")
            inner = _FROM + b"".join(word.to_bytes(32, "big") for word in (holder, int(caller, 16), amount))
            self._call(counter, plain_call(_address(token), 0, inner))
            if _address(token) not in self.tokens:  # it does not respond
                raise Reverted(EMPTY_REVERT)
        elif code != _NUMBER:
            raise Reverted(EMPTY_REVERT)

    def _call_wallet(self, call: PlainCall) -> None:
        """Run a wallet function that a session can be granted; others are not supported here."""
        if not call.data:
            return
        if call.data[:4] != _REPLACE_OWNER:
            raise Reverted("UnrecognizedFunction")
        if call.value:
            raise Reverted(EMPTY_REVERT)
        owner, disabled = _words(call.data, "ab")
        self.owner = _address(0 if disabled else owner)

    def _count(self, counter: str, more: int) -> None:
        if self.counts[counter] + more > MAX_UINT256:
            raise Reverted(EMPTY_REVERT)
        self.counts[counter] += more

    def _move(self, token: str, holder: str, to: str, amount: int) -> None:
        balances = self.tokens[token]
        if amount > balances.get(holder, 0):
            raise Reverted("InsufficientBalance")
        balances[holder] = balances.get(holder, 0) - amount
        balances[to] = balances.get(to, 0) + amount

    def _transfer(self, token: str, caller: str, words: list[int]) -> None:
        self._move(token, caller, _address(words[0]), words[1])

    def _transfer_from(self, token: str, caller: str, words: list[int]) -> None:
        holder, to, amount = _address(words[0]), _address(words[1]), words[2]
        left = self.approved.get((token, holder, caller), 0)
        if amount > left:
            raise Reverted("InsufficientAllowance")
        self.approved[token, holder, caller] = left - amount
        self._move(token, holder, to, amount)

    def _approve(self, token: str, caller: str, words: list[int]) -> None:
        self.approved[token, caller, _address(words[0])] = words[1]

    def _increase(self, token: str, caller: str, words: list[int]) -> None:
        key = (token, caller, _address(words[0]))
        if self.approved.get(key, 0) + words[1] > MAX_UINT256:
            raise Reverted(EMPTY_REVERT)
        self.approved[key] = self.approved.get(key, 0) + words[1]

    def _look(self, token: str, caller: str, words: list[int]) -> None:
        """Call a view, which changes nothing."""


@dataclass(frozen=True, slots=True)
class _Function:
    #: a: address, u: uint256, b: bool.
    types: str
    act: Callable[[DemoContracts, str, str, list[int]], None]


def _code(signature: str) -> bytes:
    return bytes.fromhex(selector(signature)[2:])


_INCREMENT, _ADD, _DEPOSIT = _code("increment()"), _code("add(uint256)"), _code("deposit()")
_FAIL, _NUMBER, _PING = _code("fail()"), _code("number()"), _code("ping()")
_PULL, _FROM = _code("pull(address,address,uint256)"), _code("transferFrom(address,address,uint256)")
_REPLACE_OWNER = bytes.fromhex(REPLACE_OWNER[2:])
_TOKEN = {
    _code("transfer(address,uint256)"): _Function("au", DemoContracts._transfer),
    _code("approve(address,uint256)"): _Function("au", DemoContracts._approve),
    _code("increaseAllowance(address,uint256)"): _Function("au", DemoContracts._increase),
    _FROM: _Function("aau", DemoContracts._transfer_from),
    _code("balanceOf(address)"): _Function("a", DemoContracts._look),
    _code("allowance(address,address)"): _Function("aa", DemoContracts._look),
    _code("totalSupply()"): _Function("", DemoContracts._look),
    _code("decimals()"): _Function("", DemoContracts._look),
    _code("name()"): _Function("", DemoContracts._look),
    _code("symbol()"): _Function("", DemoContracts._look),
}
_HIGHEST = {"a": 2**160 - 1, "u": MAX_UINT256, "b": 1}


def _words(data: bytes, types: str) -> list[int]:
    """Return the arguments after the selector. Too few or malformed ones revert; extra ones are ignored."""
    result = [int.from_bytes(data[at : at + 32], "big") for at in range(4, 4 + 32 * len(types), 32)]
    if len(data) < 4 + 32 * len(types) or any(w > _HIGHEST[t] for w, t in zip(result, types, strict=True)):
        raise Reverted(EMPTY_REVERT)
    return result


def _address(word: int) -> str:
    return f"0x{word:040x}"
