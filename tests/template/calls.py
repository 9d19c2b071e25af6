"""Every call that the contact flow can make: all of its paths, with whatever can fail on them.

`Calls(flow, gate, digit)` walks them for one value of the attributes Gate and GateDigit. What it walks through is not
the actions, some of which a call comes by several times, but situations: an action with what the attributes hold, how
often each loop has gone round, and what has happened in the call.
"""

import json
import re
from functools import cache
from typing import NamedTuple

# What the attributes may hold: the code that speak-code gave past the gate, and what must never be spoken.
CODE = "the code"
EARLY = "the code, given before the digit was pressed"
UNCHECKED = "what came with another answer"
IN_ATTRIBUTE = "what VoiceMFA holds"
CODE_HELD = "$.FlowAttributes.Code"
REFERENCE = re.compile(r"\$\.\w+(?:\.\w+|\['[^']*'\])*")
KEYS = "0123456789*#"

# No count goes further, so that there is an end of situations even if there is none of the calls.
MOST = 9


class Situation(NamedTuple):
    """What a call has come to, before an action."""

    action: str
    values: frozenset  # of attributes, as (reference, value)
    rounds: frozenset = frozenset()  # of loops, as (loop, rounds)
    passed: bool = False  # the digit was pressed when it was asked for
    asks: int = 0  # how often it was
    denies: bool = False  # 0 was pressed when it was asked for
    invocations: int = 0  # of the function, for the code
    denials: int = 0  # of the function, to stop the sign-in
    spoken: int = 0  # prompts with the code
    first_said: str = ""  # the first reference in the first prompt
    last_said: str = ""  # and in the last one

    @property
    def code_is_held(self):
        return (CODE_HELD, CODE) in self.values

    @property
    def is_stopped(self):
        return ("$.External.Result", "denied") in self.values


class Calls:
    def __init__(self, flow, gate, digit):
        self.gate, self.digit = gate, digit
        self.actions = {action["Identifier"]: action for action in flow["Actions"]}
        attributes = {"$.Attributes.VoiceMFA": IN_ATTRIBUTE, "$.Attributes.Gate": gate, "$.Attributes.GateDigit": digit}
        start = Situation(flow["StartAction"], frozenset(attributes.items()))
        self.edges = {}
        todo = [start]
        while todo:
            now = todo.pop()
            if now not in self.edges:
                self.edges[now] = set(self._next(now))
                todo.extend(self.edges[now])

    @property
    def ends(self):
        return [now for now, then in self.edges.items() if not then]

    def prompts(self):
        """The situations in which something is about to be said."""
        return [now for now in self.edges if self._ssml(now)]

    def invocations(self):
        """The situations in which the function is about to be asked for the code."""
        return [now for now in self.edges if self._invokes(now) and not self._denies(now)]

    def denials(self):
        """The situations in which the function is about to be told that the user denies the sign-in."""
        return [now for now in self.edges if self._invokes(now) and self._denies(now)]

    def may_hear_it(self, now):
        return self.gate == "off" or now.passed

    def speaks(self, now):
        """What is known of the attributes that a prompt speaks. Phrases are not."""
        values = dict(now.values)
        said = REFERENCE.findall(self._ssml(now))
        return {values.get(name) for name in said if name in values or not name.startswith("$.Attributes.")}

    def _invokes(self, now):
        return self.actions[now.action]["Type"] == "InvokeLambdaFunction"

    def _denies(self, now):
        return self.actions[now.action]["Parameters"].get("LambdaInvocationAttributes", {}).get("wish") == "deny"

    def _ssml(self, now):
        return self.actions[now.action]["Parameters"].get("SSML", "")

    def _next(self, now):
        action = self.actions[now.action]
        parameters, transitions = action["Parameters"], action["Transitions"]
        conditions = {
            each["Condition"]["Operands"][0]: each["NextAction"] for each in transitions.get("Conditions", [])
        }
        errors = {each["ErrorType"]: each["NextAction"] for each in transitions.get("Errors", [])}
        then = self._afterwards(now)
        values = dict(now.values)
        match action["Type"]:
            case "Compare":
                value = values.get(parameters["ComparisonValue"])
                target = conditions[value] if value in conditions else errors["NoMatchingCondition"]
                yield then._replace(action=target)
                return
            case "GetParticipantInput":
                for key in KEYS:
                    asked = then.asks > now.asks
                    passed = now.passed or (asked and key == self.digit)
                    denies = now.denies or (asked and key == "0")
                    target = conditions.get(key, errors["NoMatchingCondition"])
                    yield then._replace(action=target, passed=passed, denies=denies)
            case "InvokeLambdaFunction":
                kept = {name: value for name, value in values.items() if not name.startswith("$.External.")}
                for answer in self._answers(now):
                    answer = {f"$.External.{name}": value for name, value in answer.items()}
                    yield then._replace(action=transitions["NextAction"], values=frozenset((kept | answer).items()))
            case "Loop":
                rounds = dict(now.rounds)
                more = rounds.get(now.action, 0) < int(parameters["LoopCount"])
                rounds[now.action] = rounds.get(now.action, 0) + 1 if more else 0
                target = conditions["ContinueLooping" if more else "DoneLooping"]
                yield then._replace(action=target, rounds=frozenset(rounds.items()))
            case "UpdateContactAttributes":
                for name, value in parameters["Attributes"].items():
                    values[f"$.Attributes.{name}"] = dict(now.values).get(value, value)
                yield then._replace(action=transitions["NextAction"], values=frozenset(values.items()))
            case "UpdateFlowAttributes":
                for name, value in parameters["FlowAttributes"].items():
                    values[f"$.FlowAttributes.{name}"] = dict(now.values).get(value["Value"], value["Value"])
                yield then._replace(action=transitions["NextAction"], values=frozenset(values.items()))
            case _:
                if "NextAction" in transitions:
                    yield then._replace(action=transitions["NextAction"])
        # Whatever fails has had no effect, but may have spoken.
        for target in errors.values():
            yield then._replace(action=target)

    def _answers(self, now):
        """What speak-code may answer, and some that it never gives."""
        if self._denies(now):
            yield {"Result": "denied"}
            yield {"Result": "code", "Code": UNCHECKED}
        else:
            yield {"Result": "code", "Code": CODE if self.may_hear_it(now) else EARLY}
        yield {"Result": "none"}
        yield {"Result": "none", "Code": UNCHECKED}
        yield {"Code": UNCHECKED}
        yield {}

    def _afterwards(self, now):
        """The same with what the action makes of it, whichever way it goes on."""
        invokes, denies = self._invokes(now), self._denies(now)
        then = now._replace(
            invocations=min(now.invocations + (invokes and not denies), MOST),
            denials=min(now.denials + (invokes and denies), MOST),
            spoken=min(now.spoken + (CODE in self.speaks(now)), MOST),
        )
        if said := REFERENCE.findall(self._ssml(now)):
            asks = min(now.asks + ("$.Attributes.GatePrompt" in said), MOST)
            then = then._replace(asks=asks, first_said=now.first_said or said[0], last_said=said[0])
        return then


def every_call(stack):
    """All of them: with the gate on, off, or not set (or set to anything else), for each digit and for none."""
    return _every_call(json.dumps(stack.flow))


@cache
def _every_call(content):
    flow = json.loads(content)
    digits = [*"123456789", None]
    return [Calls(flow, gate, digit) for gate in ("on", "off", None) for digit in digits]
