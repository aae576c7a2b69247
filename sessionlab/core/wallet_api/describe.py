"""lab_describe: the rules that a lab enforces and its names for things, for clients that explain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.denials.address_book import AddressBook, Token
from sessionlab.core.permissions.limits import gas_unit
from sessionlab.core.permissions.rulesets import FLAGS, Ruleset

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi


def describe(api: WalletApi, params: Any) -> dict[str, Any]:
    """Answer ``{lab, rules, labels, tokens}``; ``lab`` tells this lab from every other. Takes no parameters."""
    rules, names = api.rules, api.names
    return {
        "lab": api.identity,
        "rules": {
            "name": rules.name,
            "flags": {flag.name: getattr(rules, flag.name) for flag in FLAGS},
            "extensions": list(rules.extensions),
        },
        "labels": {checksum(address): label for address, label in names.labels.items()},
        "tokens": {
            checksum(address): {"symbol": token.symbol, "decimals": token.decimals}
            for address, token in names.tokens.items()
        },
    }


def read_description(answer: Mapping[str, Any]) -> tuple[Ruleset, AddressBook]:
    """Client side: read the rules and names from an answer."""
    told = answer["rules"]
    rules = Ruleset.of(str(told["name"]), told["flags"], told.get("extensions", ()))
    names = AddressBook(
        labels={address_bytes(address): label for address, label in answer["labels"].items()},
        tokens={
            address_bytes(address): Token(token["symbol"], token["decimals"])
            for address, token in answer["tokens"].items()
        },
        gas_unit=gas_unit(rules),
    )
    return rules, names
