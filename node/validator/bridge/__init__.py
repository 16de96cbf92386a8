"""The bridge: CometBFT decides, geth executes, this joins them."""
