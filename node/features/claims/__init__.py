"""Claims: quoted, signed by provider and member, settled, traced, reversed."""
