//! The page on error words.

use anyhow::{Context, Result, ensure};
use sign_in::error::{DialError, ErrorWord, LedgerError, NotCalled, TriggerError};
use sign_in::ledger::{Limit, Refusal};
use sign_in::mode::Mode;
use sign_in::phone::PhoneError;
use sign_in::settings::CreateSettings;

use crate::markdown::{code, page as fill, table};

pub(crate) fn page() -> Result<String> {
    let errors = errors()?;
    let words = ErrorWord::ALL.iter().map(|&word| -> Result<_> {
        let of_word = || errors.iter().filter(|error| error.word() == word);
        ensure!(of_word().next().is_some(), "there is no example of {}", word.as_str());
        let mut texts: Vec<_> = of_word().map(|error| code(&error.client_text())).collect();
        texts.dedup();
        let causes = if of_word().all(|error| matches!(error, TriggerError::Limit(..))) {
            "[The limits](metrics.md#limits) have the advice in the log.\n".to_owned()
        } else {
            let causes = of_word().map(|error| [code(error.cause()), error.advice().into_owned()]);
            table(["cause in the log", "advice in the log"], causes)
        };
        Ok(format!(
            "## {name}\n\n{meaning}\n\n- The client gets {texts}\n- Tell the user: {advice}\n- [What to do about it](../operate/runbook.md#{section})\n\n{causes}\n",
            name = word.as_str(),
            meaning = word.meaning(),
            texts = texts.join(" or "),
            advice = word.for_the_user(),
            section = section_of(word)?,
        ))
    });
    Ok(fill(include_str!("../text/error-words.md"), &[("words", words.collect::<Result<_>>()?)]))
}

/// The link to the runbook's section on a word.
fn section_of(word: ErrorWord) -> Result<String> {
    let headings =
        include_str!("../../../docs/operate/runbook.md").lines().filter_map(|line| line.strip_prefix("### "));
    let heading = headings.into_iter().find(|heading| heading.split(", ").any(|name| name == word.as_str()));
    let heading = heading.with_context(|| format!("docs/operate/runbook.md has no section on {}", word.as_str()))?;
    Ok(heading.to_lowercase().replace(',', "").replace(' ', "-"))
}

/// Errors of every kind.
fn errors() -> Result<Vec<TriggerError>> {
    let settings = CreateSettings::read(&|name| {
        EXAMPLE.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })?;
    let dial = CODES.iter().map(|(code, status)| DialError::of(code, *status, "GB", &settings.connect));
    let no_answer = ["Deadline", "Timeout", "ConnectTimeout", "Dispatch", "Response"].map(DialError::unreachable);
    let dial = dial.chain(no_answer).map(TriggerError::Dial);
    let limits = Limit::all().map(|limit| {
        let retry_after = (limit != Limit::MaxFailures).then_some(90);
        TriggerError::Limit(Refusal { limit, retry_after }, Mode::PasswordThenCall)
    });
    let phones = [
        PhoneError::CountryNotAllowed("GB"),
        PhoneError::CountryNotAllowed("001"),
        PhoneError::NotE164,
        PhoneError::UnknownRange,
        PhoneError::Missing,
        PhoneError::TypeNotAllowed,
        PhoneError::Unverified,
    ];
    let others =
        [TriggerError::EventMalformed, TriggerError::Internal, TriggerError::Settings, TriggerError::TriggerMixedUp];
    let ledger = ledger_errors().into_iter().map(TriggerError::Ledger);
    let not_called = NotCalled::ALL.map(TriggerError::NotCalled);
    let phones = phones.map(TriggerError::Phone);
    Ok(dial.chain(limits).chain(phones).chain(ledger).chain(not_called).chain(others).collect())
}

/// Error codes of Connect, with the HTTP status where that decides.
const CODES: [(&str, Option<u16>); 12] = [
    ("LimitExceededException", None),
    ("ServiceQuotaExceededException", None),
    ("ThrottlingException", None),
    ("TooManyRequestsException", None),
    ("AccessDeniedException", None),
    ("ResourceNotFoundException", None),
    ("InvalidParameterException", None),
    ("InvalidRequestException", None),
    ("OutboundContactNotPermittedException", None),
    ("any other", None),
    ("DestinationNotAllowedException", None),
    ("InternalServiceException", Some(500)),
];

/// What the create function needs, by names that say what stands there.
const EXAMPLE: [(&str, &str); 8] = [
    ("OTP_KEY", "a key of at least thirty-two bytes"),
    ("CONNECT_INSTANCE_ARN", "arn:aws:connect:REGION:111122223333:instance/INSTANCE"),
    ("CONNECT_CONTACT_FLOW_ARN", "arn:aws:connect:REGION:111122223333:instance/INSTANCE/contact-flow/FLOW"),
    ("CONNECT_SOURCE_PHONE_NUMBER", "+12065550100"),
    ("LEDGER_TABLE_NAME", "TABLE"),
    ("AWS_REGION", "REGION"),
    ("AWS_ACCESS_KEY_ID", "-"),
    ("AWS_SECRET_ACCESS_KEY", "-"),
];

fn ledger_errors() -> Vec<LedgerError> {
    let no_answer =
        ["Deadline", "Timeout", "ConnectTimeout", "Dispatch", "Response", "Conflict", "ThrottlingException"];
    let of_operator = [
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ExpiredTokenException",
        "ValidationException",
        "any other",
    ];
    let of_operator = of_operator.map(|code| LedgerError::of(code, false, "TABLE"));
    let others = [LedgerError::canceled("a reason of a cancelled transaction"), LedgerError::unreadable("KEY")];
    no_answer.map(LedgerError::busy).into_iter().chain(of_operator).chain(others).collect()
}
