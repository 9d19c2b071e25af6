//! Sign-ins on a trusted device.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Evidence;
use crate::device::Device;
use crate::stack::Stack;
use crate::user::{User, parameter};

/// It is enrolled, used, and refused.
pub(super) async fn sign_in(stack: &Arc<Stack>, evidence: &mut Evidence) {
    let (user, device) = (User::new(stack).await, Device::new());
    let first = evidence.sees(user.client.start_with_password().await).unwrap();
    let code = user.code().await;
    evidence.must_not_see(&user, &code);
    evidence.unlogged.extend([device.key(), device.point()]);
    let remember = [("rememberDevice", &*device.key())];
    assert!(evidence.sees(user.client.answer_with(&first, &code, &remember).await).is_none());
    let mut asked = Vec::new();
    for _ in 0..3 {
        let named = [("trustedDevice", &*device.id())];
        let challenge = evidence.sees(user.client.start_with_password_and(&named).await).unwrap();
        let signature = device.answer(&user, &challenge).await;
        let nonce = parameter(&challenge, "nonce").to_owned();
        let bytes = URL_SAFE_NO_PAD.decode(&nonce).unwrap().try_into().expect("a nonce has 16 bytes");
        let hex = format!("{:032x}", u128::from_be_bytes(bytes));
        evidence.unlogged.extend([signature.clone(), nonce, hex]);
        asked.push((challenge, signature));
    }
    let [(older, older_signature), (moved, _), (latest, signature)] = &asked[..] else { panic!("there are three") };
    assert!(evidence.sees(user.client.answer(latest, signature).await).is_none());
    // It may be of the same second, and is no newer then.
    evidence.sees(user.client.answer(older, older_signature).await).unwrap();
    evidence.sees(user.client.answer(moved, signature).await).unwrap();
}
