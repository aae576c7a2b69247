"""A lab that another process serves: its clock, faucet, names and wallets, over HTTP.

lab = sl.connect("http://127.0.0.1:8545")
wallet = lab.wallet()
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

from sessionlab.core.base.addresses import Address, checksum
from sessionlab.core.base.amounts import check_seconds, format_time, units
from sessionlab.core.base.doors import ADDRESS, AMOUNT, NUMBER, TEXT, maybe, reads
from sessionlab.core.base.errors import ChainError, RpcError, Stays
from sessionlab.core.base.frozen import Frozen, read_only
from sessionlab.core.base.html import BLUE, address_html, card
from sessionlab.core.base.keys import KEY, Key, new_key
from sessionlab.core.base.rpc_codes import REVERTED, UNAUTHORIZED
from sessionlab.core.client.wallet_api_client import send_request
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.records import CallResult
from sessionlab.core.lab.lab import WALLET_ETH, WALLET_TOKENS
from sessionlab.core.lab.layout import TOKENS
from sessionlab.core.wallet_api.describe import read_description
from sessionlab.study.contract_reader import balance_in, read_view
from sessionlab.study.facade import Lab, SmartWalletClient
from sessionlab.study.http_provider import TIMEOUT, HttpProvider
from sessionlab.study.lab_clock import SPANS, span

if TYPE_CHECKING:
    from web3 import Web3

    from sessionlab.core.denials.address_book import AddressBook
    from sessionlab.core.permissions.rulesets import Ruleset

#: What the lab's names call, besides its contracts.
ACCOUNTS = ("recipient", "merchant")
NOT_CONTRACTS = (*ACCOUNTS, "EntryPoint")


def connect(url: str, *, api_key: str | None = None, timeout: float = TIMEOUT) -> LabClient:
    """Return the lab that ``sessionlab serve`` or ``sl.in_background`` serves at a URL, for use in another process.

    ``api_key``: sent as a bearer token, if the server asks for one. ``timeout``: seconds to wait for each answer.

    Raises InvalidInput for a malformed URL, and ChainError if nothing answers there, if the key is wrong, or if what
    answers is not a lab; ``sl.HttpProvider(url)`` is for any other Wallet API endpoint.

    >>> import sessionlab as sl
    >>> with sl.in_background(sl.Lab(seed=1)) as url:
    ...     lab = sl.connect(url)
    ...     wallet = lab.wallet()
    ...     lab.travel(3600) == lab.now, wallet.balance == sl.ether(10), lab.counter == sl.Lab(seed=1).counter
    (True, True, True)
    """
    return LabClient(HttpProvider(url, api_key=api_key, timeout=timeout))


class LabClient(Frozen, Stays):
    """A served lab, as another process has it. ``sl.connect(url)`` makes it; every method is a request to the lab.

    It has the lab's clock, faucet, names and rules; what else ``sl.Lab`` has stays with the process that serves.
    ``lab.token``, ``lab.counter`` and so on are addresses, as in ``sl.Lab``.
    """

    _fix = "connect to another lab: sl.connect(url)."
    _fixes: ClassVar[Mapping[str, str]] = {"now": "move the clock: lab.travel(seconds)."}
    _instead = "connect in the other process too: sl.connect(url)."

    recipient: str
    merchant: str
    token: str
    dollar: str
    coin: str
    counter: str
    counter_2: str
    strict: str
    vault: str
    collectible: str
    paymaster: str

    def __init__(self, provider: HttpProvider) -> None:
        self.provider = provider
        self._known = self._described()
        #: What the lab's contracts enforce, its chain id, and the id of its own gas policy.
        self.rules: Ruleset = self._known[0]
        self.chain_id = int(self._ask("eth_chainId"), 16)
        self.policy_id: str = self._ask("lab_status")["policyId"]
        self._frozen = True

    def _described(self) -> tuple[Ruleset, AddressBook]:
        """Ask for the rules and names. Raises ChainError if it is not a lab that answers."""
        try:
            return read_description(self.provider.request("lab_describe"))
        except RpcError as error:
            if error.code == UNAUTHORIZED:
                message, fix = f"{self.provider!r} asks for another API key.", "give the server's: api_key=…"
                raise ChainError(message, field="api_key", fix=fix) from None
        except (LookupError, TypeError, ValueError, AttributeError):  # another service may answer anything
            pass
        message = f"What answers at {self.provider!r} is not a lab."
        fix = "give the URL that `sessionlab serve` prints; for another Wallet API endpoint, use sl.HttpProvider(url)."
        raise ChainError(message, field="url", fix=fix)

    @property
    def _place(self) -> str:
        return repr(self.provider).removeprefix("<HttpProvider ").removesuffix(">")  # without an API key in the path

    def __repr__(self) -> str:
        return f"<LabClient {self._place}: {self.rules.title} rules, chain {self.chain_id}>"

    def _repr_html_(self) -> str:
        status = self._ask("lab_status")
        clock = "the wall clock, plus what was travelled" if status["runs"] else "fixed"
        rows = [
            ("served at", self._place),
            ("rules", self.rules.title),
            ("time", f"{format_time(int(status['now'], 16))}; its clock is {clock}"),
        ]
        there = {**self.addresses, "recipient": self.recipient, "merchant": self.merchant}
        rows += [(f"lab.{name}", address_html(address)) for name, address in there.items()]
        return card("Served lab", BLUE, rows)

    if not TYPE_CHECKING:  # so that type checkers refuse a name that is not declared

        def __getattr__(self, name: str) -> str:
            """Look up an address by name. The error names what is meant, perhaps."""
            if name.startswith("_"):
                raise AttributeError(name)
            if name not in self._labels():
                vars(self)["_known"] = self._described()  # the lab may have it since
            if name in (labels := self._labels()):
                return labels[name]
            if hasattr(Lab, name):
                raise AttributeError(
                    f"A served lab has no {name!r}: it stays with the process that serves, as lab.{name} of its sl.Lab."
                )
            near = get_close_matches(name, dir(self), n=1)
            meant = f" Did you mean lab.{near[0]}?" if near else ""
            raise AttributeError(f"A served lab has no {name!r}; its contracts are: {', '.join(labels)}.{meant}")

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self._labels()]

    def _labels(self) -> dict[str, str]:
        labels = {label: checksum(address) for address, label in self._known[1].labels.items()}
        return {label: address for label, address in labels.items() if address != ENTRY_POINT}

    @property
    def names(self) -> AddressBook:
        """What the lab calls addresses and tokens."""
        return self._known[1]

    @property
    def addresses(self) -> Mapping[str, str]:
        """The lab's contracts, by name."""
        return read_only({name: address for name, address in self._labels().items() if name not in NOT_CONTRACTS})

    # -- time

    @property
    def now(self) -> int:
        """The lab's time, in Unix seconds."""
        return int(self._ask("lab_status")["now"], 16)

    @reads(**SPANS)
    def travel(
        self, seconds: int | None = None, *, minutes: int = 0, hours: int = 0, days: int = 0, weeks: int = 0
    ) -> int:
        """Move the lab's clock forward, for everybody who uses it, and return the new time in Unix seconds.

        All numbers are whole. Raises ChainError for less than 0 seconds, InvalidInput if nothing says how far.
        """
        self._ask("evm_increaseTime", check_seconds(span(seconds, minutes, hours, days, weeks), "seconds"))
        return self.now

    def snapshot(self) -> int:
        """Take a snapshot of the whole lab and return its number."""
        return int(self._ask("evm_snapshot"), 16)

    @reads(snapshot=NUMBER)
    def revert(self, snapshot: int) -> None:
        """Return to a snapshot, for everybody who uses the lab. Raises ChainError if there is no such snapshot."""
        self._ask("evm_revert", hex(snapshot))

    # -- wallets and money

    @reads(owner=maybe(KEY), salt=NUMBER, balance=maybe(AMOUNT))
    def wallet(self, owner: Key | None = None, *, salt: int = 0, balance: int | None = None) -> SmartWalletClient:
        """Return the wallet of an owner, the same in every process; without an owner, one of a new random key.

        A new owner's wallet gets 10 ETH and 1,000 of each token from the faucet, a given owner's nothing. ``balance``:
        wei to send instead. A wallet that is not deployed yet is deployed by its first operation.
        """
        client = SmartWalletClient(self.provider, owner or new_key(), salt=salt, names=self.names, rules=self.rules)
        self.fund(client.address, balance if balance is not None else 0 if owner else WALLET_ETH)
        for name in () if owner else TOKENS:
            self.give(name, client.address, units(WALLET_TOKENS, TOKENS[name].decimals))
        return client

    @reads(address=ADDRESS, wei=AMOUNT)
    def fund(self, address: Address, wei: int) -> None:
        """Send ``wei`` to an address from the faucet. Raises ChainError if the faucet has less."""
        self._ask("lab_fund", {"to": address, "amount": hex(wei)})

    @reads(token=ADDRESS, to=ADDRESS, amount=AMOUNT)
    def give(self, token: Address, to: Address, amount: int) -> None:
        """Send ``amount`` base units of a token, given by name or address, from the faucet.

        Raises InvalidInput if there is no token at the address, ChainError if the faucet does not have as much.
        """
        self.token_balance(token, to)
        self._ask("lab_fund", {"to": to, "amount": hex(amount), "token": token})

    # -- looking

    @reads(address=ADDRESS)
    def balance(self, address: Address) -> int:
        """Return an account's balance, in wei."""
        return int(self._ask("eth_getBalance", address, "latest"), 16)

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
        return read_view(_Views(self), self.names, contract_name, str(address), function, values)

    @property
    def web3(self) -> Web3:
        """A Web3 object connected to this lab by HTTP."""
        from web3 import Web3

        return Web3(Web3.HTTPProvider(self.provider.url, request_kwargs={"headers": self.provider._headers}))

    def _ask(self, method: str, *params: Any) -> Any:
        return send_request(self.provider, method, list(params))


class _Views:
    """A served lab, as ``read_view`` asks a chain."""

    def __init__(self, lab: LabClient) -> None:
        self._ask = lab._ask

    def call(self, to: str, data: bytes, /) -> CallResult:
        """Return what a call would return now."""
        try:
            answer = self._ask("eth_call", {"to": to, "data": "0x" + data.hex()}, "pending")
        except RpcError as error:
            if error.code != REVERTED:
                raise
            return CallResult(False, b"", 0, (), "Revert")
        return CallResult(True, bytes.fromhex(answer[2:]), 0, ())

    def code(self, address: str, /) -> bytes:
        """Return an account's code."""
        return bytes.fromhex(self._ask("eth_getCode", address, "latest")[2:])
