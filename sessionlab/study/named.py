"""What a lab has by name: its contracts are attributes, for people, completion and type checkers alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.core.base.near import UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eth_typing import ChecksumAddress


class ByName:
    """A lab's contracts as ``lab.token``; ``lab.addresses`` has the same, as a mapping of names to addresses."""

    addresses: Mapping[str, str]

    if TYPE_CHECKING:
        #: Tokens: LUSD with 6 decimals, LBTC with 8; LAB with 18 is ``token``, which also makes others.
        dollar: ChecksumAddress
        coin: ChecksumAddress
        #: Contracts to call: two that count, one that refuses call data that it does not know, a vault, an NFT.
        counter: ChecksumAddress
        counter_2: ChecksumAddress
        strict: ChecksumAddress
        vault: ChecksumAddress
        collectible: ChecksumAddress
        #: The sponsor's paymaster.
        paymaster: ChecksumAddress

    else:

        def __getattr__(self, name: str) -> str:
            addresses = vars(self).get("addresses", {})
            if name in addresses:
                return str(addresses[name])
            if hasattr(type(self), name):  # a property that raises
                return object.__getattribute__(self, name)
            there = f" By name, its contracts are: {', '.join(self._by_name())}."
            raise UnknownName("A lab", name, lambda: dir(self), "lab.{}", there)

    def _by_name(self) -> list[str]:
        """What contracts it has as attributes: its own, then those that were deployed here."""
        own = [known.name for known in vars(self).get("own_contracts", ())]
        return [*vars(self).get("addresses", ()), *own]

    def __dir__(self) -> Iterable[str]:
        return sorted({*super().__dir__(), *self._by_name()})
