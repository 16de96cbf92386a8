"""Declarations: an employer states wages and pays the premiums of a month."""
