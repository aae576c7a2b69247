"""Deposits and stakes."""

from sessionlab.attacks.weakness import weaken

weaken(
    "withdraw-more-than-paid-in",
    "more can be withdrawn than was paid in",
    "deposits",
    (
        '    assert withdrawAmount <= deposit, "Withdraw amount too large"\n'
        "    self.deposit_of[msg.sender] = deposit - withdrawAmount\n"
    ),
    "    self.deposit_of[msg.sender] = deposit - min(deposit, withdrawAmount)\n",
    by="more-than-paid-in",
    contract="EntryPoint",
)
weaken(
    "withdrawal-lost",
    "a withdrawal that does not arrive is passed over",
    "deposits",
    '    assert self._send(withdrawAddress, withdrawAmount), "failed to withdraw"\n',
    "    sent: bool = self._send(withdrawAddress, withdrawAmount)\n",
    by="withdrawn-to-nobody",
    contract="EntryPoint",
)
weaken(
    "stake-lost",
    "a stake that does not arrive is passed over",
    "deposits",
    '    assert self._send(withdrawAddress, amount), "failed to withdraw stake"\n',
    "    sent: bool = self._send(withdrawAddress, amount)\n",
    by="withdrawn-to-nobody",
    contract="EntryPoint",
)
weaken(
    "stake-for-no-time",
    "a stake may be for no time at all",
    "deposits",
    '    assert unstakeDelaySec > 0, "must specify unstake delay"\n',
    "",
    by="stake-of-nothing",
    contract="EntryPoint",
)
weaken(
    "stake-shortened",
    "the delay of a stake may be made shorter",
    "deposits",
    '    assert unstakeDelaySec >= stake.unstakeDelaySec, "cannot decrease unstake time"\n',
    "",
    by="stake-back-at-once",
    contract="EntryPoint",
)
weaken(
    "stake-of-nothing",
    "a stake may be of no wei",
    "deposits",
    '    assert total > 0, "no stake specified"\n',
    "",
    by="stake-of-nothing",
    contract="EntryPoint",
)
weaken(
    "stake-never-unlocked",
    "a stake can be withdrawn without unlocking it",
    "deposits",
    '    assert stake.withdrawTime > 0, "must call unlockStake() first"\n',
    "",
    by="stake-back-at-once",
    contract="EntryPoint",
)
weaken(
    "stake-before-its-time",
    "a stake can be withdrawn before its delay is over",
    "deposits",
    ('    assert convert(stake.withdrawTime, uint256) <= block.timestamp, "Stake withdrawal is not due"\n'),
    "",
    by="stake-back-at-once",
    contract="EntryPoint",
)
