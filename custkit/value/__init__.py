"""What customers are worth from here on: lifetime value, how far it can be trusted, and who holds the money."""
