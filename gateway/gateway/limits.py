"""Every limit and time-out of the gateway, with its unit. What operators may change is read in `settings.py`."""

from datetime import timedelta
from typing import Final

from attrs import frozen

# --- the request as it arrives -------------------------------------------------------------------------------
URL_BYTES: Final = 8 * 1024
HEADER_BYTES: Final = 32 * 1024
HEADER_COUNT: Final = 100
HEAD_SECONDS: Final = 10.0  # from the first byte of a request to the end of its headers
MESSAGE_SECONDS: Final = 30.0  # from the first byte of a request to the end of its body
CONNECTIONS: Final = 10_000
DISCARD_BYTES: Final = 8 * 1024 * 1024  # of a body already refused, read so that the client sees the answer

BODY_BYTES: Final = 1024 * 1024
BODY_SECONDS: Final = 15.0
UPLOAD_SECONDS: Final = 300.0  # the whole of an upload: 20 MB over a branch's line of 1 Mbit/s take 160 s
UPLOAD_PAUSE_SECONDS: Final = 15.0  # an upload of which nothing comes for so long is dropped
UPLOADS: Final = 32  # at once in this process, each with one or two parts of 5 MiB in memory; the others wait
UPLOAD_DISCARD_BYTES: Final = 64 * 1024 * 1024  # likewise, of a file: most clients look at no answer before its end
SWEEP_EVERY: Final = timedelta(hours=1)
SWEPT_AT_ONCE: Final = 100  # objects in one question to the services
SWEPT_KEPT: Final = timedelta(days=30)  # set aside and not dropped: the time in which a mistake can be undone
JSON_DEPTH: Final = 20
JSON_ARRAY: Final = 1_000
JSON_INTEGER: Final = 2**63  # integers are stored in 64 bits
QUERY_PARAMETERS: Final = 100
SEGMENT_CHARACTERS: Final = 200
PAGE_LIMIT: Final = 200
KEY_CHARACTERS: Final = 255

# --- callers -------------------------------------------------------------------------------------------------
TOKEN_BYTES: Final = 8 * 1024
TOKEN_SECONDS: Final = 600  # the longest life of an access token
SKEW_SECONDS: Final = 60  # how far another machine's clock may be ahead of ours
TOKENS_KEPT: Final = 20_000
ASSERTION_SECONDS: Final = 60
ASSERTION_REUSE_SECONDS: Final = 50  # so that a call outlives the usual deadline of 10 s with it
JWKS_REFETCH_SECONDS: Final = 30.0
JWKS_KEPT_SECONDS: Final = 24 * 3600.0
JWKS_REQUEST_SECONDS: Final = 5.0
JWKS_BYTES: Final = 256 * 1024
BUCKETS_KEPT: Final = 50_000
CLIENT_SECRETS: Final = 2  # live secrets of one branch system, so that it can rotate without a pause


@frozen
class Quota:
    """A token bucket: `burst` at once, refilled at `per_minute`. `name` stands in the RateLimit headers."""

    name: str
    per_minute: int
    burst: int

    @property
    def per_second(self) -> float:
        return self.per_minute / 60

    @property
    def window_seconds(self) -> int:
        """The time in which an empty bucket is full again, rounded up."""
        return -(-self.burst * 60 // self.per_minute)


ADDRESS_FAILURES: Final = Quota("address", per_minute=30, burst=30)  # failed sign-ins of one address
ALL_FAILURES: Final = Quota("failures", per_minute=12_000, burst=2_000)  # failed sign-ins of everybody together
ADDRESS_TOKENS: Final = Quota("token", per_minute=120, burst=60)  # token requests of one address
PUBLIC: Final = Quota("public", per_minute=120, burst=30)  # calls without a token, per address

REFUSED_AGAIN_SECONDS: Final = 3_600.0  # how often a refused person's calls of one route are told
REFUSED_KNOWN: Final = 10_000
REFUSED_WAITING: Final = 1_000

# --- the way to the services ---------------------------------------------------------------------------------
DEADLINE_SECONDS: Final = 10.0
DEADLINE_MAXIMUM_SECONDS: Final = 30.0
TASKS_SECONDS: Final = 3.0  # for each service that is asked for a person's tasks
REACH_SECONDS: Final = 3.0  # for the service that knows what a person may see
TASKS_LISTED: Final = 200  # tasks in one answer
IN_FLIGHT: Final = 2_000  # RPCs of this process waiting for an answer
UNSENT_BYTES: Final = 4 * 1024 * 1024  # requests waiting for a broker that doesn't read
ABSENT_RETRIES: Final = 5  # further tries when a replica says that it does not have the operation
ABSENT_PAUSE_SECONDS: Final = 0.02  # before the second try; doubled for each further one
BROKER_HEARTBEAT_SECONDS: Final = 10
BROKER_CONNECT_SECONDS: Final = 5.0
BROKER_CLOSE_SECONDS: Final = 2.0
BACKOFF_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # between attempts to reconnect; the last one repeats

# --- manifests -----------------------------------------------------------------------------------------------
LIVE_SECONDS: Final = 45.0  # an instance unheard of for so long is taken for gone (its beacon comes every 15 s)
DROP_SECONDS: Final = 45.0  # a route that no live instance has had for so long is dropped
LISTEN_SECONDS: Final = 16.0  # after which a gateway without memory has heard everybody who lives
SETTLE_SECONDS: Final = 1.0  # how often silence is looked for
FETCH_SECONDS: Final = 5.0
FETCH_RETRIES: Final = 6  # another replica may answer with its own manifest
MANIFEST_BYTES: Final = 2 * 1024 * 1024
OPERATIONS: Final = 1_000  # of one service
BEACONS_QUEUED: Final = 10_000
STORE_SECONDS: Final = 3.0  # one call to the database; never on a command's way
STORE_RETRY_SECONDS: Final = 5.0

# --- what the client is told to wait -------------------------------------------------------------------------
RETRY_BUSY_SECONDS: Final = 1
RETRY_NEW_SECONDS: Final = 5
RETRY_DOWN_SECONDS: Final = 15

# --- stopping ------------------------------------------------------------------------------------------------
DRAIN_SECONDS: Final = 25.0  # from SIGTERM to the end

# --- escalations ---------------------------------------------------------------------------------------------
BUFFER_EVENTS: Final = 10_000
BUFFER_BYTES: Final = 16 * 1024 * 1024
EVENTS_KNOWN: Final = 50_000  # whose second copy is left out; copies come within seconds, after an outage hours
STREAM_PREFETCH: Final = 200
GARBAGE_THRESHOLD: Final = 20_000
PROJECTED_AT_ONCE: Final = 500
PROJECT_AFTER_SECONDS: Final = 0.2  # what comes meanwhile is written in one go; open streams don't wait for it
HISTORY_KEPT: Final = timedelta(days=400)  # as long as the stream itself
PRUNE_EVERY: Final = timedelta(hours=1)
STREAM_PAGE: Final = 200  # events read for one open stream at once
STREAMS: Final = 2_000  # open ones in this process
STREAMS_OF_ONE: Final = 10  # of one caller
STREAM_RETRY_SECONDS: Final = 3  # what a client is told to wait before it connects again
STREAM_COMMENT_SECONDS: Final = 15.0
STREAM_SEND_SECONDS: Final = 30.0  # a client that takes nothing for so long is dropped
STREAM_AHEAD_SECONDS: Final = 10.0  # a client may know more than this process for a moment, from another gateway
UNITS_AT_MOST: Final = 50
