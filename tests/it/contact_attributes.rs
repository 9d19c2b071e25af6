//! Invariant 5, for Connect: nothing that it is given has a code. It keeps attributes for 24 months.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::phone::{Phone, code_in};
use crate::stack::{Stack, functions, functions_with};
use crate::user::{User, challenge, refusal};

/// A code of ten digits is in no other text by chance.
const DIGITS: usize = 10;

#[tokio::test]
async fn invariant_5_no_attribute_that_connect_is_given_has_a_code() {
    let proxy = Proxy::listen().await;
    let folder = functions_with(&[]);
    let create = folder.join("create-challenge");
    fs::remove_file(&create).unwrap();
    fs::write(&create, proxy.script()).unwrap();
    fs::set_permissions(&create, fs::Permissions::from_mode(0o755)).unwrap();
    let digits = format!("OTP_DIGITS={DIGITS}");
    let settings = [&*digits, "OTP_SECONDS_BETWEEN_CALLS=0", "CONNECT_RING_TIMEOUT_SECONDS=15"];
    let stack = Arc::new(Stack::with_functions(folder, &settings));
    proxy.forward_to(stack.endpoint());

    let ways = ["heard", "declined", "unanswered", "hung up at the gate", "hung up at the code", "not pressed", "lost"];
    let (mut codes, mut given) = (Vec::new(), Vec::new());
    for way in ways {
        let user = User::new(&stack).await;
        let phone = Phone::of(&user).await;
        codes.push(call_in_this_way(&phone, &user, way).await);
        given.extend(phone.seen().into_iter().map(|call| call["attributes"].clone()));
    }
    stack.inject_fault(json!({ "next": 9, "error": "LimitExceededException" })).await;
    refusal(User::new(&stack).await.client.start_with_password().await);

    // Each call has changed a few times: it was answered, and something was said.
    assert!(given.len() > 4 * ways.len(), "{}", given.len());
    given.extend(stack.calls().await.into_iter().map(|call| call["attributes"].clone()));
    // Two calls in each way. One was asked for twice, and so was the one that was refused.
    let requests = proxy.requests();
    assert!(requests.len() >= 2 * ways.len() + 2, "{}", requests.len());
    given.extend(requests.into_iter().map(|request| request["Attributes"].clone()));
    for attributes in &given {
        let attributes = attributes.as_object().expect("each call has attributes");
        assert!(attributes.contains_key("Handle") && !attributes.contains_key("VoiceMFA"), "{attributes:?}");
        for text in attributes.values().map(|value| value.as_str().unwrap().replace([',', ' '], "")) {
            let is_code = |letters: &[u8]| letters.iter().all(u8::is_ascii_digit);
            assert!(!text.as_bytes().windows(DIGITS).any(is_code), "ten digits are in {attributes:?}");
            assert!(codes.iter().all(|code| !text.contains(code)), "a code is in {attributes:?}");
        }
    }
}

/// A sign-in whose first call ends in this way, and a second call, in which the same code is heard. Returns the code.
async fn call_in_this_way(phone: &Phone<'_>, user: &User, way: &str) -> String {
    if way == "lost" {
        user.stack.inject_fault(json!({ "next": 1, "error": "drop", "afterwards": true })).await;
    }
    let first = user.start().await;
    phone.ring(1).await;
    match way {
        "declined" => phone.decline(1).await,
        "unanswered" => phone.ended(1).await,
        "hung up at the gate" | "hung up at the code" => {
            phone.answer(1).await;
            if way == "hung up at the code" {
                phone.listen_for_code(1).await;
            } else {
                phone.lines(1, 1).await;
            }
            phone.hang_up(1).await
        }
        "not pressed" => {
            phone.answer(1).await;
            phone.listen(1, false).await
        }
        _ => phone.take(1).await,
    };
    challenge(user.client.call_again(&first).await);
    phone.answer(2).await;
    let code = code_in(&phone.listen_for_code(2).await).expect("it was said");
    phone.hang_up(2).await;
    code
}

/// Stands between the functions and Connect, and keeps what they send.
struct Proxy {
    address: SocketAddr,
    connect: Arc<OnceLock<String>>,
    /// What was sent on each connection.
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Proxy {
    async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connect, sent) = (Arc::<OnceLock<String>>::default(), Arc::<Mutex<Vec<Vec<u8>>>>::default());
        let (to, kept) = (connect.clone(), sent.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(to.get().expect("the stack runs")).await.unwrap();
                tokio::spawn(forward(client, server, kept.clone()));
            }
        });
        Self { address, connect, sent }
    }

    fn forward_to(&self, endpoint: &str) {
        self.connect.set(endpoint.strip_prefix("http://").unwrap().to_owned()).unwrap();
    }

    /// The create function, which has Connect here and the ledger where it was.
    fn script(&self) -> String {
        format!(
            "#!/bin/sh\nexport AWS_ENDPOINT_URL_DYNAMODB=\"${{AWS_ENDPOINT_URL_DYNAMODB:-$AWS_ENDPOINT_URL}}\"\n\
             export AWS_ENDPOINT_URL=http://{}\nexec '{}'\n",
            self.address,
            functions().join("create-challenge").display()
        )
    }

    /// The bodies of all requests, which must be for calls.
    fn requests(&self) -> Vec<Value> {
        let sent = self.sent.lock().unwrap();
        let texts = sent.iter().map(|bytes| String::from_utf8(bytes.clone()).unwrap());
        let mut requests = Vec::new();
        for text in texts.filter(|text| !text.is_empty()) {
            let mut rest = &*text;
            while !rest.is_empty() {
                assert!(rest.starts_with("PUT /contact/outbound-voice "), "{rest}");
                let (_, body) = rest.split_once("\r\n\r\n").unwrap();
                let mut values = serde_json::Deserializer::from_str(body).into_iter();
                requests.push(values.next().unwrap().unwrap());
                rest = &body[values.byte_offset()..];
            }
        }
        requests
    }
}

async fn forward(client: TcpStream, server: TcpStream, sent: Arc<Mutex<Vec<Vec<u8>>>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut bytes = [0; 4096];
    let place = {
        let mut sent = sent.lock().unwrap();
        sent.push(Vec::new());
        sent.len() - 1
    };
    while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
        sent.lock().unwrap()[place].extend(&bytes[..count]);
        if to_server.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    answers.abort();
}
