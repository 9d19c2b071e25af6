use serde_json::{Value, json};

use super::*;
use crate::aws_json::tests::{read, signed};

const KEY_ID: &str = "3d4e5f60-7a8b-4c9d-8e0f-2a3b4c5d6e7f";
const OTHER: &str = "arn:aws:kms:us-east-1:123456789012:key/another";

/// A KMS, and the credentials of a function that may decrypt and of one that may not.
struct Bench {
    kms: Kms,
    speak: Credentials,
    create: Credentials,
    faults: FaultInjection,
}

impl Bench {
    fn new() -> Self {
        let [speak, create] = [(); 2].map(|()| Credentials::random());
        let faults = FaultInjection::new([(Service::Kms, catalogue())]);
        let callers = vec![
            Caller::function(Function::SpeakCode, speak.clone(), &["us-east-1_PhoneCode"]),
            Caller::function(Function::CreateChallenge, create.clone(), &[]),
            Caller::operator(),
        ];
        Self { kms: Kms::new(&default_key_arn(), callers, faults.clone()), speak, create, faults }
    }

    async fn ask(&self, by: &Credentials, body: &Value) -> (u16, Value) {
        read(self.kms.answer(signed(&API, "kms", by, "Decrypt", body)).await).await
    }

    /// The error's name. Its status is 400.
    async fn refused(&self, by: &Credentials, body: &Value) -> String {
        let (status, answer) = self.ask(by, body).await;
        assert_eq!(status, 400, "{answer}");
        answer["__type"].as_str().unwrap().to_owned()
    }
}

fn context() -> Context {
    Context::from([("userpool-id".to_owned(), "us-east-1_PhoneCode".to_owned()), ("b".to_owned(), "c".to_owned())])
}

fn body(blob: &[u8], context: &Context) -> Value {
    json!({ "CiphertextBlob": STANDARD.encode(blob), "EncryptionContext": context, "KeyId": default_key_arn() })
}

#[tokio::test]
async fn a_data_key_is_decrypted_for_those_who_may() {
    let bench = Bench::new();
    let (data_key, blob) = bench.kms.generate_data_key(&context());
    assert_eq!(blob.len(), 184);
    let expected = json!({
        "KeyId": default_key_arn(),
        "Plaintext": STANDARD.encode(data_key),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    });
    for by in [&bench.speak, &Credentials::operator()] {
        for key in [json!(default_key_arn()), json!(KEY_ID), Value::Null] {
            let mut body = body(&blob, &context());
            body["KeyId"] = key;
            assert_eq!(bench.ask(by, &body).await, (200, expected.clone()));
        }
    }
}

#[tokio::test]
async fn a_role_decrypts_with_its_key_alone() {
    let bench = Bench::new();
    let (_, blob) = bench.kms.generate_data_key(&context());
    let (status, answer) = bench.ask(&bench.create, &body(&blob, &context())).await;
    let message = format!(
        "User: arn:aws:sts::123456789012:assumed-role/create-challenge/create-challenge is not authorized to perform: \
         kms:Decrypt on resource: {} because no identity-based policy allows the kms:Decrypt action",
        default_key_arn(),
    );
    assert_eq!((status, answer), (400, json!({ "__type": "AccessDeniedException", "message": message })));
    let mut other = body(&blob, &context());
    other["KeyId"] = OTHER.into();
    assert_eq!(bench.refused(&bench.speak, &other).await, "AccessDeniedException");
    assert_eq!(bench.refused(&Credentials::operator(), &other).await, "NotFoundException");
    other["KeyId"] = Value::Null;
    assert_eq!(bench.refused(&bench.create, &other).await, "AccessDeniedException");
}

#[tokio::test]
async fn a_role_decrypts_for_its_user_pool_alone() {
    let bench = Bench::new();
    for pool in [None, Some("us-east-1_Another")] {
        let mut context = context();
        context.remove(USER_POOL);
        context.extend(pool.map(|pool| (USER_POOL.to_owned(), pool.to_owned())));
        let (_, blob) = bench.kms.generate_data_key(&context);
        let body = body(&blob, &context);
        assert_eq!(bench.refused(&bench.speak, &body).await, "AccessDeniedException", "{pool:?}");
        assert_eq!(bench.ask(&Credentials::operator(), &body).await.0, 200, "{pool:?}");
    }
}

#[tokio::test]
async fn a_ciphertext_fits_its_key_and_its_context_alone() {
    let bench = Bench::new();
    let (_, blob) = bench.kms.generate_data_key(&context());
    let mut less = context();
    less.remove("b");
    let more = context().into_iter().chain([("d".to_owned(), "e".to_owned())]).collect();
    let other = context().into_iter().map(|(name, value)| (name, value + "x")).collect();
    for context in [Context::new(), less, more, other] {
        assert_eq!(
            bench.ask(&Credentials::operator(), &body(&blob, &context)).await,
            (400, json!({ "__type": "InvalidCiphertextException" }))
        );
    }
    for index in 0..blob.len() {
        let mut changed = blob.clone();
        changed[index] ^= 1;
        let expected = if index < 32 { "IncorrectKeyException" } else { "InvalidCiphertextException" };
        assert_eq!(bench.refused(&bench.speak, &body(&changed, &context())).await, expected, "byte {index}");
    }
    for bytes in [&blob[..1], &blob[..183]] {
        assert_eq!(bench.refused(&bench.speak, &body(bytes, &context())).await, "InvalidCiphertextException");
    }

    let (_, of_another) = Kms::new(OTHER, Vec::new(), FaultInjection::new([])).generate_data_key(&context());
    let mut body = body(&of_another, &context());
    assert_eq!(bench.refused(&bench.speak, &body).await, "IncorrectKeyException");
    body["KeyId"] = Value::Null;
    assert_eq!(bench.refused(&bench.speak, &body).await, "AccessDeniedException");
}

#[tokio::test]
async fn what_it_can_not_do_is_refused() {
    let bench = Bench::new();
    let (_, blob) = bench.kms.generate_data_key(&context());
    let good = body(&blob, &context());
    for (member, value, expected) in [
        ("CiphertextBlob", json!(""), "ValidationException"),
        ("CiphertextBlob", json!(STANDARD.encode([1; MAX_CIPHERTEXT + 1])), "ValidationException"),
        ("CiphertextBlob", json!("not base64"), "SerializationException"),
        ("CiphertextBlob", Value::Null, "SerializationException"),
        ("EncryptionContext", json!([]), "SerializationException"),
        ("EncryptionAlgorithm", json!("RSAES_OAEP_SHA_256"), "InvalidKeyUsageException"),
        ("GrantTokens", json!([]), "SerializationException"),
    ] {
        let mut body = good.clone();
        body[member] = value;
        assert_eq!(bench.refused(&bench.speak, &body).await, expected, "{member}");
    }
    for (service, operation, by, expected) in [
        ("kms", "Encrypt", &bench.speak, "UnknownOperationException"),
        ("dynamodb", "Decrypt", &bench.speak, "InvalidSignatureException"),
        ("kms", "Decrypt", &Credentials::random(), "UnrecognizedClientException"),
    ] {
        let (status, answer) = read(bench.kms.answer(signed(&API, service, by, operation, &good)).await).await;
        assert_eq!((status, &answer["__type"]), (400, &json!(expected)));
    }
}

#[tokio::test]
async fn faults_come_after_the_signature() {
    let bench = Bench::new();
    let (_, blob) = bench.kms.generate_data_key(&context());
    let body = body(&blob, &context());
    let fault = json!({ "service": "kms", "next": 1, "error": "KMSInternalException", "operation": "Decrypt" });
    bench.faults.inject(serde_json::from_value(fault).unwrap()).unwrap();
    assert_eq!(bench.refused(&Credentials::random(), &body).await, "UnrecognizedClientException");
    assert_eq!(bench.ask(&bench.speak, &body).await, (500, json!({ "__type": "KMSInternalException" })));
    assert_eq!(bench.ask(&bench.speak, &body).await.0, 200);
}
