"""The sources of the cases. ``says`` quotes what the source says; it is empty if the text was not found.

A source whose text was not found is cited by its name, and the case study says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DEFIHACKLABS = "https://github.com/SunWeb3Sec/DeFiHackLabs/pull"
MODULAR_ACCOUNT = "https://github.com/alchemyplatform/modular-account/pull"
QUANTSTAMP = "https://certificate.quantstamp.com/full/alchemy-modular-account/2c13aab2-5d5f-4f45-a9ef-b890bdb12b97"


@dataclass(frozen=True)
class Source:
    """A report, an advisory or a code change. ``url`` is empty if only the report's name is known."""

    name: str
    url: str = ""
    says: str = ""

    @property
    def read(self) -> bool:
        """Whether the text was found and read."""
        return bool(self.says)

    def as_json(self) -> dict[str, Any]:
        """The object for ``sessionlab attack --incidents --json``."""
        return {"name": self.name, "url": self.url or None, "read": self.read}


GHSA = Source(
    "GHSA-wfm2-rq5g-f8v5, medium, 29 April 2025",
    "https://github.com/advisories/GHSA-wfm2-rq5g-f8v5",
    "@account-kit/smart-contracts from 4.8.0 to before 4.28.2: session keys can bypass any allowlist",
)
ALLOWLIST = Source(
    "Modular Account v2, AllowlistModule, October 2024",
    f"{MODULAR_ACCOUNT}/212",
    "its restrictions apply to execute and executeBatch only",
)
MSCA = Source(
    "Quantstamp, audit of Modular Account v1, 2023: MSCA-1 and MSCA-2, both high, both fixed",
    QUANTSTAMP,
    "MSCA-1: spend limits can be got around. MSCA-2: a wrong storage key, so that all keys share their permissions",
)
MSCA_1_FIX = Source(
    "Modular Account v1, the fix of MSCA-1, December 2023",
    f"{MODULAR_ACCOUNT}/28",
    "approve counts in full, and what was approved before is no longer looked at",
)
ALLOWLIST_STATE = Source(
    "Modular Account v2, AllowlistModule, October 2024",
    f"{MODULAR_ACCOUNT}/229",
    "uninstallation does not remove all state; the account must pass the data to remove each rule",
)
SMART_SESSIONS = Source(
    "SmartSession, issue 75, September 2024",
    "https://github.com/erc7579/smartsessions/issues/75",
    "removing a session does not remove the state of its policies",
)
CL_003 = Source("ChainLight, audit of SmartSession, CL-003")
SODIUM = Source(
    "DeFiHackLabs, Sodium session-key validation bypass, July 2026",
    f"{DEFIHACKLABS}/1184",
    "about 11.76 ETH from about 300 wallets on Arbitrum; the proof is checked in execution only",
)
OF_1 = Source("Audit of Openfort, OF-1, high")
LUMI = Source(
    "DeFiHackLabs, Lumi Finance paymaster approval, July 2026",
    f"{DEFIHACKLABS}/1182",
    "about 264,000 USD on Arbitrum; validation approves the paymaster without limit, with no owner's consent",
)
SEQ_1 = Source("Audit of Sequence v3, SEQ-1, high")
SEQUENCE = Source(
    "sequence.js, cumulative permissions, May 2025",
    "https://github.com/0xsequence/sequence.js/pull/759",
    "usage is recorded by a call of incrementUsageLimit that is appended to the payload",
)
SOURCES = (
    GHSA,
    ALLOWLIST,
    MSCA,
    MSCA_1_FIX,
    ALLOWLIST_STATE,
    SMART_SESSIONS,
    CL_003,
    SODIUM,
    OF_1,
    LUMI,
    SEQ_1,
    SEQUENCE,
)
