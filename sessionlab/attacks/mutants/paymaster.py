"""The sponsor's paymaster, and the factory."""

from sessionlab.attacks.weakness import weaken

weaken(
    "sponsor-data-of-any-length",
    "the length of paymasterData is not looked at",
    "SponsorPaymaster",
    "    if reading._word(data) != DATA_BYTES:\n",
    "    if False:\n",
    by="forged-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-end",
    "the end of a sponsorship is not told",
    "SponsorPaymaster",
    " | (reading._word(data + 84) >> 208) << 160",
    "",
    by="sponsorship-out-of-time",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-beginning",
    "the beginning of a sponsorship is not told",
    "SponsorPaymaster",
    "(reading._word(data + 90) >> 208) << 208 | ",
    "",
    by="sponsorship-out-of-time",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-unsigned",
    "the sponsor's signature is not looked at",
    "SponsorPaymaster",
    "    if not self._signed(digest, data + 96):\n",
    "    if False:\n",
    by="sponsorship-of-another",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-sender",
    "what the sponsor signs leaves the sender out",
    "SponsorPaymaster",
    "            head.sender,\n",
    "",
    by="sponsorship-of-another",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-nonce",
    "what the sponsor signs leaves the nonce out",
    "SponsorPaymaster",
    "            head.nonce,\n",
    "",
    by="bent-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-init-code",
    "what the sponsor signs leaves the call that makes the wallet out",
    "SponsorPaymaster",
    "            hashes[0],\n",
    "",
    by="sponsorship-of-another",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-call-data",
    "what the sponsor signs leaves the call data out",
    "SponsorPaymaster",
    "            hashes[1],\n",
    "",
    by="bent-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-gas-limits",
    "what the sponsor signs leaves the account's gas limits out",
    "SponsorPaymaster",
    "            head.accountGasLimits,\n",
    "",
    by="bent-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-pre-verification-gas",
    "what the sponsor signs leaves the pre-verification gas out",
    "SponsorPaymaster",
    "            head.preVerificationGas,\n",
    "",
    by="bent-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-fees",
    "what the sponsor signs leaves the fees out",
    "SponsorPaymaster",
    "            head.gasFees,\n",
    "",
    by="bent-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-paymaster-limits",
    "what the sponsor signs leaves its own gas limits out",
    "SponsorPaymaster",
    "            reading._word(data + 20),\n",
    "",
    by="bent-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-window",
    "what the sponsor signs leaves the window out",
    "SponsorPaymaster",
    "            reading._word(data + 52) >> 160,\n",
    "",
    by="bent-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-chain",
    "what the sponsor signs leaves the chain out",
    "SponsorPaymaster",
    "            chain.id,\n",
    "",
    by="forged-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsorship-without-paymaster",
    "what the sponsor signs leaves the paymaster out",
    "SponsorPaymaster",
    "            self,\n",
    "",
    by="forged-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "sponsor-high-s",
    "both forms of the sponsor's signature are taken",
    "SponsorPaymaster",
    "s > HALF_ORDER or ",
    "",
    by="forged-sponsorship",
    contract="SponsorPaymaster",
)
weaken(
    "any-sponsor",
    "whose signature a sponsorship has is not looked at",
    "SponsorPaymaster",
    " and signer == funds.sponsor",
    "",
    by="sponsorship-of-another",
    contract="SponsorPaymaster",
)
weaken(
    "sponsor-deposit-for-anybody",
    "anybody may take the paymaster's deposit out",
    "deposit_in_entry_point",
    "    if msg.sender != sponsor:\n",
    "    if False:\n",
    by="deposit-of-the-sponsor",
    contract="SponsorPaymaster",
)
weaken(
    "salt-without-owner",
    "the address of a new wallet does not depend on its owner",
    "WalletFactory",
    "keccak256(abi_encode(owner, salt))",
    "keccak256(abi_encode(salt))",
    by="squatted-address",
    contract="WalletFactory",
)
