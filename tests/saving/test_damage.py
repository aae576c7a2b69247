"""A file that is not what was saved is refused by name, whatever happened to it; and a save that fails is none."""

from __future__ import annotations

import errno
import hashlib
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.study.saving import file_format, load
from sessionlab.study.saving.serializer import parts_of, to_json
from sessionlab.study.saving.state import KINDS, state_of
from tests.saving.life import begin


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    return begin("documented")


@pytest.fixture(scope="module")
def good(lab: sl.Lab, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "my.lab"
    lab.save(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my.lab"


def refused(path: Path, data: bytes | None = None) -> sl.SavedLabError:
    """The error of a file with this content. No lab was begun, so none can be half made."""
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(sl.SavedLabError) as error, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sl.Lab, "_on", lambda *_, **__: pytest.fail("a lab was begun"))
        sl.Lab.load(path)
    assert error.value.path == path
    assert str(path) in str(error.value)
    assert error.value.fix
    return error.value


def packed(body: str | bytes, path: Path) -> bytes:
    """A file with a right checksum and this content."""
    return file_format.pack(body.encode() if isinstance(body, str) else body, path)


def test_a_file_that_is_cut_is_refused_at_any_length(good: bytes, path: Path) -> None:
    lengths = {*range(200), *Random(1).sample(range(len(good)), 200), len(good) - 1}
    for length in sorted(lengths):
        error = refused(path, good[:length])
        assert "is empty" in error.message if length == 0 else "is damaged" in error.message


def test_a_file_with_another_byte_anywhere_is_refused(good: bytes, path: Path) -> None:
    draw = Random(2)
    places = [*range(200), *draw.sample(range(len(good)), 300)]
    for place in places:
        refused(path, good[:place] + bytes([good[place] ^ draw.randint(1, 255)]) + good[place + 1 :])


def test_a_file_with_something_more_or_less_or_swapped_is_refused(good: bytes, path: Path) -> None:
    middle = len(good) // 2
    others = [good + b"\0", good + good, b"\n" + good, good[:middle] + b"\0" + good[middle:], good[:middle] * 2]
    for other in [*others, good[:middle] + good[middle + 1 :], good[:400] + good[500:600] + good[400:500] + good[600:]]:
        refused(path, other)


def test_another_format_is_named_with_the_version_that_reads_it(good: bytes, path: Path) -> None:
    newer = good.replace(b"format 7, sessionlab " + sl.__version__.encode(), b"format 8, sessionlab 0.9.1", 1)
    error = refused(path, newer)
    assert "has format 8, written by sessionlab 0.9.1" in error.message
    assert "reads format 7 only" in error.message
    assert error.fix == "install sessionlab 0.9.1 or later, and load it there."


def test_the_format_changes_when_what_is_written_changes() -> None:
    """A file holds the values of a record in order, without the names of the fields.

    If this fails and fields were only renamed, or a new kind of record was added that old files do not have, put the
    new digest here. Otherwise raise ``file_format.FORMAT`` as well: old files cannot be read any more.
    """
    shape = repr(sorted((name, parts_of(kind)) for name, kind in KINDS.items()))
    assert (file_format.FORMAT, hashlib.sha256(shape.encode()).hexdigest()[:16]) == (7, "c2b57882b19ca1b9")


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: None, "There is no file"),
        (lambda path: path.mkdir(), "is a directory"),
        (lambda path: os.mkfifo(path), "is not a regular file"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_text('{"a": 1}'), "is not a saved lab"),
        (lambda path: path.write_bytes(Path(os.__file__).read_bytes()), "is not a saved lab"),
        (lambda path: path.write_bytes(b"\x80\x04cos\nsystem\n"), "is not a saved lab"),
        (lambda path: path.symlink_to(path), "cannot be read"),
        (lambda path: path.symlink_to(path.with_name("gone")), "There is no file"),
    ],
    ids=["missing", "directory", "fifo", "empty", "json", "python", "pickle", "circle", "dangling"],
)
def test_what_is_no_saved_lab_is_named(make: Callable[[Path], Any], what: str, path: Path) -> None:
    make(path)
    assert what in refused(path).message


def test_a_file_that_claims_to_be_huge_is_refused_and_not_unpacked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_format, "MOST", 2**17)
    content = zlib.compress(bytes(2**20 + 1))
    first = file_format.pack(b"", path).split(b"\n")[0] + b"\n"
    checksum = hashlib.sha256(first + content).hexdigest().encode()
    error = refused(path, first + checksum + b"\n" + content)
    assert "it claims to hold more than 131,072 bytes" in error.message


def test_a_file_that_is_huge_is_refused_and_not_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)
    assert "it has 1,099,511,627,776 bytes, and none has over 268,435,456" in refused(path).message


def test_a_lab_that_could_not_be_loaded_again_is_not_saved(
    lab: sl.Lab, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"before")
    monkeypatch.setattr(file_format, "MOST", 2**16)
    with pytest.raises(sl.SavedLabError, match="65,536 can be loaded"):
        lab.save(path)
    assert path.read_bytes() == b"before"


def test_content_that_makes_no_lab_is_refused_whatever_is_wrong_with_it(path: Path) -> None:
    """Its checksum is right: somebody made it so."""
    bodies: list[str | bytes] = [
        "",
        "5",
        "[]",
        "{}",
        "nonsense",
        "\udcff".encode(errors="surrogatepass"),
        b"\xff",
        "[" * 10**6,
    ]
    bodies += ['{"records":[],"root":5}', '{"records":[["no.Such"]],"root":["record",0]}', '{"a":' * 10**6]
    bodies += ['{"records":[["call","0x"]],"root":["record",0]}', '{"records":[],"root":["record",7]}']
    bodies += ['{"records":[["call","0x",0,["bytes","zz"]]],"root":["record",0]}']
    bodies += ['{"records":[],"root":' + "1" * 5_000 + "}"]
    for body in bodies:
        assert "is damaged" in refused(path, packed(body, path)).message


def test_no_error_shows_what_is_in_the_file(lab: sl.Lab, path: Path) -> None:
    secret = lab.wallets()[0].owner.private.hex()
    body = to_json(state_of(lab), KINDS).decode()
    assert secret in body
    for damaged in (body[:-9], body + "\udcff", body.replace('"key"', '"no key"'), body.replace(secret, secret[:-2])):
        error = refused_quietly(path, packed(damaged.encode(errors="surrogatepass"), path))
        assert secret[:-2] not in f"{error!r}{error}{error.args}{vars(error)}{error.__cause__!r}"
        assert error.__suppress_context__


def refused_quietly(path: Path, data: bytes) -> sl.SavedLabError:
    path.write_bytes(data)
    with pytest.raises(sl.SavedLabError) as error:
        sl.Lab.load(path)
    return error.value


def test_a_path_that_is_none_is_refused(lab: sl.Lab) -> None:
    for path in (None, 5, b"my.lab", ["my.lab"]):
        with pytest.raises(sl.InvalidInput, match="is not a path"):
            sl.Lab.load(path)  # type: ignore[arg-type]
        with pytest.raises(sl.InvalidInput, match="is not a path"):
            lab.save(path)  # type: ignore[arg-type]
    with pytest.raises(sl.SavedLabError):
        load(sl.Lab, "a\0b")
    with pytest.raises(sl.SavedLabError):
        lab.save("a\0b")


# -- saving that fails


@pytest.mark.parametrize("call", ["fsync", "replace", "write"])
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_a_save_that_fails_midway_leaves_the_old_file(
    call: str, failure: BaseException, lab: sl.Lab, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sl.Lab().save(path)
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise failure

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    elif call == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    else:
        monkeypatch.setattr(Path, "open", fail)
    kind = sl.SavedLabError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(kind) as error:
        lab.save(path)
    monkeypatch.undo()
    if isinstance(error.value, sl.SavedLabError):
        assert error.value.message.endswith(
            "No space left on device. Nothing was written; a file that was there is unchanged."
        )
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path], "nothing is left lying about"


def test_what_cannot_be_written_to_is_named(lab: sl.Lab, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path, tmp_path / "no" / "my.lab", tmp_path / "file" / "my.lab"):
        with pytest.raises(sl.SavedLabError) as error:
            lab.save(path)
        assert error.value.path == path
        assert str(path) in error.value.message
        assert error.value.fix
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_link_leads_to_the_file_that_is_replaced(lab: sl.Lab, path: Path) -> None:
    path.write_bytes(b"")
    link = path.with_name("link")
    link.symlink_to(path)
    lab.save(link)
    assert link.is_symlink()
    assert path.read_bytes() == link.read_bytes() != b""
    circle = path.with_name("circle")
    circle.symlink_to(circle)
    lab.save(circle)
    assert circle.read_bytes() == path.read_bytes()


def test_a_lab_with_something_foreign_in_it_is_not_saved(path: Path) -> None:
    class MyRules(Ruleset):
        """Rules that somebody made of a class of their own."""

    path.write_bytes(b"before")
    half = sl.Lab(Ruleset("\udcff"))
    for lab, why in ((sl.Lab(MyRules("mine")), "MyRules cannot be saved"), (half, "Text that is not Unicode")):
        with pytest.raises(sl.SavedLabError, match=why) as error:
            lab.save(path)
        assert error.value.fix == "use a value of sessionlab's own types in its place."
        assert error.value.__suppress_context__
    assert path.read_bytes() == b"before"
