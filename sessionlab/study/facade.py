"""The classes that people use: the core's lab, wallet and session, with all that can be asked of them on top.

>>> import sessionlab as sl
>>> lab = sl.Lab()
>>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
>>> session.check([sl.Call(to=lab.merchant, value=sl.ether("0.3"))]).ok
True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from sessionlab.core.client.session import BaseSession
from sessionlab.core.client.smart_wallet import BaseClient, Saved
from sessionlab.core.evm import rpc
from sessionlab.core.lab.lab import WALLET_ETH, BaseLab
from sessionlab.core.permissions.types import Permission
from sessionlab.core.wallet_api import api
from sessionlab.node import methods as node
from sessionlab.study.explain.what_if_method import try_operation

if TYPE_CHECKING:
    from pathlib import Path

    from web3 import Web3

    from sessionlab.core.base.keys import Key
    from sessionlab.core.client.refused import RefusedOperation
    from sessionlab.core.erc4337.call import Call
    from sessionlab.study.audit import Audit
    from sessionlab.study.explain.explanation import Explanation
    from sessionlab.study.explain.of_session import Check
    from sessionlab.study.pictures import Picture
    from sessionlab.study.recording.recording import Recording


class Session(BaseSession):
    """One session of one wallet. Its four steps and ``send_calls`` are those of ``SmartWalletClient``."""

    def _repr_html_(self) -> str:
        from sessionlab.study.pictures import session_card

        return session_card(self)._repr_html_()

    def check(self, calls: Sequence[Call], *, policy_id: str | None = None) -> Check:
        """What the rules say about these calls with what is left now; nothing is sent, nothing is used up.

        The called contracts are not asked; ``explain`` does that as well.
        """
        from sessionlab.study.explain.of_session import check

        return check(self, calls, policy_id=policy_id)

    def explain(self, calls: Sequence[Call], *, policy_id: str | None = None) -> Explanation:
        """Call by call and permission by permission: what allows, what refuses, and what would let it pass."""
        from sessionlab.study.explain.of_session import explain_calls

        return explain_calls(self, calls, policy_id=policy_id)

    def audit(self, *, price_ceiling: int | None = None, thief: str | None = None) -> Audit:
        """The worst that a thief of the key can do from now on; ``print`` it, or show it in a notebook.

        ``price_ceiling``: wei per gas, at which a limit in gas is reckoned in ETH; 100 gwei if it is not given.
        ``thief``: the account that takes it, for the data of the steps.
        """
        from sessionlab.study.audit.of_session import audit_session

        return audit_session(self, price_ceiling=price_ceiling, thief=thief)

    def record(self) -> Recording:
        """Every operation of this session and what became of it, as plain data: see ``sessionlab.study.recording``.

        Read over JSON-RPC; refusals that never reached the chain are in it if ``send_calls`` of this object saw them.
        Raises ChainError if a bundle on the chain cannot be read.
        """
        from sessionlab.study.recording.recorder import record

        return record(self)

    def plot(self, name: str | None = None) -> Picture:
        """A picture of this session: ``burn-down``, ``card``, ``operations``, ``reach``, ``gas``, ``wei``, ``life``,
        ``blast``, ``escalation``, or the permission or token whose allowance is wanted. NotFound if it is neither.

        Without a name: what is left, where something is counted; else its reach, or of a root session its life.
        """
        from sessionlab.study.pictures import plot

        return plot(self, name)

    def with_context(self, refused: RefusedOperation) -> RefusedOperation:
        """A refusal with the situation that it met, read from the chain as it was then."""
        from sessionlab.study.explain.of_session import context_of_refused

        if refused.context is not None:
            return refused
        return replace(refused, context=context_of_refused(self, refused))

    def _explain(self, refused: RefusedOperation) -> Any:
        from sessionlab.study.explain.of_session import explain_denial

        context = self.with_context(refused).context
        if context is None:
            return super()._explain(refused)
        return explain_denial(self, context, refused.denial, sent=refused.block is not None)


class SmartWalletClient(BaseClient):
    """The owner's side of one wallet.

    ``rules`` (what its contracts enforce) and ``names`` are there to explain what happens. A lab is asked for them;
    for any other endpoint, the deployed rules are assumed.
    """

    session_type: ClassVar[type[BaseSession]] = Session

    def grant_permissions(
        self,
        permissions: Sequence[Permission | Mapping[str, Any]],
        *,
        expiry_sec: int | None = None,
        key: Key | None = None,
    ) -> Session:
        """Create a session and sign it as the owner. ``expiry_sec``: its last second, unix time; None: no end.

        Raises GrantRefused when the permissions break a grant rule, InvalidInput when a value is malformed;
        nothing has been signed then. The first operation of the session installs it.
        """
        return cast("Session", super().grant_permissions(permissions, expiry_sec=expiry_sec, key=key))

    def sessions(self) -> tuple[Session, ...]:
        """The sessions that this client granted, oldest first; revoked and expired ones too."""
        return cast("tuple[Session, ...]", super().sessions())

    def to_save(self) -> Saved:
        """What this object remembers of its own, to make it again: refusals with what explains them."""
        of = {session.id: session for session in self.sessions()}
        saved = super().to_save()
        return replace(
            saved, refusals=tuple(of[refusal.session_id].with_context(refusal) for refusal in saved.refusals)
        )


class Lab(BaseLab):
    """Everything that a session needs, in this process. The same seed and steps give the same world.

    ``rules``: ``documented`` (what the API's documentation says) or ``deployed`` (what the production contracts
    do). ``extensions``: permission types that production does not have, by name; without its name here, a lab refuses
    the type. ``entry_point`` puts other code in the EntryPoint's place.
    """

    api_methods: ClassVar[Mapping[str, api.Method]] = {**node.API_METHODS, "lab_tryOperation": try_operation}
    node_methods: ClassVar[Mapping[str, rpc.Method]] = node.METHODS
    client_type: ClassVar[type[BaseClient]] = SmartWalletClient

    def wallet(self, *, deployed: bool = True, balance: int = WALLET_ETH) -> SmartWalletClient:
        """A new wallet with an owner of its own, ``balance`` wei and 1,000 of each token.

        Not ``deployed``, it deploys itself in its first operation.
        """
        return cast("SmartWalletClient", super().wallet(deployed=deployed, balance=balance))

    def wallets(self) -> tuple[SmartWalletClient, ...]:
        """The wallets that this lab made, oldest first."""
        return cast("tuple[SmartWalletClient, ...]", super().wallets())

    @property
    def web3(self) -> Web3:
        """A Web3 object on this chain; any web3 code works with it."""
        from sessionlab.node.provider import ChainProvider

        from web3 import Web3  # isort: skip

        return Web3(ChainProvider(self.chain, self.node_methods))

    # -- in a file

    def save(self, path: str | Path) -> None:
        """Write the whole lab into a file, in the place of what was there: chain, snapshots, accounts, sessions, gas
        policies, its wallets with their sessions and refusals.

        The file holds the private keys of owners and sessions; its owner alone may read it (mode 0600). The same lab
        gives the same bytes. Not saved: clients that ``lab.wallet()`` did not make, JSON-RPC filters, and calls that
        are prepared but not sent: those are yours, and the loaded lab takes them as this one would. A checksum finds
        damage, but does not tell who wrote a file.

        Raises SavedLabError; then the old file is as before.

        >>> import tempfile
        >>> import sessionlab as sl
        >>> lab = Lab(seed=3)
        >>> session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lab.save(f"{folder}/my.lab")
        ...     again = Lab.load(f"{folder}/my.lab")
        >>> again
        <Lab with documented rules, seed 3: block 6, time 1800000006, 1 wallets>
        >>> again.wallets()[0].sessions()[0].send_calls([sl.Call(to=again.recipient, value=1)]).ok
        True
        """
        from sessionlab.study import saving

        saving.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The lab that was saved to a file: the same world, which goes on as the saved one would.

        ``lab.wallets()`` and their ``sessions()`` are the old ones. Loading runs nothing that the file brings.

        Raises SavedLabError if the file is missing, damaged, of another format or none that ``save`` wrote; it says
        which, and what to do. Then there is no lab: none is ever half loaded.
        """
        from sessionlab.study import saving

        return saving.load(cls, path)
