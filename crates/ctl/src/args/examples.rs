//! What `--help` says below the options.

pub(super) const EXAMPLES: &str = "\
Examples:
  voice-otp doctor --stack voice-code
  voice-otp attach --stack voice-code --dry-run
  voice-otp call +12065550100 --stack voice-code
  voice-otp sign-in ann --stack voice-code
  voice-otp unlock ann --stack voice-code";

pub(super) const DOCTOR: &str = "\
Exit code: 0 if all is right, 1 if something is wrong, 2 if something could not be looked at. Notes count for nothing.

Examples:
  voice-otp doctor --stack voice-code
  voice-otp doctor --stack voice-code --users
  voice-otp doctor --user-pool us-east-1_AbCdEfGhI --json | jq '.findings[] | select(.verdict == \"wrong\")'";

pub(super) const ATTACH: &str = "\
Everything is shown first, and nothing is written before a yes. A pool that another stack made gets its triggers there
instead: that stack's next update would take these off again.

Examples:
  voice-otp attach --stack voice-code --dry-run
  voice-otp attach --stack voice-code --user-pool us-east-1_AbCdEfGhI --post-confirmation --yes";

pub(super) const DETACH: &str = "\
Other functions at these triggers stay, and so do permissions that a stack made.

Example:
  voice-otp detach --stack voice-code";

pub(super) const CALL: &str = "\
The call is a real one and costs what a call costs. It counts for no limit of the ledger. Exit code: 0 if somebody
answered.

Example:
  voice-otp call +12065550100 --stack voice-code --language de-DE";

pub(super) const SIGN_IN: &str = "\
The password is asked for, or taken from the environment variable VOICE_OTP_PASSWORD; the secret of an app client that has
one from VOICE_OTP_CLIENT_SECRET. No AWS credentials are needed with --user-pool and --client-id.

Example:
  voice-otp sign-in ann --stack voice-code";
