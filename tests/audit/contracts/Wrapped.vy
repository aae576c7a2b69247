# pragma version 0.4.3
"""
@title Wrapped: ETH as a token, as WETH9 has it: no event of ERC-20 says who paid in
@license MIT
"""

event Deposit:
    holder: indexed(address)
    amount: uint256


symbol: public(String[4])
decimals: public(uint8)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])


@deploy
def __init__():
    self.symbol = "WETH"
    self.decimals = 18


@external
@payable
def deposit():
    self.balanceOf[msg.sender] += msg.value
    log Deposit(holder=msg.sender, amount=msg.value)


@external
def withdraw(amount: uint256):
    self.balanceOf[msg.sender] -= amount
    raw_call(msg.sender, b"", value=amount)


@external
def transfer(to: address, amount: uint256) -> bool:
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[to] += amount
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    return True


@external
def transferFrom(holder: address, to: address, amount: uint256) -> bool:
    if holder != msg.sender:
        self.allowance[holder][msg.sender] -= amount
    self.balanceOf[holder] -= amount
    self.balanceOf[to] += amount
    return True
