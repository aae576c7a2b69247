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
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from sessionlab.core.base.addresses import Address
from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.doors import ADDRESS, AMOUNT, NUMBER, TEXT, each, maybe, reads
from sessionlab.core.base.errors import InvalidInput, StaleHandle
from sessionlab.core.base.html import BLUE, address_html, card
from sessionlab.core.base.keys import Key
from sessionlab.core.client.session import BaseSession
from sessionlab.core.client.smart_wallet import BaseClient, Saved
from sessionlab.core.client.wallet_api_client import SENDING
from sessionlab.core.erc4337.gas import read_gas
from sessionlab.core.evm import rpc
from sessionlab.core.lab.lab import WALLET_ETH
from sessionlab.core.permissions.types import Permission
from sessionlab.core.wallet_api import api
from sessionlab.node import methods as node
from sessionlab.node.parameters import without_parameters
from sessionlab.study import diagnosis
from sessionlab.study.contract_reader import balance_in, read_view
from sessionlab.study.doors import CALLS, PATH, POSITIVE
from sessionlab.study.explain.idle_calls import status_with_notes
from sessionlab.study.explain.strict_notes import METHOD, validate_strictly
from sessionlab.study.explain.what_if_method import try_operation
from sessionlab.study.holder import HolderSession
from sessionlab.study.key_elsewhere import KEY_OR_ADDRESS
from sessionlab.study.lab_clock import BaseClockLab
from sessionlab.study.named import ByName
from sessionlab.study.own_contracts.lab_methods import BaseDeployingLab
from sessionlab.study.own_contracts.naming import asked_book, describe_with_contracts
from sessionlab.study.owner import OwnerClient
from sessionlab.study.session_tables import BaseSessionTables
from sessionlab.study.taken_up import sessions_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from eth_typing import ChecksumAddress

    from sessionlab.core.client.refused import RefusedOperation
    from sessionlab.core.erc4337.call import Call
    from sessionlab.core.erc4337.gas import Gas
    from sessionlab.study.audit import Audit
    from sessionlab.study.explain.explanation import Explanation
    from sessionlab.study.explain.of_session import Check
    from sessionlab.study.pictures import Picture
    from sessionlab.study.recording.recording import Recording


class Session(HolderSession, BaseSessionTables):
    """One session of one wallet: what its key sends, and what can be asked of it. A wallet grants one.

    ``wallet`` (an address), ``key``, ``permissions``, ``expiry_sec`` (its last second in Unix time; None: no expiry)
    and ``id`` are what was granted.
    """

    if TYPE_CHECKING:
        wallet: ChecksumAddress

    def _repr_html_(self) -> str:
        from sessionlab.study.pictures import session_card

        return session_card(self)._repr_html_()

    @reads(**SENDING | {"calls": CALLS})
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
        policy. Names calls that do nothing because there is no code at their target. ``max_fee`` and
        ``max_priority_fee``: wei per gas. Raises what sending raises, such as InvalidInput for an unknown policy.
        """
        from sessionlab.study.explain.of_session import Asked, check

        with self._api._atomic():  # rules and node decide at one time
            return check(self, Asked(calls, policy_id, preflight, nonce_key, read_gas(gas, max_fee, max_priority_fee)))

    @reads(**SENDING | {"calls": CALLS})
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

        It is about the operation that ``send_calls`` would send with the same arguments, limits in gas and fees in wei
        per gas. Raises what sending raises.
        """
        from sessionlab.study.explain.of_session import Asked, explain_calls

        asked = Asked(calls, policy_id, preflight, nonce_key, read_gas(gas, max_fee, max_priority_fee))
        with self._api._atomic():  # rules and node decide at one time
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

        self._api._check_handle()
        return plot(self, name)

    def _with_context(self, refused: RefusedOperation) -> RefusedOperation:
        """Return a refusal with its decision context, read from the chain at that time."""
        self._api._check_handle()
        from sessionlab.study.explain.of_session import context_of_refused

        if refused.context is not None:
            return refused
        return replace(refused, context=context_of_refused(self, refused))

    def _explain(self, refused: RefusedOperation) -> Any:
        from sessionlab.study.explain.of_session import Asked, explain_denial

        try:
            context = self._with_context(refused).context
        except StaleHandle:  # the past that refused it is undone
            context = None
        if context is None:
            return super()._explain(refused)
        asked = Asked(refused.calls, refused.policy_id, refused.named == refused.gas, gas=refused.named)
        return explain_denial(self, context, refused.denial, asked, sent=refused.block is not None)


class SmartWalletClient(OwnerClient):
    """The owner's side of one wallet: ``address``, ``owner`` (its key), and the sessions that it grants.

    ``rules`` (what its contracts enforce) and ``names`` are used to explain results. A lab provides them; for any other
    endpoint, the deployed rules are assumed.
    """

    _session_type: ClassVar[type[BaseSession]] = Session
    if TYPE_CHECKING:
        address: ChecksumAddress

    def _begin(self, address: str, refusals: Iterable[RefusedOperation] = ()) -> None:
        self._book = asked_book(self._book, self.provider)
        super()._begin(address, refusals)

    def _repr_html_(self) -> str:
        from sessionlab.study.pictures.wallet_card import wallet_card

        return wallet_card(self)

    @reads(key=maybe(KEY_OR_ADDRESS))
    def grant_permissions(
        self,
        permissions: Sequence[Permission | Mapping[str, Any]],
        *,
        expiry_sec: int | datetime | None = None,
        expires_in: int | None = None,
        key: Key | str | None = None,
    ) -> Session:
        """Create a session and sign it as the owner. Without an end, it lasts until it is revoked.

        ``expiry_sec``: its last second, in Unix time or a datetime with a timezone; ``expires_in``: seconds from now.

        ``key``: a new one by default. The address of one that another process holds will do: hand it over
        ``session.context``, for ``sl.Session.connect``. The session's first operation installs it.

        Raises GrantRefused if the permissions break a grant rule, InvalidInput if a value is malformed; then
        nothing is signed.
        """
        given = cast("Key | None", key)
        return cast(
            "Session", super().grant_permissions(permissions, expiry_sec=expiry_sec, expires_in=expires_in, key=given)
        )

    def sessions(self) -> tuple[Session, ...]:
        """Return the sessions of this wallet, oldest first, whichever client granted them; ``state`` tells of each.

        Of those that other clients granted, only the address of the key is known here: they can be read and revoked.
        """
        return cast("tuple[Session, ...]", sessions_of(self, super().sessions()))

    def _to_save(self) -> Saved:
        """Return the state that only this object holds: refusals with their decision contexts."""
        of = {session.id: session for session in self.sessions()}
        saved = super()._to_save()
        return replace(
            saved, refusals=tuple(of[refusal.session_id]._with_context(refusal) for refusal in saved.refusals)
        )


class Lab(BaseDeployingLab, ByName, BaseClockLab):
    """A complete environment for session keys, in this process. The same seed and steps produce the same state.

    Contracts and accounts are attributes, as ``lab.token``; ``lab.addresses`` lists the contracts. ``lab.chain`` is the
    chain, ``lab.provider`` answers JSON-RPC, and the gas policy ``lab.policy_id`` pays for any operation.

    ``rules``: ``documented`` (what the API's documentation says) or ``deployed`` (what the production contracts do).
    ``extensions``: names of permission types that production does not have; a lab refuses any type not named here.
    ``entry_point``: code that replaces the EntryPoint's. ``base_fee``: what gas costs in every block, in wei per gas.
    ``bundler``: "strict" refuses, as public bundlers do, operations whose validation breaks a rule of ERC-7562; the
    "ordinary" one takes whatever the EntryPoint takes, and ``session.explain`` says what a strict one would refuse.
    ``time``: when the chain begins, in Unix seconds. With "now", its clock runs: it is the wall clock plus what you
    travel, and a block is at least one second later than its parent. No other lab asks the machine for the time.
    """

    _api_methods: ClassVar[Mapping[str, api.Method]] = {
        **node.API_METHODS,
        **rpc.reads(
            {
                "wallet_getCallsStatus": status_with_notes,
                "lab_tryOperation": try_operation,
                METHOD: validate_strictly,
                "lab_describe": without_parameters(describe_with_contracts),
            }
        ),
    }
    _node_methods: ClassVar[Mapping[str, rpc.Method]] = node.ANSWERS
    _deny = staticmethod(diagnosis.deny)
    _client_type: ClassVar[type[BaseClient]] = SmartWalletClient

    def _repr_html_(self) -> str:
        rows = [
            ("rules", f"{self.rules.title}, seed {self.seed}"),
            *([("bundler", "strict: it keeps to ERC-7562")] if self.bundler.strict else []),
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

    @property
    def base_fee(self) -> int:
        """What gas costs in every block, in wei per gas."""
        return self.chain.base_fee

    @reads(end=maybe(NUMBER), allowed_senders=maybe(each(ADDRESS)))
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

    @reads(token=ADDRESS, to=ADDRESS, amount=AMOUNT)
    def give(self, token: Address, to: Address, amount: int) -> None:
        """Send ``amount`` base units of a token, given by name or address, from the faucet.

        Raises InvalidInput if there is no token at the address, ChainError if the faucet does not have as much.
        """
        with self.chain.atomic():
            self.token_balance(token, to)
            self._give(str(token), str(to), amount)

    @reads(token=ADDRESS, holder=ADDRESS)
    def token_balance(self, token: Address, holder: Address) -> int:
        """Return the holder's balance of a token, given by name or address, in base units.

        Raises InvalidInput if there is no token at the address.
        """
        return balance_in(self.read, str(token), str(holder))

    @reads(contract_name=TEXT, address=ADDRESS, function=TEXT)
    def read(self, contract_name: str, address: Address, function: str, *values: Any) -> Any:
        """Call a view function: ``lab.read("Counter", lab.counter, "number")``. Returns checksummed addresses.

        Raises ChainError if the function reverts, or if the address answers with something else.
        """
        return read_view(self.chain, self.names, contract_name, str(address), function, values)

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
