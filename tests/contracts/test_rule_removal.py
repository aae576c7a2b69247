"""Every check of the wallet is needed: a wallet without it does something else in some scenario.

``MUTATIONS`` names each check with a patch that removes or bends it. A patch must match the source exactly
once; the scenario must end as expected on the real wallet, and otherwise on the patched one. The last test
reads the sources and asks that no refusal is missing from the table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sessionlab import account
from sessionlab import world as lab
from sessionlab.account import RawCall, Row
from sessionlab.chain.signing import authorize
from sessionlab.contracts.artifacts import artifact
from sessionlab.contracts.reverts import decode_revert
from sessionlab.erc4337.user_operation import ENTRY_POINT, operation_hash, pack
from sessionlab.keys import CURVE_ORDER, Key
from sessionlab.permissions import (
    DEPLOYED,
    DOCUMENTED,
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
    Ruleset,
    rows,
)
from tests.conftest import EntryPointUnderTest

from . import world as worlds
from .mutants import MODULES, Mutation, compile_mutants, fingerprint, runtime_of, source_of
from .world import (
    COUNTER,
    INCREMENT,
    MERCHANT,
    NOW,
    OTHER_SESSION,
    OWNER,
    PAYMASTER,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    ZERO,
    Outcome,
    World,
    act,
    deferred_operation,
    install,
    left,
    operation,
    revoke,
    send,
    signed,
    tokens,
    transact,
)

Scenario = Callable[[World], Any]
wallet_abi, token_abi = artifact("SessionWallet"), artifact("Token")
NO_SELECTOR = bytes(4)
ADD = artifact("Counter").encode("add", 7)
PING = [RawCall(COUNTER, data=INCREMENT)]
ACCESS = ContractAccess(address=COUNTER)
INCREMENTS = FunctionsOnContract(address=COUNTER, functions=["0x" + INCREMENT.hex()])
ANY_INCREMENT = FunctionsOnAllContracts(functions=["0x" + INCREMENT.hex()])
UPDATE = wallet_abi.encode("updateFallbackSignerData", OWNER.address, False)
UPDATES = AccountFunctions(functions=["0x" + UPDATE[:4].hex()])
COINS = Erc20TokenTransfer(address=TOKEN, allowance=50)
ETHERS = NativeTokenTransfer(allowance=10)
GAS = 500_000 + 500_000 + 60_000


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def coins(amount: int, function: str = "transfer") -> list[RawCall]:
    return [RawCall(TOKEN, data=token_abi.encode(function, MERCHANT, amount))]


def said(outcome: Outcome) -> str:
    return outcome.reason or outcome.phase


# -- scenarios


def acting(permissions: Sequence[Permission], call: Any, **more: Any) -> Scenario:
    """The session acts once."""

    def scenario(world: World) -> str:
        install(world, permissions)
        return said(act(world, call, **more))

    return scenario


def owning(call: Any, **more: Any) -> Scenario:
    """The owner acts once."""
    return lambda world: said(act(world, call, entity=0, **more))


def twice(permissions: Sequence[Permission], call: Any) -> Scenario:
    def scenario(world: World) -> tuple[str, str]:
        install(world, permissions)
        return said(act(world, call)), said(act(world, call))

    return scenario


def installing(*given: Row, **more: Any) -> Scenario:
    return lambda world: said(install(world, given=given, **more))


def direct(data: bytes, who: Key = STRANGER, to: str = WALLET) -> Scenario:
    return lambda world: said(transact(world, who, to, data))


def gas_left(permissions: Sequence[Permission]) -> Scenario:
    def scenario(world: World) -> int:
        install(world, permissions)
        act(world, PING)
        return left(world, 3)

    return scenario


def timed(now: int, **window: int) -> Scenario:
    def scenario(world: World) -> str:
        install(world, [ACCESS], **window)
        world.chain.travel_to(now)
        return said(act(world, PING))

    return scenario


def deferring(**changes: Any) -> Scenario:
    return lambda world: said(send(world, deferred_operation(world, rows([ACCESS]), PING, **changes)))


def bending(bend: Callable[[bytes], bytes]) -> Scenario:
    """A deferred install whose signature was changed after it was signed."""

    def scenario(world: World) -> str:
        op = deferred_operation(world, rows([ACCESS]), PING)
        return said(send(world, op.signed(bend(op.signature))))

    return scenario


def flipped(place: int) -> Callable[[bytes], bytes]:
    def bend(data: bytes) -> bytes:
        at = place % len(data)
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    return bend


def deferring_with_too_much(world: World) -> str:
    """A first operation whose calls are larger than what the wallet copies to find the install behind them."""
    calls = [RawCall(COUNTER, data=bytes(4_096))] * 13
    return said(send(world, deferred_operation(world, rows([ACCESS]), calls)))


def lying_about_its_length(world: World) -> str:
    """The signature field says that it ends within the owner's signature; the bytes behind it are there.

    Asked of the wallet itself: the canonical EntryPoint copies no more than the field says.
    """
    op = deferred_operation(world, rows([ACCESS]), PING)
    size = len(op.signature)
    lying = pack(op).replace(word(size) + op.signature, word(size - 68) + op.signature)
    digest = operation_hash(op, world.chain.chain_id)
    data = bytes.fromhex("19822f7c") + word(96) + digest + word(0) + lying
    answer = world.chain.call(WALLET, data, sender=ENTRY_POINT)
    return "ok" if answer.success else decode_revert(answer.output).reason


def short_install(world: World) -> str:
    """An install of 35 bytes, for session 256, whose id ends in the zero byte behind it."""
    call = wallet_abi.selector("installSession") + bytes(30) + b"\x01"
    op = deferred_operation(world, rows([ACCESS]), PING, entity=256, install_bytes=call)
    return said(send(world, op))


def session_that_ended(world: World) -> str:
    call = account.install_call(entity_id=1, key=SESSION.address, rows=rows([ACCESS]), valid_until=NOW - 1)
    return said(send(world, deferred_operation(world, (), PING, install_bytes=call, deadline=NOW + 9)))


def signing(bend: Callable[[bytes], bytes], *, key: Key = SESSION) -> Scenario:
    """The session acts; its signature is changed."""

    def scenario(world: World) -> str:
        install(world, [ACCESS])
        op = signed(world, operation(world, PING), key)
        return said(send(world, op.signed(bend(op.signature))))

    return scenario


def high_s(data: bytes) -> bytes:
    s = CURVE_ORDER - int.from_bytes(data[34:66], "big")
    return data[:34] + word(s) + bytes([55 - data[66]])


def message(bend: Callable[[bytes], bytes] = bytes, *, key: Key = OWNER, entity: int = 0) -> Scenario:
    """ERC-1271."""

    def scenario(world: World) -> str:
        digest = b"\x42" * 32
        safe = account.replay_safe_hash(wallet=WALLET, chain_id=world.chain.chain_id, digest=digest)
        envelope = bend(account.message_envelope(key.sign_hash(safe), entity))
        answer = world.chain.call(WALLET, wallet_abi.encode("isValidSignature", digest, envelope))
        return answer.output[:4].hex() if answer.success else decode_revert(answer.output).reason

    return scenario


def disabled_owner(signature: bytes | None) -> Scenario:
    def scenario(world: World) -> str:
        act(world, wallet_abi.encode("updateFallbackSignerData", OWNER.address, True), entity=0)
        op = signed(world, operation(world, PING, entity=0), OWNER)
        return said(send(world, op if signature is None else op.signed(signature)))

    return scenario


def delegated(world: World) -> str:
    me = Key(b"\x77" * 32)
    world.chain.set_balance(me.address, 10**18)
    wish = authorize(me.private, lab.DELEGATE_7702, chain_id=world.chain.chain_id, nonce=0)
    world.chain.transact(STRANGER.private, MERCHANT, authorization_list=[wish])
    return said(act(world, PING, entity=0, sender=me.address, key=me))


def initialized_again(world: World) -> str:
    call = wallet_abi.encode("initialize", STRANGER.address)
    answer = world.chain.call(WALLET, call, sender=lab.FACTORY)
    return "ok" if answer.success else decode_revert(answer.output).reason


def after_revocation(
    first: Sequence[Permission],
    then: Sequence[Permission],
    call: Any,
    *,
    with_hook_data: bool = False,
    **window: int,
) -> Scenario:
    """Session 1 is revoked, and another installed under its id, which acts."""

    def scenario(world: World) -> str:
        install(world, first, **window)
        revoke(world, with_hook_data=with_hook_data)
        install(world, then, life=1)
        world.chain.travel(10)
        return said(act(world, call))

    return scenario


def revoked(world: World) -> str:
    install(world, [ACCESS])
    revoke(world)
    return said(act(world, PING))


def revoking(entity: int, *, with_hook_data: bool) -> Scenario:
    def scenario(world: World) -> str:
        install(world, [ACCESS])
        return said(revoke(world, entity, with_hook_data=with_hook_data))

    return scenario


def unused_grant_after_revocation(world: World) -> str:
    op = deferred_operation(world, rows([ACCESS]), PING)
    revoke(world)
    return said(send(world, op))


def installed_again(world: World) -> str:
    install(world, [ACCESS])
    return said(install(world, [ACCESS], key=OTHER_SESSION))


def key_of_zero(world: World) -> str:
    call = account.install_call(entity_id=1, key=ZERO, rows=rows([ACCESS]))
    return said(transact(world, OWNER, WALLET, call))


def validated_by_a_stranger(world: World) -> str:
    user_op = pack(signed(world, operation(world, PING, entity=0), OWNER))
    return said(transact(world, STRANGER, WALLET, b"\x19\x82\x2f\x7c" + word(96) + word(0) + word(5) + user_op))


def executed_by_a_stranger(world: World) -> str:
    user_op = pack(operation(world, PING, entity=0, wrapped=True))
    return said(transact(world, STRANGER, WALLET, account.EXECUTE_USER_OP + word(64) + word(0) + user_op))


def spent(world: World) -> tuple[str, int]:
    install(world, [COINS, INCREMENTS])
    outcome = act(world, coins(60))
    return said(outcome), tokens(world, MERCHANT)


def bent_call(bend: Callable[[bytes, bytes], bytes]) -> Scenario:
    good = account.execute(PING[0], wrapped=False)
    batch = account.execute_batch(PING * 2, wrapped=False)
    return acting([ACCESS], bend(good, batch))


# -- the table

MUTATIONS: list[Mutation] = []


WALLET_FILE = "SessionWallet"


def check(file: str, old: str, new: str, scenario: Scenario, expect: Any, rules: Ruleset = DOCUMENTED) -> None:
    MUTATIONS.append(Mutation(part_with(old) if file == WALLET_FILE else file, old, new, scenario, expect, rules))


def part_with(text: str) -> str:
    """Of the wallet's own files, the one that holds this text."""
    found = [part for part in ("SessionWallet", "validation", "deferral") if text in source_of(part)]
    return found[0] if found else WALLET_FILE


AA22, AA24 = "AA22 expired or not due", "AA24 signature error"
MISSING, UNAUTHORIZED, BAD_DEFERRED = (
    "ValidationFunctionMissing",
    "NotAuthorized",
    "DeferredActionSignatureInvalid",
)

# who may call what
check(WALLET_FILE, "    if size < 4:\n", "    if False:\n", direct(b"\xb6"), "UnrecognizedFunction")
check(
    WALLET_FILE,
    "    if selector == VALIDATE_USER_OP:\n        self._only_entry_point()\n",
    "    if selector == VALIDATE_USER_OP:\n",
    validated_by_a_stranger,
    UNAUTHORIZED,
)
check(
    WALLET_FILE,
    "    if selector == calls.EXECUTE_USER_OP:\n        self._only_entry_point()\n",
    "    if selector == calls.EXECUTE_USER_OP:\n",
    executed_by_a_stranger,
    UNAUTHORIZED,
)
EXECUTE_DIRECTLY = direct(account.execute(PING[0], wrapped=False))
check(
    WALLET_FILE,
    "    if calls._is_calls(selector):\n        self._only_entry_point()\n",
    "    if calls._is_calls(selector):\n",
    EXECUTE_DIRECTLY,
    UNAUTHORIZED,
)
INSTALL_AS_STRANGER = installing(*rows([ACCESS]), sender=STRANGER)
check(
    WALLET_FILE,
    "    if selector == installing.INSTALL_SESSION:\n        self._only_privileged()\n",
    "    if selector == installing.INSTALL_SESSION:\n",
    INSTALL_AS_STRANGER,
    UNAUTHORIZED,
)
check(
    WALLET_FILE,
    '        self._install()\n        return b""\n'
    '    raw_revert(abi_encode(selector, method_id=method_id("UnrecognizedFunction(bytes4)")))\n',
    '        self._install()\n        return b""\n    return b""\n',
    direct(b"\xde\xad\xbe\xef"),
    "UnrecognizedFunction",
)
check(
    WALLET_FILE,
    "    if msg.sender != FACTORY:\n",
    "    if False:\n",
    direct(wallet_abi.encode("initialize", STRANGER.address), to=lab.DELEGATE_7702),
    UNAUTHORIZED,
)
check(
    WALLET_FILE,
    "    if signatures.stored_owner != empty(address):\n",
    "    if False:\n",
    initialized_again,
    "AlreadyInitialized",
)
check(
    WALLET_FILE,
    "    self._only_privileged()\n    sessions._revoke",
    "    sessions._revoke",
    direct(account.uninstall_call(1)),
    UNAUTHORIZED,
)
check(
    WALLET_FILE,
    "    self._only_privileged()\n    signatures._set_owner",
    "    signatures._set_owner",
    direct(UPDATE),
    UNAUTHORIZED,
)
check(WALLET_FILE, "    if msg.sender != ENTRY_POINT:\n", "    if False:\n", EXECUTE_DIRECTLY, UNAUTHORIZED)
PRIVILEGED_LINE = "    if msg.sender != self and msg.sender != ENTRY_POINT and msg.sender != signatures._owner():\n"
check(WALLET_FILE, PRIVILEGED_LINE, "    if False:\n", INSTALL_AS_STRANGER, UNAUTHORIZED)
for part, scenario in (
    ("msg.sender != self and ", acting([UPDATES, ACCESS], [RawCall(WALLET, data=UPDATE), *PING])),
    ("msg.sender != ENTRY_POINT and ", owning(account.uninstall_call(1))),
    (" and msg.sender != signatures._owner()", installing(*rows([ACCESS]))),
):
    check(WALLET_FILE, PRIVILEGED_LINE, PRIVILEGED_LINE.replace(part, ""), scenario, "ok")

# ERC-1271
FORM = '    if len(signature) != 72 or slice(signature, 0, 1) != b"\\x00" or slice(signature, 5, 2) != b"\\xff\\x00":\n'
for part, bend in (
    ("len(signature) != 72 or ", lambda data: data + b"\0"),
    ('slice(signature, 0, 1) != b"\\x00" or ', flipped(0)),
    (' or slice(signature, 5, 2) != b"\\xff\\x00"', flipped(6)),
):
    assert part in FORM
    check(WALLET_FILE, FORM, FORM.replace(part, ""), message(bend), "ffffffff")
check(
    WALLET_FILE,
    "    if entity_id != 0:\n        raw_revert(abi_encode(entity_id",
    "    if False:\n        raw_revert(abi_encode(entity_id",
    message(entity=1),
    "SignatureValidationInvalid",
)
check(
    WALLET_FILE,
    "        return MAGIC_1271\n    return 0xffffffff\n",
    "        return MAGIC_1271\n    return MAGIC_1271\n",
    message(key=STRANGER),
    "ffffffff",
)

# validation, in its order
check(
    WALLET_FILE,
    "    if length < 4:\n        raw_revert(abi_encode(selector",
    "    if False:\n        raw_revert(abi_encode(selector",
    acting([ACCESS], b"\xb6\x1d\x27"),
    "UnrecognizedFunction",
)
check(
    WALLET_FILE,
    '        if length < 4:\n            raw_revert(b"")',
    '        if False:\n            raw_revert(b"")',
    acting([ACCESS], b"\xb6\x1d\x27", wrapped=True),
    "EmptyRevert",
)
MAY = "    if is_global != is_root or not self._may_use(session, is_root, selector):\n"
check(
    WALLET_FILE,
    MAY,
    "    if not self._may_use(session, is_root, selector):\n",
    acting([ACCESS], PING, is_global=True),
    MISSING,
)
check(WALLET_FILE, MAY, "    if is_global != is_root:\n", acting([ACCESS], UPDATE), MISSING)
check(
    WALLET_FILE,
    "        self._check_self_calls(session, is_root, batch)\n",
    "",
    acting([Root()], [RawCall(WALLET)]),
    "SelfCallRecursionDepthExceeded",
)
check(WALLET_FILE, "    if not is_root:\n", "    if True:\n", acting([Root()], PING), "ok")
check(
    WALLET_FILE,
    "        if session.header & sessions.SPEND_LIMITS != 0 and not wrapped:\n",
    "        if False:\n",
    acting([ETHERS, ACCESS], [RawCall(COUNTER, 11)], wrapped=False),
    "RequireUserOperationContext",
)
GAS_LINE = "        if session.header & sessions.GAS_LIMIT != 0 and reading._word(at + head.paymasterAndData) == 0:\n"
LITTLE_GAS = acting([GasLimit(limit=GAS - 1), ACCESS], PING)
check(WALLET_FILE, GAS_LINE, "        if False:\n", LITTLE_GAS, "ExceededGasLimit")
check(
    WALLET_FILE,
    GAS_LINE,
    "        if session.header & sessions.GAS_LIMIT != 0:\n",
    acting(
        [GasLimit(limit=1), ACCESS],
        PING,
        paymaster=PAYMASTER,
        paymaster_verification_gas_limit=100_000,
    ),
    "ok",
)
check(
    WALLET_FILE,
    "        self._check_reach(session, batch)\n",
    "        pass\n",
    acting([ACCESS], [RawCall(MERCHANT)]),
    "AddressNotAllowed",
)
WINDOWS = "self._intersect(sessions._window(session), deadline)"
check(WALLET_FILE, WINDOWS, "deadline", timed(NOW + 9, valid_until=NOW + 8), AA22)
check(WALLET_FILE, WINDOWS, "sessions._window(session)", deferring(deadline=NOW - 1), AA22)
check(
    WALLET_FILE,
    "    if not self._signed(signer",
    "    if False and not self._signed(signer",
    acting([ACCESS], PING, key=STRANGER),
    AA24,
)

# functions of the wallet itself
check(
    WALLET_FILE,
    "        return calls._is_calls(selector) or selector in [\n"
    "            installing.INSTALL_SESSION, installing.UNINSTALL_SESSION, installing.UPDATE_FALLBACK_SIGNER\n"
    "        ]\n",
    "        return True\n",
    owning(wallet_abi.encode("initialize", STRANGER.address)),
    MISSING,
)
check(
    WALLET_FILE,
    "    if session.header & sessions.CALLS != 0 and calls._is_calls(selector):\n",
    "    if calls._is_calls(selector):\n",
    acting([UPDATES], PING),
    MISSING,
)
check(
    WALLET_FILE,
    "    return session.header != 0 and reach._is_account_function(session, selector)\n",
    "    return session.header != 0\n",
    acting([ACCESS], UPDATE),
    MISSING,
)
TWO_BYTES = [RawCall(WALLET, data=b"\1\2"), *PING]
check(
    WALLET_FILE,
    "        if batch.table != 0 and call.length < 4:\n",
    "        if False:\n",
    acting([Root()], TWO_BYTES),
    "EmptyRevert",
)
RECURSION = "        if batch.table == 0 or calls._is_calls(call.selector):\n"
check(
    WALLET_FILE,
    RECURSION,
    "        if calls._is_calls(call.selector):\n",
    acting([Root()], [RawCall(WALLET, data=UPDATE)]),
    "SelfCallRecursionDepthExceeded",
)
INNER = [RawCall(WALLET, data=account.execute(PING[0], wrapped=False)), *PING]
check(
    WALLET_FILE,
    RECURSION,
    "        if batch.table == 0:\n",
    acting([Root()], INNER),
    "SelfCallRecursionDepthExceeded",
)
check(
    WALLET_FILE,
    "        if not self._may_use(session, is_root, call.selector):\n",
    "        if False:\n",
    acting([ACCESS], [RawCall(WALLET, data=UPDATE), *PING]),
    MISSING,
)
check(
    WALLET_FILE,
    "        if call.target != self:\n            continue\n",
    "",
    acting([ACCESS], PING),
    "ok",
)

# gas
for part in (
    "(head.accountGasLimits >> 128) + ",
    "(head.accountGasLimits & (2 ** 128 - 1)) + ",
    " + head.preVerificationGas",
):
    check(
        WALLET_FILE,
        part,
        " + " if part[0] == part[-1] == " " else "",
        gas_left([GasLimit(limit=10**9), ACCESS]),
        10**9 - GAS,
    )
check(
    WALLET_FILE,
    "rules._say(rules.GAS_LIMIT_COUNTS_GAS)",
    "rules._say(0)",  # a module that uses no rule does not compile
    gas_left([GasLimit(limit=10**18), ACCESS]),
    10**18 - GAS,
)
check(
    WALLET_FILE,
    "    if not in_gas:\n",
    "    if False:\n",
    gas_left([GasLimit(limit=10**18), ACCESS]),
    10**18 - GAS * worlds.GWEI,
    DEPLOYED,
)

# spending is counted
TOO_MUCH = acting([ETHERS, ACCESS], [RawCall(COUNTER, 11)])
check(
    WALLET_FILE,
    "    if entity_id != 0:\n        session:",
    "    if False:\n        session:",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
)
check(
    WALLET_FILE,
    "        if session.header & sessions.SPEND_LIMITS != 0:\n            spending",
    "        if False:\n            spending",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
)

# the deferred install
check(
    WALLET_FILE,
    "            if size > MAX_CALLDATA:\n",
    "            if False:\n",
    deferring_with_too_much,
    "DeferredInstallTooLarge",
)
LENGTHS = "    if encoded < 31 or length < 4 + encoded + 70:\n"
check(
    WALLET_FILE,
    LENGTHS,
    LENGTHS.replace("encoded < 31 or ", ""),
    bending(lambda data: bytes(200)),
    BAD_DEFERRED,
)
check(
    WALLET_FILE,
    LENGTHS,
    LENGTHS.replace(" or length < 4 + encoded + 70", ""),
    lying_about_its_length,
    BAD_DEFERRED,
)
check(
    WALLET_FILE,
    "reading._word(start + 4) >> 88 == GLOBAL_LANE",
    "True",
    bending(flipped(4)),
    BAD_DEFERRED,
)
check(
    WALLET_FILE,
    "reading._selector(start + 31, encoded - 27) == installing.INSTALL_SESSION",
    "True",
    deferring(install_bytes=account.uninstall_call(1)),
    BAD_DEFERRED,
)
check(WALLET_FILE, "encoded >= 63 and ", "", short_install, BAD_DEFERRED)
check(
    WALLET_FILE,
    " and reading._word(start + 35) == nonce >> 72 & (2 ** 32 - 1)",
    "",
    deferring(install_bytes=account.install_call(entity_id=2, key=SESSION.address, rows=rows([ACCESS]))),
    BAD_DEFERRED,
)
check(
    WALLET_FILE,
    "reading._word(after) >> 216 == 66 << 8",
    "True",
    bending(flipped(-67 - 66)),
    BAD_DEFERRED,
)
check(WALLET_FILE, "    if good:\n", "    if False:\n", deferring(owner=STRANGER), BAD_DEFERRED)
check(WALLET_FILE, "    if not good:\n", "    if False:\n", deferring(owner=STRANGER), BAD_DEFERRED)
ENDS = "    if limit == 0 or (until != 0 and until <= limit):\n"
check(WALLET_FILE, ENDS, ENDS.replace("limit == 0 or ", ""), timed(NOW + 9, valid_until=NOW + 8), AA22)
check(WALLET_FILE, ENDS, "    if limit == 0:\n", session_that_ended, AA22)
check(WALLET_FILE, ENDS, ENDS.replace("until != 0 and ", ""), deferring(deadline=NOW - 1), AA22)

# signatures
SIGNATURE_FORM = "    if length != SIGNATURE_BYTES or reading._word(start) >> 240 != SIGNATURE_PREFIX:\n"
check(
    WALLET_FILE,
    SIGNATURE_FORM,
    SIGNATURE_FORM.replace("length != SIGNATURE_BYTES or ", ""),
    signing(lambda data: data + b"\0"),
    AA24,
)
check(
    WALLET_FILE,
    SIGNATURE_FORM,
    "    if length != SIGNATURE_BYTES:\n",
    signing(flipped(1)),
    AA24,
)
check("signatures", "    if self.owner_disabled:\n", "    if False:\n", disabled_owner(None), AA24)
check("signatures", "    if self.stored_owner == empty(address):\n", "    if False:\n", delegated, "ok")
check("signatures", "s > HALF_ORDER or ", "", signing(high_s), AA24)
check(
    "signatures",
    "signer != empty(address) and ",
    "",
    disabled_owner(b"\xff\x00" + bytes(64) + b"\x1b"),
    AA24,
)
check(
    "signatures",
    " and ecrecover(hash, v, r, s) == signer",
    "",
    signing(bytes, key=STRANGER),
    AA24,
)
check("signatures", "abi_encode(DOMAIN, chain.id, self)", "abi_encode(DOMAIN, chain.id)", message(), "1626ba7e")
check("signatures", "abi_encode(DOMAIN, chain.id, self)", "abi_encode(DOMAIN, self)", message(), "1626ba7e")

# sessions
LIVE = "    if session.header != 0 or entity_id == 0:\n"
check("sessions", LIVE, "    if entity_id == 0:\n", installed_again, "ValidationAlreadySet")
check("sessions", LIVE, "    if session.header != 0:\n", installing(*rows([ACCESS]), entity=0), "ValidationAlreadySet")
check("sessions", "    if life != session.life:\n", "    if False:\n", unused_grant_after_revocation, "GrantSuperseded")
check("sessions", "    if key == empty(address):\n", "    if False:\n", key_of_zero, "ZeroAddressError")
HAS_WINDOW = "    if valid_until != 0 or valid_after != 0:\n"
check("sessions", HAS_WINDOW, "    if valid_after != 0:\n", timed(NOW + 9, valid_until=NOW + 8), AA22)
check("sessions", HAS_WINDOW, "    if valid_until != 0:\n", timed(NOW + 1, valid_after=NOW + 8), AA22)
RANGE = "        if valid_until != 0 and valid_after >= valid_until:\n"
SAME = installing(*rows([ACCESS]), valid_after=NOW, valid_until=NOW)
check("sessions", RANGE, "        if False:\n", SAME, "TimeRangeNotValid")
check("sessions", RANGE, RANGE.replace(">=", ">"), SAME, "TimeRangeNotValid")
check(
    "sessions",
    RANGE,
    RANGE.replace("valid_until != 0 and ", ""),
    installing(*rows([ACCESS]), valid_after=NOW),
    "ok",
)
check(
    "sessions",
    "    if session.header & WINDOW == 0:\n",
    "    if False:\n",
    after_revocation([ACCESS], [ACCESS], PING, valid_until=NOW + 1),
    "ok",
)
GONE = "    if session.header == 0 and with_hook_data and not total:\n"
check("sessions", GONE, "    if False:\n", revoking(7, with_hook_data=True), "ArrayLengthMismatch", DEPLOYED)
for part, scenario, rules in (
    ("session.header == 0 and ", revoking(1, with_hook_data=True), DEPLOYED),
    ("with_hook_data and ", revoking(7, with_hook_data=False), DEPLOYED),
    (" and not total", revoking(7, with_hook_data=True), DOCUMENTED),
):
    check("sessions", GONE, GONE.replace(part, ""), scenario, "ok", rules)
INHERITS = after_revocation([ACCESS], [COINS], [*PING, *coins(1)])
check("sessions", "rules._say(rules.REVOCATION_IS_TOTAL)", "rules._say(0)", INHERITS, "AddressNotAllowed")
check("sessions", "total or with_hook_data", "with_hook_data", INHERITS, "AddressNotAllowed")
check(
    "sessions",
    "total or with_hook_data",
    "total",
    after_revocation([ACCESS], [COINS], [*PING, *coins(1)], with_hook_data=True),
    "AddressNotAllowed",
    DEPLOYED,
)
check("sessions", "    if cleared:\n", "    if False:\n", INHERITS, "AddressNotAllowed")
check("sessions", "    self.headers[entity_id] = 0\n", "", revoked, MISSING)
check("sessions", "    self.lives[entity_id] += 1\n", "", unused_grant_after_revocation, "GrantSuperseded")

# installing
check(
    "installing",
    "    if count > MAX_ROWS:\n",
    "    if False:\n",
    installing(*rows([GasLimit(limit=1)]) * 257),
    "TooManyRows",
)
check(
    "installing",
    "        if row.kind == ROOT and count != 1:\n",
    "        if False:\n",
    installing(*rows([ACCESS, Root()])),
    "RootPermissionOnlyError",
)
check(
    "installing",
    "        if row.selector in PRIVILEGED:\n",
    "        if False:\n",
    installing((5, ZERO, wallet_abi.selector("installSession"), 0)),
    "SelectorNotAllowed",
)
check(
    "installing",
    "        if not reach._allow_account_function(session, row.selector):\n",
    "        if not reach._allow_account_function(session, row.selector) and False:\n",
    installing(*rows([UPDATES]) * 2),
    "ValidationAlreadySet",
)
PLAIN = acting([ETHERS], [RawCall(MERCHANT, 5)])
check(
    "installing",
    "        if rules._say(rules.NATIVE_REACHES_PLAIN_TRANSFERS):\n",
    "        if rules._say(0):\n",
    PLAIN,
    "ok",
)
check(
    "installing",
    "    self._check_target(place, row.target)\n",
    "",
    installing((4, ZERO, NO_SELECTOR, 0)),
    "ZeroAddressError",
)
check(
    "installing",
    "    if target == empty(address):\n",
    "    if False:\n",
    installing((4, ZERO, NO_SELECTOR, 0)),
    "ZeroAddressError",
)
check(
    "installing",
    "    if target == self:\n",
    "    if False:\n",
    installing((4, WALLET, NO_SELECTOR, 0)),
    "AccountAddressAsTargetError",
)
check(
    "installing",
    "    raw_revert(abi_encode(place, row.kind, method_id="
    'method_id("UnsupportedPermissionTypeError(uint256,uint256)")))\n',
    "    return 0\n",
    installing((9, COUNTER, NO_SELECTOR, 0)),
    "UnsupportedPermissionTypeError",
)
check("installing", "        return sessions.GAS_LIMIT\n", "        return 0\n", LITTLE_GAS, "ExceededGasLimit")
check(
    "installing",
    "        return sessions.NATIVE_LIMIT\n",
    "        return 0\n",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
    DEPLOYED,
)
check("installing", "sessions.CALLS | sessions.TOKEN_LIMIT\n", "sessions.CALLS\n", spent, ("ExceededTokenLimit", 0))
check(
    "installing", "reach.SELECTOR_LIST | reach.LIMITED_TOKEN", "reach.SELECTOR_LIST", spent, ("ExceededTokenLimit", 0)
)

# reach
check(
    "reach",
    "(self.targets[scope][target] & ~SELECTOR_LIST)",
    "self.targets[scope][target]",
    acting([INCREMENTS, ACCESS], [RawCall(COUNTER, data=ADD)]),
    "ok",
    DEPLOYED,
)
check("reach", " | LISTED | marks", " | marks", acting([ACCESS], PING), "ok", DEPLOYED)
check(
    "reach",
    "    if self.functions[scope][key]:\n        return False\n",
    "",
    installing(*rows([UPDATES]) * 2),
    "ValidationAlreadySet",
)
check(
    "reach",
    "session.life << 32 | ",
    "",
    after_revocation([UPDATES], [ACCESS], UPDATE),
    MISSING,
)
LISTED_AND_ANYWHERE = [
    FunctionsOnContract(address=COUNTER, functions=["0x" + ADD[:4].hex()]),
    ANY_INCREMENT,
]
check(
    "reach",
    "    if rules._say(rules.WILDCARD_REACHES_LISTED_TARGETS):\n",
    "    if False:\n",
    acting(LISTED_AND_ANYWHERE, PING),
    "ok",
)
check(
    "reach",
    "    if rules._say(rules.WILDCARD_REACHES_LISTED_TARGETS):\n",
    "    if True:\n",
    acting(LISTED_AND_ANYWHERE, PING),
    "SelectorNotAllowed",
    DEPLOYED,
)
VALUE = "    if call.amount != 0 and rules._say(rules.VALUE_NEEDS_PERMISSION):\n"
PAID = [RawCall(COUNTER, 1)]
check("reach", VALUE, "    if False:\n", acting([ACCESS], PAID), "NativeTransferNotAllowed")
check("reach", VALUE, VALUE.replace("call.amount != 0 and ", ""), acting([ACCESS], PING), "ok")
check("reach", VALUE, "    if call.amount != 0:\n", acting([ACCESS], PAID), "ok", DEPLOYED)
check(
    "reach",
    "        if session.header & sessions.NATIVE_LIMIT == 0:\n",
    "        if True:\n",
    acting([ACCESS, ETHERS], PAID),
    "ok",
)
check(
    "reach",
    "    if marks & LISTED == 0:\n        if not self",
    "    if True:\n        if not self",
    acting([ACCESS], PING),
    "ok",
    DEPLOYED,
)
check(
    "reach",
    "        if not self.functions[scope][self._key(empty(address), call.selector)]:\n",
    "        if False:\n",
    acting([ACCESS], [RawCall(MERCHANT)]),
    "AddressNotAllowed",
    DEPLOYED,
)
check(
    "reach",
    "    elif marks & SELECTOR_LIST != 0:\n",
    "    elif False:\n",
    acting([INCREMENTS], [RawCall(COUNTER, data=ADD)]),
    "SelectorNotAllowed",
    DEPLOYED,
)
check(
    "reach",
    "        if call.length < 4:\n            self._refuse_no_selector",
    "        if False:\n            self._refuse_no_selector",
    acting([INCREMENTS], [RawCall(COUNTER)]),
    "NoSelectorSpecified",
    DEPLOYED,
)
check(
    "reach",
    "        if not self.functions[scope][self._key(call.target, call.selector)]:\n",
    "        if False:\n",
    acting([INCREMENTS], [RawCall(COUNTER, data=ADD)]),
    "SelectorNotAllowed",
    DEPLOYED,
)
check("reach", "    if marks & OPEN != 0:\n", "    if False:\n", acting([ACCESS], PING), "ok")
TRANSFERS = "    if call.length == 0 and session.header & sessions.NATIVE_LIMIT != 0:\n"
check("reach", TRANSFERS, "    if False:\n", PLAIN, "ok")
check(
    "reach",
    TRANSFERS,
    TRANSFERS.replace("call.length == 0 and ", ""),
    acting([ETHERS], PING),
    "AddressNotAllowed",
)
check(
    "reach",
    TRANSFERS,
    "    if call.length == 0:\n",
    acting([ACCESS], [RawCall(MERCHANT)]),
    "AddressNotAllowed",
)
check(
    "reach",
    "        if rules._say(rules.NATIVE_REACHES_PLAIN_TRANSFERS):\n",
    "        if rules._say(0):\n",
    PLAIN,
    "ok",
)
FOUR = "    if call.length >= 4 or not rules._say(rules.SELECTOR_HAS_FOUR_BYTES):\n"
ZEROS = FunctionsOnContract(address=COUNTER, functions=["0x00000000"])
check("reach", FOUR, "    if True:\n", acting([ZEROS], [RawCall(COUNTER)]), "NoSelectorSpecified")
check("reach", FOUR, "    if False:\n", acting([INCREMENTS], PING), "ok")
check(
    "reach",
    "        if self.functions[session.scope][self._key(call.target, call.selector)]:\n",
    "        if False:\n",
    acting([INCREMENTS], PING),
    "ok",
)
check(
    "reach",
    "        if self.functions[session.scope][self._key(empty(address), call.selector)]:\n",
    "        if False:\n",
    acting([ANY_INCREMENT], PING),
    "ok",
)
check(
    "reach",
    "        if call.target == self and self._is_account_function(session, call.selector):\n",
    "        if False:\n",
    acting([UPDATES, ACCESS], [RawCall(WALLET, data=UPDATE), *PING]),
    "ok",
)
check(
    "reach",
    "    if marks & LISTED == 0:\n        self._refuse",
    "    if False:\n        self._refuse",
    acting([ACCESS], [RawCall(MERCHANT)]),
    "AddressNotAllowed",
)
check(
    "reach",
    "    if call.length < 4:\n        self._refuse_no_selector",
    "    if False:\n        self._refuse_no_selector",
    acting([INCREMENTS], [RawCall(COUNTER)]),
    "NoSelectorSpecified",
)
check(
    "reach",
    "        self._refuse_no_selector(place, call)\n    self._refuse_selector(place, call)\n",
    "        self._refuse_no_selector(place, call)\n",
    acting([INCREMENTS], [RawCall(COUNTER, data=ADD)]),
    "SelectorNotAllowed",
)

# calls
check("calls", "    if count > MAX_CALLS:\n", "    if False:\n", acting([ACCESS], PING * 33), "TooManyCalls")
check(
    "calls",
    "    if length > MAX_CALL_BYTES:\n",
    "    if False:\n",
    acting([ACCESS], [RawCall(COUNTER, data=bytes(4_097))]),
    "CallDataTooLarge",
)
ODD = "NonCanonicalCalldata"
check(
    "calls",
    "    if reading._word(start + 4) != 32:\n",
    "    if False:\n",
    bent_call(lambda one, two: two[:4] + word(64) + two[36:]),
    ODD,
)
check(
    "calls",
    "    if batch.table != 0 and batch.table + reading._word(batch.table + 32 * place) != at:\n",
    "    if False:\n",
    bent_call(lambda one, two: two[:68] + two[100:132] + two[68:100] + two[132:]),
    ODD,
)
check(
    "calls",
    "    if reading._word(at + 64) != 96:\n",
    "    if False:\n",
    bent_call(lambda one, two: one[:68] + word(128) + one[100:]),
    ODD,
)
check(
    "calls",
    "    if next > batch.end:\n",
    "    if False:\n",
    bent_call(lambda one, two: one[:100] + word(64) + one[132:]),
    ODD,
)
check(
    "reading",
    "    if word >> 160 != 0:\n",
    "    if False:\n",
    bent_call(lambda one, two: one[:4] + b"\1" + one[5:]),
    ODD,
)
check(
    "calls",
    "    return selector == EXECUTE or selector == EXECUTE_BATCH\n",
    "    return selector == EXECUTE\n",
    acting([ACCESS], PING * 2),
    "ok",
)

# spending
BESIDE = acting([COINS, UPDATES], UPDATE)
check("spending", "    if not calls._is_calls(selector):\n", "    if False:\n", BESIDE, "ok")
check(
    "spending",
    "        if session.header & sessions.TOKEN_LIMIT != 0:\n            if not",
    "        if True:\n            if not",
    acting([ETHERS, UPDATES], UPDATE),
    "ok",
    DEPLOYED,
)
check(
    "spending",
    "            if not rules._say(rules.SPEND_LIMITS_BIND_SPENDING_ONLY):\n",
    "            if rules._say(0):\n",
    BESIDE,
    "SpendingRequestNotAllowed",
    DEPLOYED,
)
check(
    "spending",
    "            if not rules._say(rules.SPEND_LIMITS_BIND_SPENDING_ONLY):\n",
    "            if not rules._say(0):\n",
    BESIDE,
    "ok",
)
check(
    "spending",
    "    if session.header & sessions.NATIVE_LIMIT != 0:\n",
    "    if False:\n",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
)
check(
    "spending",
    "    if session.header & sessions.TOKEN_LIMIT != 0:\n        at:",
    "    if False:\n        at:",
    spent,
    ("ExceededTokenLimit", 0),
)
check(
    "spending",
    "            if reach._is_limited_token(session.scope, call.target):\n",
    "            if reach._is_limited_token(session.scope, call.target) and False:\n",
    spent,
    ("ExceededTokenLimit", 0),
)
check(
    "spending",
    "        if call.amount > max_value(uint256) - total:\n",
    "        if False:\n",
    acting([ETHERS, ACCESS], [RawCall(COUNTER, 2**255)] * 2),
    "Panic(0x11)",
)
check(
    "spending",
    "        total += call.amount\n",
    "        total = call.amount\n",
    acting([ETHERS, ACCESS], [RawCall(COUNTER, 6)] * 2),
    "ExceededNativeTokenLimit",
)
check(
    "spending",
    "    if call.length < SPENDING_BYTES:\n",
    "    if False:\n",
    acting([COINS], [RawCall(TOKEN, data=coins(5)[0].data[:-1])]),
    "InvalidCalldataLength",
)
SPENDS = "    if call.selector != TRANSFER and call.selector != APPROVE:\n"
INCREASE = FunctionsOnAllContracts(functions=["0x39509351"])
check(
    "spending",
    SPENDS,
    "    if False:\n",
    acting([COINS, INCREASE], coins(5, "increaseAllowance")),
    "SelectorNotAllowed",
)
check("spending", SPENDS, "    if call.selector != TRANSFER:\n", acting([COINS], coins(5, "approve")), "ok")
# allowances
check(
    "allowances",
    "    if asked > left:\n        raw_revert(abi_encode(asked, left",
    "    if False:\n        raw_revert(abi_encode(asked, left",
    TOO_MUCH,
    "ExceededNativeTokenLimit",
)
check(
    "allowances",
    "    if asked > left:\n        raw_revert(\n",
    "    if False:\n        raw_revert(\n",
    spent,
    ("ExceededTokenLimit", 0),
)
check(
    "allowances",
    "    if asked > left:\n        if in_gas:\n",
    "    if False:\n        if in_gas:\n",
    LITTLE_GAS,
    "ExceededGasLimit",
)
check("allowances", "        if in_gas:\n", "        if True:\n", LITTLE_GAS, "ExceededNativeTokenLimit", DEPLOYED)
check(
    "allowances",
    "    self.remaining[session.scope][self._key(kind, token)] = left - amount\n",
    "    pass\n",
    twice([COINS], coins(30)),
    ("ok", "ExceededTokenLimit"),
)


# -- the tests


@pytest.fixture(scope="session")
def mutant_code(request: pytest.FixtureRequest) -> Callable[[Mutation], bytes]:
    """The runtime code of a mutant; the first call compiles all that this run needs."""
    cache = Path(request.config.cache.mkdir("mutants"))  # type: ignore[union-attr]
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = [call.params["mutation"] for call in calls if call and "mutation" in call.params]
    compile_mutants(wanted, cache)
    return lambda mutation: (cache / fingerprint(mutation)).read_bytes()


def patched_world(entry_point: EntryPointUnderTest, rules: Ruleset, code: bytes) -> World:
    world = worlds.fresh_world(entry_point, rules)
    immutables = word(rules.bits) + bytes(12) + bytes.fromhex(lab.FACTORY[2:])
    for where in (lab.IMPLEMENTATION, lab.DELEGATE_7702):
        world.chain.set_code(where, code + immutables)
    return world


def test_a_wallet_compiled_like_the_mutants_but_unpatched_is_no_different(entry_point: EntryPointUnderTest) -> None:
    """So that what a mutant does otherwise is due to its patch."""
    code = runtime_of("SessionWallet", source_of("SessionWallet"))
    for mutation in MUTATIONS:
        world = patched_world(entry_point, mutation.rules, code)
        assert mutation.scenario(world) == mutation.expect, mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=repr)
def test_a_wallet_without_this_check_does_something_else(
    mutation: Mutation, entry_point: EntryPointUnderTest, mutant_code: Callable[[Mutation], bytes]
) -> None:
    world = worlds.fresh_world(entry_point, mutation.rules)
    assert mutation.scenario(world) == mutation.expect
    world = patched_world(entry_point, mutation.rules, mutant_code(mutation))
    assert mutation.scenario(world) != mutation.expect, "the check can be removed without any test failing"


#: Helpers that refuse; every call of them is a refusal.
REFUSALS = (
    "raw_revert(",
    "reading._fail(",
    "self._refuse_function(",
    "self._refuse_target(",
    "self._refuse_no_selector(",
    "self._refuse_selector(",
    "self._not_authorized(",
    "self._fail(",
    "return False",
    "rules._say(",
)
#: Functions that only refuse: what counts is who calls them.
ONLY_REFUSE = (
    "_fail",
    "_refuse_function",
    "_refuse_target",
    "_refuse_no_selector",
    "_refuse_selector",
    "_not_authorized",
)


def refusals(module: str) -> dict[int, str]:
    """The line of each refusal's condition (or of the refusal, where it has none), and the refusal."""
    lines = source_of(module).splitlines()
    found = {}
    for number, line in enumerate(lines):
        code = line.split("#")[0]
        if not any(word in code for word in REFUSALS):
            continue
        indent = len(line) - len(line.lstrip())
        guard = next(n for n in range(number, -1, -1) if n < number and _opens(lines[n], indent))
        if lines[guard].startswith("def "):
            if lines[guard][4:].partition("(")[0] in ONLY_REFUSE:
                continue
            guard = number
        found[number if code.lstrip().startswith(("if ", "elif ")) else guard] = code.strip()
    return found


def _opens(line: str, indent: int) -> bool:
    """Whether the block of a line of this indent begins here."""
    mine = len(line) - len(line.lstrip())
    return bool(line.strip()) and mine < indent and line.lstrip().startswith(("if ", "elif ", "def ", "else:"))


@pytest.mark.parametrize("module", MODULES)
def test_the_table_names_every_refusal(module: str) -> None:
    patched = {line for one in MUTATIONS if one.file == module for line in one.lines}
    missing = {line + 1: code for line, code in refusals(module).items() if line not in patched}
    assert not missing
    if module not in ("signatures", "reading"):
        assert len(refusals(module)) >= 2


def test_every_patch_matches_the_source_exactly_once() -> None:
    for mutation in MUTATIONS:
        assert mutation.lines
        assert mutation.patched != source_of(mutation.file)


def test_the_modules_of_the_table_hold_all_rules_of_the_wallet() -> None:
    """A new module of the wallet must join the table."""
    import re

    imported = {name for module in MODULES for name in re.findall(r"^import (\w+)", source_of(module), re.M)}
    assert imported <= {*MODULES, "rules", "operations"}  # the two that refuse nothing


def test_a_patch_that_matches_nothing_fails() -> None:
    with pytest.raises(ValueError, match="0 times"):
        replace(MUTATIONS[0], old="no such line").lines  # noqa: B018
