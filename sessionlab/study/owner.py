"""What an owner does without the objects of the process that granted: audit a list before signing, revoke by number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.abi_words import address_word
from sessionlab.core.base.addresses import ZERO_ADDRESS, is_name
from sessionlab.core.base.doors import ADDRESS, FLAG, TEXT, integer, maybe, reads
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.base.keys import Key
from sessionlab.core.client.session import BaseSession
from sessionlab.core.client.session_reader import SessionReader
from sessionlab.core.client.smart_wallet import BaseClient
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.permissions.grant import read_end
from sessionlab.study.doors import PERMISSIONS, POSITIVE
from sessionlab.study.taken_up import ids_of

if TYPE_CHECKING:
    from sessionlab.core.client.outcome import Outcome
    from sessionlab.core.permissions.types import Permission
    from sessionlab.study.audit import Audit

MOST_ENTITIES = 2**32 - 1
_FIX = "give a session, its id, its entity id (a number from 1), or the address of its key."
#: A session's id: 16 bytes.
_ID = re.compile(r"0x[0-9a-fA-F]{32}")


def _which(value: Any, field: str) -> Any:
    """Read a session, its id, an entity id, or the address of a key."""
    if isinstance(value, BaseSession) or (isinstance(value, str) and _ID.fullmatch(value)):
        return value
    if isinstance(value, str | bytes | Key):
        try:
            return ADDRESS(value, field)
        except InvalidInput as wrong:
            wrong.fix = _FIX if not is_name(value) else wrong.fix
            raise
    return integer(value, field, least=1, most=MOST_ENTITIES, fix=_FIX)


class OwnerClient(BaseClient):
    """The owner's side of one wallet, with what works from any process that has the owner's key."""

    @reads(session=_which, clear=FLAG, policy_id=maybe(TEXT))
    def revoke(
        self,
        session: BaseSession | int | str | Key,
        *,
        clear: bool = True,
        policy_id: str | None = None,
    ) -> Outcome:
        """Revoke a session, installed or not, by sending an operation as the owner. ``policy_id``: a sponsor pays.

        ``session``: a session, its id, its entity id, or a key or its address: then all sessions of the key on this
        wallet are revoked, in one operation. Each is enough in a process that granted nothing: sessions that the
        wallet contract has are found on the chain, and unused ones with the lab that issued them.

        ``clear`` matters only under the deployed rules: without it, the session's lists and allowances stay,
        and a later session with the same entity id inherits them.

        Raises OperationRefused if the operation is refused, InvalidInput if the session is already revoked or another
        wallet's, NotFound if the wallet has no such session, and StaleHandle if the lab does not know it; then nothing
        is sent.

        >>> import sessionlab as sl
        >>> lab = sl.Lab()
        >>> wallet = lab.wallet()
        >>> session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1))
        >>> wallet.revoke(session.entity_id).ok, session.state
        (True, 'revoked')
        """
        if isinstance(session, str) and _ID.fullmatch(session):
            session = self._with_id(session.lower())
        if isinstance(session, BaseSession):
            return super().revoke(session, clear=clear, policy_id=policy_id)
        with self._api._atomic():  # found and read at one time
            readers = [self._numbered(session)] if isinstance(session, int) else list(self._of_key(str(session)))
        return self._revoke(session, readers, clear, policy_id)

    def _with_id(self, asked: str) -> BaseSession:
        """Return the session with an id. Raises NotFound if the wallet has none."""
        known = {session.id: session for session in self.sessions()}
        if asked not in known:
            fix = "wallet.sessions() lists them, with their id."
            message = f"The wallet has no session {asked}."
            raise NotFound(message, field="session", asked=asked, left=sorted(known), fix=fix)
        return known[asked]

    def _numbered(self, entity_id: int) -> SessionReader:
        """Return the reader of the session with a number, whatever key has it. Raises NotFound if nobody has."""
        known = {session.entity_id: session for session in self.sessions()}
        reader = self._reader(entity_id, ZERO_ADDRESS)
        if (holder := reader.holder) != ZERO_ADDRESS:
            return replace(reader, key=holder)
        if entity_id in known:
            return replace(reader, key=known[entity_id].key.address)
        if ids_of(self) is None:  # it may be signed and unused, and nobody here can tell
            return reader
        message, fix = f"The wallet has no session {entity_id}.", "wallet.sessions() lists them, with their entity_id."
        raise NotFound(message, field="session", asked=entity_id, left=sorted(known), fix=fix)

    def _of_key(self, key: str) -> Iterator[SessionReader]:
        """Yield the readers of a key's sessions that are not revoked. Raises NotFound if there are none."""
        own = [session for session in self.sessions() if session.key.address == key]
        numbers = {session.entity_id for session in own if not session.revoked}
        event = artifact("SessionWallet").event("SessionInstalled")
        topics = ["0x" + event.topic.hex(), None, "0x" + address_word(key).hex()]
        logs = self._api.request("eth_getLogs", [{"address": self.address, "topics": topics, "fromBlock": "0x0"}])
        installed = {int(log["topics"][1], 16) for log in logs}
        numbers |= {number for number in installed if self._reader(number, key).installed}
        if not numbers:
            revoked = "is already revoked" if own or installed else "has no session on this wallet"
            kind = InvalidInput if own or installed else NotFound
            message, fix = f"The key {key} {revoked}.", "wallet.sessions() lists sessions, with their keys."
            raise kind(message, field="session", asked=key, fix=fix)
        yield from (self._reader(number, key) for number in sorted(numbers))

    def _reader(self, entity_id: int, key: str) -> SessionReader:
        return SessionReader(self._api.request, self.address, entity_id, key, (), self.names, self.rules)

    @reads(permissions=PERMISSIONS, key=maybe(ADDRESS), price_ceiling=maybe(POSITIVE), thief=maybe(ADDRESS))
    def audit(
        self,
        permissions: Sequence[Permission | Mapping[str, Any]],
        *,
        expiry_sec: int | datetime | None = None,
        expires_in: int | None = None,
        key: Key | str | None = None,
        price_ceiling: int | None = None,
        thief: str | None = None,
    ) -> Audit:
        """Return the worst that a thief could do with these permissions on this wallet, before anything is signed.

        It is what ``session.audit()`` would say right after ``grant_permissions`` with the same arguments; nothing is
        granted. ``expiry_sec``: the last second, in Unix time or a datetime with a timezone; ``expires_in``: seconds
        from now. ``key``: the session's key or its address, whose other sessions count too; a new key by default.
        ``price_ceiling``: wei per gas, for the second figure of a limit in gas; 100 gwei by default. ``thief``: the
        account that takes the assets, used in the steps' calldata.

        Raises GrantRefused if the permissions break a grant rule, InvalidInput if a value is malformed.

        >>> import sessionlab as sl
        >>> wallet = sl.Lab().wallet()
        >>> audit = wallet.audit([sl.NativeTokenTransfer(allowance=sl.ether(1))])
        >>> audit.verdict.partition(".")[0], wallet.sessions()
        ('Anyone who steals this key can take up to 1 ETH', ())
        """
        from sessionlab.study.audit.of_wallet import audit_permissions

        with self._api._atomic():  # several requests of one moment
            expiry, who = read_end(expiry_sec, expires_in, self._next_time) or None, None if key is None else str(key)
            return audit_permissions(self, permissions, expiry, who, price_ceiling=price_ceiling, thief=thief)
