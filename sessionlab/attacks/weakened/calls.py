"""How calls are read, and what of them is counted."""

from sessionlab.attacks.weakness import weaken

weaken(
    "native-spending-not-counted",
    "native tokens are not counted",
    "spending",
    "    if session.header & sessions.NATIVE_LIMIT != 0:\n",
    "    if False:\n",
    by="over-the-limit",
)
weaken(
    "token-spending-not-counted",
    "tokens are not counted",
    "spending",
    ("    if session.header & sessions.TOKEN_LIMIT != 0:\n        at:"),
    ("    if False:\n        at:"),
    by="alias-functions",
)
weaken(
    "limited-token-not-known",
    "a limited token is not told from others",
    "spending",
    "            if reach._is_limited_token(session.scope, call.target):\n",
    "            if reach._is_limited_token(session.scope, call.target) and False:\n",
    by="alias-functions",
)
weaken(
    "last-call-counts-alone",
    "of a batch, only the last call's value is counted",
    "spending",
    "        total += call.amount\n",
    "        total = call.amount\n",
    by="batch-split",
)
weaken(
    "any-function-of-a-limited-token",
    "any function of a limited token counts like a transfer",
    "spending",
    "    if call.selector != TRANSFER and call.selector != APPROVE:\n",
    "    if False:\n",
    by="alias-by-wildcard",
)
weaken(
    "nothing-is-used-up",
    "what was used is not taken from the allowance",
    "allowances",
    "    self.remaining[session.scope][self._key(kind, token)] = left - amount\n",
    "    pass\n",
    by="transient-counter",
)
weaken(
    "batch-cut-to-the-bound",
    "a batch of more than 32 calls is cut to 32",
    "calls",
    (
        "    if count > MAX_CALLS:\n"
        "        raw_revert(abi_encode(count, MAX_CALLS, "
        'method_id=method_id("TooManyCalls(uint256,uint256)")))\n'
        "    table: uint256 = start + 68\n"
        "    first: uint256 = table + 32 * count\n"
    ),
    ("    table: uint256 = start + 68\n    first: uint256 = table + 32 * count\n    count = min(count, MAX_CALLS)\n"),
    by="huge-input",
)
weaken(
    "call-cut-to-the-bound",
    "call data of more than 4,096 bytes is cut to them",
    "calls",
    (
        "    if length > MAX_CALL_BYTES:\n"
        "        raw_revert(abi_encode(length, MAX_CALL_BYTES, "
        'method_id=method_id("CallDataTooLarge(uint256,uint256)")))\n'
    ),
    "    length = min(length, MAX_CALL_BYTES)\n",
    by="cut-call",
)
weaken(
    "array-anywhere",
    "where the calls of a batch begin is not looked at",
    "calls",
    "    if reading._word(start + 4) != 32:\n",
    "    if False:\n",
    by="read-otherwise",
)
weaken(
    "table-behind-the-end",
    "the table of a batch may reach behind its end",
    "calls",
    "    if first > start + length:\n",
    "    if False:\n",
    by="read-otherwise",
)
weaken(
    "offsets-unchecked",
    "the offsets of a batch may say another order than it is read in",
    "calls",
    "    if batch.table != 0 and batch.table + reading._word(batch.table + 32 * place) != at:\n",
    "    if False:\n",
    by="read-otherwise",
)
weaken(
    "data-anywhere",
    "where the data of a call begins is not looked at",
    "calls",
    "    if reading._word(at + 64) != 96:\n",
    "    if False:\n",
    by="read-otherwise",
)
weaken(
    "call-behind-the-end",
    "a call may reach behind the end of the operation",
    "calls",
    "    if next > batch.end:\n",
    "    if False:\n",
    by="read-otherwise",
)
weaken(
    "dirty-padding",
    "the zeros that fill up the last word of call data are not looked at",
    "calls",
    "    if length % 32 != 0 and reading._word(next - 32) << (8 * (length % 32)) != 0:\n",
    "    if False:\n",
    by="read-otherwise",
)
weaken(
    "dirty-addresses",
    "the upper bytes of an address are not looked at",
    "reading",
    ("    if word >> 160 != 0:\n        self._fail(position)\n    return convert(word, address)\n"),
    "    return convert(word & (2 ** 160 - 1), address)\n",
    by="read-otherwise",
)
weaken(
    "native-allowance-clamped",
    "who asks for more native tokens than are left gets them, and the rest is used up",
    "allowances",
    (
        "        raw_revert(abi_encode(asked, left, "
        'method_id=method_id("ExceededNativeTokenLimit(uint256,uint256)")))\n'
        "    if asked != 0:\n"
        "        self._consume(session, NATIVE, empty(address), asked, left)\n"
    ),
    (
        "        self._consume(session, NATIVE, empty(address), left, left)\n"
        "        return\n"
        "    if asked != 0:\n"
        "        self._consume(session, NATIVE, empty(address), asked, left)\n"
    ),
    by="over-the-limit",
)
weaken(
    "token-allowance-clamped",
    "who asks for more tokens than are left gets them, and the rest is used up",
    "allowances",
    (
        "        raw_revert(\n"
        "            abi_encode(\n"
        "                place, token, asked, left, "
        'method_id=method_id("ExceededTokenLimit(uint256,address,uint256,uint256)")\n'
        "            )\n"
        "        )\n"
    ),
    ("        self._consume(session, ERC20, token, left, left)\n        return\n"),
    by="over-the-token-limit",
)
weaken(
    "gas-allowance-clamped",
    "who asks for more gas than is left gets it, and the rest is used up",
    "allowances",
    (
        "        if in_gas:\n"
        "            raw_revert(abi_encode(asked, left, "
        'method_id=method_id("ExceededGasLimit(uint256,uint256)")))\n'
        "        raw_revert(abi_encode(asked, left, "
        'method_id=method_id("ExceededNativeTokenLimit(uint256,uint256)")))\n'
    ),
    ("        self._consume(session, GAS, empty(address), left, left)\n        return\n"),
    by="own-bundler-under-a-limit",
)
weaken(
    "operations-not-counted",
    "the operations of a session with a call-limit are not counted",
    "allowances",
    "    if session.header & sessions._mark(OPERATIONS) != 0:\n",
    "    if False:\n",
    by="over-the-call-limit",
)
weaken(
    "call-limit-clamped",
    "an operation behind the last one that is granted counts as none",
    "allowances",
    (
        "        if left == 0:\n"
        "            raw_revert(abi_encode(convert(1, uint256), left, "
        'method_id=method_id("ExceededCallLimit(uint256,uint256)")))\n'
    ),
    "        if left == 0:\n            return\n",
    by="over-the-call-limit",
)
weaken(
    "own-functions-beside-a-token-limit",
    "deployed: a session with a token limit may use granted functions of the wallet itself",
    "spending",
    "            if not rules._say(rules.SPEND_LIMITS_BIND_SPENDING_ONLY):\n",
    "            if rules._say(0):\n",
    by="own-function-beside-a-limit",
    rules="deployed",
)
