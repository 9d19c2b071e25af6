"""Mistakes in the contact flow, each with the invariant that must catch it."""

import json

import call_invariants as call
import flow_invariants as flow
from calls import CODE_HELD


def resource(**changes):
    return lambda document: document["Resources"]["VoiceCodeFlow"]["Properties"].update(changes)


def whole_flow(change):
    def mutate(document):
        properties = document["Resources"]["VoiceCodeFlow"]["Properties"]
        content = json.loads(properties["Content"]["Fn::Sub"])
        change(content)
        properties["Content"] = {"Fn::Sub": json.dumps(content)}

    return mutate


def action(identifier, change):
    return whole_flow(lambda f: change(next(a for a in f["Actions"] if a["Identifier"] == identifier)))


def parameters(identifier, **changes):
    return action(identifier, lambda a: a["Parameters"].update(changes))


def without(identifier, part):
    return action(identifier, lambda a: a["Transitions"].pop(part))


def goes_to(identifier, target):
    return action(identifier, lambda a: a["Transitions"].update(NextAction=target))


def fails_to(identifier, target, error="NoMatchingError"):
    return action(
        identifier,
        lambda a: [e.update(NextAction=target) for e in a["Transitions"]["Errors"] if e["ErrorType"] == error],
    )


def leads_to(identifier, operand, target):
    return action(
        identifier,
        lambda a: [
            c.update(NextAction=target)
            for c in a["Transitions"]["Conditions"]
            if c["Condition"]["Operands"] == [operand]
        ],
    )


def compares(identifier, *operands, operator="Equals"):
    """The one condition of an action, or the first of several."""
    return action(
        identifier,
        lambda a: a["Transitions"]["Conditions"][0]["Condition"].update(Operator=operator, Operands=list(operands)),
    )


def says(identifier, old, new):
    def change(a):
        assert old in a["Parameters"]["SSML"]
        a["Parameters"].update(SSML=a["Parameters"]["SSML"].replace(old, new))

    return action(identifier, change)


def moved(identifier, **changes):
    return whole_flow(lambda f: f["Metadata"]["ActionMetadata"][identifier]["position"].update(changes))


def inserted_after(identifier, kind, **parameters):
    """A further action on the way from an action to the next."""

    def change(f):
        transitions = next(a for a in f["Actions"] if a["Identifier"] == identifier)["Transitions"]
        then = {"NextAction": transitions["NextAction"]}
        then["Errors"] = [{"ErrorType": "NoMatchingError", "NextAction": transitions["NextAction"]}]
        f["Actions"].append({"Identifier": "inserted", "Type": kind, "Parameters": parameters, "Transitions": then})
        transitions["NextAction"] = "inserted"

    return whole_flow(change)


def all_of(*mutations):
    def mutate(document):
        for mutation in mutations:
            mutation(document)

    return mutate


IN_THE_CONTACT = {"TargetContact": "Current", "Attributes": {"VoiceMFA": "$.External.Code"}}
STORED = inserted_after("hold-code", "UpdateContactAttributes", **IN_THE_CONTACT)
FAILURES = [("get-code", "NoMatchingError"), ("has-code", "NoMatchingCondition"), ("hold-code", "NoMatchingError")]
ANOTHER = inserted_after("hold-code", "UpdateFlowAttributes", FlowAttributes={"Code": {"Value": "$.External.Code"}})

MUTATIONS = [
    (flow.flow_is_json_with_one_reference, resource(Content={"Fn::Sub": "{}"})),
    (flow.flow_is_json_with_one_reference, resource(Type="CUSTOMER_QUEUE")),
    (flow.flow_is_json_with_one_reference, whole_flow(lambda f: f.update(Version="2019-10-31"))),
    (flow.flow_is_json_with_one_reference, says("greet", "$.Attributes.Greeting", "${OtpBrand}")),
    (flow.flow_is_json_with_one_reference, parameters("get-code", LambdaFunctionARN="${CreateChallenge.Arn}")),
    # --- actions
    (flow.flow_actions_are_well_formed, parameters("say-code", Text="Hello")),
    (flow.flow_actions_are_well_formed, action("ask-digit", lambda a: a["Parameters"].pop("StoreInput"))),
    (flow.flow_actions_are_well_formed, action("is-2", lambda a: a.update(Identifier="is-1"))),
    (flow.flow_actions_are_well_formed, action("is-2", lambda a: a.update(Identifier="is (2)"))),
    (flow.flow_actions_are_well_formed, without("three-asks", "NextAction")),
    (flow.flow_actions_are_well_formed, without("is-gated", "NextAction")),
    (flow.flow_actions_are_well_formed, without("is-gated", "Conditions")),
    (flow.flow_actions_are_well_formed, without("is-5", "Errors")),
    (flow.flow_actions_are_well_formed, without("pick-voice", "Errors")),
    (flow.flow_actions_are_well_formed, without("hold-code", "Errors")),
    (flow.flow_actions_are_well_formed, without("get-code", "Errors")),
    (flow.flow_actions_are_well_formed, action("get-code", lambda a: a["Parameters"].pop("ResponseValidation"))),
    (flow.flow_actions_are_well_formed, STORED),
    (flow.flow_actions_are_well_formed, action("ask-digit", lambda a: a["Transitions"]["Errors"].pop())),
    (flow.flow_actions_are_well_formed, action("say-code", lambda a: a["Transitions"]["Errors"].pop(0))),
    (flow.flow_actions_are_well_formed, action("four-times", lambda a: a["Transitions"]["Conditions"].pop())),
    (flow.flow_actions_are_well_formed, goes_to("hang-up", "warn")),
    (flow.flow_actions_are_well_formed, compares("is-5", "5", "6")),
    (flow.flow_actions_are_well_formed, compares("is-5", "4", operator="NumberGreaterThan")),
    (flow.flow_actions_are_well_formed, compares("ask-digit", "9")),
    (flow.flow_values_are_of_their_kind, parameters("is-gated", ComparisonValue="gate $.Attributes.Gate")),
    (flow.flow_values_are_of_their_kind, parameters("say-code", StoreInput="True")),
    (flow.flow_values_are_of_their_kind, parameters("ask-digit", InputTimeLimitSeconds=6)),
    (flow.flow_values_are_of_their_kind, parameters("ask-digit", InputTimeLimitSeconds="181")),
    (flow.flow_values_are_of_their_kind, parameters("four-times", LoopCount=4)),
    (flow.flow_values_are_of_their_kind, parameters("four-times", LoopCount="101")),
    (flow.flow_values_are_of_their_kind, parameters("hold-code", FlowAttributes={"Code": "$.External.Code"})),
    (flow.flow_values_are_of_their_kind, parameters("get-code", InvocationTimeLimitSeconds="9")),
    (flow.flow_values_are_of_their_kind, parameters("get-code", InvocationTimeLimitSeconds=8)),
    (flow.flow_values_are_of_their_kind, parameters("get-code", InvocationType="ASYNCHRONOUS")),
    (flow.flow_values_are_of_their_kind, parameters("get-code", ResponseValidation={"ResponseType": "STRING_MAP"})),
    (flow.flow_values_are_of_their_kind, compares("ask-digit", "10")),
    (flow.flow_values_are_of_their_kind, compares("is-5", "$.Attributes.GateDigit")),
    (flow.flow_values_are_of_their_kind, goes_to("is-gated", "four-times")),
    (flow.flow_values_are_of_their_kind, goes_to("ask-digit", "four-times")),
    (flow.flow_metadata_places_every_action, whole_flow(lambda f: f["Metadata"]["ActionMetadata"].pop("warn"))),
    (flow.flow_metadata_places_every_action, moved("is-2", x=300)),
    # --- the graph
    (flow.flow_targets_exist_and_all_are_reached, goes_to("greet", "nowhere")),
    (flow.flow_targets_exist_and_all_are_reached, fails_to("warn", "nowhere")),
    (flow.flow_targets_exist_and_all_are_reached, leads_to("ask-digit", "7", "is-1")),
    (flow.flow_targets_exist_and_all_are_reached, whole_flow(lambda f: f.update(StartAction="pick-voice"))),
    (flow.flow_ends, goes_to("warn", "say-code")),
    (flow.flow_ends, fails_to("get-code", "get-code")),
    (flow.flow_ends, leads_to("say-code", "1", "say-code")),
    (flow.flow_ends, action("goodbye", lambda a: a.update(Transitions={}))),
    (flow.flow_turns_logging_off_first, parameters("quiet-log", FlowLoggingBehavior="Enabled")),
    (flow.flow_turns_logging_off_first, whole_flow(lambda f: f.update(StartAction="pick-voice"))),
    (flow.flow_turns_logging_off_first, inserted_after("greet", "UpdateFlowLoggingBehavior", FlowLoggingBehavior="Enabled")),
    # --- where the code comes from
    (asks := flow.flow_asks_the_function_with_the_handle_and_a_wish_alone, parameters("get-code", LambdaInvocationAttributes={})),
    (asks, parameters("get-code", LambdaInvocationAttributes={"handle": "$.Attributes.Handle", "brand": "$.Attributes.Brand"})),
    (asks, parameters("get-code", LambdaFunctionARN="$.Attributes.Function")),
    (asks, parameters("deny", LambdaInvocationAttributes={"handle": "$.Attributes.Handle"})),
    (asks, parameters("deny", LambdaInvocationAttributes={"handle": "$.Attributes.Handle", "wish": "$.Attributes.Gate"})),
    (asks, parameters("deny", InvocationTimeLimitSeconds="3")),
    (asks, says("greet", "$.Attributes.Greeting", "$.Attributes.Handle")),
    (asks, action("get-code", lambda a: a.update(Type="MessageParticipant"))),
    (no_attribute := flow.flow_knows_no_code_in_an_attribute, says("say-code", CODE_HELD, "$.Attributes.VoiceMFA")),
    (no_attribute, says("sorry", "$.Attributes.Sorry", "$.Attributes['VoiceMFA']")),
    (no_attribute, parameters("hold-code", FlowAttributes={"Code": {"Value": "$.Attributes.VoiceMFA"}})),
    (no_attribute, STORED),
    (holds := flow.flow_holds_the_code_right_after_a_checked_answer, parameters("hold-code", FlowAttributes={"Code": {"Value": "1"}})),
    (holds, parameters("hold-code", FlowAttributes={"Code": {"Value": "$.External.Other"}})),
    (holds, ANOTHER),
    (holds, parameters("has-code", ComparisonValue="$.External.Code")),
    (holds, compares("has-code", "none")),
    (holds, goes_to("get-code", "hold-code")),
    (holds, fails_to("get-code", "hold-code")),
    (holds, fails_to("get-code", "has-code")),
    (holds, fails_to("has-code", "hold-code", "NoMatchingCondition")),
    (holds, leads_to("is-gated", "off", "has-code")),
    (holds, goes_to("greet", "hold-code")),
    (holds, inserted_after("get-code", "MessageParticipant", SSML="<speak>$.Attributes.Brand</speak>")),
    (holds, says("say-code", CODE_HELD, "$.External.Code")),
    (holds, parameters("is-gated", ComparisonValue=CODE_HELD)),
    (sorry := flow.flow_says_sorry_wherever_there_is_no_code, fails_to("get-code", "goodbye")),
    (sorry, fails_to("has-code", "warn", "NoMatchingCondition")),
    (sorry, fails_to("hold-code", "four-times")),
    (sorry, all_of(*[fails_to(name, "hang-up", error) for name, error in FAILURES])),
    (sorry, goes_to("sorry", "three-asks")),
    (sorry, fails_to("sorry", "get-code")),
    (sorry, says("sorry", "$.Attributes.Sorry", "$.Attributes.Goodbye")),
    # --- what is said and compared
    (flow.flow_says_the_code_slowly_and_twice_in_a_prompt, says("say-code", 'rate="slow"', 'rate="fast"')),
    (
        flow.flow_says_the_code_slowly_and_twice_in_a_prompt,
        says("say-code", f'<break time="400ms"/><prosody rate="slow">{CODE_HELD}</prosody><break time="600ms"/>', ""),
    ),
    (
        flow.flow_repeats_the_code_on_any_key_and_goes_on_without,
        fails_to("say-code", "four-times", "InputTimeLimitExceeded"),
    ),
    (
        flow.flow_repeats_the_code_on_any_key_and_goes_on_without,
        fails_to("say-code", "warn", "NoMatchingCondition"),
    ),
    (flow.flow_repeats_the_code_on_any_key_and_goes_on_without, compares("say-code", "2")),
    (flow.flow_repeats_the_code_on_any_key_and_goes_on_without, leads_to("say-code", "1", "warn")),
    (flow.flow_repeats_the_code_on_any_key_and_goes_on_without, leads_to("four-times", "ContinueLooping", "warn")),
    (flow.flow_compares_each_key_with_its_digit, compares("is-4", "5")),
    (flow.flow_compares_each_key_with_its_digit, leads_to("ask-digit", "4", "is-5")),
    (flow.flow_compares_each_key_with_its_digit, action("ask-digit", lambda a: a["Transitions"]["Conditions"].pop(0))),
    (flow.flow_compares_each_key_with_its_digit, parameters("is-4", ComparisonValue="$.Attributes.Gate")),
    (flow.flow_compares_each_key_with_its_digit, leads_to("is-4", "4", "say-code")),
    (flow.flow_compares_each_key_with_its_digit, fails_to("is-4", "goodbye", "NoMatchingCondition")),
    (flow.flow_compares_each_key_with_its_digit, fails_to("ask-digit", "goodbye", "InputTimeLimitExceeded")),
    (flow.flow_compares_each_key_with_its_digit, moved("is-4", y=1000)),
    (flow.flow_compares_each_key_with_its_digit, moved("is-4", x=2440)),
    (flow.flow_speaks_with_the_voice_of_the_call, parameters("pick-voice", TextToSpeechEngine="Standard")),
    (flow.flow_speaks_with_the_voice_of_the_call, parameters("pick-voice", TextToSpeechVoice="Joanna")),
    (flow.flow_speaks_with_the_voice_of_the_call, goes_to("quiet-log", "greet")),
    (flow.flow_speech_is_valid_ssml, says("greet", "</speak>", "")),
    (flow.flow_speech_is_valid_ssml, says("greet", "$.Attributes.Greeting", "$.Attributes.Brand")),
    (flow.flow_speech_is_valid_ssml, says("greet", "</speak>", "Hello</speak>")),
    (flow.flow_speech_is_valid_ssml, says("greet", "<break", "$<break")),
    (flow.flow_speech_is_valid_ssml, says("greet", "<speak>", "<speak>" + 3000 * " ")),
    (flow.flow_speech_is_valid_ssml, says("greet", "speak>", "prosody>")),
    (flow.flow_speech_is_valid_ssml, says("warn", "$.Attributes.Closing", "$.Attributes.Closing.")),
    (flow.flow_speech_is_valid_ssml, says("warn", "$.Attributes.Closing", "$.Attributes.Closing Goodbye")),
    (flow.flow_speech_is_valid_ssml, says("warn", "</speak>", "<audio/></speak>")),
    (flow.flow_speech_is_valid_ssml, says("say-code", "1000ms", "15000ms")),
    (flow.flow_speech_is_valid_ssml, says("say-code", "$.Attributes.RepeatPrompt", "")),
    (flow.flow_takes_the_time_that_is_reckoned_with, says("greet", "500ms", "5000ms")),
    (flow.flow_takes_the_time_that_is_reckoned_with, says("say-code", "1000ms", "9000ms")),
    (flow.flow_takes_the_time_that_is_reckoned_with, says("ask-digit", "300ms", "3000ms")),
    (flow.flow_takes_the_time_that_is_reckoned_with, parameters("say-code", InputTimeLimitSeconds="60")),
    (flow.flow_takes_the_time_that_is_reckoned_with, parameters("ask-digit", InputTimeLimitSeconds="1")),
    (
        flow.flow_takes_the_time_that_is_reckoned_with,
        lambda document: document["Parameters"]["ConnectRingTimeoutSeconds"].update(Default=60),
    ),
    (denies := flow.flow_denies_by_0_at_the_gate_alone, leads_to("ask-digit", "0", "is-9")),
    (denies, action("ask-digit", lambda a: a["Transitions"]["Conditions"].pop())),
    (denies, leads_to("ask-digit", "0", "get-code")),
    (denies, compares("say-code", "0")),
    (denies, compares("is-denied", "none")),
    (denies, parameters("is-denied", ComparisonValue="$.External.Code")),
    (denies, goes_to("deny", "say-denied")),
    (denies, fails_to("deny", "sorry")),
    (denies, fails_to("is-denied", "say-denied", "NoMatchingCondition")),
    (denies, says("say-denied", "$.Attributes.Denied", "$.Attributes.Goodbye")),
    (denies, goes_to("say-denied", "three-asks")),
    # --- every call
    (call.calls_end_by_hanging_up, leads_to("say-code", "1", "say-code")),
    (call.calls_end_by_hanging_up, goes_to("warn", "four-times")),
    (call.calls_end_by_hanging_up, action("goodbye", lambda a: a.update(Transitions={}))),
    (past_the_gate := call.calls_ask_for_the_code_past_the_gate_only, fails_to("is-gated", "get-code", "NoMatchingCondition")),
    (
        past_the_gate,
        all_of(
            compares("is-gated", "on"),
            leads_to("is-gated", "on", "three-asks"),
            fails_to("is-gated", "get-code", "NoMatchingCondition"),
        ),
    ),
    (past_the_gate, compares("is-gated", "on")),
    (past_the_gate, goes_to("greet", "get-code")),
    (past_the_gate, fails_to("greet", "get-code")),
    (past_the_gate, fails_to("is-4", "get-code", "NoMatchingCondition")),
    (past_the_gate, compares("is-4", "5")),
    (past_the_gate, leads_to("is-4", "4", "three-asks")),
    (past_the_gate, fails_to("ask-digit", "get-code")),
    (past_the_gate, fails_to("ask-digit", "get-code", "InputTimeLimitExceeded")),
    (past_the_gate, fails_to("three-asks", "get-code")),
    (past_the_gate, leads_to("three-asks", "DoneLooping", "get-code")),
    (past_the_gate, inserted_after("greet", "UpdateContactAttributes", TargetContact="Current", Attributes={"Gate": "off"})),
    (past_the_gate, goes_to("goodbye", "get-code")),
    (once := call.calls_ask_for_the_code_once, leads_to("say-code", "1", "get-code")),
    (once, leads_to("four-times", "ContinueLooping", "get-code")),
    (once, fails_to("get-code", "get-code")),
    (once, goes_to("sorry", "three-asks")),
    (checked := call.calls_hold_no_code_but_a_checked_answer, fails_to("has-code", "hold-code", "NoMatchingCondition")),
    (checked, goes_to("get-code", "hold-code")),
    (checked, fails_to("get-code", "hold-code")),
    (checked, compares("has-code", "none")),
    (checked, leads_to("is-gated", "off", "hold-code")),
    (checked, goes_to("greet", "get-code")),
    (checked, parameters("hold-code", FlowAttributes={"Code": {"Value": "$.Attributes.VoiceMFA"}})),
    (checked, STORED),
    (given := call.calls_speak_no_code_but_what_the_function_gave, says("say-code", CODE_HELD, "$.Attributes.VoiceMFA")),
    (given, says("sorry", "$.Attributes.Sorry", "$.Attributes.VoiceMFA")),
    (given, says("greet", "$.Attributes.Greeting", CODE_HELD)),
    (given, says("sorry", "$.Attributes.Sorry", "$.External.Code")),
    (given, fails_to("get-code", "four-times")),
    (given, fails_to("has-code", "four-times", "NoMatchingCondition")),
    (given, fails_to("hold-code", "say-code")),
    (given, fails_to("three-asks", "four-times")),
    (given, leads_to("three-asks", "DoneLooping", "say-code")),
    (given, goes_to("greet", "get-code")),
    (given, goes_to("goodbye", "say-code")),
    (given, leads_to("is-4", "4", "three-asks")),
    (call.calls_ask_three_times_and_only_with_a_gate, parameters("three-asks", LoopCount="4")),
    (call.calls_ask_three_times_and_only_with_a_gate, parameters("three-asks", LoopCount="2")),
    (call.calls_ask_three_times_and_only_with_a_gate, leads_to("is-gated", "off", "three-asks")),
    (call.calls_ask_three_times_and_only_with_a_gate, fails_to("is-4", "ask-digit", "NoMatchingCondition")),
    (call.calls_speak_the_code_four_times_at_most, parameters("four-times", LoopCount="5")),
    (call.calls_speak_the_code_four_times_at_most, leads_to("say-code", "1", "say-code")),
    (call.calls_speak_the_code_four_times_at_most, leads_to("four-times", "DoneLooping", "say-code")),
    (call.calls_say_first_who_calls, goes_to("pick-voice", "is-gated")),
    (call.calls_say_first_who_calls, fails_to("pick-voice", "is-gated")),
    (call.calls_say_first_who_calls, says("greet", "$.Attributes.Greeting", "$.Attributes.CodeIntro")),
    (warned := call.calls_with_the_code_end_with_the_warning, fails_to("say-code", "hang-up", "InputTimeLimitExceeded")),
    (warned, fails_to("say-code", "goodbye")),
    (warned, leads_to("four-times", "DoneLooping", "hang-up")),
    (warned, goes_to("hold-code", "sorry")),
    (no_code := call.calls_that_got_no_code_end_with_sorry, fails_to("get-code", "hang-up")),
    (no_code, fails_to("get-code", "goodbye")),
    (no_code, fails_to("has-code", "warn", "NoMatchingCondition")),
    (no_code, fails_to("hold-code", "hang-up")),
    (no_code, goes_to("sorry", "goodbye")),
    (no_code, says("sorry", "$.Attributes.Sorry", "$.Attributes.Closing")),
    (nobody := call.calls_that_nobody_listens_to_end_with_goodbye, fails_to("ask-digit", "hang-up")),
    (nobody, leads_to("three-asks", "DoneLooping", "warn")),
    (nobody, fails_to("three-asks", "sorry")),
    (nobody, fails_to("is-gated", "hang-up", "NoMatchingCondition")),
    (nobody, fails_to("deny", "hang-up")),
    (denial := call.calls_deny_the_sign_in_if_0_is_pressed_at_the_gate_and_only_then, leads_to("ask-digit", "0", "three-asks")),
    (denial, leads_to("ask-digit", "0", "goodbye")),
    (denial, leads_to("ask-digit", "9", "deny")),
    (denial, fails_to("ask-digit", "deny", "InputTimeLimitExceeded")),
    (denial, fails_to("is-4", "deny", "NoMatchingCondition")),
    (denial, all_of(compares("say-code", "0"), leads_to("say-code", "0", "deny"))),
    (denial, fails_to("deny", "deny")),
    (no_code_then := call.calls_that_deny_the_sign_in_ask_for_no_code, leads_to("ask-digit", "0", "get-code")),
    (no_code_then, fails_to("deny", "get-code")),
    (no_code_then, fails_to("is-denied", "get-code", "NoMatchingCondition")),
    (no_code_then, goes_to("say-denied", "three-asks")),
    (no_code_then, goes_to("deny", "hold-code")),
    (stopped := call.calls_say_that_the_sign_in_is_stopped_if_it_is, goes_to("deny", "say-denied")),
    (stopped, fails_to("deny", "say-denied")),
    (stopped, fails_to("is-denied", "say-denied", "NoMatchingCondition")),
    (stopped, compares("is-denied", "none")),
    (stopped, leads_to("is-denied", "denied", "goodbye")),
    (stopped, says("say-denied", "$.Attributes.Denied", "$.Attributes.Closing")),
]
