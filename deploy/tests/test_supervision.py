"""The supervisor's ear, its leftovers, the ban on service starts: what holds processes and machine together."""

import asyncio
import os
import subprocess
import sys

import pytest

from launcher import control
from launcher.failures import LaunchError
from launcher.health import http_ready, listening
from launcher.layout import MARK, Layout
from launcher.leftovers import end_leftovers, marked
from launcher.packages import FORBIDDEN, no_service_starts
from launcher.starting import down, late, only_one, run


async def echo(question):
    return {"heard": question}


def test_a_command_reaches_the_supervisor_and_its_answer_comes_back(tmp_path):
    async def story():
        server = await control.listen(Layout.at(tmp_path), echo)
        answer = await asyncio.to_thread(control.ask, Layout.at(tmp_path), "scale", name="emergency", count=2)
        server.close()
        return answer

    assert asyncio.run(story()) == {"heard": {"do": "scale", "name": "emergency", "count": 2}}


def test_a_folder_with_a_long_path_can_be_commanded_too(tmp_path):
    deep = tmp_path / ("x" * 120)
    deep.mkdir()

    test_a_command_reaches_the_supervisor_and_its_answer_comes_back(deep)


def test_nobody_answers_where_no_supervisor_runs(tmp_path):
    assert control.ask(Layout.at(tmp_path), "status") is None
    assert control.ask(Layout.at(tmp_path / "never"), "status") is None


def test_there_is_nothing_to_stop_in_a_folder_that_never_was(tmp_path):
    assert down(Layout.at(tmp_path / "never")) is False


def test_processes_left_by_a_dead_supervisor_are_ended_and_no_others(tmp_path):
    pause = [sys.executable, "-c", "import signal; signal.pause()"]
    ours = subprocess.Popen(pause, env={**os.environ, MARK: str(tmp_path)})
    others = subprocess.Popen(pause, env={**os.environ, MARK: f"{tmp_path}-other"})
    layout = Layout.at(tmp_path)
    assert marked(layout) == [ours.pid]

    ended = asyncio.run(end_while_reaping(layout, ours))

    assert ended == 1
    assert others.poll() is None
    others.kill()
    others.wait()


async def end_while_reaping(layout, process):
    ended, _ = await asyncio.gather(asyncio.to_thread(end_leftovers, layout), asyncio.to_thread(process.wait))
    return ended


def test_one_supervisor_keeps_a_folder(tmp_path):
    lock = tmp_path / "lock"

    with only_one(lock), pytest.raises(LaunchError, match="another supervisor"), only_one(lock, wait=False):
        pass


def test_installing_starts_no_service_and_leaves_the_machine_as_it_was(tmp_path):
    policy = tmp_path / "policy-rc.d"

    with no_service_starts(policy):
        assert subprocess.run([policy, "rabbitmq-server", "start"], check=False).returncode == FORBIDDEN

    assert list(tmp_path.iterdir()) == []


def test_the_machines_own_policy_is_put_back(tmp_path):
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    policy.chmod(0o755)

    with no_service_starts(policy):
        assert subprocess.run([policy, "rabbitmq-server", "start"], check=False).returncode == FORBIDDEN

    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert subprocess.run([policy, "rabbitmq-server", "start"], check=False).returncode == 0


def answering(status):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\n\r\nqueue rpc-emergency is missing".encode())
        await writer.drain()
        writer.close()

    async def story():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        amiss = await http_ready(server.sockets[0].getsockname()[1])
        server.close()
        await server.wait_closed()
        return amiss

    return asyncio.run(story())


def test_a_process_is_ready_when_it_says_200():
    assert answering("200 OK") is None


def test_a_process_that_is_not_ready_is_quoted():
    assert answering("503 Service Unavailable").endswith(
        "answered 503 Service Unavailable queue rpc-emergency is missing"
    )


def test_where_nothing_listens_nothing_is_ready():
    assert asyncio.run(listening(1)) == "nothing listens on port 1"
    assert asyncio.run(http_ready(1)) == "nothing listens at http://127.0.0.1:1/readyz"


def test_a_start_that_takes_too_long_names_who_is_late_and_quotes_the_log(tmp_path):
    log = tmp_path / "security-1.log"
    log.write_text("waiting for the broker\n")

    message = late({"amiss": {"security-1": "nothing listens"}, "processes": {"security-1": {"log": str(log)}}})

    assert "security-1: nothing listens" in message
    assert "    waiting for the broker" in message


def test_a_command_finds_the_instance_by_its_environment_and_its_exit_code_is_passed_on(tmp_path):
    layout = Layout.at(tmp_path)
    program = f"import os, sys; sys.exit(7 if os.environ['DECALOG_TEST_INSTANCE'] == {str(layout.state)!r} else 1)"

    assert run(layout, [sys.executable, "-c", program]) == 7
