"""The hot path measured against two yardsticks, arms alternating in one run: `python -m tests.bench --help`.

In time order: the arms are started on the instance's broker and database (`arms/`); for each number of clients and
each round every arm gets the same load (`load`, a process of its own) for the same seconds, commands and then reads,
in reversed order in even rounds (`rounds`); after each run the records and events are read back and compared with
what was acknowledged (`readback`), and a run where they differ is void; then reports are followed to a subscriber
(`latency`); at last come ratios within each round and their medians (`figures`), a table and `.local/bench.json`.
"""
