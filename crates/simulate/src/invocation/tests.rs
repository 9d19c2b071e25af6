use std::collections::BTreeMap;

use sign_in::calling::{NotPlaced, Written};
use sign_in::creation::RoundStarted as Started;
use sign_in::error::DialErrorKind;
use sign_in::history::ChallengeResult;
use sign_in::ledger::{CallTimes, Limit, Refusal, Scope, UserRow, Window};

use super::*;
use crate::account::Account;
use crate::connect::{Connect, Quotas, Reply, WhenFull};
use crate::functions::Functions;
use crate::rng::Rng;
use crate::round_started::{Failed, RoundOutcome, RoundStarted};
use crate::scenario::Latency;
use crate::table::Table;

const NOW: u64 = 1_000_000;
const LATENCY: Latency = Latency {
    ledger: Duration::from_millis(5),
    connect: Duration::from_millis(200),
    lambda: Duration::from_millis(50),
};

struct Setup {
    functions: Functions,
    account: Account,
    table: Table,
    connect: Connect,
    rng: Rng,
}

impl Setup {
    fn new(quotas: Quotas) -> Self {
        let functions = Functions::read(&BTreeMap::new()).unwrap();
        let account = Account::new(&functions, 1, "US", 0).unwrap();
        let (table, connect) = (Table::new(LATENCY.ledger), Connect::new(quotas, WhenFull::Refuse));
        Self { functions, account, table, connect, rng: Rng::new(1) }
    }

    /// Runs an invocation. Returns its answer, and after how many milliseconds Cognito has it.
    fn create(&mut self, mut time: Duration, history: &[ChallengeResult]) -> (Result<RoundStarted, Failed>, u128) {
        let Self { functions, account, table, connect, rng } = self;
        let (began, now) = (time, NOW + time.as_secs());
        let mut creation = Placing::of_round(account, history, false, now, functions, rng);
        loop {
            let mut around = Surroundings { functions, table, connect, rng, latency: LATENCY };
            match creation.proceed(time, account, &mut around) {
                Step::Next(next) => time = next,
                Step::Done((answer, rings)) => {
                    let answer = answer.map(|started| match started {
                        Started::Call { round, outcome } => RoundStarted { round, outcome, rings },
                        Started::Device { .. } => panic!("there is no device"),
                    });
                    return (answer, time.saturating_sub(began).as_millis());
                }
            }
        }
    }

    fn counted(&self) -> u32 {
        self.table.counted().map(|(_, count)| count).sum()
    }
}

fn not_placed(kind: DialErrorKind) -> Result<RoundStarted, Failed> {
    Err(Failed::Call(NotPlaced { kind, may_ring: false }))
}

#[test]
fn a_call_takes_two_requests_to_the_ledger_and_one_to_connect() {
    let mut setup = Setup::new(Quotas::default());
    let (answer, millis) = setup.create(Duration::ZERO, &[]);
    assert_eq!((answer.unwrap().outcome, millis, setup.counted()), (RoundOutcome::Called, 210, 3));
    // A sign-in that comes while it rings joins.
    let (answer, millis) = setup.create(Duration::from_secs(1), &[]);
    assert_eq!((answer.unwrap().outcome, millis, setup.counted()), (RoundOutcome::Joined, 5, 3));
}

#[test]
fn a_throttled_call_is_tried_once_more_after_a_pause() {
    let mut setup = Setup::new(Quotas { rate: 5.0, burst: 1.0, concurrent: 9 });
    assert_eq!(setup.connect.start(Duration::from_millis(10), true), Reply::Rings);
    // 200 ms for the first attempt and a pause of 300 ms: by the second, Connect has room again.
    let (answer, millis) = setup.create(Duration::ZERO, &[]);
    assert_eq!((answer.unwrap().outcome, millis), (RoundOutcome::Called, 710));
}

#[test]
fn a_call_that_connect_does_not_take_is_given_back() {
    let mut setup = Setup::new(Quotas { concurrent: 0, ..Quotas::default() });
    let (answer, millis) = setup.create(Duration::ZERO, &[]);
    assert_eq!((answer, millis, setup.counted()), (not_placed(DialErrorKind::Busy), 720, 0));
    let rows = setup.table.read(setup.account.keys(None));
    let paused = CallTimes::new(Vec::new(), Some(NOW));
    assert_eq!((rows.user, rows.number.calls), (UserRow { calls: paused.clone(), ..UserRow::default() }, paused));
    let (answer, millis) = setup.create(Duration::from_secs(1), &[]);
    let limit = Limit::Calls(Scope::User, Window::Pause);
    assert_eq!((answer, millis), (Err(Failed::Limit(Refusal { limit, retry_after: Some(29) })), 5));
    // A refusal that will not pass is not tried again.
    setup.account.permitted = false;
    let (answer, millis) = setup.create(Duration::from_secs(30), &[]);
    assert_eq!((answer, millis, setup.counted()), (not_placed(DialErrorKind::Refused), 220, 0));
}

#[test]
fn a_limit_refuses_a_call_and_not_the_sign_in_while_there_is_a_code() {
    let settings = BTreeMap::from([("OTP_MAX_CALLS_ALL_DAY".to_owned(), "1".to_owned())]);
    let mut setup = Setup { functions: Functions::read(&settings).unwrap(), ..Setup::new(Quotas::default()) };
    let first = setup.create(Duration::ZERO, &[]).0.unwrap();
    let (answer, millis) = setup.create(Duration::from_secs(31), &[]);
    let RoundStarted { round, outcome, .. } = answer.unwrap();
    assert_eq!((round.challenge, millis), (first.round.challenge, 10));
    assert_eq!(outcome.refusal().unwrap().limit, Limit::Calls(Scope::All, Window::Day));
    assert!(matches!(setup.create(Duration::from_secs(241), &[]).0, Err(Failed::Limit(_))));
}

#[test]
fn what_another_holds_is_waited_for() {
    let mut setup = Setup::new(Quotas::default());
    let other = Account::new(&setup.functions, 2, "US", 1).unwrap();
    let rows = setup.table.read(other.keys(None));
    let counters = setup.functions.counters(other.phone.as_ref().unwrap(), None, NOW, 0);
    assert_eq!(setup.table.count(Duration::from_millis(4), other.keys(None), &rows, &counters), Written::Done);
    let (answer, millis) = setup.create(Duration::ZERO, &[]);
    // Two more requests, and a pause of 20 ms at most between.
    assert!(answer.is_ok() && (220..=240).contains(&millis), "{millis}");
    assert_eq!((setup.table.writes().conflicts, setup.counted()), (1, 6));
}
