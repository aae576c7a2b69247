"""Mutants of the EntryPoint: bundles, senders, nonces and paymasters."""

from functools import partial

from sessionlab.attacks.mutants.mutant import Mutant

_entry_point = partial(Mutant, module="EntryPoint", contract="EntryPoint")

MUTANTS = (
    _entry_point(
        "bundle-in-a-bundle-runs",
        "handleOps may be called by an operation that it runs",
        'raw_revert(method_id("ReentrancyGuardReentrantCall()"))',
        "pass",
        attack="bundle-in-a-bundle",
    ),
    _entry_point(
        "sender-made-again",
        "an operation may bring the call that makes a wallet which stands",
        'verdicts._fail(place, "AA10 sender already constructed")',
        "pass",
        attack="made-again",
    ),
    _entry_point(
        "refusal-is-an-answer",
        "what an account reverts with is read as its answer",
        "if not success or len(reason) < 32:",
        "if len(reason) < 32:",
        attack="refusal-read-as-an-answer",
    ),
    _entry_point(
        "any-nonce",
        "the nonce of an operation is not looked at",
        'verdicts._fail(i, "AA25 invalid account nonce")',
        "pass",
        attack="twice-in-a-bundle",
    ),
    _entry_point(
        "verification-over-its-limit",
        "validation may take more gas than its limit",
        'verdicts._fail(i, "AA26 over verificationGasLimit")',
        "pass",
        attack="validation-over-its-limit",
    ),
    _entry_point(
        "paymaster-refusal-is-an-answer",
        "what a paymaster reverts with is read as its answer",
        "if not success or len(reason) < 96:",
        "if len(reason) < 96:",
        attack="refused-sponsorship-read-as-an-answer",
    ),
    _entry_point(
        "paymaster-over-its-limit",
        "a paymaster may take more gas than its limit",
        'verdicts._fail(i, "AA36 over paymasterVerificationGasLimit")',
        "pass",
        attack="sponsorship-over-its-limit",
    ),
    _entry_point(
        "starved-operations",
        "an operation may run with less gas than was signed",
        'verdicts._fail(i, "AA95 out of gas")',
        "pass",
        attack="starved",
    ),
    _entry_point(
        "paymaster-signature-failed",
        "a paymaster's 'signature failed' is passed over",
        'verdicts._fail(place, "AA34 signature error")',
        "pass",
        attack="sponsorship-of-another",
    ),
    _entry_point(
        "paymaster-out-of-time",
        "a paymaster's window is passed over",
        'verdicts._fail(place, "AA32 paymaster expired or not due")',
        "pass",
        attack="sponsorship-out-of-time",
    ),
    _entry_point(
        "more-than-the-prefund",
        "an operation that costs more than its prefund stays",
        "raw_revert(LOW_PREFUND)",
        "pass",
        attack="more-than-its-prefund",
    ),
    _entry_point(
        "factory-failed",
        "a factory that fails is passed over",
        'verdicts._fail(place, "AA13 initCode failed or OOG")',
        "pass",
        equivalent="the zero address is no sender: AA14 refuses it.",
    ),
    _entry_point(
        "another-sender-made",
        "a factory may make another account than the sender",
        'verdicts._fail(place, "AA14 initCode must return sender")',
        "pass",
        equivalent="a sender without code gives no answer: AA23 refuses it.",
    ),
    _entry_point(
        "no-sender-made",
        "a factory may make nothing",
        'verdicts._fail(place, "AA15 initCode must create sender")',
        "pass",
        equivalent="a sender without code gives no answer: AA23 refuses it.",
    ),
    _entry_point(
        "sender-without-code",
        "a sender may have no code",
        'verdicts._fail(i, "AA20 account not deployed")',
        "pass",
        equivalent="a sender without code gives no answer: AA23 refuses it.",
    ),
    _entry_point(
        "bundle-of-any-size",
        "the size of a bundle is not looked at",
        'raw_revert(abi_encode(size, limit, method_id=method_id("BundleTooLarge(uint256,uint256)")))',
        "pass",
        equivalent="the buffers have bounds of their own.",
    ),
    _entry_point(
        "any-selector-runs-a-bundle",
        "an unknown function is taken for handleOps",
        "    assert selector == HANDLE_OPS\n",
        equivalent="a bundle at position 0 has a count that no bound allows.",
    ),
    _entry_point(
        "context-of-any-length",
        "the length of a paymaster's context is not looked at",
        '    assert length <= MAX_CONTEXT, "paymaster context too long"\n',
        equivalent="the buffer has a bound of its own.",
    ),
)
