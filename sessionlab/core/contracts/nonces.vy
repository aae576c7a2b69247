# pragma version 0.4.3
"""
@title Nonce keys of the EntryPoint
@notice ERC-4337 (v0.7) NonceManager: a nonce is a 192-bit key and a 64-bit sequence number.
        Operations with different keys do not wait for each other.
"""

# account → key → next sequence number
nonceSequenceNumber: public(HashMap[address, HashMap[uint192, uint256]])


@external
@view
def getNonce(sender: address, key: uint192) -> uint256:
    """
    @notice The next nonce of `sender` with `key`, the key included.
    """
    return self.nonceSequenceNumber[sender][key] | (convert(key, uint256) << 64)


@external
def incrementNonce(key: uint192):
    """
    @notice Skips one nonce of the caller: an operation signed for it can never be included.
    """
    self.nonceSequenceNumber[msg.sender][key] += 1


@internal
def _use(sender: address, nonce: uint256) -> bool:
    """
    @notice True and one further, iff `nonce` is the next one of its key.
    """
    key: uint192 = convert(nonce >> 64, uint192)
    next: uint256 = self.nonceSequenceNumber[sender][key]
    if next != nonce & (2 ** 64 - 1):
        return False
    self.nonceSequenceNumber[sender][key] = next + 1
    return True
