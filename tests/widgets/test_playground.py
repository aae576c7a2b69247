"""The playground: whatever its controls do, a function does; and everything shown follows at once."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.study.widgets import Playground, text_fields

COUNTER, NATIVE = "increment() on counter", "0.3 ETH to merchant"


@pytest.fixture
def play(lab: sl.Lab) -> Playground:
    return sl.widgets.playground(lab, permissions=[sl.ContractAccess(address=lab.counter)])


def allowed(play: Playground, rules: str = "documented") -> set[str]:
    return {row.what for row in play.decisions.rows if getattr(row, rules).ok}


def test_adding_changes_json_audit_reach_and_decisions_at_once(lab: sl.Lab, play: Playground) -> None:
    assert allowed(play) == {COUNTER, "deposit() on counter"}
    assert not play.reach.allows("merchant", "wei")
    play.add(sl.NativeTokenTransfer(allowance=sl.ether(3)))
    assert NATIVE in allowed(play)
    assert play.reach.allows("merchant", "wei")
    assert play.audit.loss("ETH by value").now == sl.ether(3)
    assert play.json == [
        {"type": "contract-access", "data": {"address": lab.counter}},
        {"type": "native-token-transfer", "data": {"allowance": hex(sl.ether(3))}},
    ]
    assert "2. may send up to 3 ETH in total" in play.text()


def test_replacing_removing_and_setting(lab: sl.Lab, play: Playground) -> None:
    play.add({"type": "gas-limit", "data": {"limit": "0x5"}})
    play.replace(1, sl.FunctionsOnContract(address=lab.counter, functions=["deposit()"]))
    assert [permission.type for permission in play.permissions] == ["functions-on-contract", "gas-limit"]
    play.remove(2)
    assert allowed(play) == {"deposit() on counter"}
    play.set([sl.Root()], rules="deployed")
    assert (play.rules, len(allowed(play, "deployed"))) == ("deployed", 5)


def test_it_shows_what_the_last_change_gave_and_took(lab: sl.Lab, play: Playground) -> None:
    assert play.compared is None
    play.add(sl.NativeTokenTransfer(allowance=5))
    assert play.compared.relation == "narrower"
    assert "before is narrower: now allows all that before allows, and more." in play.text()
    assert "before is narrower" in play.html()
    play.remove(1)
    assert play.compared.relation == "wider"
    play.set(play.permissions)
    assert play.compared.relation == "wider"
    play.set([])
    assert play.compared.b.refused is not None


def test_what_nobody_can_grant_says_so(play: Playground) -> None:
    play.set([])
    assert isinstance(play.audit, sl.GrantRefused) and play.reach is None
    assert "Nobody can grant this" in play.text() and "Nobody can grant this" in play.html()
    assert {row.documented.phase for row in play.decisions.rows} == {"grant"}


def test_a_gas_limit_is_written_in_what_the_ruleset_counts(play: Playground) -> None:
    play.add(sl.GasLimit(limit=400_000))
    assert "use up to 400,000 gas" in play.text()
    play.set(rules="deployed")
    assert "use up to 400,000 wei" in play.text()


def test_a_wallet_brings_its_own_balances(lab: sl.Lab) -> None:
    poor = lab.wallet(balance=sl.ether(2))
    play = sl.widgets.playground(lab, poor, permissions=[sl.Root()])
    assert play.audit.loss("ETH by value").now == sl.ether(2)


def test_nothing_is_sent(lab: sl.Lab) -> None:
    root, height = lab.chain.state_root, lab.chain.height
    sl.widgets.playground(lab, permissions=[sl.Root()])._repr_mimebundle_()
    assert (lab.chain.state_root, lab.chain.height) == (root, height)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_permission_that_is_not_there_is_refused_and_nothing_changes(play: Playground, number: int) -> None:
    before = play.permissions
    with pytest.raises(sl.InvalidInput, match=f"no permission {number}"):
        play.remove(number)
    assert play.permissions == before


def test_the_controls_do_what_the_functions_do(lab: sl.Lab, play: Playground) -> None:
    _ = play.view
    add, replace, remove = (button for box in play.view.children if hasattr(box, "children") for button in box.children)
    play._kind.value = "native-token-transfer"
    play._form["amount"].value = "0.5"
    add.click()
    assert play.permissions[1] == sl.NativeTokenTransfer(allowance=sl.ether("0.5"))
    play._list.value = 2
    assert play._form["amount"].value == "0.5 ETH"
    play._form["amount"].value = "0.2 ETH"
    replace.click()
    assert play.permissions[1].allowance == sl.ether("0.2")
    assert NATIVE not in {row.what for row in play.decisions.rows if row.documented.reason == "AddressNotAllowed"}
    remove.click()
    assert play.permissions == (sl.ContractAccess(address=lab.counter),)
    play._rules.value = sl.widgets.playground(lab, rules="deployed").draft.rules
    assert play.rules == "deployed"
    assert "deployed rules" in play._page.value


def test_the_form_shows_what_the_type_asks_for(play: Playground) -> None:
    _ = play.view
    shown = {}
    for kind in ("root", "gas-limit", "functions-on-contract", "erc20-token-transfer"):
        play._kind.value = kind
        shown[kind] = [name for name, field in play._form.items() if field.layout.display != "none"]
    assert shown == {
        "root": [],
        "gas-limit": ["amount"],
        "functions-on-contract": ["address", "functions"],
        "erc20-token-transfer": ["address", "amount"],
    }


def test_a_form_that_cannot_be_read_is_an_error_in_the_widget(lab: sl.Lab, play: Playground) -> None:
    _ = play.view
    add = next(box for box in play.view.children if hasattr(box, "children")).children[0]
    play._kind.value = "contract-access"
    play._form["address"].value = "nowhere"
    add.click()
    assert "Nothing here is called 'nowhere'." in play.error
    assert len(play.permissions) == 1
    play._form["address"].value = "vault"
    add.click()
    assert (play.error, play.permissions[1].address) == ("", lab.vault)


@pytest.mark.parametrize(
    "permission",
    [
        sl.NativeTokenTransfer(allowance=sl.ether("0.3")),
        sl.NativeTokenTransfer(allowance=7),
        sl.GasLimit(limit=3_000_000),
        sl.AccountFunctions(functions=["updateFallbackSignerData(address,bool)"]),
        sl.FunctionsOnAllContracts(functions=["transfer(address,uint256)", "increment()"]),
        sl.Root(),
    ],
)
def test_what_is_written_into_the_form_is_read_back(lab: sl.Lab, permission: object) -> None:
    assert text_fields.read(permission.type, text_fields.write(permission, lab.names), lab.names) == permission


def test_token_amounts_are_typed_in_whole_tokens(lab: sl.Lab) -> None:
    read = text_fields.read("erc20-token-transfer", {"address": "dollar", "amount": "25.5"}, lab.names)
    assert read == sl.Erc20TokenTransfer(address=lab.dollar, allowance=25_500_000)
    assert text_fields.write(read, lab.names) == {"address": "dollar", "amount": "25.5 LUSD"}
    unknown = text_fields.read("erc20-token-transfer", {"address": lab.vault, "amount": "25"}, lab.names)
    assert unknown.allowance == 25


@pytest.mark.parametrize("text", ["", "much", "-1", "0.3.4", "1e90"])
def test_an_amount_that_is_none_is_refused(lab: sl.Lab, text: str) -> None:
    with pytest.raises(sl.InvalidInput):
        text_fields.read("native-token-transfer", {"amount": text}, lab.names)


def test_functions_are_split_at_commas_outside_of_brackets() -> None:
    assert text_fields.split_functions("a(uint256,bool), b((uint8,bytes)[]) ,, c()") == [
        "a(uint256,bool)",
        "b((uint8,bytes)[])",
        "c()",
    ]


def test_what_the_fields_hold_is_taken_before_a_click(lab: sl.Lab, play: Playground) -> None:
    """A click overtakes what was typed just before; so the browser tells it once more."""
    _ = play.view
    add = next(box for box in play.view.children if hasattr(box, "children")).children[0]
    held = {"Permission": "native-token-transfer", "Amount": "0.7", "Policy": "no such line", "Unknown": "x"}
    play._hold(held)
    add.click()
    assert play.permissions[1] == sl.NativeTokenTransfer(allowance=sl.ether("0.7"))
