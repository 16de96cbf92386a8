"""One consensus member: CometBFT orders, geth executes, the bridge in this package joins them."""
