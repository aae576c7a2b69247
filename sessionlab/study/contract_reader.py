"""Read a contract's view function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Protocol

from sessionlab.core.base.abi_values import read_arguments
from sessionlab.core.base.addresses import address_bytes, checksum, is_name
from sessionlab.core.base.errors import ChainError, InvalidInput, NotFound
from sessionlab.core.contracts.artifacts import artifact

if TYPE_CHECKING:
    from sessionlab.core.denials.address_book import AddressBook
    from sessionlab.core.evm.records import CallResult


class Views(Protocol):
    """A chain, here or behind a URL, that answers view functions."""

    def call(self, to: str, data: bytes, /) -> CallResult:
        """Return what a call would return now."""

    def code(self, address: str, /) -> bytes:
        """Return an account's code."""


def read_view(
    chain: Views, names: AddressBook, contract_name: str, address: str, function: str, values: Sequence[Any]
) -> Any:
    """Call a view function. Raises ChainError if it reverts, or if the address answers with something else."""
    try:
        made = artifact(contract_name)
    except NotFound as error:
        error.field = "contract_name"
        raise
    types = made.function(function).types
    named = [
        names.address_of(value, "values") if kind == "address" and is_name(value) else value
        for kind, value in zip_longest(types, values, fillvalue="")
    ]
    given = read_arguments(types, named[: len(values)], "values")
    answer = chain.call(address, made.encode(function, *given))
    if not answer.success:
        raise ChainError(f"{contract_name}.{function} reverts.", field="function", asked=function)
    try:
        if not answer.output and not chain.code(address):
            raise ValueError  # a function that answers nothing would seem to be there
        result = made.decode(function, answer.output)
    except Exception:  # a decoder may raise anything on what another contract answers
        code = len(chain.code(address))
        raise ChainError(
            f"{address} has {code:,} bytes of code and answers {contract_name}.{function} with "
            f"{len(answer.output)} bytes, which it cannot return.",
            field="address",
            asked=address,
            fix=f"give the address of a {contract_name}.",
        ) from None
    kinds = made.function(function).outputs
    if len(kinds) > 1:
        return tuple(map(_spelled, kinds, result))
    return _spelled(kinds[0], result) if kinds else result


def balance_in(read: Callable[..., Any], token: str, holder: str) -> int:
    """Return a balance in base units, read by ``lab.read``. Raises InvalidInput if there is no token at the address."""
    try:
        return int(read("Token", token, "balanceOf", holder))
    except (ChainError, TypeError):
        message, fix = f"{token} is not a token: it does not answer balanceOf.", "give lab.token, or another."
        raise InvalidInput(message, field="token", asked=token, fix=fix) from None


def _spelled(kind: str, value: Any) -> Any:
    """Return an ABI value, with addresses checksummed as everywhere else."""
    return checksum(address_bytes(value)) if kind == "address" else value
