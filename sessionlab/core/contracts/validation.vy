# pragma version 0.4.3
"""
@title The validation phase
@notice The rules that an operation must pass before it is included, in the order in which they apply. Begin
        with `_validate`: it is the rule text.
# error ValidationFunctionMissing(selector: bytes4)
# error SelfCallRecursionDepthExceeded(call: uint256)
# error RequireUserOperationContext()
# error UnrecognizedFunction(selector: bytes4)
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

# ERC-4337 validationData: the signature does not fit.
SIGNATURE_FAILED: constant(uint256) = 1
# A signature over a user operation: 0xff, 0x00, then r, s and v.
SIGNATURE_BYTES: constant(uint256) = 67
SIGNATURE_PREFIX: constant(uint256) = 65_280  # 0xff00


@internal
def _validate(
    at: uint256, head: operations.Head, signature: uint256, signature_length: uint256, hash: bytes32, deadline: uint256
) -> uint256:
    """
    @notice The validation phase: the first rule that fails reverts with its reason.
    @return ERC-4337 validationData.
    """
    session: sessions.Session = empty(sessions.Session)
    is_root: bool = True
    is_global: bool = head.nonce >> 64 & deferral.GLOBAL_NONCE_KEY != 0
    signer: address = empty(address)
    entity_id: uint32 = convert(head.nonce >> 72 & (2 ** 32 - 1), uint32)
    if entity_id == 0:
        signer = signatures._owner()
    else:
        session = sessions._session(entity_id)
        signer = convert(session.header & (2 ** 160 - 1), address)
        is_root = session.header & sessions.ROOT != 0

    # 1. There is a selector.
    start: uint256 = at + head.callData + 32
    length: uint256 = reading._word(at + head.callData)
    selector: bytes4 = reading._selector(start, length)
    if length < 4:
        raw_revert(abi_encode(selector, method_id=method_id("UnrecognizedFunction(bytes4)")))
    wrapped: bool = selector == calls.EXECUTE_USER_OP
    if wrapped:
        start += 4
        length -= 4
        if length < 4:
            raw_revert(b"")
        selector = reading._selector(start, length)

    # 2. The selector is the session's. The global nonce key is for who may do everything.
    if is_global != is_root or not self._may_use(session, is_root, selector):
        self._refuse_function(selector)

    # 3. No way back into the wallet but its own functions, one level deep.
    batch: calls.Batch = empty(calls.Batch)
    if calls._is_calls(selector):
        batch = calls._open(selector, start, length)
        self._check_self_calls(session, is_root, batch)

    if entity_id != 0 and not wrapped:
        sessions.underway[entity_id] = True
    if not is_root:
        # 4. Spend limits are counted in execution, which sees the session only in executeUserOp.
        if session.header & sessions.SPEND_LIMITS != 0 and not wrapped:
            raw_revert(method_id("RequireUserOperationContext()"))
        # 5. What the operation uses as a whole: gas, when the wallet pays for it.
        if session.header & sessions.OPERATION_LIMITS != 0:
            if session.header & sessions.GAS_LIMIT != 0 and reading._word(at + head.paymasterAndData) == 0:
                self._use_gas(session, head.accountGasLimits, head.preVerificationGas, head.gasFees)
            if session.header >= sessions.EXTENSIONS:
                allowances._use_operation(session)
        # 6. Every call is within reach.
        self._check_reach(session, batch)

    # 7. The signature and the window, which the EntryPoint judges.
    answer: uint256 = self._intersect(sessions._window(session), deadline)
    if not self._signed(signer, signatures._personal(hash), signature, signature_length):
        answer |= SIGNATURE_FAILED
    return answer


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
