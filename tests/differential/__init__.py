"""The lab's EntryPoint and the published one, side by side: the same transactions have to end alike."""
