"""The metrics there are: those that the triggers count, and those of AWS's own that the template asks for.

docs/reference/metrics.md has the first, from crates/sign-in/src/metric.rs; tests/deploy/test_watch.py compares them with what
the functions count.
"""

import re

from stack import ROOT

NAMESPACE = "VoiceOtp"

_PAGE = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
_METRICS, _VALUES, _LIMITS = re.split(r"\n## (?:Values|Limits)\n", _PAGE)
_WORDS = {name: set(re.findall(r"`([^`]+)`", words)) for name, words in re.findall(r"^\| `(\w+)` \| (.*) \|$", _VALUES, re.MULTILINE)}

# The limits' names in the log.
LIMITS = set(re.findall(r"^\| `([\w-]+)` \|", _LIMITS, re.MULTILINE))

# Metric -> the dimension that it has beside StackName, with its values.
OURS = {
    name: (dimension, _WORDS[name]) if dimension else None
    for name, dimension in re.findall(r"^\| `(\w+)` \| \w+ \| (?:`(\w+)`)? \|", _METRICS, re.MULTILINE)
}

# AWS's own: namespace and names -> dimensions.
AWS = {
    ("AWS/DynamoDB", ("ReadThrottleEvents", "TransactionConflict", "WriteThrottleEvents")): {"TableName"},
    ("AWS/Lambda", ("AsyncEventsDropped", "DestinationDeliveryFailures")): {"FunctionName"},
    ("AWS/Lambda", ("Duration", "Errors", "Invocations", "Throttles")): {"FunctionName"},
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
