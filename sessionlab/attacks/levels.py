"""Levels: a wallet with one vulnerability to exploit and fix, a goal, hints, and a check against the chain.

    play = level(2).start()                                        a chain with the mutant of the wallet
    play.act([play.call(play.merchant, wei=10)])                   what the session key may do, and more
    play.won()                                                     what was taken, read from the chain
    play.hint()                                                    the next of three
    repair(play.level, source)                                     does the changed Vyper stop the attack? (repair.py)

Levels are data (``LEVELS``); the functions for playing them are in ``level_run.py``.
"""

from __future__ import annotations

from sessionlab.attacks.attack_lab import COUNTER, INCREMENT, MERCHANT, TOKEN, AttackLab
from sessionlab.attacks.gains import counts, granted, owner, units
from sessionlab.attacks.level_run import Level
from sessionlab.attacks.operations import deferred_operation, revoke
from sessionlab.core.base.doors import NUMBER, reads
from sessionlab.core.base.errors import NotFound
from sessionlab.core.base.keys import derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.permissions import (
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    NativeTokenTransfer,
    rows,
)

ACCESS = ContractAccess(address=COUNTER)
ETHERS = NativeTokenTransfer(allowance=10)
COINS = Erc20TokenTransfer(address=TOKEN, allowance=50)
OWN_FUNCTION = "0x" + artifact("SessionWallet").encode("updateFallbackSignerData", COUNTER, False)[:4].hex()
PING = [Call(COUNTER, data=INCREMENT)]
#: A key that the player does not hold.
ANOTHER = derive_key("attacks", "another")


def _arrived(lab: AttackLab, allowed: int) -> str:
    """The wei that the counter and the merchant received (both start with none), if more than ``allowed``."""
    got = sum(lab.chain.balance(who) for who in (COUNTER, MERCHANT))
    return f"{got:,} wei{granted(allowed)}" if got > allowed else ""


def _revoked_before_use(lab: AttackLab) -> UserOperation:
    """Return a session's first operation with the owner's install signature, which the owner has since revoked."""
    first = deferred_operation(lab, rows([ACCESS]), PING)
    revoke(lab, with_hook_data=False)
    return first


LEVELS = (
    Level(
        1,
        "Nobody asks who signed",
        "signature-unchecked",
        (ACCESS,),
        ("A session may move the counter. Its key is not yours: you hold another.", "Move the counter."),
        (
            "What would the wallet have to ask, to know whose operation this is?",
            "play.act signs with your key, which nobody granted anything. Does somebody notice?",
            'play.act([play.call(play.counter, "increment")])',
        ),
        "Anyone may send an operation; what counts is who signed. Bundles are open to all, so a wallet that does not "
        "check the signature belongs to anyone who can reach the EntryPoint.",
        counts,
        key=ANOTHER,
    ),
    Level(
        2,
        "The last call counts",
        "last-call-counts-alone",
        (ETHERS, ACCESS),
        ("The key may send 10 wei in all.", "Make more than 10 wei arrive at the counter or the merchant."),
        (
            "The allowance is looked at once for each operation. How many calls has an operation?",
            "A batch may hold up to 32 calls, and here only one of them is counted. Which one?",
            "play.act([play.call(play.merchant, wei=10**18), play.call(play.merchant)])",
        ),
        "A limit that is checked for each call, or for the last, is spent for the batch. What is counted must be the "
        "sum of what is executed, before the first call runs.",
        lambda lab: _arrived(lab, 10),
    ),
    Level(
        3,
        "A check that corrects",
        "token-allowance-clamped",
        (COINS,),
        ("The key may move 50 units of the token.", "Get more than 50 units to the thief."),
        (
            "What does the wallet do with somebody who asks for more than is left?",
            "It takes what is left from the allowance. What does it take from the call?",
            'Ask for everything: play.act([play.call(play.token, "transfer", play.thief, 10**12)])',
        ),
        "What was asked and what is executed are the same bytes. A check may refuse them; a check that makes its own "
        "number smaller lets them through as they are.",
        lambda lab: units(lab, more_than=50),
    ),
    Level(
        4,
        "The wallet is a contract too",
        "batch-uses-own-functions",
        (FunctionsOnAllContracts(functions=[OWN_FUNCTION]),),
        ("The key may call one function, by its selector, on all contracts.", "Become the owner of the wallet."),
        (
            "The selector is the one of updateFallbackSignerData(address,bool). Which contract has that function?",
            "All contracts: is the wallet one of them? One call alone may not go there. What of two in a batch?",
            'take = play.call(play.wallet, "updateFallbackSignerData", play.thief, False); play.act([take, take])',
        ),
        "A wallet is among all contracts. What a session may call on the wallet itself must be granted by name, as a "
        "function of the account, whatever a wildcard says.",
        owner,
    ),
    Level(
        5,
        "Signed before, used after",
        "superseded-grant",
        (),
        ("play.found was signed by the owner, and never sent; then the owner revoked it.", "Move the counter."),
        (
            "The first operation of a session brings the owner's signature. Does a revocation change that signature?",
            "play.found is such an operation, whole and signed. What does the wallet know of the revocation?",
            "play.send(play.found)",
        ),
        "What is signed stays signed. A grant must name the life of the session that it is for, and a revocation must "
        "begin another.",
        counts,
        find=_revoked_before_use,
    ),
)


@reads(number=NUMBER)
def level(number: int) -> Level:
    """Return the level with this number, from 1. Raises NotFound if there is none."""
    for item in LEVELS:
        if item.number == number:
            return item
    raise NotFound(f"There is no level {number}.", field="number", asked=number, fix=f"1 to {len(LEVELS)}.")
