# pragma version 0.4.3
"""
@title Shop: takes ETH only in the amount that its argument says, so a probe with zeros finds that it takes none
@license MIT
"""

sold: public(HashMap[address, uint256])


@external
@payable
def buy(count: uint256):
    assert msg.value == count * 10 ** 18
    self.sold[msg.sender] += count
