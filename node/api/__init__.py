"""JSON over HTTP: no business rules. Each route calls one service or one read model."""
