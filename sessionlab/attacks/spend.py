"""Attacks on spending: moving more than was granted."""

from __future__ import annotations

from sessionlab.account import RawCall
from sessionlab.attacks.acts import act, install, operation, send, signed, transact
from sessionlab.attacks.attack import attack
from sessionlab.attacks.loot import counts, units, wei
from sessionlab.attacks.scene import (
    COLLECTIBLE,
    COUNTER,
    INCREMENT,
    MERCHANT,
    OTHER_SESSION,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    Scene,
    ask,
    left,
    tokens,
)
from sessionlab.contracts.artifacts import artifact
from sessionlab.permissions import (
    CallLimit,
    ContractAccess,
    Erc20TokenTransfer,
    GasLimit,
    NativeTokenTransfer,
)
from sessionlab.permissions.kinds import LimitKind

KEY = "the session key"
token_abi = artifact("Token")
ACCESS = ContractAccess(address=COUNTER)
ETHERS = NativeTokenTransfer(allowance=10)
COINS = Erc20TokenTransfer(address=TOKEN, allowance=50)
PING = [RawCall(COUNTER, data=INCREMENT)]
FAIL = RawCall(COUNTER, data=artifact("Counter").encode("fail"))


def coins(amount: int, function: str = "transfer") -> RawCall:
    """A call of the token, in favour of the attacker."""
    return RawCall(TOKEN, data=token_abi.encode(function, STRANGER.address, amount))


@attack("spend", holds=KEY, gain="12 wei instead of 10", source="any limit that is checked for each call")
def batch_split(scene: Scene) -> str:
    """The limit is checked for each call, and spent by a batch of several."""
    install(scene, [ETHERS, ACCESS])
    act(scene, [RawCall(COUNTER, 6), RawCall(COUNTER, 6)])
    return wei(scene, COUNTER, 10)


@attack("spend", holds=KEY, gain="60 units instead of 50", source="any limit that is checked for each call")
def batch_split_of_tokens(scene: Scene) -> str:
    """The same with a token: two transfers, each under the limit."""
    install(scene, [COINS])
    act(scene, [coins(30), coins(30)])
    return units(scene, more_than=50)


@attack("spend", holds=KEY, gain="11 wei instead of 10", source="the rule itself")
def over_the_limit(scene: Scene) -> str:
    """One send of one wei too much."""
    install(scene, [ETHERS, ACCESS])
    act(scene, [RawCall(COUNTER, 11)])
    return wei(scene, COUNTER, 10)


@attack("spend", holds=KEY, gain="2 operations instead of 1", source="the rule itself", extensions=(CallLimit.type,))
def over_the_call_limit(scene: Scene) -> str:
    """One operation is granted. Two are sent: in one bundle, then one after the other."""
    install(scene, [CallLimit(count=1), ACCESS])
    send(scene, *(signed(scene, operation(scene, PING, lane=lane), SESSION) for lane in (0, 1)))
    act(scene, PING)
    act(scene, PING)
    return counts(scene, more_than=1)


@attack("spend", holds=KEY, gain="51 units instead of 50", source="the rule itself")
def over_the_token_limit(scene: Scene) -> str:
    """One transfer of one unit too much."""
    install(scene, [COINS])
    act(scene, [coins(51)])
    return units(scene, more_than=50)


@attack("spend", holds=KEY, gain="20 wei instead of 10", source="any limit that only executeUserOp counts")
def unwrapped_spend(scene: Scene) -> str:
    """Spending is counted in executeUserOp: the operation calls execute itself."""
    install(scene, [ETHERS, ACCESS, COINS])
    act(scene, [RawCall(COUNTER, 20)], wrapped=False)
    act(scene, [coins(51)], wrapped=False)
    return wei(scene, COUNTER, 10) or units(scene, more_than=50)


@attack("spend", holds=KEY, gain="a transfer that is not counted", source="any reader of short call data")
def short_calldata(scene: Scene) -> str:
    """transfer with too few bytes, with bytes behind it, and with dirt in the address word."""
    install(scene, [COINS])
    good = coins(51).data
    for data in (good[:4], good[:36], good[:67], good + b"\0", good[:4] + b"\xff" * 12 + good[16:]):
        act(scene, [RawCall(TOKEN, data=data)])
    moved = tokens(scene, STRANGER.address)
    used = 50 - left(scene, LimitKind.ERC20, TOKEN)
    return f"{moved} units, of which {used} were counted" if moved != used or moved > 50 else ""


@attack("spend", holds=KEY, gain="a second allowance", source="Sequence v3 audit, SEQ-1, high")
def abort_skips_counter(scene: Scene) -> str:
    """The counter is a late step that a revert skips, or one that a revert does not undo."""
    install(scene, [COINS, ACCESS])
    act(scene, [coins(30), FAIL])
    act(scene, [coins(30), FAIL])
    act(scene, [coins(50)])
    act(scene, [coins(1)])
    return units(scene, more_than=50)


@attack("spend", holds=KEY, gain="twice the allowance", source="SmartSession audit, Cantina 3.1.1, critical")
def transient_counter(scene: Scene) -> str:
    """Usage kept in memory is forgotten: the limit twice, in two operations of one bundle and in two bundles."""
    install(scene, [ETHERS, ACCESS])
    call = [RawCall(COUNTER, 10)]
    lanes = [signed(scene, operation(scene, call, lane=lane), SESSION) for lane in (0, 1)]
    send(scene, *lanes)
    act(scene, call)
    return wei(scene, COUNTER, 10)


@attack(
    "spend",
    holds="two session keys",
    gain="another session's allowance",
    source="Modular Account v1, MSCA-2",
    part_of="two-keys-one-slot",
)
def two_sessions_one_slot(scene: Scene) -> str:
    """Two sessions with a limit each: what one spends must not come from the other's, nor be added to it."""
    install(scene, [ETHERS, ACCESS])
    install(scene, [NativeTokenTransfer(allowance=3), ACCESS], entity=2, key=OTHER_SESSION)
    act(scene, [RawCall(COUNTER, 4)], entity=2, key=OTHER_SESSION)
    act(scene, [RawCall(COUNTER, 10)])
    lefts = left(scene, LimitKind.NATIVE, entity=1), left(scene, LimitKind.NATIVE, entity=2)
    spent = scene.chain.balance(COUNTER)
    return wei(scene, COUNTER, 10) or ("" if lefts == (10 - spent, 3) else f"allowances mixed: {lefts} left")


@attack(
    "spend",
    holds=KEY,
    gain="one limit paid from another",
    source="Modular Account v2 history",
    part_of="two-keys-one-slot",
)
def two_limits_one_slot(scene: Scene) -> str:
    """gas-limit and native-token-transfer of one session share no storage, in either order."""
    unit = 1 if scene.rules.gas_limit_counts_gas else 10**9
    limits = [GasLimit(limit=5_000_000 * unit), ETHERS]
    for entity, permissions in ((1, [*limits, ACCESS]), (2, [ACCESS, *reversed(limits)])):
        install(scene, permissions, entity=entity)
        if act(scene, [RawCall(COUNTER, 4)], entity=entity).phase != "ok":
            continue
        rest = left(scene, LimitKind.NATIVE, entity=entity), left(scene, LimitKind.GAS, entity=entity)
        if rest != (6, 5_000_000 * unit - 1_060_000 * unit):
            return f"{rest} left, of two limits that know nothing of each other"
    return ""


@attack("spend", holds=KEY, gain="a sum that wraps around to nothing", source="EVM arithmetic")
def value_overflow(scene: Scene) -> str:
    """Two values whose sum overflows to 0."""
    install(scene, [ETHERS, ACCESS])
    act(scene, [RawCall(COUNTER, 2**255)] * 2)
    act(scene, [RawCall(COUNTER, 2**256 - 5), RawCall(COUNTER, 5)])
    used = 10 - left(scene, LimitKind.NATIVE)
    return wei(scene, COUNTER) or (f"{used} wei of the allowance" if used else "")


@attack(
    "spend",
    holds=KEY,
    gain="a collectible, as if its number were an amount",
    source="Coinbase Spend Permissions audit, Cantina 3.2.5",
    passes=("documented", "deployed"),
)
def odd_token(scene: Scene) -> str:
    """An ERC-721 is limited as if it were an ERC-20: approve(thief, 7) counts 7 units and gives number 7 away."""
    made = artifact("Collectible")
    transact(scene, STRANGER, COLLECTIBLE, made.encode("mint", WALLET, 7))
    install(scene, [Erc20TokenTransfer(address=COLLECTIBLE, allowance=50)])
    act(scene, [RawCall(COLLECTIBLE, data=made.encode("approve", STRANGER.address, 7))])
    transact(scene, STRANGER, COLLECTIBLE, made.encode("transferFrom", WALLET, STRANGER.address, 7))
    has = ask(scene, "Collectible", COLLECTIBLE, "ownerOf", 7).lower() == STRANGER.address.lower()
    return "collectible 7" if has else ""


@attack("spend", holds=KEY, gain="tokens that are not there", source="Coinbase Spend Permissions audit, Cantina 3.2.5")
def token_without_code(scene: Scene) -> str:
    """An address without code is limited as a token: calls of it do nothing, and no ETH may go with them."""
    install(scene, [Erc20TokenTransfer(address=MERCHANT, allowance=50), ETHERS])
    act(scene, [RawCall(MERCHANT, 11, coins(5).data)])
    return wei(scene, MERCHANT, 10)
