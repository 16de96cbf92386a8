"""Adjudication: who pays which fen of a line, and why."""
