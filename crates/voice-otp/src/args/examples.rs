//! What `--help` says below the options.

pub(super) const EXAMPLES: &str = "\
Examples:
  voice-otp doctor --stack voice-code
  voice-otp attach --stack voice-code --dry-run
  voice-otp add-user ann --phone +12065550100 --stack voice-code
  voice-otp call +12065550100 --stack voice-code
  voice-otp sign-in ann --stack voice-code
  voice-otp unlock ann --stack voice-code";

pub(super) const DOCTOR: &str = "\
Exit code: 0 if all is right, 1 if something is wrong, 2 if something could not be looked at. Notes count for nothing.

Examples:
  voice-otp doctor --stack voice-code
  voice-otp doctor --stack voice-code --users
  voice-otp doctor --region us-east-1 --user-pool us-east-1_AbCdEfGhI --json | jq '.findings[] | select(.verdict == \"wrong\")'";

pub(super) const ADD_USER: &str = "\
The password is asked for twice; where there is no terminal, it is a line of standard input. Cognito sends no message.
A user who was left without a password, by this command or by AdminCreateUser, is finished. Any other user is left as
they are, and the exit code is 1.

Example:
  voice-otp add-user ann --phone +12065550100 --email ann@example.com --stack voice-code";

pub(super) const ATTACH: &str = "\
Everything is shown first, and nothing is written before a yes. Functions of others that the pool has at these triggers
are named; they are replaced after a yes, or with --yes and --replace. A tag of the pool keeps the ARN of each, so that
`voice-otp detach` puts it back. A pool that another stack, Terraform or Pulumi made gets its triggers there instead.

With --token-gate, gate-tokens is attached to Pre Token Generation: tokens then take a call, whatever the flow. Without it,
that trigger is left as it is. The gate never replaces a function that is there: it prints how that one invokes the gate.
It is not attached beside an app client that allows CUSTOM_AUTH and another flow but refresh: a call there would open the
other flow. Nor is it where refresh tokens live longer than the stack's RefreshTokenDays. App clients that will get no tokens
are named first.

With --cognito-codes, send-code becomes the custom SMS sender, and the triggers are left as they are: a pool may have Cognito's
own codes spoken without the sign-in by call. Another sender is never replaced, nor a key that the pool has. Without
it, the sender is left as it is. The caller needs kms:CreateGrant for the key.

Examples:
  voice-otp attach --stack voice-code --dry-run
  voice-otp attach --stack voice-code --token-gate observe
  voice-otp attach --stack voice-code --cognito-codes
  voice-otp attach --stack voice-code --user-pool us-east-1_AbCdEfGhI --post-confirmation --yes";

pub(super) const DETACH: &str = "\
What `voice-otp attach` replaced is put back. Functions that others have attached since then stay, and so do permissions
that a stack made. With --token-gate, only the token gate is taken off: users then get tokens as if there were none. With --cognito-codes, only the custom SMS sender
is: Cognito then sends its own codes as text messages. --send-code names it where the stack is gone.

Examples:
  voice-otp detach --stack voice-code
  voice-otp detach --cognito-codes --stack voice-code
  voice-otp detach --token-gate --stack voice-code --yes";

pub(super) const CALL: &str = "\
The call is a real one and costs what a call costs. It counts for no limit of the ledger. It greets and asks for the key;
then it says that there is no code, since only the create function can have one said. With OTP_CODE_DELIVERY=attribute it
says a made-up code. Exit code: 0 if Connect recorded an answer, 1 if it recorded none or there was no call.

Example:
  voice-otp call +12065550100 --stack voice-code --language de-DE";

pub(super) const LEDGER: &str = "\
It has the calls of the sign-in and those for Cognito's own codes, and whether the user's number is blocked for such codes. And
it has how far the budgets of all calls are used: those of this hour and this day, and of the country of the user's phone_number.

Example:
  voice-otp ledger ann@example.com --region us-east-1 --user-pool us-east-1_AbCdEfGhI";

pub(super) const UNLOCK: &str = "\
The number that was called last for Cognito's own codes can be called for them again, if somebody had denied a code there.

Examples:
  voice-otp unlock ann --stack voice-code
  voice-otp unlock ann --region us-east-1 --user-pool us-east-1_AbCdEfGhI --set LEDGER_TABLE_NAME=ledger";

pub(super) const DEVICES: &str = "\
A trusted device is a browser or an app that signs in without a call. What is forgotten takes a call from then on. Sessions
go on until they end, or until AdminUserGlobalSignOut ends them.

Examples:
  voice-otp devices ann --stack voice-code
  voice-otp devices ann --forget-all --stack voice-code";

pub(super) const SIGN_IN: &str = "\
The password is asked for, or taken from the environment variable VOICE_OTP_PASSWORD; the secret of an app client that has
one from VOICE_OTP_CLIENT_SECRET. No AWS credentials are needed with --user-pool and --client-id.

Example:
  voice-otp sign-in ann --stack voice-code";

pub(super) const POLICY: &str = "\
Resource may be narrowed to your stack, pool, functions, table and Connect instance. Don't give one person the policy of
doctor and that of ledger, unlock or devices: from what both may read, the code of a call can be computed.

Example:
  aws iam create-policy --policy-name voice-otp-unlock --policy-document \"$(voice-otp policy unlock)\"";
