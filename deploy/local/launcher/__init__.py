"""Runs Decalog on one machine: a broker and a database of its own, and every process of the product.

In time order: `up` finds (or installs) RabbitMQ and mongod, then leaves one supervisor in the background
(`supervisor.py`). That one chooses ports and secrets once, starts broker and database together, makes users
with least permissions, applies the topology, starts the processes and restarts what dies. All it makes lies
in one private folder, so that two checkouts, or a running and a testing instance, never meet.
"""
