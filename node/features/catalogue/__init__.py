"""Items of care that insurers publish, in versions."""
