# pragma version 0.4.3
"""
@title Interfaces for other contracts
@notice ERC-1271 signatures (the owner signs for the wallet, and a session key cannot), ERC-721 receipt, ERC-165.
# error SignatureValidationInvalid(entityId: uint32)
"""

import signatures

uses: signatures

MAGIC_1271: constant(bytes4) = 0x1626ba7e


@external
@view
def isValidSignature(hash: bytes32, signature: Bytes[1024]) -> bytes4:
    """
    @notice ERC-1271. Takes 0x00, the entity id in 4 bytes, 0xff00, r, s, v; the owner signs the wallet's
            ReplaySafeHash of `hash`. A session key cannot sign for the wallet.
    """
    if len(signature) != 72 or slice(signature, 0, 1) != b"\x00" or slice(signature, 5, 2) != b"\xff\x00":
        return 0xffffffff
    entity_id: uint32 = convert(convert(slice(signature, 1, 4), bytes4), uint32)
    if entity_id != 0:
        raw_revert(abi_encode(entity_id, method_id=method_id("SignatureValidationInvalid(uint32)")))
    if signatures._signed_by(
        signatures._owner(),
        signatures._replay_safe(hash),
        convert(slice(signature, 7, 32), uint256),
        convert(slice(signature, 39, 32), uint256),
        convert(slice(signature, 71, 1), uint256),
    ):
        return MAGIC_1271
    return 0xffffffff


@external
@pure
def onERC721Received(operator: address, sender: address, tokenId: uint256, data: Bytes[1024]) -> bytes4:
    """
    @notice ERC-721: the wallet can hold collectibles.
    """
    return 0x150b7a02


@external
@pure
def supportsInterface(interfaceId: bytes4) -> bool:
    """
    @notice ERC-165: itself, ERC-1271, the ERC-721 receiver, and ERC-4337's IAccount and IAccountExecute.
    """
    return interfaceId in [0x01ffc9a7, 0x1626ba7e, 0x150b7a02, 0x19822f7c, 0x8dd7712f]
