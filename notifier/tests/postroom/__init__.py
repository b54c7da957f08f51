"""What the notifier's tests stand on: the notifier in this process, a mail server, a webhook's other end."""
