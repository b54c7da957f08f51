import json
import stat
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import KeySet

from launcher.accounts import users
from launcher.broker import configure, environment
from launcher.credentials import kept_credentials
from launcher.instance import recorded_state, settle
from launcher.keys import SIGNING, keep_keys
from launcher.layout import Layout, keep_last_log, private_file, tail
from launcher.processes import programs

PORTS = {"amqp": 21_000, "distribution": 21_001, "epmd": 21_002}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def everything(layout: Layout) -> list[Path]:
    return [layout.root, *layout.root.rglob("*")]


def test_every_folder_is_the_owners_alone_and_so_is_every_file(tmp_path):
    layout = Layout.at(tmp_path / "run")
    instance = settle(layout, kind="test", programs=programs(), replicas={})
    configure(layout, instance.ports, instance.credentials)

    assert {mode(path) for path in everything(layout) if path.is_dir()} == {0o700}
    assert {mode(path) for path in everything(layout) if path.is_file()} <= {0o600, 0o400}


def test_secrets_are_made_once(tmp_path):
    layout = Layout.at(tmp_path)

    assert kept_credentials(layout, users()) == kept_credentials(layout, users())


def test_a_user_who_is_new_gets_a_password_and_the_others_keep_theirs(tmp_path):
    layout = Layout.at(tmp_path)
    before = kept_credentials(layout, ["emergency"])

    after = kept_credentials(layout, ["emergency", "info"])

    assert after.broker["emergency"] == before.broker["emergency"]
    assert after.broker["info"] not in after.broker["emergency"]


def test_a_user_who_comes_back_has_the_password_that_the_database_knows(tmp_path):
    layout = Layout.at(tmp_path)
    before = kept_credentials(layout, ["emergency", "info"])

    meanwhile = kept_credentials(layout, ["emergency"])

    assert meanwhile.database.keys() == {"emergency"}
    assert kept_credentials(layout, ["emergency", "info"]) == before


def test_no_two_users_share_a_password(tmp_path):
    credentials = kept_credentials(Layout.at(tmp_path), users())

    words = [*credentials.broker.values(), *credentials.database.values()]
    assert len(set(words)) == len(words)


def test_what_the_private_key_signs_the_public_key_verifies(tmp_path):
    keep_keys(tmp_path)
    private = KeySet.import_key_set(json.loads((tmp_path / "access.private.json").read_text()))
    public = KeySet.import_key_set(json.loads((tmp_path / "access.public.json").read_text()))

    token = jwt.encode({"alg": "Ed25519"}, {"sub": "p1"}, private, algorithms=["Ed25519"])

    assert jwt.decode(token, public, algorithms=["Ed25519"]).claims == {"sub": "p1"}
    assert private.keys[0].kid == public.keys[0].thumbprint()


def test_each_signing_key_has_an_id_of_its_own(tmp_path):
    keep_keys(tmp_path)

    public = [json.loads((tmp_path / f"{name}.public.json").read_text())["keys"] for name in SIGNING]
    assert len({key["kid"] for keys in public for key in keys}) == len(SIGNING) == 3


def test_the_public_file_holds_no_private_half(tmp_path):
    keep_keys(tmp_path)

    assert "d" not in json.loads((tmp_path / "assertion.public.json").read_text())["keys"][0]


def test_keys_that_exist_stay(tmp_path):
    keep_keys(tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}

    keep_keys(tmp_path)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_the_broker_listens_on_loopback_only(tmp_path):
    layout = Layout.at(tmp_path)
    layout.make()
    configure(layout, PORTS, kept_credentials(layout, users()))

    assert "listeners.tcp.1 = 127.0.0.1:21000\n" in (layout.broker / "rabbitmq.conf").read_text()
    told = environment(layout, PORTS, {})
    assert told["ERL_EPMD_ADDRESS"] == told["RABBITMQ_NODE_IP_ADDRESS"] == "127.0.0.1"
    assert "inet_dist_use_interface {127,0,0,1}" in told["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]


def test_two_folders_are_two_nodes(tmp_path):
    here, there = (environment(Layout.at(tmp_path / name), PORTS, {}) for name in ("a", "b"))

    assert here["RABBITMQ_NODENAME"] != there["RABBITMQ_NODENAME"]


def test_settings_of_the_callers_own_broker_do_not_reach_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("RABBITMQ_USE_LONGNAME", "true")

    assert "RABBITMQ_USE_LONGNAME" not in environment(Layout.at(tmp_path), PORTS, {})


def test_an_instance_that_never_ran_has_no_state(tmp_path):
    assert recorded_state(Layout.at(tmp_path)) == {}


def test_a_file_is_replaced_whole(tmp_path):
    path = private_file(tmp_path / "secrets.json", "long text")

    assert private_file(path, "new").read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["secrets.json"]


def test_the_log_of_the_run_before_is_put_aside(tmp_path):
    log = tmp_path / "broker.log"
    log.write_text("old")

    keep_last_log(log)

    assert not log.exists()
    assert (tmp_path / "broker.log.1").read_text() == "old"


def test_the_end_of_a_log_is_told_or_that_there_is_none(tmp_path):
    log = tmp_path / "x.log"
    assert tail(log) == f"(no log at {log})"

    log.write_text("1\n2\n3\n")

    assert tail(log, lines=2) == "2\n3"
