//! The history of a sign-in, which travels through Cognito.
//!
//! The triggers keep no state of a sign-in. Cognito keeps the list of its steps and sends it to each trigger. Our
//! steps are rounds: in each, the user is asked for a code. The create trigger writes a [`Round`] as text into a
//! step's metadata, and the later triggers read it from there. [`Rounds`] answers the questions about them: how many
//! answers were compared, and whether another call is granted. A sign-in on a trusted device begins with a
//! [`DeviceRound`] instead, which counts as nothing.

pub use device_round::DeviceRound;
pub use round::{NotARound, Round, SignInLimits};
pub use rounds::{CUSTOM_CHALLENGE, ChallengeResult, PASSWORD_VERIFIER, Rounds};

mod device_round;
mod round;
mod rounds;
