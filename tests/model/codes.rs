//! Codes of Cognito's own: messages that Lambda delivers, the function that sends them, and the calls that speak them. The
//! decisions are those of [`sign_in::sending`].
//!
//! It is a world of its own beside that of the sign-ins. They share no row, only the counters of all calls.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use sign_in::calling::{Delivery, Failed, NotPlaced, Rows, Step as Asks, Written};
use sign_in::code::Key;
use sign_in::error::DialErrorKind;
use sign_in::ledger::row_write::Attempt;
use sign_in::ledger::{
    CallKeys, Counter, FailureLimits, HearingAttempt, Limit, Listener, NumberRow, UserRow, Withheld,
};
use sign_in::phone::PhoneNumber;
use sign_in::sending::{Purpose, SendPolicy, Sending, Sent};

use crate::creation::RequestFate;
use crate::policy::Policy;
use invariant::denials;

mod exhaustive;
mod invariant;

/// A message of Cognito's.
#[derive(Clone, Debug)]
struct Message {
    user: usize,
    number: usize,
    purpose: Purpose,
    /// Its rows, by the keys that the function makes: the user's and the number's.
    keys: (String, String),
}

/// The state of the world. Messages are named by their place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct World {
    now: u64,
    /// How often each message was delivered, and the deliveries that are in progress.
    delivered: Vec<u8>,
    sendings: Vec<Invocation>,
    users: BTreeMap<String, (UserRow, u64)>,
    numbers: BTreeMap<String, (NumberRow, u64)>,
    counters: BTreeMap<String, u32>,
    trace: Vec<Fact>,
    /// The number of facts before the latest step.
    old: usize,
}

/// A delivery of a message in progress.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Invocation {
    message: usize,
    began: u64,
    machine: Sending,
    keys: (String, String),
    /// The number of denials when it read the rows last.
    denials: usize,
}

/// What happened, in order. Times are those of the function's invocation, unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Fact {
    /// Another write came between a read and a write.
    Conflicted,
    /// The ledger counted a call for this message.
    Counted { message: usize, at: u64 },
    /// The ledger gave it back.
    GivenBack { message: usize, at: u64 },
    /// The function ended: a call was placed, by it or before.
    Called { message: usize, at: u64 },
    /// The function ended: the message is void.
    Void { message: usize, at: u64 },
    /// A limit refused the call, or a denial did.
    Refused { message: usize, limit: Limit, at: u64 },
    /// Connect took a call with this token, and the phone rings. `denials`: how many the function knew.
    Rang { message: usize, token: (u128, u32), at: u64, denials: usize },
    /// The key is pressed in its call, which gets the code or not. `at`: when that was.
    Heard { message: usize, result: Result<(), Withheld>, at: u64 },
    /// The 0 is pressed there. `at`: when that was.
    Denied { message: usize, at: u64 },
}

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// Lambda delivers a message.
    Deliver(usize),
    /// This delivery makes its next request, with this fate.
    Proceed(usize, RequestFate),
    /// The key is pressed in the call of this message.
    Hear(usize),
    /// The 0 is pressed there.
    Deny(usize),
    /// Time passes.
    Wait(u64),
}

/// How long Lambda lets the function run: `Timeout` in the template.
const SECONDS: u64 = 10;

/// No wrong code is counted in such a row.
const LIMITS: FailureLimits = FailureLimits { lockout: 1, lockout_seconds: 1, max: 1, denied_seconds: 1 };

impl Message {
    fn new(user: usize, number: usize, purpose: Purpose) -> Self {
        let key = Key::new(&[7; 32]).expect("it is long enough");
        let phone = PhoneNumber::parse(&format!("+1206555010{number}")).expect("it is one");
        let keys = CallKeys::of_codes(&key, "pool", &user.to_string(), &phone, purpose);
        let keys = (keys.user.as_str().to_owned(), keys.number.as_str().to_owned());
        Self { user, number, purpose, keys }
    }
}

impl World {
    fn at(now: u64, messages: usize) -> Self {
        Self {
            now,
            delivered: vec![0; messages],
            sendings: Vec::new(),
            users: BTreeMap::new(),
            numbers: BTreeMap::new(),
            counters: BTreeMap::new(),
            trace: Vec::new(),
            old: 0,
        }
    }

    /// Takes a step.
    fn take(&mut self, step: Step, messages: &[Message], policy: &Policy) {
        let now = self.now;
        self.old = self.trace.len();
        match step {
            Step::Deliver(message) => {
                self.delivered[message] += 1;
                let number = messages[message].number as u64;
                let part = SendPolicy::part(messages[message].purpose);
                let counters = policy.budget.counters("US", now, part, 0);
                let delivery = Delivery { now, number, callable: true, counters, new_challenge: 0, new_sign_in: 0 };
                let machine = Sending::new(id(message), delivery);
                self.sendings.push(Invocation {
                    message,
                    began: now,
                    machine,
                    keys: messages[message].keys.clone(),
                    denials: 0,
                });
            }
            Step::Proceed(index, fate) => self.proceed(index, fate, messages, policy),
            Step::Hear(message) => {
                let listener = Listener { call: 1, contact: id(message) };
                let attempt = HearingAttempt { challenge: id(message), listener, now };
                let (row, revision) = self.users.get_mut(&messages[message].keys.0).expect("it has had calls");
                let (result, new_row) = attempt.judge(row, &LIMITS);
                if let Some(new_row) = new_row {
                    (*row, *revision) = (new_row, *revision + 1);
                }
                self.trace.push(Fact::Heard { message, result, at: now });
            }
            // As `speak-code` writes it.
            Step::Deny(message) => {
                let (row, revision) = self.numbers.get_mut(&messages[message].keys.1).expect("it has had calls");
                row.denied_at = Some(now);
                *revision += 1;
                self.trace.push(Fact::Denied { message, at: now });
            }
            Step::Wait(seconds) => {
                self.now += seconds;
                self.sendings.retain(|sending| self.now <= sending.began + SECONDS);
            }
        }
    }

    /// Makes the next request of a delivery.
    fn proceed(&mut self, index: usize, fate: RequestFate, messages: &[Message], policy: &Policy) {
        let Invocation { message, began: at, mut machine, ref keys, denials: known } = self.sendings[index].clone();
        let send = SendPolicy::of(policy.rules, messages[message].purpose);
        match machine.next() {
            Asks::Read { .. } => {
                machine.read(self.read(keys), &send);
                self.sendings[index].denials = denials(&self.trace).count();
            }
            Asks::Count(..) | Asks::CountBack(..) if fate == RequestFate::LostUndone => machine.unreachable(),
            Asks::Count(rows, counters) => {
                let written = self.write(keys, rows, counters, 1);
                self.trace.extend(match written {
                    Written::Done => Some(Fact::Counted { message, at }),
                    Written::Conflict => Some(Fact::Conflicted),
                    Written::Full(_) => None,
                });
                answer(&mut machine, written, fate, &send);
            }
            Asks::CountBack(rows, counters) => {
                let written = self.write(keys, rows, counters, -1);
                self.trace.extend(match written {
                    Written::Done => Some(Fact::GivenBack { message, at }),
                    _ => Some(Fact::Conflicted),
                });
                answer(&mut machine, written, fate, &send);
            }
            Asks::Dial(issued) => {
                let token = (issued.challenge.id, issued.calls);
                let is_taken = matches!(fate, RequestFate::Good | RequestFate::LostDone);
                let is_known = self.rang().any(|(_, known)| known == token);
                if is_taken && !is_known {
                    self.trace.push(Fact::Rang { message, token, at, denials: known });
                }
                let not_placed = |kind, may_ring| Err(NotPlaced { kind, may_ring });
                machine.dialled(match fate {
                    RequestFate::Good => Ok(()),
                    RequestFate::Refused => not_placed(DialErrorKind::Refused, false),
                    RequestFate::LostDone | RequestFate::LostUndone => not_placed(DialErrorKind::Unreachable, true),
                });
            }
            Asks::Pretend => panic!("there is a number"),
            Asks::Pause(_) => machine.waited(),
            Asks::Done(answer) => {
                self.trace.extend(match answer {
                    Ok(Sent::Called) => Some(Fact::Called { message, at }),
                    Ok(Sent::Void) => Some(Fact::Void { message, at }),
                    Err(Failed::Limit(refusal)) => Some(Fact::Refused { message, limit: refusal.limit, at }),
                    Err(_) => None,
                });
                self.sendings.remove(index);
                return;
            }
        }
        self.sendings[index].machine = machine;
    }

    /// Whether nothing was written since a delivery read the rows, if it is about to write.
    fn is_current(&self, sending: &Invocation) -> Option<bool> {
        match sending.machine.next() {
            Asks::Count(rows, _) | Asks::CountBack(rows, _) => {
                Some(self.read(&sending.keys).revisions == rows.revisions)
            }
            _ => None,
        }
    }

    fn read(&self, (user, number): &(String, String)) -> Rows {
        let (user, user_revision) = self.users.get(user).cloned().unzip();
        let (number, number_revision) = self.numbers.get(number).cloned().unzip();
        let revisions = (user_revision, number_revision);
        Rows { user: user.unwrap_or_default(), number: number.unwrap_or_default(), revisions }
    }

    /// Writes both rows and adds to the counters, if the rows are those that were read and no counter is full.
    fn write(&mut self, keys: &(String, String), rows: &Rows, counters: &[Counter], add: i32) -> Written {
        if self.read(keys).revisions != rows.revisions {
            return Written::Conflict;
        }
        let count = |counter: &Counter| self.counters.get(&counter.to_string()).copied().unwrap_or(0);
        if let Some(full) = counters.iter().position(|counter| add > 0 && count(counter) >= counter.most()) {
            return Written::Full(full);
        }
        for counter in counters {
            let count = self.counters.entry(counter.to_string()).or_default();
            *count = count.checked_add_signed(add).expect("what is counted back was counted");
        }
        let next = |revision: Option<u64>| revision.map_or(0, |revision| revision + 1);
        self.users.insert(keys.0.clone(), (rows.user.clone(), next(rows.revisions.0)));
        self.numbers.insert(keys.1.clone(), (rows.number.clone(), next(rows.revisions.1)));
        Written::Done
    }

    /// The calls that Connect took: message and token.
    fn rang(&self) -> impl Iterator<Item = (usize, (u128, u32))> {
        self.trace.iter().filter_map(|fact| match fact {
            Fact::Rang { message, token, .. } => Some((*message, *token)),
            _ => None,
        })
    }
}

/// Hands a write's result to the function, unless the response is lost.
fn answer(machine: &mut Sending, written: Written, fate: RequestFate, policy: &SendPolicy) {
    if fate == RequestFate::LostDone {
        machine.unreachable();
    } else {
        machine.written(written, policy);
    }
}

/// The id of a message.
fn id(message: usize) -> u128 {
    message as u128 + 100
}

// Worlds are the same that have the same futures, and in which the invariants find the same. A revision that was read matters
// only as far as it is still the current one. Of the facts before the latest step, some matter.
impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { now, delivered, sendings, users, numbers, counters, trace, old } = self;
        (now, delivered, sendings, counters, &trace[*old..]).hash(state);
        for (key, (row, _)) in users {
            (key, row).hash(state);
        }
        for (key, (row, _)) in numbers {
            (key, row).hash(state);
        }
        for sending in sendings {
            self.is_current(sending).hash(state);
        }
        let in_order = |fact: &&Fact| matches!(fact, Fact::Counted { .. } | Fact::GivenBack { .. });
        trace.iter().filter(in_order).for_each(|fact| fact.hash(state));
        denials(trace).for_each(|denial| denial.hash(state));
        self.rang().map(|(message, _)| message).collect::<BTreeSet<_>>().hash(state);
        let heard = trace.iter().filter_map(|fact| match fact {
            Fact::Heard { message, .. } => Some(message),
            _ => None,
        });
        heard.collect::<BTreeSet<_>>().hash(state);
    }
}
