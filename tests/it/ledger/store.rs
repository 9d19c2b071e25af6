//! The ledger's writes agree with the decisions in Rust.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use otp_dial::dynamodb::{RowUpdate, Store};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sign_in::code::{Challenge, Digits, Key};
use sign_in::creation::{Creation, Delivery, Failed, NotPlaced, Policy, RoundOutcome, RoundStarted, Step, Wishes};
use sign_in::device::{Device, DeviceTerms, Enrolment};
use sign_in::error::{DialErrorKind, LedgerError};
use sign_in::history::{Round, SignInLimits};
use sign_in::ledger::row_write::RowWrite;
use sign_in::ledger::{
    Budget, CallKeys, CallLimits, CallTimes, ChallengeForm, ClientId, CodeAttempt, Counter, DenialAttempt,
    DeviceAttempt, DeviceUse, Devices, FailureLimits, Hearing, HearingAttempt, Issued, Limit, Listener, Part, PassLife,
    Passes, Refusal, Rules, Scope, Used, UserKey, UserRow, Verdict, Window, Withheld,
};
use sign_in::phone::PhoneNumber;
use sign_in::verification::Verification;
use tokio::runtime::Runtime;

use crate::stack::Stack;
use crate::table::{Row, Table, number, text};

const NOW: u64 = 1_000_000;
/// The app clients. Few, so that a row often has the pass of one.
const CLIENTS: [&str; 2] = ["a", "B_2+"];

#[test]
fn the_write_of_an_answer_agrees_with_the_pure_decision() {
    let runtime = Runtime::new().unwrap();
    let stack = Stack::start(&[]);
    let table = runtime.block_on(stack.table());
    let store = Store::with_client(table.client().clone(), table.name().to_owned(), LIFE);
    let inputs = (rows(), answers(), limits(), prop::sample::select(vec!["USER#pool#sub", "UNKNOWN#pool#name"]));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&inputs, |(row, answer, limits, key)| {
        let (verdict, changed) = row.judge(&answer, &limits);
        let (written, after) = runtime.block_on(answer_in(&table, &store, key, &row, &answer, &limits));
        prop_assert_eq!(written, Ok(verdict));
        let expected = changed.unwrap_or(row);
        // A row without failures has no time of the latest one.
        let failed_at = if expected.failures > 0 { expected.failed_at } else { 0 };
        prop_assert_eq!(&after, &UserRow { failed_at, ..expected });
        for client in CLIENTS.map(client) {
            let pass = runtime.block_on(store.pass(&UserKey::from_text(key), &client, deadline()));
            prop_assert_eq!(pass, Ok(after.passes.of(&client)));
        }
        Ok(())
    });
    result.unwrap();
}

#[test]
fn the_write_of_a_denial_agrees_with_the_pure_decision() {
    let denials = around(NOW).prop_map(|now| DenialAttempt { now });
    agrees(denials, |row, denial, _| asked(row.deny(denial)));
}

#[test]
fn the_write_of_a_device_agrees_with_the_pure_decision() {
    let attempts = (devices(), nonces(), clients(), around(NOW));
    let attempts = attempts.prop_map(|(device, (nonce, issued_at), client, now)| DeviceAttempt {
        device,
        nonce,
        issued_at,
        client,
        now,
    });
    agrees(attempts, |row, attempt, _| row.use_device(attempt));
}

#[test]
fn the_write_of_a_hearing_agrees_with_the_pure_decision() {
    agrees(hearings(), |row, hearing, limits| asked(row.hear(hearing, limits)));
}

fn asked(decided: Result<UserRow, Withheld>) -> (Result<(), Withheld>, Option<UserRow>) {
    (decided.as_ref().map(|_| ()).map_err(|&withheld| withheld), decided.ok())
}

/// An attempt is written exactly when this decision allows it.
fn agrees<A>(
    attempts: impl Strategy<Value = A>,
    decide: impl Fn(&UserRow, &A, &FailureLimits) -> (A::Verdict, Option<UserRow>),
) where
    A: RowUpdate<Verdict: Debug + PartialEq> + Clone + Debug,
{
    let runtime = Runtime::new().unwrap();
    let stack = Stack::start(&[]);
    let table = runtime.block_on(stack.table());
    let store = Store::with_client(table.client().clone(), table.name().to_owned(), LIFE);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let key = UserKey::of("pool", "sub");
    let result = TestRunner::new(config).run(&(rows(), attempts, limits()), |(row, attempt, limits)| {
        let (verdict, changed) = decide(&row, &attempt, &limits);
        let written = runtime.block_on(async {
            table.put(item(key.as_str(), &row)).await;
            let written = store.judge(&key, RowWrite::new(attempt), &limits, deadline()).await;
            (written, store.user(&key).await.unwrap().expect("it is not deleted"))
        });
        prop_assert_eq!(written, (Ok(verdict), changed.unwrap_or(row)));
        Ok(())
    });
    result.unwrap();
}

/// A user who is called, and a table.
struct Called {
    table: Table,
    store: Store,
    keys: CallKeys,
    counters: Vec<Counter>,
    /// Whether a wrong answer is given while the call is placed.
    guesses: bool,
}

const LIFE: PassLife = PassLife::of_days(30);
const RULES: Rules = Rules {
    challenge: ChallengeForm { attempts: 3, digits: Digits::SIX, validity_seconds: 300, hearing: Hearing::NotNeeded },
    calls: CallLimits { seconds_between_calls: 30, quarter_hour: 3, hour: 5, day: 10 },
    failures: FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 900 },
    pass_life: LIFE,
};
const REFUSED: NotPlaced = NotPlaced { kind: DialErrorKind::Refused, may_ring: false };
const WRONG: CodeAttempt =
    CodeAttempt { challenge: 1, sign_in: 7, client: None, enrolment: Enrolment::NONE, right: false, now: NOW };

impl Called {
    async fn new(stack: &Stack) -> Self {
        let table = stack.table().await;
        let store = Store::with_client(table.client().clone(), table.name().to_owned(), LIFE);
        let phone = PhoneNumber::parse("+12065550107").unwrap();
        let keys = CallKeys::of(&Key::new(&[1; 32]).unwrap(), "pool", "sub", &phone);
        let counters = Budget { country_hour: 9, all_hour: 9, all_day: 9 }.counters("US", NOW, Part::Whole, 0);
        Self { table, store, keys, counters, guesses: false }
    }

    /// One delivery to the create trigger. `placed`: Connect's answer to the call.
    async fn create(&self, id: u128, now: u64, placed: Result<(), NotPlaced>) -> Result<RoundStarted, Failed> {
        let Self { store, keys, counters, .. } = self;
        let (number, counters) = (keys.number.hash(), counters.clone());
        let delivery = Delivery { now, number, callable: true, counters, new_challenge: id, new_sign_in: 7 };
        let policy = Policy { rules: RULES, limits: SignInLimits { attempts: 3, calls: 3 }, device_days: 0 };
        let mut creation = Creation::new(&[], Wishes::default(), delivery, &policy);
        loop {
            match creation.next() {
                Step::Read { .. } => creation.read(store.read(keys, deadline()).await.unwrap(), &policy),
                Step::Count(rows, counters) => {
                    let written = store.count(keys, rows, counters, now, deadline()).await.unwrap();
                    creation.written(written, &policy);
                }
                Step::CountBack(rows, counters) => {
                    let written = store.count_back(keys, rows, counters, now, deadline()).await.unwrap();
                    creation.written(written, &policy);
                }
                Step::Dial(_) => {
                    assert_eq!(self.counted().await, [1; 3]);
                    if self.guesses {
                        assert_eq!(self.answer().await, Verdict::Wrong);
                    }
                    creation.dialled(placed);
                }
                Step::Pretend => panic!("there is somebody to call"),
                Step::Pause(_) => creation.waited(),
                Step::Done(answer) => return answer.clone(),
            }
        }
    }

    async fn answer(&self) -> Verdict {
        judge(&self.store, &self.keys.user, &WRONG, &RULES.failures).await.unwrap()
    }

    async fn user(&self) -> UserRow {
        self.store.user(&self.keys.user).await.unwrap().unwrap()
    }

    async fn counted(&self) -> Vec<u64> {
        let rows = self.table.rows().await;
        self.counters.iter().map(|counter| rows[&counter.to_string()].number("calls")).collect()
    }
}

#[tokio::test]
async fn a_refused_call_keeps_the_pause_and_takes_nothing_else() {
    let stack = Stack::start(&[]);
    let called = Called::new(&stack).await;
    assert_eq!(called.create(1, NOW, Err(REFUSED)).await, Err(Failed::Call(REFUSED)));
    let paused = UserRow { calls: CallTimes::new(Vec::new(), Some(NOW)), ..UserRow::default() };
    assert_eq!((called.user().await, called.counted().await), (paused, vec![0; 3]));
    let limit = Limit::Calls(Scope::User, Window::Pause);
    let refusal = Refusal { limit, retry_after: Some(1) };
    assert_eq!(called.create(2, NOW + 29, Ok(())).await, Err(Failed::Limit(refusal)));
    let started = called.create(2, NOW + 30, Ok(())).await.unwrap();
    assert!(matches!(started, RoundStarted::Call { outcome: RoundOutcome::Called, .. }), "{started:?}");
    assert_eq!(called.counted().await, [1; 3]);
}

/// A refused call gives no more guesses: nobody has heard its code.
#[tokio::test]
async fn invariant_2_a_refused_call_stays_counted_if_somebody_has_guessed_and_its_code_takes_no_more_answers() {
    let stack = Stack::start(&[]);
    let called = Called { guesses: true, ..Called::new(&stack).await };
    assert_eq!(called.create(1, NOW, Err(REFUSED)).await, Err(Failed::Call(REFUSED)));
    let row = called.user().await;
    assert_eq!((row.issued, row.calls, row.failures), (None, CallTimes::new(vec![NOW], None), 1));
    assert_eq!(called.counted().await, [1; 3]);
    assert_eq!(called.answer().await, Verdict::Replaced);
}

fn deadline() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

/// Judges an answer, as the verify trigger does.
async fn judge(
    store: &Store,
    key: &UserKey,
    attempt: &CodeAttempt,
    limits: &FailureLimits,
) -> Result<Verdict, LedgerError> {
    let &CodeAttempt { challenge, sign_in, ref client, ref enrolment, right, now } = attempt;
    let challenge = Challenge::issue(challenge, now, 300, Digits::SIX);
    let round = Round { challenge, sign_in, attempts: 3, calls: 1, call: 1, call_again_at: now };
    store
        .judge(
            key,
            Verification::of_answer(&round, client.clone(), enrolment.clone(), now, || right),
            limits,
            deadline(),
        )
        .await
}

/// Writes the row, judges the answer, and reads the row.
async fn answer_in(
    table: &Table,
    store: &Store,
    key: &str,
    row: &UserRow,
    attempt: &CodeAttempt,
    limits: &FailureLimits,
) -> (Result<Verdict, LedgerError>, UserRow) {
    table.put(item(key, row)).await;
    let key = UserKey::from_text(key);
    let verdict = judge(store, &key, attempt, limits).await;
    (verdict, store.user(&key).await.unwrap().expect("it is not deleted"))
}

/// A row in the table's form.
fn item(key: &str, row: &UserRow) -> Row {
    let times = row.calls.as_slice().iter().copied().map(number).collect();
    let refused_at = row.calls.refused();
    let item = Row::new(key)
        .with("revision", number(7))
        .with("calls", AttributeValue::L(times))
        .with("failures", number(row.failures.into()));
    let item = if let Some(at) = refused_at { item.with("callRefusedAt", number(at)) } else { item };
    let item = if row.failures > 0 { item.with("failedAt", number(row.failed_at)) } else { item };
    let item = if let Some(at) = row.denied_at { item.with("deniedAt", number(at)) } else { item };
    let item = row
        .passes
        .iter()
        .fold(item, |item, (client, noted_at)| item.with(&format!("pass:{}", client.as_str()), number(noted_at)));
    let devices: Vec<_> = row.devices.iter().map(Device::to_string).collect();
    let item = if devices.is_empty() { item } else { item.with("devices", AttributeValue::Ss(devices)) };
    let item = match row.device_used {
        Some(DeviceUse { nonce, issued_at, at }) => item
            .with("deviceNonce", text(format!("{nonce:032x}")))
            .with("deviceNonceAt", number(issued_at))
            .with("deviceUsedAt", number(at)),
        None => item,
    };
    let Some(Issued { challenge, number: called, attempts_left, calls, refused, hearing, used }) = row.issued else {
        return item;
    };
    let item = item
        .with("challengeId", text(format!("{:032x}", challenge.id)))
        .with("issuedAt", number(challenge.issued_at))
        .with("expiresAt", number(challenge.expires_at))
        .with("digits", AttributeValue::N(challenge.digits.to_string()))
        .with("calledNumber", text(format!("{called:016x}")))
        .with("attemptsLeft", number(attempts_left.into()))
        .with("challengeCalls", number(calls.into()));
    let item = if refused > 0 { item.with("challengeCallsRefused", number(refused.into())) } else { item };
    let item = match hearing {
        Hearing::NotNeeded => item,
        Hearing::Awaited => item.with("heardCall", number(0)),
        Hearing::Heard(Listener { call, contact }) => {
            item.with("heardCall", number(call.into())).with("heardContact", text(format!("{contact:032x}")))
        }
    };
    match used {
        Some(Used { sign_in, at }) => item.with("usedBy", text(format!("{sign_in:016x}"))).with("usedAt", number(at)),
        None => item,
    }
}

fn rows() -> impl Strategy<Value = UserRow> {
    let used = prop::option::weighted(0.3, (0..2_u64, around(NOW - 15)));
    let issued_at = prop_oneof![around(NOW - 100), around(NOW - 300)];
    let issued = (challenge(), issued_at, 0..2_u64, 0..3_u32, 0..3_u32, 0..2_u32, hearing(), used);
    let issued = issued.prop_map(|(id, at, number, attempts_left, calls, refused, hearing, used)| Issued {
        challenge: Challenge::issue(id, at, 300, Digits::default()),
        number,
        attempts_left,
        calls,
        refused,
        hearing,
        used: used.map(|(sign_in, at)| Used { sign_in, at }),
    });
    let calls = (prop::collection::vec(around(NOW), 0..3), prop::option::of(around(NOW)));
    let calls = calls.prop_map(|(counted, refused)| CallTimes::new(counted, refused));
    let denied_at = prop::option::weighted(0.3, around(NOW - 60));
    let passes = prop::collection::vec((clients(), around(NOW)), 0..3).prop_map(Passes::from_iter);
    let used = prop::option::of((nonces(), around(NOW - 15)));
    let used = used.prop_map(|used| used.map(|((nonce, issued_at), at)| DeviceUse { nonce, issued_at, at }));
    let devices = (prop::collection::vec(devices(), 0..12).prop_map(Devices::from_iter), used);
    (prop::option::weighted(0.9, issued), calls, 0..5_u32, around(NOW - 60), denied_at, passes, devices).prop_map(
        |(issued, calls, failures, failed_at, denied_at, passes, (devices, device_used))| {
            let failed_at = if failures > 0 { failed_at } else { 0 };
            UserRow {
                issued,
                calls,
                failures,
                failed_at,
                denied_at,
                passes,
                devices,
                device_used,
                ..UserRow::default()
            }
        },
    )
}

fn answers() -> impl Strategy<Value = CodeAttempt> {
    let enrolment = prop::option::of(devices()).prop_map(|device| Enrolment {
        terms: device.as_ref().map(|&Device { expires_at, number, .. }| DeviceTerms { number, expires_at }),
        device,
    });
    let attempt = (challenge(), 0..2_u64, prop::option::of(clients()), enrolment, any::<bool>(), around(NOW));
    attempt.prop_map(|(challenge, sign_in, client, enrolment, right, now)| CodeAttempt {
        challenge,
        sign_in,
        client,
        enrolment,
        right,
        now,
    })
}

/// One of few nonces, with the time at which it was issued: two of them at the same time.
fn nonces() -> impl Strategy<Value = (u128, u64)> {
    (0..4_u128).prop_map(|nonce| (nonce, [NOW - 101, NOW - 100, NOW - 100, NOW - 99][nonce as usize]))
}

/// Few keys, so that a row often has the device. No signature is checked here, so the points need not be on the curve.
fn devices() -> impl Strategy<Value = Device> {
    ("BA[A-L]A{83}A", 0..2_u8, around(NOW)).prop_map(|(point, number, expires_at)| {
        format!("{point}.{number:016x}.{expires_at}.{:032x}", 8).parse().unwrap()
    })
}

fn clients() -> impl Strategy<Value = ClientId> {
    prop::sample::select(&CLIENTS[..]).prop_map(client)
}

fn client(id: &str) -> ClientId {
    ClientId::parse(id).unwrap()
}

fn hearing() -> impl Strategy<Value = Hearing> {
    prop_oneof![1 => Just(Hearing::NotNeeded), 1 => Just(Hearing::Awaited), 2 => listener().prop_map(Hearing::Heard)]
}

/// One of few, so that two are often the same.
fn listener() -> impl Strategy<Value = Listener> {
    (1..4_u32, 1..3_u128).prop_map(|(call, contact)| Listener { call, contact })
}

fn hearings() -> impl Strategy<Value = HearingAttempt> {
    (challenge(), listener(), around(NOW)).prop_map(|(challenge, listener, now)| HearingAttempt {
        challenge,
        listener,
        now,
    })
}

/// Mostly the same one.
fn challenge() -> impl Strategy<Value = u128> {
    prop_oneof![9 => Just(1_u128), 1 => Just(2)]
}

fn limits() -> impl Strategy<Value = FailureLimits> {
    (0..5_u32, 58..62_u64, 0..9_u32, 58..62_u64).prop_map(|(lockout, lockout_seconds, max, denied_seconds)| {
        FailureLimits { lockout, lockout_seconds, max, denied_seconds }
    })
}

/// A time just before or after something ends; seldom another one.
fn around(time: u64) -> impl Strategy<Value = u64> {
    prop_oneof![9 => time - 2..time + 3, 1 => 0..2 * NOW]
}
