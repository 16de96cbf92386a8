"""`yibao network` and `yibao validator`: whole networks and one member of them."""
