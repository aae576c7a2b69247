"""What is prepared twice is paid once, and reported once."""

from __future__ import annotations

import pytest

import sessionlab as sl


def test_two_prepared_operations_of_equal_content_are_one_payment(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    session = wallet.grant_permissions(
        [sl.NativeTokenTransfer(allowance=100), sl.ContractAccess(address=lab.recipient)], key=sl.new_key(1)
    )
    pay = [sl.Call(lab.recipient, value=10)]
    for payer in (session, session, wallet):  # the first operation installs the session
        before, used = lab.balance(lab.recipient), session.allowances[0].used
        one, two = (payer.sign_prepared_calls(payer.prepare_calls(pay)) for _ in range(2))
        payer.send_prepared_calls(one)
        root = lab.chain.state_root
        with pytest.raises(sl.OperationRefused, match="already on the chain"):
            payer.send_prepared_calls(two)
        assert lab.chain.state_root == root
        assert lab.balance(lab.recipient) - before == 10
        assert session.allowances[0].used - used == (10 if payer is session else 0)
        assert payer.send_calls(pay), "prepared again, it has a nonce of its own"
