"""Tells people: their contact points, mail and webhooks, one-time links that acknowledge."""
