//! The small worlds, each with what must happen in it.

use sign_in::ledger::Hearing;

use super::Small;
use crate::creation::RequestFate;
use crate::device::Key;
use crate::policy::Policy;
use crate::sign_in::{Client, Reply};
use crate::telephone::Contact;
use crate::world::Step;

/// How long Cognito waits for an answer. So one delivery and the next overlap for a moment.
const TICK: u64 = 5;

/// No answers are given.
const SMALL: Small = Small {
    policy: Policy::SMALL,
    sign_ins: &[0, 0],
    clients: &[],
    devices: &[],
    had: 0,
    mishaps: &[],
    gates: &[],
    creations: 1,
    verifications: 1,
    replies: (0, &[]),
    asks: (&[], &[]),
    denies: false,
    fates: &[RequestFate::Good, RequestFate::Refused, RequestFate::LostDone, RequestFate::LostUndone],
    ticks: 3,
    tick: TICK,
    sometimes: &[],
};

/// The code is an attribute of the call, and an answer may be compared while the call is under way.
const ATTRIBUTE: Policy = {
    let mut policy = Policy::SMALL;
    policy.rules.challenge.hearing = Hearing::NotNeeded;
    policy
};

/// Devices can be trusted.
const DEVICES: Policy = Policy { device_days: 1, ..Policy::SMALL };

/// Calls are answered, sooner or later or not at all.
const ANSWERED: Small = Small { asks: (&[Contact::Own], &[RequestFate::Good]), ..SMALL };

/// Invariant 4: one event, whatever happens to its deliveries.
#[test]
fn three_deliveries_of_one_event() {
    let sometimes = &["conflict", "given-back", "never-rang", "repeat-joined"];
    Small { sign_ins: &[0], creations: 3, ticks: 4, sometimes, ..SMALL }.check();
}

/// Invariants 4 and 7: two sign-ins whose events are delivered twice.
#[test]
fn two_sign_ins_that_begin_at_once() {
    let sometimes = &["called-again", "conflict", "given-back", "joined", "never-rang", "repeat-joined"];
    Small { creations: 2, sometimes, ..SMALL }.check();
}

/// Invariants 2 and 3: three sign-ins that share a code.
#[test]
fn three_sign_ins_with_one_code() {
    let sometimes = &["attempts-used-up", "joined", "tokens", "used"];
    let replies: (_, &[_]) = (1, &[Reply::Right, Reply::Wrong]);
    Small { sign_ins: &[0, 0, 0], replies, fates: &[RequestFate::Good], ticks: 1, sometimes, ..ANSWERED }.check();
}

/// Invariant 1: two sign-ins on two app clients, and somebody who asks for tokens by other ways meanwhile: on both, and
/// as another user.
#[test]
fn two_app_clients_and_other_ways_to_their_tokens() {
    let sometimes = &["no-pass", "pass", "right-again", "tokens"];
    let (clients, gates) = (&[Client::App, Client::Other], &[(0, Client::App), (0, Client::Other), (1, Client::App)]);
    let replies: (_, &[_]) = (1, &[Reply::Right, Reply::Wrong]);
    let fates = &[RequestFate::Good, RequestFate::LostDone, RequestFate::LostUndone];
    Small { clients, gates, verifications: 2, replies, fates, ticks: 1, sometimes, ..ANSWERED }.check();
}

/// Invariants 1 and 3: two sign-ins on two devices of one user, which are forgotten meanwhile.
#[test]
fn two_sign_ins_on_devices_that_are_forgotten() {
    let mut policy = DEVICES;
    policy.rules.challenge.validity_seconds = 10;
    let sometimes =
        &["device", "device-again", "device-asked", "device-expired", "device-forgotten", "device-used", "tokens"];
    let (devices, mishaps) = (&[Some(Key(100)), Some(Key(101))], &[Step::Reset(0)]);
    let replies: (_, &[_]) = (1, &[Reply::Right]);
    let fates = &[RequestFate::Good, RequestFate::LostDone];
    Small { policy, devices, had: 2, mishaps, verifications: 2, replies, fates, ticks: 2, sometimes, ..SMALL }.check();
}

/// Invariants 1 and 2: two sign-ins that enrol their device, and then sign in by it or by another call.
#[test]
fn two_sign_ins_that_enrol_their_device() {
    let mut policy = DEVICES;
    policy.rules.calls.seconds_between_calls = 0;
    let sometimes = &["device", "device-asked", "device-refused", "enrolled", "renewed", "tokens", "used"];
    let devices = &[Some(Key(0)), Some(Key(0))];
    let replies: (_, &[_]) = (2, &[Reply::Right, Reply::Wrong]);
    Small { policy, devices, replies, fates: &[RequestFate::Good], ticks: 1, sometimes, ..ANSWERED }.check();
}

/// Invariant 1: a user gets another number while signing in, and while a device is asked.
#[test]
fn two_sign_ins_on_a_device_and_a_number_that_changes() {
    let mut policy = DEVICES;
    policy.rules.calls.seconds_between_calls = 0;
    policy.rules.failures.lockout = 1;
    policy.rules.failures.lockout_seconds = 5;
    let sometimes = &["device", "device-asked", "enrolled", "lockout", "replaced", "tokens"];
    let devices = &[Some(Key(0)), Some(Key(0))];
    let replies: (_, &[_]) = (2, &[Reply::Right, Reply::Wrong]);
    let (mishaps, fates) = (&[Step::Move(0)], &[RequestFate::Good]);
    Small { policy, devices, mishaps, replies, fates, ticks: 1, sometimes, ..ANSWERED }.check();
}

/// Invariants 2 and 3: two sign-ins whose answers are delivered twice.
#[test]
fn two_sign_ins_whose_answers_are_lost() {
    let sometimes = &["attempts-used-up", "joined", "right-again", "tokens", "used"];
    let replies: (_, &[_]) = (2, &[Reply::Right, Reply::Wrong]);
    let fates = &[RequestFate::Good, RequestFate::LostDone, RequestFate::LostUndone];
    Small { verifications: 2, replies, fates, ticks: 1, sometimes, ..ANSWERED }.check();
}

/// Invariants 2, 3 and 7: two sign-ins that guess, are locked for a while and ask for calls.
#[test]
fn two_sign_ins_that_go_on() {
    let mut policy = ATTRIBUTE;
    policy.rules.challenge.validity_seconds = 20;
    policy.rules.failures.lockout = 2;
    let sometimes = &["expired", "locked", "lockout", "replaced", "tokens", "used", "user-pause"];
    let replies: (_, &[_]) = (2, &[Reply::Right, Reply::Wrong, Reply::CallAgain]);
    Small { policy, replies, fates: &[RequestFate::Good], ticks: 4, sometimes, ..SMALL }.check();
}

/// Invariants 2 and 7: three sign-ins that guess until they are locked for good.
#[test]
fn three_sign_ins_that_are_locked() {
    let mut policy = Policy::SMALL;
    (policy.rules.failures.lockout, policy.rules.failures.max) = (1, 2);
    let sometimes = &["locked", "lockout", "max-failures"];
    let replies: (_, &[_]) = (1, &[Reply::Right, Reply::Wrong]);
    Small { policy, sign_ins: &[0, 0, 0], replies, fates: &[RequestFate::Good], sometimes, ..ANSWERED }.check();
}

/// Invariant 2: two sign-ins with a call for each, that several contacts ask about.
#[test]
fn two_calls_that_others_listen_to() {
    let mut policy = Policy::SMALL;
    policy.rules.calls.quarter_hour = 0;
    let sometimes = &[
        "called-again",
        "heard",
        "heard-again",
        "not-heard",
        "tokens",
        "withheld-expired",
        "withheld-older-call",
        "withheld-other-contact",
        "withheld-replaced",
        "withheld-used",
    ];
    let replies: (_, &[_]) = (1, &[Reply::Right]);
    let asks: (&[_], &[_]) = (&[Contact::Own, Contact::Other], &[RequestFate::Good, RequestFate::LostDone]);
    // A second call for the code, and then another code.
    let (ticks, tick) = (2, 15);
    Small { policy, replies, asks, fates: &[RequestFate::Good], ticks, tick, sometimes, ..SMALL }.check();
}

/// Invariant 2: a user who denies a sign-in is not called for a while, and the code is dead in every sign-in.
#[test]
fn two_sign_ins_that_the_user_denies() {
    let mut policy = Policy::SMALL;
    policy.rules.failures.denied_seconds = 6;
    let sometimes =
        &["attempts-used-up", "denied", "denied-again", "locked", "tokens", "user-denied", "withheld-denied"];
    let replies: (_, &[_]) = (1, &[Reply::Right]);
    let asks: (&[_], &[_]) = (&[Contact::Own, Contact::Other], &[RequestFate::Good, RequestFate::LostDone]);
    Small { policy, replies, asks, denies: true, fates: &[RequestFate::Good], ticks: 2, sometimes, ..SMALL }.check();
}

/// Invariant 7: two users with one number, and calls for one of them.
#[test]
fn two_users_of_one_number() {
    let mut policy = Policy::SMALL;
    policy.budget.all_hour = 1;
    let sometimes = &["all-hour", "conflict", "given-back", "number-pause"];
    Small { policy, sign_ins: &[0, 1, 2], ticks: 1, sometimes, ..SMALL }.check();
}

/// Invariant 7: three users, and a counter of two rows with room for one call in each.
#[test]
fn three_users_and_a_counter_with_several_rows() {
    let mut policy = Policy { nearly_full: true, ..Policy::SMALL };
    policy.budget.all_hour = 10_000;
    let sometimes = &["all-hour", "given-back"];
    Small { policy, sign_ins: &[0, 2, 3], ticks: 0, sometimes, ..SMALL }.check();
}

/// Invariants 2 and 4: two sign-ins with one call for both, one after the other.
#[test]
fn two_sign_ins_whose_second_call_is_refused() {
    let mut policy = Policy::SMALL;
    policy.budget.all_hour = 1;
    let sometimes = &["all-hour", "attempts-used-up", "given-back", "refused-joined", "tokens", "used"];
    let replies: (_, &[_]) = (2, &[Reply::Right, Reply::Wrong]);
    let fates = &[RequestFate::Good, RequestFate::Refused];
    Small { policy, replies, fates, sometimes, ..ANSWERED }.check();
}

/// Invariant 2: three sign-ins whose calls are at Connect at the same time, since there is no pause between them.
#[test]
fn three_sign_ins_without_a_pause_that_guess_while_calls_are_under_way() {
    let mut policy = ATTRIBUTE;
    policy.rules.calls.seconds_between_calls = 0;
    let sometimes = &["called-again", "given-back", "joined", "stays-counted"];
    let replies: (_, &[_]) = (1, &[Reply::Wrong, Reply::CallAgain]);
    let fates = &[RequestFate::Good, RequestFate::Refused];
    Small { policy, sign_ins: &[0, 0, 0], replies, fates, ticks: 0, sometimes, ..SMALL }.check();
}

/// Invariant 2: the same with a code that one answer uses up, so that another takes its place while its call is under way.
#[test]
fn three_sign_ins_without_a_pause_whose_code_is_replaced_while_calls_are_under_way() {
    let mut policy = ATTRIBUTE;
    policy.rules.calls.seconds_between_calls = 0;
    policy.rules.challenge.attempts = 1;
    let sometimes = &["given-back", "joined", "replaced", "stays-counted"];
    let replies: (_, &[_]) = (1, &[Reply::Wrong, Reply::CallAgain]);
    let fates = &[RequestFate::Good, RequestFate::Refused];
    Small { policy, sign_ins: &[0, 0, 0], replies, fates, ticks: 0, sometimes, ..SMALL }.check();
}

/// Invariant 2: the same with a pause that is shorter than a call may take to be refused.
#[test]
fn three_sign_ins_with_a_short_pause_that_guess_while_calls_are_under_way() {
    let mut policy = ATTRIBUTE;
    policy.rules.calls.seconds_between_calls = 1;
    let sometimes = &["called-again", "given-back", "joined", "stays-counted"];
    let replies: (_, &[_]) = (1, &[Reply::Wrong, Reply::CallAgain]);
    let fates = &[RequestFate::Good, RequestFate::Refused];
    Small { policy, sign_ins: &[0, 0, 0], replies, fates, ticks: 1, tick: 1, sometimes, ..SMALL }.check();
}
