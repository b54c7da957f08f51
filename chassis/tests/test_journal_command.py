"""`decalog journal verify` as an operator types it: what it prints, and its exit status."""

from urllib.parse import urlsplit, urlunsplit

import pytest
from probe.contract import contract
from probe.tampering import Vandal, anchored

from decalog import cli, journals

pytestmark = pytest.mark.live


@pytest.fixture
def verify(place, bench, monkeypatch, capsys):
    """Types the command on the probe's database, with a gateway's beside it that has what reached the exchange."""
    gateway = urlsplit(place.new_database_url()).path[1:]
    urls = {bench.name: bench.database.name, "gateway": gateway}
    root = urlsplit(place.instance["mongo"]["deploy"])
    monkeypatch.setattr(journals.place, "mongo_url", lambda user: urlunsplit(root._replace(path=f"/{urls[user]}")))
    monkeypatch.setattr(journals.topology, "contracts", lambda: [contract(bench.name)])

    def typed(*words):
        kept = place.database(gateway).journal_anchors
        for message in bench.publisher.arrived:
            if message.key == f"anchor.{bench.name}":
                body = f'{{"data": {message.body}}}'
                document = {"service": bench.name, "at": message.attributes["time"], "body": body}
                kept.replace_one({"_id": message.attributes["id"]}, document, upsert=True)
        status = cli.main(["journal", "verify", *words])
        return status, capsys.readouterr().out.splitlines()

    return typed


def written(bench):
    anchored(bench, times=2)
    bench.begin()
    bench.add()
    bench.add()
    bench.relayed()
    anchored(bench)


def test_a_whole_journal_is_said_to_be_whole(bench, verify):
    written(bench)

    assert verify() == (0, ["journal: probe: 1 aggregates, 3 entries, 3 anchors: whole"])


def test_a_finding_is_told_in_words_with_its_first_bad_entry(bench, verify):
    written(bench)
    Vandal(bench.database).edit(3, who="nobody")

    status, lines = verify("probe")

    assert status == 1
    assert lines[0] == "FOUND  probe: edited: tallies/t1 entry 3: it is not what its hash says"
    assert lines[-1].endswith("1 found")


def test_an_anchor_that_the_gateway_cannot_read_is_missing_there(bench, verify, place, monkeypatch):
    written(bench)
    verify()
    monkeypatch.setattr(bench.publisher, "arrived", [])
    name = urlsplit(journals.place.mongo_url("gateway")).path[1:]
    place.database(name).journal_anchors.update_many({}, {"$set": {"body": "{"}})

    status, lines = verify()

    assert status == 1
    assert "no anchor is kept elsewhere" in lines[0]


def test_a_journal_that_was_lost_altogether_is_listed_to_a_limit_and_counted(bench, verify, monkeypatch):
    monkeypatch.setattr("decalog.journal_check.LISTED", 3)
    anchored(bench, times=2)
    for number in range(5):
        bench.begin(f"t{number}")
        bench.add(f"t{number}")
    bench.relayed()
    bench.database.journal.delete_many({})

    status, lines = verify()

    assert (status, len(lines)) == (1, 5)
    assert lines[3] == "FOUND  probe: and 2 more"


def test_a_service_that_is_not_there_is_named(verify):
    assert verify("nowhere") == (2, ["journal: there is no service nowhere; there are probe"])
