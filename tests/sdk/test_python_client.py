"""The Python client sends what the published clients send, field for field: the golden requests are theirs."""

from __future__ import annotations

import json

import sessionlab as sl
from sessionlab.core.base.keys import Key, derive_key
from tests.sdk.golden import FOLDER, normalised
from tests.sdk.serving import Served
from tests.sdk.stories import as_json, stories

#: What the published client sends when it is asked for its account (WIRE: SDK 5).
ACCOUNT = {"method": "wallet_requestAccount", "params": [{"includeCounterfactualInfo": True}]}


def test_the_python_client_sends_the_golden_requests(served: Served) -> None:
    lab = served.lab
    address, owner = lab.wallet().address, derive_key(lab.seed, "owner 0")
    provider = sl.HttpProvider(served.url)
    wallet = sl.SmartWalletClient(provider, owner)
    assert wallet.address == address
    expiry = lab.now + 3_600
    for story in json.loads(as_json(stories(lab, address))):
        key = Key(bytes.fromhex(story["key"][2:]))
        session = wallet.grant_permissions(story["permissions"], expiry_sec=expiry, key=key)
        assert session.send_calls([story["allowed"]]).ok, story["name"]
        assert not session.send_calls([story["refused"]]).ok, story["name"]
    first, *sent = normalised(served.requests)
    assert first["params"][0].pop("signerAddress") == owner.address
    assert first == ACCOUNT
    assert sent == json.loads((FOLDER / "sdk5_types.json").read_text())
