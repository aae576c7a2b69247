"""Checks behind which another one stands: without one of them nothing more passes."""

from sessionlab.attacks.weakness import weaken

weaken(
    "sum-may-overflow",
    "a sum of values that overflows is not refused by its own name",
    "spending",
    "        if call.amount > max_value(uint256) - total:\n",
    "        if False:\n",
    because="Vyper's addition refuses the overflow, without a name; production names it Panic(0x11).",
)
weaken(
    "short-token-call",
    "a call of a limited token may be shorter than its arguments",
    "spending",
    "    if call.length < SPENDING_BYTES:\n",
    "    if False:\n",
    because=(
        "what is read behind a short call is never less than what a token that pads with zeros takes "
        "from it; production names it InvalidCalldataLength."
    ),
)
weaken(
    "short-self-call",
    "a call of the wallet itself may be shorter than a selector",
    "validation",
    "        if batch.table != 0 and call.length < 4:\n",
    "        if False:\n",
    because="no function has the selector that it is padded to; only the name of the error is another.",
)
weaken(
    "own-function-granted-twice",
    "a function of the wallet itself may be granted twice",
    "installing",
    "        if not reach._allow_account_function(session, row.selector):\n",
    "        if not reach._allow_account_function(session, row.selector) and False:\n",
    because="the second grant writes what the first wrote; production refuses it.",
)
weaken(
    "wallet-as-a-target",
    "a grant may name the wallet itself as a target",
    "installing",
    "    if target == self:\n",
    "    if False:\n",
    because="calls of the wallet itself are looked at before the targets are.",
)
weaken(
    "own-function-listed-twice",
    "a function that is granted twice is not noticed",
    "reach",
    ("    if self.functions[scope][key]:\n        return False\n"),
    "",
    because="the second grant writes what the first wrote; production refuses it.",
)
weaken(
    "unlisted-target-by-another-name",
    "a target that no permission names is refused as a function",
    "reach",
    ("    if marks & LISTED == 0:\n        self._refuse"),
    ("    if False:\n        self._refuse"),
    because="the last line refuses all that is left; only the name of the error is another.",
)
weaken(
    "short-data-by-another-name",
    "call data without a selector is refused as a function",
    "reach",
    ("    if call.length < 4:\n        self._refuse_no_selector"),
    ("    if False:\n        self._refuse_no_selector"),
    because="the last line refuses all that is left; only the name of the error is another.",
)
weaken(
    "deferred-install-of-any-size",
    "the size of a deferred install is not looked at",
    "SessionWallet",
    "            if size > MAX_CALLDATA:\n",
    "            if False:\n",
    because="its copy has a bound, and what is cut off is missed by the hash.",
)
weaken(
    "deferred-shorter-than-a-selector",
    "a deferred action may be shorter than a selector",
    "deferral",
    "    if encoded < 31 or length < 4 + encoded + 70:\n",
    "    if length < 4 + encoded + 70:\n",
    because="its length minus what stands around it would be less than zero, which Vyper refuses.",
)
weaken(
    "deferred-longer-than-the-signature",
    "a deferred action may be longer than the signature that holds it",
    "deferral",
    "    if encoded < 31 or length < 4 + encoded + 70:\n",
    "    if encoded < 31:\n",
    because="the rest of the signature would have less than no bytes, which Vyper refuses.",
)
weaken(
    "deferred-without-an-id",
    "a deferred install may end before the session's id",
    "deferral",
    "encoded >= 63 and ",
    "",
    because="installSession, which it calls, refuses what has no id.",
)
weaken(
    "key-of-nobody",
    "a session may have the zero address as its key",
    "sessions",
    "    if key == empty(address):\n",
    "    if False:\n",
    because="the zero address never counts as a signer.",
)
weaken(
    "nothing-to-revoke",
    "deployed: what is not installed may be revoked with hook data",
    "sessions",
    "    if session.header == 0 and with_hook_data and not total:\n",
    "    if False:\n",
    rules="deployed",
    because=("it ends a grant that was signed and not used, which is what the owner asks for; production refuses it."),
)
weaken(
    "factory-failed",
    "a factory that fails is passed over",
    "EntryPoint",
    '        verdicts._fail(place, "AA13 initCode failed or OOG")\n',
    "        pass\n",
    contract="EntryPoint",
    because="the zero address is no sender: AA14 refuses it.",
)
weaken(
    "another-sender-made",
    "a factory may make another account than the sender",
    "EntryPoint",
    '        verdicts._fail(place, "AA14 initCode must return sender")\n',
    "        pass\n",
    contract="EntryPoint",
    because="a sender without code gives no answer: AA23 refuses it.",
)
weaken(
    "no-sender-made",
    "a factory may make nothing",
    "EntryPoint",
    '        verdicts._fail(place, "AA15 initCode must create sender")\n',
    "        pass\n",
    contract="EntryPoint",
    because="a sender without code gives no answer: AA23 refuses it.",
)
weaken(
    "sender-without-code",
    "a sender may have no code",
    "EntryPoint",
    '            verdicts._fail(i, "AA20 account not deployed")\n',
    "            pass\n",
    contract="EntryPoint",
    because="a sender without code gives no answer: AA23 refuses it.",
)
weaken(
    "paymaster-without-code",
    "a paymaster may have no code",
    "prefund",
    '        verdicts._fail(place, "AA30 paymaster not deployed")\n',
    "        pass\n",
    contract="EntryPoint",
    because="a paymaster without code gives no answer: AA33 refuses it.",
)
weaken(
    "gas-values-of-any-size",
    "gas values may have more than 120 bits",
    "operations",
    '    assert largest >> 120 == 0, "AA94 gas values overflow"\n',
    "",
    contract="EntryPoint",
    because="Vyper's multiplication refuses the overflow, and no deposit holds the rest.",
)
weaken(
    "bundle-of-any-size",
    "the size of a bundle is not looked at",
    "EntryPoint",
    ('        raw_revert(abi_encode(size, limit, method_id=method_id("BundleTooLarge(uint256,uint256)")))\n'),
    "        pass\n",
    contract="EntryPoint",
    because="the buffers have bounds of their own.",
)
weaken(
    "any-selector-runs-a-bundle",
    "an unknown function is taken for handleOps",
    "EntryPoint",
    "    assert selector == HANDLE_OPS\n",
    "",
    contract="EntryPoint",
    because="a bundle at position 0 has a count that no bound allows.",
)
weaken(
    "context-of-any-length",
    "the length of a paymaster's context is not looked at",
    "EntryPoint",
    '    assert length <= MAX_CONTEXT, "paymaster context too long"\n',
    "",
    contract="EntryPoint",
    because="the buffer has a bound of its own.",
)
weaken(
    "unlock-without-stake",
    "who has no stake may unlock it",
    "deposits",
    '    assert stake.unstakeDelaySec != 0, "not staked"\n',
    "",
    contract="EntryPoint",
    because="there is nothing to take out.",
)
weaken(
    "unlock-twice",
    "a stake may be unlocked twice",
    "deposits",
    '    assert stake.staked, "already unstaking"\n',
    "",
    contract="EntryPoint",
    because="the time begins anew, for its owner alone.",
)
weaken(
    "withdraw-no-stake",
    "who has no stake may withdraw it",
    "deposits",
    '    assert amount > 0, "No stake to withdraw"\n',
    "",
    contract="EntryPoint",
    because="0 wei are sent.",
)
weaken(
    "call-limit-unchecked",
    "an operation behind the last one that is granted is not told from others",
    "allowances",
    "        if left == 0:\n",
    "        if False:\n",
    because="there is nothing left to take 1 from, and the subtraction reverts.",
)
weaken(
    "anybody-asks-the-paymaster",
    "anybody may ask the paymaster for its answer",
    "SponsorPaymaster",
    "    if msg.sender != funds.ENTRY_POINT:\n",
    "    if False:\n",
    contract="SponsorPaymaster",
    because="its answer changes nothing: only the EntryPoint's own question moves the deposit.",
)
weaken(
    "any-question-is-answered",
    "the paymaster answers every function like validatePaymasterUserOp",
    "SponsorPaymaster",
    "    assert selector == VALIDATE\n",
    "",
    contract="SponsorPaymaster",
    because="its answer changes nothing, and asks for no postOp.",
)
weaken(
    "sponsor-v-of-any-value",
    "v of a sponsor's signature may be any number",
    "SponsorPaymaster",
    " or (v != 27 and v != 28)",
    "",
    contract="SponsorPaymaster",
    because="ecrecover has no answer for others.",
)
weaken(
    "no-sponsor-signs",
    "the zero address may be a signer",
    "SponsorPaymaster",
    "signer != empty(address) and ",
    "",
    contract="SponsorPaymaster",
    because="it is not the sponsor.",
)
weaken(
    "wallet-of-nobody",
    "a wallet may be made for the zero address",
    "WalletFactory",
    '    assert owner != empty(address), "owner is zero"\n',
    "",
    contract="WalletFactory",
    because="nobody can sign for it.",
)
weaken(
    "limited-wallet",
    "a limit that production does not have may name the wallet itself",
    "installing",
    "        self._check_target(place, row.target)\n        return",
    "        return",
    because="such a limit grants nothing: it only narrows what the session does to the wallet itself.",
)
