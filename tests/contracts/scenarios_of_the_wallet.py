"""Mutations of the wallet itself: who may call what, ERC-1271, validation, gas."""

from __future__ import annotations

from sessionlab.core import deployments as lab
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.wallet_encoding import RawCall
from sessionlab.core.permissions import DEPLOYED, GasLimit, Root, rows

from . import world as worlds
from .rule_scenarios import (
    ACCESS,
    ETHERS,
    GAS,
    PING,
    UPDATE,
    UPDATES,
    acting,
    behind,
    deferring,
    direct,
    executed_by_a_stranger,
    flipped,
    gas_left,
    initialized_again,
    installing,
    message,
    owning,
    timed,
    validated_by_a_stranger,
    wallet_abi,
)
from .rule_table import AA22, AA24, MISSING, UNAUTHORIZED, WALLET_FILE, check
from .world import (
    COUNTER,
    MERCHANT,
    NOW,
    PAYMASTER,
    STRANGER,
    WALLET,
)

# who may call what
check(WALLET_FILE, "    if size < 4:\n", "    if False:\n", direct(b"\xb6"), "UnrecognizedFunction")
check(
    WALLET_FILE,
    "    if selector == VALIDATE_USER_OP:\n        self._only_entry_point()\n",
    "    if selector == VALIDATE_USER_OP:\n",
    validated_by_a_stranger,
    UNAUTHORIZED,
)
check(
    WALLET_FILE,
    "    if selector == calls.EXECUTE_USER_OP:\n        self._only_entry_point()\n",
    "    if selector == calls.EXECUTE_USER_OP:\n",
    executed_by_a_stranger,
    UNAUTHORIZED,
)
EXECUTE_DIRECTLY = direct(account.execute(PING[0], wrapped=False))
check(
    WALLET_FILE,
    "    if calls._is_calls(selector):\n        self._only_entry_point()\n",
    "    if calls._is_calls(selector):\n",
    EXECUTE_DIRECTLY,
    UNAUTHORIZED,
)
INSTALL_AS_STRANGER = installing(*rows([ACCESS]), sender=STRANGER)
check(
    WALLET_FILE,
    "    if selector == installing.INSTALL_SESSION:\n        self._only_privileged(selector)\n",
    "    if selector == installing.INSTALL_SESSION:\n",
    INSTALL_AS_STRANGER,
    UNAUTHORIZED,
)
check(
    WALLET_FILE,
    '        self._install()\n        return b""\n'
    '    raw_revert(abi_encode(selector, method_id=method_id("UnrecognizedFunction(bytes4)")))\n',
    '        self._install()\n        return b""\n    return b""\n',
    direct(b"\xde\xad\xbe\xef"),
    "UnrecognizedFunction",
)
check(
    WALLET_FILE,
    "    if msg.sender != FACTORY:\n",
    "    if False:\n",
    direct(wallet_abi.encode("initialize", STRANGER.address), to=lab.DELEGATE_7702),
    UNAUTHORIZED,
)
check(
    WALLET_FILE,
    "    if signatures.stored_owner != empty(address):\n",
    "    if False:\n",
    initialized_again,
    "AlreadyInitialized",
)
check(
    WALLET_FILE,
    "    self._only_privileged(installing.UNINSTALL_SESSION)\n    sessions._revoke",
    "    sessions._revoke",
    direct(account.uninstall_call(1)),
    UNAUTHORIZED,
)
check(
    WALLET_FILE,
    "    self._only_privileged(installing.UPDATE_FALLBACK_SIGNER)\n    signatures._set_owner",
    "    signatures._set_owner",
    direct(UPDATE),
    UNAUTHORIZED,
)
check(WALLET_FILE, "    if msg.sender != ENTRY_POINT:\n", "    if False:\n", EXECUTE_DIRECTLY, UNAUTHORIZED)
PRIVILEGED_LINE = "    elif msg.sender != self and msg.sender != signatures._owner():\n"
check(WALLET_FILE, PRIVILEGED_LINE, "    elif False:\n", INSTALL_AS_STRANGER, UNAUTHORIZED)
for part, scenario in (
    ("msg.sender != self and ", acting([UPDATES, ACCESS], [RawCall(WALLET, data=UPDATE), *PING])),
    (" and msg.sender != signatures._owner()", installing(*rows([ACCESS]))),
):
    check(WALLET_FILE, PRIVILEGED_LINE, PRIVILEGED_LINE.replace(part, ""), scenario, "ok")
check(
    WALLET_FILE,
    "    if msg.sender == ENTRY_POINT:\n        self._not_stopped(selector)\n    elif",
    "    if",
    owning(account.uninstall_call(1)),
    "ok",
)

# behind a revocation in the same bundle
check(
    WALLET_FILE, "        self._not_stopped(selector)\n        calls._run", "        calls._run", behind(PING), MISSING
)
check(
    WALLET_FILE,
    "    if msg.sender == ENTRY_POINT:\n        self._not_stopped(selector)\n    elif",
    "    if msg.sender != ENTRY_POINT and",
    behind(UPDATE),
    MISSING,
)
check(WALLET_FILE, "    if sessions.stopped:\n", "    if False:\n", behind(PING), MISSING)
check(
    WALLET_FILE, "        if sessions.ended[entity_id]:\n", "        if False:\n", behind(PING, wrapped=True), MISSING
)

# ERC-1271
FORM = '    if len(signature) != 72 or slice(signature, 0, 1) != b"\\x00" or slice(signature, 5, 2) != b"\\xff\\x00":\n'
for part, bend in (
    ("len(signature) != 72 or ", lambda data: data + b"\0"),
    ('slice(signature, 0, 1) != b"\\x00" or ', flipped(0)),
    (' or slice(signature, 5, 2) != b"\\xff\\x00"', flipped(6)),
):
    assert part in FORM
    check(WALLET_FILE, FORM, FORM.replace(part, ""), message(bend), "ffffffff")
check(
    WALLET_FILE,
    "    if entity_id != 0:\n        raw_revert(abi_encode(entity_id",
    "    if False:\n        raw_revert(abi_encode(entity_id",
    message(entity=1),
    "SignatureValidationInvalid",
)
check(
    WALLET_FILE,
    "        return MAGIC_1271\n    return 0xffffffff\n",
    "        return MAGIC_1271\n    return MAGIC_1271\n",
    message(key=STRANGER),
    "ffffffff",
)

# validation, in its order
check(
    WALLET_FILE,
    "    if length < 4:\n        raw_revert(abi_encode(selector",
    "    if False:\n        raw_revert(abi_encode(selector",
    acting([ACCESS], b"\xb6\x1d\x27"),
    "UnrecognizedFunction",
)
check(
    WALLET_FILE,
    '        if length < 4:\n            raw_revert(b"")',
    '        if False:\n            raw_revert(b"")',
    acting([ACCESS], b"\xb6\x1d\x27", wrapped=True),
    "EmptyRevert",
)
MAY = "    if is_global != is_root or not self._may_use(session, is_root, selector):\n"
check(
    WALLET_FILE,
    MAY,
    "    if not self._may_use(session, is_root, selector):\n",
    acting([ACCESS], PING, is_global=True),
    MISSING,
)
check(WALLET_FILE, MAY, "    if is_global != is_root:\n", acting([ACCESS], UPDATE), MISSING)
check(
    WALLET_FILE,
    "        self._check_self_calls(session, is_root, batch)\n",
    "",
    acting([Root()], [RawCall(WALLET)]),
    "SelfCallRecursionDepthExceeded",
)
check(WALLET_FILE, "    if not is_root:\n", "    if True:\n", acting([Root()], PING), "ok")
check(
    WALLET_FILE,
    "        if session.header & sessions.SPEND_LIMITS != 0 and not wrapped:\n",
    "        if False:\n",
    acting([ETHERS, ACCESS], [RawCall(COUNTER, 11)], wrapped=False),
    "RequireUserOperationContext",
)
GAS_LINE = "        if session.header & sessions.GAS_LIMIT != 0 and reading._word(at + head.paymasterAndData) == 0:\n"
LITTLE_GAS = acting([GasLimit(limit=GAS - 1), ACCESS], PING)
check(WALLET_FILE, GAS_LINE, "        if False:\n", LITTLE_GAS, "ExceededGasLimit")
check(
    WALLET_FILE,
    GAS_LINE,
    "        if session.header & sessions.GAS_LIMIT != 0:\n",
    acting(
        [GasLimit(limit=1), ACCESS],
        PING,
        paymaster=PAYMASTER,
        paymaster_verification_gas_limit=100_000,
    ),
    "ok",
)
check(
    WALLET_FILE,
    "        self._check_reach(session, batch)\n",
    "        pass\n",
    acting([ACCESS], [RawCall(MERCHANT)]),
    "AddressNotAllowed",
)
WINDOWS = "self._intersect(sessions._window(session), deadline)"
check(WALLET_FILE, WINDOWS, "deadline", timed(NOW + 9, valid_until=NOW + 8), AA22)
check(WALLET_FILE, WINDOWS, "sessions._window(session)", deferring(deadline=NOW - 1), AA22)
check(
    WALLET_FILE,
    "    if not self._signed(signer",
    "    if False and not self._signed(signer",
    acting([ACCESS], PING, key=STRANGER),
    AA24,
)

# functions of the wallet itself
check(
    WALLET_FILE,
    "        return calls._is_calls(selector) or selector in [\n"
    "            installing.INSTALL_SESSION, installing.UNINSTALL_SESSION, installing.UPDATE_FALLBACK_SIGNER\n"
    "        ]\n",
    "        return True\n",
    owning(wallet_abi.encode("initialize", STRANGER.address)),
    MISSING,
)
check(
    WALLET_FILE,
    "    if session.header & sessions.CALLS != 0 and calls._is_calls(selector):\n",
    "    if calls._is_calls(selector):\n",
    acting([UPDATES], PING),
    MISSING,
)
check(
    WALLET_FILE,
    "    return session.header != 0 and reach._is_account_function(session, selector)\n",
    "    return session.header != 0\n",
    acting([ACCESS], UPDATE),
    MISSING,
)
TWO_BYTES = [RawCall(WALLET, data=b"\1\2"), *PING]
check(
    WALLET_FILE,
    "        if batch.table != 0 and call.length < 4:\n",
    "        if False:\n",
    acting([Root()], TWO_BYTES),
    "EmptyRevert",
)
RECURSION = "        if batch.table == 0 or calls._is_calls(call.selector):\n"
check(
    WALLET_FILE,
    RECURSION,
    "        if calls._is_calls(call.selector):\n",
    acting([Root()], [RawCall(WALLET, data=UPDATE)]),
    "SelfCallRecursionDepthExceeded",
)
INNER = [RawCall(WALLET, data=account.execute(PING[0], wrapped=False)), *PING]
check(
    WALLET_FILE,
    RECURSION,
    "        if batch.table == 0:\n",
    acting([Root()], INNER),
    "SelfCallRecursionDepthExceeded",
)
check(
    WALLET_FILE,
    "        if not self._may_use(session, is_root, call.selector):\n",
    "        if False:\n",
    acting([ACCESS], [RawCall(WALLET, data=UPDATE), *PING]),
    MISSING,
)
check(
    WALLET_FILE,
    "        if call.target != self:\n            continue\n",
    "",
    acting([ACCESS], PING),
    "ok",
)

# gas
for part in (
    "(gas_limits >> 128) + ",
    "(gas_limits & (2 ** 128 - 1)) + ",
    " + pre_verification_gas",
):
    check(
        WALLET_FILE,
        part,
        " + " if part[0] == part[-1] == " " else "",
        gas_left([GasLimit(limit=10**9), ACCESS]),
        10**9 - GAS,
    )
check(
    WALLET_FILE,
    "rules.RULES & rules.GAS_LIMIT_COUNTS_GAS != 0",
    "rules.RULES & 0 != 0",  # a module that uses no rule does not compile
    gas_left([GasLimit(limit=10**18), ACCESS]),
    10**18 - GAS,
)
check(
    WALLET_FILE,
    "    if not in_gas:\n",
    "    if False:\n",
    gas_left([GasLimit(limit=10**18), ACCESS]),
    10**18 - GAS * worlds.GWEI,
    DEPLOYED,
)

# spending is counted
TOO_MUCH = acting([ETHERS, ACCESS], [RawCall(COUNTER, 11)])
check(
    WALLET_FILE,
    "    if entity_id != 0:\n        # Revoked",
    "    if False:\n        # Revoked",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
)
check(
    WALLET_FILE,
    "        if session.header & sessions.SPEND_LIMITS != 0:\n            spending",
    "        if False:\n            spending",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
)
