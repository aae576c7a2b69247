"""Judge a policy as a repository keeps it: its cases, what it grants beyond a baseline, and what no case exercises."""

from sessionlab.study.verifying.policy_cases import PolicyCase, policy_cases
from sessionlab.study.verifying.verification import PolicyCheck, Verification, verify

__all__ = ["PolicyCase", "PolicyCheck", "Verification", "policy_cases", "verify"]
