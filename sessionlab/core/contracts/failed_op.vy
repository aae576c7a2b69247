# pragma version 0.4.3
"""
@title FailedOp
@notice How the EntryPoint refuses a bundle (ERC-4337 v0.7): by the index of an operation and a code, AA10 to AA95.
# error FailedOp(opIndex: uint256, reason: string)
# error FailedOpWithRevert(opIndex: uint256, reason: string, inner: bytes)
"""

MAX_REVERT_DATA: constant(uint256) = 2_048


@internal
@view
def _check_verdicts(index: uint256, account: uint256, paymaster: uint256):
    """
    @notice Judges the validationData of account and paymaster, after both have been asked.
    """
    if account & (2 ** 160 - 1) != 0:
        self._fail(index, "AA24 signature error")
    if not self._in_time(account):
        self._fail(index, "AA22 expired or not due")
    if paymaster & (2 ** 160 - 1) != 0:
        self._fail(index, "AA34 signature error")
    if not self._in_time(paymaster):
        self._fail(index, "AA32 paymaster expired or not due")


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
def _fail(index: uint256, reason: String[48]):
    raw_revert(abi_encode(index, reason, method_id=method_id("FailedOp(uint256,string)")))


@internal
@pure
def _fail_with(index: uint256, reason: String[48], inner: Bytes[MAX_REVERT_DATA]):
    raw_revert(abi_encode(index, reason, inner, method_id=method_id("FailedOpWithRevert(uint256,string,bytes)")))
