//! What the token gate lets through.

use super::ledger::LedgerSettings;
use super::variable::{Reader, Variable};
use crate::ledger::{ClientId, PassLife};

/// What the gate lets through, and what it does with the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateRule {
    /// What becomes of tokens that are refused.
    pub mode: GateMode,
    /// The app clients that get tokens without a call.
    pub exempt: Vec<ClientId>,
    /// Whether users of identity providers get tokens without a call.
    pub federated: bool,
    /// For how long a pass is good.
    pub pass_life: PassLife,
}

/// What becomes of tokens that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateMode {
    /// They are issued all the same, and counted.
    Observe,
    /// They are not issued.
    On,
}

const MODE: Variable =
    Variable::new("OTP_TOKEN_GATE", "`on`, or `observe`, which counts what `on` refuses and lets it through").or("on");
const EXEMPT: Variable =
    Variable::new("OTP_TOKEN_GATE_EXEMPT_CLIENTS", "ids of app clients with commas between them, or unset");
const FEDERATED: Variable = Variable::new(
    "OTP_TOKEN_GATE_FEDERATED",
    "`refuse`, or `allow`, so that users of identity providers get tokens without a call",
)
.or("refuse");

pub(super) const VARIABLES: [Variable; 3] = [MODE, EXEMPT, FEDERATED];

/// Reads what the gate lets through. For how long a pass is good, `ledger` knows.
pub(super) fn gate_rule(reader: &mut Reader<'_>, ledger: Option<&LedgerSettings>) -> Option<GateRule> {
    let mode = reader.value(&MODE, |text| match text {
        "observe" => Some(GateMode::Observe),
        "on" => Some(GateMode::On),
        _ => None,
    });
    let exempt =
        reader.optional(&EXEMPT, |text| text.split(',').map(|id| ClientId::parse(id.trim())).collect::<Option<_>>());
    let federated = reader.value(&FEDERATED, |text| match text {
        "allow" => Some(true),
        "refuse" => Some(false),
        _ => None,
    });
    Some(GateRule {
        mode: mode?,
        exempt: exempt.unwrap_or_default(),
        federated: federated?,
        pass_life: ledger?.pass_life,
    })
}
