"""What every sandbox begins with: parties, plans, money, as signed intents."""
