"""sessionlab: learn, test and break session keys on an in-process EVM."""
