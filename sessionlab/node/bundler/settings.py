"""What a lab's bundler can be set to. It imports nothing, so that the command line reads it at once."""

from __future__ import annotations

#: The bundlers that a lab can have.
BUNDLERS = ORDINARY, STRICT = ("ordinary", "strict")
#: Seconds for which a stake is locked, to count as one (ERC-7562, MIN_UNSTAKE_DELAY).
MIN_UNSTAKE_DELAY = 86_400
#: For account and paymaster together (rundler, ``--max_verification_gas``).
MAX_VERIFICATION_GAS = 5_000_000
