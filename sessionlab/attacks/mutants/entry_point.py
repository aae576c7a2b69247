"""The EntryPoint: bundles, prefunds, nonces, and the hash that is signed."""

from sessionlab.attacks.weakness import weaken

weaken(
    "bundle-in-a-bundle-runs",
    "handleOps may be called by an operation that it runs",
    "EntryPoint",
    '            raw_revert(method_id("ReentrancyGuardReentrantCall()"))\n',
    "            pass\n",
    by="bundle-in-a-bundle",
    contract="EntryPoint",
)
weaken(
    "sender-made-again",
    "an operation may bring the call that makes a wallet which stands",
    "EntryPoint",
    '        verdicts._fail(place, "AA10 sender already constructed")\n',
    "        pass\n",
    by="made-again",
    contract="EntryPoint",
)
weaken(
    "refusal-is-an-answer",
    "what an account reverts with is read as its answer",
    "EntryPoint",
    "        if not success or len(reason) < 32:\n",
    "        if len(reason) < 32:\n",
    by="refusal-read-as-an-answer",
    contract="EntryPoint",
)
weaken(
    "any-nonce",
    "the nonce of an operation is not looked at",
    "EntryPoint",
    '            verdicts._fail(i, "AA25 invalid account nonce")\n',
    "            pass\n",
    by="twice-in-a-bundle",
    contract="EntryPoint",
)
weaken(
    "verification-over-its-limit",
    "validation may take more gas than its limit",
    "EntryPoint",
    '            verdicts._fail(i, "AA26 over verificationGasLimit")\n',
    "            pass\n",
    by="validation-over-its-limit",
    contract="EntryPoint",
)
weaken(
    "paymaster-refusal-is-an-answer",
    "what a paymaster reverts with is read as its answer",
    "EntryPoint",
    "            if not success or len(reason) < 96:\n",
    "            if len(reason) < 96:\n",
    by="refused-sponsorship-read-as-an-answer",
    contract="EntryPoint",
)
weaken(
    "paymaster-over-its-limit",
    "a paymaster may take more gas than its limit",
    "EntryPoint",
    '                verdicts._fail(i, "AA36 over paymasterVerificationGasLimit")\n',
    "                pass\n",
    by="sponsorship-over-its-limit",
    contract="EntryPoint",
)
weaken(
    "starved-operations",
    "an operation may run with less gas than was signed",
    "EntryPoint",
    '                verdicts._fail(i, "AA95 out of gas")\n',
    "                pass\n",
    by="starved",
    contract="EntryPoint",
)
weaken(
    "paymaster-signature-failed",
    "a paymaster's 'signature failed' is passed over",
    "EntryPoint",
    '        verdicts._fail(place, "AA34 signature error")\n',
    "        pass\n",
    by="sponsorship-of-another",
    contract="EntryPoint",
)
weaken(
    "paymaster-out-of-time",
    "a paymaster's window is passed over",
    "EntryPoint",
    '        verdicts._fail(place, "AA32 paymaster expired or not due")\n',
    "        pass\n",
    by="sponsorship-out-of-time",
    contract="EntryPoint",
)
weaken(
    "more-than-the-prefund",
    "an operation that costs more than its prefund stays",
    "EntryPoint",
    "        raw_revert(LOW_PREFUND)\n",
    "        pass\n",
    by="more-than-its-prefund",
    contract="EntryPoint",
)
weaken(
    "prefund-of-others",
    "an account without the prefund is let through",
    "prefund",
    '        verdicts._fail(place, "AA21 didn\'t pay prefund")\n',
    "        return\n",
    by="more-than-the-deposit",
    contract="EntryPoint",
)
weaken(
    "paymaster-prefund-of-others",
    "a paymaster without the prefund is let through",
    "prefund",
    '        verdicts._fail(place, "AA31 paymaster deposit too low")\n',
    "        return\n",
    by="paymaster-without-a-deposit",
    contract="EntryPoint",
)
weaken(
    "zero-beneficiary",
    "the fees may go to the zero address",
    "prefund",
    '    assert beneficiary != empty(address), "AA90 invalid beneficiary"\n',
    "",
    by="fees-to-nobody",
    contract="EntryPoint",
)
weaken(
    "fees-lost",
    "a beneficiary that takes no value is passed over",
    "prefund",
    '    assert deposits._send(beneficiary, amount), "AA91 failed send to beneficiary"',
    "    sent: bool = deposits._send(beneficiary, amount)",
    by="fees-refused",
    contract="EntryPoint",
)
weaken(
    "account-signature-failed",
    "an account's 'signature failed' is passed over",
    "verdicts",
    '        self._fail(place, "AA24 signature error")\n',
    "        pass\n",
    by="proof-in-execution",
    contract="EntryPoint",
)
weaken(
    "account-out-of-time",
    "an account's window is passed over",
    "verdicts",
    '        self._fail(place, "AA22 expired or not due")\n',
    "        pass\n",
    by="before-the-beginning",
    contract="EntryPoint",
)
weaken(
    "before-the-beginning",
    "the beginning of a window is not looked at",
    "verdicts",
    "block.timestamp >= valid_after and ",
    "",
    by="before-the-beginning",
    contract="EntryPoint",
)
weaken(
    "after-the-end",
    "the end of a window is not looked at",
    "verdicts",
    " and (valid_until == 0 or block.timestamp <= valid_until)",
    "",
    by="after-the-end",
    contract="EntryPoint",
)
weaken(
    "paymaster-data-too-short",
    "the gas limits of a paymaster are read from behind its data",
    "operations",
    '        assert length >= 52, "AA93 invalid paymasterAndData"\n',
    "",
    by="unsigned-limits",
    contract="EntryPoint",
)
weaken(
    "hash-without-sender",
    "the hash that is signed leaves the sender out",
    "operations",
    "            head.sender,\n",
    "",
    by="bent-operation",
    contract="EntryPoint",
)
weaken(
    "hash-without-nonce",
    "the hash that is signed leaves the nonce out",
    "operations",
    "            head.nonce,\n",
    "",
    by="replay",
    contract="EntryPoint",
)
weaken(
    "hash-without-init-code",
    "the hash that is signed leaves the call that makes the wallet out",
    "operations",
    "            hashes[0],\n",
    "",
    by="bent-init-code",
    contract="EntryPoint",
)
weaken(
    "hash-without-call-data",
    "the hash that is signed leaves the call data out",
    "operations",
    "            hashes[1],\n",
    "",
    by="lifted-call",
    contract="EntryPoint",
)
weaken(
    "hash-without-gas-limits",
    "the hash that is signed leaves the gas limits out",
    "operations",
    "            head.accountGasLimits,\n",
    "",
    by="bent-operation",
    contract="EntryPoint",
)
weaken(
    "hash-without-pre-verification-gas",
    "the hash that is signed leaves the pre-verification gas out",
    "operations",
    "            head.preVerificationGas,\n",
    "",
    by="bent-operation",
    contract="EntryPoint",
)
weaken(
    "hash-without-fees",
    "the hash that is signed leaves the fees out",
    "operations",
    "            head.gasFees,\n",
    "",
    by="bent-operation",
    contract="EntryPoint",
)
weaken(
    "hash-without-paymaster",
    "the hash that is signed leaves the paymaster out",
    "operations",
    "            hashes[2],\n",
    "",
    by="bent-operation",
    contract="EntryPoint",
)
weaken(
    "hash-without-entry-point",
    "the hash that is signed leaves the EntryPoint out",
    "operations",
    "abi_encode(packed, self, chain.id)",
    "abi_encode(packed, chain.id)",
    by="replay",
    contract="EntryPoint",
)
weaken(
    "hash-without-chain",
    "the hash that is signed leaves the chain out",
    "operations",
    "abi_encode(packed, self, chain.id)",
    "abi_encode(packed, self)",
    by="replay",
    contract="EntryPoint",
)
