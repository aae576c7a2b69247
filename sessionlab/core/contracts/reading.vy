# pragma version 0.4.3
"""
@title Reading calldata where it lies
@notice Vyper copies typed `Bytes` arguments into buffers of their largest size, and memory is paid
        by its highest word. A user operation has four such fields, so the EntryPoint and the wallet
        read the words that they need from the calldata itself. One more gain: what a rule checks and
        what is later executed are the same bytes at the same place.
# error NonCanonicalCalldata(position: uint256)
"""


@internal
@view
def _word(position: uint256) -> uint256:
    """
    @notice The 32 bytes at `position`; reverts past the end of the calldata.
    """
    return convert(slice(msg.data, position, 32), uint256)


@internal
@view
def _selector(position: uint256, length: uint256) -> bytes4:
    """
    @notice The first four of `length` bytes at `position`, zero-padded when there are fewer.
            Read backwards, so that it never needs bytes behind the calldata's end.
    """
    if length == 0:
        return empty(bytes4)
    taken: uint256 = min(length, 4)
    last: uint256 = self._word(position + taken - 32) & (256 ** taken - 1)
    return convert(convert(last << (8 * (4 - taken)), uint32), bytes4)


@internal
@view
def _fail(position: uint256):
    raw_revert(abi_encode(position, method_id=method_id("NonCanonicalCalldata(uint256)")))


@internal
@view
def _address(position: uint256) -> address:
    """
    @notice The address in the word at `position`; dirty upper bits are refused.
    """
    word: uint256 = self._word(position)
    if word >> 160 != 0:
        self._fail(position)
    return convert(word, address)
