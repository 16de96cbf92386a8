"""The files of one validator: keys, settings, genesis, engines."""
