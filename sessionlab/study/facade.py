"""The public classes: the core's lab, wallet and session, with checks, explanations, audits and pictures added.

>>> import sessionlab as sl
>>> lab = sl.Lab()
>>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
>>> session.check([sl.Call(to=lab.merchant, value=sl.ether("0.3"))]).ok
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.doors import ADDRESS, AMOUNT, NUMBER, TEXT, maybe, reads
from sessionlab.core.base.errors import ChainError, InvalidInput, StaleHandle
from sessionlab.core.base.html import BLUE, address_html, card
from sessionlab.core.base.keys import KEY, Key
from sessionlab.core.client.session import BaseSession
from sessionlab.core.client.smart_wallet import BaseClient, Saved
from sessionlab.core.client.wallet_api_client import PROVIDER, SENDING
from sessionlab.core.erc4337.gas import read_gas
from sessionlab.core.evm import rpc
from sessionlab.core.lab.lab import WALLET_ETH
from sessionlab.core.permissions.types import Permission
from sessionlab.core.wallet_api import api
from sessionlab.node import methods as node
from sessionlab.study import diagnosis
from sessionlab.study.contract_reader import read_view, token_address
from sessionlab.study.doors import CALLS, PATH, POSITIVE
from sessionlab.study.explain.idle_calls import status_with_notes
from sessionlab.study.explain.what_if_method import try_operation
from sessionlab.study.own_contracts.lab_methods import BaseDeployingLab
from sessionlab.study.own_contracts.naming import asked_book, describe_with_contracts

if TYPE_CHECKING:
    from pathlib import Path

    from sessionlab.core.client.refused import RefusedOperation
    from sessionlab.core.client.wallet_api_client import Provider
    from sessionlab.core.erc4337.call import Call
    from sessionlab.core.erc4337.gas import Gas
    from sessionlab.study.audit import Audit
    from sessionlab.study.explain.explanation import Explanation
    from sessionlab.study.explain.of_session import Check
    from sessionlab.study.history import History
    from sessionlab.study.pictures import Picture
    from sessionlab.study.recording.recording import Recording


class Session(BaseSession):
    """One session of one wallet. Its four steps and ``send_calls`` are those of ``SmartWalletClient``."""

    @classmethod
    @reads(provider=PROVIDER, account=ADDRESS, key=KEY, context=TEXT)
    def from_context(cls, provider: Provider, *, account: str, key: Key, context: str) -> Self:
        """Take up a session, as in another process: from its wallet's address, its key and what its owner handed over.

        ``context`` is the granted session's ``context``. What was granted is read from the lab. Raises StaleHandle if
        the lab has no such session, InvalidInput if the key is another session's, and RpcError at an endpoint that
        does not tell what was granted.

        >>> import sessionlab as sl
        >>> lab = sl.Lab()
        >>> granted = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
        >>> again = Session.from_context(lab.provider, account=granted.wallet, key=granted.key, context=granted.context)
        >>> again.id == granted.id
        True
        """
        from sessionlab.study.taken_up import take_up

        return take_up(cls, provider, account, key, context)

    def _repr_html_(self) -> str:
        from sessionlab.study.pictures import session_card

        return session_card(self)._repr_html_()

    @property
    def history(self) -> History:
        """Every event, oldest first: the wallet's events and the refusals that this client received."""
        from sessionlab.study.history import History

        return History(super().history)

    @reads(calls=CALLS, **SENDING)
    def check(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        nonce_key: int = 0,
        gas: Gas | Mapping[str, int] | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
    ) -> Check:
        """Return what ``send_calls`` with the same arguments would come to now; sends nothing and uses nothing up.

        The node judges the operation as it would be sent: the rules, the called contracts, the wallet's ETH and the gas
        policy. Names calls that do nothing because there is no code at their target. Raises what sending raises, such
        as InvalidInput for an unknown policy.
        """
        from sessionlab.study.explain.of_session import Asked, check

        with self._api.atomic():  # rules and node decide at one time
            return check(self, Asked(calls, policy_id, preflight, nonce_key, read_gas(gas, max_fee, max_priority_fee)))

    @reads(calls=CALLS, **SENDING)
    def explain(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        nonce_key: int = 0,
        gas: Gas | Mapping[str, int] | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
    ) -> Explanation:
        """Explain, for each call and permission, what allows, what refuses, and what would make the calls pass.

        It is about the operation that ``send_calls`` would send with the same arguments. Raises what sending raises.
        """
        from sessionlab.study.explain.of_session import Asked, explain_calls

        asked = Asked(calls, policy_id, preflight, nonce_key, read_gas(gas, max_fee, max_priority_fee))
        with self._api.atomic():  # rules and node decide at one time
            return explain_calls(self, asked)

    @reads(price_ceiling=maybe(POSITIVE), thief=maybe(ADDRESS))
    def audit(self, *, price_ceiling: int | None = None, thief: str | None = None) -> Audit:
        """Return the worst that a thief of the key can do from now on; ``print`` it, or show it in a notebook.

        ``price_ceiling``: wei per gas, for the second figure of a limit in gas; 100 gwei by default. It bounds no loss.
        ``thief``: the account that takes the assets, used in the steps' calldata.
        """
        from sessionlab.study.audit.of_session import audit_session

        return audit_session(self, price_ceiling=price_ceiling, thief=thief)

    def record(self) -> Recording:
        """Return every operation of this session and its result, as plain data: see ``sessionlab.study.recording``.

        Read over JSON-RPC. Refusals that never reached the chain are included if ``send_calls`` of this object saw
        them. Raises ChainError if a bundle on the chain cannot be read.
        """
        from sessionlab.study.recording.recorder import record

        return record(self)

    @reads(name=maybe(TEXT))
    def plot(self, name: str | None = None) -> Picture:
        """Return a picture of this session.

        ``name``: ``burn-down``, ``card``, ``operations``, ``reach``, ``gas``, ``wei``, ``life``, ``blast``,
        ``escalation``, or a permission or token for its allowance. Raises NotFound for any other name.

        Without a name: the burn-down if the session counts anything, else its reach, or for a root session its life.
        """
        from sessionlab.study.pictures import plot

        self._api.check_handle()
        return plot(self, name)

    def with_context(self, refused: RefusedOperation) -> RefusedOperation:
        """Return a refusal with its decision context, read from the chain at that time."""
        self._api.check_handle()
        from sessionlab.study.explain.of_session import context_of_refused

        if refused.context is not None:
            return refused
        return replace(refused, context=context_of_refused(self, refused))

    def _explain(self, refused: RefusedOperation) -> Any:
        from sessionlab.study.explain.of_session import Asked, explain_denial

        try:
            context = self.with_context(refused).context
        except StaleHandle:  # the past that refused it is undone
            context = None
        if context is None:
            return super()._explain(refused)
        asked = Asked(refused.calls, refused.policy_id, refused.named == refused.gas, gas=refused.named)
        return explain_denial(self, context, refused.denial, asked, sent=refused.block is not None)


class SmartWalletClient(BaseClient):
    """The owner's side of one wallet.

    ``rules`` (what its contracts enforce) and ``names`` are used to explain results. A lab provides them; for any other
    endpoint, the deployed rules are assumed.
    """

    session_type: ClassVar[type[BaseSession]] = Session

    def _begin(self, address: str, refusals: Iterable[RefusedOperation] = ()) -> None:
        self._book = asked_book(self._book, self.provider)
        super()._begin(address, refusals)

    def _repr_html_(self) -> str:
        from sessionlab.study.pictures.wallet_card import wallet_card

        return wallet_card(self)

    def grant_permissions(
        self,
        permissions: Sequence[Permission | Mapping[str, Any]],
        *,
        expiry_sec: int | None = None,
        key: Key | None = None,
    ) -> Session:
        """Create a session and sign it as the owner. ``expiry_sec``: its last second in Unix time; None: no expiry.

        Raises GrantRefused if the permissions break a grant rule, InvalidInput if a value is malformed; then
        nothing is signed. The session's first operation installs it.
        """
        return cast("Session", super().grant_permissions(permissions, expiry_sec=expiry_sec, key=key))

    def sessions(self) -> tuple[Session, ...]:
        """Return the sessions of this wallet, oldest first, including revoked and expired ones.

        Of those that other clients granted, only the address of the key is known here: they can be read and revoked.
        """
        from sessionlab.study.taken_up import find, ids_of

        known, ids = {session.id: session for session in super().sessions()}, ids_of(self)
        others: dict[str, BaseSession] = vars(self).setdefault("_others", {})
        others |= {grant.id: self._opened(grant) for grant in find(self, [i for i in ids if i not in others | known])}
        return cast("tuple[Session, ...]", tuple((others | known)[i] for i in ids or known))

    def to_save(self) -> Saved:
        """Return the state that only this object holds: refusals with their decision contexts."""
        of = {session.id: session for session in self.sessions()}
        saved = super().to_save()
        return replace(
            saved, refusals=tuple(of[refusal.session_id].with_context(refusal) for refusal in saved.refusals)
        )


class Lab(BaseDeployingLab):
    """A complete environment for session keys, in this process. The same seed and steps produce the same state.

    ``rules``: ``documented`` (what the API's documentation says) or ``deployed`` (what the production contracts do).
    ``extensions``: names of permission types that production does not have; a lab refuses any type not named here.
    ``entry_point``: code that replaces the EntryPoint's. ``base_fee``: what gas costs in every block, in wei per gas.
    ``time``: when the chain begins, in Unix seconds. With "now", its clock runs: it is the wall clock plus what you
    travel, and a block is at least one second later than its parent. No other lab asks the machine for the time.
    """

    api_methods: ClassVar[Mapping[str, api.Method]] = {
        **node.API_METHODS,
        "wallet_getCallsStatus": status_with_notes,
        "lab_tryOperation": try_operation,
        "lab_describe": describe_with_contracts,
    }
    node_methods: ClassVar[Mapping[str, rpc.Method]] = node.METHODS
    _deny = staticmethod(diagnosis.deny)
    client_type: ClassVar[type[BaseClient]] = SmartWalletClient

    def _repr_html_(self) -> str:
        rows = [
            ("rules", f"{self.rules.title}, seed {self.seed}"),
            ("chain", f"{self.chain.chain_id}, block {self.chain.height}, {format_time(self.now)}"),
            *([("clock", "the wall clock, plus what was travelled")] if self.chain.runs else []),
        ]
        there = {**self.addresses, "recipient": self.recipient, "merchant": self.merchant}
        rows += [(f"lab.{name}", address_html(address)) for name, address in there.items()]
        return card("Lab", BLUE, rows)

    def wallet(self, *, deployed: bool = True, balance: int = WALLET_ETH) -> SmartWalletClient:
        """Create a wallet with its own owner, ``balance`` wei and 1,000 of each token.

        If not ``deployed``, the wallet is deployed by its first operation.
        """
        return cast("SmartWalletClient", super().wallet(deployed=deployed, balance=balance))

    def wallets(self) -> tuple[SmartWalletClient, ...]:
        """Return the wallets that this lab made, oldest first."""
        return cast("tuple[SmartWalletClient, ...]", super().wallets())

    def __getattr__(self, name: str) -> Any:
        """Look up contracts by name, as ``lab.counter``. The error names what is meant, perhaps."""
        try:
            return super().__getattr__(name)
        except AttributeError as error:
            known = {*dir(type(self)), *vars(self), *vars(self).get("addresses", ())}
            near = get_close_matches(name, sorted(other for other in known if other[0] != "_"), n=1)
            raise AttributeError(f"{error} Did you mean lab.{near[0]}?" if near else str(error)) from None

    @property
    def base_fee(self) -> int:
        """What gas costs in every block, in wei per gas."""
        return self.chain.base_fee

    @reads(end=maybe(NUMBER))
    def gas_policy(
        self,
        *,
        spend_cap: int | None = None,
        operations_per_sender: int | None = None,
        allowed_senders: Sequence[str] | None = None,
        end: int | None = None,
    ) -> str:
        """Open a gas policy with the lab's sponsor and return its id.

        ``spend_cap`` in wei; ``end``, the last second at which it pays, in Unix seconds. Raises InvalidInput for an end
        that is past.
        """
        first = self.chain.next_timestamp
        if end is not None and end < first:
            message, fix = (
                f"{end} is before the next block, so the policy would pay for nothing.",
                f"give {first} or more.",
            )
            raise InvalidInput(message, field="end", asked=end, left=first, fix=fix)
        return super().gas_policy(
            spend_cap=spend_cap, operations_per_sender=operations_per_sender, allowed_senders=allowed_senders, end=end
        )

    @reads(to=ADDRESS, amount=AMOUNT)
    def give(self, token: str, to: str, amount: int) -> None:
        """Send ``amount`` base units of a token, given by name or address, from the faucet.

        Raises InvalidInput if there is no token at the address, ChainError if the faucet does not have as much.
        """
        with self.chain.atomic():
            self.token_balance(token, to)
            self._give(token_address(token, self.addresses), to, amount)

    @reads(holder=ADDRESS)
    def token_balance(self, token: str, holder: str) -> int:
        """Return the holder's balance of a token, given by name or address, in base units.

        Raises InvalidInput if there is no token at the address.
        """
        address = token_address(token, self.addresses)
        try:
            return int(self.read("Token", address, "balanceOf", holder))
        except (ChainError, TypeError):
            message, fix = f"{address} is not a token: it does not answer balanceOf.", "give lab.token, or another."
            raise InvalidInput(message, field="token", asked=address, fix=fix) from None

    @reads(contract_name=TEXT, address=ADDRESS, function=TEXT)
    def read(self, contract_name: str, address: str, function: str, *values: Any) -> Any:
        """Call a view function: ``lab.read("Counter", lab.counter, "number")``. Returns checksummed addresses.

        Raises ChainError if the function reverts, or if the address answers with something else.
        """
        return read_view(self.chain, contract_name, address, function, values)

    # -- saving and loading

    @reads(path=PATH)
    def save(self, path: str | Path) -> None:
        """Write the whole lab to a file, replacing any existing one.

        Saves the chain, snapshots, accounts, sessions, gas policies, and the lab's wallets with their sessions and
        refusals.

        The file contains the private keys of owners and sessions; only the file's owner may read it (mode 0600). The
        same lab produces the same bytes. Not saved: clients that ``lab.wallet()`` did not make, JSON-RPC filters, and
        calls that are prepared but not sent. You keep those prepared calls, and the loaded lab accepts them as this one
        would. A checksum detects damage but does not prove who wrote the file.

        Raises SavedLabError and leaves the old file unchanged.

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
    @reads(path=PATH)
    def load(cls, path: str | Path) -> Self:
        """Load a lab from a file; it continues exactly as the saved one would. Loading runs no code from the file.

        Raises SavedLabError, which says why and what to do, if ``save`` did not write it. No lab is partly loaded.
        """
        from sessionlab.study import saving

        return saving.load(cls, path)
