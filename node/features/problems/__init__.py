"""The pages that explain every code of a refusal."""
