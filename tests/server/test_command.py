"""`sessionlab serve` as a process: start, manifest, stop, and what it refuses to do."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import sessionlab as sl
from sessionlab.cli import main, parser
from sessionlab.cli.serve import check
from sessionlab.server.manifest_file import check_place, forget, write

from .running import Client, process, refused

FIRST_ANSWER = 6.0  # seconds; the aim is 2 on a quiet machine


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_answers_and_stops(tmp_path: Path, how: int, record_property: pytest.RecordProperty) -> None:
    with process(tmp_path) as server:
        manifest = server.wait_until_ready()
        client = Client(manifest["url"])
        assert client.request("eth_chainId") == "0x539"
        took = time.perf_counter() - server.begun
        print(f"first answer after {took:.2f} s")
        assert took < FIRST_ANSWER
        assert server.stop(how) == 0
    printed = server.out.read_text()
    assert manifest["url"] in printed
    assert "loopback" in printed and "documented" in printed and "1337" in printed and "start page" in printed
    assert "0x" + manifest["owner"]["privateKey"][2:] not in printed
    assert "eth_chainId answered" in server.err.read_text()


def test_quiet_says_nothing_of_requests(tmp_path: Path) -> None:
    with process(tmp_path, "--quiet") as server:
        Client(server.wait_until_ready()["url"]).request("eth_chainId")
        assert server.stop() == 0
    assert server.err.read_text() == ""


def test_the_manifest_is_enough_to_start(tmp_path: Path) -> None:
    with process(tmp_path, "--rules", "deployed", "--seed", "5") as server:
        manifest = server.wait_until_ready()
        assert stat.S_IMODE(server.manifest_path.stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
        client = Client(manifest["url"])
        assert manifest["chainId"] == int(client.request("eth_chainId"), 16)
        assert (manifest["rules"], manifest["seed"]) == ("deployed", 5)
        for name in ("entryPoint", "factory", "token", "counter", "paymaster", "vault", "implementation"):
            assert client.request("eth_getCode", [manifest[name], "latest"]) != "0x", name
        assert manifest["tokens"]["token"] == manifest["token"]
        assert set(manifest["tokens"]) == {"token", "dollar", "coin"} == set(manifest["decimals"])
        for account in manifest["accounts"]:
            key = sl.Key(bytes.fromhex(account["privateKey"][2:]))
            assert key.address == account["address"]
            assert int(client.request("eth_getBalance", [key.address, "latest"]), 16) == sl.ether(1_000)
        assert manifest["accounts"][0] == manifest["owner"]
        owner = sl.SmartWalletClient(client, sl.Key(bytes.fromhex(manifest["owner"]["privateKey"][2:])))
        assert owner.address == manifest["wallet"]
        assert owner.balance == sl.ether(10)
        session = owner.grant_permissions([sl.ContractAccess(address=manifest["counter"])], key=sl.new_key(1))
        increment = sl.Call(to=manifest["counter"], function="increment()")
        assert session.send_calls([increment], policy_id=manifest["policyId"]).ok
        assert owner.send_calls([sl.Call(to=manifest["recipient"], value=7)]).ok
        server.stop()


def test_the_same_seed_is_the_same_world(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with process(tmp_path / name, "--seed", "0") as server:
            manifest = server.wait_until_ready()
            block = Client(manifest.pop("url")).request("eth_getBlockByNumber", ["latest", False])
            found.append((manifest, block["hash"]))
            server.stop()
    assert found[0] == found[1]


def left_behind(path: Path, url: str = "http://127.0.0.1:1") -> str:
    """A manifest, by default of a server that was killed. Returns its text."""
    keys = ("chainId", "entryPoint", "owner", "wallet", "policyId")
    path.write_text(json.dumps({"url": url, **dict.fromkeys(keys, "0x")}))
    return path.read_text()


def test_an_old_manifest_is_gone_before_the_new_one_is_there(tmp_path: Path) -> None:
    old = left_behind(tmp_path / "manifest.json")
    with process(tmp_path) as server:
        while server.manifest_path.exists() and server.manifest_path.read_text() == old:
            time.sleep(0.01)
        assert server.wait_until_ready()["url"].startswith("http://127.0.0.1:")
        server.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_what_is_under_way_is_answered_before_the_end(tmp_path: Path, how: int) -> None:
    with process(tmp_path) as server, ThreadPoolExecutor(1) as pool:
        client = Client(server.wait_until_ready()["url"])
        client.request("eth_chainId")
        answer = pool.submit(client.request, "hardhat_mine", ["0x1388"])
        time.sleep(0.05)
        assert server.stop(how) == 0
        assert answer.result(10) is None


def test_a_slow_request_delays_the_end_but_not_for_ever(tmp_path: Path) -> None:
    with process(tmp_path) as server:
        port = int(server.wait_until_ready()["url"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as half:
            half.sendall(
                b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"
            )
            time.sleep(0.2)
            begun = time.perf_counter()
            assert server.stop() == 0
            assert time.perf_counter() - begun < 15


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--host", "0.0.0.0", "--port", "0"), "--api-key"),
        (("--port", "99999"), "--port"),
        (("--port", "0", "--host", "host.invalid"), "--host"),
        (("--port", "0", "--api-key", "short"), "--api-key"),
        (("--port", "0", "--manifest", "nowhere/at/all.json"), "--manifest"),
        (("--port", "0", "--manifest", "/dev/null"), "--manifest"),
    ],
)
def test_what_cannot_be_is_told_with_exit_code_2(options: tuple[str, ...], said: str) -> None:
    found = refused(*options)
    assert found.returncode == 2, found
    assert said in found.stderr and "Next step:" in found.stderr
    assert "Traceback" not in found.stderr
    assert "short" not in found.stderr


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = refused("--port", str(taken.getsockname()[1]))
    assert found.returncode == 2
    assert "--port 0" in found.stderr


def test_with_a_key_it_listens_to_others_too_and_never_prints_it(tmp_path: Path) -> None:
    with process(tmp_path, "--host", "0.0.0.0", "--api-key", "open-sesame-1") as server:
        manifest = server.wait_until_ready()
        assert manifest["url"].endswith("/open-sesame-1") and manifest["apiKey"] == "open-sesame-1"
        assert Client(manifest["url"]).request("eth_chainId") == "0x539"
        assert Client(manifest["url"].removesuffix("/open-sesame-1")).post("{}").status_code == 401
        assert Client(manifest["url"]).http.get(manifest["url"]).status_code == 200
        server.stop()
    assert "sesame" not in server.out.read_text() + server.err.read_text()
    assert "other machines" in server.out.read_text()


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sessionlab.cli.serve.find_spec", lambda name: None)
    assert main(["serve"]) == 2
    assert "'starlette>=" in capsys.readouterr().err


def test_importing_the_command_line_imports_no_server() -> None:
    import subprocess
    import sys

    code = "import sys, sessionlab, sessionlab.cli; print([n for n in ('starlette', 'uvicorn') if n in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_nobody_reading_the_log_holds_up_nobody(tmp_path: Path) -> None:
    """A pipe takes 64 KiB; whoever starts the server with one and never reads it must be served all the same."""
    import subprocess

    from .running import COMMAND

    manifest = tmp_path / "m.json"
    command = [*COMMAND, "--port", "0", "--manifest", str(manifest)]
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background ignores it
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=buffered)
    signal.signal(signal.SIGINT, heard)
    try:
        while not manifest.exists():
            assert process.poll() is None
            time.sleep(0.02)
        client = Client(json.loads(manifest.read_text())["url"], timeout=10)
        for _ in range(40):
            assert len(client.answer([{"id": 1, "method": "eth_blockNumber"}] * 100)) == 100
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def test_the_manifest_is_there_only_while_the_server_answers(tmp_path: Path) -> None:
    """So that who waits for the file never reads that of a server before."""
    old = tmp_path / "manifest.json"
    left_behind(old)
    check(parser().parse_args(["serve", "--manifest", str(old)]))  # before anything that takes long
    assert not old.exists()
    with process(tmp_path, "--quiet") as server:
        server.wait_until_ready()
        assert server.stop() == 0
    assert not old.exists()


def test_the_manifest_of_another_server_stays(tmp_path: Path) -> None:
    with process(tmp_path, "--quiet") as server:
        server.wait_until_ready()
        server.manifest_path.write_text('{"url": "http://127.0.0.1:1"}')
        assert server.stop() == 0
    assert (tmp_path / "manifest.json").read_text() == '{"url": "http://127.0.0.1:1"}'


def test_a_file_of_somebody_else_is_no_place_for_a_manifest(tmp_path: Path) -> None:
    """Nor is a link, a folder, or the manifest of a server that answers; ``--force`` replaces files and links alone."""
    mine, link, aim = tmp_path / "mine.json", tmp_path / "link.json", tmp_path / "aim.json"
    mine.write_text('{"url": "http://127.0.0.1:1"}')
    kept = left_behind(aim)
    link.symlink_to(aim)
    with socket.create_server(("127.0.0.1", 0)) as alive:
        running = tmp_path / "running.json"
        left_behind(running, f"http://127.0.0.1:{alive.getsockname()[1]}")
        before = {path.name: path.lstat() for path in tmp_path.iterdir()}
        for path in (mine, link, running):
            with pytest.raises(sl.InvalidInput, match="Nothing was written") as caught:
                check(parser().parse_args(["serve", "--manifest", str(path)]))
            assert (caught.value.field, "--force" in (caught.value.fix or "")) == ("--manifest", True)
        for odd in (tmp_path, Path("/dev/null")):
            with pytest.raises(sl.InvalidInput, match=r"is a folder|is not an ordinary file"):
                check(parser().parse_args(["serve", "--manifest", str(odd), "--force"]))
        assert {path.name: path.lstat() for path in tmp_path.iterdir()} == before
        for path in (mine, link, running):
            check(parser().parse_args(["serve", "--manifest", str(path), "--force"]))
            assert not os.path.lexists(path)
    assert aim.read_text() == kept


def test_a_manifest_is_not_written_over_what_came_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    check_place(path)
    path.write_text("mine")
    with pytest.raises(sl.InvalidInput, match="exists"):
        write(path, {"url": "http://127.0.0.1:1"})
    assert path.read_text() == "mine"
    write(path, {"url": "http://127.0.0.1:1"}, force=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    forget(path, {"url": "http://127.0.0.1:2"})
    assert path.exists()
    forget(path, {"url": "http://127.0.0.1:1"})
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_option_is_told_with_the_usage_of_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["serve", "--foo"])
    assert stopped.value.code == 2
    shown = capsys.readouterr().err
    assert shown.startswith("usage: sessionlab serve ") and "unrecognized arguments: --foo" in shown
