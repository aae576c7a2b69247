# pragma version 0.4.3
"""
@title Verdicts of the EntryPoint
@notice The codes by which an operation is refused (ERC-4337 v0.7, AA10 to AA95), and how the answers of accounts
        and paymasters are judged.
# error FailedOp(opIndex: uint256, reason: string)
# error FailedOpWithRevert(opIndex: uint256, reason: string, inner: bytes)
"""

MAX_REVERT_DATA: constant(uint256) = 2_048


@internal
@view
def _check_account_answer(place: uint256, answer: uint256):
    if answer & (2 ** 160 - 1) != 0:
        self._fail(place, "AA24 signature error")
    if not self._in_time(answer):
        self._fail(place, "AA22 expired or not due")


@internal
@view
def _in_time(answer: uint256) -> bool:
    """
    @notice ERC-4337 validationData: valid from `validAfter` to `validUntil`, both included; until 0 is for ever.
    """
    valid_until: uint256 = (answer >> 160) & (2 ** 48 - 1)
    valid_after: uint256 = answer >> 208
    return block.timestamp >= valid_after and (valid_until == 0 or block.timestamp <= valid_until)


@internal
@pure
def _fail(place: uint256, reason: String[48]):
    raw_revert(abi_encode(place, reason, method_id=method_id("FailedOp(uint256,string)")))


@internal
@pure
def _fail_with(place: uint256, reason: String[48], inner: Bytes[MAX_REVERT_DATA]):
    raw_revert(abi_encode(place, reason, inner, method_id=method_id("FailedOpWithRevert(uint256,string,bytes)")))
