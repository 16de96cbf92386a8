"""Kernel of commands: intents and bulk intents, callers, what they may see, clock and halts."""
