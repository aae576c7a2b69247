"""What the holder of a session's key does in any process: take the session up, and see its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, cast

from sessionlab.core.base.doors import ADDRESS, FLAG, TEXT, reads
from sessionlab.core.base.keys import KEY
from sessionlab.core.client.session import BaseSession
from sessionlab.study.doors import CONNECTION
from sessionlab.study.session_state import state_of
from sessionlab.study.taken_up import take_up

if TYPE_CHECKING:
    from sessionlab.core.base.keys import Key
    from sessionlab.core.client.wallet_api_client import Provider


class HasProvider(Protocol):
    """A lab, here or served, a wallet or a session."""

    @property
    def provider(self) -> Provider: ...  # noqa: D102 - of a protocol


class HolderSession(BaseSession):
    """A session as the holder of its key has it, in whatever process."""

    @classmethod
    @reads(provider=CONNECTION, wallet=ADDRESS, key=KEY, context=TEXT, allow_ended=FLAG)
    def connect(
        cls, provider: Provider | HasProvider | str, *, wallet: str, key: Key, context: str, allow_ended: bool = False
    ) -> Self:
        """Take up a session in any process: from its wallet, its key, and the ``session.context`` of who granted it.

        ``provider``: a provider, a lab, or a URL. The node says what was granted and whether it still holds; with
        ``allow_ended``, an ended session is taken up as well, to be read. ``history`` has the wallet's events and what
        this object was refused.

        Raises InvalidInput (``field`` is wallet, key or context) for a value that is another session's or malformed,
        SessionEnded if it is revoked or expired, StaleHandle if the lab does not know it, and ChainError if nothing
        answers or if it is not a lab.

        >>> import sessionlab as sl
        >>> lab = sl.Lab()
        >>> granted = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
        >>> again = sl.Session.connect(lab, wallet=granted.wallet, key=granted.key, context=granted.context)
        >>> again.id == granted.id, again.state
        (True, 'pending')
        """
        return take_up(cls, cast("Provider", provider), wallet, key, context, allow_ended)

    @property
    def state(self) -> str:
        """``pending`` until the first operation installs it, then ``live``; in the end ``expired`` or ``revoked``."""
        with self._api._atomic():
            return state_of(self)
