"""A remedy applied for good: the owner installs the changed session, its key signs the changed operation, a bundle."""

from __future__ import annotations

from dataclasses import replace

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.included import BundleReverted, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops, operation_hash
from sessionlab.study.explain.call_data import call_data_of
from sessionlab.study.explain.remedies import Remedy
from sessionlab.study.replay.evm import BUNDLE_GAS, BUNDLER, OWNER, SESSION
from tests.explain.vector_situations import Case

ENTITY = 7


def phase_with(case: Case, remedy: Remedy) -> str:
    """What becomes of the operation once the remedy is applied, on the real contracts; the chain is put back."""
    chain = case.evm.chain
    moment = chain.snapshot()
    try:
        if remedy.context.now > chain.next_timestamp:
            chain.travel_to(remedy.context.now)
        signer = OWNER if remedy.context.by_owner else SESSION
        if not remedy.context.by_owner:
            _install(case, remedy)
        operation = _operation(case, remedy)
        digest = operation_hash(operation, chain.chain_id)
        signed = operation.signed(account.signature_envelope(signer.sign_message(digest)))
        receipt = chain.transact(BUNDLER.private, ENTRY_POINT, handle_ops([signed], BUNDLER.address), gas=BUNDLE_GAS)
        (included,) = read_bundle(receipt)
        return "ok" if included.success else f"execution: {included.revert}"
    except BundleReverted as refused:
        return f"validation: {refused.revert}"
    finally:
        chain.revert(moment)


def _install(case: Case, remedy: Remedy) -> None:
    context = remedy.context
    install = account.install_call(
        entity_id=ENTITY,
        key=SESSION.address,
        rows=context.remaining_rows,
        valid_after=context.valid_after,
        valid_until=context.valid_until,
    )
    receipt = case.evm.chain.transact(OWNER.private, context.wallet, install)
    assert receipt.status == 1, f"the owner cannot install {context.permissions}"


def _operation(case: Case, remedy: Remedy) -> UserOperation:
    context, gas = remedy.context, case.step["gas"]
    is_root = any(permission.type == "root" for permission in context.permissions)
    nonce_key = account.OWNER_NONCE_KEY if context.by_owner else account.nonce_key_of(ENTITY, is_global=is_root)
    answer = case.evm.chain.call(ENTRY_POINT, artifact("EntryPoint").encode("getNonce", context.wallet, nonce_key))
    operation = UserOperation(
        sender=context.wallet,
        nonce=int.from_bytes(answer.output, "big"),
        call_data=call_data_of(context.operation),
        call_gas_limit=gas["callGasLimit"],
        verification_gas_limit=gas["verificationGasLimit"],
        pre_verification_gas=gas["preVerificationGas"],
        max_fee_per_gas=gas["maxFeePerGas"],
        max_priority_fee_per_gas=gas["maxFeePerGas"],
    )
    if not context.operation.sponsored:
        return operation
    paymaster = case.evm.addresses["PAYMASTER"]
    return replace(operation, paymaster=paymaster, paymaster_verification_gas_limit=100_000)
