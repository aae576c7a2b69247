# pragma version 0.4.3
"""
@title What a session may call
@notice Targets and functions, kept in mappings: a check costs the same with one permission and with a hundred.
# error AddressNotAllowed(call: uint256, target: address)
# error SelectorNotAllowed(call: uint256, target: address, selector: bytes4)
# error NoSelectorSpecified(call: uint256, target: address)
# error NativeTransferNotAllowed(call: uint256, target: address, amount: uint256)
"""

import rules
import calls
import sessions

uses: rules

# Marks of a target that a permission names.
LISTED: constant(uint256) = 1
# The last permission that names it limits the functions; decides under the deployed rules.
SELECTOR_LIST: constant(uint256) = 2
# A contract-access permission names it; decides under the documented rules.
OPEN: constant(uint256) = 4
# Its transfers and approvals count against an allowance.
LIMITED_TOKEN: constant(uint256) = 8

# scope → target → marks
targets: HashMap[uint256, HashMap[address, uint256]]
# scope → target and selector (target zero: any target) → allowed
functions: HashMap[uint256, HashMap[bytes32, bool]]


@internal
@pure
def _key(target: address, selector: bytes4) -> bytes32:
    return convert(convert(target, uint256) << 32 | convert(convert(selector, uint32), uint256), bytes32)


@internal
def _allow_target(scope: uint256, target: address, marks: uint256):
    """
    @notice Lists `target`. Whether its functions are limited is what the last permission says; the other
            marks stay once they are set.
    """
    self.targets[scope][target] = (self.targets[scope][target] & ~SELECTOR_LIST) | LISTED | marks


@internal
def _allow_function(scope: uint256, target: address, selector: bytes4):
    self.functions[scope][self._key(target, selector)] = True


@internal
@pure
def _account_scope(session: sessions.Session) -> uint256:
    """
    @notice Where the granted functions of the wallet itself are kept. They end with the session in any
            case, while its other lists may outlive it (deployed).
    """
    return 1 << 255 | session.generation << 32 | convert(session.entityId, uint256)


@internal
def _allow_account_function(session: sessions.Session, selector: bytes4) -> bool:
    """
    @notice False when it was allowed already.
    """
    scope: uint256 = self._account_scope(session)
    key: bytes32 = self._key(self, selector)
    if self.functions[scope][key]:
        return False
    self.functions[scope][key] = True
    return True


@internal
@view
def _is_account_function(session: sessions.Session, selector: bytes4) -> bool:
    return self.functions[self._account_scope(session)][self._key(self, selector)]


@internal
@view
def _is_limited_token(scope: uint256, target: address) -> bool:
    return self.targets[scope][target] & LIMITED_TOKEN != 0


@internal
@view
def _check(session: sessions.Session, place: uint256, call: calls.Call):
    """
    @notice Reverts, with the reason, unless a permission of the session reaches the call.
    """
    marks: uint256 = self.targets[session.scope][call.target]
    if rules._documented(rules.WILDCARD_REACHES_LISTED_TARGETS):
        self._check_union(session, place, call, marks)
    else:
        self._check_by_target(session.scope, place, call, marks)
    if call.amount != 0 and rules._documented(rules.VALUE_NEEDS_PERMISSION):
        if session.header & sessions.NATIVE_LIMIT == 0:
            raw_revert(
                abi_encode(
                    place,
                    call.target,
                    call.amount,
                    method_id=method_id("NativeTransferNotAllowed(uint256,address,uint256)"),
                )
            )


@internal
@view
def _check_by_target(scope: uint256, place: uint256, call: calls.Call, marks: uint256):
    """
    @notice Deployed: a listed target is judged by its own list alone, any other by the functions on all contracts.
    """
    if marks & LISTED == 0:
        if not self.functions[scope][self._key(empty(address), call.selector)]:
            self._refuse_target(place, call)
    elif marks & SELECTOR_LIST != 0:
        if call.length < 4:
            self._refuse_no_selector(place, call)
        if not self.functions[scope][self._key(call.target, call.selector)]:
            self._refuse_selector(place, call)


@internal
@view
def _check_union(session: sessions.Session, place: uint256, call: calls.Call, marks: uint256):
    """
    @notice Documented: one permission that reaches the call is enough.
    """
    if marks & OPEN != 0:
        return
    if call.length == 0 and session.header & sessions.NATIVE_LIMIT != 0:
        if rules._documented(rules.NATIVE_REACHES_PLAIN_TRANSFERS):
            return
    if call.length >= 4 or not rules._documented(rules.SELECTOR_HAS_FOUR_BYTES):
        if self.functions[session.scope][self._key(call.target, call.selector)]:
            return
        if self.functions[session.scope][self._key(empty(address), call.selector)]:
            return
        if call.target == self and self._is_account_function(session, call.selector):
            return
    if marks & LISTED == 0:
        self._refuse_target(place, call)
    if call.length < 4:
        self._refuse_no_selector(place, call)
    self._refuse_selector(place, call)


@internal
@pure
def _refuse_target(place: uint256, call: calls.Call):
    raw_revert(abi_encode(place, call.target, method_id=method_id("AddressNotAllowed(uint256,address)")))


@internal
@pure
def _refuse_no_selector(place: uint256, call: calls.Call):
    raw_revert(abi_encode(place, call.target, method_id=method_id("NoSelectorSpecified(uint256,address)")))


@internal
@pure
def _refuse_selector(place: uint256, call: calls.Call):
    raw_revert(
        abi_encode(
            place, call.target, call.selector, method_id=method_id("SelectorNotAllowed(uint256,address,bytes4)")
        )
    )
