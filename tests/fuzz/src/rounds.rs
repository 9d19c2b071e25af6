//! The text forms of rounds. Cognito carries them, and a function takes back what another has written.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use sign_in::code::{Challenge, Digits};
use sign_in::history::{DeviceRound, Round};

use super::input::Input;
use super::setting::NOW;

/// A text has one meaning, and a round one text.
pub fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let (call, device) = (read::<Round>(text), read::<DeviceRound>(text));
        assert!(!(call && device), "one text, and two rounds");
    }
    let mut input = Input(data);
    let (id, now) = (u128::from_be_bytes(input.array()), u64::from_be_bytes(input.array()));
    let challenge = Challenge::issue(id, now, u64::from_be_bytes(input.array()), Digits::SIX);
    let mut number = || u32::from_be_bytes(input.array());
    let round = Round {
        challenge,
        attempts: number(),
        calls: number().max(1),
        call: number(),
        sign_in: now,
        call_again_at: NOW,
    };
    written(&round);
    written(&DeviceRound { nonce: id, issued_at: challenge.issued_at, expires_at: challenge.expires_at });
}

/// Whether a text is such a round. If it is, the round is written as it was read.
fn read<R: FromStr + Display>(text: &str) -> bool {
    let round = text.parse::<R>();
    round.inspect(|round| assert_eq!(round.to_string(), text)).is_ok()
}

fn written<R: FromStr<Err: Debug> + Display + Debug + PartialEq>(round: &R) {
    assert_eq!(&round.to_string().parse::<R>().expect("a round"), round);
}
