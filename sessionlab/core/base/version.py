"""The package version, which saved files record too."""

__version__ = "0.1.0"
