"""Attacks on the wallet's size bounds: oversized input must be refused, never truncated."""

from __future__ import annotations

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    COUNTER,
    GAS,
    GWEI,
    INCREMENT,
    MERCHANT,
    STRANGER,
    TOKEN,
    WALLET,
    AttackLab,
    count,
)
from sessionlab.attacks.gains import counts, owner
from sessionlab.attacks.operations import act, install, transact
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    rows,
)

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = Call(COUNTER, data=INCREMENT)
HERE = "bounds of this wallet"


@attack("size_bounds", holds=KEY, gain="goods without paying", source=HERE)
def last_call_left_out(lab: AttackLab) -> str:
    """32 counts and one payment: who sees the operation succeed sends the goods, though the payment was cut off."""
    install(lab, [ACCESS, ContractAccess(address=MERCHANT), NativeTokenTransfer(allowance=10)])
    outcome = act(lab, [*[PING] * 32, Call(MERCHANT, 10)], call_gas_limit=3_000_000)
    paid = lab.chain.balance(MERCHANT)
    return f"{count(lab)} counts for {paid} wei" if outcome.phase == "ok" and paid < 10 else ""


@attack("size_bounds", holds=KEY, gain="another call than was signed", source=HERE)
def cut_call(lab: AttackLab) -> str:
    """Call data over the bound, cut to it: what runs is not what was signed."""
    install(lab, [ACCESS])
    act(lab, [Call(COUNTER, data=INCREMENT + bytes(5_000))], call_gas_limit=3_000_000)
    return counts(lab)


@attack("size_bounds", holds=KEY, gain="gas without the limit that was granted", source=HERE)
def dropped_limit(lab: AttackLab) -> str:
    """256 functions, and behind them the gas limit: a grant that is cut to fit loses its limits first."""
    functions = [f"0x{number:08x}" for number in range(1, 257)]
    wide = rows([FunctionsOnContract(address=COUNTER, functions=["0xd09de08a", *functions[:255]])])
    install(lab, given=[*wide, *rows([GasLimit(limit=1)])])
    act(lab, [PING])
    most = sum(GAS[name] for name in ("verification_gas_limit", "call_gas_limit", "pre_verification_gas")) * GWEI
    return f"{most:,} wei of gas, where 1 was granted" if count(lab) else ""


@attack("size_bounds", holds="an account of its own", gain="a yes from a wallet that said nothing", source=HERE)
def call_without_a_name(lab: AttackLab) -> str:
    """1, 2 and 3 bytes of call data: no function is named, so none may seem to have answered."""
    for size in (1, 2, 3):
        if transact(lab, STRANGER, WALLET, b"\xb6\x1d\x27"[:size]).phase == "ok":
            return f"{size} bytes of call data count as done"
    return ""


@attack(
    "size_bounds",
    holds=KEY,
    gain="the wallet, past a token limit that allows no such operation",
    source="measured on production: a spend limit allows nothing but calls",
    passes=("documented",),
)
def own_function_beside_a_limit(lab: AttackLab) -> str:
    """A key with a token limit and the function that names the owner: production lets it use calls alone."""
    made = artifact("SessionWallet")
    install(
        lab,
        [
            AccountFunctions(
                functions=["0x" + made.encode("updateFallbackSignerData", STRANGER.address, False)[:4].hex()]
            ),
            Erc20TokenTransfer(address=TOKEN, allowance=50),
        ],
    )
    act(lab, made.encode("updateFallbackSignerData", STRANGER.address, False))
    return owner(lab)
