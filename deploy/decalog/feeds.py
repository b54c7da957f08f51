"""The commands `decalog subscriber` and `decalog escalations`."""

import argparse
import getpass

from decalog import bell, place, subscribers
from decalog.bell import NotHeard
from decalog.node import NodeRefused, node_of
from decalog.subscribers import Limits, NoSubscriber

FAULTS = (NodeRefused, NoSubscriber, NotHeard)
Options = argparse.Namespace


def declare(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands."""
    kept = Limits()
    subscriber = commands.add_parser("subscriber", help="head office's queues of escalations")
    actions = subscriber.add_subparsers(required=True)
    add = actions.add_parser("add", help="make a queue and its user, or give the user a new password")
    add.add_argument("name")
    add.add_argument("--key", action="append", metavar="PATTERN", help="what it gets, such as `I.#`; all, if not given")
    add.add_argument("--kind", choices=["quorum", "classic"], default=kept.kind)
    add.add_argument("--length", type=int, default=kept.length, help="messages kept at most (the newest)")
    add.add_argument("--size-bytes", type=int, default=kept.size_bytes)
    add.add_argument("--keep-days", type=int, default=kept.keep_days, help="how long a message is kept")
    add.add_argument("--unused-days", type=int, default=kept.unused_days, help="then a queue without reader goes")
    add.add_argument("--replay", action="store_true", help="may also read the stream: all escalations of the company")
    add.set_defaults(run=_add)
    actions.add_parser("list", help="the queues, what waits in them and who reads").set_defaults(run=_list)
    remove = actions.add_parser("remove", help="remove queue and user")
    remove.add_argument("name")
    remove.set_defaults(run=_remove)
    escalations = commands.add_parser("escalations", help="head office's bell")
    escalations.add_argument("action", choices=["test"])
    escalations.set_defaults(run=_ring)


def _add(options: Options) -> int:
    state, url = place.instance(), place.amqp_url()
    limits = Limits(
        length=options.length,
        size_bytes=options.size_bytes,
        keep_days=options.keep_days,
        unused_days=options.unused_days,
        kind=options.kind,
    )
    subscribers.add_queue(url, options.name, options.key or ["#"], limits)
    print(f"queue     {subscribers.queue_of(options.name)}")
    if node := node_of(state):
        print(f"url       {subscribers.add_user(node, url, options.name, replay=options.replay)}")
        print("The password is in the URL and is shown this once.")
        return 0
    print("The broker is not this instance's own; on it, make the user with:")
    print("\n".join(subscribers.by_hand(url, options.name, replay=options.replay)))
    return 0


def _list(_: Options) -> int:
    vhost = subscribers.vhost_of(place.amqp_url())
    if (node := node_of(place.instance())) is None:
        print("The broker is not this instance's own; ask it with:")
        print(f"rabbitmqctl list_queues -p {vhost} name type messages consumers")
        return 0
    for one in subscribers.listed(node.queues(vhost)):
        print(f"{one.name}\t{one.kind}\t{one.waiting} waiting\t{one.readers} readers")
    return 0


def _remove(options: Options) -> int:
    dropped = subscribers.remove_queue(place.amqp_url(), options.name)
    user = subscribers.queue_of(options.name)
    print(f"subscriber: {user} removed with {dropped} messages")
    if node := node_of(place.instance()):
        node.delete_user(user)
    else:
        print(f"The broker is not this instance's own; on it: rabbitmqctl delete_user {user}")
    return 0


def _ring(_: Options) -> int:
    rung = bell.ring(place.amqp_url(), by=getpass.getuser())
    print(f"escalations: {rung.id} stands in the stream at {rung.position}, read back after {rung.milliseconds} ms")
    return 0
