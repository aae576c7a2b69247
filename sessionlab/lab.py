"""A lab: a world of its own, with chain, contracts, bundler, sponsor and Wallet API, ready for a first session.

>>> import sessionlab as sl
>>> lab = sl.Lab()
>>> wallet = lab.wallet()
>>> session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
>>> session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.3"))]).ok
True
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

from sessionlab import world
from sessionlab.amounts import ether, units
from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.chain.chain import Chain
from sessionlab.chain.whole import AllOrNothing
from sessionlab.client import Saved, SmartWalletClient
from sessionlab.contracts.artifacts import artifact
from sessionlab.contracts.reverts import decode_revert
from sessionlab.erc4337.bundler import Bundler
from sessionlab.erc4337.sponsor import Sponsor
from sessionlab.erc4337.user_operation import ENTRY_POINT
from sessionlab.errors import ChainError, InvalidInput
from sessionlab.growing import Growing
from sessionlab.insight.names import Names
from sessionlab.keys import derive_key
from sessionlab.permissions.rulesets import Ruleset, ruleset
from sessionlab.plan import TOKENS, Plan
from sessionlab.wallet_api.api import WalletApi
from sessionlab.wallet_api.records import uuid4_of

if TYPE_CHECKING:
    from pathlib import Path

    from web3 import Web3

WALLET_ETH = ether(10)
WALLET_TOKENS = 1_000  # whole units
SPONSOR_DEPOSIT = ether(100)


class LocalProvider:
    """The lab's own Wallet API, without a server in between."""

    def __init__(self, api: WalletApi) -> None:
        self._api = api

    def request(self, method: str, params: Any = None) -> Any:
        """The result of one JSON-RPC request. Raises RpcError."""
        return self._api.handle(method, params)

    def all_or_nothing(self) -> AllOrNothing:
        """Within ``with``, several requests are one step: undone together if it ends in an exception."""
        return self._api.chain.all_or_nothing()


class Lab:
    """Everything that a session needs, in this process. The same seed and steps give the same world.

    ``rules``: ``documented`` (what the API's documentation says) or ``deployed`` (what the production contracts
    do). ``extensions``: permission types that production does not have, by name; without its name here, a lab refuses
    the type. ``entry_point`` puts other code in the EntryPoint's place.
    """

    def __init__(
        self,
        rules: str | Ruleset = "documented",
        seed: int = 0,
        *,
        extensions: Iterable[str] = (),
        entry_point: world.Accounts | None = None,
    ) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise InvalidInput(f"{seed!r} is not a whole number.", field="seed", asked=seed, fix="use seed=0.")
        plan = Plan.of(ruleset(rules, extensions), seed)
        self._run(plan, Chain(plan.genesis(entry_point or world.entry_point()), seed=seed), plan.names())
        self.policy_id = self._open_policy()

    @classmethod
    def on(
        cls, chain: Chain, *, rules: Ruleset, seed: int, names: Names, policy_id: str, wallets: Iterable[Saved]
    ) -> Self:
        """A lab on a chain that a lab with these rules and this seed began. Its API and sponsor know nothing yet."""
        lab = cls.__new__(cls)
        lab._run(Plan.of(rules, seed), chain, names)
        lab.policy_id = policy_id
        for wallet in wallets:
            lab._wallets.append(SmartWalletClient.saved(lab.provider, chain.chain_id, names, rules, wallet))
        return lab

    def _run(self, plan: Plan, chain: Chain, names: Names) -> None:
        """Put bundler, sponsor and Wallet API on the chain."""
        self.rules, self.seed, self.addresses = plan.rules, plan.seed, plan.addresses
        self.recipient, self.merchant = plan.recipient, plan.merchant
        self.chain, self.names, self._faucet = chain, names, plan.faucet
        self.bundler = Bundler(chain, plan.bundler)
        self.sponsor = Sponsor(self.addresses["paymaster"], plan.sponsor, chain.chain_id)
        self.api = WalletApi(chain, self.bundler, self.sponsor, self.rules, names)
        self.provider = LocalProvider(self.api)
        self._wallets: Growing[SmartWalletClient] = Growing()
        chain.accompany(self._remember, self._restore)

    def __repr__(self) -> str:
        return (
            f"<Lab with {self.rules.title} rules, seed {self.seed}: block {self.chain.height}, time {self.now}, "
            f"{len(self._wallets.items)} wallets>"
        )

    def _repr_html_(self) -> str:
        from sessionlab.insight.cards import lab_card

        return lab_card(self)

    def __getattr__(self, name: str) -> str:
        """Addresses by name: ``lab.token``, ``lab.dollar``, ``lab.coin``, ``lab.counter``, ``lab.vault``…"""
        addresses = self.__dict__.get("addresses", {})
        if name in addresses:
            return str(addresses[name])
        raise AttributeError(f"A lab has no {name!r}; its contracts are: {', '.join(addresses)}.")

    # -- wallets and money

    def wallet(self, *, deployed: bool = True, balance: int = WALLET_ETH) -> SmartWalletClient:
        """A new wallet with an owner of its own, ``balance`` wei and 1,000 of each token.

        Not ``deployed``, it deploys itself in its first operation.
        """
        owner = derive_key(self.seed, f"owner {len(self._wallets.items)}")
        with self.chain.all_or_nothing():
            client = SmartWalletClient(self.provider, owner, names=self.names, rules=self.rules)
            if deployed:
                create = artifact("WalletFactory").encode("createSemiModularAccount", owner.address, 0)
                self._transact(world.FACTORY, create)
            self.fund(client.address, balance)
            for name, info in TOKENS.items():
                self._give(self.addresses[name], client.address, units(WALLET_TOKENS, info.decimals))
            self._wallets.append(client)
            return client

    def wallets(self) -> tuple[SmartWalletClient, ...]:
        """The wallets that this lab made, oldest first."""
        return tuple(self._wallets.items)

    def fund(self, address: str, wei: int) -> None:
        """Send ``wei`` from the faucet."""
        if wei:
            self._transact(address, b"", wei)

    def give(self, token: str, to: str, amount: int) -> None:
        """Send ``amount`` smallest units of a token, by its name or address, from the faucet."""
        self._give(self.addresses.get(token, token), to, amount)

    def deposit(self, account: str, wei: int) -> None:
        """Pay ``wei`` into the EntryPoint for an account's gas."""
        self._transact(ENTRY_POINT, artifact("EntryPoint").encode("depositTo", account), wei)

    def gas_policy(
        self,
        *,
        spend_cap: int | None = None,
        operations_per_sender: int | None = None,
        allowed_senders: Sequence[str] | None = None,
        end: int | None = None,
    ) -> str:
        """Open a gas policy of the lab's sponsor; returns its id. ``spend_cap`` in wei, ``end`` in unix seconds."""
        number = len(self.sponsor.policies)
        return self.sponsor.add_policy(
            policy_id=uuid4_of(f"{self.seed} policy {number}".encode()),
            spend_cap=spend_cap,
            operations_per_sender=operations_per_sender,
            allowed_senders=allowed_senders,
            end=end,
        ).id

    # -- looking

    def balance(self, address: str) -> int:
        """Wei of an account."""
        return self.chain.balance(address)

    def token_balance(self, token: str, holder: str) -> int:
        """Smallest units of a token, by its name or address, that ``holder`` has."""
        return int(self.read("Token", self.addresses.get(token, token), "balanceOf", holder))

    def read(self, contract_name: str, address: str, function: str, *values: Any) -> Any:
        """Ask a view of a contract: ``lab.read("Counter", lab.counter, "number")``. Addresses come with a checksum."""
        made = artifact(contract_name)
        answer = self.chain.call(address, made.encode(function, *values))
        if not answer.success:
            raise ChainError(f"{contract_name}.{function} reverts.", field="function", asked=function)
        found = made.decode(function, answer.output)
        kinds = made.function(function).outputs
        if len(kinds) > 1:
            return tuple(map(_spelled, kinds, found))
        return _spelled(kinds[0], found) if kinds else found

    @property
    def web3(self) -> Web3:
        """A Web3 object on this chain; any web3 code works with it."""
        from sessionlab.chain.provider import ChainProvider

        from web3 import Web3  # isort: skip

        return Web3(ChainProvider(self.chain))

    # -- time

    @property
    def now(self) -> int:
        """Unix seconds on the chain."""
        return self.chain.now

    def travel(self, seconds: int) -> int:
        """Move the chain's clock forward; returns the new time."""
        return self.chain.travel(seconds)

    def snapshot(self) -> int:
        """Remember this moment: chain, accounts, sessions, gas policies and what the clients know of them."""
        return self.chain.snapshot()

    def revert(self, snapshot: int) -> None:
        """Return to a snapshot. It and the later ones are used up. Raises ChainError if it is unknown."""
        self.chain.revert(snapshot)

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
        from sessionlab import saving

        saving.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The lab that was saved to a file: the same world, which goes on as the saved one would.

        ``lab.wallets()`` and their ``sessions()`` are the old ones. Loading runs nothing that the file brings.

        Raises SavedLabError if the file is missing, damaged, of another format or none that ``save`` wrote; it says
        which, and what to do. Then there is no lab: none is ever half loaded.
        """
        from sessionlab import saving

        return saving.load(cls, path)

    def _remember(self) -> tuple[Any, list[Any]]:
        return self._wallets.moment(), [wallet.moment() for wallet in self._wallets.items]

    def _restore(self, memory: tuple[Any, list[Any]]) -> None:
        wallets, moments = memory
        self._wallets.go_to(wallets)
        for wallet, moment in zip(self._wallets.items, moments, strict=True):
            wallet.go_to(moment)

    # -- how it is made

    def _open_policy(self) -> str:
        self.deposit(self.addresses["paymaster"], SPONSOR_DEPOSIT)
        return self.gas_policy()

    def _give(self, token: str, to: str, amount: int) -> None:
        self._transact(token, artifact("Token").encode("transfer", to, amount))

    def _transact(self, to: str, data: bytes, value: int = 0) -> None:
        with self.chain.all_or_nothing():
            receipt = self.chain.transact(self._faucet.private, to, data, value)
            if receipt.status != 1:
                why = decode_revert(receipt.output)
                raise ChainError(f"The faucet's transaction reverts: {why}.", field="to", asked=to)


def _spelled(kind: str, value: Any) -> Any:
    """A value of an ABI type; an address as a lab spells it everywhere else."""
    return checksum(address_bytes(value)) if kind == "address" else value


__all__ = ["Lab", "LocalProvider"]
