"""Every picture, made from runs as a lesson would: for the tests of its words, and to be drawn and looked at."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sessionlab as sl
from sessionlab.study.pictures import Picture

pictures = sl.pictures

OWNER_FUNCTION = "updateFallbackSignerData(address,bool)"


def a_session(lab: sl.Lab) -> sl.Session:
    """Three allowances; payments that pass, one that is refused, one that fails on the chain."""
    session = lab.wallet().grant_permissions(
        [
            sl.NativeTokenTransfer(allowance=sl.ether(1)),
            sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(25, 6)),
            sl.FunctionsOnContract(address=lab.counter, functions=["increment()", "deposit()"]),
            sl.GasLimit(limit=4_000_000),
        ],
        expiry_sec=lab.now + 3600,
        key=sl.new_key(1),
    )
    for amount in ("0.3", "0.3", "0.3", "0.3"):
        session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(amount))])
    pay = sl.Call(to=lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, sl.units(10, 6)])
    session.send_calls([pay])
    session.send_calls([pay, pay], preflight=False)
    session.send_calls([sl.Call(to=lab.vault, function="deposit()")])
    return session


def burn_down(lab: sl.Lab) -> Picture:
    return a_session(lab).plot()


def burn_down_of_one(lab: sl.Lab) -> Picture:
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
    for tenths in (1, 2, 1, 3, 5, 2, 9, 1):
        session.send_calls([sl.Call(to=lab.merchant, value=tenths * sl.ether("0.1"))])
    return session.plot()


def session_card(lab: sl.Lab) -> Picture:
    return pictures.session_card(a_session(lab))


def operations(lab: sl.Lab) -> Picture:
    return pictures.operations(a_session(lab))


def call_tree(lab: sl.Lab) -> Picture:
    session = lab.wallet().grant_permissions(
        [sl.ContractAccess(address=lab.counter), sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1)
    )
    calls = [sl.Call(to=lab.counter, function="increment()"), sl.Call(to=lab.merchant, value=sl.ether("0.25"))]
    return pictures.call_tree(session.send_calls(calls), lab)


def call_tree_of_a_failure(lab: sl.Lab) -> Picture:
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    failed = session.send_calls([sl.Call(to=lab.counter, function="fail()")], preflight=False)
    return pictures.call_tree(failed, lab)


def validation_trace(lab: sl.Lab) -> Picture:
    session = lab.wallet(deployed=False).grant_permissions([sl.Root()], key=sl.new_key(1))
    calls = [sl.Call(to=lab.merchant, value=sl.ether("0.25"))]
    return pictures.validation_trace(session.send_calls(calls, policy_id=lab.policy_id), lab)


def validation_trace_of_violations(lab: sl.Lab) -> Picture:
    paymaster = lab.deploy(sl.attacks.CLOCKED_PAYMASTER, lab.now + 60, value=sl.ether(1), name="clocked")
    operation = sl.attacks.sponsored_by(paymaster, lab.wallet(), [sl.Call(to=lab.merchant, value=5)], lab)
    return pictures.validation_trace(operation, lab)


def sequence_of_a_session(lab: sl.Lab) -> Picture:
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    return pictures.sequence(session.send_calls([sl.Call(to=lab.counter, function="increment()")]), lab)


def sequence_of_a_sponsored_batch(lab: sl.Lab) -> Picture:
    session = a_session(lab)
    calls = [sl.Call(to=lab.counter, function="increment()"), sl.Call(to=lab.counter, function="deposit()")]
    return pictures.sequence(session.send_calls(calls, policy_id=lab.policy_id), lab)


def sequence_of_a_failure(lab: sl.Lab) -> Picture:
    session = a_session(lab)
    outcome = session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(5))], preflight=False)
    return pictures.sequence(outcome, lab)


def sequence_of_a_refusal(lab: sl.Lab) -> Picture:
    session = a_session(lab)
    return pictures.sequence(session.send_calls([sl.Call(to=lab.vault, function="deposit()")]), lab, by=session)


def sequence_of_a_plain_transaction(lab: sl.Lab) -> Picture:
    lab.fund(lab.merchant, sl.ether(1))
    return pictures.sequence(lab.chain.block().transactions[0].hash, lab)


def reach_map(lab: sl.Lab) -> Picture:
    return a_session(lab).plot("reach")


def truth_table(lab: sl.Lab) -> Picture:
    return pictures.truth_table(lab)


def gas_bars(lab: sl.Lab) -> Picture:
    return pictures.gas_bars(a_session(lab))


def wei_bars(lab: sl.Lab) -> Picture:
    return pictures.gas_bars(a_session(lab), "wei")


def key_lives(lab: sl.Lab) -> Picture:
    wallet = lab.wallet()
    granted = lab.now
    counter = [sl.ContractAccess(address=lab.counter)]
    leaked = wallet.grant_permissions(counter, expiry_sec=lab.now + 3600, key=sl.new_key(1))
    increment = [sl.Call(to=lab.counter, function="increment()")]
    lab.travel(30)
    leaked.send_calls(increment)
    leaked.send_calls([sl.Call(to=lab.counter, function="fail()")], preflight=False)
    signed = lab.now
    lab.travel(5)
    wallet.revoke(leaked)
    leaked.send_calls(increment)
    other = wallet.grant_permissions(counter, expiry_sec=lab.now + 60, key=sl.new_key(2))
    other.send_calls(increment)
    lab.travel(90)
    other.send_calls(increment)
    marks = {"leaked key": [("granted", granted), ("signed, not sent", signed)]}
    return pictures.key_lives({"leaked key": leaked, "new key": other}, marks)


def blast_radius(lab: sl.Lab) -> Picture:
    granted = [
        sl.NativeTokenTransfer(allowance=sl.ether(3)),
        sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(25, 6)),
        sl.ContractAccess(address=lab.token),
        sl.GasLimit(limit=5_000_000),
    ]
    return pictures.blast_radius(lab.wallet().grant_permissions(granted, key=sl.new_key(1)))


def escalation(lab: sl.Lab) -> Picture:
    granted = [sl.ContractAccess(address=lab.counter), sl.AccountFunctions(functions=[OWNER_FUNCTION])]
    return pictures.escalation(lab.wallet().grant_permissions(granted, key=sl.new_key(1)))


def escalation_by_approval(lab: sl.Lab) -> Picture:
    anywhere = sl.FunctionsOnAllContracts(functions=["approve(address,uint256)"])
    return pictures.escalation(lab.wallet().grant_permissions([anywhere], key=sl.new_key(1)))


def loss_over_time(lab: sl.Lab) -> Picture:
    runs = {}
    for name, granted in (("1 ETH", [sl.NativeTokenTransfer(allowance=sl.ether(1))]), ("root", [sl.Root()])):
        wallet = lab.wallet()
        start = lab.now
        session = wallet.grant_permissions(granted, key=sl.new_key(1))
        runs[name] = [(0, 0)]
        for amount in (1, 3):
            lab.chain.travel_to(start + len(runs[name]) * 3_600)
            session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(amount))], policy_id=lab.policy_id)
            runs[name].append((len(runs[name]) * 3_600, sl.ether(10) - wallet.balance))
    return pictures.loss_over_time(runs, {"noticed": 5_400})


def side_by_side(lab: sl.Lab) -> Picture:
    send = [sl.Call(to=lab.counter, value=1)]
    wild = sl.FunctionsOnAllContracts(functions=["increment()"])
    named = sl.FunctionsOnContract(address=lab.counter, functions=["add(uint256)"])
    increment = [sl.Call(to=lab.counter, function="increment()")]
    return pictures.side_by_side(
        {
            "1 wei with contract-access alone": ([sl.ContractAccess(address=lab.counter)], send),
            "1 wei with native-token-transfer alone": ([sl.NativeTokenTransfer(allowance=1)], send),
            "300,000 gas with a limit of 400,000": (
                [sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=400_000)],
                increment,
            ),
            "increment() anywhere, counter named": ([wild, named], increment),
            "increment() with contract-access": ([sl.ContractAccess(address=lab.counter)], increment),
        }
    )


def blocks(lab: sl.Lab) -> Picture:
    start = lab.chain.height + 1
    session = a_session(lab)
    lab.travel(600)
    lab.chain.mine(2)
    lab.fund(lab.merchant, sl.ether(1))
    session.send_calls([sl.Call(to=lab.counter, function="increment()")])
    return pictures.blocks(lab, start)


def calldata(lab: sl.Lab) -> Picture:
    call = sl.Call(to=lab.token, function="transfer(address,uint256)", args=[lab.merchant, sl.ether(1)])
    return pictures.calldata(call, names=lab.names)


def calldata_dirty_and_short(lab: sl.Lab) -> Picture:
    return pictures.calldata("0xa9059cbb" + "00" * 10 + "beef" + "11" * 20 + "05", names=lab.names)


def matrix(lab: sl.Lab) -> Picture:
    attacks = ["drain by transfer", "replay an operation", "call the wallet itself", "spend by approve"]
    rules = [f"rule {number} removed" for number in (3, 6, 7, 9)]
    cells = {(attack, rule): False for attack in attacks for rule in rules}
    cells |= {(attacks[place], rules[hole]): True for place, hole in ((0, 1), (1, 2), (2, 0), (3, 3), (0, 3))}
    title = "Which attacks pass with which rule removed"
    return pictures.matrix(title, attacks, rules, cells, words=("passes", "stopped"))


GALLERY: tuple[Callable[[sl.Lab], Picture], ...] = (
    burn_down,
    burn_down_of_one,
    session_card,
    operations,
    sequence_of_a_session,
    sequence_of_a_sponsored_batch,
    sequence_of_a_failure,
    sequence_of_a_refusal,
    sequence_of_a_plain_transaction,
    call_tree,
    call_tree_of_a_failure,
    validation_trace,
    validation_trace_of_violations,
    reach_map,
    truth_table,
    gas_bars,
    wei_bars,
    key_lives,
    blast_radius,
    escalation,
    escalation_by_approval,
    loss_over_time,
    side_by_side,
    blocks,
    calldata,
    calldata_dirty_and_short,
    matrix,
)


@cache
def made(make: Callable[[sl.Lab], Picture]) -> Picture:
    """A picture of the gallery, made once."""
    return make(sl.Lab())


@cache
def drawn() -> dict[str, str]:
    """Every picture as HTML, by its name."""
    return {make.__name__: made(make)._repr_html_() for make in GALLERY}
