"""Mutants of the checks on grants."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_installing = partial(Mutant, module="installing")

MUTANTS = (
    _installing(
        "root-beside-others",
        "root may stand with other permissions",
        "if row.kind == ROOT and count != 1:",
        NEVER,
        attack="root-beside-others",
    ),
    _installing(
        "privileged-functions-granted",
        "functions that change who may do what can be granted",
        "    if privileged:",
        "    if False:",
        attack="privileged-selector",
    ),
    _installing(
        "validation-granted",
        "the wallet's own validation can be granted under the documented rules",
        "    if selector == VALIDATE_USER_OP:\n",
        "    if False:\n",
        attack="validate-as-a-function",
    ),
    _installing(
        "target-unchecked",
        "a grant may name any target",
        "    self._check_target(place, row.target)\n    if row.kind == CONTRACT:\n",
        "    if row.kind == CONTRACT:\n",
        attack="zero-target-is-any",
    ),
    _installing(
        "limited-wallet",
        "a limit that production does not have may name the wallet itself",
        "        self._check_target(place, row.target)\n        return",
        "        return",
        equivalent="such a limit grants nothing: it only narrows what the session does to the wallet itself.",
        extensions=("call-limit",),
    ),
    _installing(
        "zero-target",
        "a grant may name the zero address, which stands for every target",
        "if target == empty(address):",
        NEVER,
        attack="zero-target-is-any",
    ),
    _installing(
        "unknown-kind-ignored",
        "a permission of a kind that the wallet does not know is passed over",
        (
            "raw_revert(abi_encode(place, row.kind, "
            'method_id=method_id("UnsupportedPermissionTypeError(uint256,uint256)")))'
        ),
        "return 0",
        attack="limit-of-an-unknown-kind",
    ),
    _installing(
        "extension-without-the-rule",
        "a limit that production does not have can be installed in every wallet",
        " and rules._documented(1 << (rules.FIRST_EXTENSION + row.kind))",
        attack="limit-of-an-unknown-kind",
    ),
    _installing(
        "gas-limit-not-marked",
        "a gas limit is kept and never looked at",
        "return sessions.GAS_LIMIT",
        "return 0",
        attack="own-bundler-under-a-limit",
    ),
    _installing(
        "native-limit-not-marked",
        "deployed: a native limit is kept and never looked at",
        "return sessions.NATIVE_LIMIT\n",
        "return 0\n",
        attack="over-the-limit",
        rules="deployed",
    ),
    _installing(
        "token-limit-not-marked",
        "a token limit is kept and never looked at",
        "sessions.CALLS | sessions.TOKEN_LIMIT",
        "sessions.CALLS",
        attack="alias-functions",
    ),
    _installing(
        "limited-token-not-marked",
        "a token is not marked as limited",
        " | reach.LIMITED_TOKEN",
        attack="alias-functions",
    ),
    _installing(
        "grant-cut-to-the-bound",
        "a grant of more than 256 rows is cut to them",
        (
            "count: uint256 = reading._word(rows)\n"
            "    if count > MAX_ROWS:\n"
            '        raw_revert(abi_encode(count, MAX_ROWS, method_id=method_id("TooManyRows(uint256,uint256)")))'
        ),
        "count: uint256 = min(reading._word(rows), MAX_ROWS)",
        attack="dropped-limit",
    ),
    _installing(
        "own-function-granted-twice",
        "a function of the wallet itself may be granted twice",
        "if not reach._allow_account_function(session, selector):",
        "if not reach._allow_account_function(session, selector) and False:",
        equivalent="the second grant writes what the first wrote; production refuses it.",
    ),
    _installing(
        "wallet-as-a-target",
        "a grant may name the wallet itself as a target",
        "if target == self:",
        NEVER,
        equivalent="calls of the wallet itself are looked at before the targets are.",
    ),
    _installing(
        "row-bound-unnamed",
        "a grant of more than 256 rows is refused without a name",
        "if count > MAX_ROWS:",
        NEVER,
        equivalent="the loop over the rows has the same bound; only the name of the error is missing.",
    ),
    _installing(
        "call-limit-not-marked",
        "a limit that production does not have is kept and never looked at",
        "            return sessions._mark(row.kind)\n",
        "            return 0\n",
        attack="over-the-call-limit",
        extensions=("call-limit",),
    ),
    _installing(
        "extension-without-a-rule",
        "a limit that production does not have is taken under any rules",
        "if row.kind < KINDS and rules._documented(1 << (rules.FIRST_EXTENSION + row.kind)):",
        "if row.kind < KINDS:",
    ),
    _installing(
        "native-limit-grants-no-calls",
        "documented: a session with a native limit alone may not make calls",
        "if rules._documented(rules.NATIVE_REACHES_PLAIN_TRANSFERS):",
        "if rules._documented(0):",
    ),
)
