"""Mutants of the checks on what a session may call."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_reach = partial(Mutant, module="reach")

MUTANTS = (
    _reach(
        "own-functions-outlive",
        "the granted functions of the wallet itself outlive their session",
        "session.generation << 32 | ",
        attack="stale-account-function",
    ),
    _reach(
        "wildcards-reach-everywhere",
        "deployed: functions on all contracts reach listed targets",
        "if rules._documented(rules.WILDCARD_REACHES_LISTED_TARGETS):",
        "if True:",
        attack="wildcard-over-a-list",
        rules="deployed",
    ),
    _reach(
        "value-is-free",
        "sending value needs no permission",
        "if call.amount != 0 and rules._documented(rules.VALUE_NEEDS_PERMISSION):",
        NEVER,
        attack="value-without-permission",
    ),
    _reach(
        "unlisted-target",
        "deployed: a target that no permission names is let through",
        "if not self.functions[scope][self._key(empty(address), call.selector)]:",
        NEVER,
        attack="plain-send-by-access",
        rules="deployed",
    ),
    _reach(
        "function-list-ignored",
        "deployed: the list of a target's functions is not looked at",
        "elif marks & SELECTOR_LIST != 0:",
        "elif False:",
        attack="wildcard-over-a-list",
        rules="deployed",
    ),
    _reach(
        "short-data-has-a-selector",
        "deployed: fewer than four bytes are padded to a selector",
        "if call.length < 4:\n            self._refuse_no_selector",
        "if False:\n            self._refuse_no_selector",
        attack="zero-selector-on-one-contract",
        rules="deployed",
    ),
    _reach(
        "any-listed-function",
        "deployed: a function outside the target's list is let through",
        "if not self.functions[scope][self._key(call.target, call.selector)]:",
        NEVER,
        attack="wildcard-over-a-list",
        rules="deployed",
    ),
    _reach(
        "native-limit-reaches-all",
        "a native limit reaches calls with data",
        "call.length == 0 and ",
        attack="free-calldata",
    ),
    _reach(
        "plain-sends-to-all",
        "calls without data reach every target",
        " and session.header & sessions.NATIVE_LIMIT != 0",
        attack="partial-removal",
    ),
    _reach(
        "short-data-is-a-selector",
        "fewer than four bytes are padded to a selector",
        "if call.length >= 4 or not rules._documented(rules.SELECTOR_HAS_FOUR_BYTES):",
        "if True:",
        attack="zero-selector-on-one-contract",
    ),
    _reach(
        "unlisted-function",
        "a function outside the target's list is let through",
        "self._refuse_no_selector(place, call)\n    self._refuse_selector(place, call)",
        "self._refuse_no_selector(place, call)",
        attack="unlisted-function",
    ),
    _reach(
        "own-function-listed-twice",
        "a function that is granted twice is not noticed",
        "    if self.functions[scope][key]:\n        return False\n",
        equivalent="the second grant writes what the first wrote; production refuses it.",
    ),
    _reach(
        "unlisted-target-by-another-name",
        "a target that no permission names is refused as a function",
        "if marks & LISTED == 0:\n        self._refuse",
        "if False:\n        self._refuse",
        equivalent="the last line refuses all that is left; only the name of the error is another.",
    ),
    _reach(
        "short-data-by-another-name",
        "call data without a selector is refused as a function",
        "if call.length < 4:\n        self._refuse_no_selector",
        "if False:\n        self._refuse_no_selector",
        equivalent="the last line refuses all that is left; only the name of the error is another.",
    ),
    _reach(
        "access-leaves-the-list",
        "deployed: access to a whole contract does not replace its list of functions",
        "(self.targets[scope][target] & ~SELECTOR_LIST)",
        "self.targets[scope][target]",
        rules="deployed",
    ),
    _reach("target-not-listed", "deployed: a granted target is not marked as listed", "LISTED | ", rules="deployed"),
    _reach(
        "wildcards-reach-no-listed-target",
        "documented: functions on all contracts do not reach listed targets",
        "if rules._documented(rules.WILDCARD_REACHES_LISTED_TARGETS):",
        NEVER,
    ),
    _reach(
        "every-call-needs-value-permission",
        "calls that send nothing need the permission to send value",
        "call.amount != 0 and ",
    ),
    _reach(
        "value-needs-a-permission",
        "deployed: sending value needs a permission",
        " and rules._documented(rules.VALUE_NEEDS_PERMISSION)",
        rules="deployed",
    ),
    _reach(
        "value-never-allowed",
        "a native limit does not permit sending value",
        "if session.header & sessions.NATIVE_LIMIT == 0:",
        "if True:",
    ),
    _reach(
        "listed-target-needs-a-wildcard",
        "deployed: a listed target needs its function on all contracts too",
        "if marks & LISTED == 0:\n        if not self",
        "if True:\n        if not self",
        rules="deployed",
    ),
    _reach("access-grants-nothing", "access to a whole contract grants nothing", "if marks & OPEN != 0:", NEVER),
    _reach(
        "no-plain-transfers",
        "a native limit reaches no plain transfers",
        "if call.length == 0 and session.header & sessions.NATIVE_LIMIT != 0:",
        NEVER,
    ),
    _reach(
        "plain-transfers-as-deployed",
        "documented: a native limit reaches no plain transfers, as in production",
        "if rules._documented(rules.NATIVE_REACHES_PLAIN_TRANSFERS):",
        "if rules._documented(0):",
    ),
    _reach(
        "functions-grant-nothing",
        "no list of functions grants anything",
        "if call.length >= 4 or not rules._documented(rules.SELECTOR_HAS_FOUR_BYTES):",
        NEVER,
    ),
    _reach(
        "listed-functions-grant-nothing",
        "functions on one contract grant nothing",
        "if self.functions[session.scope][self._key(call.target, call.selector)]:",
        NEVER,
    ),
    _reach(
        "wildcards-grant-nothing",
        "functions on all contracts grant nothing",
        "if self.functions[session.scope][self._key(empty(address), call.selector)]:",
        NEVER,
    ),
    _reach(
        "own-functions-not-in-a-batch",
        "a batch may not call the granted functions of the wallet itself",
        "if call.target == self and self._is_account_function(session, call.selector):",
        NEVER,
    ),
)
