"""The local network: start it, deploy to it, fill it with demo members, plans and claims."""
