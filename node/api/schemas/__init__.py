"""Shapes of requests and answers, one module per noun, named like its routes."""
