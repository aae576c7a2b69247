"""The strict bundler's mempool: what may join it, what is bundled together, and the debug methods."""
