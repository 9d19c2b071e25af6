//! What a sign-in has behind it, as it travels through Cognito.
//!
//! The triggers have no memory of their own. Cognito keeps the steps of a sign-in and gives them to each trigger again. A step
//! of ours is a round: the user was asked for a code. The create trigger notes a [`Round`] for it, as text, and the triggers
//! after it read that text.

pub use round::{NotARound, Round, SignInLimits};
pub use rounds::{CUSTOM_CHALLENGE, ChallengeResult, PASSWORD_VERIFIER, Rounds};

mod round;
mod rounds;
