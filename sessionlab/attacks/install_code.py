"""Puts other code in the place of a contract that stands on a chain, with the immutables that it had there.

    place(chain, DOCUMENTED, "SessionWallet", runtime_of("reach", changed))

Vyper appends the immutables to the code, a word each, in the order of their declaration. Storage and balance stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sessionlab.core import deployments
from sessionlab.core.base.errors import NotFound
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.evm.chain import Chain
from sessionlab.core.permissions.rulesets import Ruleset

WORD = 32
#: Immutables of contracts that stand elsewhere on each chain: there they are read from it.
WORDS = {"SponsorPaymaster": 1}


def place(chain: Chain, rules: Ruleset, contract: str, code: bytes, at: Sequence[str] = ()) -> tuple[str, ...]:
    """Put runtime code without immutables where ``contract`` stands; returns the addresses.

    ``at``: where it stands, for a contract without an address of its own: ``SponsorPaymaster``, ``Counter``, …
    Wallets are proxies of ``SessionWallet``: all of the chain do at once what the new code says.
    ``EntryPointLarge``, to which the EntryPoint hands what is too large for it, keeps its own code. NotFound.
    """
    homes = _read(chain, contract, at) if at else immutables(rules, contract)
    if not homes:
        fix = "say where it stands, at=[address]."
        raise NotFound(f"{contract} has no address of its own.", field="contract", asked=contract, fix=fix)
    with chain.atomic():
        for address, words in homes.items():
            chain.set_code(address, code + words)
    return tuple(homes)


def immutables(rules: Ruleset, contract: str) -> Mapping[str, bytes]:
    """By address: the immutables that a contract has in every world with these rules. Empty if none has it."""
    runtime = artifact(contract).runtime
    born: deployments.Accounts = {**deployments.entry_point(), **deployments.wallet_contracts(rules)}
    return {
        address: account.code.removeprefix(runtime)
        for address, account in born.items()
        if account.code.startswith(runtime)
    }


def _read(chain: Chain, contract: str, at: Sequence[str]) -> dict[str, bytes]:
    length = WORD * WORDS.get(contract, 0)
    codes = {address: chain.code(address) for address in at}
    return {address: code[len(code) - length :] for address, code in codes.items()}


__all__ = ["immutables", "place"]
