"""The incidents: what was published, what is run here, and the lesson of each."""

from __future__ import annotations

from sessionlab.attacks.attack_lab import OTHER_TOKEN, STRANGER, TOKEN, WALLET, AttackLab, deposit_of, left, tokens
from sessionlab.attacks.incidents import exploits as done
from sessionlab.attacks.incidents import sources
from sessionlab.attacks.incidents.incident import Incident, Measure
from sessionlab.attacks.mutants import find_mutant
from sessionlab.attacks.operations import install
from sessionlab.core.permissions import Permission
from sessionlab.core.permissions.limits import LimitKind

UNITS = "units"


def _held(lab: AttackLab) -> int:
    return tokens(lab, WALLET)


def _stolen(lab: AttackLab) -> int:
    return tokens(lab, STRANGER.address)


def _left(lab: AttackLab) -> int:
    return left(lab, LimitKind.ERC20, TOKEN)


def _old_held(lab: AttackLab) -> int:
    return tokens(lab, WALLET, OTHER_TOKEN)


def _old_stolen(lab: AttackLab) -> int:
    return tokens(lab, STRANGER.address, OTHER_TOKEN)


HELD = Measure("tokens of the wallet", UNITS, _held)
STOLEN = Measure("tokens of the thief", UNITS, _stolen)
LEFT = Measure("left of the key's limit", UNITS, _left)
OLD_HELD = Measure("other tokens of the wallet", UNITS, _old_held)
OLD_STOLEN = Measure("other tokens of the thief", UNITS, _old_stolen)
DEPOSIT = Measure("deposit of the wallet", "wei", deposit_of)
KEY = "a session key, stolen or of a dishonest app"


def _words(*permissions: Permission) -> tuple[str, ...]:
    return tuple(permission.sentence for permission in permissions)


def _game(lab: AttackLab) -> None:
    install(lab, [done.GAME])


def _purse(lab: AttackLab) -> None:
    install(lab, [done.COINS, done.GAME])


INCIDENTS = (
    Incident(
        name="wrapped-call",
        title="A call in an envelope",
        cost="no loss known",
        published="In April 2025 an advisory for Alchemy's SDK said that session keys of a Modular Account v2 could "
        "bypass any allowlist. It names no loss.",
        differs="The advisory does not say by which way. That it was executeUserOp, the envelope around a call, is the "
        "reading of sessionlab's list of attacks; the module itself says: execute and executeBatch alone.",
        sources=(sources.GHSA, sources.ALLOWLIST),
        thief=KEY,
        granted=_words(done.GAME),
        prepare=_game,
        play=done.play_wrapped,
        measures=(HELD, STOLEN),
        allowed=0,
        holed=find_mutant("wrapped-reach-unchecked"),
        stopped=("validation", "AddressNotAllowed"),
        lesson="Name what is allowed, not what is looked at. This list was right, and so was the check; but there was "
        "a second door to the same room, and the check stood at the first. Unwrap first, then judge every call that "
        "will run, whatever it comes in. What you cannot read, refuse.",
    ),
    Incident(
        name="drain-by-approve",
        title="An approval that costs nothing",
        cost="no loss known",
        published="MSCA-1 of the audit of Modular Account v1, high: session keys with a token limit can drain the "
        "wallet of that token. The report marks it as fixed.",
        differs="Of the change that fixes it we know what was bent: approve was counted as a difference to what was "
        "approved already. The trap, a contract that pulls in the middle of a batch, is ours.",
        sources=(sources.MSCA, sources.MSCA_1_FIX),
        thief=KEY,
        granted=_words(done.COINS, done.PLUGIN),
        prepare=done.prepare_trap,
        play=done.play_approve,
        measures=(HELD, STOLEN, LEFT),
        allowed=done.LIMIT,
        holed=find_mutant("approve-as-difference"),
        stopped=("execution", "ExceededTokenLimit"),
        lesson="A check that reads the world before a batch runs knows nothing of the world within it. Before each "
        "batch 50 units are approved, so approving 50 seems to add nothing; by the time it runs, they are gone. Count "
        "every approval in full, each time. It is stricter than need be, and it cannot be talked out of it.",
    ),
    Incident(
        name="stale-allowlist",
        title="What a revoked session leaves behind",
        cost="no loss known",
        published="ChainLight's CL-003 on SmartSession: the state of policies outlives a session. The module of "
        "Modular Account v2 says the same of itself: uninstalling does not remove all. We know of no loss.",
        differs="Here nothing is bent: the hole is what production does, as the ruleset deployed has it, measured on "
        "Modular Account v2.0.0. The report CL-003 itself was not found; the project's own issue says it.",
        sources=(sources.CL_003, sources.SMART_SESSIONS, sources.ALLOWLIST_STATE),
        thief="the key of the next session, which is narrower",
        granted=(*(f"earlier, and revoked: {words}" for words in _words(done.OLD)), *_words(done.COINS)),
        prepare=done.prepare_stale,
        play=done.play_stale,
        measures=(OLD_HELD, OLD_STOLEN),
        allowed=0,
        holed=None,
        unbent="a revocation without hook data leaves its lists, and the next session under that id has them",
        stopped=("validation", "AddressNotAllowed"),
        lesson="A session is a key and what hangs on it, in several places. To end the key is not to end the rest. "
        "Keep all of a session under a number that a revocation changes, as the documented rules do here: one write, "
        "and every list is another's. Until then: revoke with hook data, and never use an id twice.",
    ),
    Incident(
        name="slot-collision",
        title="Two keys, one purse",
        cost="no loss known",
        published="MSCA-2 of the audit of Modular Account v1, high: the place of a session key's data was derived "
        "wrongly, so that all keys of a wallet shared one set of permissions. The report marks it as fixed.",
        differs="How the place was derived there, the summary that was read does not say; here, the session's id is "
        "left out of it.",
        sources=(sources.MSCA,),
        thief="the key with the small limit",
        granted=(*_words(done.COINS), *(f"another key: {words}" for words in _words(done.MUCH))),
        prepare=done.prepare_two,
        play=done.play_two,
        measures=(HELD, STOLEN, LEFT),
        allowed=done.LIMIT,
        holed=find_mutant("one-slot-for-all-sessions"),
        stopped=("execution", "ExceededTokenLimit"),
        lesson="With one session, every test passes. With two, the second overwrites the first. Where something is "
        "kept is a rule like any other: test it with two of everything, in both orders, and look at what the one has "
        "left after the other has spent.",
    ),
    Incident(
        name="own-bundler",
        title="Paid by who did not sign",
        cost="about 11.76 ETH",
        published="In July 2026, about 11.76 ETH went in one transaction from about 300 wallets on Arbitrum. Anybody "
        "could name a session key of his own: whether the owner had added it was asked in execution, and by then "
        "the fee is owed. The thief was bundler and beneficiary, and set about 4,062 gwei.",
        differs="There, the proof that is missing was the owner's; here it is the key's own signature. And it is one "
        "wallet, not 300. OF-1, high, on Openfort is its quieter form: a key that was granted, and no budget for gas. "
        "No rule refuses that here either (sessionlab attack own-bundler): grant a gas-limit.",
        sources=(sources.SODIUM, sources.OF_1),
        thief="no key of this wallet, and a bundler",
        granted=(*_words(done.GAME), "to a key that the thief does not have"),
        prepare=_game,
        play=done.play_bundler,
        measures=(DEPOSIT,),
        allowed=0,
        holed=find_mutant("proof-in-execution"),
        stopped=("validation", "AA24 signature error"),
        lesson="In ERC-4337 validation is the promise to pay. Whatever it lets through is paid for, also if execution "
        "then fails, and who bundles sets the price and gets the fee. So all that decides who may act belongs into "
        "validation, and a key that may act needs a budget for gas: without gas-limit, it can burn what is there.",
    ),
    Incident(
        name="paymaster-swap",
        title="The paymaster was the thief",
        cost="about 264,000 USD",
        published="In July 2026, about 264,000 USD went from wallets of Lumi Finance on Arbitrum. Their validation "
        "approved the paymaster that the operation names, for any token and without limit; no owner was asked.",
        differs="There, no signature was asked for at all; here, the thief holds a key that may count and no more. The "
        "token to be approved stands in paymasterData.",
        sources=(sources.LUMI,),
        thief=KEY,
        granted=_words(done.GAME),
        prepare=done.prepare_paymaster,
        play=done.play_paymaster,
        measures=(HELD, STOLEN),
        allowed=0,
        holed=find_mutant("paymaster-approved"),
        stopped=("execution", "InsufficientAllowance"),
        lesson="Validation may look, and write to what is the wallet's own; it must not act on others. Who the "
        "paymaster is, is chosen by the author of the operation. The wallet as it is lets the operation pass and "
        "counts it: a stranger pays the gas, and gets nothing. It is the token that refuses the rest.",
    ),
    Incident(
        name="abort-skips-counter",
        title="The counter at the end of the line",
        cost="no loss known",
        published="SEQ-1 of the audit of Sequence v3, high: usage is recorded by a late call of the batch, which a "
        "call that aborts before it skips. We know of no loss.",
        differs="The report was not found; that usage is recorded by a call appended to the payload is said by the "
        "project's own client. Here the wallet counts behind the last call, and a call that fails ends the batch.",
        sources=(sources.SEQ_1, sources.SEQUENCE),
        thief=KEY,
        granted=_words(done.COINS, done.GAME),
        prepare=_purse,
        play=done.play_abort,
        measures=(HELD, STOLEN, LEFT),
        allowed=done.LIMIT,
        holed=find_mutant("counted-last"),
        stopped=("execution", "ExceededTokenLimit"),
        lesson="Count first, then act: what stands behind an act may never run. And let a failure undo all or nothing. "
        "On the wallet as it is, a batch that fails is undone whole, and its count with it. A batch that stops half "
        "way has done what nobody signed, and left out what somebody relied on.",
    ),
)
