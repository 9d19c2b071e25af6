"""The metrics there are: those that the triggers count, and those of AWS's own that the template asks for.

The functions' part is written once more in crates/otp-dial/src/metric.rs; tests/deploy/test_watch.py holds this one against
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

# Function -> metric -> the dimension that it has beside FunctionName, with its values.
OURS = {
    "DefineChallenge": {
        "ColdStarts": None,
        "Failures": ("Kind", {"SIGN_IN_UNAVAILABLE"}),
        "SignInsCompleted": None,
        "SignInsRefused": (
            "Reason",
            {"attempts-used-up", "odd-history", "password-failed", "password-skipped", "unknown-user"},
        ),
        "SignInsStarted": None,
    },
    "CreateChallenge": {
        "CallLatency": None,
        "CallsPlaced": None,
        "CallsRefused": ("Reason", LIMITS | PHONES | {"unknown-user"}),
        "ColdStarts": None,
        "Failures": ("Kind", CALLS | {"LEDGER_MISCONFIGURED", "SIGN_IN_BUSY", "SIGN_IN_UNAVAILABLE"}),
    },
    "VerifyChallenge": {
        "Answers": (
            "Outcome",
            {
                *("right", "wrong", "expired", "used", "replaced", "attempts-used-up"),
                *("lockout", "max-failures", "unknown-user", "no-challenge"),
            },
        ),
        "ColdStarts": None,
        "Failures": ("Kind", {"LEDGER_MISCONFIGURED", "SIGN_IN_BUSY", "SIGN_IN_UNAVAILABLE"}),
    },
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
    metrics = (metric for metrics in OURS.values() for metric in metrics.values())
    return sum(len(metric[1]) if metric else 1 for metric in metrics)


def check(namespace, name, dimensions):
    """Fails unless there is such a metric. The dimensions' values are texts, or the logical ids that they refer to."""
    if namespace != NAMESPACE:
        expected = [d for (space, names), d in AWS.items() if space == namespace and name in names]
        assert expected == [set(dimensions)], (namespace, name)
        return
    further = OURS[dimensions["FunctionName"]][name]
    rest = {key: value for key, value in dimensions.items() if key != "FunctionName"}
    if further is None:
        assert rest == {}, name
    else:
        dimension, values = further
        assert set(rest) == {dimension} and rest[dimension] in values, (name, rest)
