"""The Wallet API methods that the core client needs."""

from __future__ import annotations

from collections.abc import Mapping

from sessionlab.core.evm.rpc import reads
from sessionlab.core.wallet_api.accounts import request_account
from sessionlab.core.wallet_api.api import Method
from sessionlab.core.wallet_api.describe import describe
from sessionlab.core.wallet_api.prepare import prepare_calls
from sessionlab.core.wallet_api.send import get_calls_status, send_prepared_calls
from sessionlab.core.wallet_api.sessions import create_session

METHODS: Mapping[str, Method] = {
    "wallet_requestAccount": request_account,
    "wallet_createSession": create_session,
    "wallet_prepareCalls": prepare_calls,
    "wallet_sendPreparedCalls": send_prepared_calls,
    **reads({"wallet_getCallsStatus": get_calls_status, "lab_describe": describe}),
}
