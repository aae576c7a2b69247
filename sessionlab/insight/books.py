"""What the chain says about a session: installed or not, its allowances, its events. Asked over JSON-RPC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from sessionlab.amounts import short_address
from sessionlab.chain.addresses import checksum
from sessionlab.contracts.artifacts import artifact
from sessionlab.insight.ledger import Allowances, Entry, allowance
from sessionlab.insight.names import Names
from sessionlab.permissions.kinds import LIMITS, LimitKind, Meter, unit_of
from sessionlab.permissions.rows import ZERO_ADDRESS, limits_of
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import Permission

Request = Callable[[str, Any], Any]


class Books:
    """The books of one session on its wallet's chain."""

    def __init__(
        self,
        request: Request,
        *,
        wallet: str,
        entity_id: int,
        key: str,
        permissions: Sequence[Permission],
        names: Names,
        rules: Ruleset,
    ) -> None:
        self._request, self._wallet, self._entity_id, self._key = request, wallet, entity_id, key
        self._permissions, self._names, self._rules = permissions, names, rules
        self._times: dict[str, int] = {}  # block hash → its time
        self._block = "latest"

    def at(self, block: int) -> Books:
        """The same books, as a block left them."""
        then = copy(self)
        then._block = hex(block)
        return then

    @property
    def installed(self) -> bool:
        """Whether the wallet holds this session now."""
        answer = self._ask("session", self._entity_id)
        return answer is not None and checksum(bytes.fromhex(answer[0][2:])) == self._key

    @property
    def allowances(self) -> Allowances:
        """Limit, used and remaining of everything that is counted."""
        limits = limits_of(self._permissions)
        counted = [
            (row.meter, limits[row.meter])
            for permission in self._permissions
            for row in permission.rows()
            if row.meter is not None and LIMITS[row.meter.kind].counts
        ]
        installed = bool(counted) and self.installed
        entries = [] if installed or not counted else self.entries()
        revoked = any(entry.what == "revoked" for entry in entries)
        found = []
        for meter, granted in counted:
            limit, used = self._used_on_chain(meter) if installed else (granted, self._used_before(meter, entries))
            name, unit = LIMITS[meter.kind].permission, self._unit(meter)
            found.append(allowance(name, limit, used, unit, self._names, revoked=revoked))
        return Allowances(found)

    @property
    def remaining(self) -> dict[Meter, int]:
        """What is left of each meter: on the chain, or all of it before the session is installed."""
        unused = self.unused
        return dict.fromkeys(unused, 0) if unused and self.revoked else unused

    @property
    def unused(self) -> dict[Meter, int]:
        """What was never used of each meter; of a revoked session too, which has none of it left."""
        limits = limits_of(self._permissions)
        if limits and self.installed:
            return {meter: limit - used for meter in limits for limit, used in [self._used_on_chain(meter)]}
        entries = self.entries() if limits else []
        return {meter: limit - self._used_before(meter, entries) for meter, limit in limits.items()}

    @property
    def revoked(self) -> bool:
        """Whether the owner revoked it."""
        return not self.installed and any(entry.what == "revoked" for entry in self.entries())

    def entries(self) -> list[Entry]:
        """Install, consumptions and revocation, from the wallet's events."""
        entity = "0x" + self._entity_id.to_bytes(32, "big").hex()
        names = ("SessionInstalled", "SessionRevoked", "AllowanceConsumed")
        events = artifact("SessionWallet").events.values()
        wanted = ["0x" + event.topic.hex() for event in events if event.name in names]
        query = {"address": self._wallet, "topics": [wanted, entity], "fromBlock": "0x0", "toBlock": self._block}
        return [self._entry(log) for log in self._request("eth_getLogs", [query])]

    def time(self, block: int | None = None) -> int:
        """Unix seconds of a block; without one, those of the block that would be next."""
        tag = "pending" if block is None else hex(block)
        return int(self._request("eth_getBlockByNumber", [tag, False])["timestamp"], 16)

    def _used_on_chain(self, meter: Meter) -> tuple[int, int]:
        limit, left = self._ask("allowance", self._entity_id, meter.kind, meter.token or ZERO_ADDRESS)
        return limit, limit - left

    def _used_before(self, meter: Meter, entries: Sequence[Entry]) -> int:
        wanted = ("consumed", LIMITS[meter.kind].permission, self._unit(meter))
        return sum(e.amount or 0 for e in entries if (e.what, e.permission, e.unit) == wanted)

    def _unit(self, meter: Meter) -> str:
        return unit_of(meter, self._rules)

    def _entry(self, log: dict[str, Any]) -> Entry:
        event = artifact("SessionWallet").events[bytes.fromhex(log["topics"][0][2:])]
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        facts = event.decode_event(topics, bytes.fromhex(log["data"][2:]))
        block, time = int(log["blockNumber"], 16), self._time_of(log)
        if event.name == "SessionInstalled":
            return Entry("installed", time, block, shown=f"key {short_address(self._key)}")
        if event.name == "SessionRevoked":
            return Entry("revoked", time, block, shown="by the owner")
        meter = Meter(LimitKind(facts["kind"]), facts["token"])
        unit, amount, left = self._unit(meter), facts["amount"], facts["remaining"]
        show, name = self._names.amount, LIMITS[meter.kind].permission
        shown = f"{show(amount, unit)} of {name}, {show(left, unit)} left"
        return Entry("consumed", time, block, name, amount, left, unit, shown=shown)

    def _time_of(self, log: dict[str, Any]) -> int:
        """When the log's block was mined; a block with this hash has no other time."""
        block_hash = log["blockHash"]
        if block_hash not in self._times:
            self._times[block_hash] = self.time(int(log["blockNumber"], 16))
        return self._times[block_hash]

    def _ask(self, function: str, *values: Any) -> Any:
        """A view of the wallet contract; None while the wallet is not deployed."""
        contract = artifact("SessionWallet")
        data = "0x" + contract.encode(function, *values).hex()
        answer = self._request("eth_call", [{"to": self._wallet, "data": data}, self._block])
        return contract.decode(function, bytes.fromhex(answer[2:])) if answer != "0x" else None
