"""Mutations of installing and of reach."""

from __future__ import annotations

from sessionlab.account import RawCall
from sessionlab.permissions import (
    DEPLOYED,
    DOCUMENTED,
    EXTENSIONS,
    FunctionsOnContract,
    GasLimit,
    Root,
    extended,
    rows,
)

from .rule_scenarios import (
    ACCESS,
    ADD,
    ANY_INCREMENT,
    ETHERS,
    INCREMENTS,
    NO_SELECTOR,
    PING,
    UPDATE,
    UPDATES,
    acting,
    after_revocation,
    installing,
    spent,
    wallet_abi,
)
from .rule_table import MISSING, check
from .rules_of_the_wallet import (
    LITTLE_GAS,
    TOO_MUCH,
)
from .world import (
    COUNTER,
    MERCHANT,
    WALLET,
    ZERO,
)

# installing
check(
    "installing",
    "    if count > MAX_ROWS:\n",
    "    if False:\n",
    installing(*rows([GasLimit(limit=1)]) * 257),
    "TooManyRows",
)
check(
    "installing",
    "        if row.kind == ROOT and count != 1:\n",
    "        if False:\n",
    installing(*rows([ACCESS, Root()])),
    "RootPermissionOnlyError",
)
check(
    "installing",
    "        if row.selector in PRIVILEGED:\n",
    "        if False:\n",
    installing((5, ZERO, wallet_abi.selector("installSession"), 0)),
    "SelectorNotAllowed",
)
check(
    "installing",
    "        if not reach._allow_account_function(session, row.selector):\n",
    "        if not reach._allow_account_function(session, row.selector) and False:\n",
    installing(*rows([UPDATES]) * 2),
    "ValidationAlreadySet",
)
PLAIN = acting([ETHERS], [RawCall(MERCHANT, 5)])
check(
    "installing",
    "        if rules._say(rules.NATIVE_REACHES_PLAIN_TRANSFERS):\n",
    "        if rules._say(0):\n",
    PLAIN,
    "ok",
)
check(
    "installing",
    "    self._check_target(place, row.target)\n    if row.kind == CONTRACT:\n",
    "    if row.kind == CONTRACT:\n",
    installing((4, ZERO, NO_SELECTOR, 0)),
    "ZeroAddressError",
)
check(
    "installing",
    "    if target == empty(address):\n",
    "    if False:\n",
    installing((4, ZERO, NO_SELECTOR, 0)),
    "ZeroAddressError",
)
check(
    "installing",
    "    if target == self:\n",
    "    if False:\n",
    installing((4, WALLET, NO_SELECTOR, 0)),
    "AccountAddressAsTargetError",
)
check(
    "installing",
    "    raw_revert(abi_encode(place, row.kind, method_id="
    'method_id("UnsupportedPermissionTypeError(uint256,uint256)")))\n',
    "    return 0\n",
    installing((9, COUNTER, NO_SELECTOR, 0)),
    "UnsupportedPermissionTypeError",
)
check(
    "installing",
    "    if row.kind < KINDS and rules._say(1 << (rules.FIRST_EXTENSION + row.kind)):\n",
    "    if row.kind < KINDS:\n",
    installing((9, ZERO, NO_SELECTOR, 1)),
    "UnsupportedPermissionTypeError",
)
check("installing", "        return sessions.GAS_LIMIT\n", "        return 0\n", LITTLE_GAS, "ExceededGasLimit")
check(
    "installing",
    "        return sessions.NATIVE_LIMIT\n",
    "        return 0\n",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
    DEPLOYED,
)
check("installing", "sessions.CALLS | sessions.TOKEN_LIMIT\n", "sessions.CALLS\n", spent, ("ExceededTokenLimit", 0))
check(
    "installing", "reach.SELECTOR_LIST | reach.LIMITED_TOKEN", "reach.SELECTOR_LIST", spent, ("ExceededTokenLimit", 0)
)

# reach
check(
    "reach",
    "(self.targets[scope][target] & ~SELECTOR_LIST)",
    "self.targets[scope][target]",
    acting([INCREMENTS, ACCESS], [RawCall(COUNTER, data=ADD)]),
    "ok",
    DEPLOYED,
)
check("reach", " | LISTED | marks", " | marks", acting([ACCESS], PING), "ok", DEPLOYED)
check(
    "reach",
    "    if self.functions[scope][key]:\n        return False\n",
    "",
    installing(*rows([UPDATES]) * 2),
    "ValidationAlreadySet",
)
check(
    "reach",
    "session.life << 32 | ",
    "",
    after_revocation([UPDATES], [ACCESS], UPDATE),
    MISSING,
)
LISTED_AND_ANYWHERE = [
    FunctionsOnContract(address=COUNTER, functions=["0x" + ADD[:4].hex()]),
    ANY_INCREMENT,
]
check(
    "reach",
    "    if rules._say(rules.WILDCARD_REACHES_LISTED_TARGETS):\n",
    "    if False:\n",
    acting(LISTED_AND_ANYWHERE, PING),
    "ok",
)
check(
    "reach",
    "    if rules._say(rules.WILDCARD_REACHES_LISTED_TARGETS):\n",
    "    if True:\n",
    acting(LISTED_AND_ANYWHERE, PING),
    "SelectorNotAllowed",
    DEPLOYED,
)
VALUE = "    if call.amount != 0 and rules._say(rules.VALUE_NEEDS_PERMISSION):\n"
PAID = [RawCall(COUNTER, 1)]
check("reach", VALUE, "    if False:\n", acting([ACCESS], PAID), "NativeTransferNotAllowed")
check("reach", VALUE, VALUE.replace("call.amount != 0 and ", ""), acting([ACCESS], PING), "ok")
check("reach", VALUE, "    if call.amount != 0:\n", acting([ACCESS], PAID), "ok", DEPLOYED)
check(
    "reach",
    "        if session.header & sessions.NATIVE_LIMIT == 0:\n",
    "        if True:\n",
    acting([ACCESS, ETHERS], PAID),
    "ok",
)
check(
    "reach",
    "    if marks & LISTED == 0:\n        if not self",
    "    if True:\n        if not self",
    acting([ACCESS], PING),
    "ok",
    DEPLOYED,
)
check(
    "reach",
    "        if not self.functions[scope][self._key(empty(address), call.selector)]:\n",
    "        if False:\n",
    acting([ACCESS], [RawCall(MERCHANT)]),
    "AddressNotAllowed",
    DEPLOYED,
)
check(
    "reach",
    "    elif marks & SELECTOR_LIST != 0:\n",
    "    elif False:\n",
    acting([INCREMENTS], [RawCall(COUNTER, data=ADD)]),
    "SelectorNotAllowed",
    DEPLOYED,
)
check(
    "reach",
    "        if call.length < 4:\n            self._refuse_no_selector",
    "        if False:\n            self._refuse_no_selector",
    acting([INCREMENTS], [RawCall(COUNTER)]),
    "NoSelectorSpecified",
    DEPLOYED,
)
check(
    "reach",
    "        if not self.functions[scope][self._key(call.target, call.selector)]:\n",
    "        if False:\n",
    acting([INCREMENTS], [RawCall(COUNTER, data=ADD)]),
    "SelectorNotAllowed",
    DEPLOYED,
)
check("reach", "    if marks & OPEN != 0:\n", "    if False:\n", acting([ACCESS], PING), "ok")
TRANSFERS = "    if call.length == 0 and session.header & sessions.NATIVE_LIMIT != 0:\n"
check("reach", TRANSFERS, "    if False:\n", PLAIN, "ok")
check(
    "reach",
    TRANSFERS,
    TRANSFERS.replace("call.length == 0 and ", ""),
    acting([ETHERS], PING),
    "AddressNotAllowed",
)
check(
    "reach",
    TRANSFERS,
    "    if call.length == 0:\n",
    acting([ACCESS], [RawCall(MERCHANT)]),
    "AddressNotAllowed",
)
check(
    "reach",
    "        if rules._say(rules.NATIVE_REACHES_PLAIN_TRANSFERS):\n",
    "        if rules._say(0):\n",
    PLAIN,
    "ok",
)
FOUR = "    if call.length >= 4 or not rules._say(rules.SELECTOR_HAS_FOUR_BYTES):\n"
ZEROS = FunctionsOnContract(address=COUNTER, functions=["0x00000000"])
check("reach", FOUR, "    if True:\n", acting([ZEROS], [RawCall(COUNTER)]), "NoSelectorSpecified")
check("reach", FOUR, "    if False:\n", acting([INCREMENTS], PING), "ok")
check(
    "reach",
    "        if self.functions[session.scope][self._key(call.target, call.selector)]:\n",
    "        if False:\n",
    acting([INCREMENTS], PING),
    "ok",
)
check(
    "reach",
    "        if self.functions[session.scope][self._key(empty(address), call.selector)]:\n",
    "        if False:\n",
    acting([ANY_INCREMENT], PING),
    "ok",
)
check(
    "reach",
    "        if call.target == self and self._is_account_function(session, call.selector):\n",
    "        if False:\n",
    acting([UPDATES, ACCESS], [RawCall(WALLET, data=UPDATE), *PING]),
    "ok",
)
check(
    "reach",
    "    if marks & LISTED == 0:\n        self._refuse",
    "    if False:\n        self._refuse",
    acting([ACCESS], [RawCall(MERCHANT)]),
    "AddressNotAllowed",
)
check(
    "reach",
    "    if call.length < 4:\n        self._refuse_no_selector",
    "    if False:\n        self._refuse_no_selector",
    acting([INCREMENTS], [RawCall(COUNTER)]),
    "NoSelectorSpecified",
)
check(
    "reach",
    "        self._refuse_no_selector(place, call)\n    self._refuse_selector(place, call)\n",
    "        self._refuse_no_selector(place, call)\n",
    acting([INCREMENTS], [RawCall(COUNTER, data=ADD)]),
    "SelectorNotAllowed",
)
check(
    "installing",
    "        self._check_target(place, row.target)\n        return",
    "        return",
    installing((9, WALLET, NO_SELECTOR, 1)),
    "AccountAddressAsTargetError",
    extended(DOCUMENTED, EXTENSIONS),
)
