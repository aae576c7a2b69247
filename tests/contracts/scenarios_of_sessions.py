"""Mutations of deferred installs, signatures and the life of a session."""

from __future__ import annotations

from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.permissions import DEPLOYED, DOCUMENTED, rows

from .rule_scenarios import (
    ACCESS,
    COINS,
    PING,
    after_revocation,
    bending,
    coins,
    deferring,
    deferring_with_too_much,
    delegated,
    disabled_owner,
    flipped,
    high_s,
    installed_again,
    installing,
    key_of_zero,
    lying_about_its_length,
    message,
    revoked,
    revoking,
    session_that_ended,
    short_install,
    signing,
    timed,
    unused_grant_after_revocation,
)
from .rule_table import AA22, AA24, BAD_DEFERRED, MISSING, WALLET_FILE, check
from .world import (
    NOW,
    SESSION,
    STRANGER,
)

# the deferred install
check(
    WALLET_FILE,
    "            if size > MAX_CALLDATA:\n",
    "            if False:\n",
    deferring_with_too_much,
    "DeferredInstallTooLarge",
)
LENGTHS = "    if encoded < 31 or length < 4 + encoded + 70:\n"
check(
    WALLET_FILE,
    LENGTHS,
    LENGTHS.replace("encoded < 31 or ", ""),
    bending(lambda data: bytes(200)),
    BAD_DEFERRED,
)
check(
    WALLET_FILE,
    LENGTHS,
    LENGTHS.replace(" or length < 4 + encoded + 70", ""),
    lying_about_its_length,
    BAD_DEFERRED,
)
check(
    WALLET_FILE,
    "reading._word(start + 4) >> 88 == GLOBAL_LANE",
    "True",
    bending(flipped(4)),
    BAD_DEFERRED,
)
check(
    WALLET_FILE,
    "reading._selector(start + 31, encoded - 27) == installing.INSTALL_SESSION",
    "True",
    deferring(install_bytes=account.uninstall_call(1)),
    BAD_DEFERRED,
)
check(WALLET_FILE, "encoded >= 63 and ", "", short_install, BAD_DEFERRED)
check(
    WALLET_FILE,
    " and reading._word(start + 35) == nonce >> 72 & (2 ** 32 - 1)",
    "",
    deferring(install_bytes=account.install_call(entity_id=2, key=SESSION.address, rows=rows([ACCESS]))),
    BAD_DEFERRED,
)
check(
    WALLET_FILE,
    "reading._word(after) >> 216 == 66 << 8",
    "True",
    bending(flipped(-67 - 66)),
    BAD_DEFERRED,
)
check(WALLET_FILE, "    if good:\n", "    if False:\n", deferring(owner=STRANGER), BAD_DEFERRED)
check(WALLET_FILE, "    if not good:\n", "    if False:\n", deferring(owner=STRANGER), BAD_DEFERRED)
ENDS = "    if limit == 0 or (until != 0 and until <= limit):\n"
check(WALLET_FILE, ENDS, ENDS.replace("limit == 0 or ", ""), timed(NOW + 9, valid_until=NOW + 8), AA22)
check(WALLET_FILE, ENDS, "    if limit == 0:\n", session_that_ended, AA22)
check(WALLET_FILE, ENDS, ENDS.replace("until != 0 and ", ""), deferring(deadline=NOW - 1), AA22)

# signatures
SIGNATURE_FORM = "    if length != SIGNATURE_BYTES or reading._word(start) >> 240 != SIGNATURE_PREFIX:\n"
check(
    WALLET_FILE,
    SIGNATURE_FORM,
    SIGNATURE_FORM.replace("length != SIGNATURE_BYTES or ", ""),
    signing(lambda data: data + b"\0"),
    AA24,
)
check(
    WALLET_FILE,
    SIGNATURE_FORM,
    "    if length != SIGNATURE_BYTES:\n",
    signing(flipped(1)),
    AA24,
)
check("signatures", "    if self.owner_disabled:\n", "    if False:\n", disabled_owner(None), AA24)
check("signatures", "    if self.stored_owner == empty(address):\n", "    if False:\n", delegated, "ok")
check("signatures", "s > HALF_ORDER or ", "", signing(high_s), AA24)
check(
    "signatures",
    "signer != empty(address) and ",
    "",
    disabled_owner(b"\xff\x00" + bytes(64) + b"\x1b"),
    AA24,
)
check(
    "signatures",
    " and ecrecover(hash, v, r, s) == signer",
    "",
    signing(bytes, key=STRANGER),
    AA24,
)
check("signatures", "abi_encode(DOMAIN, chain.id, self)", "abi_encode(DOMAIN, chain.id)", message(), "1626ba7e")
check("signatures", "abi_encode(DOMAIN, chain.id, self)", "abi_encode(DOMAIN, self)", message(), "1626ba7e")

# sessions
LIVE = "    if session.header != 0 or entity_id == 0:\n"
check("sessions", LIVE, "    if entity_id == 0:\n", installed_again, "ValidationAlreadySet")
check("sessions", LIVE, "    if session.header != 0:\n", installing(*rows([ACCESS]), entity=0), "ValidationAlreadySet")
check("sessions", "    if life != session.life:\n", "    if False:\n", unused_grant_after_revocation, "GrantSuperseded")
check("sessions", "    if key == empty(address):\n", "    if False:\n", key_of_zero, "ZeroAddressError")
HAS_WINDOW = "    if valid_until != 0 or valid_after != 0:\n"
check("sessions", HAS_WINDOW, "    if valid_after != 0:\n", timed(NOW + 9, valid_until=NOW + 8), AA22)
check("sessions", HAS_WINDOW, "    if valid_until != 0:\n", timed(NOW + 1, valid_after=NOW + 8), AA22)
RANGE = "        if valid_until != 0 and valid_after >= valid_until:\n"
SAME = installing(*rows([ACCESS]), valid_after=NOW, valid_until=NOW)
check("sessions", RANGE, "        if False:\n", SAME, "TimeRangeNotValid")
check("sessions", RANGE, RANGE.replace(">=", ">"), SAME, "TimeRangeNotValid")
check(
    "sessions",
    RANGE,
    RANGE.replace("valid_until != 0 and ", ""),
    installing(*rows([ACCESS]), valid_after=NOW),
    "ok",
)
check(
    "sessions",
    "    if session.header & WINDOW == 0:\n",
    "    if False:\n",
    after_revocation([ACCESS], [ACCESS], PING, valid_until=NOW + 1),
    "ok",
)
GONE = "    if session.header == 0 and with_hook_data and not total:\n"
check("sessions", GONE, "    if False:\n", revoking(7, with_hook_data=True), "ArrayLengthMismatch", DEPLOYED)
for part, scenario, rules in (
    ("session.header == 0 and ", revoking(1, with_hook_data=True), DEPLOYED),
    ("with_hook_data and ", revoking(7, with_hook_data=False), DEPLOYED),
    (" and not total", revoking(7, with_hook_data=True), DOCUMENTED),
):
    check("sessions", GONE, GONE.replace(part, ""), scenario, "ok", rules)
INHERITS = after_revocation([ACCESS], [COINS], [*PING, *coins(1)])
check("sessions", "rules._say(rules.REVOCATION_IS_TOTAL)", "rules._say(0)", INHERITS, "AddressNotAllowed")
check("sessions", "total or with_hook_data", "with_hook_data", INHERITS, "AddressNotAllowed")
check(
    "sessions",
    "total or with_hook_data",
    "total",
    after_revocation([ACCESS], [COINS], [*PING, *coins(1)], with_hook_data=True),
    "AddressNotAllowed",
    DEPLOYED,
)
check("sessions", "    if cleared:\n", "    if False:\n", INHERITS, "AddressNotAllowed")
check("sessions", "    self.headers[entity_id] = 0\n", "", revoked, MISSING)
check("sessions", "    self.lives[entity_id] += 1\n", "", unused_grant_after_revocation, "GrantSuperseded")
