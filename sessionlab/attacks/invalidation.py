"""Mass invalidation, measured: one write makes the operations of many wallets invalid, and nobody pays the bundler.

    sl.attacks.mass_invalidation(100)                      a bundler that takes whatever the EntryPoint takes
    sl.attacks.mass_invalidation(100, bundler="strict")    one that keeps to ERC-7562

The contracts are Vyper, to be deployed by ``lab.deploy``, which needs the extra ``contracts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import ether, format_ether
from sessionlab.core.base.doors import integer, kind, reads
from sessionlab.core.base.html import BLUE, RED, card
from sessionlab.core.denials.denial import Denial, MaybeDenial
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.bundler import BundleReverted
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, to_json
from sessionlab.core.lab.layout import address_of
from sessionlab.node.bundler.settings import ORDINARY
from sessionlab.node.bundler.validation import Validation, validate
from sessionlab.study.doors import CALLS, CONTRACT, LAB, WALLET
from sessionlab.study.strict_lab import read_bundler

if TYPE_CHECKING:
    from sessionlab.core.erc4337.call import Call
    from sessionlab.study.facade import Lab, SmartWalletClient
    from sessionlab.study.own_contracts.contract import Contract

MOST = 500
_HEAD = """# pragma version 0.4.3
ENTRY_POINT: constant(address) = 0x0000000071727De22E5E9d8BAf0edAc6f37da032

struct Operation:
    sender: address
    nonce: uint256
    initCode: Bytes[1024]
    callData: Bytes[2048]
    accountGasLimits: bytes32
    preVerificationGas: uint256
    gasFees: bytes32
    paymasterAndData: Bytes[256]
    signature: Bytes[1024]
"""
#: A paymaster that pays for everybody until END, and looks at the clock to know when that is.
CLOCKED_PAYMASTER = (
    _HEAD
    + """
interface IEntryPoint:
    def depositTo(account: address): payable

END: immutable(uint256)

@deploy
@payable
def __init__(end: uint256):
    END = end
    extcall IEntryPoint(ENTRY_POINT).depositTo(self, value=msg.value)

@external
def validatePaymasterUserOp(op: Operation, digest: bytes32, cost: uint256) -> (Bytes[32], uint256):
    assert msg.sender == ENTRY_POINT, "only the EntryPoint"
    assert block.timestamp <= END, "over"
    return b"", 0
"""
)
#: Somebody's switch, which is on at first.
SWITCH = """# pragma version 0.4.3
on: public(bool)

@deploy
def __init__():
    self.on = True

@external
def turn_off():
    self.on = False
"""
#: A wallet that asks the switch before each of its operations. It checks no signature: that is not what it is for.
SWITCHED_WALLET = (
    _HEAD
    + """
interface Switch:
    def on() -> bool: view

SWITCH: immutable(address)

@deploy
def __init__(switch: address):
    SWITCH = switch

@external
def validateUserOp(op: Operation, digest: bytes32, missing: uint256) -> uint256:
    assert msg.sender == ENTRY_POINT, "only the EntryPoint"
    assert staticcall Switch(SWITCH).on(), "the switch is off"
    raw_call(ENTRY_POINT, b"", value=missing, gas=max_value(uint256))
    return 0

@external
@payable
def __default__():
    pass
"""
)


@reads(paymaster=CONTRACT, wallet=WALLET, calls=CALLS, lab=LAB)
def sponsored_by(paymaster: Contract, wallet: SmartWalletClient, calls: Sequence[Call], lab: Lab) -> dict[str, Any]:
    """Return an operation that the wallet's owner signed and that a paymaster of one's own pays for.

    It is as eth_sendUserOperation takes it; its limits are plenty.
    """
    bare = UserOperation(
        sender=wallet.address,
        nonce=lab.bundler.next_nonce(wallet.address, wallet_encoding.OWNER_NONCE_KEY),
        call_data=wallet_encoding.call_data(calls, wallet=wallet.address, wrapped=False),
        call_gas_limit=500_000,
        verification_gas_limit=500_000,
        pre_verification_gas=100_000,
        max_fee_per_gas=lab.base_fee,
        max_priority_fee_per_gas=0,
        paymaster=paymaster.address,
        paymaster_verification_gas_limit=300_000,
    )
    signature = wallet.owner.sign_message(lab.bundler.hash_of(bare))
    return dict(to_json(bare.signed(wallet_encoding.signature_envelope(signature))))


@reads(operation=kind(dict, "an operation", "give what sl.attacks.sponsored_by returned."), lab=LAB)
def send_operation(operation: dict[str, Any], lab: Lab) -> MaybeDenial:
    """Send an operation to the lab's bundler. Returns the denial if it is refused; None if it is mined."""
    from sessionlab.core.base.errors import RpcError

    try:
        lab.provider.request("eth_sendUserOperation", [operation, ENTRY_POINT])
    except RpcError as error:
        if not isinstance(error.data, dict) or "denial" not in error.data:
            raise
        return Denial.from_json(error.data["denial"])
    return None


@dataclass(frozen=True, slots=True)
class Invalidation:
    """What one write did to a mempool. Gas in gas, ``lost`` in wei."""

    bundler: str
    #: How many operations were sent, how many of them the bundler took, and how many were valid after the write.
    operations: int
    taken: int
    still_valid: int
    #: What the write cost its sender, and what the bundler validated of operations that never paid.
    write_gas: int
    wasted_gas: int
    #: What a bundle of them costs the bundler if it does not look again; nothing if it took none.
    bundle_gas: int
    lost: int
    #: Why it took none, if it did not.
    refusal: str | None

    def __str__(self) -> str:
        if not self.taken:
            return f"The {self.bundler} bundler takes none of {self.operations:,} operations ({self.refusal})."
        return (
            f"The {self.bundler} bundler takes {self.taken:,} of {self.operations:,} operations. One write for "
            f"{self.write_gas:,} gas leaves {self.still_valid:,} of them valid: {self.wasted_gas:,} gas of validation "
            f"was for nothing, and a bundle of them costs the bundler {format_ether(self.lost)}."
        )

    __repr__ = __str__

    def to_json(self) -> dict[str, Any]:
        """Return JSON; wei as a decimal string."""
        return asdict(self) | {"lost": str(self.lost)}

    def _repr_html_(self) -> str:
        rows = [("sent", f"{self.operations:,} operations"), ("taken", f"{self.taken:,}")]
        if self.taken:
            rows += [
                ("one write costs", f"{self.write_gas:,} gas"),
                ("valid afterwards", f"{self.still_valid:,} of {self.taken:,}"),
                ("validated for nothing", f"{self.wasted_gas:,} gas"),
                ("a bundle of them", f"{self.bundle_gas:,} gas, {format_ether(self.lost)}, paid by the bundler"),
            ]
        else:
            rows.append(("why", escape(self.refusal or "")))
        harmed = self.taken > self.still_valid
        return card(f"Mass invalidation: {self.bundler} bundler", RED if harmed else BLUE, rows)


@reads(operations=partial(integer, least=1, most=MOST))
def mass_invalidation(operations: int = 100, *, bundler: str = ORDINARY) -> Invalidation:
    """Send the operations of so many wallets that ask one switch, turn it off, and measure what it did.

    ``bundler``: ordinary or strict. Each operation is validated when it comes, and again after the write.
    """
    from sessionlab.study.facade import Lab

    which = read_bundler(bundler)
    lab = Lab(seed=18, bundler=which)
    switch = lab.deploy(SWITCH, name="switch")
    sent = [_operation(lab, sender) for sender in _wallets(lab, switch.address, operations)]
    first = [validate(lab.chain, operation) for operation in sent]
    taken = [done for done in first if (done.ok if lab.bundler.strict else done.rejection is None)]
    refused = next((done.violations[0].rule for done in first if done.violations), None)
    write = switch.transact("turn_off")
    again = [validate(lab.chain, done.operation) for done in taken]
    valid = [done for done in again if done.rejection is None]
    wasted = sum(_gas(before) + _gas(after) for before, after in zip(taken, again, strict=True) if after not in valid)
    gas, lost = _bundle(lab, [done.operation for done in taken])
    return Invalidation(
        which, operations, len(taken), len(valid), write.gas_used, wasted, gas, lost, None if taken else refused
    )


def _wallets(lab: Lab, switch: str, count: int) -> list[str]:
    """Place so many wallets that ask this switch."""
    code = lab.chain.code(lab.deploy(SWITCHED_WALLET, switch, name="asking").address)
    made: list[str] = [address_of(18, f"asking wallet {number}") for number in range(count)]
    with lab.chain.atomic():
        for address in made:
            lab.chain.set_code(address, code)
            lab.chain.set_balance(address, ether(1))
    return made


def _operation(lab: Lab, sender: str) -> UserOperation:
    limits = 50_000, 150_000, 60_000
    return UserOperation(sender, 0, b"", *limits, max_fee_per_gas=lab.base_fee, max_priority_fee_per_gas=0)


def _gas(done: Validation) -> int:
    return sum(phase.gas_used for phase in done.trace.phases)


def _bundle(lab: Lab, operations: Sequence[UserOperation]) -> tuple[int, int]:
    """Send these in one bundle, unseen; return its gas and what the bundler lost, in wei."""
    if not operations:
        return 0, 0
    before, height = lab.chain.balance(lab.bundler.address), lab.chain.height
    with suppress(BundleReverted):
        lab.bundler.bundle(operations)
    receipt = lab.chain.block(height + 1).receipts[0]
    return receipt.gas_used, before - lab.chain.balance(lab.bundler.address)


__all__ = [
    "CLOCKED_PAYMASTER",
    "SWITCH",
    "SWITCHED_WALLET",
    "Invalidation",
    "mass_invalidation",
    "send_operation",
    "sponsored_by",
]
