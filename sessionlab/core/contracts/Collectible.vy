# pragma version 0.4.3
"""
@title Collectible: an ERC-721 token to play with
@license MIT
@notice Things with an id, one owner each. Anyone may mint a free id to anyone: it is a toy.
@dev Approvals are cleared when a thing moves. An id that is not minted has no owner (zero).
"""
from ethereum.ercs import IERC165
from ethereum.ercs import IERC721

implements: IERC165
implements: IERC721

interface IERC721Receiver:
    def onERC721Received(operator: address, owner: address, id: uint256, data: Bytes[MAX_DATA]) -> bytes4: nonpayable

# error NotMinted(id: uint256)
# error AlreadyMinted(id: uint256)
# error NotOwner(id: uint256, asked: address)
# error NotApproved(id: uint256, operator: address)
# error ZeroAddress()
# error UnsafeReceiver(receiver: address)

# Bytes that `safeTransferFrom` can hand on to the receiver: as many as one call of a session may have.
MAX_DATA: constant(uint256) = 4_096

# Slot 0: how many things each address owns.
_balances: HashMap[address, uint256]
# Slot 1: id -> owner; zero is: not minted.
_owners: HashMap[uint256, address]
# Slot 2: id -> the one address that may move it besides its owner; zero is nobody.
_approved: HashMap[uint256, address]
# Slot 3: owner -> operator -> may move everything of the owner.
isApprovedForAll: public(HashMap[address, HashMap[address, bool]])


@external
def mint(to: address, id: uint256):
    """
    @notice Creates the thing `id` and gives it to `to`. Open to all.
    """
    if to == empty(address):
        raw_revert(method_id("ZeroAddress()"))
    if self._owners[id] != empty(address):
        raw_revert(abi_encode(id, method_id=method_id("AlreadyMinted(uint256)")))
    self._owners[id] = to
    self._balances[to] += 1
    log IERC721.Transfer(sender=empty(address), receiver=to, token_id=id)


@external
@payable
def transferFrom(owner: address, to: address, id: uint256):
    """
    @notice Moves the thing `id` of `owner` to `to`; for its owner, its approved address and operators.
    """
    self._move(owner, to, id)


@external
@payable
def safeTransferFrom(owner: address, to: address, id: uint256, data: Bytes[MAX_DATA] = b""):
    """
    @notice As `transferFrom`, and a receiver with code must agree by answering `onERC721Received`.
    """
    self._move(owner, to, id)
    if to.is_contract:
        answer: bytes4 = extcall IERC721Receiver(to).onERC721Received(msg.sender, owner, id, data)
        if answer != method_id("onERC721Received(address,address,uint256,bytes)", output_type=bytes4):
            raw_revert(abi_encode(to, method_id=method_id("UnsafeReceiver(address)")))


@external
@payable
def approve(approved: address, id: uint256):
    """
    @notice Lets `approved` move the thing `id` once; replaces who could before; zero is nobody.
    """
    owner: address = self._owner_of(id)
    if msg.sender != owner and not self.isApprovedForAll[owner][msg.sender]:
        raw_revert(abi_encode(id, msg.sender, method_id=method_id("NotApproved(uint256,address)")))
    self._approved[id] = approved
    log IERC721.Approval(owner=owner, approved=approved, token_id=id)


@external
def setApprovalForAll(operator: address, approved: bool):
    """
    @notice Lets `operator` move everything of the caller, now and later, or no longer.
    """
    self.isApprovedForAll[msg.sender][operator] = approved
    log IERC721.ApprovalForAll(owner=msg.sender, operator=operator, approved=approved)


@external
@view
def ownerOf(id: uint256) -> address:
    """
    @notice Who owns the thing `id`; `NotMinted` if it does not exist.
    """
    return self._owner_of(id)


@external
@view
def balanceOf(owner: address) -> uint256:
    """
    @notice How many things `owner` owns; the zero address owns none and is refused.
    """
    if owner == empty(address):
        raw_revert(method_id("ZeroAddress()"))
    return self._balances[owner]


@external
@view
def getApproved(id: uint256) -> address:
    """
    @notice Who may move the thing `id` besides its owner; `NotMinted` if it does not exist.
    """
    self._owner_of(id)
    return self._approved[id]


@external
@view
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice True for ERC-165 and ERC-721.
    """
    return interface_id in [0x01ffc9a7, 0x80ac58cd]


@internal
@view
def _owner_of(id: uint256) -> address:
    owner: address = self._owners[id]
    if owner == empty(address):
        raw_revert(abi_encode(id, method_id=method_id("NotMinted(uint256)")))
    return owner


@internal
@view
def _check_may_move(owner: address, id: uint256):
    if msg.sender != owner and msg.sender != self._approved[id] and not self.isApprovedForAll[owner][msg.sender]:
        raw_revert(abi_encode(id, msg.sender, method_id=method_id("NotApproved(uint256,address)")))


@internal
def _move(owner: address, to: address, id: uint256):
    if to == empty(address):
        raw_revert(method_id("ZeroAddress()"))
    if self._owner_of(id) != owner:
        raw_revert(abi_encode(id, owner, method_id=method_id("NotOwner(uint256,address)")))
    self._check_may_move(owner, id)
    self._approved[id] = empty(address)
    self._balances[owner] -= 1
    self._balances[to] += 1
    self._owners[id] = to
    log IERC721.Transfer(sender=owner, receiver=to, token_id=id)
