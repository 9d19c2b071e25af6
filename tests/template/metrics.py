"""The metrics there are: those that the triggers count, and those of AWS's own that the template asks for.

The functions' part is written once more in crates/sign-in/src/metric.rs; tests/deploy/test_watch.py holds this one against
what the functions count.
"""

NAMESPACE = "VoiceOtp"

LIMITS = {
    *("user-pause", "user-quarter-hour", "user-hour", "user-day"),
    *("number-pause", "number-quarter-hour", "number-hour", "number-day"),
    *("country-hour", "all-hour", "all-day", "lockout", "max-failures"),
}
PHONES = {
    *("PHONE_COUNTRY_NOT_ALLOWED", "PHONE_INVALID", "PHONE_MISSING", "PHONE_TYPE_NOT_ALLOWED", "PHONE_UNVERIFIED"),
}
CALLS = {"CALL_BUSY", "CALL_MISCONFIGURED", "CALL_REFUSED", "CALL_UNREACHABLE"}

# Metric -> the dimension that it has beside StackName, with its values.
OURS = {
    "Answers": (
        "Outcome",
        {
            *("right", "wrong", "expired", "used", "replaced", "attempts-used-up"),
            *("lockout", "max-failures", "unknown-user", "no-challenge"),
        },
    ),
    "CallLatency": None,
    "CallsPlaced": None,
    "CallsRefused": ("Reason", LIMITS | PHONES | {"unknown-user"}),
    "ColdStarts": None,
    "Failures": ("Kind", CALLS | {"LEDGER_MISCONFIGURED", "SIGN_IN_BUSY", "SIGN_IN_UNAVAILABLE"}),
    "SignInsCompleted": None,
    "SignInsRefused": (
        "Reason",
        {"attempts-used-up", "odd-history", "password-failed", "password-skipped", "unknown-user"},
    ),
    "SignInsStarted": None,
}

# AWS's own: namespace and names -> dimensions.
AWS = {
    ("AWS/DynamoDB", ("ReadThrottleEvents", "TransactionConflict", "WriteThrottleEvents")): {"TableName"},
    ("AWS/Lambda", ("AsyncEventsDropped", "Duration", "Errors", "Invocations", "Throttles")): {"FunctionName"},
    ("AWS/Logs", ("DeliveryErrors",)): {"LogGroupName", "DestinationType", "FilterName"},
    ("AWS/Logs", ("IncomingLogEvents",)): {"LogGroupName"},
}


def count():
    """How many metrics CloudWatch charges for at most."""
    return sum(len(further[1]) if further else 1 for further in OURS.values())


def check(namespace, name, dimensions, stack):
    """Fails unless the stack of this name has such a metric. Dimensions are texts, or the logical ids they refer to."""
    if namespace != NAMESPACE:
        expected = [d for (space, names), d in AWS.items() if space == namespace and name in names]
        assert expected == [set(dimensions)], (namespace, name)
        return
    rest = dict(dimensions)
    assert rest.pop("StackName") == stack, name
    if OURS[name] is None:
        assert rest == {}, name
    else:
        dimension, values = OURS[name]
        assert set(rest) == {dimension} and rest[dimension] in values, (name, rest)
