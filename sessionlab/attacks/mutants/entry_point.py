"""Mutants of the EntryPoint: bundles, senders, nonces and paymasters."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_entry_point = partial(Mutant, module="EntryPoint", contract="EntryPoint")
_bundles = partial(Mutant, module="bundles", contract="EntryPoint")
_prepayment = partial(Mutant, module="prepayment", contract="EntryPoint")
_execution = partial(Mutant, module="execution", contract="EntryPoint")
_failed_op = partial(Mutant, module="failed_op", contract="EntryPoint")
_operations = partial(Mutant, module="operations", contract="EntryPoint")

MUTANTS = (
    _bundles(
        "bundle-in-a-bundle-runs",
        "handleOps may be called by an operation that it runs",
        'raw_revert(method_id("ReentrancyGuardReentrantCall()"))',
        "pass",
        attack="bundle-in-a-bundle",
    ),
    _prepayment(
        "sender-made-again",
        "an operation may bring the call that makes a wallet which stands",
        'failed_op._fail(index, "AA10 sender already constructed")',
        "pass",
        attack="made-again",
    ),
    _prepayment(
        "refusal-is-an-answer",
        "what an account reverts with is read as its answer",
        'failed_op._fail_with(index, "AA23 reverted", answer)',
        "pass",
        attack="refusal-read-as-an-answer",
    ),
    _prepayment(
        "silence-is-an-answer",
        "an account may answer nothing",
        "    assert len(answer) >= 32\n",
        equivalent="there is no word to read in an answer that is shorter.",
    ),
    _prepayment(
        "any-nonce",
        "the nonce of an operation is not looked at",
        'failed_op._fail(index, "AA25 invalid account nonce")',
        "pass",
        attack="twice-in-a-bundle",
    ),
    _prepayment(
        "verification-over-its-limit",
        "validation may take more gas than its limit",
        'failed_op._fail(index, "AA26 over verificationGasLimit")',
        "pass",
        attack="validation-over-its-limit",
    ),
    _prepayment(
        "paymaster-refusal-is-an-answer",
        "what a paymaster reverts with is read as its answer",
        'failed_op._fail_with(index, "AA33 reverted", answer)',
        "pass",
        attack="refused-sponsorship-read-as-an-answer",
    ),
    _prepayment(
        "paymaster-over-its-limit",
        "a paymaster may take more gas than its limit",
        'failed_op._fail(index, "AA36 over paymasterVerificationGasLimit")',
        "pass",
        attack="sponsorship-over-its-limit",
    ),
    _execution(
        "starved-operations",
        "an operation may run with less gas than was signed",
        "if msg.gas * 63 // 64 < op.callGasLimit + op.paymasterPostOpGasLimit + OVERHEAD:",
        NEVER,
        attack="starved",
    ),
    _failed_op(
        "paymaster-signature-failed",
        "a paymaster's 'signature failed' is passed over",
        'self._fail(index, "AA34 signature error")',
        "pass",
        attack="sponsorship-of-another",
    ),
    _failed_op(
        "paymaster-out-of-time",
        "a paymaster's window is passed over",
        'self._fail(index, "AA32 paymaster expired or not due")',
        "pass",
        attack="sponsorship-out-of-time",
    ),
    _execution(
        "more-than-the-prefund",
        "an operation that costs more than its prefund stays",
        "raw_revert(abi_encode(LOW_PREFUND))",
        "pass",
        attack="more-than-its-prefund",
    ),
    _prepayment(
        "factory-failed",
        "a factory that fails is passed over",
        'failed_op._fail(index, "AA13 initCode failed or OOG")',
        "pass",
        equivalent="the zero address is not a sender: AA14 refuses it.",
    ),
    _prepayment(
        "another-sender-made",
        "a factory may make another account than the sender",
        'failed_op._fail(index, "AA14 initCode must return sender")',
        "pass",
        equivalent="a sender without code gives no answer: AA23 refuses it.",
    ),
    _prepayment(
        "no-sender-made",
        "a factory may make nothing",
        'failed_op._fail(index, "AA15 initCode must create sender")',
        "pass",
        equivalent="a sender without code gives no answer: AA23 refuses it.",
    ),
    _prepayment(
        "context-of-any-length",
        "the length of a paymaster's context is not looked at",
        "if length > MAX_CONTEXT:",
        NEVER,
        equivalent="the buffer has a bound of its own.",
    ),
    _prepayment(
        "init-code-of-any-length",
        "the length of the call that makes a wallet is not looked at",
        "if length > MAX_INIT_CODE:",
        NEVER,
        equivalent="the buffer has a bound of its own.",
    ),
    _prepayment(
        "context-stays",
        "a context is not forgotten when it has been used",
        '        self.contexts[index] = b""\n',
        "        pass\n",
        attack="borrowed-context",
    ),
    _entry_point(
        "frames-for-anybody",
        "anybody may run an operation's frame",
        '    assert msg.sender == self, "AA92 internal call only"\n',
        attack="frame-of-a-stranger",
    ),
    _entry_point(
        "ether-is-kept",
        "handleOps takes ETH that is sent along",
        "    assert msg.value == 0\n",
        attack="ether-with-handle-ops",
    ),
    _entry_point(
        "any-selector-runs-a-bundle",
        "what the EntryPoint does not know is handed on",
        "    assert selector in [HANDLE_OPS, GET_USER_OP_HASH] or msg.sender == self\n",
        equivalent="EntryPointLarge knows no more: its frames are for the EntryPoint alone, and the rest is a view.",
    ),
    _entry_point(
        "aggregators-passed-over",
        "handleAggregatedOps is not refused by name",
        'raw_revert(method_id("AggregatorsNotSupported()"))',
        "pass",
        equivalent="it is not a function that anything behind it knows.",
    ),
    _execution(
        "starved-bundle-goes-on",
        "an operation whose frame had too little gas is charged for",
        'failed_op._fail(index, "AA95 out of gas")',
        "pass",
        attack="starved-frame",
    ),
    _execution(
        "failing-post-op-passed-over",
        "an operation stays although its paymaster's postOp reverts",
        'raw_revert(abi_encode(reason, method_id=method_id("PostOpReverted(bytes)")))',
        "pass",
        attack="post-op-undoes",
    ),
    _execution(
        "post-op-of-nobody",
        "a paymaster may have no code when it is told",
        "    assert paymaster.is_contract\n",
        equivalent="a contract does not lose its code within a transaction that found it (EIP-6780).",
    ),
    _operations(
        "fields-anywhere",
        "the fields of an operation may lie anywhere in the bundle",
        "if field != expected:",
        NEVER,
        attack="padding",
    ),
    _operations(
        "padding-of-any-kind",
        "the padding of an operation's fields is not looked at",
        "if length & 31 != 0 and reading._word(end - 32) << (8 * (length & 31)) != 0:",
        NEVER,
        equivalent="no hash covers the padding, and nobody reads it.",
    ),
)
