//! Fault injection: what is done to a service on purpose, so that one sees how its callers bear it.

use std::time::Duration;

use super::{Code, Timestamp, TraceId};

/// The faults of one instance. The default one leaves it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fault {
    /// Answers come later.
    pub delay: Option<Delay>,
    /// Some calls fail.
    pub failing: Option<Failing>,
    /// Connections are accepted and nothing is answered.
    pub is_hanging: bool,
}

/// How much later answers come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// The longest wait.
    pub longest: Duration,
    /// How waits are spread.
    pub spread: Spread,
}

/// How the waits of single calls are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spread {
    /// Every call waits the same.
    #[default]
    Fixed,
    /// Most calls hardly wait; one in ten waits more than half of the longest.
    Tail,
}

/// Which calls fail, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// Of a hundred calls.
    pub percent: u8,
    /// With this status; over HTTP with the one that it stands for.
    pub code: Code,
}

/// Why a fault cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// It is longer than [`Fault::MAX_DELAY`].
    #[error("a delay is at most 2 s")]
    TooSlow,
    /// More than a hundred.
    #[error("a share is at most 100 %")]
    TooMany,
    /// OK is no failure.
    #[error("OK is no failure")]
    NoFailure,
    /// What hangs neither answers late nor fails.
    #[error("what hangs neither answers late nor fails")]
    Contradiction,
}

impl Fault {
    /// No answer is held back longer than this.
    pub const MAX_DELAY: Duration = Duration::from_secs(2);

    /// Whether nothing is done to the instance.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The same fault, if it can be.
    pub fn checked(self) -> Result<Self, FaultError> {
        let is_slow = self.delay.is_some_and(|delay| delay.longest > Self::MAX_DELAY);
        let (percent, code) = self.failing.map_or((0, Code::Unavailable), |f| (f.percent, f.code));
        match self {
            _ if is_slow => Err(FaultError::TooSlow),
            _ if percent > 100 => Err(FaultError::TooMany),
            _ if code == Code::Ok => Err(FaultError::NoFailure),
            Self { is_hanging: true, delay: Some(_), .. }
            | Self { is_hanging: true, failing: Some(_), .. } => Err(FaultError::Contradiction),
            fine => Ok(fine),
        }
    }

    /// How long a call waits, for a draw from 0 to 1.
    pub fn wait(&self, draw: f64) -> Duration {
        let share = |spread| match spread {
            Spread::Fixed => 1.0,
            Spread::Tail => draw.clamp(0.0, 1.0).powi(6),
        };
        self.delay.map_or(Duration::ZERO, |delay| delay.longest.mul_f64(share(delay.spread)))
    }

    /// The status that a call fails with, for a draw from 0 to 1.
    pub fn failure(&self, draw: f64) -> Option<Code> {
        self.failing.filter(|f| draw * 100.0 < f64::from(f.percent)).map(|f| f.code)
    }
}

/// Whom a fault, a start or a stop is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Every instance of the demo's services.
    Demo,
    /// Every instance of this service.
    Service(String),
    /// This instance: `greeter-1`.
    Instance(String),
}

/// One line of an instance's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// What, in English, without line breaks.
    pub text: String,
    /// The call that it is about.
    pub trace: Option<TraceId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delay(millis: u64, spread: Spread) -> Fault {
        let longest = Duration::from_millis(millis);
        Fault { delay: Some(Delay { longest, spread }), ..Fault::default() }
    }

    fn failing(percent: u8, code: Code) -> Fault {
        Fault { failing: Some(Failing { percent, code }), ..Fault::default() }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let hanging = Fault { is_hanging: true, ..Fault::default() };
        let check = |fault: Fault, expect: Result<(), FaultError>| {
            assert_eq!(fault.checked().map(drop), expect, "{fault:?}");
        };
        check(Fault::default(), Ok(()));
        check(hanging, Ok(()));
        check(delay(2_000, Spread::Fixed), Ok(()));
        check(delay(2_001, Spread::Tail), Err(FaultError::TooSlow));
        check(failing(100, Code::Internal), Ok(()));
        check(failing(101, Code::Internal), Err(FaultError::TooMany));
        check(failing(10, Code::Ok), Err(FaultError::NoFailure));
        check(
            Fault { is_hanging: true, ..delay(1, Spread::Fixed) },
            Err(FaultError::Contradiction),
        );
        check(
            Fault { is_hanging: true, ..failing(1, Code::Aborted) },
            Err(FaultError::Contradiction),
        );
    }

    #[test]
    fn waits_and_failures_follow_the_draw() {
        let fixed = delay(200, Spread::Fixed);
        assert_eq!([0.0, 1.0].map(|draw| fixed.wait(draw).as_millis()), [200, 200]);
        let tail = delay(1_000, Spread::Tail);
        assert_eq!(
            [0.0, 0.5, 0.9, 1.0].map(|draw| tail.wait(draw).as_millis()),
            [0, 15, 531, 1_000]
        );
        assert_eq!(Fault::default().wait(1.0), Duration::ZERO);
        let tenth = failing(10, Code::Unavailable);
        assert_eq!([0.05, 0.1].map(|draw| tenth.failure(draw)), [Some(Code::Unavailable), None]);
        assert_eq!(failing(0, Code::Unavailable).failure(0.0), None);
        assert_eq!(failing(100, Code::Unavailable).failure(0.999), Some(Code::Unavailable));
    }
}
