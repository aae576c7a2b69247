"""Mutants of the sponsor's paymaster and of the factory."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_paymaster = partial(Mutant, module="SponsorPaymaster", contract="SponsorPaymaster")
_deposit_in_entry_point = partial(Mutant, module="deposit_in_entry_point", contract="SponsorPaymaster")
_factory = partial(Mutant, module="WalletFactory", contract="WalletFactory")

MUTANTS = (
    _paymaster(
        "sponsor-data-of-any-length",
        "the length of paymasterData is not looked at",
        "if reading._word(data) != DATA_BYTES:",
        NEVER,
        attack="forged-sponsorship",
    ),
    _paymaster(
        "sponsorship-without-end",
        "the end of a sponsorship is not told",
        " | (reading._word(data + 84) >> 208) << 160",
        attack="sponsorship-out-of-time",
    ),
    _paymaster(
        "sponsorship-without-beginning",
        "the beginning of a sponsorship is not told",
        "(reading._word(data + 90) >> 208) << 208 | ",
        attack="sponsorship-out-of-time",
    ),
    _paymaster(
        "sponsorship-unsigned",
        "the sponsor's signature is not looked at",
        "if not self._signed(digest, data + 96):",
        NEVER,
        attack="sponsorship-of-another",
    ),
    _paymaster(
        "sponsorship-without-sender",
        "what the sponsor signs leaves the sender out",
        "            head.sender,\n",
        attack="sponsorship-of-another",
    ),
    _paymaster(
        "sponsorship-without-nonce",
        "what the sponsor signs leaves the nonce out",
        "            head.nonce,\n",
        attack="bent-sponsorship",
    ),
    _paymaster(
        "sponsorship-without-init-code",
        "what the sponsor signs leaves the call that makes the wallet out",
        "            hashes[0],\n",
        attack="sponsorship-of-another",
    ),
    _paymaster(
        "sponsorship-without-call-data",
        "what the sponsor signs leaves the call data out",
        "            hashes[1],\n",
        attack="bent-sponsorship",
    ),
    _paymaster(
        "sponsorship-without-gas-limits",
        "what the sponsor signs leaves the account's gas limits out",
        "            head.accountGasLimits,\n",
        attack="bent-sponsorship",
    ),
    _paymaster(
        "sponsorship-without-pre-verification-gas",
        "what the sponsor signs leaves the pre-verification gas out",
        "            head.preVerificationGas,\n",
        attack="bent-sponsorship",
    ),
    _paymaster(
        "sponsorship-without-fees",
        "what the sponsor signs leaves the fees out",
        "            head.gasFees,\n",
        attack="bent-sponsorship",
    ),
    _paymaster(
        "sponsorship-without-paymaster-limits",
        "what the sponsor signs leaves its own gas limits out",
        "            reading._word(data + 20),\n",
        attack="bent-sponsorship",
    ),
    _paymaster(
        "sponsorship-without-window",
        "what the sponsor signs leaves the window out",
        "            reading._word(data + 52) >> 160,\n",
        attack="bent-sponsorship",
    ),
    _paymaster(
        "sponsorship-without-chain",
        "what the sponsor signs leaves the chain out",
        "            chain.id,\n",
        attack="forged-sponsorship",
    ),
    _paymaster(
        "sponsorship-without-paymaster",
        "what the sponsor signs leaves the paymaster out",
        "            self,\n",
        attack="forged-sponsorship",
    ),
    _paymaster(
        "sponsor-high-s",
        "both forms of the sponsor's signature are taken",
        "s > HALF_ORDER or ",
        attack="forged-sponsorship",
    ),
    _paymaster(
        "any-sponsor",
        "whose signature a sponsorship has is not looked at",
        " and signer == funds.sponsor",
        attack="sponsorship-of-another",
    ),
    _paymaster(
        "anybody-asks-the-paymaster",
        "anybody may ask the paymaster for its answer",
        "if msg.sender != funds.ENTRY_POINT:",
        NEVER,
        equivalent="its answer changes nothing: only the EntryPoint's own question moves the deposit.",
    ),
    _paymaster(
        "any-question-is-answered",
        "the paymaster answers every function like validatePaymasterUserOp",
        "    assert selector == VALIDATE\n",
        equivalent="its answer changes nothing, and asks for no postOp.",
    ),
    _paymaster(
        "sponsor-v-of-any-value",
        "v of a sponsor's signature may be any number",
        " or (v != 27 and v != 28)",
        equivalent="ecrecover has no answer for others.",
    ),
    _paymaster(
        "no-sponsor-signs",
        "the zero address may be a signer",
        "signer != empty(address) and ",
        equivalent="it is not the sponsor.",
    ),
    _deposit_in_entry_point(
        "sponsor-deposit-for-anybody",
        "anybody may take the paymaster's deposit out",
        "if msg.sender != sponsor:",
        NEVER,
        attack="deposit-of-the-sponsor",
    ),
    _factory(
        "salt-without-owner",
        "the address of a new wallet does not depend on its owner",
        "keccak256(abi_encode(owner, salt))",
        "keccak256(abi_encode(salt))",
        attack="squatted-address",
    ),
    _factory(
        "wallet-of-nobody",
        "a wallet may be made for the zero address",
        '    assert owner != empty(address), "owner is zero"\n',
        equivalent="nobody can sign for it.",
    ),
)
