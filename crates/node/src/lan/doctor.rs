//! What stands between this machine and the others, for `tincan lan doctor` [LAN-49].

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, sync::mpsc};

use bytes::Bytes;
use lan::mdns::{GROUP_V4, GROUP_V6, PORT, Packet};
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use super::interfaces::{self, Found};
use super::sockets::Sockets;
use super::wire::scoped;
use super::{LanError, LanError::Io};
use crate::words;

/// How long to listen: others answer within half a second, and most talk every few seconds anyway.
const LISTEN: Duration = Duration::from_secs(2);
/// Other machines to name for an interface, at most.
const MAX_OTHERS: usize = 64;
/// How long our own port may take to answer: it is on this machine.
const PORT_LIMIT: Duration = Duration::from_secs(1);
/// How long a program may take that lists the firewall's rules.
const PROGRAM_LIMIT: Duration = Duration::from_secs(2);
/// Bytes of rules that are looked at, at most.
const MAX_RULES: u64 = 1024 * 1024;

/// The addresses of an interface and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceReport {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether the node would use it; if not, why.
    pub used: Result<(), String>,
    /// Whether a datagram of ours came back to us through the group, of IPv4 and of IPv6; `None`: it
    /// has no address of the family.
    pub heard_ourselves: [Option<bool>; 2],
    /// Other machines whose multicast DNS was heard on it during the examination.
    pub heard_others: Vec<IpAddr>,
}

/// Whether our port answers at one of our addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortReport {
    /// The address.
    pub address: IpAddr,
    /// It does; if not, what the system says.
    pub outcome: Result<(), String>,
}

/// Examines the machine for about two seconds: sends one harmless query on each interface. Needs no
/// runtime of any kind around it.
///
/// # Errors
/// The system gives no list of interfaces.
pub async fn examine(interfaces: &[String]) -> Result<Vec<InterfaceReport>, LanError> {
    let named = interfaces.to_vec();
    let (done, report) = oneshot::channel();
    let failed = |error| Io("cannot examine the machine".into(), error);
    thread::Builder::new()
        .name("lan-doctor".into())
        .spawn(move || {
            let report = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .and_then(|runtime| runtime.block_on(look_and_listen(&named)));
            // Nobody may be waiting any more.
            let _ = done.send(report);
        })
        .map_err(failed)?;
    let gone = || io::Error::other("it ended early");
    report.await.unwrap_or_else(|_| Err(gone())).map_err(failed)
}

async fn look_and_listen(named: &[String]) -> io::Result<Vec<InterfaceReport>> {
    let found = interfaces::all(named)?;
    let mut reports: BTreeMap<u32, InterfaceReport> = found
        .iter()
        .map(|found| (found.interface.index, report(found)))
        .collect();
    let used: Vec<_> = found
        .into_iter()
        .filter(|found| found.verdict.is_ok())
        .map(|found| found.interface)
        .collect();
    let ours: Vec<IpAddr> = used
        .iter()
        .flat_map(|interface| &interface.addresses)
        .map(|(address, _)| *address)
        .collect();
    let mut sockets = Sockets::new();
    sockets.set_interfaces(&used);
    let query = query(rand::random());
    for place in sockets.places() {
        let group = if place.is_v6 {
            GROUP_V6.into()
        } else {
            GROUP_V4.into()
        };
        sockets.send(&Packet {
            interface: place.interface,
            to: SocketAddr::new(group, PORT),
            bytes: query.clone(),
        });
    }
    let end = tokio::time::Instant::now() + LISTEN;
    while let Ok((interface, from, count)) = timeout_at(end, sockets.receive()).await {
        let Some(report) = reports.get_mut(&interface) else {
            continue;
        };
        let is_ours = ours.contains(&from.ip());
        let [heard_v4, heard_v6] = &mut report.heard_ourselves;
        let heard = if from.is_ipv6() { heard_v6 } else { heard_v4 };
        if is_ours && sockets.bytes(count) == query {
            *heard = Some(true);
        } else if !is_ours
            && !report.heard_others.contains(&from.ip())
            && report.heard_others.len() < MAX_OTHERS
        {
            report.heard_others.push(from.ip());
        }
    }
    Ok(reports
        .into_values()
        .map(|mut report| {
            report.heard_others.sort();
            report
        })
        .collect())
}

fn report(found: &Found) -> InterfaceReport {
    let addresses: Vec<IpAddr> = found
        .interface
        .addresses
        .iter()
        .map(|(address, _)| *address)
        .collect();
    let has = |is_v6| addresses.iter().any(|address| address.is_ipv6() == is_v6);
    let unheard = |is_v6| (found.verdict.is_ok() && has(is_v6)).then_some(false);
    InterfaceReport {
        name: found.interface.name.clone(),
        used: found.verdict.map_err(str::to_owned),
        heard_ourselves: [unheard(false), unheard(true)],
        heard_others: Vec::new(),
        addresses,
    }
}

/// Which services are there? Everybody who speaks multicast DNS may answer. The number says that it
/// is ours; receivers do not look at it.
fn query(number: u16) -> Bytes {
    let mut bytes = Vec::from(number.to_be_bytes());
    // No flags, one question, no records.
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in ["_services", "_dns-sd", "_udp", "local"] {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    // The root, PTR, IN.
    bytes.extend([0, 0, 12, 0, 1]);
    bytes.into()
}

/// Whether a connection to `port` at each of our own addresses stands: if not, nobody listens, or a
/// firewall is in between. One that stands does not show that others get through, since its way is
/// inside this machine. Blocks up to a second an address.
///
/// # Errors
/// The system gives no list of interfaces.
pub fn port_reachable(interfaces: &[String], port: u16) -> Result<Vec<PortReport>, LanError> {
    let used = interfaces::usable(interfaces)
        .map_err(|error| Io("cannot examine the machine".into(), error))?;
    let mut tried = Vec::new();
    for interface in used {
        for (address, _) in interface.addresses {
            let to = scoped(SocketAddr::new(address, port), interface.index);
            let outcome = TcpStream::connect_timeout(&to, PORT_LIMIT);
            tried.push(PortReport {
                address,
                outcome: outcome.map(drop).map_err(|error| words(&error)),
            });
        }
    }
    Ok(tried)
}

/// The programs on this machine that have the port of multicast DNS, as far as the system tells:
/// those of other people have no name. Empty where there is no `/proc`.
pub fn who_holds_5353() -> Vec<String> {
    let mut sockets: Vec<String> = ["udp", "udp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(format!("/proc/net/{table}")).ok())
        .flat_map(|table| sockets_at(&table, PORT))
        .collect();
    let mut names = Vec::new();
    for process in entries(Path::new("/proc")) {
        let mut has_it = false;
        for file in entries(&process.join("fd")) {
            if let Ok(target) = fs::read_link(&file)
                && let Some(index) = sockets.iter().position(|known| target == Path::new(known))
            {
                sockets.swap_remove(index);
                has_it = true;
            }
        }
        if has_it && let Ok(name) = fs::read_to_string(process.join("comm")) {
            names.push(name.trim_end().to_owned());
        }
    }
    if !sockets.is_empty() {
        names.push("another user's program".to_owned());
    }
    names.sort();
    names.dedup();
    names
}

fn entries(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

/// The sockets at `port` in a table such as `/proc/net/udp`, as `/proc/*/fd` names them.
fn sockets_at(table: &str, port: u16) -> Vec<String> {
    let at = |line: &str| {
        let mut fields = line.split_ascii_whitespace();
        let (_, local) = fields.nth(1)?.rsplit_once(':')?;
        let inode: u64 = fields.nth(7)?.parse().ok()?;
        let is_there = u16::from_str_radix(local, 16).ok()? == port && inode != 0;
        is_there.then(|| format!("socket:[{inode}]"))
    };
    table.lines().skip(1).filter_map(at).collect()
}

/// What may keep others from reaching us, a sentence each, as far as this can be seen without being
/// root. Nothing found does not mean that there is nothing.
pub fn firewall_hints() -> Vec<String> {
    let mut hints = Vec::new();
    if let Ok(settings) = fs::read_to_string("/etc/ufw/ufw.conf")
        && settings.lines().any(|line| line.trim() == "ENABLED=yes")
    {
        hints.push("ufw is switched on: `ufw allow 5353/udp`, and the port of messages/tcp".into());
    }
    match rules() {
        Some(rules) if refuses(&rules) => hints.push(
            "the firewall refuses what no rule lets in: UDP port 5353 and the TCP port of messages have \
             to be let in"
                .into(),
        ),
        // They were read, and refuse nothing by default.
        Some(_) => {}
        None => {
            let has_tables = ["ip_tables_names", "ip6_tables_names"].iter().any(|table| {
                fs::read_to_string(format!("/proc/net/{table}"))
                    .is_ok_and(|names| !names.trim().is_empty())
            });
            // Most systems have them loaded, few refuse anything.
            if has_tables || Path::new("/sys/module/nf_tables").exists() {
                hints.push(
                    "this system can have firewall rules, and only root may list them: UDP port 5353 and the \
                     TCP port of messages have to be let in"
                        .into(),
                );
            }
        }
    }
    let mut vpns: Vec<String> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .map(|interface| interface.name)
        .filter(|name| looks_like_vpn(name))
        .collect();
    vpns.sort();
    vpns.dedup();
    for name in vpns {
        hints.push(format!(
            "{name} looks like a VPN: many of them keep this machine from the others on the LAN"
        ));
    }
    hints
}

fn looks_like_vpn(name: &str) -> bool {
    ["tun", "wg", "ppp", "tailscale", "nordlynx"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Whether rules, of `nft` or `iptables -S`, refuse what comes in unless something lets it in.
fn refuses(rules: &str) -> bool {
    let mut comes_in = false;
    for line in rules.lines() {
        let line = line.trim();
        if line.starts_with("chain ") {
            comes_in = false;
        }
        comes_in |= line.contains("hook input");
        let is_last = matches!(line, "drop" | "reject")
            || line.starts_with("reject with")
            || line.ends_with("policy drop;");
        if comes_in && is_last || line == "-P INPUT DROP" {
            return true;
        }
        if let Some(rule) = line.strip_prefix("-A INPUT ")
            && (rule.starts_with("-j REJECT") || rule.starts_with("-j DROP"))
        {
            return true;
        }
    }
    false
}

/// The firewall's rules, if we may list them.
fn rules() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let user = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    if user.split_ascii_whitespace().nth(1)? != "0" {
        return None;
    }
    let listed = [
        output("nft", &["list", "ruleset"]),
        output("iptables", &["-S", "INPUT"]),
        output("ip6tables", &["-S", "INPUT"]),
    ];
    let listed: Vec<String> = listed.into_iter().flatten().collect();
    (!listed.is_empty()).then(|| listed.join("\n"))
}

/// What a program prints; `None`: it is not there, fails, or takes too long.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    // Where the system keeps them; `PATH` is whatever somebody made it.
    let path = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.exists())?;
    let mut child = Command::new(path)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let stdout = child.stdout.take()?;
    let begun = Instant::now();
    let (done, text) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.take(MAX_RULES).read_to_string(&mut text);
        let _ = done.send(read.map(|_| text));
    });
    let text = text.recv_timeout(PROGRAM_LIMIT.saturating_sub(begun.elapsed()));
    // Ended by itself, or has had its time.
    let _ = child.kill();
    let _ = child.wait();
    text.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_one_question_of_multicast_dns() {
        // [LAN-49]
        assert_eq!(
            &query(0x1234)[..],
            b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\x09_services\x07_dns-sd\x04_udp\x05local\0\0\x0c\0\x01"
        );
    }

    #[test]
    fn sockets_are_found_by_their_port() {
        // [LAN-49]
        let table = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
                      1: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   104        0 12345 2 0 0\n\
                      2: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   104        0 99999 2 0 0\n\
                      3: 00000000000000000000000000000000:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000   104        0 678 2 0 0\n\
                      broken\n";
        assert_eq!(sockets_at(table, PORT), ["socket:[12345]", "socket:[678]"]);
        assert_eq!(sockets_at("", PORT), [""; 0]);
    }

    #[test]
    fn rules_that_refuse_what_comes_in_are_recognised() {
        // [LAN-49]
        let nft = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}";
        let rejecting = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t\ttcp dport 22 accept\n\t\treject with icmpx admin-prohibited\n\t}\n}";
        let forwarding = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}";
        assert!(refuses(nft));
        assert!(refuses(rejecting));
        assert!(!refuses(forwarding));
        assert!(refuses("-P INPUT DROP\n-A INPUT -i lo -j ACCEPT"));
        assert!(refuses(
            "-P INPUT ACCEPT\n-A INPUT -j REJECT --reject-with icmp-port-unreachable"
        ));
        assert!(!refuses(
            "-P INPUT ACCEPT\n-A INPUT -s 192.0.2.1/32 -j DROP"
        ));
        assert!(!refuses(""));
    }

    #[test]
    fn tunnels_are_known_by_their_names() {
        // [LAN-49]
        assert!(looks_like_vpn("tun0"));
        assert!(looks_like_vpn("wg-home"));
        assert!(!looks_like_vpn("eth0"));
    }
}
