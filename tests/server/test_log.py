"""A line for each request, with the decision and without secrets."""

from __future__ import annotations

import io
import re
from datetime import datetime

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.server.log import WAITING, RequestLog
from sessionlab.server.operation_log import KEPT, LoggedDecision, LoggedOperation, OperationLog, line, redact

from .running import Served

LINE = re.compile(r"\d\d:\d\d:\d\d (\S+|\(no method\)) (answered|done|failed|refused|bug)( -?\d+)?( \w+)? \d+ ms")


@pytest.fixture
def used(fresh: Served) -> Served:
    """A session that spent, was refused before it was sent, and failed on the chain."""
    lab = fresh.lab
    owner = sl.SmartWalletClient(fresh.client, sl.new_key("owner"), rules="documented")
    lab.fund(owner.address, sl.ether(10))
    session = owner.grant_permissions([sl.NativeTokenTransfer(allowance=1_000)], key=sl.new_key("session"))
    assert session.send_calls([sl.Call(to=lab.recipient, value=600)]).ok
    assert not session.send_calls([sl.Call(to=lab.recipient, value=600)]).ok
    assert not session.send_calls([sl.Call(to=lab.recipient, value=600)], preflight=False).ok
    with pytest.raises(sl.GrantRefused):
        owner.grant_permissions([sl.Root(), sl.GasLimit(limit=1)], key=sl.new_key("session"))
    with pytest.raises(RpcError):
        fresh.client.request("wallet_nothing")
    return fresh


def test_each_request_has_a_line_with_its_decision(used: Served) -> None:
    assert [text for text in used.lines if not LINE.fullmatch(text)] == []
    said = [" ".join(text.split(" ")[1:-2]) for text in used.lines]
    for expected in (
        "wallet_prepareCalls answered",
        "wallet_sendPreparedCalls done",
        "wallet_prepareCalls refused -32521 ExceededNativeTokenLimit",
        "wallet_sendPreparedCalls failed ExceededNativeTokenLimit",
        "wallet_createSession refused -32602 RootPermissionOnlyError",
        "wallet_nothing refused -32601",
    ):
        assert expected in said


def test_a_batch_has_a_line_for_each(fresh: Served) -> None:
    fresh.client.answer([{"id": 1, "method": "eth_chainId"}, {"id": 2, "method": "eth_blockNumber"}])
    assert [text.split(" ")[1] for text in fresh.lines] == ["eth_chainId", "eth_blockNumber"]


@pytest.mark.parametrize("method", ["a\nb", "x" * 500, "0x" + "ab" * 32, "ab" * 32, "\x1b[31m", "", "café"])
def test_a_method_cannot_write_the_log(fresh: Served, method: str) -> None:
    fresh.client.answer({"id": 1, "method": method})
    (text,) = fresh.lines
    assert text.isprintable() and "(no method) refused -32601" in text


def test_what_is_no_request_has_a_line_too(fresh: Served) -> None:
    fresh.client.post("{")
    assert fresh.lines[0].split(" ", 1)[1].startswith("(no method) refused -32700")


def test_no_secret_is_in_log_or_page(used: Served) -> None:
    shown = "\n".join(used.lines) + used.client.http.get(used.url).text
    for key in (sl.new_key("owner"), sl.new_key("session")):
        assert key.private.hex() not in shown
    assert not re.search(r"[0-9a-fA-F]{130}", shown)  # a signature, alone or in a context


def test_a_reason_of_a_contract_cannot_write_the_log() -> None:
    said = line(
        "m",
        LoggedDecision("refused", -32521, "no\n12:00:00 eth_chainId answered \x1b[2J" + "x" * 99),
        1,
        datetime.now(),
    )
    assert said.isprintable() and len(said) < 100 and "no_12_00_00" in said


def test_what_a_reverted_transaction_says_cannot_write_the_log() -> None:
    told = "reverted: no\n12:00:00 eth_chainId answered \x1b[2J" + "x" * 999
    said = line("m", LoggedDecision("failed", told=told), 1, datetime.now())
    assert said.isprintable() and len(said) < 400 and r"no\n12:00:00" in said


def test_redaction() -> None:
    for secret in ("ab" * 32, "0x" + "AB" * 65, "x" + "00" * 82 + "y"):
        assert "ab" * 10 not in redact(f"key {secret} end").lower() and "00" * 10 not in redact(secret)
    assert redact("0x" + "ab" * 20) == "0x" + "ab" * 20


def _operation(number: int, digest: str | None = None) -> LoggedOperation:
    return LoggedOperation(number, 0, "m", "", None, (), LoggedDecision("done"), digest=digest)


def test_the_journal_is_bounded_and_knows_what_it_has() -> None:
    operation_log = OperationLog()
    for number in range(3 * KEPT):
        operation_log.write(_operation(number))
    assert len(operation_log.newest(10**6)) == KEPT
    assert [operation.number for operation in operation_log.newest(2)] == [3 * KEPT, 3 * KEPT - 1]
    operation_log.write(_operation(1, "aa"))
    operation_log.write(_operation(2, "aa"))
    assert operation_log.newest(1)[0].number == 3 * KEPT + 1  # counted where it is written, whatever it came with


def test_a_reader_that_is_gone_stops_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    log = RequestLog(Gone())
    for _ in range(10):
        log("line")
    assert log._thread.is_alive()
    log.stop()
    assert not log._thread.is_alive() and log._lines.empty(), "what was said was taken, and nobody waits"


def test_lines_that_nobody_reads_are_counted() -> None:
    import threading

    reading = threading.Event()

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            reading.wait(10)
            return super().write(text)

    stream = Slow()
    log = RequestLog(stream)
    for _ in range(WAITING + 100):
        log("line")
    reading.set()
    while log._lines.qsize():
        pass
    log("last")
    log.stop()
    assert "lines left out" in stream.getvalue() and stream.getvalue().endswith("last\n")
