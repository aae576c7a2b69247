"""Pictures of what permissions allow: reach map, truth table, side by side, matrix, call data. Data and words."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.core.base.html import RED, legible
from sessionlab.study.pictures.hypothetical_session import Answer
from tests.pictures.reading import read

pictures = sl.pictures
TRANSFER = "transfer(address,uint256)"


@pytest.fixture(scope="module")
def world() -> sl.Lab:
    return sl.Lab()


def test_reach_map_says_which_permission_opens_which_place(world: sl.Lab) -> None:
    granted = [
        sl.ContractAccess(address=world.counter),
        sl.FunctionsOnAllContracts(functions=["increment()"]),
        sl.NativeTokenTransfer(allowance=5),
    ]
    targets = {"counter": world.counter, "vault": world.vault}
    picture = pictures.reach_map(granted, targets, ["increment()", "deposit()", "wei"])
    assert picture.targets == ("counter", "vault", "the wallet itself")
    assert picture.allowed_by == {
        ("counter", "increment()"): (1, 2),
        ("counter", "deposit()"): (1,),
        ("counter", "wei"): (3,),
        ("vault", "increment()"): (2,),
        ("vault", "deposit()"): (),
        ("vault", "wei"): (3,),
        ("the wallet itself", "increment()"): (),
        ("the wallet itself", "deposit()"): (),
        ("the wallet itself", "wei"): (),
    }
    assert picture.allows("counter", "deposit()") and not picture.allows("vault", "deposit()")
    assert picture.alternative_text == (
        "Reach map, documented rules: 5 of 9 places are allowed. "
        "counter: everything shown; vault: increment(), 1 wei, no data."
    )
    assert " ".join(picture.text().splitlines()[1].split()) == "counter ✓ by 1 and 2 ✓ by 1 ✓ by 3"
    assert "✓ by 1 and 2" in read(picture._repr_html_()).text


def test_reach_map_of_the_other_ruleset_is_another(world: sl.Lab) -> None:
    granted, targets = [sl.ContractAccess(address=world.counter)], {"counter": world.counter}
    with_wei = {
        rules: pictures.reach_map(granted, targets, ["deposit() + wei"], rules=rules).allows(
            "counter", "deposit() + wei"
        )
        for rules in ("documented", "deployed")
    }
    assert with_wei == {"documented": False, "deployed": True}


def test_reach_map_wants_permissions(world: sl.Lab) -> None:
    with pytest.raises(sl.InvalidInput, match="list of permissions"):
        pictures.reach_map([], world)


def test_truth_table_has_eight_types_and_their_answers(world: sl.Lab) -> None:
    picture = pictures.truth_table(world)
    assert len(picture.grants) == 8
    allowed = {grant: [o for o in picture.operations if picture.answers[grant, o].ok] for grant in picture.grants}
    assert {grant: len(found) for grant, found in allowed.items()} == {
        "native-token-transfer": 1,
        "erc20-token-transfer": 1,
        "gas-limit": 0,
        "contract-access": 2,
        "functions-on-contract": 1,
        "functions-on-all-contracts": 1,
        "account-functions": 1,
        "root": 5,
    }
    answer = picture.answers["functions-on-contract", "deposit() on counter"]
    assert answer == Answer("validation", "SelectorNotAllowed")
    assert picture.answers["gas-limit", "0.3 ETH to merchant"] == Answer("grant", "ValidationConfigUnsetError")
    assert "contract-access allows increment() on counter, deposit() on counter;" in picture.alternative_text
    assert "✗ SelectorNotAllowed in validation" in picture.text()
    page = read(picture._repr_html_()).text
    assert page.count("✓ allowed") == 2 * 12 and page.count("✗ refused") == 2 * 28  # as a table, and as a list
    assert "1: AddressNotAllowed in validation" in page


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_the_engines_answers_are_those_of_a_run(rules: str) -> None:
    """What the table says happens: every cell whose grant is possible, sent to the chain."""
    lab = sl.Lab(rules=rules)
    wallet = lab.wallet()
    grants = pictures.types_of(lab)
    samples = pictures.sample_operations(lab, wallet.address)
    table = pictures.truth_table(lab, wallet=wallet.address)
    start = lab.snapshot()
    for number, (grant, permissions) in enumerate(grants.items(), 1):
        for name, calls in samples.items():
            said = table.answers[grant, name]
            try:
                session = wallet.grant_permissions(permissions, key=sl.new_key(number))
            except sl.GrantRefused as refused:
                ran = Answer("grant", refused.rule)
            else:
                outcome = session.send_calls(calls)
                ran = Answer(outcome.phase, outcome.denial.code if outcome.denial else None)
            assert (grant, name, said.ok, said.reason) == (grant, name, ran.ok, ran.reason)
            lab.revert(start)
            start = lab.snapshot()


def test_side_by_side_marks_what_differs(world: sl.Lab) -> None:
    pay, increment = [sl.Call(to=world.counter, value=1)], [sl.Call(to=world.counter, function="increment()")]
    access = [sl.ContractAccess(address=world.counter)]
    picture = pictures.side_by_side({"1 wei": (access, pay), "increment": (access, increment)})
    assert [row.differs for row in picture.rows] == [True, False]
    assert picture.rows[0].documented == Answer("validation", "NativeTransferNotAllowed")
    assert picture.rows[0].deployed.ok
    assert picture.alternative_text == (
        "Documented and deployed side by side: 1 of 2 operations differ. "
        "1 wei: documented NativeTransferNotAllowed in validation, deployed allowed."
    )
    page = read(picture._repr_html_()).text
    assert (page.count("≠ differs"), page.count("= same")) == (2, 2)  # in the table, and in the list


def test_a_theft_that_passes_is_a_red_loss_and_not_a_green_tick(world: sl.Lab) -> None:
    pay, access = [sl.Call(to=world.counter, value=1)], [sl.ContractAccess(address=world.counter)]
    picture = pictures.side_by_side({"1 wei": (access, pay)}, thefts=True)
    assert "✓ NativeTransferNotAllowed in validation  ▼ taken" in picture.text()
    assert "documented NativeTransferNotAllowed in validation, deployed taken." in picture.alternative_text
    assert f"<b style='color:{legible(RED)}'>▼</b> taken" in picture.html()
    assert "allowed</span>" not in picture.html()


def test_side_by_side_takes_results_of_runs() -> None:
    outcomes = []
    for rules in ("documented", "deployed"):
        lab = sl.Lab(rules=rules)
        session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
        outcomes.append(session.send_calls([sl.Call(to=lab.counter, function="deposit()", value=1)]))
    with pytest.raises(sl.GrantRefused) as refused:
        lab.wallet().grant_permissions([sl.GasLimit(limit=1)], key=sl.new_key(2))
    picture = pictures.side_by_side({"run": tuple(outcomes), "grant": (refused.value, refused.value)})
    run, grant = picture.rows
    assert (run.documented.reason, run.deployed.ok) == ("NativeTransferNotAllowed", True)
    assert (grant.documented.phase, grant.differs) == ("grant", False)


def test_matrix_keeps_words_and_refuses_strays() -> None:
    cells = {("a", "x"): True, ("a", "y"): False, ("b", "x"): "half"}
    picture = pictures.matrix("Attacks", ["a", "b"], ["x", "y"], cells, words=("passes", "stopped"))
    assert {place: str(cell) for place, cell in picture.cells.items()} == {
        ("a", "x"): "● passes",
        ("a", "y"): "○ stopped",
        ("b", "x"): "half",
        ("b", "y"): "·",
    }
    assert picture.alternative_text.startswith("Attacks. Everywhere passes, except a: y stopped; b: x half")
    assert picture.text().splitlines()[1].split() == ["x", "y"]
    assert "● passes" in read(picture._repr_html_()).text
    with pytest.raises(sl.InvalidInput, match="no row and column"):
        pictures.matrix("Attacks", ["a"], ["x"], {("c", "x"): True})


def test_call_data_is_split_and_named(world: sl.Lab) -> None:
    call = sl.Call(to=world.dollar, function=TRANSFER, args=[world.merchant, sl.units(25, 6)])
    picture = pictures.calldata(call, names=world.names)
    assert [(part.at, part.kind) for part in picture.parts] == [(0, "selector"), (4, "address"), (36, "uint256")]
    assert picture.parts[1].meaning.startswith("merchant (0x")
    assert picture.parts[2].meaning == "25,000,000: 25 LUSD"
    assert b"".join(part.data for part in picture.parts) == call.data
    assert picture.warnings == ()
    assert picture.alternative_text.startswith(f"68 bytes of call data: {TRANSFER} with merchant (0x")
    assert picture.alternative_text.endswith("25,000,000: 25 LUSD. Nothing is wrong with it.")


def test_bytes_of_any_length_are_read_as_length_and_text(world: sl.Lab) -> None:
    picture = pictures.calldata(sl.Call(world.counter, function="note(bytes)", args=[b"hello"]), "note(bytes)")
    assert [part.meaning for part in picture.parts[1:]] == [
        "begins 32 bytes after the selector",
        "5",
        '"hello" as text',
    ]
    assert "<code></code>" not in picture.html()  # where no type is known, there is none
    assert pictures.calldata("0x12345678" + "ff" * 32).parts[1].meaning == "not known"


@pytest.mark.parametrize(
    ("data", "function", "warning"),
    [
        ("0xa9059c", None, "fewer than four bytes name no function; the deployed rules zero-pad them to 0xa9059c00"),
        (
            "0xa9059cbb" + "00" * 10 + "beef" + "11" * 20 + "00" * 32,
            None,
            "the 12 bytes before the address are not zero",
        ),
        ("0xa9059cbb" + "00" * 63, None, "1 byte is missing"),
        ("0xa9059cbb" + "00" * 96, None, "left over: nobody reads it"),
        ("0xa9059cbb" + "00" * 64, "approve(address,uint256)", "approve(address,uint256) has the selector 0x095ea7b3"),
        ("0x12345678" + "00" * 31 + "02", "f(bool)", "f(bool) has the selector"),
    ],
)
def test_call_data_that_is_odd_is_said_to_be(data: str, function: str | None, warning: str) -> None:
    picture = pictures.calldata(data, function)
    assert [said for said in picture.warnings if said.startswith(warning)]
    assert warning in picture.alternative_text
    assert warning in picture.text()
    assert warning in read(picture._repr_html_()).text


def test_call_data_that_is_no_hex_is_refused() -> None:
    with pytest.raises(sl.InvalidInput, match="0x-hex"):
        pictures.calldata("0xzz")
