"""What must hold for the contact flow, whatever it says. Rules of the flow language: the facts in `NEEDED`."""

import re
from xml.etree import ElementTree

from stack import cycle, reachable

CODE = "$.Attributes.VoiceMFA"
BRAND = "$.Attributes.Brand"

# Action type -> parameters, conditions and errors it must have, by
# https://docs.aws.amazon.com/connect/latest/APIReference/flow-language.html and what its import was seen to accept.
NEEDED = {
    "UpdateFlowLoggingBehavior": ({"FlowLoggingBehavior"}, set(), set()),
    "UpdateContactTextToSpeechVoice": (
        {"TextToSpeechVoice", "TextToSpeechEngine", "TextToSpeechStyle"},
        set(),
        {"NoMatchingError"},
    ),
    "MessageParticipant": ({"SSML"}, set(), {"NoMatchingError"}),
    "Loop": ({"LoopCount"}, {"ContinueLooping", "DoneLooping"}, {"NoMatchingError"}),
    "UpdateContactAttributes": ({"Attributes", "TargetContact"}, set(), {"NoMatchingError"}),
    "DisconnectParticipant": (set(), set(), set()),
}


def flow_is_literal_json(stack):
    content = stack.document["Resources"]["VoiceCodeFlow"]["Properties"]["Content"]
    assert isinstance(content, str), "the local telephone reads the text as it stands"
    assert 1 <= len(content) <= 256_000
    assert stack.flow["Version"] == "2019-10-30"
    assert stack.template["Resources"]["VoiceCodeFlow"]["Properties"]["Type"] == "CONTACT_FLOW"


def flow_actions_are_well_formed(stack):
    identifiers = [action["Identifier"] for action in stack.flow["Actions"]]
    assert len(identifiers) == len(set(identifiers)) <= 250
    for action in stack.flow["Actions"]:
        parameters, conditions, errors = NEEDED[action["Type"]]
        assert re.fullmatch(r"[a-z-]{1,50}", action["Identifier"])
        assert set(action["Parameters"]) == parameters
        transitions = action["Transitions"]
        if action["Type"] == "DisconnectParticipant":
            assert transitions == {}
            continue
        assert transitions["NextAction"]
        assert {c["Condition"]["Operands"][0] for c in transitions.get("Conditions", [])} == conditions
        assert all(
            c["Condition"]["Operator"] == "Equals" and len(c["Condition"]["Operands"]) == 1
            for c in transitions.get("Conditions", [])
        )
        assert {e["ErrorType"] for e in transitions.get("Errors", [])} == errors


def flow_metadata_places_every_action(stack):
    metadata = stack.flow["Metadata"]
    assert set(metadata["ActionMetadata"]) == {a["Identifier"] for a in stack.flow["Actions"]}
    places = [metadata["entryPointPosition"], *(m["position"] for m in metadata["ActionMetadata"].values())]
    assert len({(place["x"], place["y"]) for place in places}) == len(places), "blocks hide each other"


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


def flow_erases_the_code_on_every_path(stack):
    edges = _edges(stack.flow)
    erasing = set()
    for action in stack.flow["Actions"]:
        if action["Type"] == "UpdateContactAttributes" and "VoiceMFA" in action["Parameters"]["Attributes"]:
            assert action["Parameters"]["TargetContact"] == "Current"
            assert action["Parameters"]["Attributes"]["VoiceMFA"] == "erased"
            erasing.add(action["Identifier"])
    assert not reachable(edges, stack.flow["StartAction"], without=erasing) & _ends(stack.flow)
    after = set().union(*(reachable(edges, node) for node in erasing))
    assert not [node for node in after if CODE in _ssml(_actions(stack.flow)[node])], "says an erased code"


def flow_says_who_calls_then_the_code_three_times_then_a_warning(stack):
    said = [action for action in _run(stack.flow) if _ssml(action)]
    texts = [_ssml(action) for action in said]
    codes = [place for place, text in enumerate(texts) if CODE in text]
    assert len(texts) == 5
    assert BRAND in texts[0]
    assert codes == [1, 2, 3]
    assert "Never tell this code to anyone" in texts[4]
    for text in texts[1:4]:
        assert f'<prosody rate="slow">{CODE}</prosody><break time="' in text


def flow_speaks_with_the_neural_voice(stack):
    assert [a["Parameters"] for a in _run(stack.flow) if a["Type"] == "UpdateContactTextToSpeechVoice"] == [
        {"TextToSpeechVoice": "Joanna", "TextToSpeechEngine": "Neural", "TextToSpeechStyle": "None"}
    ]


def flow_speech_is_valid_ssml(stack):
    for ssml in filter(None, map(_ssml, stack.flow["Actions"])):
        assert len(ssml) <= 3000
        for reference in re.findall(r"\$\.[\w.]+", ssml):
            assert reference in (CODE, BRAND), f"{reference} is unknown, or has a full stop or letter behind it"
        tree = ElementTree.fromstring(ssml.replace(CODE, "4, 7, 1, 9, 0, 2").replace(BRAND, "Example, Inc."))
        assert tree.tag == "speak"
        assert {node.tag for node in tree.iter()} <= {"speak", "break", "prosody"}
        for pause in tree.iter("break"):
            assert 0 < int(re.fullmatch(r"(\d+)ms", pause.attrib["time"])[1]) <= 10_000


INVARIANTS = [
    flow_is_literal_json,
    flow_actions_are_well_formed,
    flow_metadata_places_every_action,
    flow_targets_exist_and_all_are_reached,
    flow_ends,
    flow_turns_logging_off_first,
    flow_erases_the_code_on_every_path,
    flow_says_who_calls_then_the_code_three_times_then_a_warning,
    flow_speaks_with_the_neural_voice,
    flow_speech_is_valid_ssml,
]


def _actions(flow):
    return {action["Identifier"]: action for action in flow["Actions"]}


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


def _run(flow):
    """The actions of a call in which nothing fails, in their order."""
    actions, rounds, node, path = _actions(flow), {}, flow["StartAction"], []
    while node:
        assert len(path) < 100, "does not end"
        action = actions[node]
        path.append(action)
        node = action["Transitions"].get("NextAction")
        if action["Type"] == "Loop":
            name = action["Identifier"]
            rounds[name] = rounds.get(name, 0) + 1
            more = rounds[name] <= int(action["Parameters"]["LoopCount"])
            wanted = "ContinueLooping" if more else "DoneLooping"
            node = next(
                c["NextAction"] for c in action["Transitions"]["Conditions"] if wanted in c["Condition"]["Operands"]
            )
    return path
