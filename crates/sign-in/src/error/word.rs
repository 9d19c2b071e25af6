//! The error words, with what they mean.

macro_rules! error_words {
    ($($variant:ident $word:literal: $meaning:literal, $advice:literal;)*) => {
        /// A stable word at the end of an error's text, by which a client knows the error. The text may change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorWord {
            $(#[doc = $meaning] $variant,)*
        }

        impl ErrorWord {
            /// All words, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word, as in `CALL_BUSY`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What it means, in Markdown.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// What a client may tell the user to do.
            #[must_use]
            pub const fn for_the_user(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }
        }
    };
}

error_words! {
    CallBusy "CALL_BUSY":
        "Connect is at its limit of calls a second, or of calls at a time.",
        "Try again in a minute.";
    CallLimit "CALL_LIMIT":
        "A limit on calls was reached: of the user, the number, the country or all calls. In `call-only` it may also be that \
         the user denied a sign-in. There is no live code to go on with, and nobody was called. The log names the limit, in \
         `limit`.",
        "Try again after the seconds that follow the word.";
    CallMisconfigured "CALL_MISCONFIGURED":
        "The function may not call, or the contact flow, the number or the instance is wrong. The log says which setting to \
         change.",
        "Ask for help.";
    CallRefused "CALL_REFUSED":
        "Connect may not call this number or its country.",
        "Use another number, or ask for help.";
    CallUnreachable "CALL_UNREACHABLE":
        "Connect did not answer in time, could not be reached, or failed. The phone may ring all the same.",
        "The call may not have been placed. Try again in a minute.";
    PhoneCountryNotAllowed "PHONE_COUNTRY_NOT_ALLOWED":
        "The country of the number is not in `OTP_COUNTRIES`.",
        "Use another number, or ask for help.";
    PhoneInvalid "PHONE_INVALID":
        "The number is not in E.164 form, or the metadata of libphonenumber in this build do not know its range. The \
         log's `cause` says which.",
        "Ask for help.";
    PhoneMissing "PHONE_MISSING":
        "The user has no number.",
        "Ask for help.";
    PhoneTypeNotAllowed "PHONE_TYPE_NOT_ALLOWED":
        "The number is of a type that is not called, such as premium-rate.",
        "Use another number, or ask for help.";
    PhoneUnverified "PHONE_UNVERIFIED":
        "The number is not verified. A user can't verify it without a sign-in. An administrator who knows that the number is \
         the user's sets `phone_number_verified`.",
        "Ask for help.";
    SignInBusy "SIGN_IN_BUSY":
        "The ledger could not be read or written, so nobody got tokens. From create, nobody was called. From verify, the answer \
         was not judged.",
        "Try again in a minute.";
    SignInDenied "SIGN_IN_DENIED":
        "In a call the user said that they are not signing in. Nobody was called.",
        "Try again after the seconds that follow the word. If you did not stop the sign-in, or did not start it, reset the \
         password.";
    SignInLocked "SIGN_IN_LOCKED":
        "There were too many wrong codes in a row. Without seconds, the lock lasts until somebody unlocks the user.",
        "Try again after the seconds that follow the word. Without seconds, reset the password or ask for help.";
    SignInNotCalled "SIGN_IN_NOT_CALLED":
        "The token gate gives no tokens for this sign-in: the user was not called in it. The sign-in was by another flow or on \
         another app client than the call, on managed login, or with a refresh token of an app client whose life the gate does \
         not know. The log's `Reason` says which.",
        "Sign in again, by the flow that calls.";
    SignInUnavailable "SIGN_IN_UNAVAILABLE":
        "The settings are wrong, a function is attached to another trigger, or there is a bug.",
        "Ask for help.";
}
