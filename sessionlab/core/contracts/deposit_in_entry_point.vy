# pragma version 0.4.3
"""
@title A paymaster's deposit
@notice The sponsor pays in and takes out; the EntryPoint charges it.
# error NotSponsor(caller: address)
"""

interface IEntryPoint:
    def depositTo(account: address): payable
    def withdrawTo(withdrawAddress: address, withdrawAmount: uint256): nonpayable

ENTRY_POINT: constant(address) = 0x0000000071727De22E5E9d8BAf0edAc6f37da032

sponsor: public(immutable(address))


@deploy
def __init__(sponsor_: address):
    sponsor = sponsor_


@external
@payable
def deposit():
    """
    @notice Adds the value sent to the paymaster's deposit.
    """
    extcall IEntryPoint(ENTRY_POINT).depositTo(self, value=msg.value)


@external
def withdrawTo(to: address, amount: uint256):
    """
    @notice The sponsor takes `amount` wei of the deposit out.
    """
    if msg.sender != sponsor:
        raw_revert(abi_encode(msg.sender, method_id=method_id("NotSponsor(address)")))
    extcall IEntryPoint(ENTRY_POINT).withdrawTo(to, amount)
