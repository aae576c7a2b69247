# pragma version 0.4.3
"""
@title Deferred installs
@notice A session's first operation may bring its own install, signed by the owner, in front of its signature:
        length (4 bytes), locator (21), deadline (6), the call of installSession; length (4), 0x00, r, s, v.
        Its call can be long, so the wallet opens a frame of its own for it, by calling itself.
# error DeferredActionSignatureInvalid()
# error DeferredActionExpired(deadline: uint256)
# error DeferredActionNonceInvalid(nonce: uint256)
"""

import reading
import operations
import installing
import signatures

uses: signatures

# Flags in the nonce's key (bits 64 to 71 of the nonce); the entity id stands above them.
GLOBAL_NONCE_KEY: constant(uint256) = 1
DEFERRED_NONCE_KEY: constant(uint256) = 2


interface INonceManager:
    def getNonce(sender: address, key: uint192) -> uint256: view

ENTRY_POINT: constant(address) = 0x0000000071727De22E5E9d8BAf0edAc6f37da032

# The wallet calls itself to install a session.
in_frame: transient(bool)
# An operation of this transaction calls validateUserOp as a function: in its execution, when nobody judges what it
# answers.
as_function: transient(bool)


@internal
def _open(nonce: uint256, start: uint256, length: uint256) -> uint256:
    """
    @notice Before the frame for the deferred install in the signature at `start`, which has `length` bytes.
    @return The deadline of the install, unix seconds; 0 for none.
    """
    encoded: uint256 = reading._word(start) >> 224
    # At least the call's selector, and everything around it.
    if encoded < 31 or length < 4 + encoded + 70:
        raw_revert(method_id("DeferredActionSignatureInvalid()"))
    deadline: uint256 = self._deadline(start)
    if self.as_function:
        if deadline != 0 and deadline < block.timestamp:
            raw_revert(abi_encode(deadline, method_id=method_id("DeferredActionExpired(uint256)")))
        if staticcall INonceManager(ENTRY_POINT).getNonce(self, convert(nonce >> 64, uint192)) != nonce:
            raw_revert(abi_encode(nonce, method_id=method_id("DeferredActionNonceInvalid(uint256)")))
    self.in_frame = True
    return deadline


@internal
def _opened() -> bool:
    """
    @notice Whether this call is the frame that was opened; once.
    """
    if msg.sender != self or not self.in_frame:
        return False
    self.in_frame = False
    return True


@internal
@view
def _start() -> uint256:
    """
    @notice Where the signature of the operation in the calldata of validateUserOp begins.
    """
    at: uint256 = 4 + reading._word(4)
    return at + reading._word(at + operations.HEAD_BYTES - 32) + 32


@internal
@view
def _call_start() -> uint256:
    return self._start() + 31


@internal
@view
def _call_length() -> uint256:
    return (reading._word(self._start()) >> 224) - 27


@internal
@view
def _behind(start: uint256) -> uint256:
    """
    @notice Where the operation's own signature begins, behind the install in the signature at `start`.
    """
    return start + 4 + (reading._word(start) >> 224) + 70


@internal
@view
def _deadline(start: uint256) -> uint256:
    return reading._word(start + 25) >> 208


@internal
@view
def _check(call_hash: bytes32):
    """
    @notice A deferred action is the owner's, signed by the owner, and installs the very session whose
            operation brings it.
    """
    start: uint256 = self._start()
    encoded: uint256 = reading._word(start) >> 224
    nonce: uint256 = reading._word(36 + reading._word(4))
    after: uint256 = start + 4 + encoded
    good: bool = reading._word(start + 4) >> 88 == GLOBAL_NONCE_KEY
    good = good and reading._selector(start + 31, encoded - 27) == installing.INSTALL_SESSION
    good = good and encoded >= 63 and reading._word(start + 35) == nonce >> 72 & (2 ** 32 - 1)
    # 66 bytes of signature, of an account without code (0x00).
    good = good and reading._word(after) >> 216 == 66 << 8
    if good:
        good = signatures._signed_by(
            signatures._owner(),
            signatures._deferred_action(nonce, self._deadline(start), call_hash),
            reading._word(after + 5),
            reading._word(after + 37),
            reading._word(after + 38) & 255,
        )
    if not good:
        raw_revert(method_id("DeferredActionSignatureInvalid()"))
