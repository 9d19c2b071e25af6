use std::time::Duration;

use crate::attack::{Attack, Kind};
use crate::scenario::Scenario;
use crate::stats::End;
use crate::user_model::UserModel;

fn with_devices(devices: f64) -> Scenario {
    // Nobody needs a second call.
    let user_model = UserModel { devices, takes: 1.0, mistypes: 0.0, ..UserModel::default() };
    Scenario { user_model, ..Scenario::new("devices", 1, 2.0, 120) }.budgets([0; 3])
}

#[test]
fn a_user_with_a_trusted_device_is_not_called() {
    let outcome = with_devices(0.5).run().unwrap();
    let users = &outcome.users;
    assert!(users.signed > 50 && users.calls > 50, "{users:?}");
    assert_eq!(users.signed + users.calls, users.visits);
    assert_eq!(users.ended(End::Completed), users.visits);
}

/// One read by create, one conditional write by verify, one read by the gate, of 5 ms each.
#[test]
fn a_sign_in_by_a_device_takes_three_requests_to_the_ledger() {
    let outcome = with_devices(1.0).run().unwrap();
    let took = Duration::from_millis(15);
    assert_eq!(outcome.users.to_tokens(), Some((took, took)));
    assert_eq!((outcome.calls.len(), outcome.writes.transactions, outcome.counted), (0, 0, vec![]));
}

#[test]
fn without_the_setting_no_device_is_trusted() {
    let users = with_devices(1.0).set("OTP_DEVICE_DAYS", 0).run().unwrap().users;
    assert_eq!((users.signed, users.calls), (0, users.visits));
}

#[test]
fn the_gate_refuses_passwords_past_the_call_and_nobody_who_took_it() {
    let attack = Attack { kind: Kind::OtherFlow, per_minute: 5.0, accounts: 20, countries: vec!["US".to_owned()] };
    let user_model = UserModel { devices: 0.5, ..UserModel::default() };
    let scenario = Scenario { attack: Some(attack), user_model, ..Scenario::new("gate", 1, 1.0, 60) };
    let outcome = scenario.run().unwrap();
    let (users, attackers) = (&outcome.users, &outcome.attackers);
    assert!(users.gated > 20 && users.gated == users.ended(End::Completed), "{users:?}");
    assert!(attackers.gated > 200 && attackers.refusals["no-pass"] == attackers.gated, "{attackers:?}");
    assert_eq!((attackers.ended(End::Completed), attackers.calls), (0, 0));
}
