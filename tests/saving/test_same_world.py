"""A loaded lab is the saved one: it looks the same, and it goes on the same, byte for byte."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.permissions.rulesets import DEPLOYED
from sessionlab.study.saving.state import state_of
from tests.conftest import EntryPointUnderTest
from tests.sampling import long
from tests.saving.life import begin, count, go_on, pay, permissions, told

MIXED = replace(DEPLOYED, name="gas in gas", gas_limit_counts_gas=True)


@pytest.fixture(scope="module")
def still() -> sl.Lab:
    """A lab that no test moves."""
    return begin("documented")


def again(lab: sl.Lab, folder: Path) -> sl.Lab:
    lab.save(folder / "again.lab")
    return sl.Lab.load(folder / "again.lab")


def file_of(lab: sl.Lab, folder: Path) -> bytes:
    lab.save(folder / "its.lab")
    return (folder / "its.lab").read_bytes()


@pytest.mark.parametrize("rules", [long("documented"), "deployed"])
def test_it_looks_the_same_and_goes_on_the_same(rules: str, tmp_path: Path) -> None:
    _goes_on_the_same(begin(rules), tmp_path)


def test_so_does_one_with_another_entry_point_and_rules_of_its_own(
    entry_point: EntryPointUnderTest, tmp_path: Path
) -> None:
    _goes_on_the_same(begin(MIXED, entry_point.for_a_lab), tmp_path)


def _goes_on_the_same(lab: sl.Lab, folder: Path) -> None:
    prepared = lab.wallets()[0].sessions()[0].prepare_calls([count(lab)])
    other = again(lab, folder)
    assert told(other) == told(lab)
    assert go_on(other, prepared) == go_on(lab, prepared)
    assert told(other) == told(lab)
    assert file_of(other, folder) == file_of(lab, folder)


@pytest.mark.parametrize("rules", ["documented", long("deployed")])
def test_its_snapshots_bring_back_the_same_as_those_of_the_saved_one(rules: str, tmp_path: Path) -> None:
    lab = begin(rules)
    other = again(lab, tmp_path)
    outer, inner = lab.chain.checkpoint().snapshots
    for snapshot in (inner, outer):
        lab.revert(snapshot)
        other.revert(snapshot)
        assert told(other) == told(lab)
    for one in (lab, other):
        with pytest.raises(sl.ChainError, match=f"no snapshot {inner}"):
            one.revert(inner)
        assert one.wallets()[0].sessions()[1].send_calls([pay(one)])
    assert file_of(other, tmp_path) == file_of(lab, tmp_path)


def test_the_same_lab_gives_the_same_bytes(still: sl.Lab, tmp_path: Path) -> None:
    before = told(still)
    first = file_of(still, tmp_path)
    assert told(still) == before, "saving moves nothing"
    assert file_of(still, tmp_path) == first, "nor does looking"
    assert file_of(again(still, tmp_path), tmp_path) == first


def test_the_same_steps_in_another_process_give_the_same_bytes(still: sl.Lab, tmp_path: Path) -> None:
    """Whatever the order of its sets."""
    path = tmp_path / "other.lab"
    code = f"from tests.saving.life import begin; begin('documented').save({str(path)!r})"
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert path.read_bytes() == file_of(still, tmp_path)


def test_two_loaded_labs_do_not_share_anything(still: sl.Lab, tmp_path: Path) -> None:
    one, other = again(still, tmp_path), again(still, tmp_path)
    one.wallets()[0].sessions()[0].send_calls([count(one)])
    one.wallet()
    one.gas_policy()
    assert file_of(other, tmp_path) == file_of(still, tmp_path) != file_of(one, tmp_path)


def test_a_grant_that_was_signed_before_still_installs(tmp_path: Path) -> None:
    lab = sl.Lab()
    for deployed in (True, False):
        lab.wallet(deployed=deployed).grant_permissions(permissions(lab), key=sl.new_key(1))
    other = again(lab, tmp_path)
    for wallet in other.wallets():
        (session,) = wallet.sessions()
        assert not session.installed
        assert session.send_calls([pay(other), count(other)])
        assert session.installed
        assert session.allowances["native-token-transfer"].remaining == sl.ether("0.9")


def test_a_client_that_the_lab_did_not_make_is_made_again(tmp_path: Path) -> None:
    lab, owner = sl.Lab(), sl.new_key("own")
    client = sl.SmartWalletClient(lab.provider, owner, salt=2)
    lab.fund(client.address, sl.ether(1))
    key = sl.new_key(1)
    context = client.grant_permissions([sl.ContractAccess(address=lab.recipient)], key=key).context
    other = again(lab, tmp_path)
    assert other.wallets() == ()
    found = sl.SmartWalletClient(other.provider, owner, salt=2)
    assert (found.address, found.balance) == (client.address, client.balance)
    asked: dict[str, Any] = {"from": found.address, "chainId": "0x539", "calls": [{"to": other.recipient}]}
    asked["capabilities"] = {"permissions": {"context": context}}
    assert other.provider.request("wallet_prepareCalls", [asked])["signatureRequest"]


def test_a_lab_that_has_done_nothing_is_saved(tmp_path: Path) -> None:
    lab = sl.Lab(seed=-(2**80))
    assert told(again(lab, tmp_path)) == told(lab)


def test_a_path_may_be_text_and_the_class_that_loads_is_the_class_that_comes(tmp_path: Path) -> None:
    class MyLab(sl.Lab):
        """Somebody's own."""

    lab = MyLab(seed=2)
    lab.save(str(tmp_path / "my.lab"))
    assert type(MyLab.load(str(tmp_path / "my.lab"))) is MyLab
    assert told(sl.Lab.load(tmp_path / "my.lab")) == told(lab)


def test_its_owner_alone_can_read_a_file_for_it_holds_the_keys(still: sl.Lab, tmp_path: Path) -> None:
    path = tmp_path / "my.lab"
    path.write_bytes(b"before")
    path.chmod(0o644)
    still.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lab = sl.Lab.load(path)
    keys = [wallet.owner for wallet in lab.wallets()] + [s.key for w in lab.wallets() for s in w.sessions()]
    shown = repr([vars(lab), lab.wallets(), [vars(wallet) for wallet in lab.wallets()], state_of(lab).wallets])
    assert not any(key.private.hex() in shown or repr(key.private) in shown for key in keys)


def test_importing_the_lab_does_not_import_what_saves_it() -> None:
    code = "import sys, sessionlab; sessionlab.Lab; print('sessionlab.study.saving' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
