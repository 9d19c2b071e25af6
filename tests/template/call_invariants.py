"""What must hold in every call that the contact flow can make, whatever fails in it and whatever is pressed."""

from calls import every_call
from stack import cycle

GREETING = "$.Attributes.Greeting"
CLOSING = "$.Attributes.Closing"
GOODBYE = "$.Attributes.Goodbye"


def calls_end_by_hanging_up(stack):
    for calls in every_call(stack):
        assert cycle(calls.edges) == [], "goes round for ever"
        assert {calls.actions[end.action]["Type"] for end in calls.ends} == {"DisconnectParticipant"}


def calls_erase_the_code_before_anything_is_said(stack):
    """So that whoever hangs up, at whatever word, leaves nothing."""
    for calls in every_call(stack):
        assert all(now.erasures for now in calls.prompts())


def calls_erase_the_code_once_more(stack):
    """In case that the first time failed."""
    for calls in every_call(stack):
        assert all(end.erasures >= (2 if end.code_is_kept else 1) for end in calls.ends)


def calls_speak_the_code_past_the_gate_only(stack):
    for calls in every_call(stack):
        speaking = [now for now in calls.prompts() if calls.speaks_code(now)]
        assert all(calls.gate == "off" or now.passed for now in speaking)
        assert bool(speaking) is (calls.gate == "off" or calls.digit is not None), "nobody hears the code"


def calls_ask_three_times_and_only_with_a_gate(stack):
    for calls in every_call(stack):
        assert max(end.asks for end in calls.ends) == (0 if calls.gate == "off" else 3)


def calls_speak_the_code_four_times_at_most(stack):
    for calls in every_call(stack):
        spoken = 4 if calls.gate == "off" or calls.digit else 0
        assert max(end.spoken for end in calls.ends) == spoken


def calls_erase_the_code_right_after_it_was_last_spoken(stack):
    for calls in every_call(stack):
        for now in calls.edges:
            if now.just_spoken and calls.actions[now.action]["Type"] != "Loop":
                assert calls.erases(now) or calls.speaks_code(now)


def calls_never_speak_the_code_once_it_was_heard_and_erased(stack):
    for calls in every_call(stack):
        assert not [now for now in calls.prompts() if now.erased_since and calls.speaks_code(now)]


def calls_say_first_who_calls(stack):
    """Where the code could not even be kept, all that is said is goodbye."""
    for calls in every_call(stack):
        assert all(end.first_said == (GREETING if end.code_is_kept else GOODBYE) for end in calls.ends)


def calls_with_the_code_end_with_the_warning(stack):
    for calls in every_call(stack):
        assert all(end.last_said == CLOSING for end in calls.ends if end.spoken)


def calls_without_the_code_end_with_goodbye(stack):
    for calls in every_call(stack):
        assert not [end for end in calls.ends if end.last_said == GOODBYE and end.spoken]
        unheard = [end for end in calls.ends if not (calls.gate == "off" or end.passed)]
        assert all(end.last_said == GOODBYE for end in unheard)


INVARIANTS = [
    calls_end_by_hanging_up,
    calls_erase_the_code_before_anything_is_said,
    calls_erase_the_code_once_more,
    calls_speak_the_code_past_the_gate_only,
    calls_ask_three_times_and_only_with_a_gate,
    calls_speak_the_code_four_times_at_most,
    calls_erase_the_code_right_after_it_was_last_spoken,
    calls_never_speak_the_code_once_it_was_heard_and_erased,
    calls_say_first_who_calls,
    calls_with_the_code_end_with_the_warning,
    calls_without_the_code_end_with_goodbye,
]
