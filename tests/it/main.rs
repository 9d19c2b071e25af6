//! Sign-ins end to end: the real functions as processes of their own, the real Cognito client, on one machine.

mod answer;
mod call;
mod call_again;
mod command;
mod connect_fault;
mod contact_attributes;
mod document;
mod event;
mod hearing;
mod ledger;
mod ledger_fault;
mod metric;
mod panic;
mod password_reset;
mod payload;
mod phone;
mod phone_number;
mod room;
mod secret;
mod session;
mod settings;
mod stack;
mod table;
mod unknown_user;
mod user;
mod voice_otp;
