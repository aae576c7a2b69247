"""A contract on a lab's chain, as people hold it: what to call, what to read, what happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import ADDRESS, AMOUNT, NUMBER, TEXT, maybe, reads
from sessionlab.core.base.errors import ChainError, InvalidInput, NotFound, StaleHandle, Stays
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.base.html import BLUE, address_html, card
from sessionlab.core.contracts.abi import AbiEntry, read_entry
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337.call import Call
from sessionlab.study.own_contracts.calls import Item, encode_arguments, find_function, items, spelled
from sessionlab.study.own_contracts.code import abi_rows
from sessionlab.study.own_contracts.errors import own_error
from sessionlab.study.own_contracts.known import KnownContract, KnownContracts

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.records import Log, Receipt


@dataclass(frozen=True)
class ContractEvent:
    """One event of a contract, decoded. ``block``: the number of its block; ``log_index``: its place in it."""

    name: str
    args: dict[str, Any] = field(hash=False)
    block: int
    transaction_hash: str
    log_index: int

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.args.items())
        return f"<{self.name}({given}) in block {self.block}>"


class Contract(Frozen, Stays):
    """A contract on a lab's chain: ``lab.deploy(…)`` and ``lab.contract(…)`` return it.

    Wherever an address is asked, give the contract or its ``address``.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> mine = lab.token("My Dollar", "MYD", 6)
    >>> mine.read("symbol"), mine.call("transfer", lab.merchant, 5).to == mine.address
    ('MYD', True)
    """

    _fix = "deploy another: lab.deploy(…)."
    _instead = "use lab.save(path) here, and sl.Lab.load(path).contract(name) there."

    def __init__(self, chain: Chain, known: KnownContract, among: KnownContracts, send: Callable[..., Receipt]) -> None:
        self._chain, self._known, self._among, self._send = chain, known, among, send
        self.address, self.name = known.address, known.name
        self._frozen = True

    def __repr__(self) -> str:
        return f"<Contract {self.name} at {self.address}: {', '.join(self.functions[:8])}>"

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Contract) and other._known == self._known
        return same and other._chain is self._chain  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self._known)

    def _repr_html_(self) -> str:
        rows = [("address", address_html(self.address)), *abi_rows(self._known.abi)]
        return card(f"Contract {self.name}", BLUE, rows)

    @property
    def abi(self) -> list[dict[str, Any]]:
        """The ABI, as other libraries take it: ``lab.web3.eth.contract(address=c.address, abi=c.abi)``."""
        result: list[dict[str, Any]] = json.loads(self._known.abi)
        return result

    @property
    def functions(self) -> tuple[str, ...]:
        """The signatures of its functions."""
        return tuple(read_entry(item).signature for item in items(self._known.abi, "function"))

    @reads(function=TEXT, value=AMOUNT)
    def call(self, function: str, *arguments: Any, value: int = 0) -> Call:
        """Return a call of a function, for ``send_calls``.

        ``function``: its name, or its signature if it is overloaded. ``value``: wei to send. Structs are tuples, or
        mappings of their members. Raises NotFound for a function that it does not have, and InvalidInput, with the name
        of the argument, for what does not fit.
        """
        item, data = self._encoded(function, arguments)
        if value and item["stateMutability"] != "payable":
            message = f"{item['name']} of {self.name} takes no ETH."
            fix = "leave the value out; to see it refused, make sl.Call(to=…, value=…, data=…)."
            raise InvalidInput(message, field="value", asked=value, left=0, fix=fix)
        return Call(self.address, value, data)

    @reads(function=TEXT, sender=maybe(ADDRESS))
    def read(self, function: str, *arguments: Any, sender: str | None = None) -> Any:
        """Run a function without changing anything, and return its result: one value, a tuple of several, or None.

        ``sender``: who asks. Raises ChainError if it reverts or answers what its ABI does not say.
        """
        item, data = self._encoded(function, arguments)
        answer = self._chain.call(self.address, data, sender=sender)
        if not answer.success:
            raise self._failed(item, answer.output, answer.halt)
        try:
            values = read_entry(item).decode_result(answer.output)
        except Exception:  # a decoder may raise anything on what a contract answers
            name, fix = item["name"], "give the contract's own ABI."
            message = f"{self.name} answers {name} with {len(answer.output)} bytes that do not fit its ABI."
            raise ChainError(message, field="function", asked=name, fix=fix) from None
        outputs = item["outputs"]
        if len(outputs) > 1:
            return tuple(map(spelled, outputs, values))
        return spelled(outputs[0], values) if outputs else None

    @reads(function=TEXT, value=AMOUNT)
    def transact(self, function: str, *arguments: Any, value: int = 0) -> Receipt:
        """Call a function from the account that deployed it, in a transaction of its own; ``value`` in wei.

        Returns the receipt. Raises ChainError if it reverts; then nothing is mined.
        """
        item, data = self._encoded(function, arguments)
        with self._chain.atomic():
            receipt = self._send(self.address, data, value)
            if receipt.status != 1:
                raise self._failed(item, receipt.output, receipt.halt)
        return receipt

    @reads(name=maybe(TEXT), from_block=NUMBER)
    def events(self, name: str | None = None, *, from_block: int = 0) -> list[ContractEvent]:
        """Return its events, decoded, oldest first; of one name, or all that its ABI has.

        Raises NotFound for a name that it does not have.
        """
        self._check()
        known = {read_entry(item).topic: item for item in items(self._known.abi, "event") if not item["anonymous"]}
        if name is not None and name not in (names := [item["name"] for item in known.values()]):
            fix = f"its events: {', '.join(sorted(set(names))) or 'none'}."
            raise NotFound(f"{self.name} has no event {name[:80]!r}.", field="name", asked=name[:80], fix=fix)
        logs = self._chain.logs(self.address, from_block=from_block)
        entries = (self._event(log, known) for log in logs)
        return [event for event in entries if event is not None and name in (None, event.name)]

    def _event(self, log: Log, known: dict[bytes, Item]) -> ContractEvent | None:
        topics = [bytes.fromhex(topic[2:]) for topic in log.topics]
        item = known.get(topics[0]) if topics else None
        if item is None:
            return None
        entry: AbiEntry = read_entry(item)
        try:
            values = entry.decode_event(topics, log.data)
        except Exception:  # a contract may emit anything under the name of an event
            return None
        inputs = zip(item["inputs"], values.items(), strict=True)
        args = {at: value if isinstance(value, bytes) else spelled(each, value) for each, (at, value) in inputs}
        return ContractEvent(entry.name, args, log.block_number or 0, log.transaction_hash or "", log.log_index or 0)

    def _encoded(self, function: str, arguments: tuple[Any, ...]) -> tuple[Item, bytes]:
        self._check()
        item = find_function(self._known.abi, function, len(arguments), self.name)
        entry = read_entry(item)
        return item, entry.selector + encode_arguments(
            item, arguments, f"{item['name']} of {self.name}", self._among.book()
        )

    def _failed(self, item: Item, output: bytes, halt: str | None) -> ChainError:
        names = self._among.book()
        reason = "reverts without a reason" if not output else None
        if halt not in (None, "Revert"):
            reason = f"stops with {halt}"
        revert = decode_revert(output)
        reason = reason or f"reverts: {own_error(revert, names) or revert}"
        message = f"{item['name']} of {self.name} {reason}."
        return ChainError(message, field="function", asked=item["name"], fix="check what the function requires.")

    def _check(self) -> None:
        """Raise StaleHandle if the chain went back to before the contract."""
        if self._known not in self._among:
            message = f"The lab has no {self.name} at {self.address} any more: it went back to before it."
            raise StaleHandle(message, field="contract", asked=self.address, fix="deploy it again.")


__all__ = ["Contract", "ContractEvent"]
