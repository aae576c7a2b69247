# pragma version 0.4.3
"""
@title The two rulesets, one switch
@notice Bit i of RULES is rule R(i+1) of the documentation; all zero is what the production contracts do
        (`deployed`). `sessionlab/core/permissions/rulesets.py` holds the same list, with the reasons.
"""

VALUE_NEEDS_PERMISSION: constant(uint256) = 1 << 0
NATIVE_REACHES_PLAIN_TRANSFERS: constant(uint256) = 1 << 1
GAS_LIMIT_COUNTS_GAS: constant(uint256) = 1 << 2
WILDCARD_REACHES_LISTED_TARGETS: constant(uint256) = 1 << 3
SELECTOR_HAS_FOUR_BYTES: constant(uint256) = 1 << 4
REVOCATION_IS_TOTAL: constant(uint256) = 1 << 5
SPEND_LIMITS_BIND_SPENDING_ONLY: constant(uint256) = 1 << 6
# Bit 7, R8, is a rule of the builder alone.
VALIDATION_IS_PRIVILEGED: constant(uint256) = 1 << 8

# Bit 128 + k allows rows of kind k, which production does not have.
FIRST_EXTENSION: constant(uint256) = 128

RULES: immutable(uint256)


@deploy
def __init__(bits: uint256):
    RULES = bits


@internal
@view
def _documented(rule: uint256) -> bool:
    return RULES & rule != 0
