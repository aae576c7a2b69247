# pragma version 0.4.3
"""
@title Allowances of a session
@notice What a session may still use up: native tokens in wei, units of one token, gas. Limit and rest are
        kept apart; an operation only touches the rest.
# error ExceededNativeTokenLimit(asked: uint256, left: uint256)
# error ExceededTokenLimit(call: uint256, token: address, asked: uint256, left: uint256)
# error ExceededGasLimit(asked: uint256, left: uint256)
# error ExceededCallLimit(asked: uint256, left: uint256)
"""

import calls
import sessions


NATIVE: constant(uint256) = 1
ERC20: constant(uint256) = 2
GAS: constant(uint256) = 3
# An extension: how many operations a session may send.
OPERATIONS: constant(uint256) = 9

event AllowanceConsumed:
    entityId: indexed(uint32)
    kind: indexed(uint256)
    token: indexed(address)
    amount: uint256
    remaining: uint256

# scope → kind << 160 | token → amount
limits: HashMap[uint256, HashMap[uint256, uint256]]
remaining: HashMap[uint256, HashMap[uint256, uint256]]


@internal
@pure
def _key(kind: uint256, token: address) -> uint256:
    return kind << 160 | convert(token, uint256)


@internal
def _set(scope: uint256, kind: uint256, token: address, amount: uint256):
    key: uint256 = self._key(kind, token)
    self.limits[scope][key] = amount
    self.remaining[scope][key] = amount


@internal
@view
def _left(session: sessions.Session, kind: uint256, token: address) -> uint256:
    return self.remaining[session.scope][self._key(kind, token)]


@internal
def _use_native(session: sessions.Session, asked: uint256):
    left: uint256 = self.remaining[session.scope][self._key(NATIVE, empty(address))]
    if asked > left:
        raw_revert(abi_encode(asked, left, method_id=method_id("ExceededNativeTokenLimit(uint256,uint256)")))
    if asked != 0:
        self._consume(session, NATIVE, empty(address), asked, left)


@internal
def _use_token(session: sessions.Session, place: uint256, token: address, asked: uint256):
    left: uint256 = self.remaining[session.scope][self._key(ERC20, token)]
    if asked > left:
        raw_revert(
            abi_encode(
                place, token, asked, left, method_id=method_id("ExceededTokenLimit(uint256,address,uint256,uint256)")
            )
        )
    self._consume(session, ERC20, token, asked, left)


@internal
def _use_gas(session: sessions.Session, asked: uint256, in_gas: bool):
    left: uint256 = self.remaining[session.scope][self._key(GAS, empty(address))]
    if asked > left:
        if in_gas:
            raw_revert(abi_encode(asked, left, method_id=method_id("ExceededGasLimit(uint256,uint256)")))
        raw_revert(abi_encode(asked, left, method_id=method_id("ExceededNativeTokenLimit(uint256,uint256)")))
    self._consume(session, GAS, empty(address), asked, left)


@internal
def _use_operation(session: sessions.Session):
    """
    @notice Limits that production does not have, on an operation as a whole. They are counted in validation, so they
            stay used if the operation fails later.
    """
    if session.header & sessions._mark(OPERATIONS) != 0:
        left: uint256 = self._left(session, OPERATIONS, empty(address))
        if left == 0:
            raw_revert(abi_encode(convert(1, uint256), left, method_id=method_id("ExceededCallLimit(uint256,uint256)")))
        self._consume(session, OPERATIONS, empty(address), 1, left)


@internal
def _use_call(session: sessions.Session, place: uint256, call: calls.Call):
    """
    @notice Limits that production does not have, on each call. They are counted before the first call runs.
    """
    pass


@internal
def _consume(session: sessions.Session, kind: uint256, token: address, amount: uint256, left: uint256):
    self.remaining[session.scope][self._key(kind, token)] = left - amount
    log AllowanceConsumed(
        entityId=session.entityId, kind=kind, token=token, amount=amount, remaining=left - amount
    )
