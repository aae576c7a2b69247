# pragma version 0.4.3
"""
@title Hostile: a contract that belongs to an attacker
@license MIT
@notice Anyone who calls it, by any function, sets it off: it makes the calls that it was given, each once, and
        answers what it was told to. So it is a target that calls back, a token that lies, a paymaster, a
        receiver of fees, or a bundler, as its script has it.
@dev A call leaves the script before it is made, so a script that comes back to this contract goes on behind it.
     What a call answers is passed over: an attacker tries.
"""

MAX_MOVES: constant(uint256) = 4
MAX_BYTES: constant(uint256) = 4_096

struct Move:
    target: address
    # wei
    amount: uint256
    data: Bytes[MAX_BYTES]

# Number → what is still to be called; from `next` to before `end`.
script: HashMap[uint256, Move]
next: uint256
end: uint256
# What every call of this contract gets back, and whether as a revert.
answer: Bytes[96]
reverts: bool


@external
@payable
def arm(moves: DynArray[Move, MAX_MOVES], answer: Bytes[96], reverts: bool):
    """
    @notice Replaces the script and the answer.
    """
    self.next = 0
    self.end = len(moves)
    for i: uint256 in range(len(moves), bound=MAX_MOVES):
        self.script[i] = moves[i]
    self.answer = answer
    self.reverts = reverts


@external
@payable
@raw_return
def __default__() -> Bytes[96]:
    """
    @notice Makes the calls that are left, in order.
    """
    for i: uint256 in range(MAX_MOVES):
        if self.next == self.end:
            break
        move: Move = self.script[self.next]
        self.next += 1
        made: bool = raw_call(move.target, move.data, value=move.amount, revert_on_failure=False)
    if self.reverts:
        raw_revert(self.answer)
    return self.answer
