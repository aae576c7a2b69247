# pragma version 0.4.3
"""
@title Read-only views of the wallet's sessions
"""

import sessions
import allowances
import reach
import signatures

uses: sessions
uses: allowances
uses: reach
uses: signatures


@external
@view
def owner() -> address:
    """
    @notice The address whose key may do everything; zero when disabled.
    """
    return signatures._owner()


@external
@view
def session(entityId: uint32) -> (address, uint256, uint256, uint256, uint256):
    """
    @notice Of one session: its key (zero: not installed), the marks of `sessions.vy`, its window as
            ERC-4337 validationData, its generation (how often the id was revoked), and the scope of its lists.
    """
    found: sessions.Session = sessions._session(entityId)
    return (
        convert(found.header & (2 ** 160 - 1), address),
        found.header >> 160,
        sessions._window(found),
        found.generation,
        found.scope,
    )


@external
@view
def allowance(entityId: uint32, kind: uint256, token: address) -> (uint256, uint256):
    """
    @notice Limit and remainder of one allowance: kind 1 native (wei), 2 ERC-20 (units), 3 gas (wei or gas), or the
            kind of an extension (`allowances.vy`).
    """
    scope: uint256 = sessions._session(entityId).scope
    key: uint256 = allowances._key(kind, token)
    return allowances.limits[scope][key], allowances.remaining[scope][key]


@external
@view
def reaches(entityId: uint32, target: address, selector: bytes4) -> (uint256, bool, bool):
    """
    @notice What is kept about one function of one target: the target's marks (`reach.vy`), whether it is
            in the target's list, and whether it is in the list for all contracts.
    """
    found: sessions.Session = sessions._session(entityId)
    listed: bool = reach.functions[found.scope][reach._key(target, selector)]
    if target == self:
        listed = reach._is_account_function(found, selector)
    return (
        reach.targets[found.scope][target],
        listed,
        reach.functions[found.scope][reach._key(empty(address), selector)],
    )
