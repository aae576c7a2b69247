"""A limit in gas bounds no price: the key's thief bundles one dear operation and keeps what the wallet pays for it."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.included import BundleReverted, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from tests.faults.steps import PreparationFailed, done

#: Of the operation: preVerificationGas is charged in full, so most of it stands there.
PRE_VERIFICATION, VALIDATION, CALL = 200_000, 90_000, 20_000


def session_of(lab: sl.Lab) -> sl.Session:
    """It may send 1 ETH, and use 3,000,000 gas, or what that is worth at 100 gwei under rules that count wei."""
    limit = sl.GasLimit(limit=3_000_000 if lab.rules.gas_limit_counts_gas else 3_000_000 * sl.gwei(100))
    access = sl.ContractAccess(address=lab.counter)
    permissions = [sl.NativeTokenTransfer(allowance=sl.ether(1)), access, limit]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key("stolen"), expiry_sec=lab.now + 3_600)
    done(session.send_calls([sl.Call(lab.counter, function="increment()")]))
    return session


def held(lab: sl.Lab, session: sl.Session) -> int:
    """Wei of the wallet, its deposit for gas included."""
    return lab.balance(session.wallet) + lab.bundler.deposit_of(session.wallet)


def dear_operation(lab: sl.Lab, session: sl.Session) -> UserOperation:
    """A signed operation that does nothing, at a price that takes all that the wallet has."""
    nonce_key = wallet_encoding.nonce_key_of(session.entity_id, is_global=False)
    price = held(lab, session) // (PRE_VERIFICATION + VALIDATION + CALL)
    operation = UserOperation(
        sender=session.wallet,
        nonce=lab.bundler.next_nonce(session.wallet, nonce_key),
        call_data=wallet_encoding.execute(Call(lab.recipient, 0, b""), wrapped=True),
        call_gas_limit=CALL,
        verification_gas_limit=VALIDATION,
        pre_verification_gas=PRE_VERIFICATION,
        max_fee_per_gas=price,
        max_priority_fee_per_gas=price,
    )
    signature = session.key.sign_message(lab.bundler.hash_of(operation))
    return operation.signed(wallet_encoding.signature_envelope(signature))


def steal(lab: sl.Lab, session: sl.Session) -> int:
    """Bundle the operation as a stranger would. Returns the wei that the wallet lost. Raises BundleReverted."""
    thief = sl.new_key("thief")
    lab.fund(thief.address, sl.ether("0.1"))
    before, had = held(lab, session), lab.balance(thief.address)
    bundle = handle_ops([dear_operation(lab, session)], thief.address)
    read_bundle(lab.chain.transact(thief.private, ENTRY_POINT, bundle, gas=3_000_000))
    lost = before - held(lab, session)
    if not had < lab.balance(thief.address) <= had + lost:
        raise PreparationFailed("The thief did not get what the wallet lost.")
    return lost


def test_the_audit_foretells_a_price_that_takes_the_whole_wallet() -> None:
    lab = sl.Lab(seed=1)
    session = session_of(lab)
    audit, before = session.audit(), held(lab, session)
    lost = steal(lab, session)
    if lost < before * 98 // 100:
        raise PreparationFailed(f"The thief took {lost} of {before} wei.")
    assert audit.loss("ETH as gas").now == audit.total.now == before
    assert "critical" in {found.severity for found in audit.found("gas-price-free")}


def test_a_limit_in_wei_refuses_it() -> None:
    lab = sl.Lab("deployed", seed=1)
    session = session_of(lab)
    audit, before = session.audit(), held(lab, session)
    with pytest.raises(BundleReverted, match="ExceededNativeTokenLimit"):
        steal(lab, session)
    assert held(lab, session) == before
    assert audit.loss("ETH as gas").now <= 3_000_000 * sl.gwei(100)
