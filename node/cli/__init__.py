"""The command `yibao`: thin modules, one per noun, that parse, call, print and exit."""
