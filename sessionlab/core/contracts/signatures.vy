# pragma version 0.4.3
"""
@title Who signed
@notice ECDSA over secp256k1 with the checks that ecrecover leaves out: length, low s (EIP-2), v of 27 or 28.
        The owner is the address that the wallet was made for; an account that delegates by EIP-7702 is
        its own owner.
"""

# Half of the curve's order: of the two signatures (s and n - s) for one message only the low one counts.
HALF_ORDER: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168
DOMAIN: constant(bytes32) = keccak256("EIP712Domain(uint256 chainId,address verifyingContract)")
DEFERRED_ACTION: constant(bytes32) = keccak256("DeferredAction(uint256 nonce,uint48 deadline,bytes call)")
REPLAY_SAFE_HASH: constant(bytes32) = keccak256("ReplaySafeHash(bytes32 hash)")

event FallbackSignerUpdated:
    newFallbackSigner: indexed(address)
    isDisabled: bool

# Zero until it is set; see _owner.
stored_owner: address
owner_disabled: bool


@internal
@view
def _owner() -> address:
    """
    @notice The address whose key may do everything; zero when the owner was disabled.
    """
    if self.owner_disabled:
        return empty(address)
    if self.stored_owner == empty(address):
        return self
    return self.stored_owner


@internal
def _set_owner(owner: address, disabled: bool):
    self.stored_owner = owner
    self.owner_disabled = disabled
    log FallbackSignerUpdated(newFallbackSigner=owner, isDisabled=disabled)


@internal
@view
def _signed_by(signer: address, hash: bytes32, r: uint256, s: uint256, v: uint256) -> bool:
    """
    @notice Whether the key of `signer` signed `hash`; never for the zero address.
    """
    if s > HALF_ORDER or (v != 27 and v != 28):
        return False
    return signer != empty(address) and ecrecover(hash, v, r, s) == signer


@internal
@pure
def _personal(hash: bytes32) -> bytes32:
    """
    @notice What a wallet signs for 32 raw bytes (EIP-191, `personal_sign`).
    """
    return keccak256(concat(b"\x19Ethereum Signed Message:\n32", hash))


@internal
@view
def _typed(struct_hash: bytes32) -> bytes32:
    """
    @notice EIP-712 hash in this wallet's domain: this chain, this wallet, no name.
    """
    domain: bytes32 = keccak256(abi_encode(DOMAIN, chain.id, self))
    return keccak256(concat(x"1901", domain, struct_hash))


@internal
@view
def _deferred_action(nonce: uint256, deadline: uint256, call_hash: bytes32) -> bytes32:
    """
    @notice What the owner signs so that the first operation of a session can install it.
    """
    return self._typed(keccak256(abi_encode(DEFERRED_ACTION, nonce, deadline, call_hash)))


@internal
@view
def _replay_safe(hash: bytes32) -> bytes32:
    """
    @notice What is signed for ERC-1271 in place of `hash`, so that it counts for this wallet alone.
    """
    return self._typed(keccak256(abi_encode(REPLAY_SAFE_HASH, hash)))
