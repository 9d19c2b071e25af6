use std::collections::{BTreeMap, BTreeSet};

use sign_in::sending::Purpose;

use crate::attack::{Attack, Kind};
use crate::connect::Quotas;
use crate::outcome::{Call, Outcome};
use crate::scenario::Scenario;
use crate::stats::End;
use crate::user_model::UserModel;

fn attacked(kind: Kind, accounts: u32, verifies: f64) -> Outcome {
    let attack = Attack { kind, per_minute: 3.0, accounts, countries: vec!["US".to_owned()] };
    let user_model = UserModel { verifies, ..UserModel::default() };
    Scenario { attack: Some(attack), user_model, ..Scenario::new("sign-ups", 1, 0.2, 24 * 60) }.run().unwrap()
}

fn verifications(outcome: &Outcome) -> impl Iterator<Item = &Call> {
    outcome.calls.iter().filter(|call| call.keys.purpose == Some(Purpose::Verification))
}

/// The most calls in an hour or a day of the clock.
fn most<'a>(calls: impl Iterator<Item = &'a Call>, seconds: u64) -> u32 {
    let mut counts = BTreeMap::<_, u32>::new();
    for call in calls {
        *counts.entry(call.at / seconds).or_default() += 1;
    }
    counts.into_values().max().unwrap_or(0)
}

/// The defaults are 100 calls to a country in an hour and 1000 in a day.
#[test]
fn sign_ups_use_half_of_a_budget_and_leave_the_rest_to_sign_ins() {
    let outcome = attacked(Kind::FraudSignUp, 500, 0.0);
    assert_eq!(most(verifications(&outcome), 3_600), 50);
    let day = most(verifications(&outcome), 86_400);
    assert!((400..=500).contains(&day), "{day}");
    assert!(outcome.attackers.refusals["all-day"] > 100, "{:?}", outcome.attackers.refusals);
    assert!(outcome.users.completed() > 95.0, "{:?}", outcome.users);
    // Whoever signs up is kept out, and no error says why.
    let signing_up = attacked(Kind::FraudSignUp, 500, 1.0).users;
    assert!(signing_up.completed() < 60.0 && signing_up.ended(End::Silence) > 50, "{signing_up:?}");
}

#[test]
fn a_number_is_called_twice_a_day_by_sign_ups_and_its_user_signs_in() {
    let outcome = attacked(Kind::FloodSignUp, 1, 0.0);
    assert_eq!(most(verifications(&outcome), 86_400), 2);
    assert!(outcome.attackers.refusals["number-day"] > 4_000, "{:?}", outcome.attackers.refusals);
    assert!(outcome.victims.visits > 5 && outcome.victims.refusals.is_empty(), "{:?}", outcome.victims);
}

#[test]
fn a_message_brings_one_call_at_most() {
    let user_model = UserModel { verifies: 0.5, resets: 0.5, ..UserModel::default() };
    let outcome = Scenario { user_model, ..Scenario::new("busy", 1, 15.0, 120) }.budgets([0; 3]).run().unwrap();
    let messages: BTreeSet<_> = outcome.calls.iter().map(|call| call.challenge).collect();
    assert!(outcome.users.refusals["CALL_BUSY"] > 100, "{:?}", outcome.users);
    assert_eq!((messages.len(), outcome.purposes.len()), (outcome.calls.len(), 2));
    assert!(outcome.users.completed() > 50.0, "{:?}", outcome.users);
}

/// Lambda delivers a message twice. What Connect refuses is given back, and the user hears of nothing.
#[test]
fn without_lines_each_message_is_tried_twice() {
    let user_model = UserModel { verifies: 1.0, sign_ins: 1, ..UserModel::default() };
    let quotas = Quotas { concurrent: 0, ..Quotas::default() };
    let outcome = Scenario { quotas, user_model, ..Scenario::new("no lines", 1, 1.0, 30) }.run().unwrap();
    let users = &outcome.users;
    assert_eq!(users.refusals, BTreeMap::from([("CALL_BUSY".to_owned(), 2 * users.visits)]));
    assert_eq!(users.ended(End::Silence), users.visits);
    assert!(outcome.counted.iter().all(|(_, count)| *count == 0), "{:?}", outcome.counted);
}

/// The default of `OTP_MAX_CALLS_QUARTER_HOUR` is 3. Cognito's own codes of each purpose have limits of their own.
#[test]
fn a_user_is_not_called_more_often_for_a_purpose_than_the_limits_allow() {
    let user_model = UserModel { verifies: 0.0, resets: 1.0, takes: 0.3, sign_ins: 9, ..UserModel::default() };
    let outcome = Scenario { user_model, ..Scenario::new("resets", 1, 1.0, 60) }.run().unwrap();
    let mut users = BTreeMap::<_, Vec<&Call>>::new();
    for call in &outcome.calls {
        users.entry(call.keys.user).or_default().push(call);
    }
    let within = |calls: &Vec<&Call>, seconds| {
        let count =
            |first: &&Call| calls.iter().filter(|call| (first.at..first.at + seconds).contains(&call.at)).count();
        calls.iter().map(count).max().unwrap_or(0)
    };
    assert_eq!(users.values().map(|calls| within(calls, 900)).max(), Some(3));
    assert!(outcome.users.refusals["number-quarter-hour"] > 10, "{:?}", outcome.users);
}
