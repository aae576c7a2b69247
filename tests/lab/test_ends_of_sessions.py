"""``expires_in`` and ``expiry_sec`` mean the same wherever a session is granted or judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.cli import main

ACCESS = [sl.ContractAccess(address="0x" + "11" * 20)]
NOW = 1_800_000_000


def granted(**end: Any) -> int | None:
    lab = sl.Lab(time=NOW)
    wallet = lab.wallet()
    session = wallet.grant_permissions(ACCESS, key=sl.new_key(1), **end)
    return None if session.expiry_sec is None else session.expiry_sec - session.now


def recorded() -> tuple[sl.Lab, sl.Recording]:
    lab = sl.Lab(time=NOW)
    session = lab.wallet().grant_permissions([sl.ContractAccess(address="counter")], key=sl.new_key(1))
    session.send_calls([sl.Call("counter", function="increment()")])
    return lab, session.record()


def proposed(**end: Any) -> int:
    lab, recording = recorded()
    session = sl.least_permissions(recording).grant(lab.wallets()[0], key=sl.new_key(2), **end)
    return int(session.expiry_sec - session.now)


def under(**end: Any) -> int:
    recording = recorded()[1]
    return (recording.under(**end).expiry_sec or 0) - recording.steps[0].time


def least(**end: Any) -> int:
    return sl.least_permissions(recorded()[1], **end).seconds


def compared(**end: Any) -> int:
    return sl.compare(ACCESS, [*ACCESS, sl.Root()], now=NOW, **end).a._subject.policy.valid_until - NOW


def audited(**end: Any) -> bool:
    return "no-expiry" not in {
        item.id for item in sl.audit(ACCESS, sl.WalletState("0x" + "22" * 20, now=NOW), **end).findings
    }


def audited_before(**end: Any) -> Any:
    return sl.Lab(time=NOW).wallet().audit(ACCESS, **end)


def swept(**end: Any) -> list[str]:
    sweep = sl.experiments.Sweep(
        [{"a": 1}],
        lambda p: [sl.ContractAccess(address=sl.experiments.places().counter)] * p["a"],
        lambda p, seed: [
            sl.experiments.Planned([sl.Call(sl.experiments.places().counter, function="increment()")], wait)
            for wait in (0, 58, 3_600)
        ],
        **end,
    )
    return [item.phase for item in sweep.one(sweep.points[0]).operations]


def test_an_audit_before_granting_takes_both_names() -> None:
    next_block = sl.Lab(time=NOW).wallet()._next_time()
    assert audited_before(expires_in=60) == audited_before(expiry_sec=next_block + 60)
    assert audited_before().found("no-expiry") and "no-expiry" not in str(audited_before(expires_in=60).findings)


def test_a_session_lasts_from_the_next_block_on() -> None:
    assert granted(expires_in=60) == 60
    assert granted() is None
    assert granted(expiry_sec=datetime.fromtimestamp(NOW + 90, UTC)) == granted(expiry_sec=NOW + 90)


def test_it_can_be_used_to_its_last_second_and_not_longer() -> None:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.ContractAccess(address="counter")], expires_in=60, key=sl.new_key(1))
    assert session.expiry_sec is not None
    lab.chain.travel_to(session.expiry_sec)
    assert session.send_calls([sl.Call("counter", function="increment()")]).ok
    assert not session.send_calls([sl.Call("counter", function="increment()")]).ok


def test_a_datetime_in_any_timezone_is_the_same_second() -> None:
    there = datetime.fromtimestamp(NOW + 90, timezone(timedelta(hours=-5)))
    assert granted(expiry_sec=there) == granted(expiry_sec=NOW + 90)
    half = datetime.fromtimestamp(NOW + 90, UTC) + timedelta(microseconds=999_999)
    assert granted(expiry_sec=half) == granted(expiry_sec=NOW + 90)  # never longer than was said


@pytest.mark.parametrize("judge", [granted, proposed, under, least, compared])
def test_both_names_mean_the_same_everywhere(judge: Callable[..., int]) -> None:
    assert judge(expires_in=7_200) == 7_200
    at = NOW + 7_200
    assert judge(expiry_sec=at) == judge(expiry_sec=datetime.fromtimestamp(at, UTC))
    assert 7_190 <= judge(expiry_sec=at) <= 7_200


#: Everything that takes an end.
JUDGES: list[Callable[..., Any]] = [
    granted, audited_before, proposed, under, least, compared, audited, swept,
    lambda **end: sl.verify(ACCESS, now=NOW, **end),
    lambda **end: sl.never_allows(ACCESS, sl.Call("0x" + "11" * 20), now=NOW, **end),
]  # fmt: skip


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize(
    ("end", "field", "says"),
    [
        ({"expires_in": 0}, "expires_in", "below 1"),
        ({"expires_in": 1.5}, "expires_in", "not a whole number"),
        ({"expires_in": True}, "expires_in", "not a whole number"),
        ({"expiry_sec": 1_800_000_000_000}, "expiry_sec", "Give seconds, not milliseconds|give seconds"),
        ({"expiry_sec": datetime(2027, 3, 1)}, "expiry_sec", "has no timezone.*tzinfo=timezone.utc"),
        (
            {"expiry_sec": datetime(1969, 3, 1, tzinfo=UTC)},
            "expiry_sec",
            "give a date from 1970 to 2286, or 0 for none",
        ),
        ({"expiry_sec": "tomorrow"}, "expiry_sec", "not a whole number"),
        ({"expiry_sec": NOW + 9_999, "expires_in": 60}, "expires_in", "one end.*not both"),
    ],
)
def test_a_wrong_end_is_refused_alike(judge: Callable[..., Any], end: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(sl.InvalidInput, match=says) as no:
        judge(**end)
    assert no.value.field == field


def test_an_audit_knows_the_end() -> None:
    assert audited(expires_in=60) and audited(expiry_sec=NOW + 60) and not audited()
    with pytest.raises(sl.InvalidInput, match="has the session's end already"):
        sl.audit(ACCESS, sl.WalletState("0x" + "22" * 20, now=NOW, expiry=NOW + 5), expires_in=60)


def test_only_a_side_without_an_end_of_its_own_gets_one() -> None:
    given = {"permissions": [item.to_json() for item in ACCESS], "expirySec": NOW + 30}
    comparison = sl.compare(given, ACCESS, now=NOW, expires_in=60)
    assert [side._subject.policy.valid_until - NOW for side in (comparison.a, comparison.b)] == [30, 60]
    with pytest.raises(sl.InvalidInput, match="has an end of its own") as no:
        sl.compare(given, given, now=NOW, expires_in=60)
    assert no.value.field == "expires_in"


@pytest.mark.parametrize("engine", ["model", "evm"])
def test_a_sweep_ends_its_sessions(engine: str) -> None:
    ends: list[dict[str, Any]] = [
        {"expires_in": 60}, {"expires_in": lambda p: 60},
        {"expiry_sec": sl.experiments.START + 60} if hasattr(sl.experiments, "START") else {"expires_in": 60},
    ]  # fmt: skip
    for end in ends:
        assert swept(engine=engine, **end) == ["ok", "ok", "validation"]


def test_the_command_judges_a_list_with_an_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps([item.to_json() for item in ACCESS]))
    baseline = tmp_path / "old.json"
    baseline.write_text(json.dumps({"permissions": [item.to_json() for item in ACCESS], "expiresIn": 60}))
    ends, mild = {}, ["--fail-on", "permissions:never"]
    for seconds in ("60", "61"):
        ends[seconds] = main(["verify", str(policy), "--baseline", str(baseline), "--expires-in", seconds, *mild])
        capsys.readouterr()
    assert ends == {"60": 0, "61": 1}
