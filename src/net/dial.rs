//! Look-up, connect and TLS, each stamped.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::network::SharedNetwork;
use super::tls::{self, Trust};
use super::{BoxIo, Network, Resetter, Speak, Tape, TapeLimits, Tee, eyeballs, proxy};
use crate::model::{
    Address, CallFailure, Cause, Clock, ConnectAttempt, ConnectionId, PhaseTime, ProxyAddress,
    Security, Stage, Target, TlsFacts, TlsOptions,
};

/// What dialling found out, kept up to date while it runs: true even when the dial is given up half-way.
#[derive(Debug, Clone, Default)]
pub struct DialReport {
    /// Name look-up; absent for an address that needs none.
    pub look_up: PhaseTime,
    /// All tries together.
    pub connect: PhaseTime,
    /// Until the proxy had opened the way; absent without one.
    pub proxy: PhaseTime,
    /// The handshake; absent for plaintext.
    pub tls: PhaseTime,
    /// What is under way; where dialling fails or is given up, that is what stopped it.
    pub under_way: Option<Stage>,
    /// Each address tried.
    pub attempts: Vec<ConnectAttempt>,
    /// The proxy that the connection goes through.
    pub via: Option<String>,
    /// What the handshake agreed on.
    pub tls_facts: Option<TlsFacts>,
    /// What passes below TLS, from the first byte of the handshake on; none for plaintext.
    pub sealed: Option<Tape>,
}

/// An open connection.
#[derive(Debug)]
pub struct Connected {
    /// The bytes: plaintext, whatever lies under them.
    pub io: BoxIo,
    /// Our end.
    pub local: String,
    /// The other end.
    pub peer: String,
    /// A second handle of the TCP socket, to look for an end that nobody has read yet.
    pub(super) probe: Option<std::net::TcpStream>,
}

/// Opens connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dialer {
    clock: Clock,
    trust: Trust,
    network: SharedNetwork,
    /// Whether TLS records are kept.
    has_records: bool,
}

impl Dialer {
    /// A dialler that stamps by this clock.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            trust: Trust::default(),
            network: SharedNetwork::default(),
            has_records: true,
        }
    }

    /// One that keeps no TLS records: for connections that many calls share, whose records are nobody's own.
    #[must_use]
    pub fn without_records(self) -> Self {
        Self { has_records: false, ..self }
    }

    /// Changes what holds for every connection from now on, those of all clones included.
    pub fn set_network(&self, network: &Network) {
        self.network.set(network);
    }

    /// Counts the changes: a connection of an older number is not used again.
    pub(super) fn network_number(&self) -> u64 {
        self.network.number()
    }

    /// The clock that stamps.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// One address, no name, no TLS: how the gateway reaches its upstreams.
    pub async fn connect(
        &self,
        address: SocketAddr,
        timeout: Duration,
    ) -> Result<Connected, CallFailure> {
        match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => Connected::tcp(stream),
            Ok(Err(error)) => Err(connect_failure(&address.to_string(), &error)),
            Err(_elapsed) => Err(CallFailure::Deadline {
                millis: timeout.as_millis().try_into().unwrap_or(u64::MAX),
            }),
        }
    }

    /// Looks the target's name up and connects, without TLS.
    pub async fn dial(
        &self,
        target: &Target,
        report: &mut DialReport,
    ) -> Result<Connected, CallFailure> {
        match &target.address {
            Address::Tcp { host, port } => {
                let network = self.network.get();
                match network.proxy_for(target) {
                    Some(proxy) => self.dial_through(proxy, &target.authority(), report).await,
                    None => self.dial_tcp(host, *port, report).await,
                }
            }
            Address::Unix(path) => self.dial_unix(path, report).await,
        }
    }

    /// Dials and, where the target says so, shakes hands.
    pub async fn dial_secure(
        &self,
        target: &Target,
        options: &TlsOptions,
        speak: Speak,
        report: &mut DialReport,
    ) -> Result<Connected, CallFailure> {
        if target.security == Security::Plaintext {
            return self.dial(target, report).await;
        }
        // Before dialling, so that a wrong file name costs the peer nothing.
        let config = self.tls_config(options.clone(), speak).await?;
        let connected = self.dial(target, report).await?;
        let Connected { io, local, peer, probe } = connected;
        let sealed = Tape::new(ConnectionId::next(), self.clock, TapeLimits::SEALED);
        report.sealed = Some(sealed).filter(|_| self.has_records);
        let io: BoxIo = match &report.sealed {
            Some(sealed) => Box::new(Tee::new(io, sealed.clone())),
            None => io,
        };
        let began = Instant::now();
        report.under_way = Some(Stage::Tls);
        let result = tls::handshake(io, config, target.host(), options, &peer).await;
        report.tls = PhaseTime::Took(began.elapsed());
        let stream = match result {
            Ok((stream, facts)) => {
                report.tls_facts = Some(facts);
                stream
            }
            Err(refused) => {
                report.tls_facts = refused.facts;
                return Err(refused.failure);
            }
        };
        report.under_way = None;
        Ok(Connected { io: Box::new(stream), local, peer, probe })
    }

    /// Whether the target takes a TLS handshake: asked after it closed a plaintext connection without a word.
    pub async fn speaks_tls(&self, target: &Target) -> bool {
        let options = TlsOptions { is_insecure: true, ..TlsOptions::default() };
        let target = target.clone().with_security(Security::Tls);
        let mut report = DialReport::default();
        let asked = self.dial_secure(&target, &options, Speak::Any, &mut report);
        tokio::time::timeout(Duration::from_secs(1), asked).await.is_ok_and(|result| result.is_ok())
    }

    async fn tls_config(
        &self,
        options: TlsOptions,
        speak: Speak,
    ) -> Result<tls::Prepared, CallFailure> {
        let (trust, network) = (self.trust.clone(), self.network.get());
        let read = move || trust.config(&options, speak, &network.ca_files);
        tokio::task::spawn_blocking(read).await.map_err(|error| CallFailure::Tls {
            address: String::new(),
            cause: error.to_string().into(),
        })?
    }

    /// Look-up and connect are those of the proxy; the way behind it has a phase and an attempt of its own.
    async fn dial_through(
        &self,
        proxy: &ProxyAddress,
        authority: &str,
        report: &mut DialReport,
    ) -> Result<Connected, CallFailure> {
        report.via = Some(proxy.to_string());
        let dialled = self.dial_tcp(&proxy.host, proxy.port, report).await;
        let connected = dialled.map_err(|failure| CallFailure::Proxy {
            proxy: proxy.to_string(),
            cause: Cause::Call(Box::new(failure)),
        })?;
        let Connected { io, local, probe, .. } = connected;
        let began = Instant::now();
        report.under_way = Some(Stage::Proxy);
        let opened = proxy::connect(io, proxy, authority).await;
        report.proxy = PhaseTime::Took(began.elapsed());
        report.attempts.push(ConnectAttempt {
            address: format!("{proxy} -> {authority}"),
            started: self.clock.at(began),
            took: began.elapsed(),
            failure: opened.as_ref().err().map(proxy::cause_of),
        });
        let io = opened?;
        report.under_way = None;
        Ok(Connected { io, local, peer: authority.to_owned(), probe })
    }

    async fn dial_tcp(
        &self,
        host: &str,
        port: u16,
        report: &mut DialReport,
    ) -> Result<Connected, CallFailure> {
        let addresses = if let Some(addresses) = literal(host) {
            addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()
        } else {
            let began = Instant::now();
            report.under_way = Some(Stage::LookUp);
            let found = look_up(host, port).await;
            report.look_up = PhaseTime::Took(began.elapsed());
            found?
        };
        let began = Instant::now();
        report.under_way = Some(Stage::Connect);
        let order = eyeballs::interleave(&addresses);
        let result = eyeballs::connect(self.clock, order, &mut report.attempts).await;
        report.connect = PhaseTime::Took(began.elapsed());
        match result {
            Ok(stream) => {
                report.under_way = None;
                Connected::tcp(stream)
            }
            Err((address, error)) => {
                let address =
                    address.map_or_else(|| format!("{host}:{port}"), |address| address.to_string());
                Err(connect_failure(&address, &error))
            }
        }
    }

    #[cfg(unix)]
    async fn dial_unix(
        &self,
        path: &Path,
        report: &mut DialReport,
    ) -> Result<Connected, CallFailure> {
        let address = format!("unix:{}", path.display());
        let began = Instant::now();
        report.under_way = Some(Stage::Connect);
        let result = tokio::net::UnixStream::connect(path).await;
        report.connect = PhaseTime::Took(began.elapsed());
        report.attempts.push(ConnectAttempt {
            address: address.clone(),
            started: self.clock.at(began),
            took: began.elapsed(),
            failure: result.as_ref().err().map(|error| error.to_string().into()),
        });
        match result {
            Ok(stream) => {
                report.under_way = None;
                let (io, local): (BoxIo, _) = (Box::new(stream), String::new());
                Ok(Connected { io, local, peer: address, probe: None })
            }
            Err(error) => Err(connect_failure(&address, &error)),
        }
    }

    #[cfg(not(unix))]
    async fn dial_unix(
        &self,
        path: &Path,
        _report: &mut DialReport,
    ) -> Result<Connected, CallFailure> {
        Err(CallFailure::Connect {
            address: format!("unix:{}", path.display()),
            cause: Cause::NoUnixSockets,
        })
    }
}

impl Connected {
    /// What can make its end a reset.
    pub fn resetter(&self) -> Resetter {
        Resetter(self.probe.as_ref().and_then(|probe| probe.try_clone().ok()))
    }

    fn tcp(stream: TcpStream) -> Result<Self, CallFailure> {
        let name = |address: std::io::Result<SocketAddr>| {
            address.map(|address| address.to_string()).unwrap_or_default()
        };
        let (local, peer) = (name(stream.local_addr()), name(stream.peer_addr()));
        let prepare = || {
            stream.set_nodelay(true)?;
            let std = stream.into_std()?;
            let probe = std.try_clone()?;
            Ok((TcpStream::from_std(std)?, probe))
        };
        let (stream, probe) =
            prepare().map_err(|error: std::io::Error| connect_failure(&peer, &error))?;
        Ok(Self { io: Box::new(stream), local, peer, probe: Some(probe) })
    }
}

/// Addresses that need no resolver. `localhost` is both loopbacks (RFC 6761 section 6.3),
/// whatever the hosts file of the machine leaves out.
fn literal(host: &str) -> Option<Vec<IpAddr>> {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return Some(vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]);
    }
    host.parse().ok().map(|ip| vec![ip])
}

async fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, CallFailure> {
    let failure = |cause: Cause| CallFailure::LookUp { host: host.to_owned(), cause };
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| failure(error.to_string().into()))?
        .collect();
    if found.is_empty() { Err(failure(Cause::NoAddress)) } else { Ok(found) }
}

fn connect_failure(address: &str, error: &std::io::Error) -> CallFailure {
    let address = address.to_owned();
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => CallFailure::Refused { address },
        _ => CallFailure::Connect { address, cause: error.to_string().into() },
    }
}
