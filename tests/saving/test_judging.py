"""A file is judged before any of it is built: a few bytes do not take seconds, nor a great deal of memory."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.study.saving import file_format, judging
from sessionlab.study.saving.serializer import from_json, to_json
from sessionlab.study.saving.state import KINDS, state_of

KIND = "cause"  # three fields
LEAF = [KIND, "text", "", ["tuple"]]


def content(records: list[Any], root: Any = 0) -> bytes:
    return json.dumps({"records": records, "root": root}, separators=(",", ":")).encode()


def doubling(times: int) -> list[Any]:
    """Records of which each holds the one before it twice."""
    return [LEAF, *([KIND, "text", "", ["tuple", ["record", n], ["record", n]]] for n in range(times))]


def chain(depth: int) -> list[Any]:
    return [LEAF, *([KIND, "text", "", ["tuple", ["record", n]]] for n in range(depth - 1))]


def refused(path: Path, body: bytes) -> str:
    path.write_bytes(file_format.pack(body, path))
    begun = perf_counter()
    with pytest.raises(sl.SavedLabError) as error:
        sl.Lab.load(path)
    assert perf_counter() - begun < 2
    return error.value.message


@pytest.mark.parametrize("times", [20, 25])
def test_records_of_records_are_not_walked(times: int, tmp_path: Path) -> None:
    path = tmp_path / "my.lab"
    message = refused(path, content(doubling(times), ["set", ["record", times]]))
    assert "come to more than" in message or "deep" in message
    assert path.stat().st_size < 500


def test_the_depth_of_records_is_bounded_on_both_sides(tmp_path: Path) -> None:
    deepest = content(chain(judging.DEPTH), ["record", judging.DEPTH - 1])
    assert from_json(deepest, KINDS).text == "text"
    assert "32 deep" in refused(tmp_path / "my.lab", content(chain(judging.DEPTH + 1)))


def test_what_records_come_to_is_bounded_on_both_sides() -> None:
    from_json(content(doubling(12)), KINDS)
    with pytest.raises(judging.TooMuchError, match="come to more than"):
        from_json(content(doubling(16)), KINDS)


@pytest.mark.parametrize("index", [0, 1, -1, True, "0", None, 1.0, 10**30])
def test_records_refer_to_earlier_ones_alone(index: Any) -> None:
    with pytest.raises(ValueError, match="not before it"):
        from_json(content([[KIND, "text", "", ["tuple", ["record", index]]]]), KINDS)


@pytest.mark.parametrize("bad", [[], 7, ["nothing"], [["call"]], None])
def test_a_record_begins_with_its_kind(bad: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_json(content([bad]), KINDS)


def test_content_is_bounded_by_the_size_of_the_file_on_both_sides() -> None:
    size = 1_000
    most = judging.most_content(size)
    assert judging.too_much(size, bytes(most)) is None
    assert "claims to hold more than" in str(judging.too_much(size, bytes(most + 1)))
    values = judging.VALUES + size
    assert judging.too_much(size, b"," * values) is None
    assert "51,001 values" in str(judging.too_much(size, b"," * (values + 1)))


def test_a_small_file_does_not_become_much(tmp_path: Path) -> None:
    """As `lab.save` does not write it: compressed lists of nothing."""
    path = tmp_path / "my.lab"
    body = b'{"records":[],"root":["tuple"' + b',["tuple"]' * 3_000_000 + b"]}"
    first = f"sessionlab lab, format {file_format.FORMAT}, sessionlab 0.1.0\n".encode()
    packed = file_format.zlib.compress(body)
    path.write_bytes(first + file_format.hashlib.sha256(first + packed).hexdigest().encode() + b"\n" + packed)
    assert path.stat().st_size < 60_000
    with pytest.raises(sl.SavedLabError, match="it claims to hold more than"):
        sl.Lab.load(path)


def test_a_lab_that_is_uniform_is_saved_so_that_it_is_loaded(tmp_path: Path) -> None:
    lab = sl.Lab()
    for number in range(200):
        lab.chain.set_code("0x" + f"{0xABC0000 + number:040x}", bytes([number]) + bytes(24_000))
    body = to_json(state_of(lab), KINDS)
    packed = file_format.zlib.compress(body, 6)
    assert judging.too_much(len(packed), body)
    lab.save(tmp_path / "my.lab")
    assert sl.Lab.load(tmp_path / "my.lab").chain.state_root == lab.chain.state_root


def test_labs_in_use_are_far_below_the_bounds() -> None:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)])
    for _ in range(5):
        session.send_calls([sl.Call(to=lab.counter, function="increment()")])
        session.send_calls([sl.Call(to=lab.vault)])
        lab.snapshot()
    written = json.loads(to_json(state_of(lab), KINDS))
    judge = judging._Judge()
    for record in written["records"]:
        judge.add(record)
    judge.reach(written["root"])
    assert max(judge._depths) <= judging.DEPTH // 2
    assert judge._reached <= judge._written * judging.REACHED_PER_VALUE // 4
