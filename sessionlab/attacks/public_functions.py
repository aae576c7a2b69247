"""Attacks on the wallet's public functions, which anyone can call."""

from __future__ import annotations

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import COUNTER, STRANGER, WALLET, AttackLab, ask
from sessionlab.attacks.operations import install, transact
from sessionlab.core import deployments
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.permissions import ContractAccess
from sessionlab.core.permissions.functions import PERMIT

ACCESS = ContractAccess(address=COUNTER)


@attack(
    "public_functions", holds="an account of its own", gain="the end of another's session", source="the rule itself"
)
def end_of_anothers_session(lab: AttackLab) -> str:
    """A stranger revokes the session of a wallet that is not its own."""
    install(lab, [ACCESS])
    transact(lab, STRANGER, WALLET, account.uninstall_call(1))
    gone = ask(lab, "SessionWallet", WALLET, "session", 1)[0] == ZERO_ADDRESS
    return "the session is gone" if gone else ""


@attack(
    "public_functions",
    holds="an account of its own",
    gain="a yes to anything",
    source="phantom functions, such as permit() on a contract with a silent fallback",
)
def phantom_function(lab: AttackLab) -> str:
    """A function that the wallet does not have: a caller that only asks whether it failed would take it for a yes."""
    outcome = transact(lab, STRANGER, WALLET, PERMIT + bytes(7 * 32))
    return "a permit that the wallet never gave" if outcome.phase == "ok" else ""


@attack(
    "public_functions", holds="the factory", gain="every wallet that it made", source="any initializer that runs twice"
)
def initialize_by_the_factory(lab: AttackLab) -> str:
    """The factory names the owner of a wallet that has one."""
    call = artifact("SessionWallet").encode("initialize", STRANGER.address)
    answer = lab.chain.call(WALLET, call, sender=deployments.FACTORY)
    if not answer.success:
        lab.stopped.append(("execution", "AlreadyInitialized"))
    return "the wallet" if answer.success else ""
