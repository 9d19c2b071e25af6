//! Which messages of Cognito's a user was called for.

/// The ids of the latest messages, oldest first. Lambda may deliver a message once more after a newer one. Then nobody is
/// called: the newer one has made its code void.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Messages(Vec<u128>);

impl Messages {
    /// How many are remembered. More within the minute of a retry would need limits on calls that are turned off.
    pub const MAX: usize = 4;

    /// The ids, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = u128> {
        self.0.iter().copied()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there was a newer message than this one.
    pub(crate) fn is_void(&self, id: u128) -> bool {
        self.0.split_last().is_some_and(|(latest, before)| *latest != id && before.contains(&id))
    }

    /// With this one as the latest.
    pub(crate) fn with(&self, id: u128) -> Self {
        self.iter().filter(|&known| known != id).chain([id]).collect()
    }
}

impl FromIterator<u128> for Messages {
    fn from_iter<I: IntoIterator<Item = u128>>(ids: I) -> Self {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.drain(..ids.len().saturating_sub(Self::MAX));
        Self(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_void_once_there_is_a_newer_one() {
        let messages = Messages::default().with(1).with(2).with(2);
        assert_eq!([1, 2, 3].map(|id| messages.is_void(id)), [true, false, false]);
        assert_eq!(messages, [1, 2].into_iter().collect());
        assert!(!Messages::default().is_void(1));
    }

    #[test]
    fn the_latest_ones_are_remembered() {
        let messages = (1..=6).fold(Messages::default(), |messages, id| messages.with(id));
        assert_eq!(messages.iter().collect::<Vec<_>>(), [3, 4, 5, 6]);
    }
}
