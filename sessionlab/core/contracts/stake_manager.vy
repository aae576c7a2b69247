# pragma version 0.4.3
"""
@title Deposits and stakes of the EntryPoint
@notice ERC-4337 (v0.7) StakeManager: what an account or a paymaster has paid in for gas.
"""

event Deposited:
    account: indexed(address)
    totalDeposit: uint256

event Withdrawn:
    account: indexed(address)
    withdrawAddress: address
    amount: uint256

event StakeLocked:
    account: indexed(address)
    totalStaked: uint256
    unstakeDelaySec: uint256

event StakeUnlocked:
    account: indexed(address)
    withdrawTime: uint256

event StakeWithdrawn:
    account: indexed(address)
    withdrawAddress: address
    amount: uint256

struct Stake:
    staked: bool
    stake: uint112
    unstakeDelaySec: uint32
    withdrawTime: uint48

struct DepositInfo:
    deposit: uint256
    staked: bool
    stake: uint112
    unstakeDelaySec: uint32
    withdrawTime: uint48

deposit_of: HashMap[address, uint256]
# The fields of Stake in one word, as Solidity packs them.
stake_of: HashMap[address, uint256]


@external
@view
def balanceOf(account: address) -> uint256:
    """
    @notice The deposit of `account`, in wei.
    """
    return self.deposit_of[account]


@external
@view
def deposits(account: address) -> (uint256, bool, uint112, uint32, uint48):
    """
    @notice Deposit and stake of `account`, as the getter of v0.7 has it.
    """
    stake: Stake = self._stake(account)
    return self.deposit_of[account], stake.staked, stake.stake, stake.unstakeDelaySec, stake.withdrawTime


@external
@view
def getDepositInfo(account: address) -> DepositInfo:
    """
    @notice Deposit and stake of `account`.
    """
    stake: Stake = self._stake(account)
    return DepositInfo(
        deposit=self.deposit_of[account],
        staked=stake.staked,
        stake=stake.stake,
        unstakeDelaySec=stake.unstakeDelaySec,
        withdrawTime=stake.withdrawTime,
    )


@external
@payable
def depositTo(account: address):
    """
    @notice Adds the value sent to the deposit of `account`.
    """
    self._deposit(account, msg.value)


@external
def withdrawTo(withdrawAddress: address, withdrawAmount: uint256):
    """
    @notice Sends part of the caller's deposit to `withdrawAddress`.
    """
    deposit: uint256 = self.deposit_of[msg.sender]
    assert withdrawAmount <= deposit, "Withdraw amount too large"
    self.deposit_of[msg.sender] = deposit - withdrawAmount
    log Withdrawn(account=msg.sender, withdrawAddress=withdrawAddress, amount=withdrawAmount)
    assert self._send(withdrawAddress, withdrawAmount), "failed to withdraw"


@external
@payable
def addStake(unstakeDelaySec: uint32):
    """
    @notice Locks the value sent as the caller's stake, for at least `unstakeDelaySec` seconds after unlocking.
    """
    stake: Stake = self._stake(msg.sender)
    assert unstakeDelaySec > 0, "must specify unstake delay"
    assert unstakeDelaySec >= stake.unstakeDelaySec, "cannot decrease unstake time"
    total: uint256 = convert(stake.stake, uint256) + msg.value
    assert total > 0, "no stake specified"
    assert total >> 112 == 0, "stake overflow"
    self._set_stake(
        Stake(staked=True, stake=convert(total, uint112), unstakeDelaySec=unstakeDelaySec, withdrawTime=0)
    )
    log StakeLocked(account=msg.sender, totalStaked=total, unstakeDelaySec=convert(unstakeDelaySec, uint256))


@external
def unlockStake():
    """
    @notice Starts the delay after which the caller's stake can be withdrawn.
    """
    stake: Stake = self._stake(msg.sender)
    assert stake.unstakeDelaySec != 0, "not staked"
    assert stake.staked, "already unstaking"
    withdraw_time: uint256 = block.timestamp + convert(stake.unstakeDelaySec, uint256)
    stake.withdrawTime = convert(withdraw_time, uint48)
    stake.staked = False
    self._set_stake(stake)
    log StakeUnlocked(account=msg.sender, withdrawTime=withdraw_time)


@external
def withdrawStake(withdrawAddress: address):
    """
    @notice Sends the caller's unlocked stake to `withdrawAddress`.
    """
    stake: Stake = self._stake(msg.sender)
    amount: uint256 = convert(stake.stake, uint256)
    assert amount > 0, "No stake to withdraw"
    assert stake.withdrawTime > 0, "must call unlockStake() first"
    assert convert(stake.withdrawTime, uint256) <= block.timestamp, "Stake withdrawal is not due"
    self.stake_of[msg.sender] = 0
    log StakeWithdrawn(account=msg.sender, withdrawAddress=withdrawAddress, amount=amount)
    assert self._send(withdrawAddress, amount), "failed to withdraw stake"


@internal
@view
def _stake(account: address) -> Stake:
    word: uint256 = self.stake_of[account]
    return Stake(
        staked=word & 255 != 0,
        stake=convert((word >> 8) & (2 ** 112 - 1), uint112),
        unstakeDelaySec=convert((word >> 120) & (2 ** 32 - 1), uint32),
        withdrawTime=convert((word >> 152) & (2 ** 48 - 1), uint48),
    )


@internal
def _set_stake(stake: Stake):
    word: uint256 = convert(stake.stake, uint256) << 8 | convert(stake.unstakeDelaySec, uint256) << 120
    word |= convert(stake.withdrawTime, uint256) << 152 | convert(stake.staked, uint256)
    self.stake_of[msg.sender] = word


@internal
def _deposit(account: address, amount: uint256):
    total: uint256 = self.deposit_of[account] + amount
    self.deposit_of[account] = total
    log Deposited(account=account, totalDeposit=total)


@internal
def _send(to: address, amount: uint256) -> bool:
    return raw_call(to, b"", value=amount, revert_on_failure=False)
