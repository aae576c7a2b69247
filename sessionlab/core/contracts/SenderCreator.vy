# pragma version 0.4.3
"""
@title SenderCreator
@notice Calls account factories for the EntryPoint. It is a contract of its own, so that a factory is
        never called by the EntryPoint, whose word accounts and paymasters trust.
"""

# Vyper needs a bound for what lies in memory; the EntryPoint refuses by name what is over it.
MAX_INIT_CODE: constant(uint256) = 2_048


@external
def createSender(initCode: Bytes[MAX_INIT_CODE]) -> address:
    """
    @notice Calls the factory named by the first 20 bytes of `initCode` with the rest.
    @return The account that the factory says it made; zero when it failed.
    """
    factory: address = convert(convert(slice(initCode, 0, 20), bytes20), address)
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        factory, slice(initCode, 20, len(initCode) - 20), max_outsize=32, revert_on_failure=False
    )
    if not success:
        return empty(address)
    # A shorter answer is read with zeros behind it, as v0.7 does.
    word: uint256 = convert(slice(concat(answer, empty(bytes32)), 0, 32), uint256)
    return convert(word & (2 ** 160 - 1), address)
