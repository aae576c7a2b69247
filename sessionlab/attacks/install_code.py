"""Replace the code of a deployed contract, keeping its immutables.

    place(chain, DOCUMENTED, "SessionWallet", runtime_of("reach", changed))

Vyper appends the immutables to the code, one word each, in declaration order. Storage and balance are unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sessionlab.core import deployments
from sessionlab.core.base.errors import NotFound
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.evm.chain import Chain
from sessionlab.core.permissions.rulesets import Ruleset

WORD = 32
#: Number of immutables of contracts whose address differs between chains; their values are read from the chain.
WORDS = {"SponsorPaymaster": 1}


def place(chain: Chain, rules: Ruleset, contract: str, code: bytes, at: Sequence[str] = ()) -> tuple[str, ...]:
    """Replace the runtime code of ``contract`` and keep its immutables; returns the addresses.

    ``code``: runtime code without immutables. ``at``: the addresses of a contract that has no fixed address, such as
    ``SponsorPaymaster`` or ``Counter``. Wallets are proxies of ``SessionWallet``, so all wallets on the chain run the
    new code at once. ``EntryPointLarge`` and ``EntryPointHuge``, to which the EntryPoint delegates large input, keep
    their own code.
    Raises NotFound if the contract has no fixed address and ``at`` is empty.
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
    """Return a contract's immutables by address, for labs with these rules; empty if it has no fixed address."""
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
