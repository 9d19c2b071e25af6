//! A stack that runs: `local` with the functions, as a process of its own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

use client::cognito;
use local::lambda::{Binaries, Function};
use local::sign_in::Config;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::table::Table;
use crate::user::with_password;

/// Only makes a hanging test fail.
pub(crate) const WAIT_TIMEOUT: Duration = Duration::from_mins(5);

/// A stack. It ends when it is dropped.
pub(crate) struct Stack {
    endpoint: String,
    announced: String,
    process: Child,
    /// Functions of its own, which go with it.
    own_functions: Option<PathBuf>,
}

/// A user that was added to a stack's pool.
pub(crate) struct Account {
    pub(crate) user: cognito::User,
    pub(crate) sub: String,
    pub(crate) number: Option<String>,
}

/// The result of `Invoke`.
#[derive(Debug)]
pub(crate) enum Invoked {
    /// The function's answer.
    Answer(Value),
    /// The function's error: `errorType` and `errorMessage`.
    Error(String, String),
}

impl Stack {
    /// A stack with production's limits and these settings, shared by concurrent tests with the same settings.
    pub(crate) fn shared(settings: &[&str]) -> Arc<Self> {
        static RUNNING: LazyLock<Mutex<HashMap<String, Weak<Stack>>>> = LazyLock::new(Mutex::default);
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let key = settings.join("\n");
        if let Some(stack) = running.get(&key).and_then(Weak::upgrade) {
            return stack;
        }
        let stack = Arc::new(Self::start(settings));
        running.insert(key, Arc::downgrade(&stack));
        stack
    }

    /// A stack that is not shared, for tests that inject faults or count what the functions do.
    pub(crate) fn start(settings: &[&str]) -> Self {
        Self::run(functions(), &["--limits"], settings)
    }

    /// A stack as `local` starts it with these arguments.
    pub(crate) fn with_arguments(arguments: &[&str]) -> Self {
        Self::run(functions(), arguments, &[])
    }

    /// A stack that is not shared, with functions from a folder, which it removes at the end.
    pub(crate) fn with_functions(folder: PathBuf, settings: &[&str]) -> Self {
        let mut stack = Self::run(&folder, &["--limits"], settings);
        stack.own_functions = Some(folder);
        stack
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What it printed before it was ready.
    pub(crate) fn announced(&self) -> &str {
        &self.announced
    }

    pub(crate) async fn config(&self) -> Config {
        serde_json::from_value(self.get("/local/config").await).unwrap()
    }

    /// The ledger's table.
    pub(crate) async fn table(&self) -> Table {
        Table::of(&self.get("/local/config").await)
    }

    /// A new user, from a body of `POST /local/users` without `username`.
    pub(crate) async fn add_user(&self, mut body: Value) -> Account {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        body["username"] = format!("user-{}", COUNT.fetch_add(1, Ordering::Relaxed)).into();
        let user = self.post("/local/users", &body).await;
        let text = |name: &str| user[name].as_str().map(str::to_owned);
        let number = text("phoneNumber");
        let text = |name: &str| text(name).expect("each user has one");
        Account { user: with_password(&text("username"), &text("password")), sub: text("sub"), number }
    }

    /// All calls, oldest first.
    pub(crate) async fn calls(&self) -> Vec<Value> {
        serde_json::from_value(self.get("/local/calls").await).unwrap()
    }

    /// The calls to a number, oldest first.
    pub(crate) async fn calls_to(&self, number: &str) -> Vec<Value> {
        let mut calls = self.calls().await;
        calls.retain(|call| call["destination"] == number);
        calls
    }

    /// The messages that the pool would have sent to users, oldest first.
    pub(crate) async fn messages(&self) -> Vec<Value> {
        serde_json::from_value(self.get("/local/messages").await).unwrap()
    }

    /// Everything that the functions have written, a line each.
    pub(crate) async fn log(&self) -> Vec<String> {
        let log = self.get("/local/log").await;
        log.as_array().unwrap().iter().map(|line| line["line"].as_str().unwrap().to_owned()).collect()
    }

    /// The log's lines as JSON, those with this `message`.
    pub(crate) async fn log_of(&self, message: &str) -> Vec<Value> {
        let lines = self.log().await.into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        lines.filter(|line| line["message"] == message).collect()
    }

    /// Whether a function was too slow for the ledger: the machine does that, under load. Any other fault of the ledger
    /// fails the test.
    pub(crate) async fn was_too_slow(&self) -> bool {
        let busy = |fault: &Value| fault["outcome"].as_str().is_some_and(|word| word == "SIGN_IN_BUSY");
        let faults: Vec<_> = self.log_of("fault").await.into_iter().filter(busy).collect();
        for fault in &faults {
            assert!(["Deadline", "Timeout"].contains(&fault["cause"].as_str().unwrap_or_default()), "{fault}");
        }
        !faults.is_empty()
    }

    /// Takes the calls to a number until what this gives is dropped.
    pub(crate) async fn pick_up_phone(&self, number: &str) -> reqwest::Response {
        let url = format!("{}/local/phone?number={}", self.endpoint, number.replace('+', "%2B"));
        http().get(url).send().await.unwrap().error_for_status().unwrap()
    }

    /// Acts on the callee's phone. It has no effect if the call has ended in the meantime.
    pub(crate) async fn at_phone(&self, contact_id: &str, action: &str, body: &Value) {
        let url = format!("{}/local/calls/{contact_id}/{action}", self.endpoint);
        let status = http().post(url).json(body).send().await.unwrap().status();
        assert!(status.is_success() || status == 409, "{action}: {status}");
    }

    /// Injects a fault into the next requests to Amazon Connect, or to the `service` that it names.
    pub(crate) async fn inject_fault(&self, order: Value) {
        self.post("/local/faults", &order).await;
    }

    /// Removes all faults.
    pub(crate) async fn clear_faults(&self) {
        http().delete(format!("{}/local/faults", self.endpoint)).send().await.unwrap().error_for_status().unwrap();
    }

    /// Lambda's `Invoke`.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Invoked {
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.endpoint);
        let response = http().post(url).json(event).send().await.unwrap();
        assert_eq!(response.status(), 200, "{function}");
        let failed = response.headers().contains_key("x-amz-function-error");
        let body: Value = response.json().await.unwrap();
        if !failed {
            return Invoked::Answer(body);
        }
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Invoked::Error(text("errorType"), text("errorMessage"))
    }

    /// An operation of Cognito's, and its answer as it is on the wire: status, names of the headers, body.
    pub(crate) async fn cognito(&self, operation: &str, request: &Value) -> (u16, Vec<String>, Value) {
        let response = http()
            .post(&self.endpoint)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
            .body(request.to_string())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let mut headers: Vec<_> = response.headers().keys().map(ToString::to_string).collect();
        headers.sort();
        (status, headers, response.json().await.unwrap())
    }

    fn run(folder: &Path, arguments: &[&str], settings: &[&str]) -> Self {
        let mut process = command(&["--port", "0"])
            .args(arguments)
            .args(other_dynamodb())
            .args(settings.iter().flat_map(|setting| ["--set", setting]))
            .arg("--functions")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built just now");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut announced = String::new();
        let endpoint = loop {
            let start = announced.len();
            assert_ne!(lines.read_line(&mut announced).unwrap(), 0, "local ended before it was ready");
            let ready = serde_json::from_str::<Value>(&announced[start..]).unwrap_or_default();
            if ready["ready"] == true {
                break ready["endpoint"].as_str().unwrap().to_owned();
            }
        };
        // Nothing is printed after that line. If something were, it would need a reader.
        thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Self { endpoint, announced, process, own_functions: None }
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.endpoint);
        http().get(url).send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.endpoint);
        let response = http().post(url).json(body).send().await.unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        assert!(status.is_success(), "{path}: {answer}");
        answer
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // The functions lose their Runtime API, and end too. An error means that the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(folder) = &self.own_functions {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

impl Invoked {
    /// The answer, where an error would be wrong.
    #[track_caller]
    pub(crate) fn answer(self) -> Value {
        match self {
            Self::Answer(answer) => answer,
            Self::Error(kind, message) => panic!("{kind}: {message}"),
        }
    }
}

/// The program with these arguments. Its messages about failing functions are not shown in the tests' output.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(functions().join("local"));
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// The `DynamoDB` that tests/with-ministack wants instead of each stack's own. Stacks share it, but no table.
fn other_dynamodb() -> Vec<String> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let Some(url) = env::var("OTP_TEST_DYNAMODB").ok().filter(|url| !url.is_empty()) else { return Vec::new() };
    let table = format!("ledger-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    vec!["--dynamodb".to_owned(), url, "--set".to_owned(), format!("LEDGER_TABLE_NAME={table}")]
}

/// The folder with the functions and the program, built once, by the command with which the program builds functions.
pub(crate) fn functions() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        // In a thread of its own, since it needs a runtime of its own.
        let built = thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(Binaries::build())
        });
        let binaries = built.join().expect("it doesn't panic").unwrap();
        binaries.path(Function::DefineChallenge).parent().expect("a file lies in a folder").to_owned()
    })
}

/// A new folder with the functions, some of them replaced.
pub(crate) fn functions_with(replaced: &[(&str, &Path)]) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("functions-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    for function in Function::ALL {
        let replacement = replaced.iter().find(|(name, _)| *name == function.name());
        let binary = replacement.map_or_else(|| functions().join(function.name()), |(_, path)| path.to_path_buf());
        symlink(binary, folder.join(function.name())).unwrap();
    }
    folder
}

/// Asks until the result is there.
pub(crate) async fn wait_for<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not happen in time");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Repeats an attempt until the machine was fast enough for it: the functions give the ledger two seconds. An attempt
/// gives `None` if it was not, by [`Stack::was_too_slow`].
pub(crate) async fn in_time<T>(attempt: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..20 {
        if let Some(done) = attempt().await {
            return done;
        }
    }
    panic!("there was never time enough");
}

/// Waits for a time, in seconds since the Unix epoch.
pub(crate) async fn clock_at(time: u64) {
    wait_for("the time to come", async || (now() >= time).then_some(())).await;
}

/// Seconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs()
}

/// A fault as the log shows it.
pub(crate) fn logged(fault: &Value) -> Value {
    json!([fault["level"], fault["outcome"], fault["cause"]])
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("nothing is set that could be wrong")
}
