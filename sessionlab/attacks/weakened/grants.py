"""What a grant may say, and what a session may reach."""

from sessionlab.attacks.weakness import weaken

weaken(
    "root-beside-others",
    "root may stand beside other permissions",
    "installing",
    "        if row.kind == ROOT and count != 1:\n",
    "        if False:\n",
    by="root-beside-others",
)
weaken(
    "privileged-functions-granted",
    "functions that change who may do what can be granted",
    "installing",
    "        if row.selector in PRIVILEGED:\n",
    "        if False:\n",
    by="privileged-selector",
)
weaken(
    "target-unchecked",
    "a grant may name any target",
    "installing",
    "    self._check_target(place, row.target)\n    if row.kind == CONTRACT:\n",
    "    if row.kind == CONTRACT:\n",
    by="zero-target-is-any",
)
weaken(
    "zero-target",
    "a grant may name the zero address, which stands for every target",
    "installing",
    "    if target == empty(address):\n",
    "    if False:\n",
    by="zero-target-is-any",
)
weaken(
    "unknown-kind-ignored",
    "a permission of a kind that the wallet does not know is passed over",
    "installing",
    (
        "    raw_revert(abi_encode(place, row.kind, "
        'method_id=method_id("UnsupportedPermissionTypeError(uint256,uint256)")))\n'
    ),
    "    return 0\n",
    by="limit-of-an-unknown-kind",
)
weaken(
    "extension-without-the-rule",
    "a limit that production does not have can be installed in every wallet",
    "installing",
    "    if row.kind < KINDS and rules._say(1 << (rules.FIRST_EXTENSION + row.kind)):\n",
    "    if row.kind < KINDS:\n",
    by="limit-of-an-unknown-kind",
)
weaken(
    "gas-limit-not-marked",
    "a gas limit is kept and never looked at",
    "installing",
    "        return sessions.GAS_LIMIT\n",
    "        return 0\n",
    by="own-bundler-under-a-limit",
)
weaken(
    "call-limit-not-marked",
    "a limit that production does not have is kept and never looked at",
    "installing",
    "            return sessions._mark(row.kind)\n",
    "            return 0\n",
    by="over-the-call-limit",
)
weaken(
    "native-limit-not-marked",
    "deployed: a native limit is kept and never looked at",
    "installing",
    "        return sessions.NATIVE_LIMIT\n",
    "        return 0\n",
    by="over-the-limit",
    rules="deployed",
)
weaken(
    "token-limit-not-marked",
    "a token limit is kept and never looked at",
    "installing",
    "sessions.CALLS | sessions.TOKEN_LIMIT\n",
    "sessions.CALLS\n",
    by="alias-functions",
)
weaken(
    "limited-token-not-marked",
    "a token is not marked as limited",
    "installing",
    "reach.SELECTOR_LIST | reach.LIMITED_TOKEN",
    "reach.SELECTOR_LIST",
    by="alias-functions",
)
weaken(
    "own-functions-outlive",
    "the granted functions of the wallet itself outlive their session",
    "reach",
    "session.life << 32 | ",
    "",
    by="stale-account-function",
)
weaken(
    "wildcards-reach-everywhere",
    "deployed: functions on all contracts reach listed targets",
    "reach",
    "    if rules._say(rules.WILDCARD_REACHES_LISTED_TARGETS):\n",
    "    if True:\n",
    by="wildcard-over-a-list",
    rules="deployed",
)
weaken(
    "value-is-free",
    "sending value needs no permission",
    "reach",
    "    if call.amount != 0 and rules._say(rules.VALUE_NEEDS_PERMISSION):\n",
    "    if False:\n",
    by="value-without-permission",
)
weaken(
    "unlisted-target",
    "deployed: a target that no permission names is let through",
    "reach",
    "        if not self.functions[scope][self._key(empty(address), call.selector)]:\n",
    "        if False:\n",
    by="plain-send-by-access",
    rules="deployed",
)
weaken(
    "function-list-ignored",
    "deployed: the list of a target's functions is not looked at",
    "reach",
    "    elif marks & SELECTOR_LIST != 0:\n",
    "    elif False:\n",
    by="wildcard-over-a-list",
    rules="deployed",
)
weaken(
    "short-data-has-a-selector",
    "deployed: fewer than four bytes are padded to a selector",
    "reach",
    ("        if call.length < 4:\n            self._refuse_no_selector"),
    ("        if False:\n            self._refuse_no_selector"),
    by="zero-selector-on-one-contract",
    rules="deployed",
)
weaken(
    "any-listed-function",
    "deployed: a function outside the target's list is let through",
    "reach",
    "        if not self.functions[scope][self._key(call.target, call.selector)]:\n",
    "        if False:\n",
    by="wildcard-over-a-list",
    rules="deployed",
)
weaken(
    "native-limit-reaches-all",
    "a native limit reaches calls with data",
    "reach",
    "    if call.length == 0 and session.header & sessions.NATIVE_LIMIT != 0:\n",
    "    if session.header & sessions.NATIVE_LIMIT != 0:\n",
    by="free-calldata",
)
weaken(
    "plain-sends-to-all",
    "calls without data reach every target",
    "reach",
    "    if call.length == 0 and session.header & sessions.NATIVE_LIMIT != 0:\n",
    "    if call.length == 0:\n",
    by="partial-removal",
)
weaken(
    "short-data-is-a-selector",
    "fewer than four bytes are padded to a selector",
    "reach",
    "    if call.length >= 4 or not rules._say(rules.SELECTOR_HAS_FOUR_BYTES):\n",
    "    if True:\n",
    by="zero-selector-on-one-contract",
)
weaken(
    "unlisted-function",
    "a function outside the target's list is let through",
    "reach",
    ("        self._refuse_no_selector(place, call)\n    self._refuse_selector(place, call)\n"),
    "        self._refuse_no_selector(place, call)\n",
    by="unlisted-function",
)
weaken(
    "grant-cut-to-the-bound",
    "a grant of more than 256 rows is cut to them",
    "installing",
    (
        "    count: uint256 = reading._word(rows)\n"
        "    if count > MAX_ROWS:\n"
        "        raw_revert(abi_encode(count, MAX_ROWS, "
        'method_id=method_id("TooManyRows(uint256,uint256)")))\n'
    ),
    "    count: uint256 = min(reading._word(rows), MAX_ROWS)\n",
    by="dropped-limit",
)
