"""The manifest's accounts on a served lab: held unless --no-accounts, and their keys in no log."""

from __future__ import annotations

from pathlib import Path

from tests.server.running import Client, process


def test_the_node_holds_the_manifests_accounts_and_logs_no_key(tmp_path: Path) -> None:
    with process(tmp_path) as server:
        manifest = server.wait_until_ready()
        client = Client(manifest["url"])
        accounts = [account["address"] for account in manifest["accounts"]]
        assert client.request("eth_accounts") == accounts
        client.request("personal_sign", ["0x68656c6c6f", accounts[1]])
        sent = {"from": accounts[1], "to": accounts[2], "value": "0x1"}
        digest = client.request("eth_sendTransaction", [sent])
        assert client.request("eth_getTransactionReceipt", [digest])["status"] == "0x1"
        assert client.request("eth_sendTransaction", [sent]) != digest
        server.stop()
        said = server.out.read_text() + server.err.read_text()
        assert "eth_sendTransaction" in said
        assert all(account["privateKey"][2:] not in said for account in manifest["accounts"])


def test_no_accounts_keeps_the_keys_out_of_the_node(tmp_path: Path) -> None:
    with process(tmp_path, "--no-accounts") as server:
        manifest = server.wait_until_ready()
        assert Client(manifest["url"]).request("eth_accounts") == []
        assert len(manifest["accounts"]) == 5
