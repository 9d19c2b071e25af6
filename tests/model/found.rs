//! Paths that a random walk found and that are worth a test.

use crate::creation::RequestFate;
use crate::invariant::broken;
use crate::policy::Policy;
use crate::sign_in::{Client, Reply, Stage};
use crate::telephone::{Contact, Wish};
use crate::trace::{Fact, lines};
use crate::world::{Step, World};

/// The phone rings for a new code, but Cognito gets no answer. Another sign-in joins the call and uses the code up.
/// When the event is delivered again, it can neither join nor call, and the code before is dead. So the sign-in ends.
#[test]
fn a_code_is_spent_before_its_event_is_delivered_again() {
    let mut policy = Policy::SMALL;
    policy.rules.challenge.attempts = 1;
    let mut world = World::at(1_000_000);
    let mut take = |step| world.take(step, &policy);
    let [first, second] = [0, 1];

    take(Step::Begin(0, Client::App, None));
    take(Step::Deliver(first, RequestFate::Good));
    // Read, write, dial, answer.
    (0..4).for_each(|_| take(Step::Proceed(0, RequestFate::Good)));
    take(Step::Wait(20));
    take(Step::Reply(first, Reply::CallAgain));
    take(Step::Deliver(first, RequestFate::Good));
    take(Step::Deliver(first, RequestFate::Good));
    (0..3).for_each(|_| take(Step::Proceed(0, RequestFate::Good)));
    take(Step::Proceed(0, RequestFate::LostDone));

    take(Step::Begin(0, Client::App, None));
    take(Step::Deliver(second, RequestFate::Good));
    // Read, answer.
    (0..2).for_each(|_| take(Step::Proceed(0, RequestFate::Good)));
    let ringing = world.telephone.calls().next_back().expect("the phone rings");
    let mut take = |step| world.take(step, &policy);
    take(Step::Ask(ringing, Contact::Own, Wish::Code));
    take(Step::Speak(0, RequestFate::Good));
    take(Step::Reply(second, Reply::Right));
    take(Step::Deliver(second, RequestFate::Good));

    take(Step::Wait(5));
    take(Step::Deliver(first, RequestFate::Good));
    (0..2).for_each(|_| take(Step::Proceed(0, RequestFate::Good)));

    let asked = world.trace.iter().filter_map(|fact| match fact {
        Fact::Asked { event, challenge, .. } => Some((event.sign_in, *challenge)),
        _ => None,
    });
    let [(0, before), (1, spent)] = asked.collect::<Vec<_>>()[..] else {
        panic!("{}", lines(&world.trace));
    };
    assert!(before != spent && world.sign_ins[first].stage == Stage::Over, "{}", lines(&world.trace));
    assert_eq!(broken(&policy, &world.trace), None, "{}", lines(&world.trace));
}
