"""Read a session's on-chain state over JSON-RPC: whether it is installed, its allowances and its events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sessionlab.core.base.addresses import ZERO_ADDRESS, checksum
from sessionlab.core.base.amounts import short_address
from sessionlab.core.client.allowances import HistoryEntry
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.limits import LIMITS, LimitKind, Meter, unit_of
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission

Request = Callable[[str, Any], Any]


@dataclass(frozen=True)
class SessionReader:
    """Reads one session's state from its wallet's chain."""

    request: Request
    wallet: str
    entity_id: int
    key: str
    permissions: Sequence[Permission]
    names: AddressBook
    rules: Ruleset
    block: str = "latest"
    _times: dict[str, int] = field(default_factory=dict, repr=False, compare=False)  # block hash -> its time

    def at(self, block: int) -> SessionReader:
        """Return a reader of the state right after a block."""
        return replace(self, block=hex(block))

    @property
    def installed(self) -> bool:
        """Whether the session is installed on the wallet."""
        return self.holder == self.key

    @property
    def holder(self) -> str:
        """The key that has the session's entity id on the wallet; the zero address if none has."""
        answer = self._ask("session", self.entity_id)
        return checksum(bytes.fromhex(answer[0][2:])) if answer else ZERO_ADDRESS

    @property
    def revoked(self) -> bool:
        """Whether the owner has revoked this session."""
        return not self.installed and any(entry.what == "revoked" for entry in self.entries())

    def entries(self) -> list[HistoryEntry]:
        """Return the install, consumption and revocation entries from the wallet's events."""
        entity = "0x" + self.entity_id.to_bytes(32, "big").hex()
        events, names = ("SessionInstalled", "SessionRevoked", "AllowanceConsumed"), self.names.now()
        wanted = ["0x" + artifact("SessionWallet").event(name).topic.hex() for name in events]
        query = {"address": self.wallet, "topics": [wanted, entity], "fromBlock": "0x0", "toBlock": self.block}
        return [self._entry(log, names) for log in self.request("eth_getLogs", [query])]

    def time(self, block: int | None = None) -> int:
        """Return a block's time in Unix seconds; without a block, the time of the block that would be next."""
        tag = "pending" if block is None else hex(block)
        return int(self.request("eth_getBlockByNumber", [tag, False])["timestamp"], 16)

    def used_on_chain(self, meter: Meter) -> tuple[int, int]:
        """Return the limit of an installed session's meter, and how much of it is used."""
        limit, left = self._ask("allowance", self.entity_id, meter.kind, meter.token or ZERO_ADDRESS)
        return limit, limit - left

    def _unit(self, meter: Meter) -> str:
        return unit_of(meter, self.rules)

    def _entry(self, log: dict[str, Any], names: AddressBook) -> HistoryEntry:
        event = artifact("SessionWallet").events[bytes.fromhex(log["topics"][0][2:])]
        facts = event.decode_log(log)
        block, time = int(log["blockNumber"], 16), self._time_of(log)
        if event.name == "SessionInstalled":
            return HistoryEntry("installed", time, block, shown=f"key {short_address(self.key)}")
        if event.name == "SessionRevoked":
            return HistoryEntry("revoked", time, block, shown="by the owner")
        meter = Meter(LimitKind(facts["kind"]), facts["token"])
        unit, amount, left = self._unit(meter), facts["amount"], facts["remaining"]
        show, name = names.amount, LIMITS[meter.kind].permission
        shown = f"{show(amount, unit)} of {name}, {show(left, unit)} left"
        return HistoryEntry("consumed", time, block, name, amount, left, unit, shown=shown)

    def _time_of(self, log: dict[str, Any]) -> int:
        """Return when the log's block was mined. Cached by hash, because a block's time never changes."""
        block_hash = log["blockHash"]
        if block_hash not in self._times:
            self._times[block_hash] = self.time(int(log["blockNumber"], 16))
        return self._times[block_hash]

    def _ask(self, function: str, *values: Any) -> Any:
        """Call a view function of the wallet contract. Returns None while the wallet is not deployed."""
        contract = artifact("SessionWallet")
        data = "0x" + contract.encode(function, *values).hex()
        answer = self.request("eth_call", [{"to": self.wallet, "data": data}, self.block])
        return contract.decode(function, bytes.fromhex(answer[2:])) if answer != "0x" else None
