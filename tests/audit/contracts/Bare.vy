# pragma version 0.4.3
"""
@title Bare: a token with what ERC-20 requires and nothing optional, neither decimals nor a symbol
@license MIT
"""

event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    amount: uint256


event Approval:
    owner: indexed(address)
    spender: indexed(address)
    amount: uint256


totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])


@deploy
def __init__(holder: address, amount: uint256):
    self.totalSupply = amount
    self.balanceOf[holder] = amount
    log Transfer(sender=empty(address), receiver=holder, amount=amount)


@external
def transfer(to: address, amount: uint256) -> bool:
    self._move(msg.sender, to, amount)
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    log Approval(owner=msg.sender, spender=spender, amount=amount)
    return True


@external
def transferFrom(holder: address, to: address, amount: uint256) -> bool:
    self.allowance[holder][msg.sender] -= amount
    self._move(holder, to, amount)
    return True


@internal
def _move(holder: address, to: address, amount: uint256):
    self.balanceOf[holder] -= amount
    self.balanceOf[to] += amount
    log Transfer(sender=holder, receiver=to, amount=amount)
