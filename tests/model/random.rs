//! Random walks: many sign-ins, mostly of one user, for days.

use std::cell::RefCell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use sign_in::code::Digits;
use sign_in::ledger::{Budget, CallLimits, FailureLimits};
use sign_in::ledger::{ChallengeForm, Hearing, PassLife, Rules};

use crate::coverage::Coverage;
use crate::creation::RequestFate;
use crate::device::Key;
use crate::invariant::broken;
use crate::policy::Policy;
use crate::sign_in::Client;
use crate::telephone::{Contact, Wish};
use crate::trace::lines;
use crate::world::{Step, World};

/// Half an hour before midnight, so that an hour and a day of the clock end early.
const START: u64 = 20_000 * 86_400 - 1_800;

/// How often each of these must happen in the walks, so that they prove something.
const LEAST: usize = 10;
const SIGHTS: [&str; 65] = [
    "all-day",
    "all-hour",
    "asked",
    "asked-again-joined",
    "attempts-used-up",
    "called-again",
    "cleared",
    "conflict",
    "country-hour",
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
    "forgotten",
    "given-back",
    "granted",
    "heard",
    "heard-again",
    "joined",
    "locked",
    "lockout",
    "max-failures",
    "never-rang",
    "new-challenge",
    "no-pass",
    "no-tokens",
    "not-heard",
    "number-day",
    "number-hour",
    "number-pause",
    "number-quarter-hour",
    "old-pass",
    "pass",
    "pushed-out",
    "rang",
    "refused-joined",
    "renewed",
    "repeat-joined",
    "replaced",
    "right",
    "right-again",
    "tokens",
    "used",
    "user-day",
    "user-hour",
    "user-pause",
    "user-denied",
    "user-quarter-hour",
    "withheld-attempts-used-up",
    "withheld-denied",
    "withheld-expired",
    "withheld-lockout",
    "withheld-max-failures",
    "withheld-older-call",
    "withheld-other-contact",
    "withheld-replaced",
    "withheld-used",
    "wrong",
];

/// A random number that decides what comes next.
struct Choices(usize);

impl Choices {
    /// A number below `of`.
    fn draw(&mut self, of: usize) -> usize {
        let drawn = self.0 % of;
        self.0 /= of;
        drawn
    }

    /// Mostly 0. Longer times are rarer.
    fn seconds(&mut self) -> u64 {
        let most = match self.draw(100) {
            0..=79 => 1,
            80..=87 => 5,
            88..=97 => 40,
            98 => 1_000,
            _ => 40_000,
        };
        self.draw(most) as u64
    }

    /// Mostly the same user, so that sign-ins meet.
    fn user(&mut self) -> usize {
        [0, 0, 0, 0, 0, 0, 1, 2, 3][self.draw(9)]
    }

    /// Mostly the same app client.
    fn client(&mut self) -> Client {
        [Client::App, Client::App, Client::Other][self.draw(3)]
    }

    /// None, a new one or one that the first user had before.
    fn device(&mut self) -> Option<Key> {
        [None, None, Some(0), Some(0), Some(1), Some(100), Some(100), Some(100), Some(101)][self.draw(9)].map(Key)
    }

    fn fate(&mut self) -> RequestFate {
        match self.draw(14) {
            0..=9 => RequestFate::Good,
            10..=11 => RequestFate::Refused,
            12 => RequestFate::LostDone,
            _ => RequestFate::LostUndone,
        }
    }

    /// The latest call is answered, mostly soon.
    fn answer(&mut self, world: &World) -> Option<Step> {
        let call = world.telephone.calls().next_back().filter(|call| world.may_ask(*call, Contact::Own))?;
        // Seldom denied: a denial ends the calls for a while.
        let wish = match self.draw(60) {
            40..=58 => Wish::Code,
            59 => Wish::Deny,
            _ => return None,
        };
        Some(Step::Ask(call, Contact::Own, wish))
    }

    /// Any contact asks for the code of any call, mostly of a recent one, or denies it. It may have asked before.
    fn ask(&mut self, world: &World) -> Option<Step> {
        let recent = [0, 0, 1, 1, 2, 5, 20][self.draw(7)];
        let contact = [Contact::Own, Contact::Other][self.draw(2)];
        let wish = [Wish::Code, Wish::Code, Wish::Deny][self.draw(3)];
        world.telephone.calls().rev().nth(recent).map(|call| Step::Ask(call, contact, wish))
    }

    /// The next step, if there is one. 0 leads to a quiet step, so that a failed walk shrinks to a quiet one.
    fn step(&mut self, world: &World) -> Option<Step> {
        match self.draw(100) {
            0..=87 => self.answer(world).or_else(|| {
                let fate = self.fate();
                let mut steps = world.steps();
                steps.retain(|step| step.fate() == RequestFate::Good || step.fate() == fate);
                steps.get(self.draw(steps.len().max(1))).copied()
            }),
            88..=89 => Some(Step::Gate(self.user(), self.client())),
            90 => self.ask(world),
            91..=97 => Some(Step::Begin(self.user(), self.client(), self.device())),
            98 => Some(match self.draw(6) {
                0 | 1 => Step::Clear(self.user()),
                2 => Step::Reset(self.user()),
                3 => self.device().map_or(Step::Expire, |key| Step::Forget(self.user(), key)),
                _ => Step::Move(self.user()),
            }),
            _ => Some(Step::Expire),
        }
    }
}

fn walk(policy: &Policy, numbers: &[usize]) -> World {
    let mut world = match policy.device_days {
        0 => World::at(START),
        // So many that a few more are too many.
        _ => World::with_devices(START, 0, numbers.len() % 11, policy),
    };
    for &number in numbers {
        let mut choices = Choices(number);
        world.take(Step::Wait(choices.seconds()), policy);
        let asks = policy.rules.challenge.hearing == Hearing::Awaited;
        if let Some(step) = choices.step(&world).filter(|step| asks || !matches!(step, Step::Ask(..))) {
            world.take(step, policy);
        }
    }
    world
}

fn policies() -> impl Strategy<Value = Policy> {
    // Mostly a call asks for its code.
    let hearing = select(&[Hearing::Awaited, Hearing::Awaited, Hearing::Awaited, Hearing::NotNeeded][..]);
    let challenge = (1..=4_u32, select(&[1, 60, 300, 600][..]), hearing);
    let challenge = challenge.prop_map(|(attempts, validity_seconds, hearing)| ChallengeForm {
        attempts,
        digits: Digits::SIX,
        validity_seconds,
        hearing,
    });
    let counts = (select(&[0, 2, 3, 6][..]), select(&[0, 3, 4, 8][..]), select(&[0, 4, 6, 12][..]));
    let calls = (select(&[0, 1, 2, 3, 4, 5, 15, 30, 120][..]), counts);
    let calls = calls.prop_map(|(seconds_between_calls, (quarter_hour, hour, day))| CallLimits {
        seconds_between_calls,
        quarter_hour,
        hour,
        day,
    });
    let failures = (0..=4_u32, select(&[1, 60, 900][..]), 0..=6_u32, select(&[1, 60, 900][..]));
    let failures = failures.prop_map(|(lockout, lockout_seconds, max, denied_seconds)| FailureLimits {
        lockout,
        lockout_seconds,
        max,
        denied_seconds,
    });
    let budget = (select(&[0, 4, 12][..]), select(&[0, 6, 16][..]), select(&[0, 8, 20][..]));
    let budget = budget.prop_map(|(country_hour, all_hour, all_day)| Budget { country_hour, all_hour, all_day });
    let pass_life = select(&[1, 2][..]).prop_map(PassLife::of_days);
    let rules = (challenge, calls, failures, pass_life);
    let rules =
        rules.prop_map(|(challenge, calls, failures, pass_life)| Rules { challenge, calls, failures, pass_life });
    let device_days = select(&[0, 1, 1, 2][..]);
    (rules, budget, 1..=4_u32, device_days).prop_map(|(rules, budget, calls, device_days)| Policy {
        rules,
        budget,
        nearly_full: false,
        calls,
        device_days,
    })
}

/// What happens in these walks. None of them may break an invariant.
fn walks(mut runner: TestRunner) -> Coverage {
    let coverage = RefCell::new(Coverage::default());
    let input = (policies(), vec(any::<usize>(), 0..300));
    let result = runner.run(&input, |(policy, numbers)| {
        let world = walk(&policy, &numbers);
        coverage.borrow_mut().note(&world.trace);
        let broken = broken(&policy, &world.trace);
        prop_assert!(broken.is_none(), "{broken:?}\n{policy:?}\n{numbers:?}\n{}", lines(&world.trace));
        Ok(())
    });
    if let Err(TestError::Fail(reason, _)) = result {
        panic!("{reason}");
    }
    coverage.into_inner()
}

fn config(walks: u32) -> Config {
    Config { cases: walks, failure_persistence: None, ..Config::default() }
}

/// The same walks in every run, so that what happens in them does not vary.
#[test]
fn known_walks_break_no_invariant_and_meet_everything() {
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let coverage = walks(TestRunner::new_with_rng(config(12_000), seed));
    let missing = coverage.missing(&SIGHTS, LEAST);
    assert!(missing.is_empty(), "{missing:?} of {coverage:#?}");
}

/// Other walks in every run. They may find something at any time, so they are not part of the checks of a change.
#[test]
#[ignore = "finds what nobody has looked for; run it by name and with --ignored"]
fn new_walks_break_no_invariant() {
    walks(TestRunner::new(config(100_000)));
}
