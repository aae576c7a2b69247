"""Who a node may send for: accounts whose keys it holds, and accounts that were impersonated.

Both belong to one chain and stay as they are when it is reverted, as on other test chains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sessionlab.core.base.errors import InvalidInput, Stays
from sessionlab.core.base.keys import Key
from sessionlab.core.base.rpc_values import flag, unchecked_address
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.rpc import Read
from sessionlab.core.evm.rpc_methods import Params, need

#: Keys that are held for one request, by the account in lower case.
_ALSO: ContextVar[dict[str, Key]] = ContextVar("also held")


@contextmanager
def also_held(keys: Iterable[Key]) -> Iterator[None]:
    """Hold these keys too, first, as long as the block runs and for nobody else."""
    token = _ALSO.set({key.address.lower(): key for key in keys})
    try:
        yield
    finally:
        _ALSO.reset(token)


class Senders(Stays):
    """The keys and impersonated accounts of one chain. Its repr shows addresses alone."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}
        self._impersonated: set[str] = set()
        self.everyone = False

    def __repr__(self) -> str:
        return f"<Senders {', '.join(self.addresses)}>"

    @property
    def addresses(self) -> list[str]:
        """The accounts whose keys are held."""
        return [key.address for key in self._held.values()]

    @property
    def _held(self) -> dict[str, Key]:
        return {**_ALSO.get({}), **self._keys}

    def hold(self, keys: Iterable[Key]) -> None:
        """Hold these keys, in this order."""
        self._keys |= {key.address.lower(): key for key in keys}

    def key(self, address: str) -> Key:
        """Return the key of an account. Raises InvalidInput if it is not held."""
        key = self._held.get(address)
        if key is None:
            raise self._unknown(address, "ask eth_accounts which accounts it has, or sign in the client.")
        return key

    def impersonate(self, address: str) -> None:
        """Send for an account from now on, whether or not its key is held."""
        self._impersonated.add(address)

    def stop(self, address: str) -> None:
        """Undo ``impersonate``."""
        self._impersonated.discard(address)

    def signs(self, address: str) -> Key | None:
        """Return the key to send with; None for an impersonated account. Raises InvalidInput for any other."""
        if address in self._held:
            return self._held[address]
        if self.everyone or address in self._impersonated:
            return None
        raise self._unknown(address, "sign in the client, or call anvil_impersonateAccount first.")

    def _unknown(self, address: str, fix: str) -> InvalidInput:
        message = f"No signer available: this node holds no key of {address}."
        return InvalidInput(message, field="from", asked=address, left=self.addresses, fix=fix)


_of_chain: WeakKeyDictionary[Chain, Senders] = WeakKeyDictionary()


def senders_of(chain: Chain) -> Senders:
    """Return the senders of a chain."""
    return _of_chain.setdefault(chain, Senders())


@dataclass(frozen=True, slots=True)
class ReadAsItGoes(Read):
    """A method that reads what a frozen view does not have: who sends for a chain, and whether its clock runs."""

    def __call__(self, asked: Any, params: Params) -> Any:
        """Answer from the chain or the Wallet API itself."""
        return self.method(asked, params)


def accounts(chain: Chain, params: Params) -> list[str]:
    """Answer eth_accounts: the accounts whose keys the node holds."""
    return senders_of(chain).addresses


def impersonate(chain: Chain, params: Params) -> None:
    """Answer anvil_impersonateAccount: eth_sendTransaction sends for this account, a contract included."""
    senders_of(chain).impersonate(_address(params))


def stop_impersonating(chain: Chain, params: Params) -> None:
    """Answer anvil_stopImpersonatingAccount."""
    senders_of(chain).stop(_address(params))


def auto_impersonate(chain: Chain, params: Params) -> None:
    """Answer anvil_autoImpersonateAccount: eth_sendTransaction sends for every account, or no longer."""
    senders_of(chain).everyone = flag(need(params, 0, "enabled"), "enabled")


def _address(params: Params) -> str:
    return unchecked_address(need(params, 0, "address"), "address")


IMPERSONATION: dict[str, Callable[[Chain, Params], Any]] = {
    "impersonateAccount": impersonate,
    "stopImpersonatingAccount": stop_impersonating,
    "autoImpersonateAccount": auto_impersonate,
}
