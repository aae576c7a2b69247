"""Attacks on spend limits: moving more than was granted."""

from __future__ import annotations

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    COLLECTIBLE,
    COUNTER,
    INCREMENT,
    MERCHANT,
    OTHER_SESSION,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    AttackLab,
    ask,
    left,
    tokens,
)
from sessionlab.attacks.gains import counts, units, wei
from sessionlab.attacks.operations import act, install, operation, send, signed, transact
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import (
    CallLimit,
    ContractAccess,
    Erc20TokenTransfer,
    GasLimit,
    NativeTokenTransfer,
)
from sessionlab.core.permissions.limits import LimitKind

KEY = "the session key"
token_abi = artifact("Token")
ACCESS = ContractAccess(address=COUNTER)
ETHERS = NativeTokenTransfer(allowance=10)
COINS = Erc20TokenTransfer(address=TOKEN, allowance=50)
PING = [Call(COUNTER, data=INCREMENT)]
FAIL = Call(COUNTER, data=artifact("Counter").encode("fail"))


def coins(amount: int, function: str = "transfer") -> Call:
    """Return a token call with the attacker as the beneficiary."""
    return Call(TOKEN, data=token_abi.encode(function, STRANGER.address, amount))


@attack("spend", holds=KEY, gain="12 wei instead of 10", source="any limit that is checked for each call")
def batch_split(lab: AttackLab) -> str:
    """The limit is checked for each call, and spent by a batch of several."""
    install(lab, [ETHERS, ACCESS])
    act(lab, [Call(COUNTER, 6), Call(COUNTER, 6)])
    return wei(lab, COUNTER, 10)


@attack("spend", holds=KEY, gain="60 units instead of 50", source="any limit that is checked for each call")
def batch_split_of_tokens(lab: AttackLab) -> str:
    """The same with a token: two transfers, each under the limit."""
    install(lab, [COINS])
    act(lab, [coins(30), coins(30)])
    return units(lab, more_than=50)


@attack("spend", holds=KEY, gain="11 wei instead of 10", source="the rule itself")
def over_the_limit(lab: AttackLab) -> str:
    """One send of one wei too much."""
    install(lab, [ETHERS, ACCESS])
    act(lab, [Call(COUNTER, 11)])
    return wei(lab, COUNTER, 10)


@attack("spend", holds=KEY, gain="2 operations instead of 1", source="the rule itself", extensions=(CallLimit.type,))
def over_the_call_limit(lab: AttackLab) -> str:
    """One operation is granted. Two are sent: in one bundle, then one after the other."""
    install(lab, [CallLimit(count=1), ACCESS])
    send(lab, *(signed(lab, operation(lab, PING, nonce_key=nonce_key), SESSION) for nonce_key in (0, 1)))
    act(lab, PING)
    act(lab, PING)
    return counts(lab, more_than=1)


@attack("spend", holds=KEY, gain="51 units instead of 50", source="the rule itself")
def over_the_token_limit(lab: AttackLab) -> str:
    """One transfer of one unit too much."""
    install(lab, [COINS])
    act(lab, [coins(51)])
    return units(lab, more_than=50)


@attack("spend", holds=KEY, gain="20 wei instead of 10", source="any limit that only executeUserOp counts")
def unwrapped_spend(lab: AttackLab) -> str:
    """Spending is counted in executeUserOp: the operation calls execute itself."""
    install(lab, [ETHERS, ACCESS, COINS])
    act(lab, [Call(COUNTER, 20)], wrapped=False)
    act(lab, [coins(51)], wrapped=False)
    return wei(lab, COUNTER, 10) or units(lab, more_than=50)


@attack("spend", holds=KEY, gain="a transfer that is not counted", source="any reader of short call data")
def short_calldata(lab: AttackLab) -> str:
    """transfer with too few bytes, with bytes behind it, and with dirt in the address word."""
    install(lab, [COINS])
    good = coins(51).data
    for data in (good[:4], good[:36], good[:67], good + b"\0", good[:4] + b"\xff" * 12 + good[16:]):
        act(lab, [Call(TOKEN, data=data)])
    moved = tokens(lab, STRANGER.address)
    used = 50 - left(lab, LimitKind.ERC20, TOKEN)
    return f"{moved} units, of which {used} were counted" if moved != used or moved > 50 else ""


@attack("spend", holds=KEY, gain="a second allowance", source="Sequence v3 audit, SEQ-1, high")
def abort_skips_counter(lab: AttackLab) -> str:
    """The counter is a late step that a revert skips, or one that a revert does not undo."""
    install(lab, [COINS, ACCESS])
    act(lab, [coins(30), FAIL])
    act(lab, [coins(30), FAIL])
    act(lab, [coins(50)])
    act(lab, [coins(1)])
    return units(lab, more_than=50)


@attack("spend", holds=KEY, gain="twice the allowance", source="SmartSession audit, Cantina 3.1.1, critical")
def transient_counter(lab: AttackLab) -> str:
    """Usage kept in memory is forgotten: the limit twice, in two operations of one bundle and in two bundles."""
    install(lab, [ETHERS, ACCESS])
    call = [Call(COUNTER, 10)]
    nonce_keys = [signed(lab, operation(lab, call, nonce_key=nonce_key), SESSION) for nonce_key in (0, 1)]
    send(lab, *nonce_keys)
    act(lab, call)
    return wei(lab, COUNTER, 10)


@attack(
    "spend",
    holds="two session keys",
    gain="another session's allowance",
    source="Modular Account v1, MSCA-2",
    part_of="two-keys-one-slot",
)
def two_sessions_one_slot(lab: AttackLab) -> str:
    """Two sessions with a limit each: what one spends must not come from the other's, nor be added to it."""
    install(lab, [ETHERS, ACCESS])
    install(lab, [NativeTokenTransfer(allowance=3), ACCESS], entity=2, key=OTHER_SESSION)
    act(lab, [Call(COUNTER, 4)], entity=2, key=OTHER_SESSION)
    act(lab, [Call(COUNTER, 10)])
    lefts = left(lab, LimitKind.NATIVE, entity=1), left(lab, LimitKind.NATIVE, entity=2)
    spent = lab.chain.balance(COUNTER)
    return wei(lab, COUNTER, 10) or ("" if lefts == (10 - spent, 3) else f"allowances mixed: {lefts} left")


@attack(
    "spend",
    holds=KEY,
    gain="one limit paid from another",
    source="Modular Account v2 history",
    part_of="two-keys-one-slot",
)
def two_limits_one_slot(lab: AttackLab) -> str:
    """gas-limit and native-token-transfer of one session share no storage, in either order."""
    unit = 1 if lab.rules.gas_limit_counts_gas else 10**9
    limits = [GasLimit(limit=5_000_000 * unit), ETHERS]
    for entity, permissions in ((1, [*limits, ACCESS]), (2, [ACCESS, *reversed(limits)])):
        install(lab, permissions, entity=entity)
        if act(lab, [Call(COUNTER, 4)], entity=entity).phase != "ok":
            continue
        rest = left(lab, LimitKind.NATIVE, entity=entity), left(lab, LimitKind.GAS, entity=entity)
        if rest != (6, 5_000_000 * unit - 1_060_000 * unit):
            return f"{rest} left, of two limits that know nothing of each other"
    return ""


@attack("spend", holds=KEY, gain="a sum that wraps around to nothing", source="EVM arithmetic")
def value_overflow(lab: AttackLab) -> str:
    """Two values whose sum overflows to 0."""
    install(lab, [ETHERS, ACCESS])
    act(lab, [Call(COUNTER, 2**255)] * 2)
    act(lab, [Call(COUNTER, 2**256 - 5), Call(COUNTER, 5)])
    used = 10 - left(lab, LimitKind.NATIVE)
    return wei(lab, COUNTER) or (f"{used} wei of the allowance" if used else "")


@attack(
    "spend",
    holds=KEY,
    gain="a collectible, as if its number were an amount",
    source="Coinbase Spend Permissions audit, Cantina 3.2.5",
    passes=("documented", "deployed"),
)
def odd_token(lab: AttackLab) -> str:
    """An ERC-721 is limited as if it were an ERC-20: approve(thief, 7) counts 7 units and gives number 7 away."""
    made = artifact("Collectible")
    transact(lab, STRANGER, COLLECTIBLE, made.encode("mint", WALLET, 7))
    install(lab, [Erc20TokenTransfer(address=COLLECTIBLE, allowance=50)])
    act(lab, [Call(COLLECTIBLE, data=made.encode("approve", STRANGER.address, 7))])
    transact(lab, STRANGER, COLLECTIBLE, made.encode("transferFrom", WALLET, STRANGER.address, 7))
    has = ask(lab, "Collectible", COLLECTIBLE, "ownerOf", 7).lower() == STRANGER.address.lower()
    return "collectible 7" if has else ""


@attack("spend", holds=KEY, gain="tokens that are not there", source="Coinbase Spend Permissions audit, Cantina 3.2.5")
def token_without_code(lab: AttackLab) -> str:
    """An address without code is limited as a token: calls of it do nothing, and no ETH may go with them."""
    install(lab, [Erc20TokenTransfer(address=MERCHANT, allowance=50), ETHERS])
    act(lab, [Call(MERCHANT, 11, coins(5).data)])
    return wei(lab, MERCHANT, 10)
