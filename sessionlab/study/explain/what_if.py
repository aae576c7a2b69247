"""What-if: run an operation as if its session were different, on a copy of the state that is then discarded.

Suggested changes ("raise this allowance", "wait 60 seconds") are tested this way first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sessionlab.core import deployments
from sessionlab.core.base.keys import derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.gas import PAYMASTER_VERIFICATION, Gas, has_fresh_deposit, with_limits
from sessionlab.core.erc4337.simulate import Rejection, Simulated, simulate
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, SENDER_CREATOR, UserOperation
from sessionlab.core.evm.records import CallResult, FailedCall
from sessionlab.core.permissions.limits import GrantKind
from sessionlab.core.permissions.rows import GrantRow

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.overlay import StateOverlay
    from sessionlab.core.evm.overrides import Overrides

#: Keys that sign only within the copy.
OWNER, SESSION = derive_key("trial", "owner"), derive_key("trial", "session")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A hypothetical session and one of its operations."""

    wallet: str
    rows: Sequence[GrantRow]
    #: The call data as sent, bare or wrapped.
    call_data: bytes
    #: Unix seconds. A ``valid_until`` of 0 means no end.
    now: int
    valid_after: int = 0
    valid_until: int = 0
    #: False: the operation carries the session's install, as a first operation does.
    installed: bool = True
    #: Whether the session's nonce key was used before; the first use of a nonce key costs more than later ones.
    nonce_key_used: bool = True
    #: True: the owner sends it instead of the session.
    by_owner: bool = False
    #: Wei per gas.
    fee: int = 0
    #: Wei per gas for the bundler, within ``fee``.
    tip: int = 0
    #: Gas limits, in gas; those that are None are estimated.
    gas: Gas = field(default_factory=Gas)
    #: Data for the factory, if the wallet is not deployed yet.
    factory_data: bytes = b""
    #: The wallet's balance, in wei; None: what it has.
    balance: int | None = None


@dataclass(frozen=True, slots=True)
class WhatIfResult:
    """The result of a what-if. ``rejection`` is None if everything succeeds."""

    rejection: Rejection | None
    operation: UserOperation
    #: Whether the operation's gas limits are known; they are not if it fails too early.
    gas_known: bool = False
    #: The calls that led to the rejection, outermost first; empty if no call failed.
    failure: tuple[FailedCall, ...] = ()


Pay = Callable[[UserOperation], UserOperation]
"""Puts a paymaster into an operation."""


def attempt(chain: Chain, what_if: WhatIf, pay: Pay | None = None) -> WhatIfResult:
    """Run a what-if. ``pay`` adds a sponsor; no signatures are checked."""
    state, operation, refused = _stage(chain, what_if)
    if refused:
        return WhatIfResult(refused, operation)
    if pay is not None:
        operation = pay(operation)
    if what_if.gas.total is None:
        # Like a wallet's client: simulate with ample gas to estimate, then with exactly the estimate.
        done = simulate(chain, operation, check_signatures=False, within_limits=False, state=state, now=what_if.now)
        if done.rejection:
            return WhatIfResult(done.rejection, operation, failure=done.failure)
        operation = _with_limits(chain, what_if, operation, done, has_fresh_deposit(chain, operation))
        state, _, _ = _stage(chain, what_if)
    elif pay is not None:
        operation = replace(operation, paymaster_verification_gas_limit=PAYMASTER_VERIFICATION)
    operation = replace(operation, max_fee_per_gas=what_if.fee, max_priority_fee_per_gas=what_if.tip)
    operation = replace(operation, **(named := _named(what_if.gas)))
    if what_if.factory_data and what_if.gas.verification is not None:
        # The copy already contains the wallet; the same limit is for making it, too.
        left = max(0, what_if.gas.verification - _made(chain, _making(what_if, operation), what_if.now).gas_used)
        operation = replace(operation, verification_gas_limit=left)
    how = {"check_signatures": False, "limits_named": bool(named)}
    done = simulate(chain, operation, state=state, now=what_if.now, **how)
    failure = done.failure if done.rejection else ()
    return WhatIfResult(done.rejection, operation, gas_known=True, failure=failure)


def measured(chain: Chain, what_if: WhatIf, *, fresh_deposit: bool) -> Gas | None:
    """Return the limits that a client would ask for after a simulation; None if the operation is refused.

    The owner is replaced, whether the operation carries the install or not, so that both find the same wallet.
    ``fresh_deposit``: see ``has_fresh_deposit``.
    """
    state, operation, refused = _stage(chain, what_if, replaces_owner=True)
    if refused:
        return None
    if what_if.factory_data:
        _replace_owner(state, what_if.wallet)  # which warms what the deployment has just warmed (EIP-2929)
    done = simulate(chain, operation, check_signatures=False, within_limits=False, state=state, now=what_if.now)
    if done.rejection:
        return None
    limited = _with_limits(chain, what_if, operation, done, fresh_deposit)
    return Gas(limited.call_gas_limit, limited.verification_gas_limit, limited.pre_verification_gas)


def _named(gas: Gas) -> dict[str, Any]:
    limits = {
        "verification_gas_limit": gas.verification,
        "call_gas_limit": gas.call,
        "pre_verification_gas": gas.pre_verification,
    }
    return {name: limit for name, limit in limits.items() if limit is not None}


def _with_limits(
    chain: Chain, what_if: WhatIf, operation: UserOperation, done: Simulated, fresh: bool
) -> UserOperation:
    """Set the limits that a client would request, including those for deploying the wallet."""
    if not what_if.factory_data:
        return with_limits(operation, done, fresh_deposit=fresh)
    making = _making(what_if, operation)
    limited = with_limits(making, replace(done, creation=_made(chain, making, what_if.now)), fresh_deposit=fresh)
    # The copy already contains the wallet.
    return replace(limited, factory=None, factory_data=b"")


def _making(what_if: WhatIf, operation: UserOperation) -> UserOperation:
    """Return the operation as one that makes its wallet."""
    return replace(operation, factory=deployments.FACTORY, factory_data=what_if.factory_data)


def _made(chain: Chain, making: UserOperation, now: int) -> CallResult:
    """Return what making the wallet comes to."""
    data = artifact("SenderCreator").encode("createSender", making.init_code)
    return chain.overlay(timestamp=now).call(SENDER_CREATOR, data, sender=ENTRY_POINT)


def _stage(
    chain: Chain, what_if: WhatIf, *, replaces_owner: bool = False
) -> tuple[StateOverlay, UserOperation, Rejection | None]:
    """Return a copy of the state with the session in it, its operation, and why it cannot be installed, if so."""
    overrides: Overrides = {} if what_if.balance is None else {what_if.wallet: {"balance": what_if.balance}}
    state = chain.overlay(timestamp=what_if.now, overrides=overrides)
    if what_if.factory_data:
        state.call(deployments.FACTORY, what_if.factory_data)
    entity = account.OWNER if what_if.by_owner else _free_entity(state, what_if.wallet)
    is_root = what_if.by_owner or any(row.kind is GrantKind.ROOT for row in what_if.rows)
    deferred = not (what_if.installed or what_if.by_owner)
    nonce_key = account.nonce_key_of(entity, is_global=is_root, deferred=deferred)
    install = account.install_call(
        entity_id=entity,
        key=SESSION.address,
        rows=what_if.rows,
        valid_after=what_if.valid_after,
        valid_until=what_if.valid_until,
        generation=_session(state, what_if.wallet, entity)[3],
    )
    refused = None
    if deferred or replaces_owner:
        _replace_owner(state, what_if.wallet)
    if what_if.installed and not what_if.by_owner:
        done = state.call(what_if.wallet, install, sender=what_if.wallet)
        refused = None if done.success else Rejection("grant", None, decode_revert(done.output))
        if what_if.nonce_key_used:
            state.call(ENTRY_POINT, artifact("EntryPoint").encode("incrementNonce", nonce_key), sender=what_if.wallet)
    answer = state.call(ENTRY_POINT, artifact("EntryPoint").encode("getNonce", what_if.wallet, nonce_key))
    nonce = int.from_bytes(answer.output, "big")
    signature = _signed_install(chain, what_if, nonce, install) if deferred else account.DUMMY_SIGNATURE
    operation = UserOperation(what_if.wallet, nonce, what_if.call_data, 0, 0, 0, 0, 0, signature=signature)
    state.next_transaction()
    return state, operation, refused


def _replace_owner(state: StateOverlay, wallet: str) -> None:
    """Make an owner whose key is known here."""
    swap = artifact("SessionWallet").encode("updateFallbackSignerData", OWNER.address, False)
    state.call(wallet, swap, sender=wallet)


def _signed_install(chain: Chain, what_if: WhatIf, nonce: int, install: bytes) -> bytes:
    """Sign a first operation, for the owner that was put in place."""
    digest = account.deferred_action_hash(
        wallet=what_if.wallet, chain_id=chain.chain_id, nonce=nonce, deadline=what_if.valid_until, call=install
    )
    return account.deferred_envelope(
        deadline=what_if.valid_until,
        call=install,
        owner_signature=OWNER.sign_hash(digest),
        signature=account.DUMMY_SIGNATURE[2:],
    )


def _free_entity(state: StateOverlay, wallet: str) -> int:
    """Return the first entity id that was never used: a revoked session may have left its lists."""
    entity = 1
    while int(_session(state, wallet, entity)[0], 16) or _session(state, wallet, entity)[3]:
        entity += 1
    return entity


def _session(state: StateOverlay, wallet: str, entity: int) -> tuple[str, int, int, int, int]:
    """Return the key, marks, window, generation and scope that the wallet stores for an entity id."""
    contract = artifact("SessionWallet")
    result: tuple[str, int, int, int, int] = contract.decode(
        "session", state.call(wallet, contract.encode("session", entity)).output
    )
    return result
