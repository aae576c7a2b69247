"""What is tried on a wallet and on its mutants; each scenario returns what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sessionlab.core import deployments as lab
from sessionlab.core.base.keys import CURVE_ORDER, Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, operation_hash, pack
from sessionlab.core.erc4337.wallet_encoding import Row
from sessionlab.core.evm.signing import authorize
from sessionlab.core.permissions import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    NativeTokenTransfer,
    Permission,
    rows,
)
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.node import erc1271

from .world import (
    COUNTER,
    INCREMENT,
    MERCHANT,
    NOW,
    OTHER_SESSION,
    OWNER,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    ZERO,
    BundleOutcome,
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
#: By the name of a mutant: what is tried, and what happens on the original. On the mutant, anything else happens.
Scenarios = dict[str, tuple[Scenario, Any]]
AA22, AA24 = "AA22 expired or not due", "AA24 signature error"
MISSING, UNAUTHORIZED, BAD_DEFERRED = "ValidationFunctionMissing", "NotAuthorized", "DeferredActionSignatureInvalid"
wallet_abi, token_abi = artifact("SessionWallet"), artifact("Token")
NO_SELECTOR = bytes(4)
ADD = artifact("Counter").encode("add", 7)
PING = [Call(COUNTER, data=INCREMENT)]
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


def coins(amount: int, function: str = "transfer") -> list[Call]:
    return [Call(TOKEN, data=token_abi.encode(function, MERCHANT, amount))]


def said(outcome: BundleOutcome) -> str:
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


def behind(call: Any, **more: Any) -> Scenario:
    """One bundle: the owner revokes a session, and its operation comes to run behind that."""

    def scenario(world: World) -> str:
        install(world, [UPDATES, ACCESS])
        ending = signed(world, operation(world, account.uninstall_call(1), entity=0), OWNER)
        return said(send(world, ending, signed(world, operation(world, call, **more), SESSION)))

    return scenario


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
    calls = [Call(COUNTER, data=bytes(4_096))] * 13
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
        safe = erc1271.replay_safe_hash(wallet=WALLET, chain_id=world.chain.chain_id, digest=digest)
        envelope = bend(erc1271.message_envelope(key.sign_hash(safe), entity))
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
    request = authorize(me.private, lab.DELEGATE_7702, chain_id=world.chain.chain_id, nonce=0)
    world.chain.transact(STRANGER.private, MERCHANT, authorization_list=[request])
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
        install(world, then, generation=1)
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
    return said(transact(world, STRANGER, WALLET, EXECUTE_USER_OP + word(64) + word(0) + user_op))


def spent(world: World) -> tuple[str, int]:
    install(world, [COINS, INCREMENTS])
    outcome = act(world, coins(60))
    return said(outcome), tokens(world, MERCHANT)


def bent_call(bend: Callable[[bytes, bytes], bytes]) -> Scenario:
    good = account.execute(PING[0], wrapped=False)
    batch = account.execute_batch(PING * 2, wrapped=False)
    return acting([ACCESS], bend(good, batch))
