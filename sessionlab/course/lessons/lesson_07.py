"""Lesson 07: functions-on-contract, four bytes decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.course.lesson import Exercise, Judgement, Lesson, Prediction, Question, Wrong
from sessionlab.course.probes import Probe, first_wrong

if TYPE_CHECKING:
    from sessionlab.call import Call
    from sessionlab.lab import Lab
    from sessionlab.permissions.types import Permission

#: Seed, and the most LUSD in smallest units that the bot may approve in sum.
CASES = ((71, 40_000_001), (72, 7_300_000))
APPROVE, PULL, WITHDRAW = "approve(address,uint256)", "pull(address,address,uint256)", "withdraw(uint256)"
BY_NAME, BY_ARGUMENT = "a function is known by its name", "naming a function limits its amounts"
WHOLE, ANYWHERE = "the whole contract must be open", "a function is in one contract only"
SPARE, ROOT = "what is not needed does no harm", "root is the short way"


def rounds(lab: Lab, wallet: str, most: int) -> list[tuple[str, Call]]:
    """What the bot does in a round, and must be able to."""
    import sessionlab as sl

    return [
        ("approve(…) of LUSD", sl.Call(lab.dollar, function=APPROVE, args=[lab.counter, most])),
        ("pull(…) of the pool", sl.Call(lab.counter, function=PULL, args=[lab.dollar, wallet, most])),
        ("withdraw(1) of the vault", sl.Call(lab.vault, function=WITHDRAW, args=[1])),
    ]


def probes(lab: Lab, wallet: str, most: int, granted: Sequence[Permission]) -> list[Probe]:
    """A round, which must pass; and what is beside it, which must not."""
    import sessionlab as sl

    limited = any(one.type == "erc20-token-transfer" for one in granted)
    approve = sl.Call(lab.dollar, function=APPROVE, args=[lab.counter, 1])
    other = sl.Call(lab.coin, function=APPROVE, args=[lab.counter, 1])
    elsewhere = sl.Call(lab.counter_2, function=PULL, args=[lab.dollar, wallet, 0])
    return [
        *(Probe(what, [call], True) for what, call in rounds(lab, wallet, most)),
        Probe("approve(…) of 1 unit on top of that", [approve], False, None if limited else BY_ARGUMENT),
        Probe("approve(…) of another token, LBTC,", [other], False, ANYWHERE),
        Probe("pull(…) of another contract", [elsewhere], False, ANYWHERE),
        Probe("increment() of the pool", [sl.Call(lab.counter, function="increment()")], False, WHOLE),
        Probe("deposit() of the vault", [sl.Call(lab.vault, function="deposit()")], False, WHOLE),
        Probe("A call of the vault without data", [sl.Call(lab.vault)], False),
    ]


def without_a_part(granted: Sequence[Permission]) -> Iterator[tuple[str, tuple[Permission, ...]]]:
    """The permissions without one of them, or without one of its functions; a gas-limit only narrows, and stays."""
    from sessionlab.permissions import FunctionsOnAllContracts, FunctionsOnContract, GasLimit
    from sessionlab.permissions.functions import function_name

    for place, one in enumerate(granted):
        before, after = tuple(granted[:place]), tuple(granted[place + 1 :])
        if isinstance(one, FunctionsOnContract | FunctionsOnAllContracts) and len(one.functions) > 1:
            for name in one.functions:
                fewer = one.model_copy(update={"functions": tuple(other for other in one.functions if other != name)})
                yield f"{function_name(name)} in {one.type}", (*before, fewer, *after)
        elif not isinstance(one, GasLimit):
            yield one.type, before + after


def spare(lab: Lab, wallet: str, most: int, granted: Sequence[Permission]) -> str | None:
    """A part that the bot does not need: a round passes without it. None: there is none."""
    from sessionlab.insight.pictures.asking import Asked

    calls = [call for _, call in rounds(lab, wallet, most)]
    for what, rest in without_a_part(granted):
        if rest and Asked(rest, lab.rules, wallet).answer(calls).ok:
            return what
    return None


def judge(answer: Callable[[Any, int], Any]) -> Judgement:
    """``answer``: a function from the lab and the most LUSD, in smallest units, to a list of permissions."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_permissions must be a function: it gets the lab and the most LUSD.")
    for seed, most in CASES:
        lab = sl.Lab(seed=seed)
        wallet = lab.wallet()
        wallet.send_calls([sl.Call(lab.vault, sl.ether(1), function="deposit()")])  # so that there is some to take
        try:
            granted = answer(lab, most)
        except sl.InvalidInput as error:
            by_name = "functions" in (error.field or "")
            return Judgement(False, f"The lab refuses your answer: {error}", BY_NAME if by_name else None)
        if granted is ...:
            return Judgement(False, "Put your answer in the place of the dots.")
        if not isinstance(granted, list | tuple):
            return Judgement(False, f"Return a list of permissions; yours is a {type(granted).__name__}.")
        session = wallet.grant_permissions(granted, key=sl.new_key(seed))
        if session.permissions == (sl.Root(),):
            return Judgement(False, "Root may do the round, and take all that the wallet has.", ROOT)
        if wrong := first_wrong(session, probes(lab, wallet.address, most, session.permissions)):
            return wrong
        if what := spare(lab, wallet.address, most, session.permissions):
            return Judgement(False, f"All probes end as they must. But the bot does not need this: {what}.", SPARE)
    says = "The bot can do its round, and no part can be left out. Beside it only transfer is open, in the same sum."
    return Judgement(True, says)


START = "def my_permissions(lab, most):\n"
TOKEN = "sl.Erc20TokenTransfer(address=lab.dollar, allowance=most)"
POOL = f'sl.FunctionsOnContract(address=lab.counter, functions=["{PULL}"])'
VAULT = f'sl.FunctionsOnContract(address=lab.vault, functions=["{WITHDRAW}"])'


def _answer(*permissions: str) -> str:
    return START + "    return [\n" + "".join(f"        {one},\n" for one in permissions) + "    ]"


LESSON = Lesson(
    number="07",
    name="functions_on_contract",
    title="functions-on-contract: four bytes decide",
    promise="take call data apart, see what a selector tells and what it does not, and grant a swap bot what it needs",
    minutes=25,
    before=("00", "03", "04", "06"),
    predictions=(
        Prediction(
            "07.1",
            "safeTransferFrom(address,address,uint256) is granted: twice that, and once its overload. How many pass?",
            {
                3: "The overload has the same name and other types: that is another selector, and it is refused.",
                1: "Who receives is an argument, and arguments are not looked at: the second passes as the first does.",
                0: "What is named is allowed: the first two have the selector that was granted.",
            },
        ),
    ),
    exercises=(
        Exercise(
            id="07.2",
            name="my_permissions",
            stub=START + '    """A list of permissions; most: smallest units of LUSD, in sum."""\n    return ...',
            solution=_answer(TOKEN, POOL, VAULT),
            hints=(
                "Three contracts, three permissions. Which one of them is about an amount?",
                "approve is counted by erc20-token-transfer, which lists the token with transfer and approve.",
                f'Two more: functions-on-contract with "{PULL}", and with "{WITHDRAW}".',
            ),
            judge=judge,
            near=(
                _answer(TOKEN, POOL),
                _answer("sl.Erc20TokenTransfer(address=lab.dollar, allowance=most + 1)", POOL, VAULT),
                _answer("sl.Erc20TokenTransfer(address=lab.dollar, allowance=most - 1)", POOL, VAULT),
                "my_permissions = 1",
                START + f"    return {TOKEN}",
            ),
            wrong=(
                Wrong(
                    _answer(TOKEN, 'sl.FunctionsOnContract(address=lab.counter, functions=["pull"])', VAULT), BY_NAME
                ),
                Wrong(
                    _answer(
                        f'sl.FunctionsOnContract(address=lab.dollar, functions=["{APPROVE}"])',
                        POOL,
                        VAULT,
                    ),
                    BY_ARGUMENT,
                ),
                Wrong(_answer(TOKEN, "sl.ContractAccess(address=lab.counter)", VAULT), WHOLE),
                Wrong(_answer(TOKEN, POOL, "sl.ContractAccess(address=lab.vault)"), WHOLE),
                Wrong(
                    _answer(TOKEN, f'sl.FunctionsOnAllContracts(functions=["{PULL}", "{WITHDRAW}"])'),
                    ANYWHERE,
                ),
                Wrong(
                    _answer(TOKEN, POOL, VAULT, f'sl.FunctionsOnContract(address=lab.dollar, functions=["{APPROVE}"])'),
                    SPARE,
                ),
                Wrong(START + "    return [sl.Root()]", ROOT),
                Wrong(_answer(TOKEN, POOL, VAULT.replace('"]', '", "balanceOf(address)"]')), SPARE),
            ),
        ),
    ),
    questions=(
        Question(
            "07.a",
            "What does functions-on-contract compare?",
            {
                "a": (
                    "the name of the function",
                    "No: two functions of one name, with other types, are two selectors.",
                ),
                "b": ("the target and the first four bytes of data", "Yes, and nothing that comes behind them."),
                "c": ("the target, the function and its arguments", "No: arguments are not looked at."),
            },
            "b",
        ),
        Question(
            "07.b",
            "functions-on-contract names transfer(address,uint256) of a token. How much can the key send away?",
            {
                "a": ("nothing: there is no allowance", "No: an allowance limits. Where there is none, nothing does."),
                "b": ("all that the wallet has", "Yes: the amount is an argument. erc20-token-transfer counts it."),
                "c": ("what is sent the first time", "No: nothing is counted here."),
            },
            "b",
        ),
        Question(
            "07.c",
            "A refusal says SelectorNotAllowed. What does that tell?",
            {
                "a": ("no permission names the target", "Then it says AddressNotAllowed."),
                "b": ("the target is named, this function is not", "Yes. It may be one word in a permission."),
                "c": ("the data has fewer than four bytes", "Then it says NoSelectorSpecified."),
            },
            "b",
        ),
    ),
    next="08: one function, on all contracts.",
)
