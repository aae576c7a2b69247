"""Questions to contracts that anyone may have written: each has little gas, and contracts that use it up are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessionlab.core.base.errors import RpcError, SessionlabError
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.study.audit.calls import code

#: Gas for each question, more than tokens need: anyone can send one whose answers never end.
MOST_GAS = 500_000
#: What a contract is and how its amounts are shown: without an answer, no asset is missed.
METADATA = frozenset(map(code, ("symbol()", "decimals()", "supportsInterface(bytes4)")))


class Questions:
    """Asks contracts through a node, at one block."""

    def __init__(self, request: Callable[[str, Any], Any], at: str, sender: str | None = None) -> None:
        self._request, self._at = request, at
        self._sender = {} if sender is None else {"from": sender}
        #: Contracts that did not say what someone has there, in lower case.
        self.unanswered: set[str] = set()

    def call(self, to: str, data: bytes) -> bytes | None:
        """Return what a call would return; None if it fails, or needs more gas than it is given."""
        asked = {**self._sender, "to": to, "data": "0x" + data.hex(), "gas": hex(MOST_GAS)}
        try:
            return bytes.fromhex(self._request("eth_call", [asked, self._at])[2:])
        except (RpcError, SessionlabError) as error:
            if "outofgas" in str(error).lower().replace(" ", "") and data[:4] not in METADATA:  # each node's words
                self.unanswered.add(to.lower())
            return None

    def ask(self, contract: str, address: str, function: str, *values: Any) -> Any:
        """Call a view of a contract; None if the contract does not have it."""
        made = artifact(contract)
        answer = self.call(address, made.encode(function, *values))
        if not answer or len(answer) < 32:
            return None
        try:
            return made.decode(function, answer)
        except Exception:  # a foreign contract may answer anything
            return None
