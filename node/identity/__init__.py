"""Sign-in: who a bearer token acts as."""
