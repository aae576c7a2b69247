"""Send an example of what only one session allows to both sessions: real wallets, one for each, on chains of their own.

The chain has nothing but the EntryPoint, the wallet and a paymaster, so a call to any other address succeeds. Before
each operation the wallet is given all the native tokens that a call can send.
"""

from __future__ import annotations

from dataclasses import dataclass

from sessionlab.core import deployments
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.keys import derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.included import BundleReverted, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops, operation_hash
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.operation import CALL_SELECTORS, Operation
from sessionlab.core.permissions.rows import rows
from sessionlab.study.comparing.candidates import MOST_FEE
from sessionlab.study.comparing.search import Witness
from sessionlab.study.comparing.subject import Subject

OWNER, SESSION, BUNDLER = (derive_key("compare", role) for role in ("owner", "session", "bundler"))
PAYMASTER = "0x" + "ba7e" * 10
ENTITY = 1
BUNDLE_GAS = 30_000_000
CALL_GAS = 400_000
#: For an operation that a paymaster pays for, whose gas no limit counts.
ENOUGH_GAS = 1_500_000
MOST_TIMES = 1_000
OF_ITS_OWN = ("UnrecognizedFunction", "EmptyRevert", "NotAuthorized")


@dataclass(frozen=True)
class Ended:
    """How the last operation of an example ended on the chain; ``phase`` is ``grant`` if no session could be made."""

    phase: str
    reason: str | None
    #: How many operations were taken, the last one included.
    taken: int
    #: What a function of the wallet itself answered, if it failed by itself: the wallet lacks it, or wants other
    #: arguments. No rule refused the operation.
    own: str | None = None


def send(subject: Subject, witness: Witness, since: int) -> Ended:
    """Grant the session at ``since`` and send the example. Raises InvalidInput if it is sent too often."""
    if witness.times > MOST_TIMES:
        raise InvalidInput(
            f"The example is the same operation {witness.times:,} times.",
            field="times",
            asked=witness.times,
            left=MOST_TIMES,
            fix="try it with smaller limits.",
        )
    if subject.refused is not None:
        return Ended("grant", subject.refused.rule, 0)
    chain = _chain(subject, since)
    install = account.install_call(
        entity_id=ENTITY,
        key=SESSION.address,
        rows=rows(subject.permissions),
        valid_after=subject.policy.valid_after,
        valid_until=subject.policy.valid_until,
        generation=0,
    )
    receipt = chain.transact(OWNER.private, subject.wallet, install)
    if receipt.status != 1:
        return Ended("grant", decode_revert(receipt.output).reason, 0)
    chain.travel_to(witness.now)
    asks_wallet = any(call.target == subject.wallet for call in witness.operation.calls_of(subject.wallet))
    own = None
    for number in range(witness.times):
        _replenish(chain, subject.wallet, witness.operation)
        phase, reason = _include(chain, subject, witness.operation)
        if asks_wallet and phase == "execution" and reason in OF_ITS_OWN:
            own = reason
        elif phase != "ok":
            return Ended(phase, reason, number, own)
    return Ended("ok", None, witness.times, own)


def _chain(subject: Subject, since: int) -> Chain:
    accounts = dict(deployments.plain("OpenPaymaster", PAYMASTER))
    accounts |= deployments.wallet_at(subject.wallet, OWNER.address, MAX_UINT256)
    accounts |= deployments.wallet_contracts(subject.rules)
    accounts |= deployments.entry_point()
    accounts |= {key.address: GenesisAccount(balance=MAX_UINT256) for key in (OWNER, BUNDLER)}
    chain = Chain(accounts, time=since - 1, block_seconds=0)
    for who in (subject.wallet, PAYMASTER):
        chain.transact(BUNDLER.private, ENTRY_POINT, artifact("EntryPoint").encode("depositTo", who), 2**250)
    chain.travel_to(since)
    return chain


def _replenish(chain: Chain, wallet: str, operation: Operation) -> None:
    """Give the wallet all that a call can send, and take what the called addresses have: a balance is one word."""
    chain.set_balance(wallet, MAX_UINT256)
    for call in operation.calls:
        if call.target != wallet and not chain.code(call.target):
            chain.set_balance(call.target, 0)


def _include(chain: Chain, subject: Subject, operation: Operation) -> tuple[str, str | None]:
    unsigned = _user_operation(chain, subject, operation)
    digest = operation_hash(unsigned, chain.chain_id)
    signed = unsigned.signed(account.signature_envelope(SESSION.sign_message(digest)))
    receipt = chain.transact(BUNDLER.private, ENTRY_POINT, handle_ops([signed], BUNDLER.address), gas=BUNDLE_GAS)
    try:
        (included,) = read_bundle(receipt)
    except BundleReverted as refused:
        return "validation", refused.revert.innermost.reason
    return ("ok", None) if included.revert is None else ("execution", included.revert.reason)


def _user_operation(chain: Chain, subject: Subject, operation: Operation) -> UserOperation:
    nonce_key = account.nonce_key_of(ENTITY, is_global=subject.policy.is_root)
    nonce = chain.call(ENTRY_POINT, artifact("EntryPoint").encode("getNonce", subject.wallet, nonce_key)).output
    gas = ENOUGH_GAS if operation.sponsored else operation.gas
    verification = min(max(gas - CALL_GAS, 0), MOST_FEE)
    return UserOperation(
        sender=subject.wallet,
        nonce=int.from_bytes(nonce, "big"),
        call_data=_call_data(operation),
        call_gas_limit=min(CALL_GAS, gas),
        verification_gas_limit=verification,
        pre_verification_gas=max(gas - CALL_GAS, 0) - verification,
        max_fee_per_gas=operation.fee,
        max_priority_fee_per_gas=operation.fee,
        paymaster=PAYMASTER if operation.sponsored else None,
        paymaster_verification_gas_limit=100_000 if operation.sponsored else 0,
    )


def _call_data(operation: Operation) -> bytes:
    if operation.selector not in CALL_SELECTORS:
        return (EXECUTE_USER_OP if operation.wrapped else b"") + operation.own_data
    calls = [Call(call.target, call.value, call.data) for call in operation.calls]
    if operation.is_batch:
        return account.execute_batch(calls, wrapped=operation.wrapped)
    return account.execute(calls[0], wrapped=operation.wrapped)
