"""Mutants of how spending is counted and what remains of a limit."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_spending = partial(Mutant, module="spending")
_allowances = partial(Mutant, module="allowances")

UNDERFLOW = "Vyper's subtraction refuses a result below zero; only the name of the error is missing."

MUTANTS = (
    _spending(
        "native-spending-not-counted",
        "native tokens are not counted",
        "if session.header & sessions.NATIVE_LIMIT != 0:",
        NEVER,
        attack="over-the-limit",
    ),
    _spending(
        "token-spending-not-counted",
        "tokens are not counted",
        "if session.header & sessions.TOKEN_LIMIT != 0:\n        at:",
        "if False:\n        at:",
        attack="alias-functions",
    ),
    _spending(
        "limited-token-not-known",
        "a limited token is not told from others",
        "if reach._is_limited_token(session.scope, call.target):",
        "if reach._is_limited_token(session.scope, call.target) and False:",
        attack="alias-functions",
    ),
    _spending(
        "last-call-counts-alone",
        "of a batch, only the last call's value is counted",
        "total += call.amount",
        "total = call.amount",
        attack="batch-split",
    ),
    _spending(
        "any-function-of-a-limited-token",
        "any function of a limited token counts like a transfer",
        "if call.selector != TRANSFER and call.selector != APPROVE:",
        NEVER,
        attack="alias-by-wildcard",
    ),
    _spending(
        "own-functions-beside-a-token-limit",
        "deployed: a session with a token limit may use granted functions of the wallet itself",
        "if not rules._documented(rules.SPEND_LIMITS_BIND_SPENDING_ONLY):",
        "if rules._documented(0):",
        attack="own-function-beside-a-limit",
        rules="deployed",
    ),
    _spending(
        "sum-may-overflow",
        "a sum of values that overflows is not refused by its own name",
        "if call.amount > max_value(uint256) - total:",
        NEVER,
        equivalent="Vyper's addition refuses the overflow, without a name; production names it Panic(0x11).",
    ),
    _spending(
        "short-token-call",
        "a call of a limited token may be shorter than its arguments",
        "if call.length < SPENDING_BYTES:",
        NEVER,
        equivalent=(
            "what is read behind a short call is never less than what a token that pads with zeros takes "
            "from it; production names it InvalidCalldataLength."
        ),
    ),
    _spending(
        "own-function-read-as-calls",
        "a function of the wallet itself is read as a batch of calls",
        "if not calls._is_calls(selector):",
        NEVER,
    ),
    _spending(
        "native-limit-binds-own-functions",
        "deployed: a native limit forbids functions of the wallet itself, as a token limit does",
        "if session.header & sessions.TOKEN_LIMIT != 0:\n            if not",
        "if True:\n            if not",
        rules="deployed",
    ),
    _spending(
        "token-limit-binds-own-functions",
        "documented: a token limit forbids functions of the wallet itself",
        "if not rules._documented(rules.SPEND_LIMITS_BIND_SPENDING_ONLY):",
        "if not rules._documented(0):",
    ),
    _spending("approve-refused", "approve of a limited token is refused", " and call.selector != APPROVE"),
    _allowances(
        "nothing-is-used-up",
        "what was used is not taken from the allowance",
        "self.remaining[session.scope][self._key(kind, token)] = left - amount",
        "pass",
        attack="transient-counter",
    ),
    _allowances(
        "native-allowance-clamped",
        "who asks for more native tokens than are left gets them, and the rest is used up",
        (
            'raw_revert(abi_encode(asked, left, method_id=method_id("ExceededNativeTokenLimit(uint256,uint256)")))\n'
            "    if asked != 0:\n"
            "        self._consume(session, NATIVE, empty(address), asked, left)"
        ),
        (
            "self._consume(session, NATIVE, empty(address), left, left)\n"
            "        return\n"
            "    if asked != 0:\n"
            "        self._consume(session, NATIVE, empty(address), asked, left)"
        ),
        attack="over-the-limit",
    ),
    _allowances(
        "token-allowance-clamped",
        "who asks for more tokens than are left gets them, and the rest is used up",
        (
            "raw_revert(\n"
            "            abi_encode(\n"
            "                place, token, asked, left, "
            'method_id=method_id("ExceededTokenLimit(uint256,address,uint256,uint256)")\n'
            "            )\n"
            "        )"
        ),
        "self._consume(session, ERC20, token, left, left)\n        return",
        attack="over-the-token-limit",
    ),
    _allowances(
        "gas-allowance-clamped",
        "who asks for more gas than is left gets it, and the rest is used up",
        (
            "if in_gas:\n"
            "            raw_revert(abi_encode(asked, left, "
            'method_id=method_id("ExceededGasLimit(uint256,uint256)")))\n'
            "        raw_revert(abi_encode(asked, left, "
            'method_id=method_id("ExceededNativeTokenLimit(uint256,uint256)")))'
        ),
        "self._consume(session, GAS, empty(address), left, left)\n        return",
        attack="own-bundler-under-a-limit",
    ),
    _allowances(
        "native-allowance-unnamed",
        "more native tokens than are left are refused without a name",
        "if asked > left:\n        raw_revert(abi_encode(asked, left",
        "if False:\n        raw_revert(abi_encode(asked, left",
        equivalent=UNDERFLOW,
    ),
    _allowances(
        "token-allowance-unnamed",
        "more tokens than are left are refused without a name",
        "if asked > left:\n        raw_revert(\n",
        "if False:\n        raw_revert(\n",
        equivalent=UNDERFLOW,
    ),
    _allowances(
        "gas-allowance-unnamed",
        "more gas than is left is refused without a name",
        "if asked > left:\n        if in_gas:",
        "if False:\n        if in_gas:",
        equivalent=UNDERFLOW,
    ),
    _allowances(
        "call-limit-unnamed",
        "more operations than a call limit leaves are refused without a name",
        "if left == 0:\n            raw_revert(abi_encode(convert(1",
        "if False:\n            raw_revert(abi_encode(convert(1",
        equivalent=UNDERFLOW,
        extensions=("call-limit",),
    ),
    _allowances(
        "operations-not-counted",
        "the operations of a session with a call-limit are not counted",
        "if session.header & sessions._mark(OPERATIONS) != 0:",
        NEVER,
        attack="over-the-call-limit",
        extensions=("call-limit",),
    ),
    _allowances(
        "call-limit-clamped",
        "an operation behind the last one that is granted counts as none",
        (
            "if left == 0:\n"
            "            raw_revert(abi_encode(convert(1, uint256), left, "
            'method_id=method_id("ExceededCallLimit(uint256,uint256)")))'
        ),
        "if left == 0:\n            return",
        attack="over-the-call-limit",
        extensions=("call-limit",),
    ),
    _allowances(
        "gas-allowance-by-another-name",
        "deployed: a gas limit is refused under the name of the documented rules",
        "if in_gas:",
        "if True:",
        equivalent="only the name of the error is another.",
        rules="deployed",
    ),
)
