"""Who may call the wallet, what it signs, and what it runs."""

from sessionlab.attacks.weakness import weaken

weaken(
    "validation-for-anybody",
    "anybody may call validateUserOp, not only the EntryPoint",
    "SessionWallet",
    ("    if selector == VALIDATE_USER_OP:\n        self._only_entry_point()\n"),
    "    if selector == VALIDATE_USER_OP:\n",
    by="validation-at-the-door",
)
weaken(
    "execution-for-anybody",
    "anybody may call executeUserOp, not only the EntryPoint",
    "SessionWallet",
    ("    if selector == calls.EXECUTE_USER_OP:\n        self._only_entry_point()\n"),
    "    if selector == calls.EXECUTE_USER_OP:\n",
    by="validation-at-the-door",
)
weaken(
    "calls-for-anybody",
    "anybody may call execute and executeBatch",
    "SessionWallet",
    ("    if calls._is_calls(selector):\n        self._only_entry_point()\n"),
    "    if calls._is_calls(selector):\n",
    by="stranger-at-the-door",
)
weaken(
    "install-for-anybody",
    "anybody may install a session",
    "SessionWallet",
    ("    if selector == installing.INSTALL_SESSION:\n        self._only_privileged(selector)\n"),
    "    if selector == installing.INSTALL_SESSION:\n",
    by="stranger-at-the-door",
)
weaken(
    "unknown-function-answered",
    "a function that the wallet does not have is answered with success",
    "SessionWallet",
    (
        "        self._install()\n"
        '        return b""\n'
        '    raw_revert(abi_encode(selector, method_id=method_id("UnrecognizedFunction(bytes4)")))\n'
    ),
    ('        self._install()\n        return b""\n    return b""\n'),
    by="phantom-function",
)
weaken(
    "initialize-by-anybody",
    "anybody may name the owner of a new wallet, not only the factory",
    "SessionWallet",
    "    if msg.sender != FACTORY:\n",
    "    if False:\n",
    by="initialize-again",
)
weaken(
    "initialize-twice",
    "the factory may name an owner where there is one",
    "SessionWallet",
    "    if signatures.stored_owner != empty(address):\n",
    "    if False:\n",
    by="initialize-by-the-factory",
)
weaken(
    "revoke-for-anybody",
    "anybody may revoke a session",
    "SessionWallet",
    "    self._only_privileged(installing.UNINSTALL_SESSION)\n    sessions._revoke",
    "    sessions._revoke",
    by="end-of-anothers-session",
)
weaken(
    "owner-for-anybody",
    "anybody may replace the owner",
    "SessionWallet",
    "    self._only_privileged(installing.UPDATE_FALLBACK_SIGNER)\n    signatures._set_owner",
    "    signatures._set_owner",
    by="stranger-at-the-door",
)
weaken(
    "entry-point-not-asked-for",
    "who calls in the EntryPoint's name is not looked at",
    "SessionWallet",
    "    if msg.sender != ENTRY_POINT:\n",
    "    if False:\n",
    by="validation-at-the-door",
)
weaken(
    "privilege-not-asked-for",
    "who calls the owner's functions is not looked at",
    "SessionWallet",
    "    elif msg.sender != self and msg.sender != signatures._owner():\n",
    "    elif False:\n",
    by="end-of-anothers-session",
)
weaken(
    "message-of-any-length",
    "an ERC-1271 signature may be longer than 72 bytes",
    "SessionWallet",
    ('    if len(signature) != 72 or slice(signature, 0, 1) != b"\\x00" or slice(signature, 5, 2) != b"\\xff\\x00":\n'),
    '    if slice(signature, 0, 1) != b"\\x00" or slice(signature, 5, 2) != b"\\xff\\x00":\n',
    by="second-form-of-a-message",
)
weaken(
    "message-of-any-kind",
    "the first byte of an ERC-1271 signature is not looked at",
    "SessionWallet",
    ('    if len(signature) != 72 or slice(signature, 0, 1) != b"\\x00" or slice(signature, 5, 2) != b"\\xff\\x00":\n'),
    '    if len(signature) != 72 or slice(signature, 5, 2) != b"\\xff\\x00":\n',
    by="second-form-of-a-message",
)
weaken(
    "message-without-mark",
    "the mark 0xff00 of an ERC-1271 signature is not looked at",
    "SessionWallet",
    ('    if len(signature) != 72 or slice(signature, 0, 1) != b"\\x00" or slice(signature, 5, 2) != b"\\xff\\x00":\n'),
    '    if len(signature) != 72 or slice(signature, 0, 1) != b"\\x00":\n',
    by="second-form-of-a-message",
)
weaken(
    "sessions-sign-messages",
    "an ERC-1271 signature may name a session",
    "SessionWallet",
    ("    if entity_id != 0:\n        raw_revert(abi_encode(entity_id"),
    ("    if False:\n        raw_revert(abi_encode(entity_id"),
    by="second-form-of-a-message",
)
weaken(
    "every-message-is-signed",
    "every ERC-1271 signature is valid",
    "SessionWallet",
    ("        return MAGIC_1271\n    return 0xffffffff\n"),
    ("        return MAGIC_1271\n    return MAGIC_1271\n"),
    by="cross-wallet",
)
weaken(
    "spending-not-counted",
    "spend limits are not counted",
    "SessionWallet",
    ("    if entity_id != 0:\n        # Revoked"),
    ("    if False:\n        # Revoked"),
    by="revoked-in-the-bundle",
)
weaken(
    "spending-never-marked",
    "no session has its spending counted",
    "SessionWallet",
    ("        if session.header & sessions.SPEND_LIMITS != 0:\n            spending"),
    ("        if False:\n            spending"),
    by="over-the-limit",
)
weaken(
    "revoked-in-the-bundle-runs",
    "an operation behind the revocation of its session, in one bundle, is not told from others",
    "SessionWallet",
    "        if sessions.ended[entity_id]:\n",
    "        if False:\n",
    by="revoked-in-the-bundle",
)
weaken(
    "unwrapped-behind-the-revocation",
    "what does not say whose it is runs behind the revocation of a session that it may be of",
    "SessionWallet",
    "    if sessions.stopped:\n",
    "    if False:\n",
    by="revoke-race",
)
weaken(
    "own-functions-behind-the-revocation",
    "behind a revocation in the same bundle, the wallet's own functions may still be called",
    "SessionWallet",
    "    if msg.sender == ENTRY_POINT:\n        self._not_stopped(selector)\n    elif",
    "    if msg.sender != ENTRY_POINT and",
    by="revoked-owner-maker",
)
weaken(
    "underway-not-noted",
    "nobody notes of which sessions operations are underway",
    "validation",
    "        sessions.underway[entity_id] = True\n",
    "        sessions.underway[entity_id] = False\n",
    by="revoke-race",
)
weaken(
    "call-without-a-name-answered",
    "call data of one to three bytes is answered with success",
    "SessionWallet",
    '        raw_revert(abi_encode(0x00000000, method_id=method_id("UnrecognizedFunction(bytes4)")))\n',
    '        return b""\n',
    by="call-without-a-name",
)
