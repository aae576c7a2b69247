"""The rules of the validation phase."""

from sessionlab.attacks.weakness import weaken

weaken(
    "operation-without-a-selector",
    "call data shorter than a selector is let through",
    "validation",
    ("    if length < 4:\n        raw_revert(abi_encode(selector"),
    ("    if False:\n        raw_revert(abi_encode(selector"),
    by="padded-selector",
)
weaken(
    "wrapped-without-a-selector",
    "wrapped call data shorter than a selector is let through",
    "validation",
    ('        if length < 4:\n            raw_revert(b"")'),
    ('        if False:\n            raw_revert(b"")'),
    by="padded-selector",
)
weaken(
    "any-lane",
    "a scoped session may use the global lane",
    "validation",
    "    if is_global != is_root or not self._may_use(session, is_root, selector):\n",
    "    if not self._may_use(session, is_root, selector):\n",
    by="global-without-root",
)
weaken(
    "any-function",
    "the function need not be the session's",
    "validation",
    "    if is_global != is_root or not self._may_use(session, is_root, selector):\n",
    "    if is_global != is_root:\n",
    by="edit-own-limits",
)
weaken(
    "self-calls-unchecked",
    "calls of the wallet itself are not looked at",
    "validation",
    "        self._check_self_calls(session, is_root, batch)\n",
    "",
    by="way-back-as-root",
)
weaken(
    "unwrapped-spending",
    "a session with a spend limit need not use executeUserOp, where it is counted",
    "validation",
    "        if session.header & sessions.SPEND_LIMITS != 0 and not wrapped:\n",
    "        if False:\n",
    by="unwrapped-spend",
)
weaken(
    "gas-not-counted",
    "the gas of an operation is not counted",
    "validation",
    ("        if session.header & sessions.GAS_LIMIT != 0 and reading._word(at + head.paymasterAndData) == 0:\n"),
    "        if False:\n",
    by="own-bundler-under-a-limit",
)
weaken(
    "extensions-not-counted",
    "of an operation as a whole, only its gas is counted",
    "validation",
    "            if session.header >= sessions.EXTENSIONS:\n",
    "            if False:\n",
    by="over-the-call-limit",
)
weaken(
    "extensions-only-beside-a-gas-limit",
    "what an operation uses as a whole is counted only if the session has a gas-limit",
    "validation",
    "        if session.header & sessions.OPERATION_LIMITS != 0:\n",
    "        if session.header & sessions.GAS_LIMIT != 0:\n",
    by="over-the-call-limit",
)
weaken(
    "reach-unchecked",
    "targets and functions are not looked at",
    "validation",
    "        self._check_reach(session, batch)\n",
    "        pass\n",
    by="zero-selector",
)
# As the AllowlistModule of production was until its version 2.0.1 (GHSA-wfm2-rq5g-f8v5).
weaken(
    "wrapped-reach-unchecked",
    "targets and functions are looked at unless the operation is wrapped in executeUserOp",
    "validation",
    "        self._check_reach(session, batch)\n",
    "        if not wrapped:\n            self._check_reach(session, batch)\n",
    by="wrapped-call",
)
weaken(
    "window-of-the-session-lost",
    "only the deadline of the deferred install counts, not the session's window",
    "validation",
    "self._intersect(sessions._window(session), deadline)",
    "deadline",
    by="before-the-beginning",
)
weaken(
    "deadline-lost",
    "only the session's window counts, not the deadline of its deferred install",
    "validation",
    "self._intersect(sessions._window(session), deadline)",
    "sessions._window(session)",
    by="bent-deferral",
)
weaken(
    "signature-unchecked",
    "the signature of an operation is not looked at",
    "validation",
    "    if not self._signed(signer",
    "    if False and not self._signed(signer",
    by="proof-in-execution",
)
weaken(
    "root-uses-every-function",
    "the global lane may use every function",
    "validation",
    (
        "        return calls._is_calls(selector) or selector in [\n"
        "            installing.INSTALL_SESSION, installing.UNINSTALL_SESSION, "
        "installing.UPDATE_FALLBACK_SIGNER\n"
        "        ]\n"
    ),
    "        return True\n",
    by="no-such-function",
)
weaken(
    "session-uses-own-functions",
    "a session may use every function of the wallet itself",
    "validation",
    "    return session.header != 0 and reach._is_account_function(session, selector)\n",
    "    return session.header != 0\n",
    by="edit-own-limits",
)
weaken(
    "execute-calls-the-wallet",
    "execute may call the wallet itself",
    "validation",
    "        if batch.table == 0 or calls._is_calls(call.selector):\n",
    "        if calls._is_calls(call.selector):\n",
    by="way-back-as-root",
)
weaken(
    "batch-in-a-batch",
    "a batch may call execute and executeBatch of the wallet itself",
    "validation",
    "        if batch.table == 0 or calls._is_calls(call.selector):\n",
    "        if batch.table == 0:\n",
    by="way-back-as-root",
)
weaken(
    "batch-uses-own-functions",
    "a batch may call functions of the wallet itself that the session has not",
    "validation",
    "        if not self._may_use(session, is_root, call.selector):\n",
    "        if False:\n",
    by="wildcard-names-an-own-function",
)
weaken(
    "verification-gas-free",
    "verification gas is not counted",
    "validation",
    "(gas_limits >> 128) + ",
    "",
    by="empty-batch",
)
weaken(
    "call-gas-free",
    "the gas of the calls is not counted",
    "validation",
    "(gas_limits & (2 ** 128 - 1)) + ",
    "",
    by="empty-batch",
)
weaken(
    "pre-verification-gas-free",
    "pre-verification gas is not counted",
    "validation",
    " + pre_verification_gas",
    "",
    by="empty-batch",
)
weaken(
    "gas-at-no-price",
    "deployed: gas is counted, not what it costs",
    "validation",
    "    if not in_gas:\n",
    "    if False:\n",
    by="price-not-units",
    rules="deployed",
)
weaken(
    "deadline-of-zero-ends-the-window",
    "a deferred install without a deadline ends the session's window",
    "validation",
    "    if limit == 0 or (until != 0 and until <= limit):\n",
    "    if (until != 0 and until <= limit):\n",
    by="after-the-end",
)
weaken(
    "deadline-extends-the-window",
    "a deadline behind the session's end takes its place",
    "validation",
    "    if limit == 0 or (until != 0 and until <= limit):\n",
    "    if limit == 0:\n",
    by="deferred-after-the-end",
)
weaken(
    "signature-of-any-length",
    "an operation's signature may be longer than 67 bytes",
    "validation",
    "    if length != SIGNATURE_BYTES or reading._word(start) >> 240 != SIGNATURE_PREFIX:\n",
    "    if reading._word(start) >> 240 != SIGNATURE_PREFIX:\n",
    by="bent-signature",
)
weaken(
    "signature-without-mark",
    "the mark 0xff00 of an operation's signature is not looked at",
    "validation",
    "    if length != SIGNATURE_BYTES or reading._word(start) >> 240 != SIGNATURE_PREFIX:\n",
    "    if length != SIGNATURE_BYTES:\n",
    by="bent-signature",
)
