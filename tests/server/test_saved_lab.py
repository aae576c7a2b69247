"""`sessionlab serve --load`: a saved lab goes on behind a URL, and its sessions are found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.cli import main

from .running import process


def saved(folder: Path, rules: str = "documented") -> tuple[sl.Lab, Path]:
    """A lab with a wallet and four sessions: in use, unused, revoked, and one that another client granted."""
    lab = sl.Lab(rules, seed=6, extensions=("call-limit",))
    wallet = lab.wallet()
    for number in range(3):
        permissions = [sl.ContractAccess(address=lab.counter), sl.CallLimit(count=5)]
        wallet.grant_permissions(permissions, key=sl.new_key(number))
    for session in wallet.sessions()[::2]:
        assert session.send_calls([sl.Call(lab.counter, function="increment()")])
    assert wallet.revoke(wallet.sessions()[2])
    sl.SmartWalletClient(lab.provider, wallet.owner).grant_permissions([sl.Root()], key=sl.new_key(9))
    lab.travel(5_000)
    lab.save(folder / "my.lab")
    return lab, folder / "my.lab"


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_a_saved_lab_is_served_as_it_was(tmp_path: Path, rules: str) -> None:
    lab, path = saved(tmp_path, rules)
    before = path.read_bytes()
    with process(tmp_path, "--load", str(path)) as server:
        manifest = server.wait_until_ready()
        there = sl.connect(manifest["url"])
        assert there.provider.request("eth_getBlockByNumber", ["latest", False])["hash"] == lab.chain.block().hash
        assert (there.now, there.rules, there.policy_id) == (lab.now, lab.rules, lab.policy_id)
        assert (manifest["rules"], manifest["seed"], manifest["now"]) == (rules, 6, lab.now)
        (wallet,) = lab.wallets()
        assert manifest["wallet"] == wallet.address
        assert there.balance(wallet.address) == wallet.balance
        owner = there.wallet(sl.Key(bytes.fromhex(manifest["owner"]["privateKey"][2:])))
        told = [session.state for session in owner.sessions()]
        assert told == [session.state for session in wallet.sessions()] == ["live", "pending", "revoked", "pending"]
        check_its_sessions(manifest, there)
        assert owner.revoke(2) and owner.sessions()[1].state == "revoked"
        assert there.provider.request("eth_accounts")[0] == wallet.owner.address
        assert server.stop() == 0
    assert path.read_bytes() == before
    assert str(path) in server.out.read_text() and "as it was saved" in server.out.read_text()


def check_its_sessions(manifest: dict[str, Any], there: sl.LabClient) -> None:
    """The manifest is enough to take up each session whose key was saved."""
    sessions = manifest["sessions"]
    assert [entry["state"] for entry in sessions] == ["live", "pending", "revoked"]
    for entry in sessions[:2]:
        key = sl.Key(bytes.fromhex(entry["key"]["privateKey"][2:]))
        session = sl.Session.connect(there, wallet=entry["wallet"], key=key, context=entry["context"])
        assert (session.entity_id, session.state) == (entry["entityId"], entry["state"])
        assert session.send_calls([sl.Call(there.counter, function="increment()")], policy_id=there.policy_id)


def test_a_saved_lab_without_a_wallet_gets_one(tmp_path: Path) -> None:
    sl.Lab(seed=8).save(tmp_path / "empty.lab")
    with process(tmp_path, "--load", str(tmp_path / "empty.lab"), "--no-accounts") as server:
        manifest = server.wait_until_ready()
        there = sl.connect(manifest["url"])
        assert there.balance(manifest["wallet"]) == sl.ether(10)
        assert (manifest["sessions"], there.provider.request("eth_accounts")) == ([], [])


@pytest.mark.parametrize(
    "more", [["--rules", "documented"], ["--seed", "6"], ["--time", "now"], ["--extension", "call-limit"]]
)
def test_what_is_for_a_new_lab_is_refused(more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, path = saved(tmp_path)
    assert main(["serve", "--port", "0", "--load", str(path), *more]) == 2
    assert f"(field: {more[0]})" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"", b"a text", b"sessionlab"])
def test_what_is_not_a_saved_lab_is_refused(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my.lab"
    if content is not None:
        path.write_bytes(content)
    assert main(["serve", "--port", "0", "--load", str(path), "--manifest", str(tmp_path / "lab.json")]) == 2
    assert "Next step" in capsys.readouterr().err and not (tmp_path / "lab.json").exists()
