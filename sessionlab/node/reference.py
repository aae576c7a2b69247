"""The reference of the methods that a served lab answers, and of published ones that it leaves out, with the reason.

The served ones are read from the tables that answer. It is written by
``python -m sessionlab.node.reference > sessionlab/node/METHODS.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sessionlab.node.bundler.debug_methods import DEBUG_METHODS, DEBUG_PARAMETERS
from sessionlab.node.left_out import LEFT_OUT
from sessionlab.node.methods import API_METHODS, METHODS
from sessionlab.node.parameters import PARAMETERS

#: What each group of methods is for, by the prefix of their names.
GROUPS: Mapping[str, str] = {
    "eth_": "A node's, and the bundler's that speak of user operations",
    "net_": "Network",
    "web3_": "Client",
    "debug_": "Traces and raw data; the bundler's only with `--bundler strict --debug-bundler`",
    "txpool_": "Transaction pool",
    "wallet_": "Wallet API (Alchemy's Wallet APIs, EIP-5792)",
    "pm_": "Paymaster (ERC-7677)",
    "pimlico_": "Other bundlers' gas prices",
    "rundler_": "Other bundlers' gas prices",
    "personal_": "Signing",
    "lab_": "This lab's own",
    "evm_": "Levers of test chains",
    "anvil_": "Levers under anvil's names",
    "hardhat_": "Levers under hardhat's names",
}


def served() -> list[str]:
    """Return the names of all methods that are answered."""
    return sorted({*METHODS, *API_METHODS, *DEBUG_METHODS})


def left_out() -> dict[str, str]:
    """Return the published methods that are not answered, each with the reason."""
    known = {*METHODS, *API_METHODS}
    return {name: why for name, why in sorted(LEFT_OUT.items()) if name not in known}


def reference() -> str:
    """Return the reference as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterable[str]:
    yield "# JSON-RPC methods"
    yield ""
    yield "What a served lab answers, written by `python -m sessionlab.node.reference`."
    yield "Parameters stand behind a method's name, in order; a question mark follows one that may be left out."
    yield "Errors have geth's words and codes; a field that is not read is refused by its name (-32602)."
    for prefix, what in GROUPS.items():
        names = [name for name in served() if name.startswith(prefix)]
        if names:
            yield ""
            yield f"## `{prefix}`: {what}"
            yield ""
            yield from (f"- `{name}`{_parameters(name)}" for name in names)
    yield ""
    yield "## Left out"
    yield ""
    yield "| method | why |"
    yield "| --- | --- |"
    yield from (f"| `{name}` | {why} |" for name, why in left_out().items())


def _parameters(name: str) -> str:
    named = {**PARAMETERS, **DEBUG_PARAMETERS}.get(name, "").replace(" ", ", ")
    return f": {named}" if named else ""


if __name__ == "__main__":
    print(reference(), end="")
