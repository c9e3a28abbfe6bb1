//! The real program as a child process.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::desk::eventually;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The same, after a look at the exit code.
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Whether standard error says all of this.
    #[track_caller]
    pub(crate) fn saying(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in {self:?}");
        }
        self
    }
}

/// A run that goes on. Its output goes to files, so that it never waits for a reader.
pub(crate) struct Running {
    child: Child,
    folder: TempDir,
}

impl Running {
    /// Starts the program without a display.
    pub(crate) fn start(args: &[&str], stdin: Option<&str>) -> Self {
        Self::start_with(args, stdin, &[])
    }

    /// The same with these environment variables, in a folder that may hold settings.
    pub(crate) fn start_with(args: &[&str], stdin: Option<&str>, env: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let input = stdin.map_or_else(Stdio::null, |text| {
            fs::write(path("stdin"), text).unwrap();
            File::open(path("stdin")).unwrap().into()
        });
        let child = Command::new(env!("CARGO_BIN_EXE_hoplens"))
            .args(args)
            .env("HOPLENS_CONFIG_DIR", path("config"))
            // Whatever language the tests' own machine speaks.
            .env_remove("LC_MESSAGES")
            .env_remove("LANG")
            // Nor the proxy that it goes through.
            .env_remove("grpc_proxy")
            .env_remove("https_proxy")
            .env_remove("HTTPS_PROXY")
            .env_remove("http_proxy")
            .env_remove("all_proxy")
            .env_remove("ALL_PROXY")
            .env("LC_ALL", "C")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .envs(env.iter().copied())
            .current_dir(folder.path())
            .stdin(input)
            .stdout(File::create(path("stdout")).unwrap())
            .stderr(File::create(path("stderr")).unwrap())
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    pub(crate) fn stdout(&self) -> String {
        self.read("stdout")
    }

    pub(crate) fn stderr(&self) -> String {
        self.read("stderr")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Waits for its end.
    pub(crate) async fn done(mut self) -> Done {
        let status = eventually("the end", || self.child.try_wait().unwrap()).await;
        Done { code: status.code(), stdout: self.stdout(), stderr: self.stderr() }
    }

    /// Ctrl-C.
    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, mostly.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Runs the program to its end.
pub(crate) async fn hoplens(args: &[&str]) -> Done {
    Running::start(args, None).done().await
}

/// The same with something on standard input.
pub(crate) async fn hoplens_reading(stdin: &str, args: &[&str]) -> Done {
    Running::start(args, Some(stdin)).done().await
}
