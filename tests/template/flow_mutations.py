"""Mistakes in the contact flow, each with the invariant that must catch it."""

import json

import call_invariants as call
import flow_invariants as flow
from calls import CODE_ATTRIBUTE, CODE_KEPT


def resource(**changes):
    return lambda document: document["Resources"]["VoiceCodeFlow"]["Properties"].update(changes)


def whole_flow(change):
    def mutate(document):
        properties = document["Resources"]["VoiceCodeFlow"]["Properties"]
        content = json.loads(properties["Content"])
        change(content)
        properties["Content"] = json.dumps(content)

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


def all_of(*mutations):
    def mutate(document):
        for mutation in mutations:
            mutation(document)

    return mutate


MUTATIONS = [
    (flow.flow_is_literal_json, resource(Content={"Fn::Sub": "{}"})),
    (flow.flow_is_literal_json, resource(Type="CUSTOMER_QUEUE")),
    (flow.flow_is_literal_json, whole_flow(lambda f: f.update(Version="2019-10-31"))),
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
    (flow.flow_actions_are_well_formed, without("keep-code", "Errors")),
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
    (flow.flow_values_are_of_their_kind, parameters("erase-heard", TargetContact="Related")),
    (flow.flow_values_are_of_their_kind, parameters("keep-code", FlowAttributes={"Code": CODE_ATTRIBUTE})),
    (flow.flow_values_are_of_their_kind, compares("ask-digit", "0")),
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
    (flow.flow_ends, goes_to("warn", "erase-heard")),
    (flow.flow_ends, leads_to("say-code", "1", "say-code")),
    (flow.flow_ends, action("goodbye", lambda a: a.update(Transitions={}))),
    (flow.flow_turns_logging_off_first, parameters("quiet-log", FlowLoggingBehavior="Enabled")),
    (flow.flow_turns_logging_off_first, whole_flow(lambda f: f.update(StartAction="keep-code"))),
    (flow.flow_erases_the_code_on_every_path, fails_to("keep-code", "goodbye")),
    (flow.flow_erases_the_code_on_every_path, all_of(goes_to("keep-code", "greet"), fails_to("say-code", "warn"))),
    (flow.flow_erases_the_code_on_every_path, parameters("erase-heard", Attributes={"VoiceMFA": CODE_KEPT})),
    (flow.flow_erases_the_code_on_every_path, parameters("erase-code", Attributes={"Brand": "erased"})),
    (flow.flow_erases_the_code_on_every_path, parameters("erase-unheard", TargetContact="Related")),
    # --- what is said and compared
    (flow.flow_reads_the_code_once_and_to_keep_it, says("say-code", CODE_KEPT, CODE_ATTRIBUTE)),
    (flow.flow_reads_the_code_once_and_to_keep_it, says("greet", "$.Attributes.Greeting", "$.Attributes['VoiceMFA']")),
    (flow.flow_reads_the_code_once_and_to_keep_it, parameters("is-gated", ComparisonValue=CODE_KEPT)),
    (flow.flow_reads_the_code_once_and_to_keep_it, parameters("keep-code", FlowAttributes={"Code": {"Value": "1"}})),
    (flow.flow_says_the_code_slowly_and_twice_in_a_prompt, says("say-code", 'rate="slow"', 'rate="fast"')),
    (
        flow.flow_says_the_code_slowly_and_twice_in_a_prompt,
        says("say-code", f'<break time="400ms"/><prosody rate="slow">{CODE_KEPT}</prosody><break time="600ms"/>', ""),
    ),
    (
        flow.flow_repeats_the_code_on_any_key_and_goes_on_without,
        fails_to("say-code", "four-times", "InputTimeLimitExceeded"),
    ),
    (
        flow.flow_repeats_the_code_on_any_key_and_goes_on_without,
        fails_to("say-code", "erase-heard", "NoMatchingCondition"),
    ),
    (flow.flow_repeats_the_code_on_any_key_and_goes_on_without, compares("say-code", "2")),
    (flow.flow_repeats_the_code_on_any_key_and_goes_on_without, leads_to("say-code", "1", "erase-heard")),
    (flow.flow_repeats_the_code_on_any_key_and_goes_on_without, leads_to("four-times", "ContinueLooping", "warn")),
    (flow.flow_compares_each_key_with_its_digit, compares("is-4", "5")),
    (flow.flow_compares_each_key_with_its_digit, leads_to("ask-digit", "4", "is-5")),
    (flow.flow_compares_each_key_with_its_digit, action("ask-digit", lambda a: a["Transitions"]["Conditions"].pop())),
    (flow.flow_compares_each_key_with_its_digit, parameters("is-4", ComparisonValue="$.Attributes.Gate")),
    (flow.flow_compares_each_key_with_its_digit, leads_to("is-4", "4", "say-code")),
    (flow.flow_compares_each_key_with_its_digit, fails_to("is-4", "erase-unheard", "NoMatchingCondition")),
    (flow.flow_compares_each_key_with_its_digit, fails_to("ask-digit", "erase-unheard", "InputTimeLimitExceeded")),
    (flow.flow_compares_each_key_with_its_digit, moved("is-4", y=1000)),
    (flow.flow_compares_each_key_with_its_digit, moved("is-4", x=2440)),
    (flow.flow_speaks_with_the_voice_of_the_call, parameters("pick-voice", TextToSpeechEngine="Standard")),
    (flow.flow_speaks_with_the_voice_of_the_call, parameters("pick-voice", TextToSpeechVoice="Joanna")),
    (flow.flow_speaks_with_the_voice_of_the_call, fails_to("erase-code", "greet")),
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
    # --- every call
    (call.calls_end_by_hanging_up, leads_to("say-code", "1", "say-code")),
    (call.calls_end_by_hanging_up, goes_to("warn", "erase-heard")),
    (call.calls_end_by_hanging_up, action("goodbye", lambda a: a.update(Transitions={}))),
    (call.calls_erase_the_code_before_anything_is_said, goes_to("keep-code", "pick-voice")),
    (call.calls_erase_the_code_before_anything_is_said, fails_to("keep-code", "goodbye")),
    (call.calls_erase_the_code_before_anything_is_said, parameters("erase-code", Attributes={"Brand": "erased"})),
    (call.calls_erase_the_code_once_more, leads_to("four-times", "DoneLooping", "warn")),
    (call.calls_erase_the_code_once_more, fails_to("say-code", "warn")),
    (call.calls_erase_the_code_once_more, fails_to("ask-digit", "goodbye")),
    (call.calls_erase_the_code_once_more, leads_to("three-asks", "DoneLooping", "goodbye")),
    (call.calls_speak_the_code_past_the_gate_only, fails_to("is-gated", "four-times", "NoMatchingCondition")),
    (
        call.calls_speak_the_code_past_the_gate_only,
        all_of(
            compares("is-gated", "on"),
            leads_to("is-gated", "on", "three-asks"),
            fails_to("is-gated", "four-times", "NoMatchingCondition"),
        ),
    ),
    (call.calls_speak_the_code_past_the_gate_only, compares("is-gated", "on")),
    (call.calls_speak_the_code_past_the_gate_only, fails_to("is-4", "four-times", "NoMatchingCondition")),
    (call.calls_speak_the_code_past_the_gate_only, compares("is-4", "5")),
    (call.calls_speak_the_code_past_the_gate_only, leads_to("is-4", "4", "three-asks")),
    (call.calls_speak_the_code_past_the_gate_only, fails_to("ask-digit", "four-times")),
    (call.calls_speak_the_code_past_the_gate_only, fails_to("ask-digit", "four-times", "InputTimeLimitExceeded")),
    (call.calls_speak_the_code_past_the_gate_only, fails_to("three-asks", "four-times")),
    (call.calls_speak_the_code_past_the_gate_only, leads_to("three-asks", "DoneLooping", "four-times")),
    (call.calls_speak_the_code_past_the_gate_only, leads_to("three-asks", "DoneLooping", "say-code")),
    (
        call.calls_speak_the_code_past_the_gate_only,
        parameters("erase-code", Attributes={"VoiceMFA": "erased", "Gate": "off"}),
    ),
    (call.calls_speak_the_code_past_the_gate_only, says("greet", "$.Attributes.Greeting", CODE_KEPT)),
    (flow.flow_takes_the_time_that_is_reckoned_with, says("greet", "500ms", "5000ms")),
    (flow.flow_takes_the_time_that_is_reckoned_with, says("say-code", "1000ms", "9000ms")),
    (flow.flow_takes_the_time_that_is_reckoned_with, parameters("say-code", InputTimeLimitSeconds="60")),
    (flow.flow_takes_the_time_that_is_reckoned_with, parameters("ask-digit", InputTimeLimitSeconds="1")),
    (
        flow.flow_takes_the_time_that_is_reckoned_with,
        lambda document: document["Parameters"]["ConnectRingTimeoutSeconds"].update(Default=60),
    ),
    (call.calls_speak_the_code_past_the_gate_only, goes_to("erase-unheard", "say-code")),
    (call.calls_ask_three_times_and_only_with_a_gate, parameters("three-asks", LoopCount="4")),
    (call.calls_ask_three_times_and_only_with_a_gate, parameters("three-asks", LoopCount="2")),
    (call.calls_ask_three_times_and_only_with_a_gate, leads_to("is-gated", "off", "three-asks")),
    (call.calls_ask_three_times_and_only_with_a_gate, fails_to("is-4", "ask-digit", "NoMatchingCondition")),
    (call.calls_speak_the_code_four_times_at_most, parameters("four-times", LoopCount="5")),
    (call.calls_speak_the_code_four_times_at_most, leads_to("say-code", "1", "say-code")),
    (call.calls_speak_the_code_four_times_at_most, leads_to("four-times", "DoneLooping", "say-code")),
    (
        call.calls_erase_the_code_right_after_it_was_last_spoken,
        fails_to("say-code", "warn", "InputTimeLimitExceeded"),
    ),
    (call.calls_erase_the_code_right_after_it_was_last_spoken, leads_to("four-times", "DoneLooping", "warn")),
    (call.calls_erase_the_code_right_after_it_was_last_spoken, leads_to("say-code", "1", "three-asks")),
    (call.calls_never_speak_the_code_once_it_was_heard_and_erased, goes_to("erase-heard", "four-times")),
    (call.calls_never_speak_the_code_once_it_was_heard_and_erased, says("warn", "$.Attributes.Closing", CODE_KEPT)),
    (call.calls_say_first_who_calls, goes_to("pick-voice", "is-gated")),
    (call.calls_say_first_who_calls, fails_to("erase-code", "is-gated")),
    (call.calls_say_first_who_calls, says("greet", "$.Attributes.Greeting", "$.Attributes.CodeIntro")),
    (call.calls_with_the_code_end_with_the_warning, goes_to("erase-heard", "hang-up")),
    (call.calls_with_the_code_end_with_the_warning, fails_to("erase-heard", "goodbye")),
    (call.calls_without_the_code_end_with_goodbye, goes_to("erase-unheard", "hang-up")),
    (call.calls_without_the_code_end_with_goodbye, fails_to("erase-unheard", "warn")),
    (call.calls_without_the_code_end_with_goodbye, goes_to("erase-heard", "goodbye")),
]
