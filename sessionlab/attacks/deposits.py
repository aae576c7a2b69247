"""Attacks on deposits and stakes in the EntryPoint."""

from __future__ import annotations

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import SESSION, AttackLab, address
from sessionlab.attacks.bundles import REFUSES_WITH_32
from sessionlab.attacks.operations import transact
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT


@attack("deposits", holds="an account of its own", gain="1 ether of the others' deposits", source="ERC-4337, deposits")
def more_than_paid_in(lab: AttackLab) -> str:
    """Who has paid in 1 wei takes out 1 ether."""
    made, before = artifact("EntryPoint"), lab.chain.balance(ENTRY_POINT)
    transact(lab, SESSION, ENTRY_POINT, made.encode("depositTo", SESSION.address), 1)
    transact(lab, SESSION, ENTRY_POINT, made.encode("withdrawTo", SESSION.address, 10**18))
    lost = before - lab.chain.balance(ENTRY_POINT)
    return f"{lost:,} wei" if lost > 0 else ""


@attack("deposits", holds="an account of its own", gain="a deposit that is gone", source="ERC-4337, withdrawTo")
def withdrawn_to_nobody(lab: AttackLab) -> str:
    """A deposit and a stake are sent to a contract that takes no value: they must stay where they are."""
    made = artifact("EntryPoint")
    refuses = address("a beneficiary that refuses")
    lab.chain.set_code(refuses, REFUSES_WITH_32)
    for call, value in (("depositTo", 10**18), ("addStake", 10**18)):
        what = SESSION.address if call == "depositTo" else 1
        transact(lab, SESSION, ENTRY_POINT, made.encode(call, what), value)
    transact(lab, SESSION, ENTRY_POINT, made.encode("unlockStake"))
    lab.chain.travel(10)
    transact(lab, SESSION, ENTRY_POINT, made.encode("withdrawTo", refuses, 10**18))
    transact(lab, SESSION, ENTRY_POINT, made.encode("withdrawStake", refuses))
    kept = stake_of(lab, SESSION.address)
    gone = 2 * 10**18 - kept["deposit"] - kept["stake"]
    return f"{gone:,} wei is nobody's" if gone else ""


def stake_of(lab: AttackLab, who: str) -> dict[str, int]:
    """Return the EntryPoint's deposit and stake record for an account."""
    made = artifact("EntryPoint")
    answer = made.decode("getDepositInfo", lab.chain.call(ENTRY_POINT, made.encode("getDepositInfo", who)).output)
    return dict(zip(("deposit", "staked", "stake", "unstakeDelaySec", "withdrawTime"), answer, strict=True))


@attack("deposits", holds="an account of its own", gain="a stake that binds nobody", source="ERC-4337, addStake")
def stake_of_nothing(lab: AttackLab) -> str:
    """Staked without a wei; and staked for no time at all."""
    made = artifact("EntryPoint")
    for seconds, value in ((86_400, 0), (0, 10**18)):
        snapshot = lab.chain.snapshot()
        transact(lab, SESSION, ENTRY_POINT, made.encode("addStake", seconds), value)
        result = stake_of(lab, SESSION.address)
        if result["staked"]:
            return f"staked: {result['stake']:,} wei for {result['unstakeDelaySec']:,} s"
        lab.chain.revert(snapshot)
    return ""


@attack("deposits", holds="an account of its own", gain="its stake, before the time", source="ERC-4337, stakes")
def stake_back_at_once(lab: AttackLab) -> str:
    """The stake is taken out without unlocking, before its day is over, and after shortening the day."""
    made = artifact("EntryPoint")
    transact(lab, SESSION, ENTRY_POINT, made.encode("addStake", 86_400), 10**18)
    take = made.encode("withdrawStake", address("a thief"))
    transact(lab, SESSION, ENTRY_POINT, take)
    transact(lab, SESSION, ENTRY_POINT, made.encode("addStake", 1), 1)
    transact(lab, SESSION, ENTRY_POINT, made.encode("unlockStake"))
    transact(lab, SESSION, ENTRY_POINT, take)
    lab.chain.travel(100)
    transact(lab, SESSION, ENTRY_POINT, take)
    got = lab.chain.balance(address("a thief"))
    return f"{got:,} wei after 100 s, where 86,400 s were promised" if got else ""
