//! A user's trusted devices, and the use of one.
//!
//! A device is enrolled by the write that accepts a right code ([`CodeAttempt::enrolment`](super::CodeAttempt::enrolment)).
//! Its use is one conditional write too: the device must still be there, and the nonce must be newer than the one that was
//! used last. So a nonce works once, and a device that was forgotten is not used even if a sign-in has begun with it.
//!
//! The locks on a user do not stop a device. They bound how often a code is guessed, and a signature can't be guessed. And
//! a user whom somebody else has locked out gets in.

use super::row_write::Attempt;
use super::user::DELIVERY_SECONDS;
use super::{ClientId, FailureLimits, UserRow};
use crate::device::Device;

/// At most [`Devices::MAX`] trusted devices, the one that expires first before the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Devices(Vec<Device>);

/// The latest use of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceUse {
    /// The nonce that was signed.
    pub nonce: u128,
    /// When the nonce was issued, in seconds since the Unix epoch.
    pub issued_at: u64,
    /// When it was used, in seconds since the Unix epoch.
    pub at: u64,
}

/// A valid signature, not yet written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeviceAttempt {
    /// The device that has signed.
    pub device: Device,
    /// What it has signed.
    pub nonce: u128,
    /// When the nonce was issued, in seconds since the Unix epoch.
    pub issued_at: u64,
    /// The app client of the sign-in, for which the use is a pass.
    pub client: ClientId,
    /// When, in seconds since the Unix epoch.
    pub now: u64,
}

/// The verdict on a valid signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceVerdict {
    /// The user has passed.
    Accepted,
    /// The nonce has expired, or the trust in the device.
    Expired,
    /// The device was forgotten since the round began.
    Forgotten,
    /// This nonce was used, or a later one.
    Used,
}

impl Devices {
    /// How many devices a user can have. Of more, those that expire first are forgotten.
    pub const MAX: usize = 10;

    /// Adds a device. The same one again is renewed.
    pub fn enrol(&mut self, device: Device) {
        let is_same = |other: &&Device| other.key == device.key && other.number == device.number;
        if let Some(known) = self.0.iter().find(is_same) {
            if known.expires_at >= device.expires_at {
                return;
            }
            self.0.retain(|other| !is_same(&other));
        }
        let place = self.0.partition_point(|other| *other < device);
        self.0.insert(place, device);
        if self.0.len() > Self::MAX {
            self.0.remove(0);
        }
    }

    /// Those that are trusted now for this number, and no longer than until `latest`.
    pub fn trusted(&self, number: u64, now: u64, latest: u64) -> impl Iterator<Item = &Device> {
        let is_trusted =
            move |device: &&Device| device.number == number && !device.expired(now) && device.expires_at <= latest;
        self.0.iter().filter(is_trusted)
    }

    /// All devices, the one that expires first before the others.
    pub fn iter(&self) -> impl Iterator<Item = &Device> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When the last of them expires.
    #[must_use]
    pub fn latest_expiry(&self) -> Option<u64> {
        self.0.last().map(|device| device.expires_at)
    }
}

impl FromIterator<Device> for Devices {
    fn from_iter<I: IntoIterator<Item = Device>>(devices: I) -> Self {
        let mut all: Vec<_> = devices.into_iter().collect();
        // Those that expire last are kept, whatever order they come in.
        all.sort_unstable();
        all.into_iter().fold(Self::default(), |mut devices, device| {
            devices.enrol(device);
            devices
        })
    }
}

impl DeviceVerdict {
    /// The word for the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "device",
            Self::Expired => "device-expired",
            Self::Forgotten => "device-forgotten",
            Self::Used => "device-used",
        }
    }
}

impl UserRow {
    /// Judges a valid signature. Returns the row as it is afterwards, if it changes. The verdict holds only once that row
    /// is written.
    ///
    /// A nonce that was used stays good while Cognito may deliver the same answer again.
    #[must_use]
    pub fn use_device(&self, attempt: &DeviceAttempt) -> (DeviceVerdict, Option<Self>) {
        let &DeviceAttempt { ref device, nonce, issued_at, ref client, now } = attempt;
        match self.device_used {
            Some(used)
                if (used.nonce, used.issued_at) == (nonce, issued_at)
                    && now < used.at.saturating_add(DELIVERY_SECONDS) =>
            {
                return (DeviceVerdict::Accepted, None);
            }
            Some(used) if used.issued_at >= issued_at => return (DeviceVerdict::Used, None),
            _ => {}
        }
        if !self.devices.iter().any(|known| known == device) {
            return (DeviceVerdict::Forgotten, None);
        }
        let mut passes = self.passes.clone();
        passes.note(client.clone(), now);
        let device_used = Some(DeviceUse { nonce, issued_at, at: now });
        (DeviceVerdict::Accepted, Some(Self { passes, device_used, ..self.clone() }))
    }
}

impl Attempt for DeviceAttempt {
    type Verdict = DeviceVerdict;

    fn accepted(&self) -> DeviceVerdict {
        DeviceVerdict::Accepted
    }

    fn judge(&self, row: &UserRow, _: &FailureLimits) -> (DeviceVerdict, Option<UserRow>) {
        row.use_device(self)
    }
}

#[cfg(test)]
mod tests;
