"""Mutants of who may call the wallet, what it signs, and what it executes."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_wallet = partial(Mutant, module="SessionWallet")
_standards = partial(Mutant, module="standards")
_deferral = partial(Mutant, module="deferral")

MUTANTS = (
    _wallet(
        "validation-for-anybody",
        "anybody may call validateUserOp, not only the EntryPoint",
        "        if not deferral._opened():\n            self._only_entry_point()\n",
        "        if not deferral._opened():\n",
        attack="validation-at-the-door",
    ),
    _deferral(
        "install-frame-for-anybody",
        "anybody may call the frame of a deferred install",
        "if msg.sender != self or not self.in_frame:",
        "if msg.sender != self and not self.in_frame:",
        equivalent="the install must be signed by the owner and brings the session that it names.",
    ),
    _deferral(
        "install-frame-stays-open",
        "the frame of a deferred install can be called again",
        "    self.in_frame = False\n",
        equivalent="what it installs is installed already: ValidationAlreadySet refuses it.",
    ),
    _deferral(
        "deadline-of-a-function-unchecked",
        "validateUserOp as an account function installs a grant past its deadline",
        "if deadline != 0 and deadline < block.timestamp:",
        NEVER,
        attack="late-install",
        rules="deployed",
    ),
    _deferral(
        "nonce-of-a-function-unchecked",
        "validateUserOp as an account function installs a grant whose nonce is used",
        "if staticcall INonceManager(ENTRY_POINT).getNonce(self, convert(nonce >> 64, uint192)) != nonce:",
        NEVER,
        attack="late-install",
        rules="deployed",
    ),
    _wallet(
        "execution-for-anybody",
        "anybody may call executeUserOp, not only the EntryPoint",
        "if selector == calls.EXECUTE_USER_OP:\n        self._only_entry_point()",
        "if selector == calls.EXECUTE_USER_OP:",
        attack="validation-at-the-door",
    ),
    _wallet(
        "calls-for-anybody",
        "anybody may call execute and executeBatch",
        "if calls._is_calls(selector):\n        self._only_entry_point()",
        "if calls._is_calls(selector):",
        attack="stranger-at-the-door",
    ),
    _wallet(
        "install-for-anybody",
        "anybody may install a session",
        "if selector == installing.INSTALL_SESSION:\n        self._only_privileged(selector)",
        "if selector == installing.INSTALL_SESSION:",
        attack="stranger-at-the-door",
    ),
    _wallet(
        "unknown-function-answered",
        "a function that the wallet does not have is answered with success",
        (
            "installing._install()\n"
            '        return b""\n'
            '    raw_revert(abi_encode(selector, method_id=method_id("UnrecognizedFunction(bytes4)")))'
        ),
        'installing._install()\n        return b""\n    return b""',
        attack="phantom-function",
    ),
    _wallet(
        "initialize-by-anybody",
        "anybody may name the owner of a new wallet, not only the factory",
        "if msg.sender != FACTORY:",
        NEVER,
        attack="initialize-again",
    ),
    _wallet(
        "initialize-twice",
        "the factory may name an owner where there is one",
        "if signatures.stored_owner != empty(address):",
        NEVER,
        attack="initialize-by-the-factory",
    ),
    _wallet(
        "revoke-for-anybody",
        "anybody may revoke a session",
        "self._only_privileged(installing.UNINSTALL_SESSION)\n    sessions._revoke",
        "sessions._revoke",
        attack="end-of-anothers-session",
    ),
    _wallet(
        "owner-for-anybody",
        "anybody may replace the owner",
        "self._only_privileged(installing.UPDATE_FALLBACK_SIGNER)\n    signatures._set_owner",
        "signatures._set_owner",
        attack="stranger-at-the-door",
    ),
    _wallet(
        "entry-point-not-asked-for",
        "who calls in the EntryPoint's name is not looked at",
        "if msg.sender != ENTRY_POINT:",
        NEVER,
        attack="validation-at-the-door",
    ),
    _wallet(
        "privilege-not-asked-for",
        "who calls the owner's functions is not looked at",
        "elif msg.sender != self and msg.sender != signatures._owner():",
        "elif False:",
        attack="end-of-anothers-session",
    ),
    _standards(
        "message-of-any-length",
        "an ERC-1271 signature may be longer than 72 bytes",
        "len(signature) != 72 or ",
        attack="second-form-of-a-message",
    ),
    _standards(
        "message-of-any-kind",
        "the first byte of an ERC-1271 signature is not looked at",
        ' or slice(signature, 0, 1) != b"\\x00"',
        attack="second-form-of-a-message",
    ),
    _standards(
        "message-without-mark",
        "the mark 0xff00 of an ERC-1271 signature is not looked at",
        ' or slice(signature, 5, 2) != b"\\xff\\x00"',
        attack="second-form-of-a-message",
    ),
    _standards(
        "sessions-sign-messages",
        "an ERC-1271 signature may name a session",
        "if entity_id != 0:\n        raw_revert(abi_encode(entity_id",
        "if False:\n        raw_revert(abi_encode(entity_id",
        attack="second-form-of-a-message",
    ),
    _standards(
        "every-message-is-signed",
        "every ERC-1271 signature is valid",
        "return MAGIC_1271\n    return 0xffffffff",
        "return MAGIC_1271\n    return MAGIC_1271",
        attack="cross-wallet",
    ),
    _wallet(
        "spending-not-counted",
        "spend limits are not counted",
        "if entity_id != 0:\n        # Revoked",
        "if False:\n        # Revoked",
        attack="revoked-in-the-bundle",
    ),
    _wallet(
        "spending-never-marked",
        "no session has its spending counted",
        "if session.header & sessions.SPEND_LIMITS != 0:\n            spending",
        "if False:\n            spending",
        attack="over-the-limit",
    ),
    _wallet(
        "revoked-in-the-bundle-runs",
        "an operation behind the revocation of its session, in one bundle, is not told from others",
        "if sessions.ended[entity_id]:",
        NEVER,
        attack="revoked-in-the-bundle",
    ),
    _wallet(
        "unwrapped-behind-the-revocation",
        "what does not say whose it is runs behind the revocation of a session that it may be of",
        "if sessions.stopped:",
        NEVER,
        attack="revoke-race",
    ),
    _wallet(
        "own-functions-behind-the-revocation",
        "behind a revocation in the same bundle, the wallet's own functions may still be called",
        "if msg.sender == ENTRY_POINT:\n        self._not_stopped(selector)\n    elif",
        "if msg.sender != ENTRY_POINT and",
        attack="revoked-owner-maker",
    ),
    _wallet(
        "call-without-a-name-answered",
        "call data of one to three bytes is answered with success",
        'raw_revert(abi_encode(0x00000000, method_id=method_id("UnrecognizedFunction(bytes4)")))',
        'return b""',
        attack="call-without-a-name",
    ),
    _wallet(
        "deferred-install-of-any-size",
        "the size of a deferred install is not looked at",
        "if len(msg.data) > MAX_CALLDATA:",
        NEVER,
        equivalent="its copy has a bound, and what is cut off is missed by the hash.",
    ),
    _wallet(
        "refused-without-a-name",
        "call data of one to three bytes is refused without a name",
        "if size < 4:",
        NEVER,
        equivalent="Vyper reads no selector from fewer than four bytes; only the name of the error is missing.",
    ),
    _wallet("wallet-not-privileged", "the wallet may not call its own privileged functions", "msg.sender != self and "),
    _wallet(
        "owner-not-privileged", "the owner may not call the wallet directly", " and msg.sender != signatures._owner()"
    ),
    _wallet(
        "entry-point-not-privileged",
        "the EntryPoint may not call the owner's functions",
        "if msg.sender == ENTRY_POINT:\n        self._not_stopped(selector)\n    elif",
        "if",
    ),
    _wallet(
        "calls-behind-the-revocation",
        "behind a revocation in the same bundle, execute and executeBatch still run",
        "self._not_stopped(selector)\n        calls._run",
        "calls._run",
        attack="revoke-race",
    ),
)
