"""Attacks on what a grant says: rights that nobody meant to give, and calls that no grant names."""

from __future__ import annotations

from sessionlab import account
from sessionlab.account import RawCall
from sessionlab.attacks.acts import act, install, revoke
from sessionlab.attacks.attack import attack
from sessionlab.attacks.loot import counts, owner, units, wei
from sessionlab.attacks.scene import COUNTER, INCREMENT, STRANGER, TOKEN, WALLET, ZERO, Scene
from sessionlab.contracts.artifacts import artifact
from sessionlab.permissions import (
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
PING = [RawCall(COUNTER, data=INCREMENT)]
SWAP = artifact("SessionWallet").encode("updateFallbackSignerData", STRANGER.address, False)
SWAPS = "0x" + SWAP[:4].hex()
token_abi = artifact("Token")
TRANSFER = RawCall(TOKEN, data=token_abi.encode("transfer", STRANGER.address, 7))


@attack(
    "grants", holds="a grant that the owner reads hastily", gain="everything", source="Wallet API: root stands alone"
)
def root_beside_others(scene: Scene) -> str:
    """Root hides at the end of a list of small permissions."""
    install(scene, given=rows([ACCESS, Root()]))
    act(scene, SWAP, is_global=True)
    return owner(scene)


@attack("grants", holds=KEY, gain="a function on every contract", source="any list with a key for 'any'")
def zero_target_is_any(scene: Scene) -> str:
    """A function granted on the contract at address zero, where the list keeps the functions on all contracts."""
    install(scene, given=((7, ZERO, TRANSFER.data[:4], 0),))
    act(scene, [TRANSFER])
    return units(scene)


#: The last kind that a row of a grant can have; no extension has it.
UNKNOWN_KIND = 95


@attack("grants", holds=KEY, gain="a session without its limit", source="any decoder that skips what it does not know")
def limit_of_an_unknown_kind(scene: Scene) -> str:
    """The grant holds a limit of a kind that this wallet does not know: skipped, it would bind nothing."""
    install(scene, given=[*rows([ACCESS]), (UNKNOWN_KIND, COUNTER, bytes(4), 0)])
    act(scene, PING, wrapped=True)  # limits on calls are counted in executeUserOp alone
    return counts(scene)


@attack("grants", holds="the key of the next session", gain="the wallet", source="Openfort audit, OF-3")
def stale_account_function(scene: Scene) -> str:
    """A function of the wallet was granted to the session before; the next one under its id inherits it."""
    install(scene, [AccountFunctions(functions=[SWAPS])])
    revoke(scene)
    install(scene, [ACCESS], life=1)
    act(scene, SWAP)
    return owner(scene)


@attack("grants", holds=KEY, gain="the wallet", source="the rule itself")
def wildcard_names_an_own_function(scene: Scene) -> str:
    """A function granted on all contracts is called on the wallet, which has it too."""
    install(scene, [FunctionsOnAllContracts(functions=[SWAPS, "0x" + INCREMENT.hex()])])
    for calls in ([RawCall(WALLET, data=SWAP)], [RawCall(WALLET, data=SWAP), *PING]):
        act(scene, calls)
    return owner(scene)


@attack(
    "grants",
    holds=KEY,
    gain="a function that the list leaves out",
    source="the rules of the documentation: one permission that reaches a call is enough",
    passes=("documented",),
)
def wildcard_over_a_list(scene: Scene) -> str:
    """One contract has a list of its own; a function on all contracts is called there."""
    add = "0x" + artifact("Counter").encode("add", 7)[:4].hex()
    increment = "0x" + INCREMENT.hex()
    install(
        scene,
        [FunctionsOnContract(address=COUNTER, functions=[add]), FunctionsOnAllContracts(functions=[increment])],
    )
    act(scene, PING)
    return counts(scene)


@attack("grants", holds=KEY, gain="a call of no function", source="Modular Account v2, allowlist of 0x00000000")
def zero_selector_on_one_contract(scene: Scene) -> str:
    """The function 0x00000000 of a contract is granted; a call without any function is sent there."""
    install(scene, [FunctionsOnContract(address=COUNTER, functions=["0x00000000"])])
    got = [act(scene, [RawCall(COUNTER, amount)]).phase == "ok" for amount in (0, 5)]
    return wei(scene, COUNTER) or ("a call of no function" if any(got) else "")


@attack("grants", holds=KEY, gain="an approval by another name", source="Modular Account v1 audit, 5.2.1")
def alias_by_wildcard(scene: Scene) -> str:
    """increaseAllowance on all contracts, used on the token whose spending is limited."""
    more = RawCall(TOKEN, data=token_abi.encode("increaseAllowance", STRANGER.address, 7))
    install(
        scene,
        [
            Erc20TokenTransfer(address=TOKEN, allowance=50),
            FunctionsOnAllContracts(functions=["0x" + more.data[:4].hex()]),
        ],
    )
    act(scene, [more])
    approved = token_abi.decode(
        "allowance", scene.chain.call(TOKEN, token_abi.encode("allowance", WALLET, STRANGER.address)).output
    )
    return f"an approval of {approved} units" if approved else ""


@attack("grants", holds=KEY, gain="gas", source="SmartSession audit, 3.2.7; Modular Account v1, 5.5.16")
def empty_batch_of_account_functions(scene: Scene) -> str:
    """A session that may call one function of the wallet, and no other contract, sends a batch of nothing."""
    install(scene, [AccountFunctions(functions=[SWAPS])])
    return "gas of the wallet" if act(scene, account.execute_batch([], wrapped=False)).included else ""


@attack("grants", holds=KEY, gain="gas", source="selectors are padded with zeros where they are read")
def padded_selector(scene: Scene) -> str:
    """Call data of fewer than four bytes, where the function that its padding makes of it was granted."""
    install(scene, [AccountFunctions(functions=["0xabcdef00"]), FunctionsOnAllContracts(functions=["0xabcdef00"])])
    short = b"\xab\xcd\xef"
    tries = [
        act(scene, short),
        act(scene, short, wrapped=True),
        act(scene, [RawCall(WALLET, data=short), RawCall(WALLET, data=short)]),
    ]
    return "gas of the wallet" if any(one.included for one in tries) else ""


@attack("grants", holds="a root key", gain="gas", source="ERC-6900, functions of the account")
def no_such_function(scene: Scene) -> str:
    """Functions that the wallet does not have, or that nobody calls by an operation."""
    install(scene, [Root()])
    strange = [b"\xde\xad\xbe\xef", artifact("SessionWallet").encode("initialize", STRANGER.address)]
    tries = [act(scene, call, entity=entity, is_global=True) for call in strange for entity in (0, 1)]
    return owner(scene) or ("gas of the wallet" if any(one.included for one in tries) else "")


@attack(
    "grants",
    holds="an application with a root key, whose users name target and data",
    gain="the wallet",
    source="Modular Account v1 audit, MSCA-3 and MSCA-4",
)
def way_back_as_root(scene: Scene) -> str:
    """The user names the wallet itself as the target: alone, in a batch, by a batch in a batch."""
    install(scene, [Root()])
    inner = account.execute(RawCall(WALLET, data=SWAP), wrapped=False)
    tries = [
        act(scene, [RawCall(WALLET, data=SWAP)]),
        act(scene, [RawCall(WALLET)]),
        act(scene, [RawCall(WALLET, data=inner), *PING]),
        act(scene, [RawCall(WALLET, data=b"\1\2"), *PING]),
    ]
    return owner(scene) or ("gas of the wallet" if any(one.included for one in tries) else "")
