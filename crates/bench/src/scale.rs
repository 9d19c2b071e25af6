//! How much goes through the local stack, with few and with many at a time.

use std::path::Path;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};
use std::{fmt, fs, thread};

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use crate::client::Client;
use crate::load::Load;
use crate::percentiles::Percentiles;
use crate::stack::{Spent, Stack};

/// How many at a time.
const LEVELS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// How many there are at a level, at least. Where many go at a time, each has its turn several times.
const JOBS: usize = 128;
const TURNS: usize = 4;

/// How long a phone may take to say the code.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Scale {
    cpus: usize,
    levels: Vec<Level>,
}

/// One kind of work, so many at a time.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Level {
    what: &'static str,
    parallel: usize,
    failed: usize,
    per_second: f64,
    #[serde(flatten)]
    times: Percentiles,
    /// Each one's share of the CPU time, in milliseconds.
    stack_cpu_ms: f64,
    functions_cpu_ms: f64,
    bench_cpu_ms: f64,
    /// How many CPUs were busy with it, on average.
    cpus_busy: f64,
}

/// What there is to try it with.
struct Trial<'a> {
    stack: Stack,
    /// The sample events, by their names without extension.
    events: &'a Path,
    users: usize,
}

/// A sign-in that waits for its code.
struct Waiting {
    user: usize,
    session: Value,
}

impl Scale {
    /// Runs a stack, of this program and these functions, and signs in.
    pub(crate) fn run(local: &Path, functions: &Path, events: &Path, log: &Path) -> Result<Self> {
        let stack = Stack::start(local, functions, log)?;
        let mut trial = Trial { stack, events, users: 0 };
        let done = trial.run();
        trial.stack.check()?;
        Ok(Self { cpus: available_parallelism()?.get(), levels: done? })
    }

    /// An error if anything has failed.
    pub(crate) fn check(&self) -> Result<()> {
        let failed: usize = self.levels.iter().map(|level| level.failed).sum();
        ensure!(failed == 0, "{failed} have failed");
        Ok(())
    }
}

impl Trial<'_> {
    fn run(&mut self) -> Result<Vec<Level>> {
        // All processes of the functions are started, and that isn't counted.
        self.sign_ins(64)?;
        let mut levels = Vec::new();
        for parallel in LEVELS {
            levels.push(self.sign_ins(parallel)?);
        }
        for parallel in LEVELS {
            levels.extend(self.invocations(parallel)?);
        }
        Ok(levels)
    }

    /// Sign-ins, each by a user and to a phone of its own. The time in which a phone speaks is nobody's work and left out: so
    /// all are called, and then all answer.
    fn sign_ins(&mut self, parallel: usize) -> Result<Level> {
        let users = self.new_users(parallel);
        let mut client = Client::connect(&self.stack.endpoint)?;
        for user in &users {
            client.post("/local/users", &json!({ "username": name(*user), "phoneNumber": number(*user) }))?;
        }
        let client_id = &self.stack.client_id;
        let starts = Load::run(&self.stack, parallel, &users, |client, user| {
            let parameters = json!({ "USERNAME": name(*user) });
            let request = json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": client_id, "AuthParameters": parameters });
            let answer = client.cognito("InitiateAuth", &request)?;
            ensure!(answer["ChallengeName"] == "CUSTOM_CHALLENGE", "there is no challenge");
            Ok(Waiting { user: *user, session: answer["Session"].clone() })
        })?;

        let mut times = Vec::new();
        let mut waiting = Vec::new();
        let mut failed = 0;
        for start in starts.results {
            match start {
                Ok((sign_in, time)) => {
                    waiting.push((code(&mut client, &number(sign_in.user))?, sign_in));
                    times.push(time);
                }
                Err(error) => failed += failure("sign-ins", parallel, &error),
            }
        }
        let answers = Load::run(&self.stack, parallel, &waiting, |client, (code, sign_in)| {
            let responses = json!({ "USERNAME": name(sign_in.user), "ANSWER": code });
            let request = json!({
                "ChallengeName": "CUSTOM_CHALLENGE", "ClientId": client_id, "Session": sign_in.session,
                "ChallengeResponses": responses,
            });
            let answer = client.cognito("RespondToAuthChallenge", &request)?;
            ensure!(answer["AuthenticationResult"]["IdToken"].is_string(), "there are no tokens");
            Ok(())
        })?;
        let mut done = Vec::new();
        for (answer, time) in answers.results.into_iter().zip(times) {
            match answer {
                Ok(((), more)) => done.push(time + more),
                Err(error) => failed += failure("sign-ins", parallel, &error),
            }
        }
        let spent = [starts.spent, answers.spent];
        Level::of("sign-ins", parallel, failed, done, starts.wall + answers.wall, &spent)
    }

    /// Invocations of each function, without Cognito: those of verify are about the calls of create, and wrong.
    fn invocations(&mut self, parallel: usize) -> Result<Vec<Level>> {
        let users = self.new_users(parallel);
        let of_users = |event: &Value| users.iter().map(|user| of_user(event.clone(), *user)).collect::<Vec<_>>();
        let invoke = |function: &'static str, events: &[Value]| {
            Load::run(&self.stack, parallel, events, move |client, event| {
                let answer = client.post(&format!("/2015-03-31/functions/{function}-challenge/invocations"), event)?;
                // An error comes with status 200, too.
                ensure!(answer["response"].is_object(), "{function} failed: {answer}");
                Ok(answer)
            })
        };
        let define = invoke("define", &of_users(&self.event("define-02-password-right")?))?;
        let create = invoke("create", &of_users(&self.event("create-01-first-call")?))?;
        let verify = self.event("verify-03-wrong")?;
        let created = create.results.iter().flatten().zip(&users).map(|((created, _), user)| {
            let mut event = of_user(verify.clone(), *user);
            event["request"]["privateChallengeParameters"] = created["response"]["privateChallengeParameters"].clone();
            event
        });
        let verify = invoke("verify", &created.collect::<Vec<_>>())?;
        let level = |what, load: Load<Value>| {
            let (done, failures): (Vec<_>, Vec<_>) = load.results.into_iter().partition(Result::is_ok);
            let failed = failures.iter().filter_map(|error| error.as_ref().err());
            let failed = failed.map(|error| failure(what, parallel, error)).sum();
            let times = done.into_iter().flatten().map(|(_, time)| time).collect();
            Level::of(what, parallel, failed, times, load.wall, &[load.spent])
        };
        Ok(vec![level("define", define)?, level("create", create)?, level("verify", verify)?])
    }

    /// Users that nobody has been yet.
    fn new_users(&mut self, parallel: usize) -> Vec<usize> {
        let first = self.users;
        self.users += JOBS.max(parallel * TURNS);
        (first..self.users).collect()
    }

    fn event(&self, name: &str) -> Result<Value> {
        let file = self.events.join(name).with_extension("json");
        let text = fs::read(&file).with_context(|| format!("{} can't be read", file.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

impl Level {
    fn of(
        what: &'static str,
        parallel: usize,
        failed: usize,
        times: Vec<Duration>,
        wall: Duration,
        spent: &[Spent],
    ) -> Result<Self> {
        let count = u32::try_from(times.len())?;
        let each = |part: fn(&Spent) -> Duration| {
            spent.iter().map(part).sum::<Duration>().as_secs_f64() * 1000.0 / f64::from(count)
        };
        let all: Duration = spent.iter().map(|spent| spent.sum()).sum();
        Ok(Self {
            what,
            parallel,
            failed,
            per_second: f64::from(count) / wall.as_secs_f64(),
            times: Percentiles::of(times).with_context(|| format!("all {what} have failed"))?,
            stack_cpu_ms: each(|spent| spent.stack),
            functions_cpu_ms: each(|spent| spent.functions),
            bench_cpu_ms: each(|spent| spent.bench),
            cpus_busy: all.as_secs_f64() / wall.as_secs_f64(),
        })
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} CPUs; time and CPU time in ms\n", self.cpus)?;
        writeln!(
            f,
            "| | at a time | a second | median | 95 of 100 | CPU each: stack / functions / bench | CPUs busy | failed |\n\
             |---|---|---|---|---|---|---|---|"
        )?;
        let mut levels: Vec<_> = self.levels.iter().collect();
        levels.sort_by_key(|level| {
            ["sign-ins", "define", "create", "verify"].iter().position(|what| *what == level.what)
        });
        for level in levels {
            let Level { what, parallel, failed, per_second, times, cpus_busy, .. } = level;
            let Percentiles { median_ms, p95_ms } = times;
            let (stack, functions, bench) = (level.stack_cpu_ms, level.functions_cpu_ms, level.bench_cpu_ms);
            writeln!(
                f,
                "| {what} | {parallel} | {per_second:.0} | {median_ms:.1} | {p95_ms:.1} \
                 | {stack:.2} / {functions:.2} / {bench:.2} | {cpus_busy:.1} | {failed} |"
            )?;
        }
        Ok(())
    }
}

fn name(user: usize) -> String {
    format!("scale-{user}")
}

/// A number in the United States. Nobody is called by it: the telephone is a program.
fn number(user: usize) -> String {
    format!("+1206556{:04}", user % 10_000)
}

fn of_user(mut event: Value, user: usize) -> Value {
    let attributes = &mut event["request"]["userAttributes"];
    attributes["sub"] = json!(format!("3f6a1c52-7b1e-4d35-9a0e-{user:012x}"));
    attributes["phone_number"] = json!(number(user));
    event["userName"] = json!(name(user));
    event
}

/// Waits until a phone has said a code.
fn code(client: &mut Client, number: &str) -> Result<String> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let calls = client.get(&format!("/local/calls?to={}", number.replace('+', "%2B")))?;
        let lines = calls.as_array().into_iter().flatten().filter_map(|call| call["transcript"].as_array()).flatten();
        if let Some(code) = lines.filter_map(|line| line["says"].as_str()).find_map(spoken_code) {
            return Ok(code);
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("a phone said no code for {} seconds", PATIENCE.as_secs())
}

/// The first six digits that are said one by one.
fn spoken_code(says: &str) -> Option<String> {
    let words: Vec<_> = says.split([' ', ',', '.', '\n']).filter(|word| !word.is_empty()).collect();
    let is_digit = |word: &&str| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_digit());
    words.windows(6).find(|six| six.iter().all(is_digit)).map(<[&str]>::concat)
}

/// Says why one has failed, and counts it.
fn failure(what: &str, parallel: usize, error: &anyhow::Error) -> usize {
    eprintln!("bench: {what}, {parallel} at a time: {error:#}");
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_what_is_said_digit_by_digit() {
        for (says, code) in [
            ("Your code is 0, 7, 1, 9, 0, 2 Once more 0, 7, 1, 9, 0, 2", Some("071902")),
            ("Hello. This is 123456 with your code.", None),
            ("1 2 3 4 5", None),
        ] {
            assert_eq!(spoken_code(says).as_deref(), code, "{says}");
        }
    }

    #[test]
    fn a_level_counts_what_was_done_and_each_ones_share() {
        let spent = Spent {
            stack: Duration::from_millis(30),
            functions: Duration::from_millis(20),
            bench: Duration::from_millis(10),
        };
        let times = vec![Duration::from_millis(4); 10];
        let level = Level::of("define", 2, 1, times, Duration::from_millis(80), &[spent, spent]).unwrap();
        assert!((level.per_second - 125.0).abs() < 1e-9, "{level:?}");
        let text = Scale { cpus: 2, levels: vec![level] }.to_string();
        assert!(text.ends_with("| define | 2 | 125 | 4.0 | 4.0 | 6.00 / 4.00 / 2.00 | 1.5 | 1 |\n"), "{text}");
        assert!(Level::of("define", 2, 1, Vec::new(), Duration::from_millis(80), &[spent]).is_err());
    }
}
