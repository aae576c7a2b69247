"""Each rule of ERC-7562 that an operation's validation can break: what it says, and why it exists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RULE = re.compile(r"[A-Z]+-\d{3}(?= )")
_UNSEEN = (
    "what validation finds when the bundle is mined is not what the bundler saw, and nobody pays it for the failure"
)
_SHARED = "one write to a slot that many operations read would make them all invalid at once, for the price of one"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: ``says`` in a few words, and ``why`` in one sentence."""

    says: str
    why: str


RULES: Mapping[str, Rule] = {
    "OP-011": Rule(
        "validation does not look at the block or the transaction",
        f"With values that differ from block to block, {_UNSEEN}.",
    ),
    "OP-012": Rule(
        "GAS stands directly before a call",
        "Code that sees how much gas is left can tell a simulation from a bundle, and fail only in the bundle.",
    ),
    "OP-013": Rule(
        "every opcode is one that the EVM knows",
        "A later fork may give the opcode a meaning, and then the same validation ends differently.",
    ),
    "OP-020": Rule(
        "no call of validation runs out of gas",
        "A call that survives another's running out of gas learns how much there was, and can fail only in the bundle.",
    ),
    "OP-031": Rule(
        "CREATE2 is for the factory, once, to deploy the sender",
        "What a contract creates could be destroyed or be there already when the bundle is mined.",
    ),
    "OP-041": Rule(
        "validation uses only addresses that have code",
        "Anyone may deploy code there between simulation and bundle, and with it change the result of many operations.",
    ),
    "OP-054": Rule(
        "validation asks the EntryPoint for nothing but a deposit or a nonce",
        "Deposits and nonces of others change with every bundle, and with them the result of validation.",
    ),
    "OP-061": Rule(
        "validation sends ETH to the EntryPoint only",
        "A payment succeeds or fails by balances, which change from outside of the operation.",
    ),
    "OP-062": Rule(
        "validation uses only precompiles that bundlers know",
        "A precompile that reads the chain's state, or is absent on another client, makes results differ.",
    ),
    "OP-080": Rule(
        "only a staked entity reads balances",
        "Anyone can change a balance by sending ETH, and so make many operations invalid at once.",
    ),
    "COD-010": Rule(
        "the code that validation uses stays the same until the bundle",
        "With other code, what was simulated says nothing about what will be mined.",
    ),
    "STO-021": Rule(
        "nobody writes storage of a contract that is not their own",
        "Operations that write the same slot make each other invalid when they get into one bundle.",
    ),
    "STO-022": Rule(
        "until the sender is deployed, its storage in other contracts needs a staked factory",
        "Wallets that do not exist yet cost nothing, so one factory could make thousands that fail together.",
    ),
    "STO-031": Rule("only a staked entity uses its own storage", f"All its operations share that storage: {_SHARED}."),
    "STO-032": Rule(
        "only a staked entity uses what belongs to it in other contracts",
        f"All its operations share those slots: {_SHARED}.",
    ),
    "STO-033": Rule(
        "only a staked entity reads storage of contracts that are not in the operation",
        f"Anyone may change it: {_SHARED}.",
    ),
    "AUTH-020": Rule(
        "an account that delegates its code is the sender and nothing else",
        "Its key can change its code at any moment (EIP-7702), under all operations that rely on it.",
    ),
    "AUTH-030": Rule(
        "validation uses no account that delegates its code, except the sender",
        "Its key can change its code at any moment (EIP-7702), under all operations that rely on it.",
    ),
    "EREP-040": Rule(
        "the account names a signature aggregator that the bundler knows",
        "One aggregator judges the signatures of many operations, so it must be staked and supported; this one is not.",
    ),
    "EREP-050": Rule(
        "only a staked paymaster returns a context",
        "The context decides what postOp costs, and without a stake nothing keeps a paymaster from growing it.",
    ),
}


def rule_of(code: str) -> str | None:
    """Return the rule's id in a code such as ``OP-011 account uses …``; None if it is the code of something else."""
    match = _RULE.match(code)
    return match[0] if match else None
