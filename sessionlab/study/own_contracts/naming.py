"""Address books that change: a lab's with its chain, and a client's with what its node answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import SessionlabError
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.wallet_api.describe import describe, read_description
from sessionlab.study.own_contracts.tokens import MOST_GAS, Ask, tokens_seen

if TYPE_CHECKING:
    from sessionlab.core.client.wallet_api_client import Provider
    from sessionlab.core.wallet_api.api import WalletApi

OWN = ("functions", "errors")


@dataclass(frozen=True)
class _LiveBook(AddressBook):
    source: Callable[[], AddressBook] = AddressBook

    def now(self) -> AddressBook:
        """Return the names as they are now."""
        return self.source()


def live_book(source: Callable[[], AddressBook]) -> AddressBook:
    """Return a book whose ``now()`` is what this source returns then."""
    return _LiveBook(source=source)


def describe_with_contracts(api: WalletApi, params: Any) -> dict[str, Any]:
    """Answer lab_describe, with the functions and errors of the contracts that were deployed in the lab."""
    names = api.names
    own = {what: {"0x" + code.hex(): text for code, text in getattr(names, what).items()} for what in OWN}
    return {**describe(api, params), **own}


def asked_book(given: AddressBook, provider: Provider) -> AddressBook:
    """Return the book of a client that knows its lab, or another endpoint, by its provider alone."""
    return given if isinstance(given, _LiveBook) else live_book(lambda: _asked(given, provider))


def _asked(given: AddressBook, provider: Provider) -> AddressBook:
    told = _described(provider)
    known = told or given
    tokens = tokens_seen({**given.tokens, **known.tokens}, lambda address: _ask(provider, address))
    labels = {**given.labels, **known.labels}
    return replace(given, labels=labels, tokens=tokens, functions=known.functions, errors=known.errors)


def _described(provider: Provider) -> AddressBook | None:
    try:
        answer: Mapping[str, Any] = provider.request("lab_describe")
        functions, errors = ({bytes.fromhex(code[2:]): text for code, text in answer[what].items()} for what in OWN)
        return replace(read_description(answer)[1], functions=functions, errors=errors)
    except (SessionlabError, LookupError):  # no lab, or one of an earlier version
        return None


def _ask(provider: Provider, address: bytes) -> Ask:
    def ask(data: bytes) -> bytes | None:
        call = {"to": "0x" + address.hex(), "data": "0x" + data.hex(), "gas": hex(MOST_GAS)}
        try:
            return bytes.fromhex(provider.request("eth_call", [call, "latest"])[2:])
        except (SessionlabError, ValueError):
            return None

    return ask
