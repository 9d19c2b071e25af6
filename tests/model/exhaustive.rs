//! Every path through a few small worlds: a model checker visits each state that can be reached.

use stateright::{Checker, Model, Property};

use crate::coverage::names;
use crate::creation::RequestFate;
use crate::invariant::broken;
use crate::policy::Policy;
use crate::sign_in::{Reply, Stage};
use crate::trace::lines;
use crate::world::{Step, World};

/// A small world, with bounds on what can happen in it.
#[derive(Clone, Copy)]
struct Small {
    policy: Policy,
    /// The user of each sign-in. Each may begin at any time.
    sign_ins: &'static [usize],
    /// The most deliveries of one event to the create trigger.
    creations: u8,
    /// The most deliveries of one event to the verify trigger.
    verifications: u8,
    /// The most replies in one sign-in, and what they may be.
    replies: (usize, &'static [Reply]),
    /// What may happen to requests.
    fates: &'static [RequestFate],
    /// How often `tick` seconds pass.
    ticks: u64,
    tick: u64,
    /// What must happen on some path.
    sometimes: &'static [&'static str],
}

const START: u64 = 1_000_000;

/// How long Cognito waits for an answer. So one delivery and the next overlap for a moment.
const TICK: u64 = 5;

const NEVER: &str = "no invariant is broken";

/// No answers are given.
const SMALL: Small = Small {
    policy: Policy::SMALL,
    sign_ins: &[0, 0],
    creations: 1,
    verifications: 1,
    replies: (0, &[]),
    fates: &[RequestFate::Good, RequestFate::Refused, RequestFate::LostDone, RequestFate::LostUndone],
    ticks: 3,
    tick: TICK,
    sometimes: &[],
};

macro_rules! sometimes {
    ($($name:literal),*) => {
        [$(Property::<Small>::sometimes($name, |_, world| names(&world.trace).contains(&$name))),*]
    };
}

impl Model for Small {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        let mut world = World::at(START);
        for &user in self.sign_ins {
            world.take(Step::Begin(user), &self.policy);
        }
        vec![world]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Step>) {
        let steps = world.steps();
        let possible: Vec<_> = steps.into_iter().filter(|step| self.allows(world, *step)).collect();
        // A step whose time makes no difference to the others happens at once. That leaves fewer paths with the same
        // outcomes.
        if let Some(first) = possible.iter().find(|step| hurries(world, **step)) {
            actions.extend(possible.iter().filter(|step| step.actor() == first.actor()));
            return;
        }
        actions.extend(possible);
        if world.now < START + self.ticks * self.tick {
            actions.push(Step::Wait(self.tick));
        }
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut world = world.clone();
        world.take(step, &self.policy);
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let never = Property::<Self>::always(NEVER, |small, world| {
            world.news().is_empty() || broken(&small.policy, &world.trace).is_none()
        });
        let sometimes = sometimes![
            "all-hour",
            "attempts-used-up",
            "called-again",
            "conflict",
            "expired",
            "given-back",
            "joined",
            "locked",
            "lockout",
            "max-failures",
            "never-rang",
            "number-pause",
            "refused-joined",
            "repeat-joined",
            "replaced",
            "right-again",
            "stays-counted",
            "tokens",
            "used",
            "user-pause"
        ];
        let sometimes = sometimes.into_iter().filter(|property| self.sometimes.contains(&property.name));
        std::iter::once(never).chain(sometimes).collect()
    }
}

impl Small {
    fn allows(&self, world: &World, step: Step) -> bool {
        match step {
            Step::Deliver(index, fate) => {
                let most = match world.sign_ins[index].stage {
                    Stage::Create { deliveries, .. } => deliveries.count < self.creations,
                    Stage::Verify { deliveries, .. } => deliveries.count < self.verifications,
                    _ => false,
                };
                most && self.fates.contains(&fate) && !overtakes(world, index)
            }
            Step::Reply(index, reply) => {
                let (most, replies) = self.replies;
                replies.contains(&reply) && world.sign_ins[index].session.rounds() < most
            }
            step => self.fates.contains(&step.fate()),
        }
    }

    fn check(self) {
        let checker = self.checker().threads(2).spawn_bfs().join();
        println!("{} states", checker.unique_state_count());
        if let Some(path) = checker.discovery(NEVER) {
            let trace = &path.last_state().trace;
            panic!("{:?}\n{}", broken(&self.policy, trace), lines(trace));
        }
        let missing: Vec<_> = self.sometimes.iter().filter(|name| checker.discovery(name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(checker.is_done());
    }
}

/// Whether the time of this step makes no difference to the others.
fn hurries(world: &World, step: Step) -> bool {
    match step {
        // Reading early can only lead to a conflict later.
        Step::Proceed(index, _) => world.creations[index].writes().is_none(),
        Step::Deliver(index, _) => {
            let sign_in = &world.sign_ins[index];
            let goes_on = sign_in.session.rounds() > 0 || matches!(sign_in.stage, Stage::Verify { .. });
            goes_on && sign_in.stage.is_new()
        }
        _ => false,
    }
}

/// Whether a sign-in would begin before an earlier one of the same user. That is the same path with other names.
fn overtakes(world: &World, index: usize) -> bool {
    let begins = |index: usize| world.sign_ins[index].session.rounds() == 0 && world.sign_ins[index].stage.is_new();
    let user = world.sign_ins[index].session.user;
    begins(index) && (0..index).any(|earlier| world.sign_ins[earlier].session.user == user && begins(earlier))
}

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
    Small { sign_ins: &[0, 0, 0], replies, fates: &[RequestFate::Good], ticks: 1, sometimes, ..SMALL }.check();
}

/// Invariants 2 and 3: two sign-ins whose answers are delivered twice.
#[test]
fn two_sign_ins_whose_answers_are_lost() {
    let sometimes = &["attempts-used-up", "joined", "right-again", "tokens", "used"];
    let replies: (_, &[_]) = (2, &[Reply::Right, Reply::Wrong]);
    let fates = &[RequestFate::Good, RequestFate::LostDone, RequestFate::LostUndone];
    Small { verifications: 2, replies, fates, ticks: 1, sometimes, ..SMALL }.check();
}

/// Invariants 2, 3 and 7: two sign-ins that guess, are locked for a while and ask for calls.
#[test]
fn two_sign_ins_that_go_on() {
    let mut policy = Policy::SMALL;
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
    Small { policy, sign_ins: &[0, 0, 0], replies, fates: &[RequestFate::Good], sometimes, ..SMALL }.check();
}

/// Invariant 7: two users with one number, and calls for one of them.
#[test]
fn two_users_of_one_number() {
    let mut policy = Policy::SMALL;
    policy.budget.all_hour = 1;
    let sometimes = &["all-hour", "conflict", "given-back", "number-pause"];
    Small { policy, sign_ins: &[0, 1, 2], ticks: 1, sometimes, ..SMALL }.check();
}

/// Invariants 2 and 4: two sign-ins with one call for both, one after the other.
#[test]
fn two_sign_ins_whose_second_call_is_refused() {
    let mut policy = Policy::SMALL;
    policy.budget.all_hour = 1;
    let sometimes = &["all-hour", "attempts-used-up", "given-back", "refused-joined", "tokens", "used"];
    let replies: (_, &[_]) = (2, &[Reply::Right, Reply::Wrong]);
    let fates = &[RequestFate::Good, RequestFate::Refused];
    Small { policy, replies, fates, sometimes, ..SMALL }.check();
}

/// Invariant 2: three sign-ins whose calls are at Connect at the same time, since there is no pause between them.
#[test]
fn three_sign_ins_without_a_pause_that_guess_while_calls_are_under_way() {
    let mut policy = Policy::SMALL;
    policy.rules.calls.seconds_between_calls = 0;
    let sometimes = &["called-again", "given-back", "joined", "stays-counted"];
    let replies: (_, &[_]) = (1, &[Reply::Wrong, Reply::CallAgain]);
    let fates = &[RequestFate::Good, RequestFate::Refused];
    Small { policy, sign_ins: &[0, 0, 0], replies, fates, ticks: 0, sometimes, ..SMALL }.check();
}

/// Invariant 2: the same with a code that one answer uses up, so that another takes its place while its call is under way.
#[test]
fn three_sign_ins_without_a_pause_whose_code_is_replaced_while_calls_are_under_way() {
    let mut policy = Policy::SMALL;
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
    let mut policy = Policy::SMALL;
    policy.rules.calls.seconds_between_calls = 1;
    let sometimes = &["called-again", "given-back", "joined", "stays-counted"];
    let replies: (_, &[_]) = (1, &[Reply::Wrong, Reply::CallAgain]);
    let fates = &[RequestFate::Good, RequestFate::Refused];
    Small { policy, sign_ins: &[0, 0, 0], replies, fates, ticks: 1, tick: 1, sometimes, ..SMALL }.check();
}
