"""One validator as a running unit: its processes, health, copies, repair."""
