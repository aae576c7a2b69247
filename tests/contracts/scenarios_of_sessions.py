"""Deferred installs, signatures and the life of a session."""

from __future__ import annotations

from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.permissions import rows

from .scenarios import (
    AA22,
    AA24,
    ACCESS,
    BAD_DEFERRED,
    COINS,
    MISSING,
    PING,
    Scenarios,
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
from .world import (
    NOW,
    SESSION,
    STRANGER,
)

SAME = installing(*rows([ACCESS]), valid_after=NOW, valid_until=NOW)
INHERITS = after_revocation([ACCESS], [COINS], [*PING, *coins(1)])

SCENARIOS: Scenarios = {
    # the deferred install
    "deferred-install-of-any-size": (deferring_with_too_much, "DeferredInstallTooLarge"),
    "deferred-shorter-than-a-selector": (bending(lambda data: bytes(200)), BAD_DEFERRED),
    "deferred-longer-than-the-signature": (lying_about_its_length, BAD_DEFERRED),
    "deferred-by-anybody": (bending(flipped(4)), BAD_DEFERRED),
    "deferred-anything": (deferring(install_bytes=account.uninstall_call(1)), BAD_DEFERRED),
    "deferred-without-an-id": (short_install, BAD_DEFERRED),
    "deferred-for-another": (
        deferring(install_bytes=account.install_call(entity_id=2, key=SESSION.address, rows=rows([ACCESS]))),
        BAD_DEFERRED,
    ),
    "deferred-signature-of-any-kind": (bending(flipped(-67 - 66)), BAD_DEFERRED),
    "deferred-unsigned": (deferring(owner=STRANGER), BAD_DEFERRED),
    "deferred-never-refused": (deferring(owner=STRANGER), BAD_DEFERRED),
    "deadline-of-zero-ends-the-window": (timed(NOW + 9, valid_until=NOW + 8), AA22),
    "deadline-extends-the-window": (session_that_ended, AA22),
    "no-end-drops-the-deadline": (deferring(deadline=NOW - 1), AA22),
    # signatures
    "signature-of-any-length": (signing(lambda data: data + b"\0"), AA24),
    "signature-without-mark": (signing(flipped(1)), AA24),
    "disabled-owner": (disabled_owner(None), AA24),
    "delegated-account-without-owner": (delegated, "ok"),
    "high-s": (signing(high_s), AA24),
    "nobody-signs": (disabled_owner(b"\xff\x00" + bytes(64) + b"\x1b"), AA24),
    "any-signer": (signing(bytes, key=STRANGER), AA24),
    "domain-without-wallet": (message(), "1626ba7e"),
    "domain-without-chain": (message(), "1626ba7e"),
    # sessions
    "install-over-a-live-session": (installed_again, "ValidationAlreadySet"),
    "session-zero": (installing(*rows([ACCESS]), entity=0), "ValidationAlreadySet"),
    "superseded-grant": (unused_grant_after_revocation, "GrantSuperseded"),
    "key-of-nobody": (key_of_zero, "ZeroAddressError"),
    "end-forgotten": (timed(NOW + 9, valid_until=NOW + 8), AA22),
    "beginning-forgotten": (timed(NOW + 1, valid_after=NOW + 8), AA22),
    "inverted-window": (SAME, "TimeRangeNotValid"),
    "empty-window": (SAME, "TimeRangeNotValid"),
    "window-needs-an-end": (installing(*rows([ACCESS]), valid_after=NOW), "ok"),
    "window-of-the-session-before": (after_revocation([ACCESS], [ACCESS], PING, valid_until=NOW + 1), "ok"),
    "nothing-to-revoke": (revoking(7, with_hook_data=True), "ArrayLengthMismatch"),
    "hook-data-refused": (revoking(1, with_hook_data=True), "ok"),
    "nothing-to-revoke-refused": (revoking(7, with_hook_data=False), "ok"),
    "nothing-to-revoke-as-deployed": (revoking(7, with_hook_data=True), "ok"),
    "lists-stay": (INHERITS, "AddressNotAllowed"),
    "cleared-by-hook-data-alone": (INHERITS, "AddressNotAllowed"),
    "hook-data-clears-nothing": (
        after_revocation([ACCESS], [COINS], [*PING, *coins(1)], with_hook_data=True),
        "AddressNotAllowed",
    ),
    "nothing-cleared": (INHERITS, "AddressNotAllowed"),
    "revocation-leaves-the-key": (revoked, MISSING),
    "revocation-leaves-signed-grants": (unused_grant_after_revocation, "GrantSuperseded"),
}
