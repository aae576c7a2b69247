"""Read what else a key may do on a wallet: whether it is the owner's, and its other sessions with their permissions.

The wallet says which sessions a key has and what remains of their limits. Their rows stand in the transactions that
installed them. Where those cannot be read for certain, the session is taken for root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from sessionlab.core.base.abi_words import address_word
from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes, checksum
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.permissions.functions import INSTALL_SESSION
from sessionlab.core.permissions.limits import GrantKind, Meter, Remaining, kind_of
from sessionlab.core.permissions.rows import GrantRow
from sessionlab.study.audit.questions import Questions
from sessionlab.study.audit.state import LeftBehind, OtherSession

Request = Callable[[str, Any], Any]

#: The arguments of installSession.
INSTALL = ["uint32", "address", "uint48", "uint48", "uint256", "(uint256,address,bytes4,uint256)[]"]
ROOT = (GrantRow(GrantKind.ROOT),)
#: Of a window as ERC-4337 packs it: validUntil stands above the lowest 160 bits, in 48.
UNTIL = 160
#: The mark of root, in what the wallet answers.
ROOT_MARK = 1


class KeyReader:
    """Queries a node about one key on one wallet."""

    def __init__(self, request: Request, wallet: str, key: str) -> None:
        self.request, self.wallet, self._key = request, wallet, key
        self._questions = Questions(request, "latest")

    @property
    def key(self) -> str:
        """The key's address."""
        return self._key

    def elsewhere(self, wallet: str) -> KeyReader:
        """Return a reader of the same key on another wallet."""
        return KeyReader(self.request, wallet, self._key)

    def is_owners(self) -> bool | None:
        """Whether the key is the owner's; None: nobody can tell. Of a wallet to come, the factory knows the address."""
        if address_bytes(self.wallet) == address_bytes(self._key):
            return True  # EIP-7702: the wallet is the key's own account
        if self.request("eth_getCode", [self.wallet, "latest"]) == "0x":
            return self._makes_the_wallet()
        owner = self._questions.ask("SessionWallet", self.wallet, "owner")
        return None if owner is None else address_bytes(owner) == address_bytes(self._key)

    def other_sessions(self, entity_id: int) -> Iterator[OtherSession]:
        """Yield the key's sessions that are installed now, without this one."""
        newest = {int(log["topics"][1], 16): log for log in self._installed()}
        for entity, log in sorted(newest.items()):
            if entity == entity_id:
                continue
            answer = self._questions.ask("SessionWallet", self.wallet, "session", entity)
            if answer is None or address_bytes(answer[0]) != address_bytes(self._key):
                continue  # revoked, or another key has it now
            until = answer[2] >> UNTIL & (2**48 - 1)
            rows = None if answer[1] & ROOT_MARK else self._rows(log)
            before = self.left_behind(entity)
            known = bool(answer[1] & ROOT_MARK) or (rows is not None and before is not None)
            rows = rows if known and rows else ROOT
            yield OtherSession(entity, rows, until, self._left(entity, rows), known, before or LeftBehind())

    def wallets(self) -> Iterator[str]:
        """Yield the other wallets that have, or had, a session with the key, wherever they say so."""
        logs = self._logs(self._topics, {})
        wallets = dict.fromkeys(checksum(address_bytes(log["address"])) for log in logs)
        yield from (wallet for wallet in wallets if address_bytes(wallet) != address_bytes(self.wallet))

    def owner_of(self, address: str) -> str | None:
        """Return the owner that a contract names; None if it names none."""
        answer = self._questions.ask("SessionWallet", address, "owner")
        return None if answer is None or not int(answer, 16) else checksum(address_bytes(answer))

    def entities(self) -> frozenset[int]:
        """Return the entity ids that the key has or had."""
        return frozenset(int(log["topics"][1], 16) for log in self._installed())

    def left_behind(self, entity: int) -> LeftBehind | None:
        """Return what earlier sessions with this entity id left behind, with any key.

        None: an install cannot be read. The wallet says with each revocation whether it cleared the lists.
        """
        event = artifact("SessionWallet").event
        installed, revoked = ("0x" + event(name).topic.hex() for name in ("SessionInstalled", "SessionRevoked"))
        topics = [[installed, revoked], "0x" + entity.to_bytes(32, "big").hex()]
        past: list[Mapping[str, Any]] = []
        current: list[Mapping[str, Any]] = []
        for log in self._logs(topics):
            if log["topics"][0] == installed:
                current.append(log)
            else:
                past, current = ([] if int(log["data"], 16) else past + current), []
        rows: list[GrantRow] = []
        for log in past:
            these = self._rows(log)
            if these is None:
                return None
            rows += these
        return LeftBehind(tuple(rows), self._left(entity, rows))

    def _installed(self) -> list[Mapping[str, Any]]:
        return self._logs(self._topics)

    @property
    def _topics(self) -> list[Any]:
        """The topics of the event by which a wallet says that it installed a session with the key."""
        topic = "0x" + artifact("SessionWallet").event("SessionInstalled").topic.hex()
        return [topic, None, "0x" + address_word(self._key).hex()]

    def _logs(self, topics: list[Any], where: Mapping[str, str] | None = None) -> list[Mapping[str, Any]]:
        """Return the logs of the wallet, or of another place; of an empty one, those of all contracts."""
        emitter = {"address": self.wallet} if where is None else where
        query = {**emitter, "topics": topics, "fromBlock": "0x0", "toBlock": "latest"}
        logs: list[Mapping[str, Any]] = self.request("eth_getLogs", [query])
        return logs

    def _rows(self, log: Mapping[str, Any]) -> tuple[GrantRow, ...] | None:
        """Return the rows that a transaction installed; None unless it says so exactly once."""
        transaction = self.request("eth_getTransactionByHash", [log["transactionHash"]])
        data = bytes.fromhex(transaction["input"][2:]) if transaction else b""
        entity, key = int(log["topics"][1], 16), "0x" + log["topics"][2][26:]
        answer = set(_installs(data, entity, key, generation=int(log["data"][-64:], 16)))
        return answer.pop() if len(answer) == 1 else None

    def _left(self, entity: int, rows: Iterable[GrantRow]) -> Remaining:
        left: dict[Meter, int] = {}
        for meter in filter(None, (row.meter for row in rows)):
            answer = self._questions.ask(
                "SessionWallet", self.wallet, "allowance", entity, meter.kind, meter.token or ZERO_ADDRESS
            )
            left[meter] = int(answer[1])
        return left

    def _makes_the_wallet(self) -> bool | None:
        from sessionlab.core.deployments import FACTORY

        made = self._questions.ask("WalletFactory", FACTORY, "getAddressSemiModular", self._key, 0)
        # Only a wallet with salt 0 is told by its address.
        return True if made is not None and address_bytes(made) == address_bytes(self.wallet) else None


def _installs(data: bytes, entity: int, key: str, generation: int) -> Iterator[tuple[GrantRow, ...]]:
    """Yield the rows of each install of this session that stands in some call data, however it is wrapped."""
    selector = bytes.fromhex(INSTALL_SESSION[2:])
    at = data.find(selector)
    while at >= 0:
        number = -1
        with suppress(DecodingError, OverflowError, ValueError):
            number, who, _after, _until, revoked, rows = decode(INSTALL, data[at + 4 :], strict=False)
        if (number, revoked) == (entity, generation) and address_bytes(who) == address_bytes(key):
            yield tuple(GrantRow(kind_of(kind), to.lower(), function, amount) for kind, to, function, amount in rows)
        at = data.find(selector, at + 1)
