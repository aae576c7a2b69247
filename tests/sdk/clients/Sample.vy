# pragma version 0.4.3
"""
@title Sample: what the users of a client do with a contract, and each way to be refused by it
@license MIT
"""

# error Exceeded(asked: uint256, left: uint256)
# error Panic(code: uint256)

event Stored:
    by: indexed(address)
    number: indexed(uint256)
    before: uint256
    note: String[64]


struct Pair:
    first: uint256
    second: address


# Slot 0.
number: public(uint256)


@deploy
@payable
def __init__(number: uint256):
    self.number = number


@external
def store(number: uint256, note: String[64]) -> uint256:
    """
    @return What was stored before.
    """
    before: uint256 = self.number
    self.number = number
    log Stored(by=msg.sender, number=number, before=before, note=note)
    return before


@external
@payable
def pay():
    log Stored(by=msg.sender, number=msg.value, before=self.number, note="paid")


@external
def demand(gas_left: uint256):
    """
    @notice Passes with this much gas alone, though it uses far less.
    """
    assert msg.gas > gas_left, "not enough gas left"
    self.number += 1


@external
@view
def context() -> (uint256, uint256, uint256, address):
    """
    @return Number, time and base fee of the block in which the call runs, and who calls.
    """
    return block.number, block.timestamp, block.basefee, msg.sender


@external
@pure
def swap(pairs: DynArray[Pair, 4], data: Bytes[64]) -> (DynArray[Pair, 4], Bytes[64]):
    """
    @return The pairs in the opposite order, and the data.
    """
    swapped: DynArray[Pair, 4] = []
    for i: uint256 in range(len(pairs), bound=4):
        swapped.append(pairs[len(pairs) - 1 - i])
    return swapped, data


@external
@payable
def refuse():
    assert False, "the sample refuses"


@external
@payable
def exceed(asked: uint256):
    raw_revert(abi_encode(asked, self.number, method_id=method_id("Exceeded(uint256,uint256)")))


@external
@payable
def panic():
    """
    @notice As Solidity does when a sum is too large.
    """
    raw_revert(abi_encode(convert(17, uint256), method_id=method_id("Panic(uint256)")))


@external
@payable
def fail():
    """
    @notice Reverts without data.
    """
    raw_revert(b"")


@external
@payable
def __default__():
    """
    @notice Takes plain transfers, as a delegated account must.
    """
    assert len(msg.data) == 0
