//! A user's passes: on which app clients the user has given the right code, or signed by a trusted device, and when.
//!
//! Cognito issues tokens in more ways than by a call. The token gate lets an app client have tokens only for a user with
//! a pass of that client ([`gate`](crate::gate)).

use std::collections::BTreeMap;

/// An app client's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

/// The latest pass of each app client, in seconds since the Unix epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Passes(BTreeMap<ClientId, u64>);

/// For how long a pass is good: as long as the refresh token that the app client got with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PassLife {
    seconds: u64,
}

impl ClientId {
    /// Reads an id. `None` if Cognito has no ids of this form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+".contains(&byte));
        is_id.then(|| Self(text.to_owned()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Passes {
    /// Notes a pass of this client.
    pub fn note(&mut self, client: ClientId, now: u64) {
        self.0.insert(client, now);
    }

    /// When this client's pass was noted.
    #[must_use]
    pub fn of(&self, client: &ClientId) -> Option<u64> {
        self.0.get(client).copied()
    }

    /// When the latest pass was noted.
    #[must_use]
    pub fn latest(&self) -> Option<u64> {
        self.0.values().copied().max()
    }

    /// All passes, by client.
    pub fn iter(&self) -> impl Iterator<Item = (&ClientId, u64)> {
        self.0.iter().map(|(client, &noted_at)| (client, noted_at))
    }

    /// Removes the passes that are good no more.
    pub fn prune(&mut self, life: PassLife, now: u64) {
        self.0.retain(|_, noted_at| life.is_good(*noted_at, now));
    }
}

impl FromIterator<(ClientId, u64)> for Passes {
    fn from_iter<I: IntoIterator<Item = (ClientId, u64)>>(passes: I) -> Self {
        Self(passes.into_iter().collect())
    }
}

impl PassLife {
    /// A pass is a little older than the refresh token: Cognito issues tokens after the answer is judged.
    const SLACK_SECONDS: u64 = 60;

    /// The life of refresh tokens that live for so many days.
    #[must_use]
    pub const fn of_days(days: u32) -> Self {
        Self { seconds: days as u64 * 24 * 60 * 60 + Self::SLACK_SECONDS }
    }

    /// Whether a pass of this time is still good. So is one in the future, from a clock that runs fast.
    #[must_use]
    pub fn is_good(self, noted_at: u64, now: u64) -> bool {
        now < self.ends_at(noted_at)
    }

    /// When a pass of this time ends.
    #[must_use]
    pub fn ends_at(self, noted_at: u64) -> u64 {
        noted_at.saturating_add(self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 10_000_000;
    const LIFE: PassLife = PassLife::of_days(2);
    const SECONDS: u64 = 2 * 86_400 + 60;

    fn client(id: &str) -> ClientId {
        ClientId::parse(id).unwrap()
    }

    #[test]
    fn an_id_has_the_form_of_cognitos() {
        for id in ["6h2k9example0client0id00", "A_b+9", "x", "x".repeat(128).as_str()] {
            assert_eq!(client(id).as_str(), id);
        }
        for other in ["", "a b", "a:b", "a#b", "é", "a\n", "x".repeat(129).as_str()] {
            assert_eq!(ClientId::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_pass_is_good_as_long_as_its_refresh_token_and_a_little_longer() {
        assert!(LIFE.is_good(NOW, NOW + SECONDS - 1));
        assert!(!LIFE.is_good(NOW, NOW + SECONDS));
        assert!(LIFE.is_good(NOW + 5, NOW));
        assert!(LIFE.is_good(u64::MAX, NOW));
    }

    #[test]
    fn each_client_has_its_latest_pass_until_that_ends() {
        let mut passes = Passes::default();
        assert_eq!((passes.of(&client("a")), passes.latest()), (None, None));
        passes.note(client("a"), NOW);
        passes.note(client("b"), NOW + 9);
        passes.note(client("a"), NOW + 1);
        assert_eq!((passes.of(&client("a")), passes.latest()), (Some(NOW + 1), Some(NOW + 9)));
        passes.prune(LIFE, NOW + SECONDS);
        assert_eq!(passes.iter().count(), 2);
        passes.prune(LIFE, NOW + 1 + SECONDS);
        assert_eq!(passes, Passes::from_iter([(client("b"), NOW + 9)]));
    }
}
