"""The wallet itself: who may call what, ERC-1271, validation, gas."""

from __future__ import annotations

from sessionlab.core import deployments as lab
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import GasLimit, Root, rows

from . import world as worlds
from .scenarios import (
    AA22,
    AA24,
    ACCESS,
    ETHERS,
    GAS,
    MISSING,
    PING,
    UNAUTHORIZED,
    UPDATE,
    UPDATES,
    Scenarios,
    acting,
    behind,
    deferring,
    direct,
    executed_by_a_stranger,
    flipped,
    gas_left,
    initialized_again,
    installing,
    message,
    owning,
    timed,
    validated_by_a_stranger,
    wallet_abi,
)
from .world import (
    COUNTER,
    MERCHANT,
    NOW,
    PAYMASTER,
    STRANGER,
    WALLET,
)

EXECUTE_DIRECTLY = direct(account.execute(PING[0], wrapped=False))
INSTALL_AS_STRANGER = installing(*rows([ACCESS]), sender=STRANGER)
LITTLE_GAS = acting([GasLimit(limit=GAS - 1), ACCESS], PING)
TWO_BYTES = [Call(WALLET, data=b"\1\2"), *PING]
INNER = [Call(WALLET, data=account.execute(PING[0], wrapped=False)), *PING]
TOO_MUCH = acting([ETHERS, ACCESS], [Call(COUNTER, 11)])

SCENARIOS: Scenarios = {
    # who may call what
    "refused-without-a-name": (direct(b"\xb6"), "UnrecognizedFunction"),
    "validation-for-anybody": (validated_by_a_stranger, UNAUTHORIZED),
    "execution-for-anybody": (executed_by_a_stranger, UNAUTHORIZED),
    "calls-for-anybody": (EXECUTE_DIRECTLY, UNAUTHORIZED),
    "install-for-anybody": (INSTALL_AS_STRANGER, UNAUTHORIZED),
    "unknown-function-answered": (direct(b"\xde\xad\xbe\xef"), "UnrecognizedFunction"),
    "initialize-by-anybody": (
        direct(wallet_abi.encode("initialize", STRANGER.address), to=lab.DELEGATE_7702),
        UNAUTHORIZED,
    ),
    "initialize-twice": (initialized_again, "AlreadyInitialized"),
    "revoke-for-anybody": (direct(account.uninstall_call(1)), UNAUTHORIZED),
    "owner-for-anybody": (direct(UPDATE), UNAUTHORIZED),
    "entry-point-not-asked-for": (EXECUTE_DIRECTLY, UNAUTHORIZED),
    "privilege-not-asked-for": (INSTALL_AS_STRANGER, UNAUTHORIZED),
    "wallet-not-privileged": (acting([UPDATES, ACCESS], [Call(WALLET, data=UPDATE), *PING]), "ok"),
    "owner-not-privileged": (installing(*rows([ACCESS])), "ok"),
    "entry-point-not-privileged": (owning(account.uninstall_call(1)), "ok"),
    # behind a revocation in the same bundle
    "calls-behind-the-revocation": (behind(PING), MISSING),
    "own-functions-behind-the-revocation": (behind(UPDATE), MISSING),
    "unwrapped-behind-the-revocation": (behind(PING), MISSING),
    "revoked-in-the-bundle-runs": (behind(PING, wrapped=True), MISSING),
    # ERC-1271
    "message-of-any-length": (message(lambda data: data + b"\x00"), "ffffffff"),
    "message-of-any-kind": (message(flipped(0)), "ffffffff"),
    "message-without-mark": (message(flipped(6)), "ffffffff"),
    "sessions-sign-messages": (message(entity=1), "SignatureValidationInvalid"),
    "every-message-is-signed": (message(key=STRANGER), "ffffffff"),
    # validation, in its order
    "operation-without-a-selector": (acting([ACCESS], b"\xb6\x1d\x27"), "UnrecognizedFunction"),
    "wrapped-without-a-selector": (acting([ACCESS], b"\xb6\x1d\x27", wrapped=True), "EmptyRevert"),
    "any-nonce-key": (acting([ACCESS], PING, is_global=True), MISSING),
    "any-function": (acting([ACCESS], UPDATE), MISSING),
    "self-calls-unchecked": (acting([Root()], [Call(WALLET)]), "SelfCallRecursionDepthExceeded"),
    "root-is-limited": (acting([Root()], PING), "ok"),
    "unwrapped-spending": (
        acting([ETHERS, ACCESS], [Call(COUNTER, 11)], wrapped=False),
        "RequireUserOperationContext",
    ),
    "gas-not-counted": (LITTLE_GAS, "ExceededGasLimit"),
    "sponsored-gas-counted": (
        acting(
            [GasLimit(limit=1), ACCESS],
            PING,
            paymaster=PAYMASTER,
            paymaster_verification_gas_limit=100_000,
        ),
        "ok",
    ),
    "reach-unchecked": (acting([ACCESS], [Call(MERCHANT)]), "AddressNotAllowed"),
    "window-of-the-session-lost": (timed(NOW + 9, valid_until=NOW + 8), AA22),
    "deadline-lost": (deferring(deadline=NOW - 1), AA22),
    "signature-unchecked": (acting([ACCESS], PING, key=STRANGER), AA24),
    # functions of the wallet itself
    "root-uses-every-function": (owning(wallet_abi.encode("initialize", STRANGER.address)), MISSING),
    "calls-without-a-permission": (acting([UPDATES], PING), MISSING),
    "session-uses-own-functions": (acting([ACCESS], UPDATE), MISSING),
    "short-self-call": (acting([Root()], TWO_BYTES), "EmptyRevert"),
    "execute-calls-the-wallet": (acting([Root()], [Call(WALLET, data=UPDATE)]), "SelfCallRecursionDepthExceeded"),
    "batch-in-a-batch": (acting([Root()], INNER), "SelfCallRecursionDepthExceeded"),
    "batch-uses-own-functions": (acting([ACCESS], [Call(WALLET, data=UPDATE), *PING]), MISSING),
    "every-call-is-a-self-call": (acting([ACCESS], PING), "ok"),
    # gas
    "verification-gas-free": (gas_left([GasLimit(limit=10**9), ACCESS]), 10**9 - GAS),
    "call-gas-free": (gas_left([GasLimit(limit=10**9), ACCESS]), 10**9 - GAS),
    "pre-verification-gas-free": (gas_left([GasLimit(limit=10**9), ACCESS]), 10**9 - GAS),
    "gas-counted-in-wei": (gas_left([GasLimit(limit=10**18), ACCESS]), 10**18 - GAS),
    "gas-at-no-price": (gas_left([GasLimit(limit=10**18), ACCESS]), 10**18 - GAS * worlds.GWEI),
    # spending is counted
    "spending-not-counted": (TOO_MUCH, "ExceededNativeTokenLimit"),
    "spending-never-marked": (TOO_MUCH, "ExceededNativeTokenLimit"),
}
