//! The command line: the same engine without a window.
//!
//! Messages go to standard output, everything about them to standard error, and
//! the exit code says how it went, so that scripts can tell.

mod args;
mod arguments;
mod ask;
mod call;
mod compare;
mod compare_json;
mod compare_table;
mod copy;
mod demo;
mod distrust;
mod exit;
mod hands;
mod health;
mod help;
mod http;
mod misuse;
mod no_window;
mod outgoing;
mod report;
mod report_json;
mod schema;
mod serve;
mod stream;
mod tap;
mod trouble;
mod way_out;
mod wire;

pub use args::{Args, Renderer, Verb};
pub use arguments::read_arguments;
pub use exit::Exit;
pub use no_window::NoWindow;

use crate::session::Headless;

/// Runs a command that needs no window. Needs a tokio runtime's context.
pub async fn run(verb: Verb) -> Exit {
    match verb {
        Verb::Call(args) => call::run(&Headless::new(), args).await,
        Verb::Http(args) => http::run(&Headless::new(), args).await,
        Verb::List(args) => schema::list(&Headless::new(), args).await,
        Verb::Describe(args) => schema::describe(&Headless::new(), args).await,
        Verb::Health(args) => health::run(&Headless::new(), args).await,
        Verb::Demo(args) => demo::run(args).await,
        Verb::Serve(args) => serve::run(args).await,
        Verb::Compare(args) => compare::run(&Headless::new(), args).await,
        Verb::Tap(args) => tap::run(&Headless::new(), args).await,
    }
}
