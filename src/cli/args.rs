//! What can be said on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::copy::{CallFormat, HttpFormat};
use super::hands::{answer_of, fault_alone, fault_of, port_of, scale_of, traffic_of};
use super::wire::WireDetail;
use crate::model::{
    CallFailure, Compression, Fault, GrpcWeb, Headers, Keepalive, MethodPath, MockStream, Security,
    Target, TlsOptions, Whom,
};
use crate::schema::Notation;
use crate::session::MAX_COMPARED;
use crate::text::{failure, t, target_error};

/// Calls by each way of a comparison at most.
const MAX: i64 = MAX_COMPARED as i64;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "hoplens", version, about = t("cli.about"), args_conflicts_with_subcommands = true)]
pub struct Args {
    /// A command that needs no window; without one the window opens.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// What the window opens at the start.
    #[arg(value_name = "PATH", help = t("cli.help.paths"))]
    pub paths: Vec<PathBuf>,
    /// Whether the demo stays off this time.
    #[arg(long, help = t("cli.help.no_demo"))]
    pub no_demo: bool,
    /// Calls a second that shoppers make from the start.
    #[arg(long, value_name = "N", value_parser = traffic_of,
          default_value_t = 0, hide_default_value = true, help = t("cli.help.traffic"))]
    pub traffic: u32,
    /// Which renderer draws the window.
    #[arg(long, value_enum, help = t("cli.help.renderer"))]
    pub renderer: Option<Renderer>,
    /// What is logged to standard error.
    #[arg(long, global = true, value_name = "LEVEL", help = t("cli.help.log"))]
    pub log: Option<String>,
    /// The language of the words; read before everything else, by `arguments`.
    #[arg(long, global = true, value_name = "TAG", help = t("cli.help.lang"))]
    lang: Option<String>,
}

/// Who draws the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Renderer {
    /// Vulkan, Metal, DirectX 12.
    Wgpu,
    /// OpenGL.
    Glow,
}

/// The commands without a window.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Makes one gRPC call.
    #[command(about = t("cli.about_call"))]
    Call(CallArgs),
    /// Sends one HTTP request.
    #[command(about = t("cli.about_http"))]
    Http(HttpArgs),
    /// Lists the services of a target, or the methods of one service.
    #[command(about = t("cli.about_list"))]
    List(ListArgs),
    /// Prints a service, method, message or enum as its contract says it.
    #[command(about = t("cli.about_describe"))]
    Describe(DescribeArgs),
    /// Asks whether a server is ready.
    #[command(about = t("cli.about_health"))]
    Health(HealthArgs),
    /// Runs cluster and gateway until Ctrl-C.
    #[command(about = t("cli.about_demo"))]
    Demo(DemoArgs),
    /// Serves something until Ctrl-C.
    #[command(about = t("cli.about_serve"))]
    Serve(ServeArgs),
    /// Makes one call by every way and compares them.
    #[command(about = t("cli.about_compare"))]
    Compare(CompareArgs),
    /// Stands between a client and a server until Ctrl-C.
    #[command(about = t("cli.about_tap"))]
    Tap(TapArgs),
}

/// `hoplens tap`.
#[derive(Debug, ClapArgs)]
pub struct TapArgs {
    #[arg(value_name = "PORT=TARGET", help = t("cli.help.tap"))]
    pub(super) between: String,
    #[command(flatten)]
    pub(super) schema: SchemaArgs,
    #[command(flatten)]
    pub(super) peer: PeerArgs,
    #[command(flatten)]
    pub(super) detail: DetailArgs,
    #[arg(long, help = t("cli.help.tap_json"))]
    pub(super) json: bool,
}

/// `hoplens call`.
#[derive(Debug, ClapArgs)]
pub struct CallArgs {
    #[arg(value_name = "TARGET", help = t("cli.help.target"))]
    pub(super) target: String,
    #[arg(value_name = "SERVICE/METHOD", help = t("cli.help.method"))]
    pub(super) method: String,
    #[arg(short = 'd', long = "data", value_name = "JSON|@FILE|-", help = t("cli.help.data"))]
    pub(super) data: Option<String>,
    #[command(flatten)]
    pub(super) schema: SchemaArgs,
    #[command(flatten)]
    pub(super) peer: PeerArgs,
    #[command(flatten)]
    pub(super) proxy: ProxyArgs,
    #[command(flatten)]
    pub(super) wire: WireArgs,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..),
          help = t("cli.help.max_messages"))]
    pub(super) max_messages: Option<u64>,
    #[arg(long, value_name = "CODING", value_parser = coding(), hide_possible_values = true,
          help = t("cli.help.compress"))]
    pub(super) compress: Option<Compression>,
    #[arg(long, value_name = "30s", value_parser = keepalive, help = t("cli.help.keepalive"))]
    pub(super) keepalive: Option<Keepalive>,
    #[arg(long, value_name = "FORMAT", value_parser = web(), num_args = 0..=1, require_equals = true,
          default_missing_value = "binary", hide_possible_values = true, help = t("cli.help.grpc_web"))]
    pub(super) grpc_web: Option<GrpcWeb>,
    #[command(flatten)]
    pub(super) notation: NotationArgs,
    #[arg(long = "rpc-header", value_name = "NAME: VALUE", value_parser = header,
          help = t("cli.help.rpc_header"))]
    pub(super) rpc_headers: Vec<(String, String)>,
    #[arg(short, long, help = t("cli.help.verbose"))]
    pub(super) verbose: bool,
    #[arg(long, help = t("cli.help.json"))]
    pub(super) json: bool,
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true,
          conflicts_with_all = ["json", "verbose", "max_messages", "proxy", "wire", "pcapng", "raw"],
          help = t("cli.help.copy_as"))]
    pub(super) copy_as: Option<CallFormat>,
}

fn keepalive(text: &str) -> Result<Keepalive, String> {
    Keepalive::every(duration(text)?).ok_or_else(|| t("cli.bad_keepalive").to_owned())
}

fn coding() -> impl TypedValueParser<Value = Compression> {
    let names = PossibleValuesParser::new(Compression::ALL.map(Compression::name));
    names.try_map(|name| Compression::named(&name).ok_or(name))
}

fn web() -> impl TypedValueParser<Value = GrpcWeb> {
    let names = PossibleValuesParser::new(GrpcWeb::ALL.map(GrpcWeb::name));
    names.try_map(|name| GrpcWeb::named(&name).ok_or(name))
}

/// How messages are written.
#[derive(Debug, ClapArgs)]
pub(super) struct NotationArgs {
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Json,
          hide_possible_values = true, hide_default_value = true, help = t("cli.help.format"))]
    pub(super) format: Format,
    #[arg(long, help = t("cli.help.emit_defaults"))]
    pub(super) emit_defaults: bool,
}

impl NotationArgs {
    /// How answers are written; the text format has no defaults to emit.
    pub(super) fn notation(&self) -> Result<Notation, String> {
        match (self.format, self.emit_defaults) {
            (Format::Text, true) => Err(t("cli.defaults_in_text").to_owned()),
            (Format::Text, false) => Ok(Notation::Text),
            (Format::Json, true) => Ok(Notation::JsonWithDefaults),
            (Format::Json, false) => Ok(Notation::Json),
        }
    }
}

/// The format of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// As ProtoJSON writes them.
    Json,
    /// protobuf's text format.
    Text,
}

/// `hoplens compare`.
#[derive(Debug, ClapArgs)]
pub struct CompareArgs {
    #[arg(value_name = "SERVICE/METHOD", help = t("cli.help.method"))]
    pub(super) method: String,
    #[arg(short = 'd', long = "data", value_name = "JSON|@FILE|-", help = t("cli.help.data"))]
    pub(super) data: Option<String>,
    #[arg(short = 'n', long = "calls", value_name = "N", default_value_t = 200,
          hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=MAX),
          help = t("cli.help.compare_calls"))]
    pub(super) n_calls: u32,
    #[arg(long, value_name = "URL", help = t("cli.help.compare_gateway"))]
    pub(super) gateway: Option<String>,
    #[arg(long, value_name = "TARGET", help = t("cli.help.compare_grpc"))]
    pub(super) grpc: Option<String>,
    #[arg(long, value_name = "URL", help = t("cli.help.compare_http"))]
    pub(super) http: Option<String>,
    #[command(flatten)]
    pub(super) schema: SchemaArgs,
    #[command(flatten)]
    pub(super) peer: PeerArgs,
    #[arg(long, value_name = "FILE", help = t("cli.help.compare_csv"))]
    pub(super) csv: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = t("cli.help.compare_png"))]
    pub(super) png: Option<PathBuf>,
    #[arg(long, help = t("cli.help.compare_json"))]
    pub(super) json: bool,
}

/// How much of the wire is printed.
#[derive(Debug, ClapArgs)]
pub(super) struct DetailArgs {
    #[arg(long, value_name = "VIEW", value_enum, num_args = 0..=1, require_equals = true,
          default_missing_value = "exchange", hide_possible_values = true, help = t("cli.help.wire"))]
    pub(super) wire: Option<WireDetail>,
}

/// What becomes of the recorded bytes.
#[derive(Debug, ClapArgs)]
pub(super) struct WireArgs {
    #[command(flatten)]
    pub(super) detail: DetailArgs,
    #[arg(long, value_name = "FILE", help = t("cli.help.pcapng"))]
    pub(super) pcapng: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = t("cli.help.raw"))]
    pub(super) raw: Option<PathBuf>,
}

/// `hoplens http`.
#[derive(Debug, ClapArgs)]
pub struct HttpArgs {
    #[arg(value_name = "METHOD", help = t("cli.help.http_method"))]
    pub(super) method: String,
    #[arg(value_name = "URL", help = t("cli.help.url"))]
    pub(super) url: String,
    #[arg(short = 'd', long = "data", value_name = "BODY|@FILE|-", help = t("cli.help.body"))]
    pub(super) data: Option<String>,
    #[command(flatten)]
    pub(super) peer: PeerArgs,
    #[command(flatten)]
    pub(super) proxy: ProxyArgs,
    #[command(flatten)]
    pub(super) wire: WireArgs,
    #[arg(long, help = t("cli.help.fail"))]
    pub(super) fail: bool,
    #[arg(short, long, help = t("cli.help.verbose"))]
    pub(super) verbose: bool,
    #[arg(long, help = t("cli.help.json"))]
    pub(super) json: bool,
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true,
          conflicts_with_all = ["json", "verbose", "fail", "proxy", "wire", "pcapng", "raw"],
          help = t("cli.help.copy_http_as"))]
    pub(super) copy_as: Option<HttpFormat>,
}

/// `hoplens list`.
#[derive(Debug, ClapArgs)]
pub struct ListArgs {
    #[arg(value_name = "TARGET", help = t("cli.help.target_or_none"))]
    pub(super) target: String,
    #[arg(value_name = "SERVICE", help = t("cli.help.service"))]
    pub(super) service: Option<String>,
    #[command(flatten)]
    pub(super) schema: SchemaArgs,
    #[command(flatten)]
    pub(super) peer: PeerArgs,
    #[command(flatten)]
    pub(super) proxy: ProxyArgs,
}

/// `hoplens describe`.
#[derive(Debug, ClapArgs)]
pub struct DescribeArgs {
    #[arg(value_name = "TARGET", help = t("cli.help.target_or_none"))]
    pub(super) target: String,
    #[arg(value_name = "SYMBOL", help = t("cli.help.symbol"))]
    pub(super) symbol: String,
    #[command(flatten)]
    pub(super) schema: SchemaArgs,
    #[command(flatten)]
    pub(super) peer: PeerArgs,
    #[command(flatten)]
    pub(super) proxy: ProxyArgs,
}

/// `hoplens health`.
#[derive(Debug, ClapArgs)]
pub struct HealthArgs {
    #[arg(value_name = "TARGET", help = t("cli.help.target"))]
    pub(super) target: String,
    #[arg(value_name = "SERVICE", help = t("cli.help.health_service"))]
    pub(super) service: Option<String>,
    #[arg(long, help = t("cli.help.health_watch"))]
    pub(super) watch: bool,
    #[command(flatten)]
    pub(super) peer: PeerArgs,
    #[command(flatten)]
    pub(super) proxy: ProxyArgs,
}

/// `hoplens demo`.
#[derive(Debug, ClapArgs)]
pub struct DemoArgs {
    #[arg(long, help = t("cli.help.demo_json"))]
    pub(super) json: bool,
    #[arg(long, help = t("cli.help.free_ports"))]
    pub(super) free_ports: bool,
    #[arg(long, value_name = "N", value_parser = traffic_of,
          default_value_t = 0, hide_default_value = true, help = t("cli.help.traffic"))]
    pub(super) traffic: u32,
    #[arg(long = "fault", value_name = "WHOM=FAULT", value_parser = fault_of,
          help = t("cli.help.fault"))]
    pub(super) faults: Vec<(Whom, Fault)>,
    #[arg(long = "scale", value_name = "SERVICE=N", value_parser = scale_of,
          help = t("cli.help.scale"))]
    pub(super) scale: Vec<(String, usize)>,
}

/// `hoplens serve`.
#[derive(Debug, ClapArgs)]
#[command(disable_help_subcommand = true)]
pub struct ServeArgs {
    #[command(subcommand)]
    pub(super) what: Served,
}

/// What can be served.
#[derive(Debug, Subcommand)]
pub(super) enum Served {
    /// Serves a schema with samples.
    #[command(about = t("cli.about_serve_schema"))]
    Schema(ServeSchemaArgs),
    /// Serves what gRPC's own interoperability tests call.
    #[command(about = t("cli.about_serve_interop"))]
    Interop(ServeInteropArgs),
}

/// `hoplens serve interop`.
#[derive(Debug, ClapArgs)]
pub(super) struct ServeInteropArgs {
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = port_of,
          help = t("cli.help.interop_port"))]
    pub(super) port: u16,
    #[arg(long, help = t("cli.help.serve_json"))]
    pub(super) json: bool,
}

/// `hoplens serve schema`.
#[derive(Debug, ClapArgs)]
pub(super) struct ServeSchemaArgs {
    #[arg(value_name = "FILE", required_unless_present = "roots",
          help = t("cli.help.serve_files"))]
    pub(super) files: Vec<PathBuf>,
    #[arg(long, value_name = "N", value_parser = port_of, help = t("cli.help.serve_port"))]
    pub(super) port: Option<u16>,
    #[arg(short = 'I', long = "root", value_name = "ROOT", help = t("cli.help.root"))]
    pub(super) roots: Vec<PathBuf>,
    #[arg(long = "answer", value_name = "METHOD=JSON|@FILE", value_parser = answer_of,
          help = t("cli.help.answer"))]
    pub(super) answers: Vec<(MethodPath, String)>,
    #[arg(long = "fault", value_name = "FAULT", value_parser = fault_alone,
          help = t("cli.help.serve_fault"))]
    pub(super) fault: Option<Fault>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000),
          help = t("cli.help.serve_messages"))]
    pub(super) messages: Option<u32>,
    #[arg(long, value_name = "200ms", value_parser = pace, help = t("cli.help.serve_pace"))]
    pub(super) pace: Option<Duration>,
    #[arg(long, help = t("cli.help.serve_json"))]
    pub(super) json: bool,
}

/// Where the schema comes from; reflection when nothing is named.
#[derive(Debug, ClapArgs)]
pub(super) struct SchemaArgs {
    #[arg(short = 'I', long = "root", value_name = "ROOT", help = t("cli.help.root"))]
    pub(super) roots: Vec<PathBuf>,
    #[arg(long = "proto", value_name = "FILE", help = t("cli.help.proto"))]
    pub(super) protos: Vec<PathBuf>,
    #[arg(long = "descriptor-set", value_name = "FILE", help = t("cli.help.descriptor_set"))]
    pub(super) descriptor_sets: Vec<PathBuf>,
    #[arg(long = "reflect-header", value_name = "NAME: VALUE", value_parser = header,
          help = t("cli.help.reflect_header"))]
    pub(super) reflect_headers: Vec<(String, String)>,
}

/// Which way the call leaves this machine.
#[derive(Debug, ClapArgs)]
pub(super) struct ProxyArgs {
    #[arg(long, value_name = "URL|none", help = t("cli.help.proxy"))]
    pub(super) proxy: Option<String>,
}

/// How the peer is reached and trusted.
#[derive(Debug, ClapArgs)]
pub(super) struct PeerArgs {
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header,
          help = t("cli.help.header"))]
    headers: Vec<(String, String)>,
    #[arg(long, value_name = "5s", value_parser = duration, help = t("cli.help.deadline"))]
    pub(super) deadline: Option<Duration>,
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..),
          help = t("cli.help.max_message"))]
    max_message: Option<u32>,
    #[arg(long, conflicts_with = "tls", help = t("cli.help.plaintext"))]
    plaintext: bool,
    #[arg(long, help = t("cli.help.tls"))]
    tls: bool,
    #[arg(long, value_name = "FILE", help = t("cli.help.cacert"))]
    cacert: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "key", help = t("cli.help.cert"))]
    cert: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "cert", help = t("cli.help.key"))]
    key: Option<PathBuf>,
    #[arg(long, value_name = "NAME", help = t("cli.help.servername"))]
    servername: Option<String>,
    #[arg(long, value_name = "NAME", help = t("cli.help.authority"))]
    pub(super) authority: Option<String>,
    #[arg(long, help = t("cli.help.insecure"))]
    insecure: bool,
    #[arg(long, value_name = "TEXT", help = t("cli.help.user_agent"))]
    user_agent: Option<String>,
}

impl PeerArgs {
    /// Reads the target; `--plaintext` and `--tls` have the last word.
    pub(super) fn target(&self, text: &str) -> Result<Target, String> {
        let mut target: Target = text.parse().map_err(|error| target_error(&error).one_line())?;
        if self.plaintext {
            target.security = Security::Plaintext;
        } else if self.tls {
            target.security = Security::Tls;
        }
        Ok(target)
    }

    pub(super) fn tls_options(&self) -> TlsOptions {
        TlsOptions {
            ca_file: self.cacert.clone(),
            cert_file: self.cert.clone(),
            key_file: self.key.clone(),
            server_name: self.servername.clone(),
            is_insecure: self.insecure,
        }
    }

    /// The limit that was asked for.
    pub(super) fn max_message_bytes(&self) -> Option<usize> {
        let mib = usize::try_from(self.max_message?).unwrap_or(usize::MAX);
        Some(mib.saturating_mul(1 << 20))
    }

    pub(super) fn headers(&self) -> Headers {
        self.headers_and(&[])
    }

    /// Those for everyone, then those for one purpose; a user agent among them has the last word.
    pub(super) fn headers_and(&self, more: &[(String, String)]) -> Headers {
        let mut headers = Self::headers_of(self.headers.iter().chain(more));
        if let Some(agent) = self.user_agent.as_ref().filter(|agent| !agent.is_empty())
            && !headers.contains("user-agent")
        {
            headers.push("user-agent", agent.clone());
        }
        headers
    }

    /// Headers as they were said.
    pub(super) fn headers_of<'a>(said: impl IntoIterator<Item = &'a (String, String)>) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in said {
            headers.push(name.clone(), value.clone());
        }
        headers
    }
}

/// A pause between messages; none at all is one too.
fn pace(text: &str) -> Result<Duration, String> {
    let is_zero = text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim() == "0";
    let pause = if is_zero { Duration::ZERO } else { duration(text)? };
    if pause > MockStream::MAX_PACE { Err(t("cli.bad_pace").to_owned()) } else { Ok(pause) }
}

/// One line on what a failed call met and what to do.
pub(super) fn failure_line(cause: &CallFailure) -> String {
    failure(cause).one_line()
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| t("cli.bad_header").to_owned())?;
    let name = name.trim();
    if name.is_empty() {
        return Err(t("cli.bad_header").to_owned());
    }
    Ok((name.to_owned(), value.trim_start().to_owned()))
}

/// `5s`, `250ms`, `2m`, or seconds without a unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let bad = || t("cli.bad_duration").to_owned();
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.trim().parse().map_err(|_unparsed| bad())?;
    let scale = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        _ => return Err(bad()),
    };
    let duration = Duration::try_from_secs_f64(number * scale).map_err(|_negative| bad())?;
    if duration.is_zero() { Err(bad()) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_headers() {
        let check = |text: &str, millis: Option<u64>| {
            assert_eq!(duration(text).ok(), millis.map(Duration::from_millis), "{text}");
        };
        check("5s", Some(5_000));
        check("250ms", Some(250));
        check("1.5", Some(1_500));
        check("2m", Some(120_000));
        check("0s", None);
        check("-1s", None);
        check("5h", None);
        check("", None);
        assert_eq!(header("a: b: c"), Ok(("a".into(), "b: c".into())));
        assert!(header("nothing").is_err());
        assert!(header(": x").is_err());
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }
}
