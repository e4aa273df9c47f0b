//! `tincan serve`: the parts become a hub.
//!
//! Open the store, bind every address, say where, then run the loop until a signal. The order
//! matters: nothing is announced before everything that can fail has not.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use gate::Protocol;
use gate::{cp, cs494, cs594};
use hub::Hub;
use model::RoomName;
use net::reactor::{Listener, Reactor};
use net::switchboard::Switchboard;
use net::{switchboard, tls};
use socket2::{Domain, Socket, Type};
use tracing_subscriber::EnvFilter;

use crate::args::{LogFormat, ServeArgs};
use crate::config::{self, Config};
use crate::{data, ops, print};

/// Connections that may wait to be accepted: a lab that comes in all at once.
const LISTEN_BACKLOG: i32 = 4_096;
/// Connections beyond the users that may be there: signing in, in mailboxes, saying goodbye.
const SPARE_CONNECTIONS: usize = 1_024;
/// Heartbeats go out a little early, so that a late timer does not make them late [494-9].
const HEARTBEAT_MARGIN: Duration = Duration::from_millis(500);

/// Runs a hub until it is told to stop.
///
/// # Errors
/// A listener, the store or a certificate cannot be opened.
pub(crate) fn run(config: &Config, args: &ServeArgs) -> anyhow::Result<ExitCode> {
    start_log(args)?;
    raise_descriptor_limit();
    let store = data::open(&config.data_dir)?;
    let reactor = Reactor::new().context("cannot start the hub's loop")?;
    let handle = reactor.handle();
    let waker = handle.clone();
    let hub = Hub::open(
        hub_settings(config),
        store,
        &(Arc::new(move || waker.wake()) as hub::Wake),
    )
    .with_context(|| format!("cannot use the data in {}", config.data_dir.display()))?;

    let mut bound = Vec::new();
    let mut listeners = Vec::new();
    for (protocol, (name, plain, tls)) in addresses(config).into_iter().enumerate() {
        if let Some(address) = plain {
            let (socket, at) = bind(name, address)?;
            warn_if_public(name, at);
            bound.push((name.to_owned(), at));
            listeners.push(Listener {
                socket,
                protocol,
                tls: None,
            });
        }
        if let Some(address) = tls {
            let tls = Some(tls_config(config)?);
            let (socket, at) = bind(name, address)?;
            bound.push((format!("{name}+tls"), at));
            listeners.push(Listener {
                socket,
                protocol,
                tls,
            });
        }
    }
    let metrics = Arc::new(net::Metrics::default());
    if let Some(address) = &config.ops.listen {
        let (socket, at) = bind("ops", address)?;
        if !at.ip().is_loopback() {
            print::note(format_args!(
                "ops on {at}: whoever reaches it can read the hub's metrics"
            ));
        }
        ops::start(
            socket,
            ops::Sources {
                net: Arc::clone(&metrics),
                hub: Arc::clone(hub.metrics()),
                handle: handle.clone(),
            },
        )?;
        bound.push(("ops".to_owned(), at));
    }
    stop_on_signals(handle)?;
    let switchboard = Switchboard::new(
        hub,
        protocols(config),
        switchboard_settings(config),
        Arc::clone(&metrics),
        Instant::now(),
    );
    for (name, at) in bound {
        print::output(format_args!("listening {name} {at}\n"))?;
    }
    print::output("ready\n")?;
    let mut switchboard = reactor
        .serve(switchboard, listeners, metrics)
        .context("the hub's loop failed")?;
    switchboard.exchange().stop();
    Ok(ExitCode::SUCCESS)
}

/// Each wire's name, plain address and TLS address, in the order of [`protocols`].
fn addresses(config: &Config) -> [(&'static str, Option<&str>, Option<&str>); 3] {
    [
        (
            "cs494",
            config.cs494.listen.as_deref(),
            config.cs494.tls_listen.as_deref(),
        ),
        (
            "cs594",
            config.cs594.listen.as_deref(),
            config.cs594.tls_listen.as_deref(),
        ),
        (
            "cp",
            config.cp.listen.as_deref(),
            config.cp.tls_listen.as_deref(),
        ),
    ]
}

fn protocols(config: &Config) -> Vec<Arc<dyn Protocol>> {
    vec![
        Arc::new(cs494::Cs494::new(cs494::Settings {
            silence: config.cs494.silence,
            heartbeat: config.cs494.heartbeat.saturating_sub(HEARTBEAT_MARGIN),
            push_room_list: config.cs494.push_room_list,
            farewell_to_rooms: config.cs494.farewell_to_rooms,
            post_from_outside: config.cs494.post_from_outside,
        })),
        Arc::new(cs594::Cs594::new(cs594::Settings {
            silence: config.cs594.silence,
            key: config.cs594.key.map(|key| cs594::Key::from_bytes(key.0)),
            require_encryption: config.cs594.require_encryption,
            list_users_to_all: config.cs594.list_users_to_all,
            ..cs594::Settings::default()
        })),
        Arc::new(cp::Cp::new(cp::Settings {
            unterminated: match config.cp.accept_unterminated {
                true => cp::Unterminated::Accept,
                false => cp::Unterminated::Reject,
            },
            colons_in_messages: config.cp.colons_in_messages,
            pdu_timeout: config.cp.pdu_timeout,
            ack_timeout: config.cp.ack_timeout,
        })),
    ]
}

fn hub_settings(config: &Config) -> hub::Settings {
    let config::Limits {
        users,
        rooms,
        rooms_per_user,
        room_members,
        transfers_per_user,
        ..
    } = config.limits;
    hub::Settings {
        limits: hub::Limits {
            users: users as usize,
            rooms: rooms as usize,
            rooms_per_user: rooms_per_user as usize,
            room_members: room_members as usize,
            transfers_per_user: transfers_per_user as usize,
        },
        names: hub::NameRules {
            open_names: config.names.open_names,
            allow_confusables: config.names.allow_confusables,
        },
        history: config.history.enabled,
        off_the_record: config
            .history
            .except_rooms
            .iter()
            .cloned()
            .collect::<std::collections::BTreeSet<RoomName>>(),
        retention: hub::Retention {
            age: config.history.retention,
            bytes: config.history.retention_bytes,
        },
        exempt_loopback: config.limits.exempt_loopback,
        listings_to_all: config.cs594.list_users_to_all.then_some("cs594"),
    }
}

fn switchboard_settings(config: &Config) -> switchboard::Settings {
    switchboard::Settings {
        send_queue_bytes: config.limits.send_queue_bytes,
        packets_per_second: Some(config.limits.packets_per_second),
        exempt_loopback: config.limits.exempt_loopback,
        connections_per_address: config.limits.connections_per_address as usize,
        connections: config.limits.users as usize + SPARE_CONNECTIONS,
        strict_listings: config.cs494.strict_listings,
    }
}

fn bind(name: &str, address: &str) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let failed = || format!("cannot listen for {name} on {address}");
    let mut error = None;
    for candidate in address.to_socket_addrs().with_context(failed)? {
        match listen(candidate).and_then(|socket| Ok((socket.local_addr()?, socket))) {
            Ok((at, socket)) => return Ok((socket, at)),
            Err(failure) => error = Some(failure),
        }
    }
    match error {
        Some(error) => Err(error).with_context(failed),
        None => anyhow::bail!("cannot listen for {name} on {address}: it names no address"),
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    Ok(socket.into())
}

fn warn_if_public(name: &str, at: SocketAddr) {
    if !at.ip().is_loopback() {
        print::note(format_args!(
            "{name} on {at} is reachable from other machines and not encrypted; \
             whoever is on the way can read it (see {name}.tls_listen)"
        ));
    }
}

fn tls_config(config: &Config) -> anyhow::Result<Arc<rustls::ServerConfig>> {
    if let Some(files) = &config.tls.certificate {
        return Ok(tls::server_config(&files.cert, &files.key)?);
    }
    let certificate = config.data_dir.join("tls-cert.pem");
    let key = config.data_dir.join("tls-key.pem");
    if !certificate.exists() {
        print::note(format_args!(
            "no tls.cert is set: making a self-signed certificate for tests in {}",
            certificate.display()
        ));
    }
    tls::ensure_self_signed(
        &certificate,
        &key,
        &["localhost".to_owned(), "127.0.0.1".to_owned()],
    )?;
    Ok(tls::server_config(&certificate, &key)?)
}

/// The first signal asks the hub to stop, a second one ends the process at once [HUB-8].
fn stop_on_signals(handle: net::reactor::Handle) -> anyhow::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])
        .context("cannot watch for signals")?;
    let stopping = AtomicBool::new(false);
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for _ in signals.forever() {
                if stopping.swap(true, Ordering::Relaxed) {
                    std::process::exit(1);
                }
                handle.shut_down();
            }
        })
        .context("cannot watch for signals")?;
    Ok(())
}

fn start_log(args: &ServeArgs) -> anyhow::Result<()> {
    let filter = match std::env::var("TINCAN_LOG") {
        Ok(filter) => EnvFilter::try_new(&filter).with_context(|| {
            format!("TINCAN_LOG={filter} is no log filter; try `info,net=debug`")
        })?,
        Err(_) => EnvFilter::new(["info", "debug", "trace"][usize::from(args.verbose.min(2))]),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match args.log_format {
        LogFormat::Text => log.with_ansi(print::colours_on_stderr()).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// A hub is mostly sockets: it takes as many as the system lets it have.
fn raise_descriptor_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}
