# pragma version 0.4.3
"""
@title Counter: the smallest contract that shows what a call did
@license MIT
@notice Counts. Also a payable function, one that always fails and one that calls on to a token,
        so that every way in which a session's call can end is at hand.
@dev Emits no events: its gas is what a session costs, not what a counter costs.
"""
from ethereum.ercs import IERC20

# error CounterFailed()

# Slot 0: the count.
number: public(uint256)


@external
def increment():
    """
    @notice Adds one to the count.
    """
    self.number += 1


@external
def add(amount: uint256):
    """
    @notice Adds `amount` to the count.
    """
    self.number += amount


@external
@payable
def deposit():
    """
    @notice Takes the value of the call, if any, and adds one to the count.
    """
    self.number += 1


@external
@payable
def fail():
    """
    @notice Always reverts with `CounterFailed`.
    """
    raw_revert(method_id("CounterFailed()"))


@external
def pull(token: address, holder: address, amount: uint256):
    """
    @notice Has `token` move `amount` units of `holder` to the caller; a refusal of the token comes through.
    """
    extcall IERC20(token).transferFrom(holder, msg.sender, amount)


@external
@payable
def __default__():
    """
    @notice Takes plain transfers; anything else reverts without data.
    """
    assert len(msg.data) == 0
