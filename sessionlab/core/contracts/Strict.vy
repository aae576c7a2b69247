# pragma version 0.4.3
"""
@title Strict: a contract that takes one call and nothing else
@license MIT
@notice No value, no empty data, no other function: all of that reverts without data.
"""


@external
def ping():
    """
    @notice Does nothing, successfully.
    """
    pass
