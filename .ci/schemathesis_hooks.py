"""What `.ci/schemathesis` holds back: an operation on oneself that would end the run's own sign-in. Statuses are counted."""

import atexit
import collections
import json
import os

import schemathesis

OWN = set(os.environ["ROSTER_OWN"].split(","))
WITH_OWN_ID = {
    "end_my_session",
    "end_member_session",
    "end_member_sessions",
    "end_account_sessions",
    "reset_member_password",
    "mail_account_password_reset",
    "suspend_account",
    "suspend_member",
    "delete_account",
    "delete_member_account",
    "revoke_superuser",
    "leave",
    "remove_member",
}
statuses = collections.Counter()


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


@schemathesis.hook
def filter_case(context, case):
    operation = case.operation.definition.raw.get("operationId")
    return operation not in WITH_OWN_ID or not OWN.intersection(map(str, (case.path_parameters or {}).values()))


@schemathesis.hook
def after_call(context, case, response):
    statuses[f"{case.operation.definition.raw.get('operationId')} {response.status_code}"] += 1


@atexit.register
def tell():
    with open(os.environ["ROSTER_STATUSES"], "w") as file:
        json.dump(statuses, file)
