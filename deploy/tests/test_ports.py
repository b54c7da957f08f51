import itertools
import socket

from launcher.ports import HIGHEST, LOWEST, candidates, choose, is_free


def anything(port: int) -> bool:
    return True


def test_each_name_gets_a_port_of_its_own():
    ports = choose(["amqp", "epmd", "mongo"], kept={}, seed="/a", free=anything)

    assert len(set(ports.values())) == 3
    assert all(LOWEST <= port < HIGHEST for port in ports.values())


def test_a_kept_port_stays_while_it_is_free():
    assert choose(["amqp"], kept={"amqp": 23_000}, seed="/a", free=anything) == {"amqp": 23_000}


def test_a_kept_port_that_somebody_took_is_replaced():
    ports = choose(["amqp"], kept={"amqp": 23_000}, seed="/a", free=lambda port: port != 23_000)

    assert ports["amqp"] != 23_000


def test_a_new_name_never_takes_the_kept_port_of_another():
    first = next(candidates("/a"))

    ports = choose(["health:emergency-2"], kept={"health:emergency-1": first}, seed="/a", free=anything)

    assert ports == {"health:emergency-2": (first + 1 - LOWEST) % (HIGHEST - LOWEST) + LOWEST}


def test_two_folders_begin_their_search_apart():
    assert next(candidates("/a")) != next(candidates("/b"))


def test_the_search_sees_every_port_of_the_range_once():
    assert sorted(itertools.islice(candidates("/a"), 20_000)) == list(range(LOWEST, HIGHEST))


def test_a_port_where_a_server_listens_is_not_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])
