"""Stateful filters over one chain: eth_newFilter and related methods.

A filter reports each block once. After a revert, it reports the blocks mined in place of the reverted ones; blocks
removed by a revert are not reported as removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import an_object, hex_quantity, quantity
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.log_filter import LogFilter, find, log_filter
from sessionlab.core.evm.lookup import NEWEST, BlockId
from sessionlab.core.evm.records import Block
from sessionlab.core.evm.rpc_methods import MATCHED, RANGE, read_range
from sessionlab.core.evm.rpc_views import log_view

MAX_FILTERS = 256  # of one chain
MAX_SIZE = 10_000  # addresses and topics that they look for, all together
IDLE = 5 * 60  # seconds without a poll, after which a filter makes room for another, as geth has it
SHOWN = 16  # the newest ones, that an error names

BlockRange = tuple[int | None, int | None]
"""First and last block number, both inclusive; None: no bound."""


class _Filter:
    """Reports the blocks since the last poll. It keeps the chain as it was then, which costs nothing at any height."""

    #: Addresses and topics that it looks for.
    size = 0

    def __init__(self, chain: Chain) -> None:
        self._told, self.polled = chain.engine.blocks, monotonic()

    def news(self, chain: Chain) -> list[Any]:
        """Return what is new since the last poll."""
        blocks = chain.engine.blocks
        result = self.tell(blocks[_shared(self._told, blocks) :])
        self._told, self.polled = blocks, monotonic()
        return result

    def tell(self, blocks: list[Block]) -> list[Any]:
        """Return what this filter reports of new blocks: their hashes."""
        return [block.hash for block in blocks]


class _TransactionFilter(_Filter):
    """Reports transaction hashes. No transaction is ever pending here: each is mined when it is sent."""

    def tell(self, blocks: list[Block]) -> list[Any]:
        return [transaction.hash for block in blocks for transaction in block.transactions]


class _LogFilter(_Filter):
    """Reports matching logs within a range of blocks."""

    def __init__(self, chain: Chain, wanted: LogFilter, within: BlockRange) -> None:
        super().__init__(chain)
        self._wanted, self._within = wanted, within
        self.size = sum(map(len, (wanted.addresses, *wanted.topics)))

    def tell(self, blocks: list[Block]) -> list[Any]:
        first, last = self._within
        inside = [b for b in blocks if (first or 0) <= b.number and (last is None or b.number <= last)]
        return [log_view(log, block.timestamp) for block in inside for log in find([block], self._wanted)]

    def everything(self, chain: Chain) -> list[Any]:
        """Return all matching logs, including those already reported. Without a first block, the newest, as geth."""
        self.polled = monotonic()
        first, last = self._within
        begin = chain.height if first is None else first
        return self.tell(chain.engine.blocks[begin : None if last is None else last + 1])


def _shared(these: Sequence[Block], other: Sequence[Block]) -> int:
    """Return how many blocks two chains have in common. Both begin with the same, and differ from some block on."""
    least, most = 1, min(len(these), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if these[middle - 1].hash == other[middle - 1].hash else (least, middle - 1)
    return least


class _Filters:
    """The filters of one chain, by number."""

    def __init__(self) -> None:
        self._by_id: dict[int, _Filter] = {}
        self._next = 1

    def add(self, made: _Filter) -> str:
        if not self._has_room(made.size):
            self._forget(made.size)
        number, self._next = self._next, self._next + 1
        self._by_id[number] = made
        return hex_quantity(number)

    def _has_room(self, size: int) -> bool:
        return len(self._by_id) < MAX_FILTERS and size + sum(made.size for made in self._by_id.values()) <= MAX_SIZE

    def _forget(self, size: int) -> None:
        """Drop what nobody has polled for long. Raises ChainError if there is nothing."""
        for number, made in list(self._by_id.items()):
            if made.polled < monotonic() - IDLE:
                del self._by_id[number]
        if not self._has_room(size):
            raise ChainError(
                f"There are {len(self._by_id)} filters, and each was polled within the last {IDLE // 60} minutes.",
                field="filter",
                asked=len(self._by_id) + 1,
                left=MAX_FILTERS,
                fix="end one with eth_uninstallFilter.",
            )

    def get(self, params: Any) -> _Filter:
        number = _number(params)
        if number not in self._by_id:
            raise ChainError(
                f"There is no filter {number}.",
                kind="filter not found",
                field="filter",
                asked=number,
                left=[hex_quantity(known) for known in self._by_id][-SHOWN:],
                fix="make one with eth_newFilter or eth_newBlockFilter.",
            )
        return self._by_id[number]

    def remove(self, params: Any) -> bool:
        return self._by_id.pop(_number(params), None) is not None


_of_chain: WeakKeyDictionary[Chain, _Filters] = WeakKeyDictionary()


def _filters(chain: Chain) -> _Filters:
    return _of_chain.setdefault(chain, _Filters())


def _number(params: Any) -> int:
    if not params:
        raise InvalidInput("Parameter 1 is missing: filter.", field="filter")
    return quantity(params[0], "filter")


def _request(params: Any) -> Mapping[str, Any]:
    """Return the filter object of eth_newFilter. Raises InvalidInput if it is not an object."""
    return an_object(params[0] if params else {}, "filter", (*RANGE, *MATCHED), "")


def new_filter(chain: Chain, params: Any) -> str:
    """Answer eth_newFilter. Bounds are block numbers; a tag for the newest block sets no bound."""
    request = _request(params)
    wanted = log_filter(request.get("address"), request.get("topics") or ())
    first, last = read_range(request, chain.height)
    return _filters(chain).add(_LogFilter(chain, wanted, (_bound(first), _bound(last))))


def new_block_filter(chain: Chain, params: Any) -> str:
    """Answer eth_newBlockFilter."""
    return _filters(chain).add(_Filter(chain))


def new_transaction_filter(chain: Chain, params: Any) -> str:
    """Answer eth_newPendingTransactionFilter."""
    return _filters(chain).add(_TransactionFilter(chain))


def filter_changes(chain: Chain, params: Any) -> list[Any]:
    """Answer eth_getFilterChanges: what is new since the filter was created or last polled."""
    return _filters(chain).get(params).news(chain)


def filter_logs(chain: Chain, params: Any) -> list[Any]:
    """Answer eth_getFilterLogs: all matching logs, including those already reported."""
    result = _filters(chain).get(params)
    if not isinstance(result, _LogFilter):
        raise ChainError("This filter is not about logs.", field="filter", fix="use eth_getFilterChanges.")
    return result.everything(chain)


def uninstall_filter(chain: Chain, params: Any) -> bool:
    """Answer eth_uninstallFilter: whether the filter existed."""
    return _filters(chain).remove(params)


def _bound(block: BlockId) -> int | None:
    if block in NEWEST:
        return None
    return 0 if block == "earliest" else int(block)
