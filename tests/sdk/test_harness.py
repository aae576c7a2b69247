"""The published clients reach a served lab, and the test sees what they asked."""

from __future__ import annotations

import pytest

from tests.sdk.node import ScriptFailedError, run_node
from tests.sdk.serving import Served


def test_a_script_talks_to_the_lab_and_is_recorded(served: Served) -> None:
    found = run_node("viem_hello.mjs", URL=served.url)
    assert found["chainId"] == served.lab.chain.chain_id
    assert found["block"]["hash"] == served.lab.chain.block().hash
    assert served.methods == ["eth_chainId", "eth_getBlockByNumber"]


def test_a_script_that_fails_says_why(served: Served) -> None:
    with pytest.raises(ScriptFailedError, match="HTTP request failed"):
        run_node("viem_hello.mjs", URL="http://127.0.0.1:9")
