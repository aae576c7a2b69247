"""The shipped artifacts are what the sources compile to, and the loader reads them right."""

from __future__ import annotations

from pathlib import Path

import pytest

from sessionlab.cli import compile_contracts as compiler
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.contracts.artifacts import FOLDER, Artifact, artifact, read_artifact

from .machine import Machine

HERE = "0x" + "aa" * 20
token = artifact("Token")


def compiled(folder: Path, source: str, **others: str) -> Artifact:
    """A contract `Try` from its source and other files, given as `name_vy=text`."""
    for name, text in {"Try_vy": source, **others}.items():
        stem, suffix = name.rsplit("_", 1)
        (folder / f"{stem}.{suffix}").write_text(text)
    return read_artifact("Try", compiler.compile_contract("Try", folder))


@pytest.mark.parametrize("name", sorted(path.stem for path in compiler.ARTIFACTS.glob("*.json")))
def test_recompiling_gives_the_shipped_bytes(name: str) -> None:
    assert compiler.compile_contract(name) == (compiler.ARTIFACTS / f"{name}.json").read_text(), (
        f"run: python -m sessionlab.cli.compile_contracts {name}"
    )


def test_compiling_elsewhere_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "Token.vy").write_text((FOLDER / "Token.vy").read_text())
    assert compiler.compile_contract("Token", tmp_path) == compiler.compile_contract("Token")


def test_main_compiles_the_named_contracts_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiler, "ARTIFACTS", tmp_path / "out")
    compiler.main(["Strict"])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["Strict.json"]
    assert capsys.readouterr().out == "compiled Strict\n"


def test_lower_case_files_are_modules(tmp_path: Path) -> None:
    for name in ("Big.vy", "small.vy", "IBig.vyi"):
        (tmp_path / name).write_text("")
    assert compiler.contract_names(tmp_path) == ["Big"]


def test_errors_of_the_contract_and_its_modules_reach_the_abi(tmp_path: Path) -> None:
    module = "# error Deep(why: string)\n@internal\ndef _sink():\n"
    module += "    raw_revert(abi_encode('x', method_id=method_id('Deep(string)')))\n"
    source = "import rules\n# error Flat()\n@external\ndef f(deep: bool):\n"
    source += "    if deep:\n        rules._sink()\n    raw_revert(method_id('Flat()'))\n"
    contract = compiled(tmp_path, source, rules_vy=module)
    assert [error.signature for error in contract.errors.values()] == ["Deep(string)", "Flat()"]
    machine = Machine()
    machine.place(HERE, contract.runtime)
    output = machine.call(HERE, contract.encode("f", True)).output
    assert contract.errors[output[:4]].decode(output[4:]) == {"why": "x"}


def test_an_error_that_is_raised_must_be_declared(tmp_path: Path) -> None:
    source = "@external\ndef f():\n    raw_revert(method_id('Lost()'))\n"
    with pytest.raises(compiler.UndeclaredError, match=r"Try.vy reverts with Lost\(\)"):
        compiled(tmp_path, source)


def test_functions_of_the_interface_file_join_the_abi(tmp_path: Path) -> None:
    source = "@external\ndef f(a: uint256):\n    pass\n@external\ndef __default__():\n    pass\n"
    interface = "struct Pair:\n    a: uint256\n    b: address\n\n@external\ndef f(a: uint256):\n    ...\n\n"
    interface += "@external\ndef batch(pairs: DynArray[Pair, 3]) -> (uint256, bool):\n    ...\n"
    contract = compiled(tmp_path, source, ITry_vyi=interface)
    assert sorted(contract.functions) == ["batch((uint256,address)[])", "f(uint256)"]
    assert contract.encode("batch", [(1, HERE)])[:4] == contract.selector("batch((uint256,address)[])")
    assert contract.decode("batch", (7).to_bytes(32, "big") + (1).to_bytes(32, "big")) == (7, True)


def test_immutables_follow_the_runtime_code(tmp_path: Path) -> None:
    source = """
A: public(immutable(uint256))
B: public(immutable(address))
C: public(immutable(bytes4))
@deploy
def __init__(a: uint256, b: address):
    A = a
    B = b
    C = 0x12345678
"""
    contract = compiled(tmp_path, source)
    a, b, c = (5).to_bytes(32, "big"), bytes(12) + b"\xaa" * 20, b"\x12\x34\x56\x78".ljust(32, b"\0")
    deployed = Machine().deploy(contract, a + b)
    assert deployed == contract.runtime_with_immutables(a + b + c)
    machine = Machine()
    machine.place(HERE, deployed)
    answers = [contract.decode(name, machine.call(HERE, contract.encode(name)).output) for name in "ABC"]
    assert answers == [5, HERE, b"\x12\x34\x56\x78"]
    with pytest.raises(InvalidInput, match="words") as refused:
        contract.runtime_with_immutables(b"\x01")
    assert refused.value.field == "words"


def test_a_contract_without_immutables_deploys_to_its_runtime_code() -> None:
    assert Machine().deploy(token) == token.runtime


def test_selectors_by_name_and_by_signature() -> None:
    assert token.selector("increaseAllowance").hex() == "39509351"
    assert token.selector("transfer(address,uint256)") == token.selector("transfer") == bytes.fromhex("a9059cbb")


def test_an_overloaded_name_asks_for_its_signature() -> None:
    with pytest.raises(NotFound, match=r"safeTransferFrom\(address,address,uint256,bytes\)"):
        artifact("Collectible").selector("safeTransferFrom")


def test_unknown_names_say_what_is_known() -> None:
    with pytest.raises(NotFound, match="increaseAllowance"):
        token.encode("burn", 1)
    for name in ("Nothing", "../Token"):
        with pytest.raises(NotFound, match="use one of: Collectible, Counter, "):
            artifact(name)


def test_arguments_must_fit() -> None:
    with pytest.raises(InvalidInput, match="takes 2 arguments, not 1"):
        token.encode("transfer", HERE)
    with pytest.raises(InvalidInput, match="give: none"):
        token.encode("totalSupply", 1)
    with pytest.raises(InvalidInput, match=r"do not fit transfer\(address,uint256\)"):
        token.encode("transfer", HERE, -1)


def test_results_decode_to_none_one_value_or_a_tuple() -> None:
    assert artifact("Strict").decode("ping", b"") is None
    assert token.decode("balanceOf", (9).to_bytes(32, "big")) == 9


def test_dynamic_event_topics_stay_hashes(tmp_path: Path) -> None:
    source = "event E:\n    a: indexed(String[5])\n    b: String[5]\n\n"
    contract = compiled(tmp_path, source + "@external\ndef f():\n    log E(a='x', b='y')\n")
    machine = Machine()
    machine.place(HERE, contract.runtime)
    _, topics, data = machine.call(HERE, contract.encode("f")).logs[0]
    assert contract.events[topics[0]].decode_event(topics, data) == {"a": topics[1], "b": "y"}


def test_slots_are_where_the_contract_keeps_things(tmp_path: Path) -> None:
    module = "kept: HashMap[bytes4, uint256]\n"
    source = "import rules\ninitializes: rules\n@external\ndef f():\n    rules.kept[0x12345678] = 7\n"
    contract = compiled(tmp_path, source, rules_vy=module)
    machine = Machine()
    machine.place(HERE, contract.runtime)
    assert machine.call(HERE, contract.encode("f")).ok
    slot = contract.slot("rules.kept", b"\x12\x34\x56\x78")
    assert machine.state.get_storage(bytes.fromhex(HERE[2:]), slot) == 7


def test_slots_of_the_token_are_as_its_source_says() -> None:
    names = ("balanceOf", "allowance", "totalSupply", "decimals", "name", "symbol")
    assert [token.slot(name) for name in names] == [0, 1, 2, 3, 4, 6]


def test_an_artifact_is_read_once() -> None:
    assert artifact("Token") is token
    assert token.functions is token.functions
