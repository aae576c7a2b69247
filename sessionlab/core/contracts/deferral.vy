# pragma version 0.4.3
"""
@title Deferred installs
@notice A session's first operation may bring its own install, signed by the owner, in front of its signature:
        length (4 bytes), locator (21), deadline (6), the call of installSession; length (4), 0x00, r, s, v.
# error DeferredActionSignatureInvalid()
"""

import reading
import installing
import signatures

uses: signatures

# Flags in the nonce's key (bits 64 to 71 of the nonce); the entity id stands above them.
GLOBAL_NONCE_KEY: constant(uint256) = 1
DEFERRED_NONCE_KEY: constant(uint256) = 2


@internal
@view
def _deferred_length(start: uint256, length: uint256) -> uint256:
    """
    @notice Length of locator, deadline and call of the deferred action in the signature at `start`.
    """
    encoded: uint256 = reading._word(start) >> 224
    # At least the call's selector, and everything around it.
    if encoded < 31 or length < 4 + encoded + 70:
        raw_revert(method_id("DeferredActionSignatureInvalid()"))
    return encoded


@internal
@view
def _deadline(start: uint256) -> uint256:
    return reading._word(start + 25) >> 208


@internal
@view
def _check_deferred(nonce: uint256, start: uint256, encoded: uint256, hash: bytes32):
    """
    @notice A deferred action is the owner's, signed by the owner, and installs the very session whose
            operation brings it.
    """
    after: uint256 = start + 4 + encoded
    good: bool = reading._word(start + 4) >> 88 == GLOBAL_NONCE_KEY
    good = good and reading._selector(start + 31, encoded - 27) == installing.INSTALL_SESSION
    good = good and encoded >= 63 and reading._word(start + 35) == nonce >> 72 & (2 ** 32 - 1)
    # 66 bytes of signature, of an account without code (0x00).
    good = good and reading._word(after) >> 216 == 66 << 8
    if good:
        good = signatures._signed_by(
            signatures._owner(),
            hash,
            reading._word(after + 5),
            reading._word(after + 37),
            reading._word(after + 38) & 255,
        )
    if not good:
        raw_revert(method_id("DeferredActionSignatureInvalid()"))
