"""Whether a validator is fit to sign, stopped and running."""
