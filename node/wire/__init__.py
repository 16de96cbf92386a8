"""The spelling of bytes: 0x text, words, labels, hashes; every package above spells them here."""
