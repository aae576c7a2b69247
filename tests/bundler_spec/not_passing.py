"""The tests of the suite that do not pass, each with the reason. One that passes again turns the run red."""

from __future__ import annotations

from collections.abc import Mapping

_SKIPPED = "The suite skips it by itself: @pytest.mark.skip."
_BY_THE_TEXT = (
    "ERC-7562 allows it (STO-022): there is a factory, and it is staked. The suite allows it to the account alone."
)
_NO_PROOF = (
    "The lab makes no proofs of its state (eth_getProof), by which the test reads a code's hash. The suite would skip "
    "it two lines later: since EIP-6780, no contract can be destroyed and made anew with other code."
)
_CONTEXT = (
    "This branch is of a time when ERC-7562 had removed EREP-050, by which an unstaked paymaster returns no context. "
    "The reference bundler enforces it again, and so does the lab."
)
_RULES = {
    "GREP-010-banned-entity-not-allowed-banned": ("sender", "paymaster", "factory"),
    "GREP-020-throttled-entity-allowed-limited-count-throttled": ("sender", "paymaster", "factory"),
    "UREP-010 UREP-020-unstaked-entity-allowed-function-unstaked": ("sender", "paymaster", "factory"),
}

NOT_PASSING: Mapping[str, str] = {
    **{
        f"bundle.test_bundle::test_mempool_reputation_rules_all_entities[{rule}-{entity}]": _SKIPPED
        for rule, entities in _RULES.items()
        for entity in entities
    },
    **{
        f"reputation.test_reputation::test_staked_entity_reputation_threshold[{case}_factory]": _SKIPPED
        for case in ("with", "without")
    },
    "bundle.test_codehash::test_codehash_changed": _NO_PROOF,
    "bundle.test_storage_rules::test_rule[[STO-022]unstaked][paymaster][account_reference_storage_init_code][drop1]": (
        _BY_THE_TEXT
    ),
    "bundle.test_storage_rules::test_rule[[EREP-050-regression]unstaked][paymaster][context][ok]": _CONTEXT,
}
