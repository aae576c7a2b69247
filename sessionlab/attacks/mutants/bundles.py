"""Mutants of what the EntryPoint checks for each operation: prefund, validation data, and the signed hash."""

from functools import partial

from sessionlab.attacks.mutants.mutant import Mutant

_prepayment = partial(Mutant, module="prepayment", contract="EntryPoint")
_bundles = partial(Mutant, module="bundles", contract="EntryPoint")
_failed_op = partial(Mutant, module="failed_op", contract="EntryPoint")
_operations = partial(Mutant, module="operations", contract="EntryPoint")

MUTANTS = (
    _prepayment(
        "prefund-of-others",
        "an account without the prefund is let through",
        'failed_op._fail(index, "AA21 didn\'t pay prefund")',
        "return 0",
        attack="more-than-the-deposit",
    ),
    _prepayment(
        "paymaster-prefund-of-others",
        "a paymaster without the prefund is let through",
        'failed_op._fail(index, "AA31 paymaster deposit too low")',
        "return",
        attack="paymaster-without-a-deposit",
    ),
    _bundles(
        "zero-beneficiary",
        "the fees may go to the zero address",
        '    assert beneficiary != empty(address), "AA90 invalid beneficiary"\n',
        attack="fees-to-nobody",
    ),
    _bundles(
        "fees-lost",
        "a beneficiary that takes no value is passed over",
        'assert stake_manager._send(beneficiary, collected), "AA91 failed send to beneficiary"',
        "sent: bool = stake_manager._send(beneficiary, collected)",
        attack="fees-refused",
    ),
    _failed_op(
        "account-signature-failed",
        "an account's 'signature failed' is passed over",
        'self._fail(index, "AA24 signature error")',
        "pass",
        attack="proof-in-execution",
    ),
    _failed_op(
        "account-out-of-time",
        "an account's window is passed over",
        'self._fail(index, "AA22 expired or not due")',
        "pass",
        attack="before-the-beginning",
    ),
    _failed_op(
        "before-the-beginning",
        "the beginning of a window is not looked at",
        "block.timestamp >= valid_after and ",
        attack="before-the-beginning",
    ),
    _failed_op(
        "after-the-end",
        "the end of a window is not looked at",
        " and (valid_until == 0 or block.timestamp <= valid_until)",
        attack="after-the-end",
    ),
    _operations(
        "paymaster-data-too-short",
        "the gas limits of a paymaster are read from behind its data",
        '        assert length >= 52, "AA93 invalid paymasterAndData"\n',
        equivalent="what lies behind the address is padding, which must be zero.",
    ),
    _prepayment(
        "hash-without-sender",
        "the hash that is signed leaves the sender out",
        "            head.sender,\n",
        attack="bent-operation",
    ),
    _prepayment(
        "hash-without-nonce",
        "the hash that is signed leaves the nonce out",
        "            head.nonce,\n",
        attack="replay",
    ),
    _prepayment(
        "hash-without-init-code",
        "the hash that is signed leaves the call that makes the wallet out",
        "            hashes[0],\n",
        attack="bent-init-code",
    ),
    _prepayment(
        "hash-without-call-data",
        "the hash that is signed leaves the call data out",
        "            hashes[1],\n",
        attack="lifted-call",
    ),
    _prepayment(
        "hash-without-gas-limits",
        "the hash that is signed leaves the gas limits out",
        "            head.accountGasLimits,\n",
        attack="bent-operation",
    ),
    _prepayment(
        "hash-without-pre-verification-gas",
        "the hash that is signed leaves the pre-verification gas out",
        "            head.preVerificationGas,\n",
        attack="bent-operation",
    ),
    _prepayment(
        "hash-without-fees",
        "the hash that is signed leaves the fees out",
        "            head.gasFees,\n",
        attack="bent-operation",
    ),
    _prepayment(
        "hash-without-paymaster",
        "the hash that is signed leaves the paymaster out",
        "            hashes[2],\n",
        attack="bent-operation",
    ),
    _prepayment(
        "hash-without-entry-point",
        "the hash that is signed leaves the EntryPoint out",
        "abi_encode(fields, self, chain.id)",
        "abi_encode(fields, chain.id)",
        attack="replay",
    ),
    _prepayment("hash-without-chain", "the hash that is signed leaves the chain out", ", chain.id", attack="replay"),
    _operations(
        "gas-values-of-any-size",
        "gas values may have more than 120 bits",
        '    assert largest >> 120 == 0, "AA94 gas values overflow"\n',
        equivalent="Vyper's multiplication refuses the overflow, and no deposit holds the rest.",
    ),
)
