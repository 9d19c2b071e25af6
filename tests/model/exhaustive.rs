//! Every path through a few small worlds: a model checker visits each state that can be reached.

use stateright::{Checker, Model, Property};

use crate::coverage::names;
use crate::creation::RequestFate;
use crate::device::Key;
use crate::invariant::broken;
use crate::policy::Policy;
use crate::sign_in::{Client, Reply, Session, Stage};
use crate::telephone::{Contact, Wish};
use crate::trace::{Fact, lines};
use crate::world::{Step, World};

mod worlds;

/// A small world, with bounds on what can happen in it.
#[derive(Clone, Copy)]
struct Small {
    policy: Policy,
    /// The user of each sign-in. Each may begin at any time.
    sign_ins: &'static [usize],
    /// The app client of each sign-in. Those that are not named have the first.
    clients: &'static [Client],
    /// The device of each sign-in. Those that are not named have none.
    devices: &'static [Option<Key>],
    /// How many devices the first user had before.
    had: usize,
    /// What may end the trust in devices: somebody forgets one, a password is reset, a number changes.
    mishaps: &'static [Step],
    /// Whose tokens somebody may ask for by another way than a call.
    gates: &'static [(usize, Client)],
    /// The most deliveries of one event to the create trigger.
    creations: u8,
    /// The most deliveries of one event to the verify trigger.
    verifications: u8,
    /// The most replies in one sign-in, and what they may be.
    replies: (usize, &'static [Reply]),
    /// Who may ask for the code of each call, and what may happen to that.
    asks: (&'static [Contact], &'static [RequestFate]),
    /// Whether those may deny the sign-in instead, and somebody clears that afterwards.
    denies: bool,
    /// What may happen to requests.
    fates: &'static [RequestFate],
    /// How often `tick` seconds pass.
    ticks: u64,
    tick: u64,
    /// What must happen on some path.
    sometimes: &'static [&'static str],
}

const START: u64 = 1_000_000;

const NEVER: &str = "no invariant is broken";

macro_rules! sometimes {
    ($($name:literal),*) => {
        [$(Property::<Small>::sometimes($name, |_, world| names(&world.trace).contains(&$name))),*]
    };
}

impl Model for Small {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        let mut world = match self.had {
            0 if self.policy.nearly_full => World::nearly_full(START, &self.policy),
            0 => World::at(START),
            had => World::with_devices(START, 0, had, &self.policy),
        };
        for (index, &user) in self.sign_ins.iter().enumerate() {
            let client = self.clients.get(index).copied().unwrap_or(Client::App);
            let device = self.devices.get(index).copied().flatten();
            world.take(Step::Begin(user, client, device), &self.policy);
        }
        vec![world]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Step>) {
        let asks = world.telephone.calls().flat_map(|call| self.asks.0.iter().map(move |&contact| (call, contact)));
        let asks = asks.filter(|&(call, contact)| world.may_ask(call, contact));
        let wishes: &[_] = if self.denies { &[Wish::Code, Wish::Deny] } else { &[Wish::Code] };
        let asks = asks.flat_map(|(call, contact)| wishes.iter().map(move |&wish| Step::Ask(call, contact, wish)));
        let denied = world.trace.iter().rev().find_map(|fact| match fact {
            Fact::Denied { call, .. } => Some(Some(call.user)),
            Fact::Cleared { .. } => Some(None),
            _ => None,
        });
        let clear = denied.flatten().map(Step::Clear);
        let steps = world.steps().into_iter().chain(asks).chain(clear);
        let possible: Vec<_> = steps.filter(|step| self.allows(world, *step)).collect();
        // A step whose time makes no difference to the others happens at once. That leaves fewer paths with the same
        // outcomes.
        if let Some(first) = possible.iter().find(|step| hurries(world, **step)) {
            actions.extend(possible.iter().filter(|step| step.actor() == first.actor()));
            return;
        }
        actions.extend(possible);
        actions.extend(self.mishaps.iter().filter(|step| world.matters(**step)));
        actions.extend(self.gates.iter().map(|&(user, client)| Step::Gate(user, client)));
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
            "denied",
            "denied-again",
            "device",
            "device-again",
            "device-asked",
            "device-expired",
            "device-forgotten",
            "device-refused",
            "device-used",
            "enrolled",
            "expired",
            "given-back",
            "heard",
            "heard-again",
            "joined",
            "locked",
            "lockout",
            "max-failures",
            "never-rang",
            "no-pass",
            "not-heard",
            "number-pause",
            "pass",
            "refused-joined",
            "renewed",
            "repeat-joined",
            "replaced",
            "right-again",
            "stays-counted",
            "tokens",
            "used",
            "user-denied",
            "user-pause",
            "withheld-denied",
            "withheld-expired",
            "withheld-older-call",
            "withheld-other-contact",
            "withheld-replaced",
            "withheld-used"
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
            Step::Speak(_, fate) => self.asks.1.contains(&fate),
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
        // Asking later is a path of its own.
        Step::Speak(..) => true,
        Step::Deliver(index, _) => {
            let sign_in = &world.sign_ins[index];
            let goes_on = sign_in.session.rounds() > 0 || matches!(sign_in.stage, Stage::Verify { .. });
            goes_on && sign_in.stage.is_new()
        }
        _ => false,
    }
}

/// Whether a sign-in would begin before an earlier one of the same user, app client and device. That is the same path with other
/// names.
fn overtakes(world: &World, index: usize) -> bool {
    let begins = |index: usize| world.sign_ins[index].session.rounds() == 0 && world.sign_ins[index].stage.is_new();
    let whose = |index: usize| {
        let Session { user, client, device, .. } = world.sign_ins[index].session;
        (user, client, device)
    };
    begins(index) && (0..index).any(|earlier| whose(earlier) == whose(index) && begins(earlier))
}
