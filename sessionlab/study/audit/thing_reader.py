"""Read a wallet's collectibles over JSON-RPC: those that it holds, those that others may move, and those of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sessionlab.core.base.abi_words import address_word
from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.study.audit.questions import Questions
from sessionlab.study.audit.state import Approval, Entrusted

Request = Callable[[str, Any], Any]

#: By which a collection says that somebody may move its things.
EVENTS = ("Approval", "ApprovalForAll")


class ThingReader:
    """Queries a node about the ERC-721 collections that a wallet has to do with."""

    def __init__(self, request: Request, wallet: str, is_by_key: Callable[[Mapping[str, Any]], bool]) -> None:
        self._request, self._wallet, self._is_by_key = request, wallet, is_by_key
        self.questions = Questions(request, "pending")
        self._word = "0x" + address_word(wallet).hex()

    def held(self) -> dict[str, tuple[int, ...]]:
        """Return the ids that the wallet owns, by collection. Those that ever came to it are asked for."""
        came = {(log["address"], int(log["topics"][3], 16)) for log in self._logs("Transfer", None, self._word)}
        result: dict[str, tuple[int, ...]] = {}
        for address, id in sorted(came):
            if self._owner(address, id) == address_bytes(self._wallet):
                result[checksum(address_bytes(address))] = (*result.get(checksum(address_bytes(address)), ()), id)
        return result

    def approvals(self) -> Iterator[Approval]:
        """Yield who else may move things of the wallet: operators all of them, others one."""
        held = self.held()
        movable: dict[tuple[str, str], set[int]] = {}
        operated = set[tuple[str, str]]()
        for address, ids in held.items():
            for operator in self._operators(address):
                operated.add((address, operator))
                movable.setdefault((address, operator), set()).update(ids)
            for id in ids:
                approved = self._ask(address, "getApproved", id)
                if approved and int(approved, 16):
                    movable.setdefault((address, checksum(address_bytes(approved))), set()).add(id)
        for (address, operator), things in sorted(movable.items()):
            word = "0x" + address_word(operator).hex()
            logs = (log for event in EVENTS for log in self._logs(event, self._word, word, address))
            by_key, every = any(map(self._is_by_key, logs)), (address, operator) in operated
            yield Approval(address, operator, len(things), by_key, tuple(sorted(things)), every)

    def entrusted(self, called: Callable[[str], str]) -> Iterator[Entrusted]:
        """Yield the things of others that the wallet may move. ``called``: what a collection's things are called."""
        movable: dict[tuple[str, str], set[int]] = {}
        operated = set[tuple[str, str]]()
        for log in self._logs("ApprovalForAll", None, self._word):
            address, holder = log["address"], checksum(bytes.fromhex(log["topics"][1][26:]))
            if self._ask(address, "isApprovedForAll", holder, self._wallet):
                theirs = self._logs("Transfer", None, log["topics"][1], address)
                ids = {int(came["topics"][3], 16) for came in theirs}
                mine = {id for id in ids if self._owner(address, id) == address_bytes(holder)}
                movable.setdefault((address, holder), set()).update(mine)
                operated.add((address, holder))
        for log in self._logs("Approval", None, self._word):
            address, id = log["address"], int(log["topics"][3], 16)
            owner, approved = self._owner(address, id), self._ask(address, "getApproved", id)
            if owner and approved and address_bytes(approved) == address_bytes(self._wallet):
                movable.setdefault((address, checksum(owner)), set()).add(id)
        for (address, held_by), ids in sorted(movable.items()):
            every = (address, held_by) in operated
            if (ids or every) and address_bytes(held_by) != address_bytes(self._wallet):
                at, all_ids = checksum(address_bytes(address)), tuple(sorted(ids))
                yield Entrusted(at, held_by, len(ids), called(at), ids=all_ids, is_operator=every, of_collection=True)

    def _operators(self, address: str) -> Iterator[str]:
        """Yield those whom the wallet made operators of a collection."""
        for log in self._logs("ApprovalForAll", self._word, None, address):
            operator = checksum(bytes.fromhex(log["topics"][2][26:]))
            if self._ask(address, "isApprovedForAll", self._wallet, operator):
                yield operator

    def _logs(self, event: str, first: str | None, second: str | None, address: str | None = None) -> list[Any]:
        """Return the logs of an event of ERC-721 with these parties."""
        entry = artifact("Collectible").event(event)
        query: dict[str, Any] = {"topics": ["0x" + entry.topic.hex(), first, second]}
        query |= {"fromBlock": "0x0", "toBlock": "latest"} | ({"address": address} if address else {})
        logs: list[Any] = self._request("eth_getLogs", [query])
        # ERC-20 has events of the same names, with one topic less.
        topics = 3 if event == "ApprovalForAll" else 4
        return [log for log in logs if len(log["topics"]) == topics]

    def _owner(self, address: str, id: int) -> bytes | None:
        owner = self._ask(address, "ownerOf", id)
        return address_bytes(owner) if owner else None

    def _ask(self, address: str, function: str, *values: Any) -> Any:
        return self.questions.ask("Collectible", address, function, *values)
