//! A process, and its CPU time and memory so far, as Linux counts them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a process may keep running after it has sent a request.
const REST: Duration = Duration::from_millis(500);

/// How much of what a process wrote is shown.
const SHOWN: usize = 2000;

/// A process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a process, whose output goes to the file `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let output = File::create(log).with_context(|| format!("{} can't be written", log.display()))?;
        let program = command.get_program().to_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{} can't be started", program.display()))?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails if it has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("it has ended with {status}"),
            None => Ok(()),
        }
    }

    /// The CPU time of all its threads, in user mode and in the kernel, once none of them runs any more.
    ///
    /// That is read from the scheduler, which counts in nanoseconds. `getrusage` would know it of processes that have
    /// ended, and `/proc/PID/stat` in hundredths of a second.
    pub(crate) fn cpu_at_rest(&self) -> Result<Duration> {
        let asked = Instant::now();
        loop {
            let mut total = Duration::ZERO;
            let mut rests = true;
            for task in self.tasks()? {
                let [stat, schedstat] = ["stat", "schedstat"].map(|name| fs::read_to_string(task.join(name)));
                rests &= !is_running(&stat?).with_context(|| format!("{} is odd", task.display()))?;
                let schedstat = schedstat.context("the kernel doesn't count CPU time (CONFIG_SCHED_INFO)")?;
                total += on_cpu(&schedstat).with_context(|| format!("{} is odd", task.display()))?;
            }
            if rests || asked.elapsed() > REST {
                return Ok(total);
            }
            sleep(Duration::from_micros(200));
        }
    }

    /// The most memory that it has used so far, in KiB.
    ///
    /// `getrusage` would not do: what it says of a child includes the moment before `exec`, with the memory of this program.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        kib(&status, "VmHWM:").context("the kernel doesn't say how much memory a process has had")
    }

    /// The end of what it has written.
    pub(crate) fn output(&self) -> String {
        let output = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&output[output.len().saturating_sub(SHOWN)..]).into_owned()
    }

    /// Asks it to end, as Lambda does, and waits until it has.
    pub(crate) fn terminate(mut self) -> Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        if !status.context("`kill` can't be run")?.success() {
            bail!("it can't be told to end");
        }
        self.child.wait()?;
        Ok(())
    }

    fn tasks(&self) -> Result<Vec<PathBuf>> {
        let folder = format!("/proc/{}/task", self.child.id());
        let tasks = fs::read_dir(&folder).with_context(|| format!("{folder} can't be read"))?;
        tasks.map(|task| Ok(task?.path())).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a thread is running or runnable, by its `stat`. The name before the state may have any characters.
fn is_running(stat: &str) -> Option<bool> {
    Some(stat.rsplit_once(')')?.1.trim_start().starts_with('R'))
}

/// The CPU time of a thread by its `schedstat`: nanoseconds on the CPU, nanoseconds of waiting for it, turns.
fn on_cpu(schedstat: &str) -> Option<Duration> {
    Some(Duration::from_nanos(schedstat.split_ascii_whitespace().next()?.parse().ok()?))
}

/// An amount in KiB by its name, as files about processes have it.
fn kib(file: &str, name: &str) -> Option<u64> {
    let value = file.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_understood() {
        assert_eq!(is_running("12 (a) R b) S 1 12 12"), Some(false));
        assert_eq!(is_running("12 (tokio-rt-worker) R 1 12 12"), Some(true));
        assert_eq!(is_running("12"), None);
        assert_eq!(on_cpu("2417106 33 1\n"), Some(Duration::from_nanos(2_417_106)));
        assert_eq!(on_cpu(""), None);
        let status = "Name:\tbootstrap\nVmPeak:\t  9000 kB\nVmHWM:\t    2088 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(kib(status, "VmHWM:"), Some(2088));
        assert_eq!(kib("Name:\tkthreadd\n", "VmHWM:"), None);
    }

    #[test]
    fn a_process_is_weighed_while_it_rests() {
        let log = std::env::temp_dir().join(format!("bench-process-{}", std::process::id()));
        let mut command = Command::new("sh");
        command.args(["-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done; exec sleep 60"]);
        let mut process = Process::start(&mut command, &log).unwrap();
        while !process.output().contains("done") {
            process.check().unwrap();
            sleep(Duration::from_millis(5));
        }
        let spent = process.cpu_at_rest().unwrap();
        assert!(spent > Duration::from_millis(1), "{spent:?}");
        let peak = process.peak_memory().unwrap();
        assert!(100 < peak && peak < 50_000, "{peak}");
        process.terminate().unwrap();
        fs::remove_file(log).unwrap();
    }
}
