"""Send an example of what only one session allows to both sessions: real wallets, one for each, on chains of their own.

The chain has nothing but the EntryPoint, the wallet and a paymaster, so a call to any other address succeeds. What the
wallet, the EntryPoint or a precompile answers to a call that the rules let pass is its own matter. Before each
operation the wallet is given all the native tokens that a call can send.
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
from sessionlab.core.permissions.limits import LIMITS
from sessionlab.core.permissions.operation import CALL_SELECTORS, Operation
from sessionlab.core.permissions.rows import rows
from sessionlab.study.comparing.candidates import AMPLE_GAS, LEAST_GAS, MOST_FEE
from sessionlab.study.comparing.search import Witness
from sessionlab.study.comparing.subject import Subject, first_free

OWNER, SESSION, BUNDLER = (derive_key("compare", role) for role in ("owner", "session", "bundler"))
PAYMASTER = "0x" + "ba7e" * 10
#: The highest address of a precompile (EIP-2537).
LAST_PRECOMPILE = 0x11
ENTITY = 1
BUNDLE_GAS = 30_000_000
CALL_GAS = 400_000
#: For an operation that a paymaster pays for, whose gas no limit counts.
ENOUGH_GAS = 1_500_000
MOST_TIMES = 1_000
#: Why the rules refuse an operation in execution: whatever else ends one there, a called address says.
OF_THE_RULES = {
    *(name for limit in LIMITS.values() for name in (limit.error, limit.deployed_error)),
    *("InvalidCalldataLength", "SelectorNotAllowed", "SpendingRequestNotAllowed", "Panic(0x11)"),
}


@dataclass(frozen=True)
class Ended:
    """How the last operation of an example ended on the chain; ``phase`` is ``grant`` if no session could be made."""

    phase: str
    reason: str | None
    #: How many operations were taken, the last one included.
    taken: int
    #: What a called address that has code answered, if it failed by itself: the wallet lacks the function, or wants
    #: other arguments. No rule refused the operation.
    own: str | None = None


def send(subject: Subject, witness: Witness, since: int) -> Ended:
    """Grant the session at ``since`` and send the example.

    Raises InvalidInput if it is sent too often, or with so little gas that no operation runs.
    """
    if witness.times > MOST_TIMES:
        raise InvalidInput(
            f"The example is the same operation {witness.times:,} times.",
            field="times",
            asked=witness.times,
            left=MOST_TIMES,
            fix="try it with smaller limits.",
        )
    if not witness.operation.sponsored and witness.operation.gas < LEAST_GAS:
        raise InvalidInput(
            f"No operation runs with {witness.operation.gas:,} gas, so the wallets cannot be seen to differ.",
            field="gas",
            asked=witness.operation.gas,
            left=LEAST_GAS,
            fix=f"try it with a gas-limit of {AMPLE_GAS:,} or more.",
        )
    if subject.refused is not None:
        return Ended("grant", subject.refused.rule, 0)
    chain = _chain(subject, witness.operation, since)
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
    asked = {call.target for call in witness.operation.calls_of(subject.wallet)}
    asks_code = any(int(target, 16) <= LAST_PRECOMPILE or chain.code(target) for target in asked)
    own = None
    for number in range(witness.times):
        _replenish(chain, subject.wallet, witness.operation)
        phase, reason = _include(chain, subject, witness.operation)
        if asks_code and phase == "execution" and reason not in OF_THE_RULES:
            own = reason
        elif phase != "ok":
            return Ended(phase, reason, number, own)
    return Ended("ok", None, witness.times, own)


def _paymaster(operation: Operation) -> str:
    """An address that the operation does not call."""
    return first_free(PAYMASTER, {call.target for call in operation.calls})


def _chain(subject: Subject, operation: Operation, since: int) -> Chain:
    paymaster = _paymaster(operation)
    accounts = dict(deployments.plain("OpenPaymaster", paymaster))
    accounts |= deployments.wallet_at(subject.wallet, OWNER.address, MAX_UINT256)
    accounts |= deployments.wallet_contracts(subject.rules)
    accounts |= deployments.entry_point()
    accounts |= {key.address: GenesisAccount(balance=MAX_UINT256) for key in (OWNER, BUNDLER)}
    chain = Chain(accounts, time=since - 1, block_seconds=0)
    for who in (subject.wallet, paymaster):
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
    call_gas = min(CALL_GAS, gas // 3)
    verification = min(gas - call_gas, MOST_FEE)
    return UserOperation(
        sender=subject.wallet,
        nonce=int.from_bytes(nonce, "big"),
        call_data=_call_data(operation),
        call_gas_limit=call_gas,
        verification_gas_limit=verification,
        pre_verification_gas=gas - call_gas - verification,
        max_fee_per_gas=operation.fee,
        max_priority_fee_per_gas=operation.fee,
        paymaster=_paymaster(operation) if operation.sponsored else None,
        paymaster_verification_gas_limit=100_000 if operation.sponsored else 0,
    )


def _call_data(operation: Operation) -> bytes:
    if operation.selector not in CALL_SELECTORS:
        return (EXECUTE_USER_OP if operation.wrapped else b"") + operation.own_data
    calls = [Call(call.target, call.value, call.data) for call in operation.calls]
    if operation.is_batch:
        return account.execute_batch(calls, wrapped=operation.wrapped)
    return account.execute(calls[0], wrapped=operation.wrapped)
