"""Lesson 11: how a session ends."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function
from sessionlab.course.judges.judge_11 import judge
from sessionlab.course.kinds import YesNo
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_11 import passes_at_the_end

RESCUE = "def my_rescue(lab, wallet, leaked, spender):\n"
KEY = "    wallet.revoke(leaked.key.address)\n"
APPROVAL = (
    '    end = sl.Call(to=lab.dollar, function="approve(address,uint256)", args=[spender, 0])\n'
    "    wallet.send_calls([end])"
)

LESSON = Lesson(
    number="11",
    name="expiry_and_revocation",
    title="How a session ends",
    promise="let a session expire, revoke one, see what was signed before, and stop a leaked key for good",
    minutes=16,
    before=("00", "03"),
    predictions=(
        Prediction(
            "11.1",
            "A session ends at second E. Does an operation in the block of second E pass?",
            {False: "Both ends of the window are included: E passes, E + 1 does not."},
            YesNo(),
            passes_at_the_end,
        ),
    ),
    exercises=(
        Exercise(
            id="11.2",
            name="my_rescue",
            stub=stub(
                RESCUE,
                "Do what the owner does when the key of a session has leaked.",
                "lab, a fresh lab; wallet, the owner's; leaked, a session; spender, an address",
                last="",
            ),
            solution=RESCUE + '    """End every session of the key, and its approval."""\n' + KEY + APPROVAL,
            hints=(
                "How many sessions may one key have on a wallet? wallet.sessions() lists those not yet used, too.",
                "An approval is between the token and the spender. Who can take it back, and with which function?",
                "wallet.revoke(…) takes a key's address as well. approve(address,uint256) with 0 ends an approval.",
            ),
            judge=judge,
            near=(
                RESCUE + "    lab.fund(wallet.address, 1)",
                RESCUE + "    wallet.nothing()",
                "my_rescue = 1",
            ),
            wrong=(
                Wrong(RESCUE + "    del leaked", "deleting it in the app revokes it"),
                Wrong(RESCUE + "    lab.travel(90_000)", "waiting is enough"),
                Wrong(RESCUE + "    wallet.revoke(leaked)", "a key has one session"),
                Wrong(RESCUE + KEY, "revoking takes back what was approved"),
                Wrong(
                    RESCUE + "    for session in wallet.sessions():\n        wallet.revoke(session)",
                    "all keys must go",
                ),
            ),
            kind=Function("lab, wallet, leaked, spender"),
        ),
    ),
    questions=(
        Question(
            "11.a",
            "A phone with a session key is lost. What ends the session?",
            {
                "a": ("deleting the app", "No: anyone who has the key can use another app."),
                "b": (
                    "the owner's revocation on the chain",
                    "Yes: from then on the wallet's contract refuses the key.",
                ),
                "c": ("a new session", "No: both are valid. A new grant does not end an old one."),
            },
            "b",
        ),
        Question(
            "11.b",
            "An operation was signed before the revocation, and a bundler sends it afterwards. What happens?",
            {
                "a": (
                    "it passes: it was signed in time",
                    "No: a signature carries no time. The wallet checks when the operation is included.",
                ),
                "b": ("it is refused", "Yes: what counts is when it is included, not when it was signed."),
                "c": ("it depends on the bundler", "A bundler decides whether and when, never whether it is allowed."),
            },
            "b",
        ),
        Question(
            "11.c",
            "An entity id is reused with fewer permissions. In production, what may be left of the first session?",
            {
                "a": ("nothing", "Not in production: if the owner did not name its lists, they stay."),
                "b": (
                    "its lists of contracts",
                    "Yes. Under the documented rules a revocation clears everything; in production, not always.",
                ),
                "c": ("its key", "No: the key ends with the session, under both rulesets."),
            },
            "b",
        ),
    ),
    next="12: several permissions together.",
)
