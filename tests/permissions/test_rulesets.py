from __future__ import annotations

import doctest
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

import sessionlab as sl
import sessionlab.core.permissions.rulesets as module
from sessionlab.core.base.errors import InvalidInput, SessionlabError
from sessionlab.core.permissions import (
    DEPLOYED,
    DOCUMENTED,
    FLAGS,
    CallLimit,
    ContractAccess,
    Permission,
    Ruleset,
    ruleset,
)
from sessionlab.experiments import Sweep, grid, places


def test_the_flags_are_the_nine_differences_in_order() -> None:
    assert [flag.number for flag in FLAGS] == [f"R{i}" for i in range(1, 10)]
    assert ["name", *(flag.name for flag in FLAGS), "extensions"] == [field.name for field in fields(Ruleset)]
    assert all(flag.documented and flag.deployed and flag.why for flag in FLAGS)


def test_the_two_rulesets_are_the_two_ends() -> None:
    assert (DOCUMENTED.bits, DEPLOYED.bits) == (0x1FF, 0)
    assert Ruleset("documented") == DOCUMENTED


@pytest.mark.parametrize("i", range(9))
def test_each_flag_has_its_bit(i: int) -> None:
    assert replace(DEPLOYED, **{FLAGS[i].name: True}).bits == 1 << i


def test_rulesets_print_well() -> None:
    assert repr(DEPLOYED) == "<Ruleset deployed: documented in nothing>"
    assert repr(replace(DEPLOYED, name="mine", gas_limit_counts_gas=True)) == "<Ruleset mine: documented in R3>"


def test_a_ruleset_by_name() -> None:
    assert ruleset("deployed") is DEPLOYED
    assert ruleset(DOCUMENTED) is DOCUMENTED


@pytest.mark.parametrize(
    ("name", "fix"),
    [("deploid", "Did you mean 'deployed'?"), (None, "Use one of: documented, deployed")],
)
def test_an_unknown_ruleset_is_refused(name: str, fix: str) -> None:
    with pytest.raises(InvalidInput, match="is not a ruleset") as refused:
        ruleset(name)
    assert (refused.value.field, refused.value.fix) == ("rules", fix)


def test_the_example_in_the_docstring_runs() -> None:
    assert doctest.testmod(module).failed == 0


# -- extensions

LIMITED: list[Permission] = [CallLimit(count=5), ContractAccess(address="0x" + "c3" * 20)]
STATE = sl.WalletState("0x" + "e5" * 20)
UNKNOWN = "UnsupportedPermissionTypeError: call-limit is an extension, and these rules do not have it."


@pytest.mark.parametrize("name", ["documented", "deployed"])
def test_a_ruleset_by_name_takes_extensions(name: str) -> None:
    rules = sl.ruleset(name, ["call-limit"])
    assert (rules.name, rules.extensions) == (name, ("call-limit",))
    assert replace(rules, extensions=()) == ruleset(name)
    assert sl.ruleset(rules) is rules and sl.ruleset(rules, ["call-limit"]) is rules
    assert "ruleset" in dir(sl)


NOT_EXTENSIONS: list[Any] = [None, 5, "call-limit", ("bogus",), (None,), (["call-limit"],), b"call-limit"]


@pytest.mark.parametrize("names", NOT_EXTENSIONS, ids=repr)
@pytest.mark.parametrize(
    "make",
    [
        lambda names: sl.Lab(extensions=names),
        lambda names: sl.ruleset("documented", names),
        lambda names: replace(DOCUMENTED, extensions=names),
        lambda names: Ruleset.of("mine", {flag.name: True for flag in FLAGS}, names),
        lambda names: sl.pictures.side_by_side({}, extensions=names),
    ],
    ids=["Lab", "ruleset", "replace", "of", "side_by_side"],
)
def test_what_is_not_a_list_of_extensions_is_refused_with_a_fix(make: Callable[[Any], Any], names: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(names)
    assert refused.value.field == "extensions"
    assert "call-limit" in str(refused.value.fix)


@pytest.mark.parametrize("names", [None, 5, "call-limit", ["bogus"]], ids=repr)
def test_a_recording_with_something_else_for_extensions_names_the_field(names: Any) -> None:
    lab = sl.Lab(extensions=["call-limit"])
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
    data = session.record().to_json()
    data["rules"]["extensions"] = names
    with pytest.raises(InvalidInput) as refused:
        sl.Recording.from_json(data)
    assert refused.value.field == "rules.extensions" and refused.value.fix


def recording() -> sl.Recording:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    session.send_calls([sl.Call(lab.counter, function="increment()")])
    return session.record()


def sweep(rules: str | Ruleset, engine: str) -> Any:
    policy: Any = lambda p: [CallLimit(count=2), ContractAccess(address=places().counter)]  # noqa: E731
    calls: Any = lambda p, seed: [sl.Call(places().counter, function="increment()")] * 3  # noqa: E731
    return (
        Sweep(grid(gas_price=[10**9]), policy=policy, operations=calls, rules=rules, engine=engine)
        .run()
        .rows[0]["passed"]
    )


RequestHandler = Callable[[str | Ruleset], Any]
DOORS: dict[str, tuple[RequestHandler, Any]] = {
    "audit": (lambda rules: sl.audit(LIMITED, STATE, rules).rules, "documented"),
    "model sweep": (lambda rules: sweep(rules, "model"), 2),
    "evm sweep": (lambda rules: sweep(rules, "evm"), 2),
    "under": (lambda rules: recording().under(LIMITED, rules).rules.extensions, ("call-limit",)),
    "least": (lambda rules: sl.least_permissions(recording(), rules=rules).rules.extensions, ("call-limit",)),
    "lab": (lambda rules: sl.Lab(rules).wallet().grant_permissions(LIMITED).permissions[0], LIMITED[0]),
}


@pytest.mark.parametrize("door", DOORS)
def test_every_door_takes_rules_with_an_extension(door: str) -> None:
    ask, answer = DOORS[door]
    assert ask(sl.ruleset("documented", ["call-limit"])) == answer


@pytest.mark.parametrize("door", [door for door in DOORS if door != "least"])
@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_rules_by_name_refuse_an_extension_and_say_how_to_switch_it_on(door: str, rules: str) -> None:
    ask, _ = DOORS[door]
    with pytest.raises(SessionlabError) as refused:
        ask(rules)
    said = str(refused.value)
    assert UNKNOWN in said
    assert "Lab(extensions=('call-limit',))" in said and "--extension call-limit" in said
    assert f'sl.ruleset("{rules}", ["call-limit"])' in said


def test_the_fix_for_a_mixture_names_the_mixture_and_works() -> None:
    rules = replace(DEPLOYED, name="mine", gas_limit_counts_gas=True)
    with pytest.raises(sl.GrantRefused) as refused:
        sl.audit(LIMITED, STATE, rules)
    assert 'sl.ruleset(rules, ["call-limit"])' in str(refused.value.fix)
    assert sl.audit(LIMITED, STATE, sl.ruleset(rules, ["call-limit"])).rules == "mine"


def test_pictures_widgets_and_clients_take_rules_with_an_extension() -> None:
    lab, rules = sl.Lab(), sl.ruleset("deployed", ["call-limit"])
    table = sl.pictures.truth_table(lab, {"limited": LIMITED}, {"idle": [sl.Call("0x" + "c3" * 20)]}, rules=rules)
    assert table.answers["limited", "idle"].ok
    play = sl.widgets.playground(lab, permissions=LIMITED, rules=rules)
    assert play.audit.rules == "deployed"
    assert sl.SmartWalletClient(lab.provider, sl.new_key(1), rules=rules).rules is rules
    assert sl.pictures.reach_map(LIMITED, lab, rules=rules).rules == "deployed + call-limit"


@pytest.mark.parametrize("rules", [5, [], "deploid"], ids=repr)
def test_a_truth_table_and_a_playground_refuse_what_is_not_a_ruleset(rules: Any) -> None:
    lab = sl.Lab()
    for draw in (sl.pictures.truth_table, sl.widgets.playground):
        with pytest.raises(InvalidInput, match="is not a ruleset"):
            draw(lab, rules=rules)
