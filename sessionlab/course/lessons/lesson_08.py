"""Lesson 08: functions-on-all-contracts, one selector everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sessionlab.course.lesson import Exercise, Judgement, Lesson, Prediction, Question, Wrong

if TYPE_CHECKING:
    from sessionlab.attacks.thief import Taken
    from sessionlab.lab import Lab

APPROVE, TRANSFER, CHECK_IN = "approve(address,uint256)", "transfer(address,uint256)", "increment()"
PULL_FROM = "transferFrom(address,address,uint256)"
TOKENS = ("token", "dollar", "coin")
#: Rules and the budget of the second exercise, in units of a token with 6 decimals.
BUDGETS = (("documented", 30_000_000), ("deployed", 47_250_001))
ANYWHERE, OTHERS, AMOUNTS = (
    "one selector is harmless",
    "a limit on one token limits all",
    "a named function limits amounts",
)


def judge_drain(answer: Callable[..., Any]) -> Judgement:
    """``answer``: what a thief does with a lab, a session that may only approve, and a wallet of the thief's own."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_drain must be a function of lab, session and thief.")
    lab = sl.Lab(seed=108)
    victim, thief = lab.wallet(), lab.wallet()
    for name, more in zip(TOKENS, (7, 11, 13), strict=True):
        lab.give(name, victim.address, more)
    session = victim.grant_permissions([sl.FunctionsOnAllContracts(functions=[APPROVE])], key=sl.new_key(8))
    held, had = ([lab.token_balance(name, one.address) for name in TOKENS] for one in (victim, thief))
    answer(lab, session, thief)
    gained = [lab.token_balance(name, thief.address) - was for name, was in zip(TOKENS, had, strict=True)]
    if gained == held:
        return Judgement(True, "All of three tokens is the thief's, by a function that moves nothing.")
    allowed = [lab.read("Token", lab.addresses[name], "allowance", victim.address, thief.address) for name in TOKENS]
    if sum(gained) == 0 and any(allowed):
        says = "The thief may take the units now, and has taken none: approve moves nothing. Who moves them?"
        return Judgement(False, says, "an approval moves the tokens")
    whole = [name for name, took, was in zip(TOKENS, gained, held, strict=True) if took == was]
    if len(whole) == 1 and sum(took > 0 for took in gained) == 1:
        says = f"All of lab.{whole[0]} is taken. Where else does the wallet hold something that knows {APPROVE}?"
        return Judgement(False, says, "a function belongs to one contract")
    refused = [entry.denial for entry in session.history if entry.denial is not None]
    if sum(gained) == 0 and any(denial.code == "AddressNotAllowed" for denial in refused):
        says = "The wallet refused: this key may approve, and nothing else. What does an approval allow, and whom?"
        return Judgement(False, says, "a session key acts as the owner")
    return Judgement(False, f"The thief has all of {len(whole)} of the {len(TOKENS)} tokens.")


def judge_narrow(answer: Callable[..., Any]) -> Judgement:
    """``answer``: a function from a lab and a budget, in units of ``lab.dollar``, to a list of permissions."""
    if not callable(answer):
        return Judgement(False, "my_narrow must be a function: it gets lab and budget, and returns permissions.")
    for rules, budget in BUDGETS:
        if (fault := _narrow_enough(answer, rules, budget)) is not None:
            return fault
    says = "Under both rulesets the bot does its work, and a thief takes the budget at most, and nothing beside it."
    return Judgement(True, says)


def _narrow_enough(answer: Callable[..., Any], rules: str, budget: int) -> Judgement | None:
    """What is wrong with the permissions for one budget, under one ruleset."""
    import sessionlab as sl
    from sessionlab.attacks.search import grab
    from sessionlab.attacks.thief import Thief

    lab = sl.Lab(rules=rules, seed=208)
    wallet = lab.wallet()
    granted: Any = answer(lab, budget)
    if granted is ... or granted is None:
        return Judgement(False, "Put your permissions in the place of the dots.")
    if not isinstance(granted, list | tuple):
        return Judgement(False, f"Return a list of permissions; yours is a {type(granted).__name__}.")
    session = wallet.grant_permissions(granted, key=sl.new_key(8))
    moment = lab.snapshot()
    for call in _work(lab, budget):
        outcome = session.send_calls([call])
        if outcome.denial is not None:
            return Judgement(False, f"Under the {rules} rules the bot cannot work: {outcome.denial.sentence}")
    lab.revert(moment)  # a thief who comes before the work finds the most
    return _too_much(lab, grab(Thief(lab, wallet, session)), rules, budget, session)


def _work(lab: Lab, budget: int) -> list[Any]:
    """What the bot does: two check-ins, and three payments that use the budget up."""
    import sessionlab as sl

    parts = (budget // 2, budget // 3, budget - budget // 2 - budget // 3)
    games = [sl.Call(to=game, function=CHECK_IN) for game in (lab.counter, lab.counter_2)]
    return games + [sl.Call(to=lab.dollar, function=TRANSFER, args=[lab.merchant, part]) for part in parts]


def _too_much(lab: Lab, taken: Taken, rules: str, budget: int, session: Any) -> Judgement | None:
    """What a thief has taken over the budget, and which misconception let it."""
    from sessionlab.amounts import format_ether
    from sessionlab.permissions.types import Erc20TokenTransfer, FunctionsOnAllContracts

    when = f"Under the {rules} rules a thief takes"
    wide = any(isinstance(one, FunctionsOnAllContracts) for one in session.permissions)
    limited = any(isinstance(one, Erc20TokenTransfer) for one in session.permissions)
    others = [name for name in ("token", "coin") if taken.tokens[lab.addresses[name]]]
    if others:
        says = f"{when} all of lab.{' and lab.'.join(others)}, which the bot never needs."
        return Judgement(False, says, (OTHERS if limited else ANYWHERE) if wide else None)
    if taken.eth:
        return Judgement(
            False, f"{when} {format_ether(taken.eth)}, sent along with a call.", ANYWHERE if wide else None
        )
    if (dollars := taken.tokens[lab.dollar]) > budget:
        says = f"{when} {dollars:,} units of lab.dollar, and the budget is {budget:,}."
        return Judgement(False, says, None if limited else ANYWHERE if wide else AMOUNTS)
    return None


DRAIN = "def my_drain(lab, session, thief):\n"
EACH = DRAIN + "    for token in (lab.token, lab.dollar, lab.coin):\n"
ALLOW = (
    "        held = lab.token_balance(token, session.wallet)\n"
    f'        allow = sl.Call(to=token, function="{APPROVE}", args=[thief.address, held])\n'
    "        session.send_calls([allow])\n"
)
PULL = (
    "        args = [session.wallet, thief.address, held]\n"
    f'        thief.send_calls([sl.Call(to=token, function="{PULL_FROM}", args=args)])'
)
STUB = 'def my_narrow(lab, budget):\n    """The bot\'s permissions; budget in units of lab.dollar."""\n    return ...'
NARROW = "def my_narrow(lab, budget):\n    return [\n"
LIMITED = "        sl.Erc20TokenTransfer(address=lab.dollar, allowance=budget),\n"
GAMES = "".join(
    f'        sl.FunctionsOnContract(address=lab.{game}, functions=["{CHECK_IN}"]),\n'
    for game in ("counter", "counter_2")
)

ACCESS = "        sl.ContractAccess(address=lab.counter),\n        sl.ContractAccess(address=lab.counter_2),\n"


def everywhere(*functions: str) -> str:
    """The line that allows functions on all contracts."""
    named = ", ".join(f'"{function}"' for function in functions)
    return f"        sl.FunctionsOnAllContracts(functions=[{named}]),\n"


LESSON = Lesson(
    number="08",
    name="functions_on_all_contracts",
    title="functions-on-all-contracts: one selector, everywhere",
    promise="see what one function is worth to a thief, meet a hostile contract, find a drain, and narrow it",
    minutes=25,
    before=("00", "04", "07"),
    predictions=(
        Prediction(
            "08.1",
            "The key may use one function, transfer. The wallet holds three tokens: of how many can a thief take all?",
            {
                1: "One function is not one contract. Each token has a transfer, and the same four bytes call it.",
                0: "What the app means to do with the key binds nobody: the thief has another app.",
                2: "Nothing tells the tokens apart: the permission names none of them.",
            },
        ),
    ),
    exercises=(
        Exercise(
            id="08.2",
            name="my_drain",
            stub=DRAIN + '    """Bring all of session.wallet\'s tokens to thief.address."""',
            solution=EACH + ALLOW + PULL,
            hints=(
                "approve moves nothing. It allows somebody else to move something, later.",
                "The session allows the thief; then the thief's own wallet calls the token. No session is asked.",
                "For each token the session sends approve(thief, all), thief sends transferFrom(wallet, thief, all).",
            ),
            judge=judge_drain,
            near=(
                EACH + ALLOW.replace("session.wallet)", "session.wallet) // 2") + PULL,
                EACH + ALLOW.replace("lab.token_balance(token, session.wallet)", "10**21") + PULL,
                "my_drain = 3",
                DRAIN + "    return [lab.token, lab.dollar, lab.coin]",
            ),
            wrong=(
                Wrong(EACH + ALLOW, "an approval moves the tokens"),
                Wrong(DRAIN + "    for token in (lab.token,):\n" + ALLOW + PULL, "a function belongs to one contract"),
                Wrong(EACH + ALLOW.replace(APPROVE, TRANSFER), "a session key acts as the owner"),
            ),
        ),
        Exercise(
            id="08.3",
            name="my_narrow",
            stub=STUB,
            solution=NARROW + LIMITED + GAMES + "    ]",
            hints=(
                "Which contracts does the bot call? There are three, and all have names.",
                "Give money a limit: erc20-token-transfer. Give functions their contract: functions-on-contract.",
                "One erc20-token-transfer for lab.dollar, and increment() on lab.counter and on lab.counter_2.",
            ),
            judge=judge_narrow,
            near=(
                NARROW + LIMITED.replace("=budget", "=budget - 1") + GAMES + "    ]",
                NARROW + LIMITED.replace("=budget", "=2 * budget") + GAMES + "    ]",
                NARROW + LIMITED + GAMES.partition("\n")[0] + "\n    ]",
                NARROW + LIMITED + ACCESS + "    ]",
                "my_narrow = 3",
                "def my_narrow(lab, budget):\n    return budget",
            ),
            wrong=(
                Wrong(NARROW + LIMITED + everywhere(CHECK_IN) + "    ]", ANYWHERE),
                Wrong(NARROW + everywhere(TRANSFER, CHECK_IN) + "    ]", ANYWHERE),
                Wrong(NARROW + everywhere(TRANSFER, CHECK_IN) + LIMITED + "    ]", OTHERS),
                Wrong(
                    NARROW
                    + f'        sl.FunctionsOnContract(address=lab.dollar, functions=["{TRANSFER}"]),\n'
                    + GAMES
                    + "    ]",
                    AMOUNTS,
                ),
            ),
        ),
    ),
    questions=(
        Question(
            "08.a",
            "functions-on-all-contracts with transfer, and erc20-token-transfer of 25 LUSD. What can a thief take?",
            {
                "a": ("25 LUSD, and nothing else", "No: a limit is for its own token. The others have none."),
                "b": ("25 LUSD, and all of every other token", "Yes: only the token with a limit stays limited."),
                "c": ("all of every token, LUSD too", "No: a limited token stays limited, whatever stands beside it."),
            },
            "b",
        ),
        Question(
            "08.b",
            "A new token arrives tomorrow. May a key with transfer on all contracts move it?",
            {
                "a": ("yes", "Yes: the permission names no contract, so no contract is too new for it."),
                "b": ("no: it was not there at the grant", "No list was made at the grant. Four bytes are compared."),
                "c": ("only after the owner approves it", "The wallet itself calls its token: it needs no approval."),
            },
            "a",
        ),
        Question(
            "08.c",
            "As deployed, why is even claim() on all contracts a drain?",
            {
                "a": ("the called contract can use the wallet's tokens", "No: to a token it is a stranger who asks."),
                "b": (
                    "claim() is a transfer in disguise",
                    "It need not be: the thief's address may have no code at all.",
                ),
                "c": (
                    "a call can carry ETH to any address",
                    "Yes: without native-token-transfer, production limits no value.",
                ),
            },
            "c",
        ),
    ),
    next="09: functions of the wallet itself.",
)
