"""A lab, a wallet of it, and requests that are good until a test spoils them."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from tests.conftest import EntryPointUnderTest


@pytest.fixture
def lab(entry_point: EntryPointUnderTest) -> sl.Lab:
    return sl.Lab(entry_point=entry_point.for_a_lab)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Session:
    return wallet.grant_permissions(
        [sl.NativeTokenTransfer(allowance=1_000), sl.ContractAccess(address=lab.counter)], key=sl.new_key("session")
    )


@pytest.fixture
def create(wallet: sl.SmartWalletClient) -> dict[str, Any]:
    """A good request of wallet_createSession."""
    return {
        "chainId": "0x539",
        "expirySec": 1_800_003_600,
        "key": {"type": "secp256k1", "publicKey": sl.new_key("session").address},
        "permissions": [{"type": "native-token-transfer", "data": {"allowance": "0x64"}}],
        "account": wallet.address,
    }


@pytest.fixture
def prepare(lab: sl.Lab, session: sl.Session) -> dict[str, Any]:
    """A good request of wallet_prepareCalls."""
    return {
        "calls": [{"to": lab.recipient, "value": "0x1"}],
        "from": session.wallet,
        "chainId": "0x539",
        "capabilities": {"permissions": {"context": session.context}},
    }


@pytest.fixture
def send(lab: sl.Lab, session: sl.Session) -> dict[str, Any]:
    """A good request of wallet_sendPreparedCalls."""
    signed = session.sign_prepared_calls(session.prepare_calls([sl.Call(to=lab.recipient, value=1)]))
    return {**signed, "capabilities": {"permissions": {"context": session.context}}}
