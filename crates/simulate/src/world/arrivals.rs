//! When the next visit begins, and whose it is.

use std::time::Duration;

use anyhow::Result;

use crate::account::Account;
use crate::attack::Kind;
use crate::functions::Functions;
use crate::rng::Rng;
use crate::scenario::Scenario;
use crate::visit::Source;

/// All arrivals of a scenario.
pub(super) struct Arrivals {
    rng: [Rng; 3],
    per_minute: [f64; 3],
    /// The countries of users' numbers, each with its share.
    countries: Vec<(String, f64)>,
    /// Accounts that the attackers know, or claim to be.
    attacked: Vec<Account>,
    names: bool,
    /// The number of visits so far: all, and those of attackers.
    count: usize,
    attackers: usize,
}

/// The index of the first ordinary user. Smaller ones are for users under attack.
const FIRST: usize = 1_000_000;

impl Arrivals {
    pub(super) fn new(scenario: &Scenario, functions: &Functions, mut rng: Rng) -> Result<Self> {
        let mut attacked = Vec::new();
        let (mut attacks, mut victims) = (0.0, 0.0);
        if let Some(attack) = &scenario.attack {
            attacks = attack.per_minute;
            victims = if attack.kind.has_victim() { 1.0 / 60.0 } else { 0.0 };
            for (user, country) in (0..attack.accounts as usize).zip(attack.countries.iter().cycle()) {
                let index = if attack.kind == Kind::Flood { 0 } else { user };
                let mut account = Account::new(functions, user, country, index)?;
                account.permitted = attack.kind != Kind::NotPermitted;
                attacked.push(account);
            }
        }
        Ok(Self {
            rng: [rng.split(), rng.split(), rng.split()],
            per_minute: [attacks, scenario.per_minute, victims],
            countries: scenario.countries.clone(),
            names: scenario.attack.as_ref().is_some_and(|attack| attack.kind == Kind::Names),
            attacked,
            count: 0,
            attackers: 0,
        })
    }

    /// When the next visit of this kind begins, if ever.
    pub(super) fn next(&mut self, source: Source, now: Duration) -> Option<Duration> {
        let per_minute = self.per_minute[source as usize];
        (per_minute > 0.0).then(|| now + self.rng[source as usize].gap(per_minute / 60.0))
    }

    /// The account of a new visit.
    pub(super) fn account(&mut self, source: Source, functions: &Functions) -> Result<Account> {
        self.count += 1;
        match source {
            Source::Attacker if self.names => Ok(Account::unknown(functions, FIRST + self.count)),
            Source::Attacker => {
                self.attackers += 1;
                Ok(self.attacked[self.attackers % self.attacked.len()].clone())
            }
            Source::Victim => Ok(self.attacked[0].clone()),
            Source::User => {
                let mut part = self.rng[source as usize].part();
                let country = self.countries.iter().find(|(_, of)| {
                    part -= of;
                    part < 0.0
                });
                let country = country.or(self.countries.last()).map_or("US", |(country, _)| country);
                Account::new(functions, FIRST + self.count, country, FIRST + self.count)
            }
        }
    }
}
