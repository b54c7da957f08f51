"""The query for a person's open tasks, which every service that sets tasks offers alike.

The service names the seats of the caller by its own directory; the gateway finds the query by its name in the
manifests and gathers what all services answer at `GET /v1/my/tasks`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import asdict
from marshmallow import Schema, fields

from chassis.contract import Operation, Words, query
from chassis.service import Answer, Call
from chassis.work.board import Listed, Seat, TaskBoard

NAME = "my_tasks"


class TitleOut(Schema):
    """What is to be done, in both languages."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


class OwnerOut(Schema):
    """A person, or a post at a unit."""

    person = fields.String(required=True, allow_none=True)
    post = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)


class TaskOut(Schema):
    """An open task. `role` says how the caller stands to it: owner, stand_in (for the owner), or holder, acting, lent
    or deputy of the post that owns it. `about` is the address of what it belongs to; POST to `done_at` completes it."""

    id = fields.String(required=True)
    title = fields.Nested(TitleOut, required=True)
    owner = fields.Nested(OwnerOut, required=True)
    role = fields.String(required=True)
    due = fields.AwareDateTime(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    mandatory = fields.Boolean(required=True)
    drill = fields.Boolean(required=True)
    about = fields.String(required=True)
    done_at = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    made_at = fields.AwareDateTime(required=True)


class MyTasksOut(Schema):
    """The caller's open tasks, the earliest due first, at most 200; `more` says whether there are more."""

    items = fields.List(fields.Nested(TaskOut), required=True)
    more = fields.Boolean(required=True)


def my_tasks_operation(service: str) -> Operation:
    """The declaration: everybody may ask for what is theirs to do."""
    return query(
        NAME,
        f"/v1/{service}/my-tasks",
        says=Words("我的待办（本服务）", "the caller's open tasks in this service"),
        needs="task.read",
        relations=("own",),
        gives=MyTasksOut(),
    )


def answer_my_tasks(board: TaskBoard, call: Call, seats: Iterable[Seat]) -> Answer:
    """The caller's open tasks: their own, those of the posts at these seats, and those they stand in for."""
    if call.caller.kind != "person":  # a system's name is nobody's, even where it looks like a person's
        return Answer({"items": [], "more": False})
    listed, more = board.of(call.caller.subject, seats, at=call.now)
    return Answer({"items": [_shown(one, call.now) for one in listed], "more": more})


def _shown(listed: Listed, at: datetime) -> dict[str, Any]:
    task = listed.task
    return {
        **asdict(task),
        "id": f"{listed.aggregate}:{task.id}",
        "role": listed.role.value,
        "overdue": task.due is not None and task.due <= at,
    }
