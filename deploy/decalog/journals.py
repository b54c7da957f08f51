"""The command `decalog journal verify`."""

import argparse
from collections.abc import Iterable

from chassis import documents
from chassis.clock import machine_now
from decalog import place, topology
from decalog.journal_chain import Fault
from decalog.journal_check import ANCHOR, FOREIGN, Report, anchors_elsewhere, verify

Options = argparse.Namespace


def declare(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command = commands.add_parser("journal", help="whether anybody changed what was written")
    command.add_argument("action", choices=["verify"])
    command.add_argument("service", nargs="?", help="all services, if not given")
    command.set_defaults(run=_verify)


def reports(services: Iterable[str]) -> list[Report]:
    """What verification finds in these services, each read as its own user and the anchors as the gateway's."""
    gateway = documents.connect(place.mongo_url("gateway"), name="journal-verify")
    found = []
    for service in services:
        database = documents.connect(place.mongo_url(service), name="journal-verify")
        found.append(verify(database, service, anchors_elsewhere(gateway, service), machine_now()))
        database.client.close()
    gateway.client.close()
    return found


def _verify(options: Options) -> int:
    known = [contract.service for contract in topology.contracts()]
    if options.service not in (None, *known):
        print(f"journal: there is no service {options.service}; there are {', '.join(known)}")
        return 2
    found = reports([options.service] if options.service else known)
    print("\n".join(line for report in found for line in lines(report)))
    return 1 if any(report.found for report in found) else 0


def lines(report: Report) -> list[str]:
    """A report in words: each fault, each note, and the sum."""
    told = [f"FOUND  {report.service}: {sentence(fault)}" for fault in report.faults]
    if report.found > len(report.faults):
        told.append(f"FOUND  {report.service}: and {report.found - len(report.faults)} more")
    told += [f"note   {report.service}: {sentence(note)}" for note in report.notes]
    verdict = f"{report.found} found" if report.found else "whole"
    counts = f"{report.aggregates} aggregates, {report.entries} entries, {report.anchors} anchors"
    return [*told, f"journal: {report.service}: {counts}: {verdict}"]


def sentence(fault: Fault) -> str:
    """A fault in words."""
    if fault.kind in (ANCHOR, FOREIGN):
        return f"{fault.kind} {fault.collection} {fault.aggregate}: {fault.says}"
    return f"{fault.kind}: {fault.collection}/{fault.aggregate} entry {fault.version}: {fault.says}"
