"""Installing and reach."""

from __future__ import annotations

from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import FunctionsOnContract, GasLimit, Root, rows

from .scenarios import (
    ACCESS,
    ADD,
    ANY_INCREMENT,
    ETHERS,
    INCREMENTS,
    MISSING,
    NO_SELECTOR,
    PING,
    UPDATE,
    UPDATES,
    Scenarios,
    acting,
    after_revocation,
    installing,
    spent,
    wallet_abi,
)
from .scenarios_of_the_wallet import (
    LITTLE_GAS,
    TOO_MUCH,
)
from .world import (
    COUNTER,
    MERCHANT,
    WALLET,
    ZERO,
)

PLAIN = acting([ETHERS], [Call(MERCHANT, 5)])
LISTED_AND_ANYWHERE = [
    FunctionsOnContract(address=COUNTER, functions=["0x" + ADD[:4].hex()]),
    ANY_INCREMENT,
]
PAID = [Call(COUNTER, 1)]
ZEROS = FunctionsOnContract(address=COUNTER, functions=["0x00000000"])

SCENARIOS: Scenarios = {
    "limited-wallet": (installing((9, WALLET, NO_SELECTOR, 1)), "AccountAddressAsTargetError"),
    "extension-without-a-rule": (installing((9, ZERO, NO_SELECTOR, 1)), "UnsupportedPermissionTypeError"),
    # installing
    "row-bound-unnamed": (installing(*rows([GasLimit(limit=1)]) * 257), "TooManyRows"),
    "root-beside-others": (installing(*rows([ACCESS, Root()])), "RootPermissionOnlyError"),
    "privileged-functions-granted": (
        installing((5, ZERO, wallet_abi.selector("installSession"), 0)),
        "SelectorNotAllowed",
    ),
    "own-function-granted-twice": (installing(*rows([UPDATES]) * 2), "ValidationAlreadySet"),
    "native-limit-grants-no-calls": (PLAIN, "ok"),
    "target-unchecked": (installing((4, ZERO, NO_SELECTOR, 0)), "ZeroAddressError"),
    "zero-target": (installing((4, ZERO, NO_SELECTOR, 0)), "ZeroAddressError"),
    "wallet-as-a-target": (installing((4, WALLET, NO_SELECTOR, 0)), "AccountAddressAsTargetError"),
    "unknown-kind-ignored": (installing((9, COUNTER, NO_SELECTOR, 0)), "UnsupportedPermissionTypeError"),
    "gas-limit-not-marked": (LITTLE_GAS, "ExceededGasLimit"),
    "native-limit-not-marked": (TOO_MUCH, "ExceededNativeTokenLimit"),
    "token-limit-not-marked": (spent, ("ExceededTokenLimit", 0)),
    "limited-token-not-marked": (spent, ("ExceededTokenLimit", 0)),
    # reach
    "access-leaves-the-list": (acting([INCREMENTS, ACCESS], [Call(COUNTER, data=ADD)]), "ok"),
    "target-not-listed": (acting([ACCESS], PING), "ok"),
    "own-function-listed-twice": (installing(*rows([UPDATES]) * 2), "ValidationAlreadySet"),
    "own-functions-outlive": (after_revocation([UPDATES], [ACCESS], UPDATE), MISSING),
    "wildcards-reach-no-listed-target": (acting(LISTED_AND_ANYWHERE, PING), "ok"),
    "wildcards-reach-everywhere": (acting(LISTED_AND_ANYWHERE, PING), "SelectorNotAllowed"),
    "value-is-free": (acting([ACCESS], PAID), "NativeTransferNotAllowed"),
    "every-call-needs-value-permission": (acting([ACCESS], PING), "ok"),
    "value-needs-a-permission": (acting([ACCESS], PAID), "ok"),
    "value-never-allowed": (acting([ACCESS, ETHERS], PAID), "ok"),
    "listed-target-needs-a-wildcard": (acting([ACCESS], PING), "ok"),
    "unlisted-target": (acting([ACCESS], [Call(MERCHANT)]), "AddressNotAllowed"),
    "function-list-ignored": (acting([INCREMENTS], [Call(COUNTER, data=ADD)]), "SelectorNotAllowed"),
    "short-data-has-a-selector": (acting([INCREMENTS], [Call(COUNTER)]), "NoSelectorSpecified"),
    "any-listed-function": (acting([INCREMENTS], [Call(COUNTER, data=ADD)]), "SelectorNotAllowed"),
    "access-grants-nothing": (acting([ACCESS], PING), "ok"),
    "no-plain-transfers": (PLAIN, "ok"),
    "native-limit-reaches-all": (acting([ETHERS], PING), "AddressNotAllowed"),
    "plain-sends-to-all": (acting([ACCESS], [Call(MERCHANT)]), "AddressNotAllowed"),
    "plain-transfers-as-deployed": (PLAIN, "ok"),
    "short-data-is-a-selector": (acting([ZEROS], [Call(COUNTER)]), "NoSelectorSpecified"),
    "functions-grant-nothing": (acting([INCREMENTS], PING), "ok"),
    "listed-functions-grant-nothing": (acting([INCREMENTS], PING), "ok"),
    "wildcards-grant-nothing": (acting([ANY_INCREMENT], PING), "ok"),
    "own-functions-not-in-a-batch": (acting([UPDATES, ACCESS], [Call(WALLET, data=UPDATE), *PING]), "ok"),
    "unlisted-target-by-another-name": (acting([ACCESS], [Call(MERCHANT)]), "AddressNotAllowed"),
    "short-data-by-another-name": (acting([INCREMENTS], [Call(COUNTER)]), "NoSelectorSpecified"),
    "unlisted-function": (acting([INCREMENTS], [Call(COUNTER, data=ADD)]), "SelectorNotAllowed"),
}
