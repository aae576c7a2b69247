# pragma version 0.4.3
"""
@title Vault: keeps the ETH of many players apart
@license MIT
@notice A small game economy for lessons and attacks: pay in, look, take out.
@dev Effects come before the transfer out, so that a receiver cannot take out twice.
"""

# error InsufficientDeposit(asked: uint256, left: uint256)
# error WithdrawalFailed()

event Deposited:
    player: indexed(address)
    amount: uint256


event Withdrawn:
    player: indexed(address)
    amount: uint256


# Slot 0: wei that each player can take out.
balanceOf: public(HashMap[address, uint256])
# Slot 1: the sum of all balances in wei; never more than the ETH of this contract.
totalDeposits: public(uint256)


@external
@payable
def deposit():
    """
    @notice Adds the value of the call to the caller's balance.
    """
    self._deposit(msg.sender, msg.value)


@external
def withdraw(amount: uint256):
    """
    @notice Sends `amount` wei of the caller's balance to the caller.
    """
    left: uint256 = self.balanceOf[msg.sender]
    if amount > left:
        raw_revert(abi_encode(amount, left, method_id=method_id("InsufficientDeposit(uint256,uint256)")))
    self.balanceOf[msg.sender] = left - amount
    self.totalDeposits -= amount
    log Withdrawn(player=msg.sender, amount=amount)
    if not raw_call(msg.sender, b"", value=amount, revert_on_failure=False):
        raw_revert(method_id("WithdrawalFailed()"))


@external
@payable
def __default__():
    """
    @notice A plain transfer is a deposit; anything else reverts without data.
    """
    assert len(msg.data) == 0
    self._deposit(msg.sender, msg.value)


@internal
def _deposit(player: address, amount: uint256):
    self.balanceOf[player] += amount
    self.totalDeposits += amount
    log Deposited(player=player, amount=amount)
