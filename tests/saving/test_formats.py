"""Files that other versions wrote: of this format they load, of another they are refused with a way out.

Each file has a lab of seed 11 with a wallet and a session, which sent 0.1 ETH, was refused 9 ETH, and stands at a
snapshot. Those of format 1 were written at commit 089fd4d.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import sessionlab as sl
from sessionlab.study.saving import file_format

FILES = Path(__file__).parent / "files"
OF_THIS_FORMAT = FILES / f"format_{file_format.FORMAT}_documented.lab"


@pytest.mark.parametrize(
    ("number", "rules"), [(1, "deployed"), *((number, "documented") for number in range(1, file_format.FORMAT))]
)
def test_a_file_of_an_earlier_format_is_refused_and_told_what_to_do(number: int, rules: str) -> None:
    with pytest.raises(sl.SavedLabError) as error:
        sl.Lab.load(FILES / f"format_{number}_{rules}.lab")
    assert f"has format {number}, written by sessionlab 0.1.0" in error.value.message
    assert f"reads format {file_format.FORMAT} only" in error.value.message
    assert error.value.fix.startswith("run the steps that made the lab again, and save it with this version")


def test_a_file_of_this_format_loads_and_goes_on() -> None:
    lab = sl.Lab.load(OF_THIS_FORMAT)
    (wallet,) = lab.wallets()
    (session,) = wallet.sessions()
    assert (lab.seed, lab.rules.name, session.installed) == (11, "documented", True)
    assert session.allowances["native-token-transfer"].remaining == sl.ether("0.9")
    *done, refused = session.history
    assert [entry.what for entry in done] == ["installed", "consumed", "consumed"]
    assert refused.denial
    assert (refused.denial.permission, refused.denial.asked) == ("native-token-transfer", sl.ether(9))
    assert refused.denial.explain()
    (snapshot,) = lab.chain.checkpoint().snapshots
    assert session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.2"))])
    assert session.allowances["native-token-transfer"].remaining == sl.ether("0.7")
    lab.revert(snapshot)
    assert session.allowances["native-token-transfer"].remaining == sl.ether("0.9")


def test_a_file_of_this_format_is_saved_as_it_was(tmp_path: Path) -> None:
    """So the names of its records are those of the format, whatever the classes are called."""
    path = tmp_path / "again.lab"
    sl.Lab.load(OF_THIS_FORMAT).save(path)
    assert file_format.unpack(path.read_bytes(), path) == file_format.unpack(
        OF_THIS_FORMAT.read_bytes(), OF_THIS_FORMAT
    )


def test_a_strict_lab_is_strict_again_and_knows_the_sources_of_its_contracts(tmp_path: Path) -> None:
    path, source = (
        tmp_path / "strict.lab",
        "# pragma version 0.4.3\n@external\ndef answer() -> uint256:\n    return 42\n",
    )
    lab = sl.Lab(bundler="strict")
    oracle = lab.deploy(source, name="oracle")
    lab.save(path)
    again = sl.Lab.load(path)
    assert again.bundler.strict and not sl.Lab.load(OF_THIS_FORMAT).bundler.strict
    known = again.own_contracts.find(oracle.address)
    assert known is not None and known.sources == (("oracle.vy", source),)
    again.save(tmp_path / "again.lab")
    assert (tmp_path / "again.lab").read_bytes() == path.read_bytes()
