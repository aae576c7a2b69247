"""Mutants of the session lifecycle: validity window, revocation, and what a revocation clears."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_sessions = partial(Mutant, module="sessions")

MUTANTS = (
    _sessions(
        "install-over-a-live-session",
        "a session may be installed over a live one",
        "session.header != 0 or ",
        attack="install-over-a-live-one",
    ),
    _sessions(
        "session-zero", "a session may have the owner's id, 0", " or entity_id == 0", attack="session-of-id-zero"
    ),
    _sessions(
        "superseded-grant",
        "a grant that was signed before a revocation may be used after it",
        "if generation != session.generation:",
        NEVER,
        attack="revoked-before-use",
    ),
    _sessions(
        "end-forgotten",
        "the end of a session without a beginning is not kept",
        "valid_until != 0 or ",
        attack="after-the-end",
    ),
    _sessions(
        "beginning-forgotten",
        "the beginning of a session without an end is not kept",
        " or valid_after != 0",
        attack="before-the-beginning",
    ),
    _sessions(
        "inverted-window",
        "a window may end before it begins",
        "if valid_until != 0 and valid_after >= valid_until:",
        NEVER,
        attack="inverted-window",
    ),
    _sessions(
        "empty-window",
        "a window may end when it begins",
        "if valid_until != 0 and valid_after >= valid_until:",
        "if valid_until != 0 and valid_after > valid_until:",
        attack="inverted-window",
    ),
    _sessions(
        "lists-stay",
        "a revocation leaves lists and allowances",
        "rules._documented(rules.REVOCATION_IS_TOTAL)",
        "rules._documented(0)",
        attack="stale-allowlist",
    ),
    _sessions(
        "nothing-cleared",
        "a revocation with hook data leaves lists and allowances",
        "if cleared:",
        NEVER,
        attack="stale-allowlist",
    ),
    _sessions(
        "revocation-leaves-the-key", "a revoked key goes on", "    self.headers[entity_id] = 0\n", attack="revoked-root"
    ),
    _sessions(
        "revocation-leaves-signed-grants",
        "a signed grant survives the revocation of its session",
        "    self.generations[entity_id] += 1\n",
        attack="revoked-before-use",
    ),
    _sessions(
        "revocation-not-remembered",
        "a revocation leaves no mark for the rest of the bundle",
        "    self.ended[entity_id] = True\n",
        attack="revoked-in-the-bundle",
    ),
    _sessions(
        "key-of-nobody",
        "a session may have the zero address as its key",
        "if key == empty(address):",
        NEVER,
        equivalent="the zero address never counts as a signer.",
    ),
    _sessions(
        "nothing-to-revoke",
        "deployed: what is not installed may be revoked with hook data",
        "if session.header == 0 and with_hook_data and not total:",
        NEVER,
        equivalent="it ends a grant that was signed and not used, as the owner asks for; production refuses it.",
        rules="deployed",
    ),
    _sessions("window-needs-an-end", "a window without an end is refused", "valid_until != 0 and "),
    _sessions(
        "window-of-the-session-before",
        "a session without a window keeps the window of the one before it",
        "if session.header & WINDOW == 0:",
        NEVER,
    ),
    _sessions(
        "hook-data-refused",
        "deployed: no session may be revoked with hook data",
        "session.header == 0 and ",
        rules="deployed",
    ),
    _sessions(
        "nothing-to-revoke-refused",
        "deployed: what is not installed may not be revoked, with hook data or without",
        " and with_hook_data",
        rules="deployed",
    ),
    _sessions(
        "nothing-to-revoke-as-deployed",
        "documented: what is not installed may not be revoked with hook data",
        " and not total",
    ),
    _sessions(
        "cleared-by-hook-data-alone",
        "documented: a revocation without hook data leaves lists and allowances",
        "total or ",
        attack="stale-allowlist",
    ),
    _sessions(
        "hook-data-clears-nothing",
        "deployed: a revocation with hook data leaves lists and allowances",
        " or with_hook_data",
        attack="partial-removal",
        rules="deployed",
    ),
)
