# pragma version 0.4.3
"""
@title Token: an ERC-20 token to play with
@license MIT
@notice A plain token: no owner, no mint, no pause, no special case for an infinite allowance.
        It has no constructor, so that a genesis can place its code and write its storage.
        Names and supply are storage variables; `Artifact.slot` finds the slot of each.
@dev A call with value, an unknown selector or malformed arguments reverts without data.
        Bytes after the arguments are ignored.
"""
from ethereum.ercs import IERC20

implements: IERC20

# error InsufficientBalance(asked: uint256, left: uint256)
# error InsufficientAllowance(asked: uint256, left: uint256)

# Slot 0: units that each address holds.
balanceOf: public(HashMap[address, uint256])
# Slot 1: holder -> spender -> units that the spender may still move.
allowance: public(HashMap[address, HashMap[address, uint256]])
# Slot 2: the sum of all balances; a genesis must keep it so.
totalSupply: public(uint256)
# Slot 3.
decimals: public(uint8)
# Slots 4 (length) and 5 (text).
name: public(String[32])
# Slots 6 (length) and 7 (text).
symbol: public(String[32])


@external
def transfer(to: address, amount: uint256) -> bool:
    """
    @notice Moves `amount` units of the caller to `to`.
    """
    self._move(msg.sender, to, amount)
    return True


@external
def transferFrom(holder: address, to: address, amount: uint256) -> bool:
    """
    @notice Moves `amount` units of `holder` to `to` and uses up the caller's allowance by as much.
    """
    self._use_allowance(holder, amount)
    self._move(holder, to, amount)
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    """
    @notice Lets `spender` move `amount` units of the caller; replaces what was allowed before.
    """
    self._set_allowance(msg.sender, spender, amount)
    return True


@external
def increaseAllowance(spender: address, added: uint256) -> bool:
    """
    @notice Lets `spender` move `added` units of the caller on top of what was allowed before.
    """
    self._set_allowance(msg.sender, spender, self.allowance[msg.sender][spender] + added)
    return True


@internal
def _move(holder: address, to: address, amount: uint256):
    left: uint256 = self.balanceOf[holder]
    if amount > left:
        raw_revert(abi_encode(amount, left, method_id=method_id("InsufficientBalance(uint256,uint256)")))
    self.balanceOf[holder] = left - amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=holder, receiver=to, value=amount)


@internal
def _use_allowance(holder: address, amount: uint256):
    left: uint256 = self.allowance[holder][msg.sender]
    if amount > left:
        raw_revert(abi_encode(amount, left, method_id=method_id("InsufficientAllowance(uint256,uint256)")))
    self.allowance[holder][msg.sender] = left - amount


@internal
def _set_allowance(holder: address, spender: address, amount: uint256):
    self.allowance[holder][spender] = amount
    log IERC20.Approval(owner=holder, spender=spender, value=amount)
