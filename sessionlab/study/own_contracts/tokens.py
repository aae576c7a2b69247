"""What an ERC-20 token calls itself: symbol and decimals, asked from the contract, bounded and printable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.amounts import short_address
from sessionlab.core.base.printable import printable
from sessionlab.core.denials.address_book import Token

#: Returns what a contract answers to a call with these four bytes; None if the call fails.
Ask = Callable[[bytes], bytes | None]

SYMBOL, DECIMALS, TOTAL_SUPPLY = (bytes.fromhex(code) for code in ("95d89b41", "313ce567", "18160ddd"))
#: Gas for each question, far more than any token needs. It bounds the time and the size of an answer.
MOST_GAS = 200_000
#: Characters of a symbol that are shown.
MOST_LETTERS = 24
#: With more decimals, no amount of 256 bits comes to one whole token.
MOST_DECIMALS = 77
#: Symbols that mean something else.
RESERVED = frozenset({"eth", "ether", "wei", "gwei", "gas"})
_WORD = 32


def read_token(address: bytes, ask: Ask, taken: Iterable[str] = ()) -> Token | None:
    """Return how to show a token's amounts; None if the contract is not an ERC-20 token with decimals.

    Anybody can deploy a token with any symbol. One of the symbols in ``taken``, or of a unit of ETH, is shown with the
    token's address. A token without a symbol is shown by its address.
    """
    decimals = _number(ask(DECIMALS))
    if decimals is None or decimals > 255:
        return None
    symbol, short = read_symbol(ask(SYMBOL)), short_address(checksum(address))
    if symbol is None and _number(ask(TOTAL_SUPPLY)) is None:
        return None
    if symbol is None or symbol.casefold() in RESERVED | {other.casefold() for other in taken}:
        symbol = short if symbol is None else f"{symbol} ({short})"
    return Token(f"base units of {symbol}", 0) if decimals > MOST_DECIMALS else Token(symbol, decimals)


def read_symbol(answer: bytes | None) -> str | None:
    """Return the symbol in an answer, which is a string or, in old tokens, 32 bytes; None if there is none.

    Whatever does not print, and every blank, is shown as an escape such as ``\\x00``.
    """
    if answer is None or len(answer) < _WORD:
        return None
    if len(answer) == _WORD:
        raw = answer.rstrip(b"\0")
    else:
        at = int.from_bytes(answer[:_WORD], "big") + _WORD
        length = int.from_bytes(answer[at - _WORD : at], "big") if at <= len(answer) else len(answer)
        if at + length > len(answer):
            return None
        raw = answer[at : at + min(length, 8 * MOST_LETTERS)]
    return printable(raw.decode("utf-8", "backslashreplace").replace(" ", "_"), MOST_LETTERS) or None


def _number(answer: bytes | None) -> int | None:
    return int.from_bytes(answer[:_WORD], "big") if answer is not None and len(answer) >= _WORD else None


def tokens_seen(
    known: Mapping[bytes, Token],
    ask: Callable[[bytes], Ask | None],
    candidates: Callable[[], Iterable[bytes]] = tuple,
    seen: set[bytes] | None = None,
) -> Mapping[bytes, Token]:
    """Return every token of one state of a chain, by address: those that are known, and those that say what they are.

    A look-up asks the one contract; to list them asks each of ``candidates``, and of ``seen``, which collects those
    that were seen. Pickled and copied, it is a plain dict.
    """
    return _TokensSeen(known, ask, candidates, set() if seen is None else seen)


class _TokensSeen(Mapping[bytes, Token]):
    def __init__(
        self,
        known: Mapping[bytes, Token],
        ask: Callable[[bytes], Ask | None],
        candidates: Callable[[], Iterable[bytes]],
        seen: set[bytes],
    ) -> None:
        self._known, self._ask, self._candidates, self._found = known, ask, candidates, seen
        self._answers: dict[bytes, Token | None] = {}

    def __getitem__(self, address: bytes) -> Token:
        token = self._known.get(address) or self._asked(address)
        if token is None:
            raise KeyError(address)
        return token

    def _asked(self, address: bytes) -> Token | None:
        if address not in self._answers:
            ask = self._ask(address)
            taken = [token.symbol for token in self._known.values()]
            token = self._answers[address] = None if ask is None else read_token(address, ask, taken)
            if token is not None:
                self._found.add(address)
        return self._answers[address]

    def __iter__(self) -> Iterator[bytes]:
        yield from self._known
        others = {*self._candidates(), *self._found} - set(self._known)
        yield from (address for address in sorted(others) if self._asked(address) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)
