"""A lab: a self-contained chain with contracts, bundler, sponsor and Wallet API, ready for a first session.

>>> import sessionlab as sl
>>> lab = sl.Lab()
>>> wallet = lab.wallet()
>>> session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
>>> session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.3"))]).ok
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Self

from sessionlab.core import deployments
from sessionlab.core.base.addresses import Address
from sessionlab.core.base.amounts import ether, units
from sessionlab.core.base.doors import ADDRESS, AMOUNT, ANY_NUMBER, FLAG, MAPPING, TEXT, integer, maybe, reads
from sessionlab.core.base.errors import Stays
from sessionlab.core.base.frozen import Frozen, read_only
from sessionlab.core.base.keys import derive_key
from sessionlab.core.base.rollback_list import RollbackList
from sessionlab.core.client.smart_wallet import BaseClient, Saved
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.address_book import AddressBook, Named
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337.bundler import Bundler
from sessionlab.core.erc4337.gas import MOST_BASE_FEE
from sessionlab.core.erc4337.sponsor import Sponsor
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm import rpc
from sessionlab.core.evm.atomic import AtomicSection
from sessionlab.core.evm.chain import GWEI, START, Chain
from sessionlab.core.lab.layout import TOKENS, Layout, send_from_faucet
from sessionlab.core.permissions.rulesets import Ruleset, ruleset
from sessionlab.core.wallet_api.api import Method, WalletApi
from sessionlab.core.wallet_api.failed_operation import FailedOperation, deny_by_reason
from sessionlab.core.wallet_api.methods import METHODS
from sessionlab.core.wallet_api.records import uuid4_of

WALLET_ETH = ether(10)
WALLET_TOKENS = 1_000  # whole tokens
SPONSOR_DEPOSIT = ether(100)


class LocalProvider(Frozen, Stays):
    """Calls the lab's Wallet API directly, without a server."""

    _frozen = True
    #: Whether its API can check an operation by the run that mines it.
    checks_when_sent = True

    def __init__(self, api: WalletApi) -> None:
        self._api = api

    @reads(method=TEXT)
    def request(self, method: str, params: Any = None) -> Any:
        """Return the result of one JSON-RPC request. Raises RpcError if the response is an error."""
        return self._api.handle(method, params)

    def atomic(self) -> AtomicSection:
        """Return a context manager that undoes all its requests if its block raises."""
        return self._api.chain.atomic()


class Wallets(RollbackList[BaseClient]):
    """A lab's wallets, which go back in time with the chain, and what each of them knows."""

    __slots__ = ()

    def capture(self) -> Any:
        """Capture the wallets, and the sessions and refusals of each."""
        return super().capture(), [[part.capture() for part in wallet._memory] for wallet in self.items]

    def restore(self, captured: Any) -> None:
        """Restore a captured state."""
        super().restore(captured[0])
        for wallet, known in zip(self.items, captured[1], strict=True):
            for part, before in zip(wallet._memory, known, strict=True):
                part.restore(before)


class BaseLab(Named, Frozen, Stays):
    """Everything that a session needs, in process. ``Lab`` says what the arguments are."""

    _fix = "make another lab: Lab(rules=…, seed=…)."
    _fixes: ClassVar[Mapping[str, str]] = {"now": "move the clock: lab.travel(seconds), lab.travel(days=30)."}
    #: The methods of the Wallet API and of the node that it answers.
    _api_methods: ClassVar[Mapping[str, Method]] = METHODS
    _node_methods: ClassVar[Mapping[str, rpc.Method]] = rpc.METHODS
    _client_type: ClassVar[type[BaseClient]] = BaseClient
    _bundler_type: type[Bundler] = Bundler

    @reads(seed=ANY_NUMBER, entry_point=maybe(MAPPING), base_fee=partial(integer, least=1, most=MOST_BASE_FEE))
    def __init__(
        self,
        rules: str | Ruleset = "documented",
        seed: int = 0,
        *,
        extensions: Iterable[str] = (),
        entry_point: deployments.Accounts | None = None,
        base_fee: int = GWEI,
        time: int | str = START,
    ) -> None:
        layout = Layout.of(ruleset(rules, extensions), seed)
        accounts = layout.genesis(entry_point or deployments.entry_point())
        self._run(layout, Chain(accounts, seed=seed, base_fee=base_fee, time=time), layout.names())
        self.policy_id, self._frozen = self._open_policy(), True

    @classmethod
    def _on(
        cls, chain: Chain, *, rules: Ruleset, seed: int, names: AddressBook, policy_id: str, wallets: Iterable[Saved]
    ) -> Self:
        """Create a lab on the chain of an earlier lab with these rules and seed. Its API and sponsor start empty."""
        lab = cls.__new__(cls)
        lab._run(Layout.of(rules, seed), chain, names)
        lab.policy_id, lab._frozen = policy_id, True
        for wallet in wallets:
            lab._wallets.append(cls._client_type._saved(lab.provider, chain.chain_id, lab._book, rules, wallet))
        return lab

    def _run(self, layout: Layout, chain: Chain, names: AddressBook) -> None:
        """Set up the bundler, sponsor and Wallet API on the chain."""
        self.rules, self.seed = layout.rules, layout.seed
        self.addresses: Mapping[str, str] = read_only(layout.addresses)
        self.recipient, self.merchant = layout.recipient, layout.merchant
        self.chain, self._book, self._faucet = chain, names, layout.faucet
        self.bundler = self._bundler_type(chain, layout.bundler)
        self.sponsor = Sponsor(self.addresses["paymaster"], layout.sponsor, chain.chain_id)
        methods = self._api_methods, self._node_methods
        self.api = WalletApi(chain, self.bundler, self.sponsor, self.rules, names, *methods, self._deny)
        self.provider = LocalProvider(self.api)
        self._wallets = Wallets()
        chain.register_participant(self._wallets)
        for part in (chain, chain.engine, self.bundler, self.sponsor, self.api):
            part._frozen = True

    def __repr__(self) -> str:
        return (
            f"<Lab with {self.rules.title} rules, seed {self.seed}: block {self.chain.height}, time {self.now}, "
            f"{len(self._wallets.items)} wallets>"
        )

    # -- wallets and money

    @reads(deployed=FLAG, balance=AMOUNT)
    def wallet(self, *, deployed: bool = True, balance: int = WALLET_ETH) -> BaseClient:
        """Create a wallet with a new owner, ``balance`` wei and 1,000 of each token."""
        owner = derive_key(self.seed, f"owner {len(self._wallets.items)}")
        with self.chain.atomic(), self.chain.engine.standing():
            client = self._client_type(self.provider, owner, names=self._book, rules=self.rules)
            if deployed:
                create = artifact("WalletFactory").encode("createSemiModularAccount", owner.address, 0)
                self._transact(deployments.FACTORY, create)
            self.fund(client.address, balance)
            for name, info in TOKENS.items():
                self._give(self.addresses[name], client.address, units(WALLET_TOKENS, info.decimals))
            self._wallets.append(client)
            return client

    def wallets(self) -> tuple[BaseClient, ...]:
        """The wallets that this lab created, oldest first."""
        return tuple(self._wallets.items)

    @reads(address=ADDRESS, wei=AMOUNT)
    def fund(self, address: Address, wei: int) -> None:
        """Send ``wei`` to an address from the faucet."""
        if wei:
            self._transact(str(address), b"", wei)

    @reads(account=ADDRESS, wei=AMOUNT)
    def deposit(self, account: Address, wei: int) -> None:
        """Deposit ``wei`` in the EntryPoint for an account's gas."""
        self._transact(ENTRY_POINT, artifact("EntryPoint").encode("depositTo", account), wei)

    def gas_policy(
        self,
        *,
        spend_cap: int | None = None,
        operations_per_sender: int | None = None,
        allowed_senders: Sequence[str] | None = None,
        end: int | None = None,
    ) -> str:
        """Open a gas policy with the lab's sponsor and return its id. ``spend_cap`` in wei, ``end`` in Unix seconds."""
        with self.chain.atomic():
            number = len(self.sponsor.policies)
            return self.sponsor.add_policy(
                policy_id=uuid4_of(f"{self.seed} policy {number}".encode()),
                spend_cap=spend_cap,
                operations_per_sender=operations_per_sender,
                allowed_senders=allowed_senders,
                end=end,
            ).id

    # -- looking

    @reads(address=ADDRESS)
    def balance(self, address: Address) -> int:
        """Return an account's balance, in wei."""
        return self.chain.balance(address)

    # -- time

    @property
    def now(self) -> int:
        """The chain's time, in Unix seconds."""
        return self.chain.now

    def travel(self, seconds: int) -> int:
        """Move the chain's clock forward by that many seconds and return the new time, in Unix seconds."""
        return self.chain.travel(seconds)

    def snapshot(self) -> int:
        """Take a snapshot of the chain, accounts, sessions, gas policies and client state, and return its number."""
        return self.chain.snapshot()

    def revert(self, snapshot: int) -> None:
        """Return to a snapshot. It and all later ones are used up. Raises ChainError if it is unknown."""
        self.chain.revert(snapshot)

    # -- how it is made

    @staticmethod
    def _deny(api: WalletApi, refused: FailedOperation) -> Denial:
        """Put a refusal into words. A lab from above may also say what the state shows about it."""
        return deny_by_reason(api, refused)

    def _open_policy(self) -> str:
        with self.chain.atomic(), self.chain.engine.standing():
            self.deposit(self.addresses["paymaster"], SPONSOR_DEPOSIT)
            return self.gas_policy()

    def _give(self, token: str, to: str, amount: int) -> None:
        self._transact(token, artifact("Token").encode("transfer", to, amount))

    def _transact(self, to: str, data: bytes, value: int = 0) -> None:
        send_from_faucet(self.chain, self._faucet, to, data, value)


__all__ = ["BaseLab", "LocalProvider"]
