"""Mutants of the validation rules."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_validation = partial(Mutant, module="validation")

MUTANTS = (
    _validation(
        "extensions-not-counted",
        "of an operation as a whole, only its gas is counted",
        "if session.header >= sessions.EXTENSIONS:",
        NEVER,
        attack="over-the-call-limit",
        extensions=("call-limit",),
    ),
    _validation(
        "extensions-only-beside-a-gas-limit",
        "what an operation uses as a whole is counted only if the session has a gas-limit",
        "if session.header & sessions.OPERATION_LIMITS != 0:",
        "if session.header & sessions.GAS_LIMIT != 0:",
        attack="over-the-call-limit",
        extensions=("call-limit",),
    ),
    _validation(
        "underway-not-noted",
        "nobody notes of which sessions operations are underway",
        "sessions.underway[entity_id] = True",
        "sessions.underway[entity_id] = False",
        attack="revoke-race",
    ),
    _validation(
        "operation-without-a-selector",
        "call data shorter than a selector is let through",
        "if inner.length < 4:\n        raw_revert(abi_encode(inner.selector",
        "if False:\n        raw_revert(abi_encode(inner.selector",
        attack="padded-selector",
    ),
    _validation(
        "wrapped-without-a-selector",
        "wrapped call data shorter than a selector is let through",
        'if inner.length < 4:\n            raw_revert(b"")',
        'if False:\n            raw_revert(b"")',
        attack="padded-selector",
    ),
    _validation(
        "any-nonce-key",
        "a scoped session may use the global nonce key",
        "is_global != is_root or ",
        attack="global-without-root",
    ),
    _validation(
        "any-function",
        "the function need not be the session's",
        " or not self._may_use(session, is_root, inner.selector)",
        attack="edit-own-limits",
    ),
    _validation(
        "self-calls-unchecked",
        "calls of the wallet itself are not looked at",
        "        self._check_self_calls(session, is_root, batch)\n",
        attack="way-back-as-root",
    ),
    _validation(
        "unwrapped-spending",
        "a session with a spend limit need not use executeUserOp, where it is counted",
        "if session.header & sessions.SPEND_LIMITS != 0 and not wrapped:",
        NEVER,
        attack="unwrapped-spend",
    ),
    _validation(
        "gas-not-counted",
        "the gas of an operation is not counted",
        "if session.header & sessions.GAS_LIMIT != 0 and self._wallet_pays(at + head.paymasterAndData):",
        NEVER,
        attack="own-bundler-under-a-limit",
    ),
    _validation(
        "reach-unchecked",
        "targets and functions are not looked at",
        "self._check_reach(session, batch)",
        "pass",
        attack="zero-selector",
    ),
    # As in production's AllowlistModule until version 2.0.1 (GHSA-wfm2-rq5g-f8v5).
    _validation(
        "wrapped-reach-unchecked",
        "targets and functions are looked at unless the operation is wrapped in executeUserOp",
        "self._check_reach(session, batch)",
        "if not inner.wrapped:\n            self._check_reach(session, batch)",
        attack="wrapped-call",
    ),
    _validation(
        "window-of-the-session-lost",
        "only the deadline of the deferred install counts, not the session's window",
        "self._intersect(sessions._window(session), deadline)",
        "deadline",
        attack="before-the-beginning",
    ),
    _validation(
        "deadline-lost",
        "only the session's window counts, not the deadline of its deferred install",
        "self._intersect(sessions._window(session), deadline)",
        "sessions._window(session)",
        attack="bent-deferral",
    ),
    _validation(
        "signature-unchecked",
        "the signature of an operation is not looked at",
        "if not self._signed(self._signer(session)",
        "if False and not self._signed(self._signer(session)",
        attack="proof-in-execution",
    ),
    _validation(
        "root-uses-every-function",
        "the global nonce key may use every function",
        (
            "return calls._is_calls(selector) or selector in [\n"
            "            installing.INSTALL_SESSION, installing.UNINSTALL_SESSION, installing.UPDATE_FALLBACK_SIGNER\n"
            "        ]"
        ),
        "return True",
        attack="no-such-function",
    ),
    _validation(
        "session-uses-own-functions",
        "a session may use every function of the wallet itself",
        " and reach._is_account_function(session, selector)",
        attack="edit-own-limits",
    ),
    _validation(
        "execute-calls-the-wallet",
        "execute may call the wallet itself",
        "batch.table == 0 or ",
        attack="way-back-as-root",
    ),
    _validation(
        "batch-in-a-batch",
        "a batch may call execute and executeBatch of the wallet itself",
        " or calls._is_calls(call.selector)",
        attack="way-back-as-root",
    ),
    _validation(
        "batch-uses-own-functions",
        "a batch may call functions of the wallet itself that the session has not",
        "if not self._may_use(session, is_root, call.selector):",
        NEVER,
        attack="wildcard-names-an-own-function",
    ),
    _validation(
        "verification-gas-free", "verification gas is not counted", "(gas_limits >> 128) + ", attack="empty-batch"
    ),
    _validation(
        "call-gas-free", "the gas of the calls is not counted", "(gas_limits & (2 ** 128 - 1)) + ", attack="empty-batch"
    ),
    _validation(
        "pre-verification-gas-free",
        "pre-verification gas is not counted",
        " + pre_verification_gas",
        attack="empty-batch",
    ),
    _validation(
        "gas-at-no-price",
        "deployed: gas is counted, not what it costs",
        "if not in_gas:",
        NEVER,
        attack="price-not-units",
        rules="deployed",
    ),
    _validation(
        "deadline-of-zero-ends-the-window",
        "a deferred install without a deadline ends the session's window",
        "limit == 0 or ",
        attack="after-the-end",
    ),
    _validation(
        "deadline-extends-the-window",
        "a deadline behind the session's end takes its place",
        " or (until != 0 and until <= limit)",
        attack="deferred-after-the-end",
    ),
    _validation(
        "signature-of-any-length",
        "an operation's signature may be longer than 67 bytes",
        "length != SIGNATURE_BYTES or ",
        attack="bent-signature",
    ),
    _validation(
        "signature-without-mark",
        "the mark 0xff00 of an operation's signature is not looked at",
        " or reading._word(start) >> 240 != SIGNATURE_PREFIX",
        attack="bent-signature",
    ),
    _validation(
        "short-self-call",
        "a call of the wallet itself may be shorter than a selector",
        "if batch.table != 0 and call.length < 4:",
        NEVER,
        equivalent="no function has the selector that it is padded to; only the name of the error is another.",
    ),
    _validation("root-is-limited", "root is held to lists and limits", "if not is_root:", "if True:"),
    _validation(
        "sponsored-gas-counted",
        "gas that a paymaster pays for is counted too",
        "    return False\n\n\n@internal\n@view\ndef _signer(",
        "    return True\n\n\n@internal\n@view\ndef _signer(",
    ),
    _validation(
        "nobody-as-paymaster",
        "an operation may name the zero address as the paymaster that pays its gas",
        "if reading._word(field + 32) >> 96 == 0:",
        NEVER,
        attack="nobody-as-paymaster",
    ),
    _validation(
        "calls-without-a-permission",
        "a session without a permission for calls may use execute and executeBatch",
        "session.header & sessions.CALLS != 0 and ",
        attack="empty-batch-of-account-functions",
    ),
    _validation(
        "every-call-is-a-self-call",
        "calls of other contracts are checked like calls of the wallet itself",
        "        if call.target != self:\n            continue\n",
    ),
    _validation(
        "gas-counted-in-wei",
        "documented: what gas costs is counted, not gas",
        "rules.RULES & rules.GAS_LIMIT_COUNTS_GAS != 0",
        "rules.RULES & 0 != 0",  # a module that uses no flag of the rules does not compile
    ),
    _validation(
        "no-end-drops-the-deadline",
        "a session without an end drops the deadline of its deferred install",
        "until != 0 and ",
        attack="bent-deferral",
    ),
)
