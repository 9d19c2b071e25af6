//! When the next visit begins, and whose it is.

use std::time::Duration;

use anyhow::Result;
use sign_in::sending::Purpose;

use crate::account::Account;
use crate::attack::Kind;
use crate::functions::Functions;
use crate::rng::Rng;
use crate::scenario::Scenario;
use crate::visit::Source;

/// All arrivals of a scenario.
pub(super) struct Arrivals {
    /// Of attackers and users.
    rng: [Rng; 2],
    per_minute: [f64; 2],
    has_victim: bool,
    /// The countries of users' numbers, each with its share.
    countries: Vec<(String, f64)>,
    /// Accounts that the attackers know, or claim to be.
    attacked: Vec<Account>,
    kind: Option<Kind>,
    /// The shares of visits that are for a code of Cognito's own.
    codes: [(Purpose, f64); 2],
    /// The number of visits so far: all, and those of attackers.
    count: usize,
    attackers: usize,
}

/// From one visit of the user under attack to the next.
const VICTIM_GAP: Duration = Duration::from_hours(3);

/// The index of the first ordinary user. Smaller ones are for users under attack.
const FIRST: usize = 1_000_000;

impl Arrivals {
    pub(super) fn new(scenario: &Scenario, functions: &Functions, mut rng: Rng) -> Result<Self> {
        let mut attacked = Vec::new();
        let (mut attacks, mut has_victim) = (0.0, false);
        if let Some(attack) = &scenario.attack {
            attacks = attack.per_minute;
            has_victim = attack.kind.has_victim();
            let is_flood = matches!(attack.kind, Kind::Flood | Kind::FloodSignUp);
            for (user, country) in (0..attack.accounts as usize).zip(attack.countries.iter().cycle()) {
                let index = if is_flood { 0 } else { user };
                let mut account = Account::new(functions, user, country, index)?;
                account.permitted = attack.kind != Kind::NotPermitted;
                attacked.push(account);
            }
        }
        Ok(Self {
            rng: [rng.split(), rng.split()],
            per_minute: [attacks, scenario.per_minute],
            has_victim,
            countries: scenario.countries.clone(),
            kind: scenario.attack.as_ref().map(|attack| attack.kind),
            codes: [
                (Purpose::Verification, scenario.user_model.verifies),
                (Purpose::PasswordReset, scenario.user_model.resets),
            ],
            attacked,
            count: 0,
            attackers: 0,
        })
    }

    /// When the next visit of this kind begins, if ever.
    pub(super) fn next(&mut self, source: Source, now: Duration) -> Option<Duration> {
        if source == Source::Victim {
            // Two visits of one user would disturb each other, and more would use up the user's limits.
            return self.has_victim.then_some(now + VICTIM_GAP);
        }
        let per_minute = self.per_minute[source as usize];
        (per_minute > 0.0).then(|| now + self.rng[source as usize].gap(per_minute / 60.0))
    }

    /// The account of a new visit, and the purpose of the code of Cognito's own that it is for, if it is for one.
    pub(super) fn account(&mut self, source: Source, functions: &Functions) -> Result<(Account, Option<Purpose>)> {
        self.count += 1;
        // Another user each time.
        let user = FIRST + self.count;
        match source {
            Source::Attacker if self.kind == Some(Kind::Names) => Ok((Account::unknown(functions, user), None)),
            Source::Attacker => {
                self.attackers += 1;
                let mut account = self.attacked[self.attackers % self.attacked.len()].clone();
                let purpose = self.kind.and_then(Kind::purpose);
                // Whoever signs up is a new user.
                if purpose.is_some() {
                    account.user = user;
                }
                Ok((account, purpose))
            }
            Source::Victim => Ok((self.attacked[0].clone(), None)),
            Source::User => {
                let rng = &mut self.rng[source as usize];
                let country =
                    drawn(&self.countries, rng).or(self.countries.last()).map_or("US", |(country, _)| country);
                let account = Account::new(functions, user, country, user)?;
                let has_codes = self.codes.iter().any(|(_, share)| *share > 0.0);
                let purpose = if has_codes { drawn(&self.codes, rng).map(|(purpose, _)| *purpose) } else { None };
                Ok((account, purpose))
            }
        }
    }
}

/// One of these by its share. `None`: none of them, if they are less than all.
fn drawn<'a, T>(shares: &'a [(T, f64)], rng: &mut Rng) -> Option<&'a (T, f64)> {
    let mut part = rng.part();
    shares.iter().find(|(_, share)| {
        part -= share;
        part < 0.0
    })
}
