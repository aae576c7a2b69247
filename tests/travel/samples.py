"""One of everything that the library returns, under one ruleset, by doing what people do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel

import sessionlab as sl
from sessionlab import attacks, course, experiments, vyper
from sessionlab.attacks.level_run import LevelAttempt
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.denials.denial import BareExplanation
from sessionlab.core.deployments import TokenInfo, token
from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.core.erc4337.included import BundleReverted
from sessionlab.core.erc4337.simulate import Rejection
from sessionlab.core.erc4337.sponsor import NotSponsored
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.evm.records import Authorization, CallFailed, CallResult
from sessionlab.core.permissions import install, rows
from sessionlab.core.permissions.operation import operation_of, read_operation
from sessionlab.course.grading import Grade
from sessionlab.course.note import Note
from sessionlab.course.progressing import CourseIndex, LearnerResults, Progress, states
from sessionlab.course.store import EMPTY
from sessionlab.experiments.sweep import SweepError
from sessionlab.experiments.workload import Planned
from sessionlab.integrations.vyper.compile_error import CompileError, Place
from sessionlab.study.audit.state import Approval, Collection, Entrusted
from sessionlab.study.audit.wallet_reader import read_wallet
from sessionlab.study.comparing.subject import PolicyRequest
from sessionlab.study.own_contracts.code import ContractCode
from sessionlab.study.own_policies.operation_json import Repeated
from sessionlab.study.own_policies.sent_json import read_sent
from sessionlab.study.pictures.svg import WIDE
from sessionlab.study.recording.units import Amounts
from sessionlab.study.verifying.cases import Case
from sessionlab.study.verifying.coverage import PolicyChange
from sessionlab.study.verifying.policy_cases import PolicyCase
from sessionlab.study.verifying.verification import PolicyCheck
from sessionlab.study.widgets.rules import steps_of
from tests.pictures.gallery import GALLERY, burn_down_of_one

#: A payment, and more than any session here may pay.
ASKED = ("0.3", "7")
TRANSFER = "transfer(address,uint256)"


def grant_nothing() -> None:
    """Refused with GrantRefused."""
    sl.Lab().wallet().grant_permissions([])


def call_what_fails() -> None:
    """Refused with OperationRefused."""
    lab = sl.Lab()
    lab.wallet().prepare_calls([sl.Call(lab.counter, function="fail()")])


def raised(act: Callable[[], object]) -> sl.SessionlabError:
    """The error that a step raises."""
    try:
        act()
    except sl.SessionlabError as error:
        return error
    raise AssertionError("Nothing was raised.")


def set_what_is_read() -> None:
    """Refused with ReadOnly."""
    sl.Lab().seed = 5  # type: ignore[misc]


def use_what_was_undone() -> None:
    """Refused with StaleHandle."""
    lab = sl.Lab()
    before = lab.snapshot()
    wallet = lab.wallet()
    lab.revert(before)
    wallet.sessions()


def take_up_what_is_over() -> None:
    """Refused with SessionEnded."""
    wallet = sl.Lab().wallet()
    session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1))
    wallet.revoke(session)
    sl.Session.connect(wallet.provider, wallet=wallet.address, key=session.key, context=session.context)


def operation_rejected() -> sl.SessionlabError:
    operation = UserOperation("0x" + "11" * 20, 0, b"", 1, 2, 3, 4, 5)
    return OperationRejected(Rejection("validation", "AA23 reverted", decode_revert(b"")), operation)


#: Code of a wallet that pays what the EntryPoint asks for and takes every operation, and one that reads the clock too.
WALLET = bytes.fromhex("5f5f5f5f604435335af15060205ff3")
CLOCKED_WALLET = b"\x42\x50" + WALLET


def sent_to_strict(code: bytes, *, manual: bool = False) -> None:
    """Refused with OperationRejected if the code breaks a rule of ERC-7562, with Pending if bundling is manual."""
    lab = sl.Lab(bundler="strict")
    lab.chain.set_code(A_CONTRACT, code)
    lab.chain.set_balance(A_CONTRACT, sl.ether(1))
    lab.bundler.set_manual(manual)
    lab.bundler.send(UserOperation(A_CONTRACT, 0, b"", 50_000, 150_000, 60_000, lab.base_fee, 0))


#: How each error of the package is made.
ERRORS: dict[str, Callable[[], sl.SessionlabError]] = {
    "SessionlabError": lambda: sl.SessionlabError("It is so.", field="x", asked=[1], left=2, fix="do that."),
    "InvalidInput": partial(raised, lambda: sl.Call("0x12")),
    "NotFound": partial(raised, lambda: sl.Lab().bundler.mined(bytes(32))),
    "StaleHandle": partial(raised, use_what_was_undone),
    "ReadOnly": partial(raised, set_what_is_read),
    "MissingExtra": lambda: sl.MissingExtra("A frame", "frames"),
    "ChainError": partial(raised, lambda: sl.Lab().travel(-1)),
    "SessionEnded": partial(raised, take_up_what_is_over),
    "NotCopied": partial(raised, lambda: sl.new_key(1).__reduce_ex__(5)),
    "GrantRefused": partial(raised, grant_nothing),
    "RpcError": lambda: sl.RpcError(-32000, "message", {"fix": "send it again"}),
    "OperationRefused": partial(raised, call_what_fails),
    "SavedLabError": partial(raised, lambda: sl.Lab.load("nowhere.lab")),
    "OperationRejected": operation_rejected,
    "BundleReverted": lambda: BundleReverted(decode_revert(b"")),
    "NotSponsored": lambda: NotSponsored("end", "it is over", asked=5, left=4, fix="open another"),
    "CallFailed": lambda: CallFailed("It fails.", CallResult(False, b"", 0, (), "Revert")),
    "Pending": partial(raised, lambda: sent_to_strict(WALLET, manual=True)),
    "SweepError": lambda: SweepError({"n": 1}, 2, "It broke."),
    "CompileError": lambda: CompileError(
        "sessions", "UnknownType", "No such type.", (Place("sessions.vy", 1, 3, None, "x: uint"),), "use uint256."
    ),
}

A_CONTRACT = "0x" + "11" * 20


def samples(rules: str) -> Iterator[Any]:
    """Everything that labs, sessions, wallets and the public modules return."""
    lab = sl.Lab(rules)
    yield from (lab.rules, lab.names, sl.FLAGS, lab.chain.block(), lab.chain.block().receipts)
    yield from _of_a_session(lab)
    yield from _of_permissions_and_wallets(lab)
    yield from _of_own_contracts(rules)
    for make in GALLERY:
        yield make(sl.Lab())  # whose sessions are those of the documented rules
    yield burn_down_of_one(sl.Lab()).draw(WIDE)
    yield from (make() for make in ERRORS.values())
    yield raised(lambda: sent_to_strict(CLOCKED_WALLET))
    yield from _of_the_modules(rules)


def _of_a_session(lab: sl.Lab) -> Iterator[Any]:
    price = 1 if lab.rules.gas_limit_counts_gas else lab.chain.base_fee
    permissions = [
        sl.NativeTokenTransfer(allowance=sl.ether(1)),
        sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(25, 6)),
        sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]),
        sl.ContractAccess(address=lab.merchant),
        sl.GasLimit(limit=9_000_000 * price),
    ]
    wallet = lab.wallet()
    session = wallet.grant_permissions(permissions, expiry_sec=lab.now + 3600, key=sl.new_key(1))
    for preflight in (True, False):
        for ether in ASKED:
            calls = [sl.Call(to=lab.merchant, value=sl.ether(ether))]
            outcome = session.send_calls(calls, preflight=preflight)
            yield from (calls, outcome, session.check(calls), session.explain(calls), steps_of(session.explain(calls)))
            if outcome.denial is not None:
                yield from (outcome.denial, outcome.denial.explain(), BareExplanation(outcome.denial))
    yield from (session.permissions, session.allowances, session.history, session.remaining, session.audit())
    yield from (
        session.operations,
        lab.wallet().send_calls([sl.Call("token", function=TRANSFER, args=[wallet, 1])]).events,
    )
    yield from (session.refusals(), session._with_context(next(iter(session.refusals()))))
    yield from (session.plot(name) for name in sl.pictures.SESSION_PICTURES)
    prepared = session.prepare_calls([sl.Call(to=lab.counter, function="increment()")])
    yield from (prepared, session.sign_prepared_calls(prepared))
    recording = session.record()
    proposal = sl.least_permissions(recording, margin=0.2)
    yield from (recording, recording.under(rules="deployed"), recording.under([sl.Root()]), proposal, proposal.rerun())
    yield from (lab.chain.block(), lab.chain.block().receipts, lab.bundler.included(), lab.chain.engine.settings)
    yield from (sl.pictures.gas_bars(wallet), wallet.revoke(session), session.history, session.allowances)
    unpaid = lab.wallet(balance=0).grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(2))
    yield unpaid.send_calls([sl.Call(to=lab.counter, function="increment()")])


def _of_permissions_and_wallets(lab: sl.Lab) -> Iterator[Any]:
    """Each permission type; a wallet of which an audit says everything; a first operation with its authorization."""
    functions = ["approve(address,uint256)"]
    key, wallet, spender = sl.new_key(7), lab.wallet(), lab.wallet()
    permissions = [
        sl.NativeTokenTransfer(allowance=1),
        sl.Erc20TokenTransfer(address=lab.token, allowance=2),
        sl.GasLimit(limit=3),
        sl.ContractAccess(address=lab.counter),
        sl.AccountFunctions(functions=["owner()"]),
        sl.FunctionsOnAllContracts(functions=functions),
        sl.FunctionsOnContract(address=lab.token, functions=functions),
        sl.Root(),
        sl.CallLimit(count=4),
    ]
    first, _ = (wallet.grant_permissions([sl.ContractAccess(address=lab.token)], key=key) for _ in range(2))
    spender.grant_permissions([sl.Root()], key=key)
    for approved in (lab.merchant, spender.address):
        first.send_calls([sl.Call(to=lab.token, function=functions[0], args=[approved, 5])])
    state = read_wallet(first, first.request, lab.merchant)
    yield from (permissions, rows(permissions), state, first.audit())
    yield install(rows(permissions), wallet=wallet.address, rules=lab.rules)
    yield (Collection((1, 2)), Approval(lab.token, lab.merchant, 5), Entrusted(lab.token, lab.merchant, 5, "LAB"))
    yield (Authorization(1, lab.counter, 0, 1, 2, 3), read_operation(bytes.fromhex("34fcd5be") + bytes(32)), Amounts(3))


def _of_own_contracts(rules: str) -> Iterator[Any]:
    """What a contract of one's own did, and what is said of a token that nobody told the lab of."""
    lab, other = sl.Lab(rules), "0x" + "55" * 20
    for address, account in token(other, TokenInfo("Other", "OTH", 3), {}).items():
        lab.chain.set_account(address, account)
    mine, wallet = lab.token("Mine", "MINE", 6), lab.wallet()
    mine.transact("transfer", wallet.address, 5)
    limits = [sl.Erc20TokenTransfer(address=at, allowance=3) for at in (mine.address, other)]
    session = wallet.grant_permissions(limits, key=sl.new_key(3))
    calls = [sl.Call(other, function="transfer(address,uint256)", args=[lab.merchant, 4])]
    yield from (mine.events(), mine.abi, session.allowances, session.explain(calls), lab.names, session.audit())
    yield ContractCode("Stone", "[]", "00")


def _of_the_modules(rules: str) -> Iterator[Any]:
    yield from (attacks.run("batch-split"), attacks.all_attacks(), attacks.INCIDENTS, attacks.Taken())
    yield attacks.Invalidation("strict", 1, 0, 0, 30_000, 0, 0, 0, "OP-011")
    yield from (attacks.case_study("stale-allowlist"), LevelAttempt("ok", None, "5 ETH"))
    yield from (course.exercise("03.2"), course.wrong_answers(), Note("Right", "So it is."))
    done = states(EMPTY | {"tries": {"03.2": 1}})
    yield from (Progress(done), CourseIndex(done), LearnerResults(done, "Ada"))
    yield from (
        course.cheat_sheet(),
        course.which_permission(),
        *(leaf for _, leaf in course.which_permission().leaves()),
    )
    yield Grade("Ada", "03.ipynb", "03.2", "right", "", "Right.")
    sweep = experiments.passes_within([sl.ether(1)], operations=3, seeds=range(2))
    yield sweep.run().means("seed", "allowance", "passed")
    yield from (sweep.run(), sweep.one(sweep.points[0]), experiments.places(), Planned((sl.Call("0x" + "11" * 20),)))
    compared = sl.compare([sl.CallLimit(count=2), sl.ContractAccess(address=A_CONTRACT)], [sl.Root()],
                          rules=sl.ruleset(rules, ["call-limit"]))  # fmt: skip
    yield from (compared, compared.only_b, compared.differences, compared.only_b and compared.only_b.replay())
    granted, sent = (
        [sl.ContractAccess(address=A_CONTRACT), sl.NativeTokenTransfer(allowance=5)],
        [sl.Call(A_CONTRACT, 1)],
    )
    yield from (sl.explain(granted, [sent]), read_sent([sent], "operations"), sl.decode_error("AA21"))
    yield sl.shared(sl.share(granted, sent, site="https://example.org/lab"))
    yield sl.never_allows([sl.ContractAccess(address=A_CONTRACT)], sl.Call(A_CONTRACT))
    yield from (sl.verify([sl.ContractAccess(address=A_CONTRACT)]), PolicyCase(PolicyCheck("case", rules, True, "one")))
    yield from (
        Case("one", (Repeated(operation_of(()), 2),), 0, "allowed"),
        PolicyChange("expirySec", "one second later", PolicyRequest(())),
    )
    changed = vyper.change("Counter", "+= amount", "+= amount + 1")
    yield from (changed, vyper.attack(changed, "batch-split"), vyper.Repair("", (), None))


def parts(thing: Any, seen: dict[int, Any] | None = None) -> Iterator[Any]:
    """A thing and everything that it is made of."""
    seen = {} if seen is None else seen
    if id(thing) in seen:
        return
    seen[id(thing)] = thing
    yield thing
    if isinstance(thing, Mapping):
        inner: list[Any] = [*thing.keys(), *thing.values()]
    elif isinstance(thing, sl.SessionlabError):
        inner = list(vars(thing).values())
    elif isinstance(thing, BaseModel):
        inner = [getattr(thing, name) for name in type(thing).model_fields]
    elif is_dataclass(thing) and not isinstance(thing, type):
        inner = [getattr(thing, field.name) for field in fields(thing)]
    elif isinstance(thing, list | tuple | set | frozenset | Iterator):
        inner = list(thing)
    else:
        return
    for part in inner:
        yield from parts(part, seen)
