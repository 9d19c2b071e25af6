"""What must hold in every call that the contact flow can make, whatever fails in it and whatever is pressed."""

from calls import CODE, every_call
from stack import cycle

GREETING = "$.Attributes.Greeting"
CLOSING = "$.Attributes.Closing"
GOODBYE = "$.Attributes.Goodbye"
DENIED = "$.Attributes.Denied"
SORRY = "$.Attributes.Sorry"


def calls_end_by_hanging_up(stack):
    for calls in every_call(stack):
        assert cycle(calls.edges) == [], "goes round for ever"
        assert {calls.actions[end.action]["Type"] for end in calls.ends} == {"DisconnectParticipant"}


def calls_ask_for_the_code_past_the_gate_only(stack):
    for calls in every_call(stack):
        assert all(calls.may_hear_it(now) for now in calls.invocations())
        assert bool(calls.invocations()) is (calls.gate == "off" or calls.digit is not None), "nobody gets the code"


def calls_ask_for_the_code_once(stack):
    """Who presses the key to repeat hears what the flow holds."""
    for calls in every_call(stack):
        assert all(now.invocations == 0 for now in calls.invocations())


def calls_hold_no_code_but_a_checked_answer(stack):
    """And hold it in the flow: an attribute of the contact would outlast the call."""
    for calls in every_call(stack):
        for now in calls.edges:
            assert {value for name, value in now.values if name.startswith("$.FlowAttributes.")} <= {CODE}
            assert not [name for name, value in now.values if name.startswith("$.Attributes.") and value == CODE]


def calls_speak_no_code_but_what_the_function_gave(stack):
    for calls in every_call(stack):
        assert all(calls.speaks(now) <= {CODE} for now in calls.prompts())
        assert all(calls.may_hear_it(now) for now in calls.prompts() if calls.speaks(now))
        heard = any(calls.speaks(now) for now in calls.prompts())
        assert heard is (calls.gate == "off" or calls.digit is not None), "nobody hears the code"


def calls_ask_three_times_and_only_with_a_gate(stack):
    for calls in every_call(stack):
        assert max(end.asks for end in calls.ends) == (0 if calls.gate == "off" else 3)


def calls_speak_the_code_four_times_at_most(stack):
    for calls in every_call(stack):
        spoken = 4 if calls.gate == "off" or calls.digit else 0
        assert max(end.spoken for end in calls.ends) == spoken


def calls_say_first_who_calls(stack):
    for calls in every_call(stack):
        assert all(end.first_said == GREETING for end in calls.ends)


def calls_with_the_code_end_with_the_warning(stack):
    for calls in every_call(stack):
        assert all(end.last_said == CLOSING for end in calls.ends if end.code_is_held)


def calls_that_got_no_code_end_with_sorry(stack):
    for calls in every_call(stack):
        assert all(end.last_said == SORRY for end in calls.ends if end.invocations and not end.code_is_held)


def calls_that_nobody_listens_to_end_with_goodbye(stack):
    for calls in every_call(stack):
        assert all(end.last_said == GOODBYE for end in calls.ends if not end.invocations and not end.is_stopped)


def calls_deny_the_sign_in_if_0_is_pressed_at_the_gate_and_only_then(stack):
    for calls in every_call(stack):
        assert all(now.denies and now.denials == 0 for now in calls.denials())
        assert all(end.denials == end.denies for end in calls.ends)
        asks = {now.asks for now in calls.denials()}
        assert asks == (set() if calls.gate == "off" else {1, 2, 3}), "0 is not heard at each ask"


def calls_that_deny_the_sign_in_ask_for_no_code(stack):
    for calls in every_call(stack):
        assert not any(now.denies for now in calls.invocations())
        assert not any(now.denies and calls.speaks(now) for now in calls.prompts())


def calls_say_that_the_sign_in_is_stopped_if_it_is(stack):
    for calls in every_call(stack):
        assert all((end.last_said == DENIED) is end.is_stopped for end in calls.ends)


INVARIANTS = [
    calls_end_by_hanging_up,
    calls_ask_for_the_code_past_the_gate_only,
    calls_ask_for_the_code_once,
    calls_hold_no_code_but_a_checked_answer,
    calls_speak_no_code_but_what_the_function_gave,
    calls_ask_three_times_and_only_with_a_gate,
    calls_speak_the_code_four_times_at_most,
    calls_say_first_who_calls,
    calls_with_the_code_end_with_the_warning,
    calls_that_got_no_code_end_with_sorry,
    calls_that_nobody_listens_to_end_with_goodbye,
    calls_deny_the_sign_in_if_0_is_pressed_at_the_gate_and_only_then,
    calls_that_deny_the_sign_in_ask_for_no_code,
    calls_say_that_the_sign_in_is_stopped_if_it_is,
]
