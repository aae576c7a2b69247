"""Whether one permission list grants anything that another does not: exactly, with a smallest example."""

from sessionlab.study.comparing.comparison import Example, PolicyComparison, Side, compare
from sessionlab.study.comparing.never import Never, never_allows

__all__ = ["Example", "Never", "PolicyComparison", "Side", "compare", "never_allows"]
