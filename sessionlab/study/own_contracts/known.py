"""The contracts that a lab was told of: they go back with its chain, are saved with it, and give it names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rollback_list import RollbackList
from sessionlab.core.contracts.abi import AbiEntry, read_entry
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.lab.layout import DEMO_CONTRACTS, TOKENS
from sessionlab.study.own_contracts.code import read_abi
from sessionlab.study.own_contracts.errors import errors_of
from sessionlab.study.own_contracts.naming import live_book
from sessionlab.study.own_contracts.tokens import MOST_GAS, Ask, tokens_seen

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.records import Block

#: What each of a lab's own contracts is an instance of.
KINDS = {**dict.fromkeys(TOKENS, "Token"), **DEMO_CONTRACTS, "paymaster": "SponsorPaymaster"}
NAME = re.compile(r"[A-Za-z]\w{0,39}", re.ASCII)
NAME_FIX = "use up to 40 letters, digits and _, beginning with a letter, such as game."


@dataclass(frozen=True)
class KnownContract:
    """A contract with its ABI. ``abi`` is JSON, as ``read_abi`` writes it; ``sources``: see ``ContractCode``."""

    address: str
    name: str
    abi: str
    sources: tuple[tuple[str, str], ...] = ()

    @cached_property
    def entries(self) -> tuple[AbiEntry, ...]:
        """Its functions, events and errors."""
        return entries_of(self.abi)


@lru_cache(512)
def entries_of(abi: str) -> tuple[AbiEntry, ...]:
    """Return the functions, events and errors of an ABI in JSON."""
    return tuple(read_entry(item) for item in json.loads(abi) if item["type"] in ("function", "event", "error"))


class KnownContracts:
    """The contracts that a lab was told of, oldest first."""

    def __init__(self, chain: Chain, base: AddressBook, of_lab: Mapping[str, str]) -> None:
        self._of_lab = of_lab
        self._chain, self.base = chain, base
        self._items: RollbackList[KnownContract] = RollbackList()
        #: Addresses of tokens that were seen at some time, in whatever state.
        self._seen: set[bytes] = set()
        self._logged: tuple[str | None, int, set[bytes]] = (None, 0, set())
        self._book: tuple[Any, AddressBook] = (None, base)

    def __iter__(self) -> Iterator[KnownContract]:
        return iter(tuple(self._items.items))

    def __contains__(self, known: KnownContract) -> bool:
        return known in self._items.items or known == self._own_of_lab(known.name)

    def find(self, which: str) -> KnownContract | None:
        """Return a contract by its name or address, also one of the lab's own; None if there is none."""
        deployed = next((known for known in self if which in (known.name, known.address)), None)
        name = next((name for name, address in self._of_lab.items() if which in (name, address)), "")
        return deployed or self._own_of_lab(name)

    def names(self) -> list[str]:
        """Return the names of all, the lab's own first."""
        return [*self._of_lab, *(known.name for known in self)]

    def _own_of_lab(self, name: str) -> KnownContract | None:
        contract = KINDS.get(name)
        at = self._of_lab.get(name)
        return None if contract is None or at is None else KnownContract(at, name, read_abi(artifact(contract).abi))

    def add(self, known: KnownContract) -> None:
        """Know one more, until the chain goes back to before now."""
        self._items.append(known)

    def capture(self) -> Any:
        """Return the state that ``restore`` needs."""
        return self._items.capture()

    def restore(self, captured: Any) -> None:
        """Know what was known then."""
        self._items.restore(captured)

    # -- being saved, with the chain

    def to_save(self) -> tuple[tuple[KnownContract, ...], tuple[bytes, ...]]:
        """Return the contracts, and where to look for tokens of which no event tells."""
        known = sorted(self._seen | self._chain.edited)
        return tuple(self._items.items), tuple(raw for raw in known if self._chain.code(checksum(raw)))

    def load(self, items: Sequence[KnownContract], seen: Iterable[bytes]) -> None:
        """Load what another lab knew."""
        self._items, self._seen = RollbackList(items), set(seen)

    # -- names

    def free_name(self, wanted: str, taken: Iterable[str]) -> str:
        """Return this name, or the name with the first number that makes it free."""
        used = {*taken, *(known.name for known in self)}
        name = re.sub(r"\W", "", wanted, flags=re.ASCII)[:36]
        name = name if NAME.fullmatch(name) else "contract"
        return next(each for each in (name, *(f"{name}_{n}" for n in range(2, len(used) + 3))) if each not in used)

    def check_name(self, name: str, taken: Iterable[str]) -> str:
        """Return a name. Raises InvalidInput if it is not one, or means something else in the lab."""
        if not NAME.fullmatch(name):
            raise InvalidInput(f"{name[:80]!r} is not a name.", field="name", asked=name, fix=NAME_FIX)
        if name in {*taken, *(known.name for known in self)}:
            message = f"lab.{name} is there already."
            raise InvalidInput(message, field="name", asked=name, fix="give another name, or none.")
        return name

    def live(self) -> AddressBook:
        """Return the book that always has today's names."""
        return live_book(self.book)

    def book(self) -> AddressBook:
        """Return the names as they are now."""
        head = self._chain.engine.head
        key = head.root, len(head.blocks), head.blocks[-1].hash, tuple(self._items.items)
        if self._book[0] != key:
            self._book = key, self._made()
        return self._book[1]

    def _made(self) -> AddressBook:
        chain, items = self._chain.frozen(), list(self)
        functions: dict[bytes, str] = {}
        errors: dict[bytes, str] = {}
        for known in items:
            own = {entry.selector: entry.signature for entry in known.entries if entry.kind == "function"}
            functions, raised = own | functions, errors_of(known.abi)
            at = address_bytes(known.address)
            errors = raised | errors | {at + code: text for code, text in raised.items()}

        def ask(address: bytes) -> Ask | None:
            at = "0x" + address.hex()
            return (lambda data: _answer(chain, at, data)) if chain.code(at) else None

        return replace(
            self.base,
            labels={**self.base.labels, **{address_bytes(known.address): known.name for known in items}},
            tokens=tokens_seen(self.base.tokens, ask, lambda: self._candidates(chain), self._seen),
            functions={**self.base.functions, **functions},
            errors={**self.base.errors, **errors},
        )

    def _candidates(self, chain: Chain) -> set[bytes]:
        """Return every account that may be a token: deployed, edited, or with the events of one."""
        told = {address_bytes(known.address) for known in self}
        return told | set(chain.edited) | self._with_events(chain)

    def _with_events(self, chain: Chain) -> set[bytes]:
        """Return where tokens' events come from. Each block is looked at once, unless the chain went back."""
        newest, looked, sources = self._logged
        blocks = chain.engine.head.blocks
        if looked > len(blocks) or (looked and blocks[looked - 1].hash != newest):
            looked = 0
        sources = sources | {at for block in blocks[looked:] for at in _sources(block)}
        self._logged = (blocks[-1].hash, len(blocks), sources)
        return sources


def _answer(chain: Chain, address: str, data: bytes) -> bytes | None:
    result = chain.call(address, data, gas=MOST_GAS)
    return result.output if result.success else None


def _sources(block: Block) -> Iterator[bytes]:
    topics = {"0x" + artifact("Token").event(name).topic.hex() for name in ("Transfer", "Approval")}
    for receipt in block.receipts:
        if receipt.contract_address and receipt.status == 1:
            yield address_bytes(receipt.contract_address)
        yield from (address_bytes(log.address) for log in receipt.logs if log.topics and log.topics[0] in topics)


__all__ = ["KnownContract", "KnownContracts", "entries_of"]
