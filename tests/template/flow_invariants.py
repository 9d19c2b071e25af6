"""What must hold for the contact flow, whatever it says. Rules of the flow language: the facts in `NEEDED`."""

import json
import re
from itertools import combinations
from xml.etree import ElementTree

from calls import CODE_HELD, REFERENCE
from stack import cycle, reachable

# The attributes that the flow speaks, each with its text.
PHRASES = {
    "$.Attributes.Greeting": "Hello. This is Example, Inc. with your sign-in code.",
    "$.Attributes.GatePrompt": "To hear it, press 4 now.",
    "$.Attributes.DenyPrompt": "If you are not signing in, press 0 now.",
    "$.Attributes.CodeIntro": "Your code is",
    "$.Attributes.CodeAgain": "Once more",
    "$.Attributes.RepeatPrompt": "To hear it again, press 1.",
    "$.Attributes.Closing": "Never tell this code to anyone, whoever asks.",
    "$.Attributes.Goodbye": "No key was recognised, so the code is not spoken. Goodbye.",
    "$.Attributes.Sorry": "Sorry, the code can't be spoken now. Please sign in again.",
    "$.Attributes.Denied": "Thank you. The sign-in is stopped.",
    CODE_HELD: "4, 7, 1, 9, 0, 2",
}
DIGITS = "123456789"
MENU_KEYS = set(DIGITS) | {"0", "*", "#"}

# Action type -> parameters, conditions and errors it must have, by
# https://docs.aws.amazon.com/connect/latest/APIReference/flow-language.html and what its import was seen to accept.
# ANY: whichever, but at least one.
ANY = object()
NEEDED = {
    "Compare": ({"ComparisonValue"}, ANY, {"NoMatchingCondition"}),
    "DisconnectParticipant": (set(), set(), set()),
    "GetParticipantInput": (
        {"SSML", "StoreInput", "InputTimeLimitSeconds"},
        ANY,
        {"NoMatchingCondition", "InputTimeLimitExceeded", "NoMatchingError"},
    ),
    "InvokeLambdaFunction": (
        {
            "LambdaFunctionARN",
            "InvocationTimeLimitSeconds",
            "InvocationType",
            "LambdaInvocationAttributes",
            "ResponseValidation",
        },
        set(),
        {"NoMatchingError"},
    ),
    "Loop": ({"LoopCount"}, {"ContinueLooping", "DoneLooping"}, {"NoMatchingError"}),
    "MessageParticipant": ({"SSML"}, set(), {"NoMatchingError"}),
    "UpdateContactTextToSpeechVoice": (
        {"TextToSpeechVoice", "TextToSpeechEngine", "TextToSpeechStyle"},
        set(),
        {"NoMatchingError"},
    ),
    "UpdateFlowAttributes": ({"FlowAttributes"}, set(), {"NoMatchingError"}),
    "UpdateFlowLoggingBehavior": ({"FlowLoggingBehavior"}, set(), set()),
}


def flow_is_json_with_one_reference(stack):
    """The local telephone reads the text as it stands, and puts an ARN of its own in its place."""
    ((function, content),) = stack.document["Resources"]["VoiceCodeFlow"]["Properties"]["Content"].items()
    assert function == "Fn::Sub" and 1 <= len(content) <= 256_000
    assert set(re.findall(r"\$\{.*?\}", content)) == {"${SpeakCode.Arn}"}
    assert stack.flow["Version"] == "2019-10-30"
    assert stack.template["Resources"]["VoiceCodeFlow"]["Properties"]["Type"] == "CONTACT_FLOW"


def flow_actions_are_well_formed(stack):
    identifiers = [action["Identifier"] for action in stack.flow["Actions"]]
    assert len(identifiers) == len(set(identifiers)) <= 250
    for action in stack.flow["Actions"]:
        parameters, conditions, errors = NEEDED[action["Type"]]
        assert re.fullmatch(r"[a-z0-9-]{1,50}", action["Identifier"])
        assert set(action["Parameters"]) == parameters
        transitions = action["Transitions"]
        if action["Type"] == "DisconnectParticipant":
            assert transitions == {}
            continue
        assert transitions["NextAction"]
        operands = [operand for each in transitions.get("Conditions", []) for operand in each["Condition"]["Operands"]]
        assert len(operands) == len(set(operands)) == len(transitions.get("Conditions", []))
        assert operands if conditions is ANY else set(operands) == conditions
        assert all(each["Condition"]["Operator"] == "Equals" for each in transitions.get("Conditions", []))
        found = [error["ErrorType"] for error in transitions.get("Errors", [])]
        assert len(found) == len(errors) and set(found) == errors


def flow_values_are_of_their_kind(stack):
    """Where a value must be static, where it must be one reference, and where a number must be a text."""
    for action in stack.flow["Actions"]:
        parameters, transitions = action["Parameters"], action["Transitions"]
        operands = [operand for each in transitions.get("Conditions", []) for operand in each["Condition"]["Operands"]]
        assert not [operand for operand in operands if "$" in operand]
        if action["Type"] in ("Compare", "GetParticipantInput"):
            # As the console exports it: what no condition matches goes where any other result would.
            assert transitions["NextAction"] == _error(action, "NoMatchingCondition")
        match action["Type"]:
            case "Compare":
                assert REFERENCE.fullmatch(parameters["ComparisonValue"])
            case "GetParticipantInput":
                assert parameters["StoreInput"] == "False"
                assert 1 <= int(_text(parameters["InputTimeLimitSeconds"])) <= 180
                assert set(operands) <= MENU_KEYS
            case "InvokeLambdaFunction":
                # A static text, and 8 seconds at most.
                assert 1 <= int(_text(parameters["InvocationTimeLimitSeconds"])) <= 8
                assert parameters["InvocationType"] == "SYNCHRONOUS"
                # A STRING_MAP takes no comma and no space.
                assert parameters["ResponseValidation"] == {"ResponseType": "JSON"}
            case "Loop":
                assert 0 <= int(_text(parameters["LoopCount"])) <= 100
            case "UpdateFlowAttributes":
                values = parameters["FlowAttributes"].values()
                assert values and all(set(each) == {"Value"} and _text(each["Value"]) for each in values)


def flow_metadata_places_every_action(stack):
    metadata = stack.flow["Metadata"]
    assert set(metadata["ActionMetadata"]) == {a["Identifier"] for a in stack.flow["Actions"]}
    places = [metadata["entryPointPosition"], *(m["position"] for m in metadata["ActionMetadata"].values())]
    for one, other in combinations(places, 2):
        apart = abs(one["x"] - other["x"]) >= 240 or abs(one["y"] - other["y"]) >= 240
        assert apart, f"blocks hide each other at {one} and {other}"


def flow_targets_exist_and_all_are_reached(stack):
    edges = _edges(stack.flow)
    assert set().union(*edges.values()) <= set(edges)
    assert reachable(edges, stack.flow["StartAction"]) == set(edges)


def flow_ends(stack):
    """Only a Loop, which counts, may lead back."""
    loops = {a["Identifier"] for a in stack.flow["Actions"] if a["Type"] == "Loop"}
    edges = _edges(stack.flow)
    assert cycle({node: targets - loops for node, targets in edges.items() if node not in loops}) == []
    assert all(edges[node] or node in _ends(stack.flow) for node in edges)


def flow_turns_logging_off_first(stack):
    first = _actions(stack.flow)[stack.flow["StartAction"]]
    assert first["Type"] == "UpdateFlowLoggingBehavior"
    assert [a["Parameters"] for a in stack.flow["Actions"] if a["Type"] == first["Type"]] == [
        {"FlowLoggingBehavior": "Disabled"}
    ]


def flow_asks_the_function_with_the_handle_and_a_wish_alone(stack):
    asking, denying = _asking(stack.flow), _denying(stack.flow)
    handle = {"handle": "$.Attributes.Handle"}
    assert asking["Parameters"]["LambdaFunctionARN"] == "${SpeakCode.Arn}"
    assert asking["Parameters"]["LambdaInvocationAttributes"] == handle
    # Both are invoked alike.
    assert denying["Parameters"] == asking["Parameters"] | {"LambdaInvocationAttributes": handle | {"wish": "deny"}}
    assert json.dumps(stack.flow).count("Handle") == 2


def flow_knows_no_code_in_an_attribute(stack):
    assert "VoiceMFA" not in json.dumps(stack.flow)


def flow_holds_the_code_right_after_a_checked_answer(stack):
    actions, text = _actions(stack.flow), json.dumps(stack.flow)
    (holding,) = [action for action in stack.flow["Actions"] if action["Type"] == "UpdateFlowAttributes"]
    assert holding["Parameters"] == {"FlowAttributes": {"Code": {"Value": "$.External.Code"}}}
    (before,) = _sources(stack.flow, holding["Identifier"])
    checking = actions[before]
    assert (checking["Type"], checking["Parameters"]) == ("Compare", {"ComparisonValue": "$.External.Result"})
    assert _conditions(checking) == {"code": holding["Identifier"]}
    assert _error(checking, "NoMatchingCondition") != holding["Identifier"]
    (before,) = _sources(stack.flow, checking["Identifier"])
    asking = actions[before]
    assert asking["Type"] == "InvokeLambdaFunction"
    assert asking["Transitions"]["NextAction"] == checking["Identifier"] != _error(asking, "NoMatchingError")
    assert text.count("$.External.") == 3
    # What is spoken is what the flow holds, and nothing else is done with it.
    assert all("$.FlowAttributes." not in json.dumps(action) or CODE_HELD in _ssml(action) for action in actions.values())


def flow_says_sorry_wherever_there_is_no_code(stack):
    actions, asking = _actions(stack.flow), _asking(stack.flow)
    checking = actions[asking["Transitions"]["NextAction"]]
    holding = actions[_conditions(checking)["code"]]
    failed = {_error(asking, "NoMatchingError"), _error(checking, "NoMatchingCondition"), _error(holding, "NoMatchingError")}
    (sorry,) = failed
    assert actions[sorry]["Type"] == "MessageParticipant"
    assert _ssml(actions[sorry]) == "<speak>$.Attributes.Sorry</speak>"
    assert _edges(stack.flow)[sorry] == _ends(stack.flow)


def flow_says_the_code_slowly_and_twice_in_a_prompt(stack):
    (said,) = [_ssml(action) for action in stack.flow["Actions"] if CODE_HELD in _ssml(action)]
    assert said.count(CODE_HELD) == said.count(f'<prosody rate="slow">{CODE_HELD}</prosody><break time="') == 2


def flow_takes_the_time_that_is_reckoned_with(stack):
    """Of a call in which the right key is pressed and nothing is repeated, besides the phrases, the digits and the 2 s in which
    people press the key: SECONDS_BESIDE_PHRASES in crates/sign-in/src/call/language.rs, and the ring time of its tests.
    In those 2 s the prompt goes on with what 0 does."""
    actions = _actions(stack.flow)
    speaks = [_ssml(actions[name]) for name in ("greet", "ask-digit", "say-code", "warn")]
    beside = '<break time="300ms"/>$.Attributes.DenyPrompt'
    assert speaks[1] == f"<speak>$.Attributes.GatePrompt{beside}</speak>"
    speaks[1] = speaks[1].replace(beside, "")
    pauses = [int(pause) for ssml in speaks for pause in re.findall(r'<break time="(\d+)ms"/>', ssml)]
    assert sum(pauses) == 2900
    limits = {name: actions[name]["Parameters"]["InputTimeLimitSeconds"] for name in ("ask-digit", "say-code")}
    assert limits == {"ask-digit": "6", "say-code": "3"}
    assert stack.document["Parameters"]["ConnectRingTimeoutSeconds"]["Default"] == 25


def flow_repeats_the_code_on_any_key_and_goes_on_without(stack):
    (menu,) = [action for action in stack.flow["Actions"] if CODE_HELD in _ssml(action)]
    again, on = _error(menu, "NoMatchingCondition"), _error(menu, "InputTimeLimitExceeded")
    assert _conditions(menu) == {"1": again}
    assert again != on == _error(menu, "NoMatchingError")
    assert _conditions(_actions(stack.flow)[again])["ContinueLooping"] == menu["Identifier"]


def flow_compares_each_key_with_its_digit(stack):
    actions = _actions(stack.flow)
    (menu,) = [action for action in stack.flow["Actions"] if "$.Attributes.GatePrompt" in _ssml(action)]
    keys = {key: identifier for key, identifier in _conditions(menu).items() if key != "0"}
    assert set(keys) == set(DIGITS)
    passed = set()
    for key, identifier in keys.items():
        assert actions[identifier]["Parameters"] == {"ComparisonValue": "$.Attributes.GateDigit"}
        assert set(_conditions(actions[identifier])) == {key}
        passed |= set(_conditions(actions[identifier]).values())
        # A wrong digit is a try like any other wrong key, or none.
        assert _error(actions[identifier], "NoMatchingCondition") == _error(menu, "NoMatchingCondition")
        assert _error(actions[identifier], "NoMatchingCondition") == _error(menu, "InputTimeLimitExceeded")
    assert len(passed) == 1
    positions = [stack.flow["Metadata"]["ActionMetadata"][keys[digit]]["position"] for digit in DIGITS]
    assert len({position["y"] for position in positions}) == 1, "not side by side"
    assert positions == sorted(positions, key=lambda position: position["x"])


def flow_denies_by_0_at_the_gate_alone(stack):
    actions = _actions(stack.flow)
    (menu,) = [action for action in stack.flow["Actions"] if "0" in _keys(action)]
    assert "$.Attributes.DenyPrompt" in _ssml(menu)
    denying = actions[_conditions(menu)["0"]]
    assert denying == _denying(stack.flow)
    checking = actions[denying["Transitions"]["NextAction"]]
    assert (checking["Type"], checking["Parameters"]) == ("Compare", {"ComparisonValue": "$.External.Result"})
    ((answer, said),) = _conditions(checking).items()
    assert answer == "denied"
    assert _ssml(actions[said]) == "<speak>$.Attributes.Denied</speak>"
    assert _edges(stack.flow)[said] == _ends(stack.flow)
    # Without an answer the sign-in may go on. Goodbye says what is true: no code is spoken.
    (otherwise,) = {_error(denying, "NoMatchingError"), _error(checking, "NoMatchingCondition")}
    assert _ssml(actions[otherwise]) == "<speak>$.Attributes.Goodbye</speak>"


def flow_speaks_with_the_voice_of_the_call(stack):
    voices = [action for action in stack.flow["Actions"] if action["Type"] == "UpdateContactTextToSpeechVoice"]
    assert [voice["Parameters"] for voice in voices] == [
        {"TextToSpeechVoice": "$.Attributes.Voice", "TextToSpeechEngine": "Neural", "TextToSpeechStyle": "None"}
    ]
    before = reachable(_edges(stack.flow), stack.flow["StartAction"], without={voices[0]["Identifier"]})
    assert not any(_ssml(_actions(stack.flow)[identifier]) for identifier in before)


def flow_speech_is_valid_ssml(stack):
    said = set()
    for ssml in filter(None, map(_ssml, stack.flow["Actions"])):
        assert len(ssml) <= 3000
        assert ssml.count("$") == len(REFERENCE.findall(ssml))
        for reference in REFERENCE.finditer(ssml):
            assert reference[0] in PHRASES, f"{reference[0]} is unknown, or has a full stop or letter behind it"
            assert ssml[reference.end()] == "<", f"{reference[0]} has no clear end"
        said |= set(REFERENCE.findall(ssml))
        tree = ElementTree.fromstring(REFERENCE.sub(lambda reference: PHRASES[reference[0]], ssml))
        assert tree.tag == "speak"
        assert {node.tag for node in tree.iter()} <= {"speak", "break", "prosody"}
        for pause in tree.iter("break"):
            assert 0 < int(re.fullmatch(r"(\d+)ms", pause.attrib["time"])[1]) <= 10_000
        # Whatever is said comes with the call, in its language.
        assert not re.search(r"\w", re.sub(r"<[^>]*>", "", REFERENCE.sub("", ssml)))
    assert said == set(PHRASES)


INVARIANTS = [
    flow_is_json_with_one_reference,
    flow_actions_are_well_formed,
    flow_values_are_of_their_kind,
    flow_metadata_places_every_action,
    flow_targets_exist_and_all_are_reached,
    flow_ends,
    flow_turns_logging_off_first,
    flow_asks_the_function_with_the_handle_and_a_wish_alone,
    flow_knows_no_code_in_an_attribute,
    flow_holds_the_code_right_after_a_checked_answer,
    flow_says_sorry_wherever_there_is_no_code,
    flow_says_the_code_slowly_and_twice_in_a_prompt,
    flow_takes_the_time_that_is_reckoned_with,
    flow_repeats_the_code_on_any_key_and_goes_on_without,
    flow_compares_each_key_with_its_digit,
    flow_denies_by_0_at_the_gate_alone,
    flow_speaks_with_the_voice_of_the_call,
    flow_speech_is_valid_ssml,
]


def _actions(flow):
    return {action["Identifier"]: action for action in flow["Actions"]}


def _asking(flow):
    (asking,) = [action for action in _invocations(flow) if "wish" not in action["Parameters"]["LambdaInvocationAttributes"]]
    return asking


def _denying(flow):
    (denying,) = [action for action in _invocations(flow) if "wish" in action["Parameters"]["LambdaInvocationAttributes"]]
    return denying


def _invocations(flow):
    return [action for action in flow["Actions"] if action["Type"] == "InvokeLambdaFunction"]


def _ends(flow):
    return {a["Identifier"] for a in flow["Actions"] if a["Type"] == "DisconnectParticipant"}


def _ssml(action):
    return action["Parameters"].get("SSML", "")


def _edges(flow):
    edges = {}
    for action in flow["Actions"]:
        transitions = action["Transitions"]
        branches = transitions.get("Conditions", []) + transitions.get("Errors", [])
        targets = {branch["NextAction"] for branch in branches} | {transitions.get("NextAction")}
        edges[action["Identifier"]] = targets - {None}
    return edges


def _sources(flow, identifier):
    """The actions that lead to an action."""
    return [source for source, targets in _edges(flow).items() if identifier in targets]


def _conditions(action):
    return {each["Condition"]["Operands"][0]: each["NextAction"] for each in action["Transitions"]["Conditions"]}


def _keys(action):
    return set(_conditions(action)) if action["Type"] == "GetParticipantInput" else set()


def _error(action, error):
    return {each["ErrorType"]: each["NextAction"] for each in action["Transitions"]["Errors"]}[error]


def _text(value):
    assert isinstance(value, str)
    return value
