"""The life of a session, who signed, and deferred installs."""

from sessionlab.attacks.weakness import weaken

weaken(
    "deferred-by-anybody",
    "what a deferred action runs as is not looked at",
    "deferral",
    "reading._word(start + 4) >> 88 == GLOBAL_LANE",
    "True",
    by="bent-envelope",
)
weaken(
    "deferred-anything",
    "a deferred action may be any call",
    "deferral",
    "reading._selector(start + 31, encoded - 27) == installing.INSTALL_SESSION",
    "True",
    by="deferred-something-else",
)
weaken(
    "deferred-for-another",
    "a deferred install may be another session's than the operation's",
    "deferral",
    " and reading._word(start + 35) == nonce >> 72 & (2 ** 32 - 1)",
    "",
    by="deferred-other-session",
)
weaken(
    "deferred-signature-of-any-kind",
    "length and kind of a deferred action's signature are not looked at",
    "deferral",
    "reading._word(after) >> 216 == 66 << 8",
    "True",
    by="bent-envelope",
)
weaken(
    "deferred-unsigned",
    "the owner's signature over a deferred action is not looked at",
    "deferral",
    "    if good:\n",
    "    if False:\n",
    by="bent-deferral",
)
weaken(
    "deferred-never-refused",
    "a bad deferred action is let through",
    "deferral",
    "    if not good:\n",
    "    if False:\n",
    by="deferred-other-session",
)
weaken(
    "disabled-owner",
    "a disabled owner goes on",
    "signatures",
    "    if self.owner_disabled:\n",
    "    if False:\n",
    by="zero-signer",
)
weaken(
    "high-s",
    "both forms of a signature are taken",
    "signatures",
    "s > HALF_ORDER or ",
    "",
    by="bent-signature",
)
weaken(
    "nobody-signs",
    "the zero address counts as a signer",
    "signatures",
    "signer != empty(address) and ",
    "",
    by="zero-signer",
)
weaken(
    "any-signer",
    "whose signature it is is not looked at",
    "signatures",
    " and ecrecover(hash, v, r, s) == signer",
    "",
    by="cross-wallet",
)
weaken(
    "domain-without-wallet",
    "what the owner signs does not name the wallet",
    "signatures",
    "abi_encode(DOMAIN, chain.id, self)",
    "abi_encode(DOMAIN, chain.id)",
    by="weaker-domain",
)
weaken(
    "domain-without-chain",
    "what the owner signs does not name the chain",
    "signatures",
    "abi_encode(DOMAIN, chain.id, self)",
    "abi_encode(DOMAIN, self)",
    by="weaker-domain",
)
weaken(
    "install-over-a-live-session",
    "a session may be installed over a live one",
    "sessions",
    "    if session.header != 0 or entity_id == 0:\n",
    "    if entity_id == 0:\n",
    by="install-over-a-live-one",
)
weaken(
    "session-zero",
    "a session may have the owner's id, 0",
    "sessions",
    "    if session.header != 0 or entity_id == 0:\n",
    "    if session.header != 0:\n",
    by="session-of-id-zero",
)
weaken(
    "superseded-grant",
    "a grant that was signed before a revocation may be used after it",
    "sessions",
    "    if life != session.life:\n",
    "    if False:\n",
    by="revoked-before-use",
)
weaken(
    "end-forgotten",
    "the end of a session without a beginning is not kept",
    "sessions",
    "    if valid_until != 0 or valid_after != 0:\n",
    "    if valid_after != 0:\n",
    by="after-the-end",
)
weaken(
    "beginning-forgotten",
    "the beginning of a session without an end is not kept",
    "sessions",
    "    if valid_until != 0 or valid_after != 0:\n",
    "    if valid_until != 0:\n",
    by="before-the-beginning",
)
weaken(
    "inverted-window",
    "a window may end before it begins",
    "sessions",
    "        if valid_until != 0 and valid_after >= valid_until:\n",
    "        if False:\n",
    by="inverted-window",
)
weaken(
    "empty-window",
    "a window may end when it begins",
    "sessions",
    "        if valid_until != 0 and valid_after >= valid_until:\n",
    "        if valid_until != 0 and valid_after > valid_until:\n",
    by="inverted-window",
)
weaken(
    "lists-stay",
    "a revocation leaves lists and allowances",
    "sessions",
    "rules._say(rules.REVOCATION_IS_TOTAL)",
    "rules._say(0)",
    by="stale-allowlist",
)
weaken(
    "nothing-cleared",
    "a revocation with hook data leaves lists and allowances",
    "sessions",
    "    if cleared:\n",
    "    if False:\n",
    by="stale-allowlist",
)
weaken(
    "revocation-leaves-the-key",
    "a revoked key goes on",
    "sessions",
    "    self.headers[entity_id] = 0\n",
    "",
    by="revoked-root",
)
weaken(
    "revocation-leaves-signed-grants",
    "a signed grant survives the revocation of its session",
    "sessions",
    "    self.lives[entity_id] += 1\n",
    "",
    by="revoked-before-use",
)
weaken(
    "revocation-not-remembered",
    "a revocation leaves no mark for the rest of the bundle",
    "sessions",
    "    self.ended[entity_id] = True\n",
    "",
    by="revoked-in-the-bundle",
)
