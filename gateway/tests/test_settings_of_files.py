"""Where files are kept is said by the environment, and refused where it can't be meant so."""

import pytest

from chassis.objects import open_objects
from gateway import settings

NEEDED = {"HTTP_PORT": "1", "HEALTH_PORT": "2", "AMQP_URL": "amqp://nowhere/", "KEYS": "/nowhere"}


@pytest.fixture
def read(monkeypatch):
    """The settings where the environment says this besides what is needed."""

    def settings_of(**said):
        for name, value in {**NEEDED, **said}.items():
            monkeypatch.setenv(f"DECALOG_{name}", value)
        return settings.read()

    return settings_of


def test_without_a_word_no_file_is_kept_and_the_limits_are_those_of_the_docs(read, monkeypatch):
    monkeypatch.delenv("DECALOG_OBJECTS", raising=False)

    said = read()

    assert (said.objects, said.upload_bytes, said.upload_hours) == (None, 20 * 1024 * 1024, 24)
    assert set(said.s3.values()) == {None}


def test_a_bucket_of_a_store_of_ones_own_is_opened_by_its_settings(read):
    keys = {"S3_ACCESS_KEY_ID": "example", "S3_SECRET_ACCESS_KEY": "example", "S3_REGION": "cn-south-1"}

    said = read(OBJECTS="s3://bucket/decalog", S3_ENDPOINT="https://store.example.invalid", **keys)

    opened = open_objects(said.objects, **said.s3)._store
    assert opened.prefix == "decalog"
    assert opened.config["endpoint"] == "https://store.example.invalid"
    assert (opened.config["bucket"], opened.config["region"]) == ("bucket", "cn-south-1")


@pytest.mark.parametrize(("hours", "good"), [("1", False), ("2", True)])
def test_an_unused_file_stays_for_longer_than_its_receipt(read, hours, good):
    if good:
        assert read(UPLOAD_HOURS=hours).upload_hours == 2
    else:
        with pytest.raises(ValueError, match="at least 2"):
            read(UPLOAD_HOURS=hours)
