# pragma version 0.4.3
"""
@title The validation phase
@notice The rules that an operation must pass before it is included, in the order in which they apply. Begin
        with `_validate`: it is the rule text.
# error ValidationFunctionMissing(selector: bytes4)
# error SelfCallRecursionDepthExceeded(call: uint256)
# error RequireUserOperationContext()
# error UnrecognizedFunction(selector: bytes4)
# error InvalidPaymaster()
"""

import reading
import operations
import rules
import calls
import sessions
import allowances
import reach
import installing
import signatures
import deferral

uses: rules
uses: sessions
uses: allowances
uses: reach
uses: signatures
uses: deferral

VALIDATE_USER_OP: constant(bytes4) = 0x19822f7c
# ERC-4337 validationData: the signature does not fit.
SIGNATURE_FAILED: constant(uint256) = 1
# A signature over a user operation: 0xff, 0x00, then r, s and v.
SIGNATURE_BYTES: constant(uint256) = 67
SIGNATURE_PREFIX: constant(uint256) = 65_280  # 0xff00

# What an operation asks for: the bytes in the calldata that begin with `selector`.
struct Inner:
    selector: bytes4
    start: uint256
    length: uint256
    # In executeUserOp.
    wrapped: bool


@internal
def _validate(
    at: uint256, head: operations.Head, signature: uint256, signature_length: uint256, hash: bytes32, deadline: uint256
) -> uint256:
    """
    @notice The validation phase: the first rule that fails reverts with its reason.
    @return ERC-4337 validationData.
    """
    entity_id: uint32 = convert(head.nonce >> 72 & (2 ** 32 - 1), uint32)
    session: sessions.Session = empty(sessions.Session)
    if entity_id != 0:
        session = sessions._session(entity_id)
    is_root: bool = entity_id == 0 or session.header & sessions.ROOT != 0

    # 1. There is a selector.
    inner: Inner = self._unwrap(at + head.callData)

    # 2. The selector is the session's. The global nonce key is reserved for root and the owner.
    is_global: bool = head.nonce >> 64 & deferral.GLOBAL_NONCE_KEY != 0
    if is_global != is_root or not self._may_use(session, is_root, inner.selector):
        self._refuse_function(inner.selector)

    # 3. No way back into the wallet but its own functions, one level deep.
    batch: calls.Batch = empty(calls.Batch)
    if calls._is_calls(inner.selector):
        batch = calls._open(inner.selector, inner.start, inner.length)
        self._check_self_calls(session, is_root, batch)

    self._note(entity_id, inner)
    if not is_root:
        # 4. and 5. What the operation uses as a whole.
        self._use(session, at, head, inner.wrapped)
        # 6. Every call is within reach.
        self._check_reach(session, batch)

    # 7. The signature and the window, which the EntryPoint judges.
    answer: uint256 = self._intersect(sessions._window(session), deadline)
    if not self._signed(self._signer(session), signatures._personal(hash), signature, signature_length):
        answer |= SIGNATURE_FAILED
    return answer


@internal
@view
def _unwrap(field: uint256) -> Inner:
    """
    @notice What callData, which lies at `field`, asks for, with executeUserOp taken off.
    """
    inner: Inner = Inner(
        selector=empty(bytes4), start=field + 32, length=reading._word(field), wrapped=False
    )
    inner.selector = reading._selector(inner.start, inner.length)
    if inner.length < 4:
        raw_revert(abi_encode(inner.selector, method_id=method_id("UnrecognizedFunction(bytes4)")))
    if inner.selector == calls.EXECUTE_USER_OP:
        inner.wrapped = True
        inner.start += 4
        inner.length -= 4
        if inner.length < 4:
            raw_revert(b"")
        inner.selector = reading._selector(inner.start, inner.length)
    return inner


@internal
def _note(entity_id: uint32, inner: Inner):
    """
    @notice What execution must know of: an operation that runs without saying whose it is, and one that asks for
            this very validation.
    """
    if entity_id != 0 and not inner.wrapped:
        sessions.underway[entity_id] = True
    if inner.selector == VALIDATE_USER_OP:
        deferral.as_function = True


@internal
def _use(session: sessions.Session, at: uint256, head: operations.Head, wrapped: bool):
    # 4. Spend limits are counted in execution, which sees the session only in executeUserOp.
    if session.header & sessions.SPEND_LIMITS != 0 and not wrapped:
        raw_revert(method_id("RequireUserOperationContext()"))
    # 5. What the operation uses as a whole: gas, when the wallet pays for it.
    if session.header & sessions.OPERATION_LIMITS != 0:
        if session.header & sessions.GAS_LIMIT != 0 and self._wallet_pays(at + head.paymasterAndData):
            self._use_gas(session, head.accountGasLimits, head.preVerificationGas, head.gasFees)
        if session.header >= sessions.EXTENSIONS:
            allowances._use_operation(session)


@internal
@view
def _wallet_pays(field: uint256) -> bool:
    """
    @notice Whether the operation names no paymaster in its paymasterAndData, which lies at `field`. The zero address
            is refused: to the EntryPoint it is none either, so the wallet would pay.
    """
    if reading._word(field) == 0:
        return True
    if reading._word(field + 32) >> 96 == 0:
        raw_revert(method_id("InvalidPaymaster()"))
    return False


@internal
@view
def _signer(session: sessions.Session) -> address:
    """
    @notice Whose signature counts: the session's key, or the owner where there is no session.
    """
    if session.entityId == 0:
        return signatures._owner()
    return convert(session.header & (2 ** 160 - 1), address)


@internal
@view
def _may_use(session: sessions.Session, is_root: bool, selector: bytes4) -> bool:
    if is_root:
        return calls._is_calls(selector) or selector in [
            installing.INSTALL_SESSION, installing.UNINSTALL_SESSION, installing.UPDATE_FALLBACK_SIGNER
        ]
    if session.header & sessions.CALLS != 0 and calls._is_calls(selector):
        return True
    return session.header != 0 and reach._is_account_function(session, selector)


@internal
@view
def _check_self_calls(session: sessions.Session, is_root: bool, batch: calls.Batch):
    at: uint256 = batch.first
    for i: uint256 in range(batch.count, bound=calls.MAX_CALLS):
        call: calls.Call = calls._read(batch, i, at)
        at = call.next
        if call.target != self:
            continue
        if batch.table != 0 and call.length < 4:
            raw_revert(b"")
        if batch.table == 0 or calls._is_calls(call.selector):
            raw_revert(abi_encode(i, method_id=method_id("SelfCallRecursionDepthExceeded(uint256)")))
        if not self._may_use(session, is_root, call.selector):
            self._refuse_function(call.selector)


@internal
@view
def _check_reach(session: sessions.Session, batch: calls.Batch):
    at: uint256 = batch.first
    for i: uint256 in range(batch.count, bound=calls.MAX_CALLS):
        call: calls.Call = calls._read(batch, i, at)
        reach._check(session, i, call)
        at = call.next


@internal
def _use_gas(session: sessions.Session, gas_limits: uint256, pre_verification_gas: uint256, gas_fees: uint256):
    """
    @notice The worst case counts, and nothing of it is given back.
    """
    asked: uint256 = (gas_limits >> 128) + (gas_limits & (2 ** 128 - 1)) + pre_verification_gas
    in_gas: bool = rules.RULES & rules.GAS_LIMIT_COUNTS_GAS != 0
    if not in_gas:
        asked *= gas_fees & (2 ** 128 - 1)
    allowances._use_gas(session, asked, in_gas)


@internal
@view
def _signed(signer: address, hash: bytes32, start: uint256, length: uint256) -> bool:
    if length != SIGNATURE_BYTES or reading._word(start) >> 240 != SIGNATURE_PREFIX:
        return False
    return signatures._signed_by(
        signer,
        hash,
        reading._word(start + 2),
        reading._word(start + 34),
        reading._word(start + 35) & 255,
    )


@internal
@pure
def _intersect(window: uint256, deadline: uint256) -> uint256:
    """
    @notice The session's window and the deadline of its deferred install, both as validationData; 0 has no end.
    """
    until: uint256 = window >> 160 & (2 ** 48 - 1)
    limit: uint256 = deadline >> 160
    if limit == 0 or (until != 0 and until <= limit):
        return window
    return (window >> 208) << 208 | deadline


@internal
@pure
def _refuse_function(selector: bytes4):
    raw_revert(abi_encode(selector, method_id=method_id("ValidationFunctionMissing(bytes4)")))
