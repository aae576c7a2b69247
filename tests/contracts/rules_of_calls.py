"""Mutations of reading calls, of spending and of allowances."""

from __future__ import annotations

from sessionlab.account import RawCall
from sessionlab.permissions import (
    DEPLOYED,
    DOCUMENTED,
    EXTENSIONS,
    CallLimit,
    FunctionsOnAllContracts,
    extended,
)

from .rule_scenarios import (
    ACCESS,
    COINS,
    ETHERS,
    PING,
    UPDATE,
    UPDATES,
    acting,
    bent_call,
    coins,
    spent,
    twice,
    word,
)
from .rule_table import WALLET_FILE, check
from .rules_of_the_wallet import (
    LITTLE_GAS,
    TOO_MUCH,
)
from .world import (
    COUNTER,
    TOKEN,
)

# calls
check("calls", "    if count > MAX_CALLS:\n", "    if False:\n", acting([ACCESS], PING * 33), "TooManyCalls")
check(
    "calls",
    "    if length > MAX_CALL_BYTES:\n",
    "    if False:\n",
    acting([ACCESS], [RawCall(COUNTER, data=bytes(4_097))]),
    "CallDataTooLarge",
)
ODD = "NonCanonicalCalldata"
check(
    "calls",
    "    if reading._word(start + 4) != 32:\n",
    "    if False:\n",
    bent_call(lambda one, two: two[:4] + word(64) + two[36:]),
    ODD,
)
check(
    "calls",
    "    if first > start + length:\n",
    "    if False:\n",
    bent_call(lambda one, two: two[:40]),
    ODD,
)
check(
    "calls",
    "    if batch.table != 0 and batch.table + reading._word(batch.table + 32 * place) != at:\n",
    "    if False:\n",
    bent_call(lambda one, two: two[:68] + two[100:132] + two[68:100] + two[132:]),
    ODD,
)
check(
    "calls",
    "    if reading._word(at + 64) != 96:\n",
    "    if False:\n",
    bent_call(lambda one, two: one[:68] + word(128) + one[100:]),
    ODD,
)
check(
    "calls",
    "    if next > batch.end:\n",
    "    if False:\n",
    bent_call(lambda one, two: one[:100] + word(64) + one[132:]),
    ODD,
)
check(
    "calls",
    "    if length % 32 != 0 and reading._word(next - 32) << (8 * (length % 32)) != 0:\n",
    "    if False:\n",
    bent_call(lambda one, two: one[:-1] + b"\1"),
    ODD,
)
check(
    "reading",
    "    if word >> 160 != 0:\n",
    "    if False:\n",
    bent_call(lambda one, two: one[:4] + b"\1" + one[5:]),
    ODD,
)
check(
    "calls",
    "    return selector == EXECUTE or selector == EXECUTE_BATCH\n",
    "    return selector == EXECUTE\n",
    acting([ACCESS], PING * 2),
    "ok",
)

# spending
BESIDE = acting([COINS, UPDATES], UPDATE)
check("spending", "    if not calls._is_calls(selector):\n", "    if False:\n", BESIDE, "ok")
check(
    "spending",
    "        if session.header & sessions.TOKEN_LIMIT != 0:\n            if not",
    "        if True:\n            if not",
    acting([ETHERS, UPDATES], UPDATE),
    "ok",
    DEPLOYED,
)
check(
    "spending",
    "            if not rules._say(rules.SPEND_LIMITS_BIND_SPENDING_ONLY):\n",
    "            if rules._say(0):\n",
    BESIDE,
    "SpendingRequestNotAllowed",
    DEPLOYED,
)
check(
    "spending",
    "            if not rules._say(rules.SPEND_LIMITS_BIND_SPENDING_ONLY):\n",
    "            if not rules._say(0):\n",
    BESIDE,
    "ok",
)
check(
    "spending",
    "    if session.header & sessions.NATIVE_LIMIT != 0:\n",
    "    if False:\n",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
)
check(
    "spending",
    "    if session.header & sessions.TOKEN_LIMIT != 0:\n        at:",
    "    if False:\n        at:",
    spent,
    ("ExceededTokenLimit", 0),
)
check(
    "spending",
    "            if reach._is_limited_token(session.scope, call.target):\n",
    "            if reach._is_limited_token(session.scope, call.target) and False:\n",
    spent,
    ("ExceededTokenLimit", 0),
)
check(
    "spending",
    "        if call.amount > max_value(uint256) - total:\n",
    "        if False:\n",
    acting([ETHERS, ACCESS], [RawCall(COUNTER, 2**255)] * 2),
    "Panic(0x11)",
)
check(
    "spending",
    "        total += call.amount\n",
    "        total = call.amount\n",
    acting([ETHERS, ACCESS], [RawCall(COUNTER, 6)] * 2),
    "ExceededNativeTokenLimit",
)
check(
    "spending",
    "    if call.length < SPENDING_BYTES:\n",
    "    if False:\n",
    acting([COINS], [RawCall(TOKEN, data=coins(5)[0].data[:-1])]),
    "InvalidCalldataLength",
)
SPENDS = "    if call.selector != TRANSFER and call.selector != APPROVE:\n"
INCREASE = FunctionsOnAllContracts(functions=["0x39509351"])
check(
    "spending",
    SPENDS,
    "    if False:\n",
    acting([COINS, INCREASE], coins(5, "increaseAllowance")),
    "SelectorNotAllowed",
)
check("spending", SPENDS, "    if call.selector != TRANSFER:\n", acting([COINS], coins(5, "approve")), "ok")
# allowances
check(
    "allowances",
    "    if asked > left:\n        raw_revert(abi_encode(asked, left",
    "    if False:\n        raw_revert(abi_encode(asked, left",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
)
check(
    "allowances",
    "    if asked > left:\n        raw_revert(\n",
    "    if False:\n        raw_revert(\n",
    spent,
    ("ExceededTokenLimit", 0),
)
check(
    "allowances",
    "    if asked > left:\n        if in_gas:\n",
    "    if False:\n        if in_gas:\n",
    LITTLE_GAS,
    "ExceededGasLimit",
)
check("allowances", "        if in_gas:\n", "        if True:\n", LITTLE_GAS, "ExceededNativeTokenLimit", DEPLOYED)
ONCE = twice([CallLimit(count=1), ACCESS], PING)
COUNTED = ("ok", "ExceededCallLimit")
EXTENDED = extended(DOCUMENTED, EXTENSIONS)
for file, old, new in (
    ("allowances", "    if session.header & sessions._mark(OPERATIONS) != 0:\n", "    if False:\n"),
    ("allowances", "        if left == 0:\n", "        if False:\n"),
    ("installing", "            return sessions._mark(row.kind)\n", "            return 0\n"),
    (WALLET_FILE, "            if session.header >= sessions.EXTENSIONS:\n", "            if False:\n"),
    (
        WALLET_FILE,
        "        if session.header & sessions.OPERATION_LIMITS != 0:\n",
        "        if session.header & sessions.GAS_LIMIT != 0:\n",
    ),
):
    check(file, old, new, ONCE, COUNTED, EXTENDED)
check(
    "allowances",
    "    self.remaining[session.scope][self._key(kind, token)] = left - amount\n",
    "    pass\n",
    twice([COINS], coins(30)),
    ("ok", "ExceededTokenLimit"),
)
