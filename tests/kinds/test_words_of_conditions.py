"""What people are told of a condition: what a call asked, what is allowed, and where it is not the condition's fault.

The kind of ``call-limit`` is borrowed for ``recipient-limit``, as an author would write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import sessionlab as sl
from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.denials.address_book import AddressBook, Token
from sessionlab.core.denials.denial import Context, Denial, deny
from sessionlab.core.denials.reasons import REASONS
from sessionlab.core.denials.reasons.allowances import _broken
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import (
    LIMITS,
    PERMISSION_TYPES,
    GrantRow,
    LimitKind,
    Permission,
    install,
    operation_of,
    rows,
)
from sessionlab.core.permissions.decide import decide
from sessionlab.core.permissions.fields import Address
from sessionlab.core.permissions.limits import Limit, extended
from sessionlab.core.permissions.operation import PlainCall, plain_call
from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, Ruleset
from sessionlab.study.audit import Holding
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.explain.permission_answers import ALLOWED, REFUSED, SILENT, verdicts
from sessionlab.study.explain.refusal import denial_of
from sessionlab.study.recording import RecordedOperation, Recording
from sessionlab.study.replay.vectors import remaining_of

WALLET, TOKEN, MERCHANT, OTHER, THIEF = ("0x" + digit * 40 for digit in "67123")
TRANSFER, APPROVE = "a9059cbb", "095ea7b3"
SET = 1 << 160
NAMES = AddressBook(
    labels={bytes.fromhex(MERCHANT[2:]): "merchant", bytes.fromhex(TOKEN[2:]): "coin"},
    tokens={bytes.fromhex(TOKEN[2:]): Token("COIN", 0)},
)


class RecipientLimit(Permission):
    """One token goes to one recipient alone."""

    type = "recipient-limit"
    address: Address
    recipient: Address

    def _says(self) -> str:
        return (
            f"may transfer {self.address[:6]}…{self.address[-4:]} to {self.recipient[:6]}…{self.recipient[-4:]} alone"
        )

    def _installs(self) -> tuple[GrantRow, ...]:
        return (GrantRow(LimitKind.OPERATIONS, self.address.lower(), amount=SET | int(self.recipient, 16)),)


def _to_recipient(call: PlainCall, left: int) -> int:
    to = SET | int.from_bytes(call.data[4:36], "big") if call.selector.hex() == TRANSFER else 0
    if to != left:
        raise CONDITION.broken(to, left)
    return 0


CONDITION = Limit(
    permission="recipient-limit",
    unit=None,
    error="RecipientNotAllowed",
    rule="a token with a recipient-limit only takes transfer, and only to its recipient",
    kept="Tokens with a recipient-limit only go to their recipient",
    verb="transfers to",
    of_call=_to_recipient,
    shown=lambda amount: f"0x{amount - SET:040x}" if amount else None,
    extension=True,
)


@pytest.fixture(params=[DOCUMENTED, DEPLOYED], ids=["documented", "deployed"])
def rules(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ruleset]:
    monkeypatch.setitem(LIMITS, LimitKind.OPERATIONS, CONDITION)
    monkeypatch.setitem(PERMISSION_TYPES, "recipient-limit", RecipientLimit)
    monkeypatch.setattr(
        "sessionlab.core.permissions.limits.EXTENSIONS",
        {"recipient-limit": LimitKind.OPERATIONS, "call-limit": LimitKind.GAS},
    )
    monkeypatch.setitem(REASONS, "RecipientNotAllowed", _broken(LimitKind.OPERATIONS))
    yield extended(request.param, ["recipient-limit"])


LIMITED = RecipientLimit(address=TOKEN, recipient=MERCHANT)


def spending(selector: str, to: str, amount: int = 5) -> PlainCall:
    data = bytes.fromhex(selector) + bytes(12) + bytes.fromhex(to[2:]) + amount.to_bytes(32, "big")
    return plain_call(TOKEN, 0, data)


def context(rules: Ruleset, permissions: list[Permission], *calls: PlainCall) -> DecisionContext:
    _, left = install(rows(permissions), wallet=WALLET, rules=rules)
    operation = operation_of(calls, sponsored=True)
    return DecisionContext(
        wallet=WALLET,
        permissions=tuple(permissions),
        left=dict(left),
        operation=operation,
        now=1,
        valid_until=0,
        rules=rules,
        names=NAMES,
    )


def denied(rules: Ruleset, permissions: list[Permission], *calls: PlainCall) -> Denial:
    denial = denial_of(context(rules, permissions, *calls))
    assert denial is not None
    return denial


def test_a_denial_says_what_was_asked_and_what_is_allowed(rules: Ruleset) -> None:
    asked = spending(TRANSFER, OTHER)
    denial = denied(rules, [LIMITED, sl.ContractAccess(address=TOKEN)], spending(TRANSFER, MERCHANT), asked)
    assert (denial.code, denial.phase, denial.call) == ("RecipientNotAllowed", "execution", 1)
    assert denial.permission == "recipient-limit"
    assert (denial.asked, denial.left, denial.unit) == (OTHER, MERCHANT, None)
    assert (
        denial.sentence
        == "The second call transfers to 0x2222…2222, and recipient-limit allows merchant (0x1111…1111)."
    )
    assert denial.fix == "Change the call so that it transfers to merchant (0x1111…1111), or let the owner make it."


@pytest.mark.parametrize(
    ("call", "does"),
    [
        (spending(APPROVE, MERCHANT), "uses approve(address,uint256) on coin (0x7777…7777)"),
        (plain_call(TOKEN, 0, b""), "names no function"),
    ],
    ids=["another function", "no function"],
)
def test_a_denial_of_a_call_with_nothing_to_compare_says_what_it_does(
    rules: Ruleset, call: PlainCall, does: str
) -> None:
    denial = denied(rules, [LIMITED, sl.ContractAccess(address=TOKEN)], call)
    assert denial.sentence == f"The call {does}, and recipient-limit allows merchant (0x1111…1111)."
    assert (denial.asked, denial.left) == (None, MERCHANT)


def test_a_verdict_says_why_it_allows_and_why_it_refuses(rules: Ruleset) -> None:
    calls = (spending(TRANSFER, MERCHANT), spending(TRANSFER, OTHER), spending(APPROVE, OTHER))
    found = verdicts(context(rules, [LIMITED, sl.ContractAccess(address=TOKEN)], *calls))
    allows = "recipient-limit allows merchant (0x1111…1111)"
    assert [(v.answer, v.why) for v in found if v.permission == 0] == [
        (ALLOWED, allows),
        (REFUSED, f"transfers to 0x2222…2222; {allows}"),
        (REFUSED, f"{CONDITION.rule}; {allows}"),
    ]


def test_a_permission_with_two_addresses_names_each_once(rules: Ruleset) -> None:
    assert NAMES.permission(LIMITED) == "may transfer coin (0x7777…7777) to merchant (0x1111…1111) alone"
    itself = RecipientLimit(address=TOKEN, recipient=TOKEN)
    assert NAMES.permission(itself) == "may transfer coin (0x7777…7777) to coin (0x7777…7777) alone"


def test_the_fix_of_a_target_that_nothing_grants_says_that_the_condition_stays(rules: Ruleset) -> None:
    granted: list[Permission] = [LIMITED, sl.FunctionsOnContract(address=OTHER, functions=["0x1003e2d2"])]
    denial = denied(rules, granted, spending(TRANSFER, OTHER))
    assert denial.code == "AddressNotAllowed" and "grants that address" in denial.sentence
    assert denial.fix.endswith("let the owner make the call. The session's recipient-limit still binds it.")
    assert "still binds" not in denied(rules, granted[1:], spending(TRANSFER, OTHER)).fix


def test_a_fix_that_grants_more_says_that_the_condition_stays_wherever_it_says_grant(rules: Ruleset) -> None:
    args = {"call": 0, "target": TOKEN}
    said = {}
    for held in ("recipient-limit", "contract-access"):
        context = Context(WALLET, [Call(TOKEN)], names=NAMES, rules=rules, permissions=[held])
        said[held] = deny(Revert("NoSelectorSpecified", args, b""), "validation", context).fix
    assert said["recipient-limit"] == said["contract-access"] + " The session's recipient-limit still binds it."


def test_nothing_remains_of_a_condition_in_a_line_of_a_replay(rules: Ruleset) -> None:
    line = {"permissions": [LIMITED.to_json()], "addresses": {}}
    assert set(remaining_of(line, rules, lambda meter: 7)) & {"operations"} == set()
    assert "erc20" in remaining_of(line, rules, lambda meter: 7)


def test_an_address_is_spelled_in_one_way() -> None:
    mixed = "0x1B84B7a26c44D6e690c39F9a04033B19377b7FAC"
    assert NAMES.address(mixed.lower()) == NAMES.address(mixed) == "0x1B84…7FAC"


def test_an_overruled_limit_is_told_as_the_wallet_will_keep_it_before_and_after_the_install() -> None:
    lab = sl.Lab("deployed")
    twice = [sl.Erc20TokenTransfer(address=lab.dollar.lower(), allowance=5)]
    twice.append(sl.Erc20TokenTransfer(address=lab.dollar, allowance=10))
    session = lab.wallet().grant_permissions(twice, key=sl.new_key(1))
    assert [item.limit for item in session.allowances] == [10, 10]
    transfer = sl.Call(lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, 7])
    assert session.send_calls([transfer]).ok
    assert [(item.limit, item.remaining) for item in session.allowances] == [(10, 3), (10, 3)]


def test_a_wrapped_session_and_a_bare_one_are_told_which_limit_asks_for_it(rules: Ruleset) -> None:
    context = Context(
        WALLET, [Call(TOKEN)], names=NAMES, rules=rules, permissions=["account-functions", "recipient-limit"]
    )
    for name, args in (("SpendingRequestNotAllowed", {"selector": bytes(4)}), ("RequireUserOperationContext", {})):
        denial = deny(Revert(name, args, b""), "execution", context)
        assert denial.permission == "recipient-limit" and "token limit" not in denial.sentence


def test_a_wildcard_is_said_to_spare_what_a_condition_binds(rules: Ruleset) -> None:
    anywhere = sl.FunctionsOnAllContracts(functions=["transfer(address,uint256)"])
    audit = sl.audit([LIMITED, anywhere], sl.WalletState(WALLET), rules, thief=THIEF)
    assert "takes every token that no permission limits," in audit.found("wildcard-transfer")[0].sentence


def test_an_audit_counts_a_token_that_only_its_recipient_gets(rules: Ruleset) -> None:
    state = sl.WalletState(WALLET, tokens={TOKEN: Holding(1_000, "COIN", 0)}, names=NAMES)
    loss = sl.audit([LIMITED, sl.ContractAccess(address=TOKEN)], state, rules, thief=THIEF).loss("COIN")
    assert (loss.now, loss.ever) == (1_000, None)
    (step,) = loss.sequence
    assert step.words == "transfer 1,000 COIN to merchant (0x1111…1111)"
    assert step.data[16:36].hex() == MERCHANT[2:]


def test_an_audit_says_who_alone_gets_a_token(rules: Ruleset) -> None:
    state = sl.WalletState(WALLET, tokens={TOKEN: Holding(1_000, "COIN", 0)}, names=NAMES)
    audit = sl.audit([LIMITED, sl.ContractAccess(address=TOKEN), sl.GasLimit(limit=0)], state, rules, thief=THIEF)
    said = audit.by_permissions.sentence
    assert said.endswith(" COIN to merchant (0x1111…1111).") and "take all" not in audit.verdict
    assert "sends all of it to merchant" in audit.found("token-without-limit")[0].sentence


def test_what_goes_to_the_wallet_itself_is_no_loss(rules: Ruleset) -> None:
    state = sl.WalletState(WALLET, tokens={TOKEN: Holding(1_000, "COIN", 0)}, names=NAMES)
    itself = RecipientLimit(address=TOKEN, recipient=WALLET)
    assert sl.audit([itself, sl.ContractAccess(address=TOKEN)], state, rules, thief=THIEF).loss("COIN").ever == 0


def test_ether_leaves_with_a_call_that_keeps_to_a_condition(rules: Ruleset) -> None:
    """A target that takes ETH with any data: only the call that the condition allows carries it."""
    state = sl.WalletState(WALLET, balance=10**18, names=NAMES)
    granted: list[Permission] = [LIMITED, sl.ContractAccess(address=TOKEN), sl.GasLimit(limit=0)]
    if rules.value_needs_permission:
        granted.append(sl.NativeTokenTransfer(allowance=10**17))
    taken = 10**17 if rules.value_needs_permission else None
    assert (
        sl.audit(granted, state, replace(rules, native_reaches_plain_transfers=False), thief=THIEF)
        .loss("ETH by value")
        .ever
        == taken
    )


def test_a_permission_that_a_later_one_overrules_has_no_say(rules: Ruleset) -> None:
    twice: list[Permission] = [LIMITED, RecipientLimit(address=TOKEN, recipient=OTHER)]
    twice.append(sl.ContractAccess(address=TOKEN))
    first, second, _ = verdicts(context(rules, twice, spending(TRANSFER, OTHER)))
    assert (first.answer, first.why) == (SILENT, "a later permission about the same sets what counts")
    assert (second.answer, second.why) == (ALLOWED, "recipient-limit allows 0x2222…2222")


def test_the_reach_map_says_what_it_leaves_out(rules: Ruleset) -> None:
    granted = [LIMITED, sl.ContractAccess(address=TOKEN)]
    reach = sl.pictures.reach_map(granted, {"coin": TOKEN}, ["increment()"], rules=rules)
    for text in (reach.text(), reach.html(), reach.alternative_text):
        assert (
            "recipient-limit may refuse for its arguments: a token with a recipient-limit only takes transfer" in text
        )
    plain = sl.pictures.reach_map(granted[1:], {"coin": TOKEN}, ["increment()"], rules=rules)
    assert "may refuse" not in plain.text()


def test_an_amount_cannot_be_given_to_what_has_none() -> None:
    with pytest.raises(sl.InvalidInput, match="limits no amount"):
        sl.ContractAccess(address=TOKEN).with_limit(5)


def test_mining_keeps_the_conditions_that_bound_the_run(rules: Ruleset) -> None:
    from sessionlab.core.erc4337.wallet_encoding import call_data

    raw = Call(TOKEN, 0, spending(TRANSFER, MERCHANT).data)
    step = RecordedOperation(10, 1, call_data([raw], wallet=WALLET, wrapped=True), 1, 1, False, False, "ok")
    recording = Recording(WALLET, (LIMITED, sl.ContractAccess(address=TOKEN)), None, rules, (step,), names=NAMES)
    proposal = sl.least_permissions(recording)
    assert LIMITED in proposal.permissions and "the recorded session had it, and it only limits" in repr(proposal)
    free = replace(recording, permissions=(sl.ContractAccess(address=TOKEN),))
    assert LIMITED not in sl.least_permissions(free).permissions
    elsewhere = RecipientLimit(address=TOKEN, recipient=OTHER)
    assert elsewhere not in sl.least_permissions(replace(recording, permissions=(elsewhere,))).permissions


def test_amounts_of_a_condition_are_no_amounts_of_a_comparison(rules: Ruleset) -> None:
    from sessionlab.core.erc4337.wallet_encoding import call_data

    raw = Call(TOKEN, 0, spending(TRANSFER, OTHER).data)
    step = RecordedOperation(10, 1, call_data([raw], wallet=WALLET, wrapped=True), 1, 1, True, False, "ok")
    recording = Recording(WALLET, (sl.ContractAccess(address=TOKEN),), None, rules, (step,), names=NAMES)
    (verdict,) = recording.under([LIMITED, sl.ContractAccess(address=TOKEN)], rules).changes
    found = verdict.to_json(rules)
    assert found["after"]["reason"] == "RecipientNotAllowed"
    assert (found["asked"], found["left"], found["unit"]) == (None, None, None)


@pytest.mark.parametrize("first", ["operations", "gas"])
def test_of_two_extensions_each_call_is_asked_in_turn(
    rules: Ruleset, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """As the contract does, which reads each call once."""

    def refusing(error: str, data: bytes) -> Limit:
        def check(call: PlainCall, left: int) -> int:
            if call.data == data:
                raise replace(CONDITION, error=error).broken(0, left)
            return 0

        return replace(CONDITION, error=error, of_call=check)

    one, two = spending(TRANSFER, MERCHANT), spending(TRANSFER, OTHER)
    operations, gas = (one, two) if first == "operations" else (two, one)
    monkeypatch.setitem(LIMITS, LimitKind.OPERATIONS, refusing("operations", operations.data))
    monkeypatch.setitem(LIMITS, LimitKind.GAS, refusing("gas", gas.data))
    made = [GrantRow(LimitKind.OPERATIONS, TOKEN, amount=1), GrantRow(LimitKind.GAS, TOKEN, amount=1)]
    made += rows([sl.ContractAccess(address=TOKEN)])
    policy, left = install(made, wallet=WALLET, rules=rules)
    decision = decide(policy, left, operation_of([one, two]), 1, rules)
    assert (decision.reason, decision.call) == (first, 0)


def test_a_condition_without_words_for_its_amount_is_no_limit() -> None:
    with pytest.raises(ValueError, match="what its row's amount means"):
        replace(CONDITION, shown=None)
    with pytest.raises(ValueError, match="about the calls of one address"):
        replace(CONDITION, of_call=None, of_operation=lambda operation, rules: 1)
