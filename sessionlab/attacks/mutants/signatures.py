"""Mutants of signature checks and of deferred installs."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_deferral = partial(Mutant, module="deferral")
_signatures = partial(Mutant, module="signatures")

MUTANTS = (
    _deferral(
        "deferred-by-anybody",
        "what a deferred action runs as is not looked at",
        "reading._word(start + 4) >> 88 == GLOBAL_NONCE_KEY",
        "True",
        attack="bent-envelope",
    ),
    _deferral(
        "deferred-anything",
        "a deferred action may be any call",
        "reading._selector(start + 31, encoded - 27) == installing.INSTALL_SESSION",
        "True",
        attack="deferred-something-else",
    ),
    _deferral(
        "deferred-for-another",
        "a deferred install may be another session's than the operation's",
        " and reading._word(start + 35) == nonce >> 72 & (2 ** 32 - 1)",
        attack="deferred-other-session",
    ),
    _deferral(
        "deferred-signature-of-any-kind",
        "length and kind of a deferred action's signature are not looked at",
        "reading._word(after) >> 216 == 66 << 8",
        "True",
        attack="bent-envelope",
    ),
    _deferral(
        "deferred-unsigned",
        "the owner's signature over a deferred action is not looked at",
        "if good:",
        NEVER,
        attack="bent-deferral",
    ),
    _deferral(
        "deferred-never-refused",
        "a bad deferred action is let through",
        "if not good:",
        NEVER,
        attack="deferred-other-session",
    ),
    _deferral(
        "deferred-shorter-than-a-selector",
        "a deferred action may be shorter than a selector",
        "encoded < 31 or ",
        equivalent="its length minus what stands around it would be less than zero, which Vyper refuses.",
    ),
    _deferral(
        "deferred-longer-than-the-signature",
        "a deferred action may be longer than the signature that holds it",
        " or length < 4 + encoded + 70",
        equivalent="the rest of the signature would have less than no bytes, which Vyper refuses.",
    ),
    _deferral(
        "deferred-without-an-id",
        "a deferred install may end before the session's id",
        "encoded >= 63 and ",
        equivalent="installSession, which it calls, refuses what has no id.",
    ),
    _signatures("disabled-owner", "a disabled owner goes on", "if self.owner_disabled:", NEVER, attack="zero-signer"),
    _signatures("high-s", "both forms of a signature are taken", "s > HALF_ORDER or ", attack="bent-signature"),
    _signatures(
        "nobody-signs", "the zero address counts as a signer", "signer != empty(address) and ", attack="zero-signer"
    ),
    _signatures(
        "any-signer",
        "whose signature it is is not looked at",
        " and ecrecover(hash, v, r, s) == signer",
        attack="cross-wallet",
    ),
    _signatures(
        "domain-without-wallet",
        "what the owner signs does not name the wallet",
        "abi_encode(DOMAIN, chain.id, self)",
        "abi_encode(DOMAIN, chain.id)",
        attack="weaker-domain",
    ),
    _signatures(
        "domain-without-chain", "what the owner signs does not name the chain", "chain.id, ", attack="weaker-domain"
    ),
    _signatures(
        "delegated-account-without-owner",
        "an account that delegates to the wallet does not own itself",
        "if self.stored_owner == empty(address):",
        NEVER,
    ),
)
