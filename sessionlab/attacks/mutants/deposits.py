"""Mutants of deposits and stakes."""

from functools import partial

from sessionlab.attacks.mutants.mutant import Mutant

_deposits = partial(Mutant, module="stake_manager", contract="EntryPoint")

MUTANTS = (
    _deposits(
        "withdraw-more-than-paid-in",
        "more can be withdrawn than was paid in",
        (
            'assert withdrawAmount <= deposit, "Withdraw amount too large"\n'
            "    self.deposit_of[msg.sender] = deposit - withdrawAmount"
        ),
        "self.deposit_of[msg.sender] = deposit - min(deposit, withdrawAmount)",
        attack="more-than-paid-in",
    ),
    _deposits(
        "withdrawal-lost",
        "a withdrawal that does not arrive is passed over",
        'assert self._send(withdrawAddress, withdrawAmount), "failed to withdraw"',
        "sent: bool = self._send(withdrawAddress, withdrawAmount)",
        attack="withdrawn-to-nobody",
    ),
    _deposits(
        "stake-lost",
        "a stake that does not arrive is passed over",
        'assert self._send(withdrawAddress, amount), "failed to withdraw stake"',
        "sent: bool = self._send(withdrawAddress, amount)",
        attack="withdrawn-to-nobody",
    ),
    _deposits(
        "stake-for-no-time",
        "a stake may be for no time at all",
        '    assert unstakeDelaySec > 0, "must specify unstake delay"\n',
        attack="stake-of-nothing",
    ),
    _deposits(
        "stake-shortened",
        "the delay of a stake may be made shorter",
        '    assert unstakeDelaySec >= stake.unstakeDelaySec, "cannot decrease unstake time"\n',
        attack="stake-back-at-once",
    ),
    _deposits(
        "stake-of-nothing",
        "a stake may be of no wei",
        '    assert total > 0, "no stake specified"\n',
        attack="stake-of-nothing",
    ),
    _deposits(
        "stake-never-unlocked",
        "a stake can be withdrawn without unlocking it",
        '    assert stake.withdrawTime > 0, "must call unlockStake() first"\n',
        attack="stake-back-at-once",
    ),
    _deposits(
        "stake-before-its-time",
        "a stake can be withdrawn before its delay is over",
        '    assert convert(stake.withdrawTime, uint256) <= block.timestamp, "Stake withdrawal is not due"\n',
        attack="stake-back-at-once",
    ),
    _deposits(
        "unlock-without-stake",
        "who has no stake may unlock it",
        '    assert stake.unstakeDelaySec != 0, "not staked"\n',
        equivalent="there is nothing to take out.",
    ),
    _deposits(
        "unlock-twice",
        "a stake may be unlocked twice",
        '    assert stake.staked, "already unstaking"\n',
        equivalent="the time begins anew, for its owner alone.",
    ),
    _deposits(
        "withdraw-no-stake",
        "who has no stake may withdraw it",
        '    assert amount > 0, "No stake to withdraw"\n',
        equivalent="0 wei is sent.",
    ),
)
