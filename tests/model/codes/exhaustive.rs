//! Every path through a few small worlds of messages.

use sign_in::ledger::{CallLimits, Limit, Scope, Verdict, Window, Withheld};
use sign_in::sending::Purpose;
use stateright::{Checker, Model, Property};

use super::invariant::broken;
use super::{Asks, Fact, Message, Step, World};
use crate::creation::RequestFate;
use crate::policy::Policy;

/// A small world, with bounds on what can happen in it.
struct Small {
    policy: Policy,
    messages: Vec<Message>,
    /// The most deliveries of one message.
    deliveries: u8,
    /// Whether Lambda may deliver a message again while the function still has it.
    overlap: bool,
    /// What may happen to requests.
    fates: &'static [RequestFate],
    /// Whether keys are pressed in the calls: those for the code, and 0.
    keys: (bool, bool),
    /// How often `tick` seconds pass.
    ticks: u64,
    tick: u64,
    /// What must happen on some path.
    sometimes: &'static [&'static str],
}

const START: u64 = 1_000_000;

const NEVER: &str = "no invariant is broken";

const ALL_FATES: &[RequestFate] =
    &[RequestFate::Good, RequestFate::Refused, RequestFate::LostDone, RequestFate::LostUndone];

macro_rules! sometimes {
    ($($name:literal),*) => {
        [$(Property::<Small>::sometimes($name, |_, world| names(&world.trace).contains(&$name))),*]
    };
}

/// Invariant 4: one message, whatever happens to its deliveries.
#[test]
fn three_deliveries_of_one_message() {
    let sometimes = &["given-back", "heard", "late", "never-rang", "rang-again", "withheld-expired"];
    Small { deliveries: 3, ticks: 3, keys: (true, false), sometimes, ..small(&[(0, 0, RESET)]) }.check();
}

/// Invariant 4: at the same time. Connect refuses none: the exceptions in `docs/security/residual-risk.md` have that.
#[test]
fn three_deliveries_of_one_message_at_once() {
    let fates = &[RequestFate::Good, RequestFate::LostDone, RequestFate::LostUndone];
    let sometimes = &["conflict", "heard", "rang-again"];
    let small = small(&[(0, 0, RESET)]);
    Small { deliveries: 3, overlap: true, fates, ticks: 1, keys: (true, false), sometimes, ..small }.check();
}

/// Invariants 3 and 4: the newer of two messages, whatever happens to their deliveries.
#[test]
fn two_messages_of_one_user() {
    let sometimes = &["given-back", "heard", "rang-again", "void", "withheld-replaced"];
    let small = small(&[(0, 0, RESET), (0, 0, RESET)]);
    Small { deliveries: 2, ticks: 1, keys: (true, false), sometimes, ..small }.check();
}

/// Invariants 3 and 4: at the same time.
#[test]
fn two_messages_of_one_user_at_once() {
    let sometimes = &["conflict", "heard", "void", "withheld-replaced"];
    let fates = &[RequestFate::Good];
    let small = small(&[(0, 0, RESET), (0, 0, RESET)]);
    Small { deliveries: 2, overlap: true, fates, keys: (true, false), sometimes, ..small }.check();
}

/// Invariant 7: a number that nobody has verified, and three users who say that it is theirs.
#[test]
fn three_users_of_one_unverified_number() {
    for calls in [Policy::SMALL.rules.calls, OFF] {
        let mut small = small(&[(0, 0, VERIFICATION), (1, 0, VERIFICATION), (2, 0, VERIFICATION)]);
        small.policy.rules.calls = calls;
        let fates = &[RequestFate::Good, RequestFate::Refused];
        Small { fates, sometimes: &["conflict", "given-back", "number-day"], ..small }.check();
    }
}

/// Invariant 7: the same over more than a day.
#[test]
fn an_unverified_number_over_days() {
    for calls in [Policy::SMALL.rules.calls, OFF] {
        let messages = [0, 1, 2].map(|user| (user, 0, VERIFICATION));
        let mut small = small(&messages);
        small.policy.rules.calls = calls;
        let fates = &[RequestFate::Good];
        Small { fates, ticks: 3, tick: 12 * 60 * 60, sometimes: &["number-day", "a-day-later"], ..small }.check();
    }
}

/// Invariant 7: two users of one number, where somebody says that a code is not for them.
#[test]
fn a_number_that_denies() {
    let sometimes = &["conflict", "denied", "number-denied"];
    let fates = &[RequestFate::Good, RequestFate::LostUndone];
    let small = small(&[(0, 0, RESET), (1, 0, RESET)]);
    Small { deliveries: 2, fates, keys: (true, true), ticks: 1, sometimes, ..small }.check();
}

/// Invariant 7: what is sent for one purpose uses up nothing of another, nor does a denial.
#[test]
fn the_purposes_of_one_user() {
    let mut small = small(&[(0, 0, RESET), (0, 0, RESET), (0, 0, Purpose::SignIn)]);
    small.policy.rules.calls = CallLimits { day: 1, ..OFF };
    let fates = &[RequestFate::Good];
    Small { fates, keys: (false, true), sometimes: &["denied", "number-denied", "number-day"], ..small }.check();
}

/// Invariant 7: the calls of all users together.
#[test]
fn three_users_and_a_budget_for_two() {
    let mut small = small(&[(0, 0, RESET), (1, 1, VERIFICATION), (2, 2, RESET)]);
    small.policy.budget.all_hour = 2;
    let fates = &[RequestFate::Good, RequestFate::Refused];
    Small { fates, sometimes: &["all-hour", "given-back"], ..small }.check();
}

const RESET: Purpose = Purpose::PasswordReset;
const VERIFICATION: Purpose = Purpose::Verification;

/// No limit of one user or number, but for that of an unverified number.
const OFF: CallLimits = CallLimits { seconds_between_calls: 0, quarter_hour: 0, hour: 0, day: 0 };

/// A world with these messages: user, number and purpose of each.
fn small(messages: &[(usize, usize, Purpose)]) -> Small {
    let mut policy = Policy::SMALL;
    // Lambda tries again after a minute, and once more later.
    policy.rules.challenge.validity_seconds = 100;
    Small {
        policy,
        messages: messages.iter().map(|&(user, number, purpose)| Message::new(user, number, purpose)).collect(),
        deliveries: 1,
        overlap: false,
        fates: ALL_FATES,
        keys: (false, false),
        ticks: 0,
        tick: 60,
        sometimes: &[],
    }
}

impl Model for Small {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::at(START, self.messages.len())]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Step>) {
        // Reading early can only lead to a conflict later, and the others change nothing.
        let hurries = |asks| matches!(asks, Asks::Read { .. } | Asks::Pause(_) | Asks::Done(_));
        if let Some(index) = world.sendings.iter().position(|sending| hurries(sending.machine.next())) {
            actions.push(Step::Proceed(index, RequestFate::Good));
            return;
        }
        for (index, sending) in world.sendings.iter().enumerate() {
            let is_dial = matches!(sending.machine.next(), Asks::Dial(_));
            let fates = self.fates.iter().filter(|&&fate| is_dial || fate != RequestFate::Refused);
            actions.extend(fates.map(|&fate| Step::Proceed(index, fate)));
        }
        for (message, &count) in world.delivered.iter().enumerate() {
            let is_under_way = world.sendings.iter().any(|sending| sending.message == message);
            if count < self.deliveries && (self.overlap || !is_under_way) {
                actions.push(Step::Deliver(message));
            }
            if world.rang().any(|(rang, _)| rang == message) {
                let pressed = |is: fn(&Fact, usize) -> bool| world.trace.iter().any(|fact| is(fact, message));
                if self.keys.0 && !pressed(|fact, of| matches!(fact, Fact::Heard { message, .. } if *message == of)) {
                    actions.push(Step::Hear(message));
                }
                if self.keys.1 && !pressed(|fact, of| matches!(fact, Fact::Denied { message, .. } if *message == of)) {
                    actions.push(Step::Deny(message));
                }
            }
        }
        if world.now < START + self.ticks * self.tick {
            actions.push(Step::Wait(self.tick));
        }
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut world = world.clone();
        world.take(step, &self.messages, &self.policy);
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let never = Property::<Self>::always(NEVER, |small, world| {
            world.trace.len() == world.old || small.broken(world).is_none()
        });
        let sometimes = sometimes![
            "a-day-later",
            "all-hour",
            "conflict",
            "denied",
            "given-back",
            "heard",
            "late",
            "never-rang",
            "number-day",
            "number-denied",
            "rang-again",
            "void",
            "withheld-expired",
            "withheld-replaced"
        ];
        std::iter::once(never)
            .chain(sometimes.into_iter().filter(|property| self.sometimes.contains(&property.name)))
            .collect()
    }
}

impl Small {
    fn broken(&self, world: &World) -> Option<String> {
        broken(&self.policy, &self.messages, &world.trace)
    }

    fn check(self) {
        let checker = self.checker().threads(2).spawn_bfs().join();
        println!("{} states", checker.unique_state_count());
        if let Some(path) = checker.discovery(NEVER) {
            let world = path.last_state();
            let facts: Vec<_> = world.trace.iter().map(|fact| format!("{fact:?}")).collect();
            panic!("{:?}\n{}", checker.model().broken(world), facts.join("\n"));
        }
        let sometimes = checker.model().sometimes;
        let missing: Vec<_> = sometimes.iter().filter(|name| checker.discovery(name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(checker.is_done());
    }
}

/// What happened in a trace, by name.
fn names(trace: &[Fact]) -> Vec<&'static str> {
    let counted = |of: usize, trace: &[Fact]| {
        trace.iter().rfind(|fact| matches!(fact, Fact::Counted { message, .. } if *message == of)).map(Fact::at)
    };
    let names = trace.iter().enumerate().filter_map(|(index, fact)| {
        let before = &trace[..index];
        Some(match *fact {
            Fact::Conflicted => "conflict",
            Fact::GivenBack { .. } => "given-back",
            Fact::Denied { .. } => "denied",
            Fact::Refused { limit: Limit::Denied, .. } => "number-denied",
            Fact::Refused { limit: Limit::Calls(Scope::Number, Window::Day), .. } => "number-day",
            Fact::Refused { limit: Limit::Calls(Scope::All, Window::Hour), .. } => "all-hour",
            Fact::Heard { result: Ok(()), .. } => "heard",
            Fact::Heard { result: Err(Withheld::Challenge(Verdict::Replaced)), .. } => "withheld-replaced",
            Fact::Heard { result: Err(Withheld::Challenge(Verdict::Expired)), .. } => "withheld-expired",
            // Another delivery had counted it.
            Fact::Rang { message, at, .. } if counted(message, before).is_some_and(|counted| counted < at) => {
                "rang-again"
            }
            Fact::Counted { at, .. } if at >= START + 24 * 60 * 60 => "a-day-later",
            Fact::Void { message, .. } if before.iter().any(|fact| fact.is_ring_of(message)) => return None,
            Fact::Void { message, at } => match counted(message, before) {
                Some(counted) if at >= counted + 100 => "late",
                _ => "void",
            },
            _ => return None,
        })
    });
    let mut names: Vec<_> = names.collect();
    let count = |is: fn(&Fact) -> bool| trace.iter().filter(|fact| is(fact)).count();
    if count(|fact| matches!(fact, Fact::Counted { .. }))
        > count(|fact| matches!(fact, Fact::Rang { .. } | Fact::GivenBack { .. }))
    {
        names.push("never-rang");
    }
    names
}
