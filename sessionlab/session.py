"""The session's side: a key that acts for a wallet within its permissions, and the books that are kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.contracts.artifacts import artifact
from sessionlab.insight.ledger import Allowances, Entry, History, allowance
from sessionlab.insight.names import Names
from sessionlab.permissions.rows import ZERO_ADDRESS, Kind
from sessionlab.permissions.types import Erc20TokenTransfer, GasLimit, NativeTokenTransfer, Permission
from sessionlab.units import short_address

if TYPE_CHECKING:
    from sessionlab.call import Call
    from sessionlab.insight.outcome import Outcome
    from sessionlab.insight.plots import Picture
    from sessionlab.sender import Sender

KINDS = {Kind.NATIVE: "native-token-transfer", Kind.ERC20: "erc20-token-transfer", Kind.GAS: "gas-limit"}


class Session:
    """One session of one wallet. Its four steps and ``send_calls`` are those of ``SmartWalletClient``."""

    def __init__(
        self,
        sender: Sender,
        *,
        session_id: str,
        entity_id: int,
        permissions: Sequence[Permission],
        expiry_sec: int | None,
        names: Names,
    ) -> None:
        self._sender, self.id, self.entity_id = sender, session_id, entity_id
        self.permissions, self.expiry_sec, self.names = tuple(permissions), expiry_sec, names
        self.wallet, self.key = sender.wallet, sender.key
        self._refused: list[Entry] = []
        self._times: dict[str, int] = {}  # block hash → its time
        self.prepare_calls = sender.prepare_calls
        self.sign_prepared_calls = sender.sign_prepared_calls
        self.send_prepared_calls = sender.send_prepared_calls
        self.get_calls_status = sender.get_calls_status

    def __repr__(self) -> str:
        what = ", ".join(permission.type for permission in self.permissions)
        end = f"until {self.expiry_sec}" if self.expiry_sec else "without expiry"
        wallet, key = short_address(self.wallet), short_address(self.key.address)
        return f"<Session {self.id} of {wallet}, key {key}: {what}, {end}>"

    def _repr_html_(self) -> str:
        from sessionlab.insight.cards import session_card

        return session_card(self)

    @property
    def context(self) -> str:
        """What an application hands over as ``capabilities.permissions.context``: id and owner's signature."""
        return str((self._sender.permissions or {})["context"])

    def send_calls(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        lane: int = 0,
    ) -> Outcome:
        """Prepare, sign, send, wait. A refusal is an outcome, not an exception; it is kept in ``history``."""
        outcome = self._sender.send_calls(calls, policy_id=policy_id, preflight=preflight, lane=lane)
        if outcome.denial is not None:
            block = int(outcome.receipt["blockNumber"], 16) if outcome.receipt else None
            now = self._time(block)
            self._refused.append(Entry("refused", now, block, denial=outcome.denial, shown=outcome.denial.sentence))
        return outcome

    @property
    def installed(self) -> bool:
        """Whether the wallet holds this session now: from its first operation to its revocation."""
        answer = self._ask("session", self.entity_id)
        return answer is not None and checksum(bytes.fromhex(answer[0][2:])) == self.key.address

    @property
    def allowances(self) -> Allowances:
        """Limit, used and remaining of everything that is counted, read from the chain.

        Before its first operation the session is not on the chain: then all of it remains. Once it is revoked,
        nothing remains, and what was used is what its history says.
        """
        counted = [(permission.type, *what) for permission in self.permissions if (what := _counted(permission))]
        installed = bool(counted) and self.installed
        history = () if installed or not counted else self.history
        revoked = any(entry.what == "revoked" for entry in history)
        found = []
        for name, kind, token, limit in counted:
            unit = self._unit(kind, token)
            if installed:
                limit, left = self._ask("allowance", self.entity_id, kind, token)
                used = limit - left
            else:
                consumed = (e for e in history if (e.what, e.permission, e.unit) == ("consumed", name, unit))
                used = sum(entry.amount or 0 for entry in consumed)
            found.append(allowance(name, limit, used, unit, self.names, revoked=revoked))
        return Allowances(found)

    @property
    def history(self) -> History:
        """Every consumption and refusal, oldest first: from the wallet's events, and refusals that this client saw."""
        entries = [self._entry(log) for log in self._logs()]
        return History(sorted(entries + self._refused, key=lambda entry: (entry.time, entry.block or 10**12)))

    def plot(self, permission: str | None = None) -> Picture:
        """A picture of what is left of an allowance, operation by operation. KeyError if nothing is counted."""
        from sessionlab.insight.plots import burn_down

        return burn_down(self, permission)

    def _unit(self, kind: Kind, token: str) -> str:
        if kind is Kind.ERC20:
            return checksum(address_bytes(token))
        return "wei" if kind is Kind.NATIVE else self.names.gas_unit

    def _entry(self, log: dict[str, Any]) -> Entry:
        event = artifact("SessionWallet").events[bytes.fromhex(log["topics"][0][2:])]
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        facts = event.decode_event(topics, bytes.fromhex(log["data"][2:]))
        block = int(log["blockNumber"], 16)
        time = self._time_of(log)
        if event.name == "SessionInstalled":
            return Entry("installed", time, block, shown=f"key {short_address(self.key.address)}")
        if event.name == "SessionRevoked":
            return Entry("revoked", time, block, shown="by the owner")
        kind = Kind(facts["kind"])
        unit = self._unit(kind, facts["token"])
        amount, left = self.names.amount(facts["amount"], unit), self.names.amount(facts["remaining"], unit)
        return Entry(
            "consumed",
            time,
            block,
            KINDS[kind],
            facts["amount"],
            facts["remaining"],
            unit,
            shown=f"{amount} of {KINDS[kind]}, {left} left",
        )

    def _logs(self) -> list[dict[str, Any]]:
        entity = "0x" + self.entity_id.to_bytes(32, "big").hex()
        names = ("SessionInstalled", "SessionRevoked", "AllowanceConsumed")
        events = artifact("SessionWallet").events.values()
        wanted = ["0x" + event.topic.hex() for event in events if event.name in names]
        query = {"address": self.wallet, "topics": [wanted, entity], "fromBlock": "0x0", "toBlock": "latest"}
        logs: list[dict[str, Any]] = self._sender.request("eth_getLogs", [query])
        return logs

    def _time_of(self, log: dict[str, Any]) -> int:
        """When the log's block was mined; a block with this hash has no other time."""
        block_hash = log["blockHash"]
        if block_hash not in self._times:
            self._times[block_hash] = self._time(int(log["blockNumber"], 16))
        return self._times[block_hash]

    def _time(self, block: int | None) -> int:
        tag = "latest" if block is None else hex(block)
        return int(self._sender.request("eth_getBlockByNumber", [tag, False])["timestamp"], 16)

    def _ask(self, function: str, *values: Any) -> Any:
        """A view of the wallet contract; None while the wallet is not deployed."""
        contract = artifact("SessionWallet")
        data = "0x" + contract.encode(function, *values).hex()
        answer = self._sender.request("eth_call", [{"to": self.wallet, "data": data}, "latest"])
        return contract.decode(function, bytes.fromhex(answer[2:])) if answer != "0x" else None


def _counted(permission: Permission) -> tuple[Kind, str, int] | None:
    """Kind, token and limit of what a permission counts; None if it counts nothing."""
    if isinstance(permission, NativeTokenTransfer):
        return Kind.NATIVE, ZERO_ADDRESS, permission.allowance
    if isinstance(permission, Erc20TokenTransfer):
        return Kind.ERC20, permission.address.lower(), permission.allowance
    if isinstance(permission, GasLimit):
        return Kind.GAS, ZERO_ADDRESS, permission.limit
    return None


__all__ = ["Session"]
