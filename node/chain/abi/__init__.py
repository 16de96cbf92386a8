"""Packed ABI: words, layouts of structs, records, raw transactions."""
