"""Features, one folder per noun: routes, schemas and the service that decides."""
