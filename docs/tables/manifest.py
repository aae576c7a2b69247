"""The keys of the manifest that ``sessionlab serve --manifest`` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sessionlab as sl
from sessionlab.core.contracts.artifacts import FOLDER
from sessionlab.core.lab.layout import DEMO_CONTRACTS, TOKENS
from sessionlab.server.manifest import make_demo_wallet, manifest

from .text import code, escaped, table

MEANING = {
    "url": "where the lab answers; with the API key in its path, if there is one",
    "apiKey": "the API key; only if the server asks for one",
    "chainId": "the chain's id",
    "rules": "the ruleset",
    "extensions": "permission types that production does not have; only if there are any",
    "seed": "the lab's seed",
    "now": "the chain's time when the file was written, in Unix seconds",
    "entryPoint": "the EntryPoint (ERC-4337 v0.7)",
    "factory": "the factory of wallets",
    "implementation": "the code of wallets",
    "delegate7702": "the code to which an account delegates (EIP-7702)",
    "bundler": "the bundler, which collects the gas fees",
    "owner": "the wallet's owner, with its key; it holds 1,000 ETH",
    "wallet": "a deployed wallet with 10 ETH and 1,000 of each token",
    "accounts": "five accounts with keys, the owner first; 1,000 ETH each",
    "wallets": "every wallet that the lab made, with its owner",
    "sessions": "sessions whose keys the lab has, each with what another process needs to take it up; of a loaded lab",
    "policyId": "a gas policy without limits",
    "tokens": "the tokens' addresses, by name",
    "decimals": "the tokens' decimals, by name",
    "recipient": "an account for payments",
    "merchant": "another account for payments",
    "paymaster": "the sponsor's paymaster",
}


def sample() -> dict[str, Any]:
    """Return a manifest that has every key."""
    lab = sl.Lab(extensions=["call-limit"])
    wallet, keys = make_demo_wallet(lab)
    wallet.grant_permissions([sl.Root()], key=sl.new_key(1))
    return manifest(lab, wallet, keys, "http://127.0.0.1:8545/key", "key")


def meaning(key: str) -> str:
    """Return what stands under this key. Raises KeyError for one that nobody has described."""
    if key in TOKENS:
        token = TOKENS[key]
        return f"the token {token.name}: {token.symbol}, {token.decimals} decimals"
    if key in DEMO_CONTRACTS:
        source = (FOLDER / f"{DEMO_CONTRACTS[key]}.vy").read_text("utf-8")
        return f"the contract {source.partition('@title ')[2].partition(chr(10))[0]}"
    return MEANING[key]


def page() -> str:
    """Return the keys as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    rows = ((code(name), escaped(meaning(name)), _form(value)) for name, value in sample().items())
    yield from table(("key", "is", "form"), rows)


def _form(value: Any) -> str:
    match value:
        case dict() if "privateKey" in value:
            return "`{address, privateKey}`"
        case dict():
            return f"object: {', '.join(map(code, value))}"
        case list():
            return f"list of {_form(value[0])}"
        case int():
            return "number"
        case _ if str(value).startswith("0x"):
            return "address"
        case _:
            return f"text, as {code(json.dumps(value))}"
