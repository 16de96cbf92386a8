"""The rules of the field: pure functions over integers, standard library only, no I/O."""
