# pragma version 0.4.3
"""
@title Spend limits
@notice Counts what the calls of an operation spend, before the first of them runs. Native tokens are
        counted in total; for a limited ERC-20 token, transfers and approvals count alike, in full, each time.
# error SpendingRequestNotAllowed(selector: bytes4)
# error InvalidCalldataLength(call: uint256, token: address, length: uint256)
# error SelectorNotAllowed(call: uint256, target: address, selector: bytes4)
# error Panic(code: uint256)
"""

import reading
import rules
import calls
import sessions
import allowances
import reach

uses: rules
uses: allowances
uses: reach

TRANSFER: constant(bytes4) = 0xa9059cbb
APPROVE: constant(bytes4) = 0x095ea7b3
# Selector, recipient or spender, amount.
SPENDING_BYTES: constant(uint256) = 68


@internal
def _count(session: sessions.Session, selector: bytes4, start: uint256, length: uint256):
    """
    @notice Takes what the operation in the `length` bytes at `start` spends from the session's allowances.
    """
    if not calls._is_calls(selector):
        if session.header & sessions.TOKEN_LIMIT != 0:
            if not rules._documented(rules.SPEND_LIMITS_BIND_SPENDING_ONLY):
                raw_revert(abi_encode(selector, method_id=method_id("SpendingRequestNotAllowed(bytes4)")))
        return
    batch: calls.Batch = calls._open(selector, start, length)
    if session.header & sessions.NATIVE_LIMIT != 0:
        allowances._use_native(session, self._sum(batch))
    if session.header & sessions.TOKEN_LIMIT != 0:
        at: uint256 = batch.first
        for i: uint256 in range(batch.count, bound=calls.MAX_CALLS):
            call: calls.Call = calls._read(batch, i, at)
            if reach._is_limited_token(session.scope, call.target):
                allowances._use_token(session, i, call.target, self._amount(i, call))
            at = call.next
        if session.header >= sessions.EXTENSIONS:
            self._count_extensions(session, batch)


@internal
@view
def _sum(batch: calls.Batch) -> uint256:
    """
    @notice The native tokens, in wei, that all calls send.
    """
    total: uint256 = 0
    at: uint256 = batch.first
    for i: uint256 in range(batch.count, bound=calls.MAX_CALLS):
        call: calls.Call = calls._read(batch, i, at)
        if call.amount > max_value(uint256) - total:
            raw_revert(abi_encode(convert(0x11, uint256), method_id=method_id("Panic(uint256)")))
        total += call.amount
        at = call.next
    return total


@internal
@view
def _amount(place: uint256, call: calls.Call) -> uint256:
    """
    @notice What a call of a limited token transfers or approves.
    """
    if call.length < SPENDING_BYTES:
        raw_revert(
            abi_encode(
                place,
                call.target,
                call.length,
                method_id=method_id("InvalidCalldataLength(uint256,address,uint256)"),
            )
        )
    if call.selector != TRANSFER and call.selector != APPROVE:
        raw_revert(
            abi_encode(
                place, call.target, call.selector, method_id=method_id("SelectorNotAllowed(uint256,address,bytes4)")
            )
        )
    return reading._word(call.start + 36)


@internal
def _count_extensions(session: sessions.Session, batch: calls.Batch):
    at: uint256 = batch.first
    for i: uint256 in range(batch.count, bound=calls.MAX_CALLS):
        call: calls.Call = calls._read(batch, i, at)
        allowances._use_call(session, i, call)
        at = call.next
